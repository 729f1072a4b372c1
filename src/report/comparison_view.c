#include "report/comparison_view.h"

#include "base/memory.h"
#include "compare/changed_keys.h"
#include "report/comparison_columns.h"

#include <stdlib.h>
#include <string.h>

/* Calls VISIT for each name of LIST, with commas between and spaces around them; stops at the first
 * that is not 0. */
static int each_name(const char *list, int (*visit)(void *context, const char *name), void *context)
{
    int result = 0;
    for (const char *at = list; at && result == 0; at = at ? at + 1 : NULL) {
        size_t length = strcspn(at, ",");
        size_t begin = strspn(at, " "), end = length;
        while (end > begin && at[end - 1] == ' ')
            end--;
        char *name = text_format("%.*s", (int)(end > begin ? end - begin : 0), at + begin);
        result = visit(context, name);
        memory_free(name);
        at = at[length] ? at + length : NULL;
    }
    return result;
}

static int note_key(void *context, const char *name)
{
    (void)context;
    return comparison_columns_may_be_key(name);
}

static const char *sort_name(const struct comparison_options *options)
{
    return options->sort && options->sort[0] == '-' ? options->sort + 1 : options->sort;
}

bool comparison_options_need_settings(const struct comparison_options *options)
{
    return options->only_changed || each_name(options->columns, note_key, NULL) ||
           (options->sort && comparison_columns_may_be_key(sort_name(options)));
}

void comparison_view_release(struct comparison_view *view)
{
    for (size_t i = 0; view->comparisons && i < view->metrics.count; i++)
        comparison_release(&view->comparisons[i]);
    memory_free(view->comparisons);
    memory_free(view->columns);
    memory_free(view->same);
    memory_free(view->order);
    names_release(&view->metrics);
    names_release(&view->keys);
    claim_answers_release(&view->claims);
    *view = (struct comparison_view){0};
}

void comparison_view_add_metric(const struct comparison_view *view, size_t metric,
                                struct text *text)
{
    struct text moment = {0};
    const char *name = view->metrics.items[metric];
    if (comparison_is_tested(name))
        moment_add_text(&moment, view->moment);
    text_add(text, text_equal(name, "examples_per_second") ? "examples/s" : name);
    text_add(text, moment.length ? " " : "");
    text_add(text, text_get(&moment));
    text_release(&moment);
}

int comparison_view_precision(const struct comparison_view *view, size_t metric)
{
    const char *name = view->metrics.items[metric];
    if (text_equal(name, "parameters") || text_equal(name, "examples_per_second"))
        return 0;
    return metric_is_time(name) ? 1 : view->options.precision;
}

const struct contrast *comparison_view_contrast(const struct comparison_view *view, size_t metric,
                                                size_t group)
{
    const struct comparison *comparison = &view->comparisons[metric];
    size_t baseline = comparison->baseline;
    if (view->options.pairs || comparison->contrast_count == 0 || group == baseline)
        return NULL;
    return &comparison->contrasts[group < baseline ? group : group - 1];
}

/* Where the contrast of groups A and B (A > B) stands among all pairs of COUNT groups. */
static size_t pair_place(size_t count, size_t a, size_t b)
{
    return b * count - b * (b + 1) / 2 + (a - b - 1);
}

size_t *comparison_view_contrasts(const struct comparison_view *view, size_t metric, size_t *count)
{
    const struct comparison *comparison = &view->comparisons[metric];
    const size_t *order = view->order;
    size_t *places = memory_array(comparison->contrast_count + 1, sizeof *places);
    *count = 0;
    if (comparison->contrast_count == 0)
        return places;
    for (size_t i = 0; i < comparison->count; i++) {
        if (!view->options.pairs) {
            const struct contrast *one = comparison_view_contrast(view, metric, order[i]);
            if (one)
                places[(*count)++] = (size_t)(one - comparison->contrasts);
            continue;
        }
        for (size_t j = i + 1; j < comparison->count; j++) {
            size_t a = order[i] > order[j] ? order[i] : order[j];
            size_t b = order[i] > order[j] ? order[j] : order[i];
            places[(*count)++] = pair_place(comparison->count, a, b);
        }
    }
    return places;
}

