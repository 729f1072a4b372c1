/* Whether a file is a config or an experiment. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/memory.h"
#include "batch/file_kind.h"
#include "unit/temporary.h"

#include <string.h>
#include <sys/stat.h>

static char folder[64];

static enum file_kind kind_of(const char *text)
{
    char *path = temporary_write(folder, "what.yaml", text, strlen(text), false);
    enum file_kind kind = file_kind(path);
    memory_free(path);
    return kind;
}

static void keys_at_the_top_tell(void **state)
{
    (void)state;
    static const char *const experiments[] = {"variants: {}\n", "base: x\nseeds: 3\n",
                                              "base: x\nsweep: {}\n", "seeds: 3\nvarients: {}\n",
                                              "base: x\nclaims: []\n"};
    static const char *const configs[] = {"seed: 3\n", "base: x\ntrain: {}\n", "data: {set: x}\n"};
    static const char *const unclear[] = {"base: x\n", "name: x\n",           "[seeds]\n",
                                          "",          "compare.metric: x\n", "train.steps: 3\n"};
    for (size_t i = 0; i < sizeof experiments / sizeof *experiments; i++)
        assert_int_equal(kind_of(experiments[i]), FILE_EXPERIMENT);
    for (size_t i = 0; i < sizeof configs / sizeof *configs; i++)
        assert_int_equal(kind_of(configs[i]), FILE_CONFIG);
    for (size_t i = 0; i < sizeof unclear / sizeof *unclear; i++)
        assert_int_equal(kind_of(unclear[i]), FILE_UNCLEAR);
    assert_int_equal(kind_of("base: x\nseeds: 3\nmodel: {}\n"), FILE_MIXED);
}

static void what_cannot_be_read_twice_is_unclear(void **state)
{
    (void)state;
    char *pipe = text_format("%s/pipe", folder);
    assert_int_equal(mkfifo(pipe, 0600), 0);
    assert_int_equal(file_kind(pipe), FILE_UNCLEAR);
    assert_int_equal(file_kind("/nonexistent"), FILE_UNCLEAR);
    assert_int_equal(file_kind(folder), FILE_UNCLEAR);
    assert_int_equal(file_kind("-"), FILE_UNCLEAR);
    memory_free(pipe);
}

static int make(void **state)
{
    (void)state;
    return temporary_make(folder);
}

static int clear(void **state)
{
    (void)state;
    return temporary_remove(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keys_at_the_top_tell),
        cmocka_unit_test(what_cannot_be_read_twice_is_unclear),
    };
    return cmocka_run_group_tests(tests, make, clear);
}
