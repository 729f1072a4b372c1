#include "plots/fonts.h"

#include "base/file.h"
#include "base/memory.h"
#include "unit/temporary_folder.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

/* A fc-list of two fonts, which know Latin, two Chinese characters, and the women of a range; it
 * notes that it was asked. */
static const char fake[] = "#!/bin/sh\necho asked >> \"${0%/*}/asked\"\n"
                           "echo '20-7e a0-17f 7f51'\necho '20-7e 5faa 1f468-1f46a'\n";

static char *old_path;

static void expect(const char *source, const char *expected, struct fonts *fonts)
{
    struct text text = {0};
    fonts_add_known(&text, source, fonts);
    assert_string_equal(text_get(&text), expected);
    text_release(&text);
}

/* How often fc-list was started. */
static size_t times_asked(void)
{
    struct text notes = {0};
    char *path = text_format("%s/asked", folder);
    file_read(path, 1 << 20, &notes, NULL);
    size_t times = notes.length / strlen("asked\n");
    text_release(&notes);
    memory_free(path);
    return times;
}

static void what_no_font_has_becomes_a_box(void **state)
{
    (void)state;
    struct fonts fonts = {0};
    expect("plot 'a \xC3\xA9' \xFF", "plot 'a \xC3\xA9' \xFF", &fonts);
    assert_int_equal(times_asked(), 0);
    expect("x \xE7\xBD\x91 \xE7\xBB\x9C \xF0\x9F\x91\xA9 \xF0\x9F\x98\x80",
           "x \xE7\xBD\x91 \xE2\x96\xA1 \xF0\x9F\x91\xA9 \xE2\x96\xA1", &fonts);
    expect("\xE7\xBB\x9C\xE7\xBD\x91\xE5\xBE\xAA", "\xE2\x96\xA1\xE7\xBD\x91\xE5\xBE\xAA", &fonts);
    assert_int_equal(times_asked(), 1);
    fonts_release(&fonts);
}

static void without_fontconfig_all_is_taken_to_be_there(void **state)
{
    (void)state;
    struct fonts fonts = {0};
    setenv("PATH", "/nowhere", 1);
    expect("\xE7\xBB\x9C", "\xE7\xBB\x9C", &fonts);
    fonts_release(&fonts);
}

static int begin(void **state)
{
    old_path = memory_copy_text(getenv("PATH"));
    if (make_folder(state))
        return -1;
    char *program = text_format("%s/fc-list", folder),
         *path = text_format("%s:%s", folder, old_path);
    FILE *file = fopen(program, "w");
    fputs(fake, file);
    fclose(file);
    chmod(program, 0755);
    setenv("PATH", path, 1);
    memory_free(program);
    memory_free(path);
    return 0;
}

static int end(void **state)
{
    setenv("PATH", old_path, 1);
    memory_free(old_path);
    return remove_folder(state);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_no_font_has_becomes_a_box),
        cmocka_unit_test(without_fontconfig_all_is_taken_to_be_there),
    };
    return cmocka_run_group_tests(tests, begin, end);
}
