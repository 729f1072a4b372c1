#include "plots/fonts.h"

#include "base/memory.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include <cmocka.h>

/* A fc-list that knows one Chinese character. */
static const char fake[] = "#!/bin/sh\n"
                           "case $1 in ':charset=7f51') echo 'Some Font' ;; esac\n";

static char folder[] = "/tmp/unroll-fonts-XXXXXX";
static char *old_path;

static void expect(const char *source, const char *expected, struct names *known)
{
    struct text text = {0};
    fonts_add_known(&text, source, known);
    assert_string_equal(text_get(&text), expected);
    text_release(&text);
}

static void what_no_font_has_becomes_a_box(void **state)
{
    (void)state;
    struct names known = {0};
    expect("plot 'a \xC3\xA9' \xFF", "plot 'a \xC3\xA9' \xFF", &known);
    assert_int_equal(known.count, 0); /* nobody was asked */
    expect("x \xE7\xBD\x91 \xE7\xBB\x9C \xF0\x9F\x91\xA9",
           "x \xE7\xBD\x91 \xE2\x96\xA1 \xE2\x96\xA1", &known);
    expect("\xE7\xBB\x9C\xE7\xBD\x91", "\xE2\x96\xA1\xE7\xBD\x91", &known);
    assert_int_equal(known.count, 3); /* each once */
    names_release(&known);
}

static void without_fontconfig_all_is_taken_to_be_there(void **state)
{
    (void)state;
    struct names known = {0};
    setenv("PATH", "/nowhere", 1);
    expect("\xE7\xBB\x9C", "\xE7\xBB\x9C", &known);
    names_release(&known);
}

static int begin(void **state)
{
    (void)state;
    old_path = memory_copy_text(getenv("PATH"));
    if (!mkdtemp(folder))
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
    (void)state;
    setenv("PATH", old_path, 1);
    memory_free(old_path);
    char *command = text_format("rm -r '%s'", folder);
    int result = system(command);
    memory_free(command);
    return result;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_no_font_has_becomes_a_box),
        cmocka_unit_test(without_fontconfig_all_is_taken_to_be_there),
    };
    return cmocka_run_group_tests(tests, begin, end);
}