/* The metrics in full, which must be there, and the usual ones that are. */
static int choose_metrics(struct comparison_view *view, struct store *store, struct error *error)
{
    static const char *const usual[] = {"test.accuracy", "test.loss", "seconds",
                                        "examples_per_second", "parameters"};
    const struct comparison_options *options = &view->options;
    for (size_t i = 0; i < options->metric_count; i++)
        names_add(&view->metrics, options->metrics[i]);
    if (options->metric_count == 0)
        names_add(&view->metrics, groups_metric(view->groups));
    view->full_count = view->metrics.count;
    for (size_t i = 0; i < view->full_count; i++)
        if (moment_check(store, view->groups, view->metrics.items[i], view->moment, error) != 0)
            return -1;
    for (size_t i = 0; options->metric_count == 0 && i < sizeof usual / sizeof usual[0]; i++)
        if (moment_check(store, view->groups, usual[i], view->moment, NULL) == 0)
            names_add(&view->metrics, usual[i]);
    return 0;
}

struct columns_context {
    struct comparison_view *view;
    struct store *store;
    struct error *error;
};

static int add_column(void *context, const char *name)
{
    struct columns_context *columns = context;
    struct comparison_view *view = columns->view;
    size_t added;
    view->columns =
        memory_grow(view->columns, view->column_count + view->full_count, sizeof *view->columns);
    int result =
        comparison_columns_find(view, columns->store, "--columns", name,
                                view->columns + view->column_count, &added, columns->error);
    view->column_count += result == 0 ? added : 0;
    return result;
}

/* In front of all other columns, the values that were chosen. */
static void choose_chosen(struct comparison_view *view)
{
    const struct choosing *choosing = &view->groups->questions.choosing;
    for (size_t i = 0; choosing->on && i < choosing->over_count; i++) {
        view->columns = memory_grow(view->columns, view->column_count + 1, sizeof *view->columns);
        view->columns[view->column_count++] = comparison_columns_key(view, choosing->over[i]);
    }
}

/* With --columns the other usual metrics are not shown. */
static int choose_columns(struct comparison_view *view, struct store *store, struct error *error)
{
    struct columns_context context = {view, store, error};
    if (view->options.only_changed) {
        size_t count;
        char **keys = changed_keys(view->groups, false, &count);
        view->columns = memory_array(count + 1, sizeof *view->columns);
        for (size_t i = 0; i < count; i++) {
            view->columns[view->column_count++] = comparison_columns_key(view, keys[i]);
            memory_free(keys[i]);
        }
        memory_free(keys);
    } else if (!view->options.columns) {
        choose_chosen(view);
    }
    if (view->options.columns)
        return each_name(view->options.columns, add_column, &context);
    comparison_columns_usual(view);
    return 0;
}

static bool needs_contrasts(const struct comparison_view *view, size_t metric)
{
    for (size_t i = 0; i < view->column_count; i++)
        if (!view->columns[i].key && view->columns[i].metric == metric &&
            view->columns[i].figure >= FIGURE_DIFFERENCE)
            return true;
    return metric < view->full_count;
}

static int compare_metrics(struct comparison_view *view, struct store *store,
                           const struct comparison_column *sort, struct error *error)
{
    view->comparisons = memory_array(view->metrics.count, sizeof *view->comparisons);
    for (size_t i = 0; i < view->metrics.count; i++) {
        bool sorts = sort && !sort->key && sort->metric == i && sort->figure >= FIGURE_DIFFERENCE;
        const struct comparison_request request = {
            .metric = view->metrics.items[i],
            .moment = view->moment,
            .test = view->options.test,
            .pairs = view->options.pairs,
            .baseline = view->options.baseline,
            .without_contrasts = !sorts && !needs_contrasts(view, i),
            .without_ties = !view->options.ties,
        };
        if (comparison_make(&view->comparisons[i], store, view->groups, &request, error) != 0)
            return -1;
    }
    return 0;
}

struct sorting {
    const struct table *table; /* a row for each group: its name, and what is sorted by */
    size_t column;
    bool descending;
};

static int cell_order(const struct cell *a, const struct cell *b)
{
    if (a->type != b->type) /* numbers in front of texts */
        return a->type == CELL_NUMBER ? -1 : 1;
    if (a->type == CELL_NUMBER)
        return (a->number > b->number) - (a->number < b->number);
    return strcmp(a->text, b->text);
}

/* What is missing comes last both ways; what is equal stays as it was. */
static int row_order(const void *left, const void *right, void *context)
{
    const struct sorting *sorting = context;
    size_t first = *(const size_t *)left, second = *(const size_t *)right;
    const struct cell *a = table_cell(sorting->table, first, sorting->column);
    const struct cell *b = table_cell(sorting->table, second, sorting->column);
    int order = 0;
    if (a->type == CELL_MISSING || b->type == CELL_MISSING)
        order = (a->type == CELL_MISSING) - (b->type == CELL_MISSING);
    else
        order = sorting->descending ? cell_order(b, a) : cell_order(a, b);
    return order ? order : (first > second) - (first < second);
}

