/* An experiment file in a folder with a small base config, for tests. */
#ifndef UNROLL_TESTS_UNIT_EXPERIMENT_FILE_H
#define UNROLL_TESTS_UNIT_EXPERIMENT_FILE_H

#include "batch/experiment.h"
#include "unit/temporary.h"

#include <stdio.h>

static char experiment_folder[64];

static inline int experiment_make_folder(void **state)
{
    (void)state;
    static const char base[] = "name: small\ndata: {set: digits}\nmodel: {cell: lstm, units: 4}\n"
                               "train: {steps: 5, batch: 30}\n";
    if (temporary_make(experiment_folder))
        return -1;
    memory_free(temporary_write(experiment_folder, "base.yaml", base, sizeof base - 1, false));
    return 0;
}

static inline int experiment_remove_folder(void **state)
{
    (void)state;
    return temporary_remove(experiment_folder);
}

struct opened {
    struct experiment_file experiment;
    struct diagnostics *diagnostics;
    int result;
};

/* Loads "base: base.yaml" and TEXT, whose first line is line 2 of the file. */
static inline void opened_load(struct opened *opened, const char *text)
{
    char *whole = text_format("base: base.yaml\n%s", text);
    char *path = temporary_write(experiment_folder, "e.yaml", whole, strlen(whole), false);
    opened->diagnostics = diagnostics_new();
    opened->result = experiment_load(&opened->experiment, path, opened->diagnostics);
    memory_free(path);
    memory_free(whole);
}

static inline void opened_load_good(struct opened *opened, const char *text)
{
    opened_load(opened, text);
    if (opened->result) {
        diagnostics_print(opened->diagnostics);
        fail();
    }
}

static inline void opened_release(struct opened *opened)
{
    experiment_file_release(&opened->experiment);
    diagnostics_free(opened->diagnostics);
}

/* Exactly these variants, in their order. */
static inline void assert_variants(const char *text, const char *const *names)
{
    struct opened opened;
    opened_load_good(&opened, text);
    size_t count = 0;
    for (; names[count]; count++) {
        assert_true(count < opened.experiment.variant_count);
        assert_string_equal(opened.experiment.variants[count].name, names[count]);
    }
    assert_int_equal(opened.experiment.variant_count, count);
    opened_release(&opened);
}

/* TEXT gives one error, at LINE and COLUMN, that holds MESSAGE. */
struct mistake {
    const char *text;
    int line, column;
    const char *message;
};

static inline void assert_mistakes(const struct mistake *mistakes, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const struct mistake *mistake = &mistakes[i];
        struct opened opened;
        struct text errors = {0};
        opened_load(&opened, mistake->text);
        diagnostics_write(opened.diagnostics, &errors, false);
        char *place = text_format("e.yaml:%d:%d: error: ", mistake->line, mistake->column);
        const char *found = strstr(text_get(&errors), place);
        if (opened.result != -1 || diagnostics_count(opened.diagnostics) != 1 || !found ||
            !strstr(found, mistake->message))
            fail_msg("%s: expected `%s...%s` alone in:\n%s", mistake->text, place, mistake->message,
                     text_get(&errors));
        memory_free(place);
        text_release(&errors);
        opened_release(&opened);
    }
}

#endif
