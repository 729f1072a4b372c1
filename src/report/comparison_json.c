/* A comparison for programs, in full digits. */
#include "report/comparison_print.h"
#include "report/comparison_tables.h"

#include "base/memory.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static void add_key(struct text *output, const char *key)
{
    table_add_json_text(output, key);
    text_add(output, ": ");
}

/* ", KEY: NUMBER", null where it is none. */
static void add_number(struct text *output, const char *key, double number)
{
    text_add(output, ", ");
    add_key(output, key);
    if (isfinite(number))
        table_add_exact(output, number);
    else
        text_add(output, "null");
}

static void add_whole(struct text *output, const char *key, size_t number)
{
    add_number(output, key, (double)number);
}

/* Member PLACE of an object, "KEY: TEXT", null for NULL. */
static void add_member(struct text *output, size_t place, const char *key, const char *text)
{
    text_add(output, place ? ", " : "");
    add_key(output, key);
    if (text)
        table_add_json_text(output, text);
    else
        text_add(output, "null");
}

/* The same further down. */
static void add_text(struct text *output, const char *key, const char *text)
{
    add_member(output, 1, key, text);
}

static void add_summary(struct text *output, const struct comparison *comparison, size_t group)
{
    const struct summary *summary = &comparison->summaries[group];
    text_add_format(output, "{\"n\": %zu", summary->n);
    add_whole(output, "missing", summary->missing);
    add_number(output, "mean", summary->mean);
    add_number(output, "ci95", comparison->half_widths[group]);
    add_number(output, "std", summary->deviation);
    add_number(output, "min", summary->minimum);
    add_number(output, "median", summary->median);
    add_number(output, "max", summary->maximum);
    text_add_format(output,
                    ", \"best\": %s, \"tie\": %s, \"untested\": %s, \"diverged\": %zu, "
                    "\"failed\": %zu}",
                    comparison_is_best(comparison, group) ? "true" : "false",
                    comparison->ties[group] ? "true" : "false",
                    comparison->untested[group] ? "true" : "false",
                    comparison->losses[group].diverged, comparison->losses[group].failed);
}

/* The keys of which all runs of GROUP say the same. */
static void add_config(struct text *output, const struct comparison_view *view,
                       const struct group *group)
{
    bool first = true;
    text_add(output, ", \"config\": {");
    for (size_t i = 0; i < view->keys.count; i++) {
        const char *key = view->keys.items[i];
        const char *value = group->run_count ? settings_get(&group->runs[0].settings, key) : NULL;
        bool same = value != NULL;
        for (size_t j = 1; j < group->run_count && same; j++) {
            const char *other = settings_get(&group->runs[j].settings, key);
            same = other && text_equal(value, other);
        }
        if (!same)
            continue;
        text_add(output, first ? "" : ", ");
        add_key(output, key);
        table_add_json_text(output, value);
        first = false;
    }
    text_add_char(output, '}');
}

static void add_variants(struct text *output, const struct comparison_view *view)
{
    text_add(output, " \"variants\": [");
    for (size_t row = 0; row < view->groups->count; row++) {
        size_t group = view->order[row];
        text_add(output, row ? ",\n  {" : "\n  {");
        add_key(output, "variant");
        table_add_json_text(output, view->groups->items[group].name);
        if (view->keys.count)
            add_config(output, view, &view->groups->items[group]);
        for (size_t i = 0; i < view->metrics.count; i++) {
            text_add(output, ",\n   ");
            add_key(output, view->metrics.items[i]);
            add_summary(output, &view->comparisons[i], group);
        }
        text_add_char(output, '}');
    }
    text_add(output, "\n ],\n");
}

static void add_contrast(struct text *output, const struct comparison_view *view, size_t metric,
                         const struct contrast *contrast)
{
    const struct comparison *comparison = &view->comparisons[metric];
    const struct test_result *test = &contrast->test;
    bool tested = !isnan(test->p);
    const char *verdict = verdict_names[contrast->verdict];
    struct text sentence = {0};
    add_key(output, "metric");
    table_add_json_text(output, comparison->metric);
    add_text(output, "a", view->groups->items[contrast->a].name);
    add_text(output, "b", view->groups->items[contrast->b].name);
    add_text(output, "test", tested ? test_kind_names[test->kind] : NULL);
    add_whole(output, "n", test->n);
    add_whole(output, "n_b", test->n_b);
    add_whole(output, "left_out", contrast->left_out);
    add_number(output, "difference", test->difference);
    add_number(output, "low", test->low);
    add_number(output, "high", test->high);
    add_number(output, "statistic", tested ? test->statistic : NAN);
    add_number(output, "degrees", tested ? test->degrees : NAN);
    add_number(output, "p", test->p);
    add_number(output, "p_holm", contrast->adjusted);
    add_whole(output, "family", comparison->family);
    add_number(output, "effect", test->effect);
    add_text(output, "effect_kind", tested ? comparison_effect_name(test->kind) : NULL);
    add_text(output, "verdict", *verdict ? verdict : NULL);
    add_number(output, "seeds", contrast->seeds);
    add_number(output, "seeds_above", isinf(contrast->seeds) ? 10000 : NAN);
    add_whole(output, "settings", contrast->settings);
    comparison_add_sentence(&sentence, comparison, view->groups, contrast);
    add_text(output, "sentence", text_get(&sentence));
    text_release(&sentence);
}