/* Sorts by COLUMN; NULL: by name. */
static void sort_rows(struct comparison_view *view, const struct comparison_column *column)
{
    struct table table = {0};
    table_add_column(&table, NULL, "variant", "variant");
    if (column)
        comparison_columns_add(view, column, &table);
    for (size_t i = 0; i < view->groups->count; i++) {
        table_add_row(&table);
        table_set_text(&table, 0, view->groups->items[i].name);
        if (column)
            comparison_columns_set(view, column, i, &table, 1);
    }
    bool best_first = column && column->stands_alone &&
                      view->comparisons[column->metric].direction == HIGHER_IS_BETTER;
    struct sorting sorting = {&table, column ? 1 : 0, best_first != (view->options.sort[0] == '-')};
    qsort_r(view->order, view->groups->count, sizeof *view->order, row_order, &sorting);
    table_release(&table);
}

static bool cells_equal(const struct cell *a, const struct cell *b)
{
    return a->type == b->type && (a->type == CELL_MISSING || cell_order(a, b) == 0);
}

static bool is_same_everywhere(const struct comparison_view *view,
                               const struct comparison_column *column)
{
    struct table table = {0};
    bool same = true;
    comparison_columns_add(view, column, &table);
    for (size_t i = 0; i < view->groups->count && same; i++) {
        table_add_row(&table);
        comparison_columns_set(view, column, i, &table, 0);
        same = cells_equal(table_cell(&table, 0, 0), table_cell(&table, i, 0));
    }
    table_release(&table);
    return same;
}

/* One variant alone has nothing to differ from. */
static void drop_same_columns(struct comparison_view *view)
{
    size_t kept = 0;
    if (!view->options.only_changed || view->groups->count < 2)
        return;
    view->same = memory_array(view->column_count + 1, sizeof *view->same);
    for (size_t i = 0; i < view->column_count; i++)
        if (is_same_everywhere(view, &view->columns[i]))
            view->same[view->same_count++] = view->columns[i];
        else
            view->columns[kept++] = view->columns[i];
    view->column_count = kept;
}

static int find_sort(struct comparison_view *view, struct store *store,
                     struct comparison_column *sort, struct error *error)
{
    size_t count;
    struct comparison_column *found = memory_array(view->full_count, sizeof *found);
    int result = comparison_columns_find(view, store, "--sort", sort_name(&view->options), found,
                                         &count, error);
    *sort = found[0];
    memory_free(found);
    return result;
}

static int answer_claims(struct comparison_view *view, struct store *store, struct error *error)
{
    if (view->options.only_claims && view->groups->questions.claim_count == 0)
        return error_set(error, ERROR_NOT_FOUND,
                         "%s: the experiment makes no claims; write `claims: [{text: …, better: …, "
                         "than: …}]` and run `unroll batch` again",
                         view->groups->name);
    const struct comparison_request like = {.moment = view->moment,
                                            .test = view->options.test,
                                            .pairs = view->options.pairs,
                                            .baseline = view->options.baseline};
    return claims_answer(&view->claims, store, view->groups, &like, error);
}

static int fill(struct comparison_view *view, struct store *store, struct error *error)
{
    struct comparison_column sort;
    bool by_name = view->options.sort && text_equal(sort_name(&view->options), "name");
    bool by_column = view->options.sort && !by_name;
    const char *at = view->options.at ? view->options.at : "end";
    if (moment_parse(&view->moment, at, error) != 0)
        return error_prefix(error, "--at");
    if (choose_metrics(view, store, error) != 0 || choose_columns(view, store, error) != 0 ||
        (by_column && find_sort(view, store, &sort, error) != 0) ||
        compare_metrics(view, store, by_column ? &sort : NULL, error) != 0 ||
        answer_claims(view, store, error) != 0)
        return -1;
    view->order = memory_array(view->groups->count, sizeof *view->order);
    for (size_t i = 0; i < view->groups->count; i++)
        view->order[i] = i;
    if (by_name || by_column)
        sort_rows(view, by_name ? NULL : &sort);
    drop_same_columns(view);
    return 0;
}

int comparison_view_init(struct comparison_view *view, struct store *store,
                         const struct groups *groups, const struct comparison_options *options,
                         struct error *error)
{
    *view = (struct comparison_view){.groups = groups, .options = *options};
    int result = fill(view, store, error);
    if (result != 0)
        comparison_view_release(view);
    return result;
}
