#include "report/comparison_tables.h"

#include "base/memory.h"
#include "report/comparison_columns.h"

#include <math.h>

void comparison_tables_variants(const struct comparison_view *view, struct table *table)
{
    *table = (struct table){0};
    table_add_column(table, NULL, "variant", "variant");
    for (size_t i = 0; i < view->column_count; i++)
        comparison_columns_add(view, &view->columns[i], table);
    for (size_t row = 0; row < view->groups->count; row++) {
        size_t group = view->order[row];
        table_add_row(table);
        table_set_text(table, 0, view->groups->items[group].name);
        for (size_t i = 0; i < view->column_count; i++)
            comparison_columns_set(view, &view->columns[i], group, table, i + 1);
    }
}

/* What a table of contrasts may have besides the figures of a contrast. */
enum part {
    PART_METRIC = COMPARISON_FIGURES,
    PART_AT,
    PART_VARIANT,
    PART_AGAINST,
    PART_COUNTS, /* as people read them: "5", "5, 4" */
    PART_N,
    PART_N_B,
    PART_LEFT_OUT,
    PART_STATISTIC,
    PART_DEGREES,
    PARTS
};

static const struct {
    const char *title, *key;
} part_names[PARTS] = {
    [PART_METRIC] = {"metric", "metric"},
    [PART_AT] = {"at", "at"},
    [PART_VARIANT] = {"variant", "variant"},
    [PART_AGAINST] = {"against", "against"},
    [PART_COUNTS] = {"n", "n"},
    [PART_N] = {"n", "n"},
    [PART_N_B] = {"n_b", "n_b"},
    [PART_LEFT_OUT] = {"left out", "left_out"},
    [PART_STATISTIC] = {"statistic", "statistic"},
    [PART_DEGREES] = {"degrees", "degrees"},
};

static bool was_tested(const struct contrast *contrast)
{
    return !isnan(contrast->test.p);
}

static void set_optional(struct table *table, size_t place, double number)
{
    if (!isnan(number))
        table_set_number(table, place, number, 4);
}

static void set_counts(struct table *table, size_t place, const struct test_result *test)
{
    bool two = test->kind == TEST_WELCH_T && test->n != test->n_b;
    char *shown = two ? text_format("%zu, %zu", test->n, test->n_b) : text_format("%zu", test->n);
    table_set_shown(table, place, (double)test->n, shown);
    memory_free(shown);
}

static void set_part(const struct comparison_view *view, size_t metric,
                     const struct contrast *contrast, int part, struct table *table, size_t place)
{
    const struct test_result *test = &contrast->test;
    const struct group *groups = view->groups->items;
    if (part < COMPARISON_FIGURES)
        comparison_columns_set_contrast(view, metric, contrast, (enum comparison_figure)part, table,
                                        place);
    else if (part == PART_METRIC)
        table_set_text(table, place, view->metrics.items[metric]);
    else if (part == PART_AT)
        table_set_text(table, place, view->options.at ? view->options.at : "end");
    else if (part == PART_VARIANT || part == PART_AGAINST)
        table_set_text(table, place, groups[part == PART_VARIANT ? contrast->a : contrast->b].name);
    else if (part == PART_COUNTS)
        set_counts(table, place, test);
    else if (part == PART_N || part == PART_N_B || part == PART_LEFT_OUT)
        table_set_whole(table, place,
                        (int64_t)(part == PART_N     ? test->n
                                  : part == PART_N_B ? test->n_b
                                                     : contrast->left_out));
    else if (part == PART_STATISTIC && was_tested(contrast))
        set_optional(table, place, test->statistic);
    else if (part == PART_DEGREES && was_tested(contrast))
        set_optional(table, place, test->degrees);
}

static void add_parts(struct table *table, const int *parts, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        bool figure = parts[i] < COMPARISON_FIGURES;
        table_add_column(table, NULL,
                         figure ? comparison_figure_titles[parts[i]] : part_names[parts[i]].title,
                         figure ? comparison_figure_names[parts[i]] : part_names[parts[i]].key);
    }
}

static void add_contrasts(const struct comparison_view *view, size_t metric, const int *parts,
                          size_t part_count, struct table *table)
{
    size_t count;
    size_t *places = comparison_view_contrasts(view, metric, &count);
    for (size_t i = 0; i < count; i++) {
        table_add_row(table);
        for (size_t j = 0; j < part_count; j++)
            set_part(view, metric, &view->comparisons[metric].contrasts[places[i]], parts[j], table,
                     j);
    }
    memory_free(places);
}

static bool is_empty(const struct table *table, size_t column)
{
    for (size_t row = 0; row < table->row_count; row++)
        if (table_cell(table, row, column)->type != CELL_MISSING)
            return false;
    return true;
}

void comparison_tables_contrasts(const struct comparison_view *view, size_t metric,
                                 struct table *table)
{
    static const int all[] = {PART_VARIANT,    PART_AGAINST,  FIGURE_DIFFERENCE, FIGURE_LOW,
                              FIGURE_HIGH,     FIGURE_TEST,   PART_COUNTS,       FIGURE_P,
                              FIGURE_ADJUSTED, FIGURE_EFFECT, FIGURE_VERDICT};
    enum { ALL = sizeof all / sizeof all[0] };
    struct table full = {0};
    int parts[ALL];
    size_t count = 0;
    add_parts(&full, all, ALL);
    add_contrasts(view, metric, all, ALL, &full);
    for (size_t i = 0; i < ALL; i++) {
        bool says_nothing = (all[i] == PART_AGAINST && !view->options.pairs) ||
                            (all[i] == FIGURE_ADJUSTED && view->comparisons[metric].family < 2) ||
                            is_empty(&full, i);
        if (!says_nothing)
            parts[count++] = all[i];
    }
    table_release(&full);
    *table = (struct table){0};
    add_parts(table, parts, count);
    add_contrasts(view, metric, parts, count, table);
}

