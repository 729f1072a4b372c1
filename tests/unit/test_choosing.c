/* Which value of a swept key stays, and under which name. */
#include "compare/choosing.h"
#include "unit/figure_groups.h"

#include <string.h>

static char rate[] = "train.optimizer.adam.rate", units[] = "model.units", batch[] = "train.batch";
static char accuracy[] = "validation.accuracy", loss[] = "validation.loss";

static void names_lose_what_is_chosen(void **state)
{
    (void)state;
    static const struct {
        const char *name, *left, *rate, *units;
    } rows[] = {
        {"lstm rate=0.003", "lstm", "0.003", NULL},
        {"lstm rate=0.003 units=16", "lstm", "0.003", "16"},
        {"lstm adam.rate=#2 batch=8 model.units=1e-3", "lstm batch=8", "#2", "1e-3"},
        {"lstm", "lstm", NULL, NULL},
        {"rate=3", "rate=3", NULL, NULL}, /* the variant's own name stays, whatever it is */
        {"a b rate=1 c", "a b c", "1", NULL},
        {"lstm ate=1 erate=2 =3 rate", "lstm ate=1 erate=2 =3 rate", NULL, NULL},
        {"lstm rate=", "lstm", "", NULL},
        {"", "", NULL, NULL},
    };
    char *keys[] = {rate, units};
    const struct choosing choosing = {keys, 2, accuracy};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char *values[2], *left = choosing_strip_name(rows[i].name, &choosing, values);
        assert_string_equal(left, rows[i].left);
        assert_true(!values[0] == !rows[i].rate && !values[1] == !rows[i].units);
        if (values[0])
            assert_string_equal(values[0], rows[i].rate);
        if (values[1])
            assert_string_equal(values[1], rows[i].units);
        memory_free(values[0]);
        memory_free(values[1]);
        memory_free(left);
    }
}

/* Chooses by ON over KEYS, as the experiment would, and expects GROUP's note to hold WORDS. */
static void choose(struct groups *groups, char **keys, size_t count, const char *on)
{
    struct choosing *choosing = &groups->questions.choosing;
    struct error error = {0};
    for (size_t i = 0; i < count; i++)
        choosing_add_key(choosing, keys[i]);
    choosing->on = memory_copy_text(on);
    if (choosing_apply(groups, choosing, &error) != 0)
        fail_msg("%s", error.text);
}

static void expect(const struct groups *groups, size_t place, const char *name, const char *value,
                   const char *words)
{
    struct text note = {0};
    const struct group *group = &groups->items[place];
    assert_string_equal(group->name, name);
    assert_int_equal(names_find(&groups->names, name), place);
    assert_string_equal(group->choice.values[0], value);
    assert_string_equal(settings_get(&group->runs[0].settings, groups->questions.choosing.over[0]),
                        value);
    assert_true(choosing_add_note(&note, groups, place));
    if (!strstr(text_get(&note), words))
        fail_msg("expected `%s` in: %s", words, text_get(&note));
    text_release(&note);
}

static void the_best_mean_stays(void **state)
{
    (void)state;
    struct groups groups = {.baseline = memory_copy_text("gru rate=0.1")};
    char *keys[] = {rate};
    figure_groups_add(&groups, "lstm rate=0.001", accuracy, (double[]){0.90, 0.91}, 2);
    figure_groups_add(&groups, "lstm rate=0.01", accuracy, (double[]){0.94, 0.92}, 2);
    figure_groups_add(&groups, "lstm rate=0.1", accuracy, (double[]){0.99, NAN}, 2);
    figure_groups_add(&groups, "gru rate=0.001", accuracy, (double[]){0.5, 0.5}, 2);
    figure_groups_add(&groups, "gru rate=0.01", accuracy, (double[]){0.6, 0.4}, 2);
    figure_groups_add(&groups, "gru rate=0.1", accuracy, (double[]){0.4, 0.5}, 2);
    choose(&groups, keys, 1, accuracy);
    assert_int_equal(groups.count, 2);
    expect(&groups, 0, "lstm", "0.01",
           "the best of 3 on validation.accuracy (mean 0.9300, n 2); 1 passed over");
    assert_int_equal(groups.items[0].choice.passed_over, 1);
    /* Of equal means the first; it is the lowest that was tried. */
    expect(&groups, 1, "gru", "0.001", "the lowest that was tried");
    assert_int_equal(groups.items[1].choice.ends[0], CHOICE_LOWEST);
    assert_string_equal(groups.baseline, "gru");
    groups_release(&groups);
}