static void add_contrasts(struct text *output, const struct comparison_view *view)
{
    bool first = true;
    text_add(output, " \"comparisons\": [");
    for (size_t metric = 0; metric < view->full_count; metric++) {
        size_t count;
        size_t *places = comparison_view_contrasts(view, metric, &count);
        for (size_t i = 0; i < count; i++) {
            text_add(output, first ? "\n  {" : ",\n  {");
            add_contrast(output, view, metric, &view->comparisons[metric].contrasts[places[i]]);
            text_add_char(output, '}');
            first = false;
        }
        memory_free(places);
    }
    text_add(output, first ? "],\n" : "\n ],\n");
}

static void add_missing(struct text *output, const struct groups *groups)
{
    bool first = true;
    text_add(output, " \"missing\": [");
    for (size_t i = 0; i < groups->count; i++) {
        const struct group *group = &groups->items[i];
        size_t trials = group->run_count + group->states[RUN_QUEUED];
        if (group->states[RUN_DONE] == trials)
            continue;
        text_add(output, first ? "\n  {" : ",\n  {");
        add_key(output, "variant");
        table_add_json_text(output, group->name);
        add_whole(output, "trials", trials);
        for (int state = 0; state < RUN_STATES; state++)
            if (state == RUN_DONE || group->states[state])
                add_whole(output, run_state_name((enum run_state)state), group->states[state]);
        text_add_char(output, '}');
        first = false;
    }
    text_add(output, first ? "]\n" : "\n ]\n");
}

static void add_claims(struct text *output, const struct comparison_view *view)
{
    struct table table;
    comparison_tables_claims(view, false, &table);
    text_add(output, " \"claims\": ");
    table_render(&table, TABLE_JSON, 0, output);
    output->data[--output->length] = '\0'; /* the end of the line */
    table_release(&table);
}

/* What was chosen for GROUP. */
static void add_choice(struct text *output, const struct choosing *choosing,
                       const struct group *group)
{
    static const char *const ends[] = {NULL, "lowest", "highest"};
    const struct choice *choice = &group->choice;
    add_key(output, "variant");
    table_add_json_text(output, group->name);
    text_add(output, ", \"values\": {");
    for (size_t k = 0; k < choice->count; k++)
        add_member(output, k, choosing->over[k], choice->values[k]);
    text_add_char(output, '}');
    add_text(output, "on", choosing->on);
    add_number(output, "mean", choice->mean);
    add_whole(output, "n", choice->n);
    add_whole(output, "tried", choice->tried);
    add_whole(output, "passed_over", choice->passed_over);
    text_add(output, ", \"ends\": {");
    for (size_t k = 0; k < choice->count; k++)
        add_member(output, k, choosing->over[k], ends[choice->ends[k]]);
    text_add_char(output, '}');
}

static void add_choices(struct text *output, const struct comparison_view *view)
{
    const struct choosing *choosing = &view->groups->questions.choosing;
    bool is_first = true;
    if (!choosing->on)
        return;
    text_add(output, " \"chosen\": [");
    for (size_t row = 0; row < view->groups->count; row++) {
        const struct group *group = &view->groups->items[view->order[row]];
        if (group->choice.count == 0)
            continue;
        text_add(output, is_first ? "\n  {" : ",\n  {");
        add_choice(output, choosing, group);
        text_add_char(output, '}');
        is_first = false;
    }
    text_add(output, "\n ],\n");
}

void comparison_render_json(const struct comparison_view *view, struct text *output)
{
    size_t baseline = view->comparisons[0].baseline;
    text_add(output, "{\n ");
    add_key(output, "experiment");
    table_add_json_text(output, view->groups->name);
    add_text(output, "at", view->options.at ? view->options.at : "end");
    add_text(output, "baseline",
             baseline < view->groups->count ? view->groups->items[baseline].name : NULL);
    text_add(output, ",\n");
    if (view->options.only_claims) {
        add_claims(output, view);
        text_add(output, "\n}\n");
        return;
    }
    text_add(output, " \"metrics\": [");
    for (size_t i = 0; i < view->metrics.count; i++) {
        text_add(output, i ? ", " : "");
        table_add_json_text(output, view->metrics.items[i]);
    }
    text_add(output, "],\n");
    add_variants(output, view);
    add_contrasts(output, view);
    if (view->claims.count > 0) {
        add_claims(output, view);
        text_add(output, ",\n");
    }
    add_choices(output, view);
    add_missing(output, view->groups);
    text_add(output, "}\n");
}