static void make_flat_pairs(const struct comparison_view *view, struct table *table)
{
    static const int parts[] = {
        PART_METRIC,   PART_AT,        PART_VARIANT, PART_AGAINST, FIGURE_DIFFERENCE,
        FIGURE_LOW,    FIGURE_HIGH,    FIGURE_TEST,  PART_N,       PART_N_B,
        PART_LEFT_OUT, PART_STATISTIC, PART_DEGREES, FIGURE_P,     FIGURE_ADJUSTED,
        FIGURE_EFFECT, FIGURE_VERDICT, FIGURE_SEEDS};
    size_t count = sizeof parts / sizeof parts[0];
    add_parts(table, parts, count);
    for (size_t metric = 0; metric < view->full_count; metric++)
        add_contrasts(view, metric, parts, count, table);
}

/* The columns of VIEW, and where none were asked for, what the contrasts have for programs. */
static struct comparison_column *flat_columns(const struct comparison_view *view, size_t *count)
{
    size_t contrast_figures = COMPARISON_FIGURES - FIGURE_DIFFERENCE;
    struct comparison_column *columns =
        memory_array(view->column_count + view->full_count * contrast_figures + 1, sizeof *columns);
    for (*count = 0; *count < view->column_count; (*count)++)
        columns[*count] = view->columns[*count];
    for (size_t metric = 0; metric < view->full_count && !view->options.columns; metric++)
        for (int figure = FIGURE_DIFFERENCE; figure < COMPARISON_FIGURES; figure++)
            if (view->comparisons[metric].contrast_count > 0)
                columns[(*count)++] = (struct comparison_column){
                    .figure = (enum comparison_figure)figure, .metric = metric};
    return columns;
}

void comparison_tables_flat(const struct comparison_view *view, struct table *table)
{
    *table = (struct table){0};
    if (view->options.pairs) {
        make_flat_pairs(view, table);
        return;
    }
    struct comparison_view flat = *view;
    struct comparison_column *columns = flat_columns(view, &flat.column_count);
    flat.columns = columns;
    comparison_tables_variants(&flat, table);
    memory_free(columns);
}

void comparison_tables_add_title(const struct comparison_view *view, size_t metric,
                                 struct text *text)
{
    const struct comparison *comparison = &view->comparisons[metric];
    comparison_view_add_metric(view, metric, text);
    if (view->options.pairs)
        text_add(text, ", all pairs");
    else if (comparison->baseline < comparison->count)
        text_add_format(text, " against %s", view->groups->items[comparison->baseline].name);
}

static const char *const claim_columns[] = {
    "claim", "verdict",     "variant", "than",    "metric",  "at",   "least",
    "most",  "n",           "n_b",     "value",   "low",     "high", "p",
    "seeds", "seeds_above", "trials",  "awaited", "sentence"};
enum { CLAIM_COLUMNS = sizeof claim_columns / sizeof *claim_columns };

/* The next cells of the last row: texts, NULL being missing; numbers. */
static void set_texts(struct table *table, size_t *place, const char *const *texts, size_t count)
{
    for (size_t i = 0; i < count; i++, (*place)++)
        if (texts[i])
            table_set_text(table, *place, texts[i]);
}

static void set_numbers(struct table *table, size_t *place, const double *numbers, size_t count)
{
    for (size_t i = 0; i < count; i++, (*place)++)
        set_optional(table, *place, numbers[i]);
}

static void set_claim(const struct comparison_view *view, const struct claim_answer *answer,
                      struct table *table)
{
    const struct claim *claim = answer->claim;
    const char *at = view->options.at ? view->options.at : "end";
    size_t place = 0;
    set_texts(table, &place,
              (const char *[]){claim->text, claim_verdict_names[answer->verdict], claim->variant,
                               claim->than, claim->metric, at},
              6);
    set_numbers(table, &place, (const double[]){claim->least, claim->most}, 2);
    table_set_whole(table, place++, (int64_t)answer->n);
    table_set_whole(table, place++, (int64_t)answer->n_b);
    set_numbers(table, &place,
                (const double[]){answer->value, answer->low, answer->high, answer->p, answer->seeds,
                                 isinf(answer->seeds) ? 10000 : NAN},
                6);
    table_set_whole(table, place++, (int64_t)answer->trials);
    table_set_whole(table, place++, (int64_t)answer->awaited);
    table_set_text(table, place, answer->sentence);
}

void comparison_tables_claims(const struct comparison_view *view, bool for_people,
                              struct table *table)
{
    static const char *const shown[] = {"claim", "verdict", "figures"};
    *table = (struct table){0};
    for (size_t i = 0; i < (for_people ? 3 : CLAIM_COLUMNS); i++)
        table_add_column(table, NULL, for_people ? shown[i] : claim_columns[i],
                         for_people ? shown[i] : claim_columns[i]);
    for (size_t i = 0; i < view->claims.count; i++) {
        const struct claim_answer *answer = &view->claims.items[i];
        const char *const texts[] = {answer->claim->text, answer->verdict_words, answer->sentence};
        size_t place = 0;
        table_add_row(table);
        if (for_people)
            set_texts(table, &place, texts, 3);
        else
            set_claim(view, answer, table);
    }
}
