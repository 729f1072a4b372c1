/* A store with runs of several variants to compare, and the comparison of them. */
#ifndef UNROLL_TESTS_UNIT_COMPARED_CELLS_H
#define UNROLL_TESTS_UNIT_COMPARED_CELLS_H

#include "compare/comparison.h"
#include "compare/groups_load.h"
#include "unit/store_folder.h"

#include <string.h>

static char folder[64];
static struct store *store;

/* What a made-up run with SEED ends with when its final accuracy shall be VALUE. */
#define LEVEL(seed, value) ((value)-0.0005 * ((seed) % 10))
#define TRIAL(name, seed, value)                                                                   \
    {                                                                                              \
        name, seed, LEVEL(seed, value), 100, 10, RUN_DONE                                          \
    }
#define ABSENT(name, seed)                                                                         \
    {                                                                                              \
        name, -(seed), 0, 100, 10, RUN_DONE                                                        \
    }

/* Against lstm: gru is better, rnn worse, twin nearly the same, steady always better by the same
 * amount; single has one seed, other none in common, partly one that is NaN and one not begun. */
static const struct made_up cells[] = {
    TRIAL("lstm", 1, 0.90),   TRIAL("lstm", 2, 0.91),   TRIAL("lstm", 3, 0.92),
    TRIAL("lstm", 4, 0.93),   TRIAL("lstm", 5, 0.94),   TRIAL("gru", 1, 0.951),
    TRIAL("gru", 2, 0.962),   TRIAL("gru", 3, 0.970),   TRIAL("gru", 4, 0.981),
    TRIAL("gru", 5, 0.992),   TRIAL("rnn", 1, 0.50),    TRIAL("rnn", 2, 0.52),
    TRIAL("rnn", 3, 0.51),    TRIAL("rnn", 4, 0.53),    TRIAL("rnn", 5, 0.55),
    TRIAL("twin", 1, 0.902),  TRIAL("twin", 2, 0.909),  TRIAL("twin", 3, 0.923),
    TRIAL("twin", 4, 0.929),  TRIAL("twin", 5, 0.9402), TRIAL("steady", 1, 0.91),
    TRIAL("steady", 2, 0.92), TRIAL("steady", 3, 0.93), TRIAL("steady", 4, 0.94),
    TRIAL("steady", 5, 0.95), TRIAL("single", 1, 0.97), TRIAL("other", 6, 0.90),
    TRIAL("other", 7, 0.93),  TRIAL("other", 8, 0.95),  TRIAL("partly", 1, 0.91),
    TRIAL("partly", 2, 0.93), TRIAL("partly", 3, NAN),  ABSENT("partly", 4),
    TRIAL("partly", 9, 0.92), ABSENT("none", 1),
};
enum { LSTM, GRU, RNN, TWIN, STEADY, SINGLE, OTHER, PARTLY, NONE, GROUPS };

static struct groups groups;
static struct error error;

static inline struct comparison make(const struct comparison_request *request)
{
    struct comparison comparison;
    error = (struct error){0};
    made_up_check(comparison_make(&comparison, store, &groups, request, &error), &error);
    return comparison;
}

/* The contrast of group A, against the baseline (group 0). */
static inline const struct contrast *against_lstm(const struct comparison *comparison, size_t a)
{
    const struct contrast *contrast = &comparison->contrasts[a - 1];
    assert_int_equal(contrast->a, a);
    assert_int_equal(contrast->b, LSTM);
    return contrast;
}

static inline void expect_sentence(const struct comparison *comparison,
                                   const struct contrast *contrast, const char *part)
{
    struct text text = {0};
    comparison_add_sentence(&text, comparison, &groups, contrast);
    if (!strstr(text_get(&text), part))
        fail_msg("expected '%s' in: %s", part, text_get(&text));
    text_release(&text);
}

/* The comparison of the experiment NAME of COUNT runs, against its first group; GROUPS become its
 * groups. */
static inline struct comparison compare_new(const char *name, const struct made_up *runs,
                                            size_t count, int test)
{
    made_up_experiment(store, name, runs, count);
    made_up_check(groups_load(&groups, store, &name, 1, &error), &error);
    return make(&(struct comparison_request){
        .metric = "test.accuracy", .baseline = groups.items[0].name, .test = test});
}

static inline void release_new(struct comparison *comparison, struct groups *kept)
{
    comparison_release(comparison);
    groups_release(&groups);
    groups = *kept;
}

static inline int fill(void **state)
{
    (void)state;
    const char *name = "cells";
    store = store_folder_make(folder);
    made_up_experiment(store, "cells", cells, sizeof cells / sizeof cells[0]);
    made_up_check(groups_load(&groups, store, &name, 1, &error), &error);
    assert_int_equal(groups.count, GROUPS);
    return 0;
}

static inline int empty(void **state)
{
    (void)state;
    groups_release(&groups);
    return store_folder_remove(store, folder);
}

#endif