/* What has diverged, what is yet to come and what is done without the figure are told apart. */
static void what_is_passed_over_says_why(void **state)
{
    (void)state;
    struct groups groups = {0};
    char *keys[] = {rate};
    figure_groups_add(&groups, "lstm rate=0.001", accuracy, (double[]){0.90, 0.91, 0.92}, 3);
    figure_groups_add(&groups, "lstm rate=0.01", accuracy, (double[]){0.94, NAN, NAN}, 3);
    figure_groups_add(&groups, "lstm rate=0.1", accuracy, (double[]){0.95, 0.95, NAN}, 3);
    memset(groups.items[1].states, 0, sizeof groups.items[1].states);
    memset(groups.items[2].states, 0, sizeof groups.items[2].states);
    groups.items[1].states[RUN_DONE] = groups.items[1].states[RUN_DIVERGED] = 1;
    groups.items[1].states[RUN_INTERRUPTED] = 1;
    groups.items[2].states[RUN_DONE] = 3;
    choose(&groups, keys, 1, accuracy);
    expect(
        &groups, 0, "lstm", "0.001",
        "; 2 passed over for lack of figures: of their runs 1 diverged or failed, 1 is not done, "
        "1 has no such figure.");
    groups_release(&groups);
}

/* Numbers count as numbers: 9 is below 10. */
static void a_loss_is_best_when_it_is_low(void **state)
{
    (void)state;
    struct groups groups = {0};
    char *keys[] = {units};
    figure_groups_add(&groups, "lstm units=9 batch=1", loss, (double[]){0.5, 0.4}, 2);
    figure_groups_add(&groups, "lstm units=10 batch=1", loss, (double[]){0.1, 0.2}, 2);
    figure_groups_add(&groups, "lstm units=9 batch=2", loss, (double[]){0.1, 0.2}, 2);
    choose(&groups, keys, 1, loss);
    assert_int_equal(groups.count, 2);
    expect(&groups, 0, "lstm batch=1", "10", "the highest that was tried");
    expect(&groups, 1, "lstm batch=2", "9", "the only one tried");
    groups_release(&groups);
}

static void several_keys_are_chosen_together(void **state)
{
    (void)state;
    struct groups groups = {0};
    char *keys[] = {units, batch};
    figure_groups_add(&groups, "lstm units=8 batch=1", loss, (double[]){0.5, 0.4}, 2);
    figure_groups_add(&groups, "lstm units=16 batch=1", loss, (double[]){0.3, 0.2}, 2);
    figure_groups_add(&groups, "lstm units=8 batch=2", loss, (double[]){0.1, 0.2}, 2);
    figure_groups_add(&groups, "lstm units=16 batch=2", loss, (double[]){0.4, 0.2}, 2);
    choose(&groups, keys, 2, loss);
    assert_int_equal(groups.count, 1);
    expect(&groups, 0, "lstm", "8", "model.units 8, train.batch 2, the best of 4");
    assert_int_equal(groups.items[0].choice.ends[0], CHOICE_LOWEST);
    assert_int_equal(groups.items[0].choice.ends[1], CHOICE_HIGHEST);
    groups_release(&groups);
}

static void what_cannot_choose_is_refused(void **state)
{
    (void)state;
    struct groups groups = {0};
    char *keys[] = {rate};
    static const struct {
        const char *on, *expected;
        int code;
    } rows[] = {{"test.accuracy", "test set", ERROR_USAGE},
                {"gap.loss", "test set", ERROR_USAGE},
                {"parameters", "not of the validation split", ERROR_USAGE},
                {"seconds", "not of the validation split", ERROR_USAGE},
                {"train_split.accuracy", "not of the validation split", ERROR_USAGE},
                {"validation.accuracy", "no run has it", ERROR_NOT_FOUND},
                {"validation.loss", "no variant is called by a value", ERROR_NOT_FOUND}};
    figure_groups_add(&groups, "lstm units=8", loss, (double[]){0.5, 0.4}, 2);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct error error = {0};
        const struct choosing choosing = {keys, 1, (char *)(uintptr_t)rows[i].on};
        assert_int_equal(choosing_apply(&groups, &choosing, &error), -1);
        assert_int_equal(error.code, rows[i].code);
        if (!strstr(error.text, rows[i].expected))
            fail_msg("expected `%s` in: %s", rows[i].expected, error.text);
        assert_string_equal(groups.items[0].name, "lstm units=8"); /* left as they were */
    }
    assert_null(choosing_fault("gap.validation.loss"));
    assert_null(choosing_fault("validation.accuracy"));
    groups_release(&groups);
}

/* Also where a store has it so. */
static void a_key_counts_once(void **state)
{
    (void)state;
    struct choosing choosing = {0};
    choosing_add_key(&choosing, rate);
    choosing_add_key(&choosing, units);
    choosing_add_key(&choosing, rate);
    assert_int_equal(choosing.over_count, 2);
    assert_string_equal(choosing.over[1], units);
    choosing_clear(&choosing);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_lose_what_is_chosen),
        cmocka_unit_test(the_best_mean_stays),
        cmocka_unit_test(what_is_passed_over_says_why),
        cmocka_unit_test(a_loss_is_best_when_it_is_low),
        cmocka_unit_test(several_keys_are_chosen_together),
        cmocka_unit_test(what_cannot_choose_is_refused),
        cmocka_unit_test(a_key_counts_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
