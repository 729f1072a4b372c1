/* unroll compare: which variant is better, and by how much. */
#include "base/log.h"
#include "base/memory.h"
#include "base/printable.h"
#include "commands/commands.h"
#include "commands/options.h"
#include "compare/groups_load.h"
#include "report/comparison_print.h"
#include "report/reported_print.h"

#include <stdio.h>

struct request {
    const char *store, *at, *baseline, *columns, *sort;
    struct option_list metrics, where, by, select_over;
    const char *select_on;
    bool pairs, only_changed, no_select, reported, claims;
    int64_t precision;
    int test, format;
    size_t name_count;
};

/* Where nothing says what the variants are compared with, people want to know how to. */
static void hint_at_tests(const struct comparison_view *view)
{
    const struct groups *groups = view->groups;
    if (groups->count < 2 || view->comparisons[0].contrast_count > 0)
        return;
    log_note("no baseline, so no differences: --baseline NAME compares with one variant, --pairs "
             "each with each");
}

/* Runs that are done and yet do not count: their figure is no number, or was not measured. */
static void warn_of_figures(const struct comparison_view *view)
{
    for (size_t i = 0; i < view->full_count; i++)
        for (size_t j = 0; j < view->groups->count; j++) {
            const struct group *group = &view->groups->items[j];
            size_t n = view->comparisons[i].summaries[j].n, done = group->states[RUN_DONE];
            struct text text = {0};
            if (n >= done)
                continue;
            printable_add(&text, group->name);
            text_add_format(&text, ": %zu of the runs that are done %s no number as ", done - n,
                            done - n == 1 ? "has" : "have");
            comparison_view_add_metric(view, i, &text);
            log_warning("%s", text_get(&text));
            text_release(&text);
        }
}

static int print(struct store *store, const struct groups *groups, const struct request *request,
                 struct error *error)
{
    bool for_people = request->format == TABLE_TEXT || request->format == TABLE_MARKDOWN;
    const struct comparison_options options = {
        .metrics = request->metrics.items,
        .metric_count = (size_t)request->metrics.count,
        .at = request->at,
        .test = request->test,
        .pairs = request->pairs,
        .baseline = request->baseline,
        .columns = request->columns,
        .sort = request->sort,
        .only_changed = request->only_changed,
        .only_claims = request->claims,
        .ties = request->format == TABLE_LATEX || request->format == TABLE_JSON,
        .precision = (int)request->precision,
    };
    struct comparison_view view;
    if (comparison_view_init(&view, store, groups, &options, error) != 0)
        return -1;
    warn_of_figures(&view);
    if (for_people && !request->claims)
        hint_at_tests(&view);
    int result = comparison_print(&view, (enum table_format)request->format, stdout, error);
    comparison_view_release(&view);
    return result;
}

/* ERROR_USAGE for options of a comparison's table beside --reported or --claims, which have what
 * they show. What decides a claim has a place beside --claims. */
static int check_alone(const struct request *request, struct error *error)
{
    const char *alone = request->reported ? "--reported" : "--claims";
    const char *const given[] = {request->metrics.count ? "--metric" : NULL,
                                 request->by.count ? "--group-by" : NULL,
                                 request->sort ? "--sort" : NULL,
                                 request->only_changed ? "--only-changed" : NULL,
                                 request->columns ? "--columns" : NULL,
                                 request->reported && request->claims ? "--claims" : NULL,
                                 request->reported && request->at ? "--at" : NULL,
                                 request->reported && request->baseline ? "--baseline" : NULL,
                                 request->reported && request->pairs ? "--pairs" : NULL,
                                 request->reported && request->test ? "--test" : NULL};
    if (!request->reported && !request->claims)
        return 0;
    for (size_t i = 0; i < sizeof given / sizeof given[0]; i++)
        if (given[i])
            return error_set(error, ERROR_USAGE,
                             "%s: has no place beside %s; leave out the one or the other", given[i],
                             alone);
    if (request->name_count > 1)
        return error_set(error, ERROR_USAGE,
                         "%s: these are one experiment's, and %zu things are named; name one "
                         "experiment",
                         alone, request->name_count);
    return 0;
}

/* ERROR_USAGE for options that would change nothing in the format. */
static int check_format(const struct request *request, struct error *error)
{
    if (request->no_select && (request->select_over.count || request->select_on))
        return error_set(error, ERROR_USAGE,
                         "--no-select: cannot be together with --select-over or --select-on");
    if (check_alone(request, error) != 0)
        return -1;
    if (request->columns && request->format == TABLE_JSON)
        return error_set(error, ERROR_USAGE,
                         "--columns: json has all figures and no columns; leave it out, or take "
                         "--metric for other figures");
    if ((request->columns || request->only_changed) && request->pairs &&
        request->format == TABLE_CSV)
        return error_set(error, ERROR_USAGE,
                         "%s: with --pairs csv is the table of the pairs, which has no such "
                         "columns; leave out the one or the other",
                         request->columns ? "--columns" : "--only-changed");
    return 0;
}

static bool needs_settings(const struct request *request)
{
    const struct comparison_options options = {
        .columns = request->columns, .sort = request->sort, .only_changed = request->only_changed};
    return comparison_options_need_settings(&options);
}

static int compare(const char *const *names, const struct request *request, struct error *error)
{
    const struct choosing choosing = {.over = (char **)(uintptr_t)request->select_over.items,
                                      .over_count = (size_t)request->select_over.count,
                                      .on = (char *)(uintptr_t)request->select_on};
    const struct groups_request choice = {
        .where = request->where.items,
        .where_count = (size_t)request->where.count,
        .by = request->by.items,
        .by_count = (size_t)request->by.count,
        .with_settings = needs_settings(request),
        .choosing = &choosing,
        .without_choosing = request->no_select,
    };
    char *path = store_path(request->store);
    struct store *store = NULL;
    struct groups groups = {0};
    int result = store_open(&store, path, STORE_READ, error);
    if (result == 0)
        result = groups_load_by(&groups, store, names, request->name_count, &choice, error);
    if (result == 0) {
        groups_warn_missing(&groups);
        result = request->reported
                     ? reported_print(store, &groups, (enum table_format)request->format,
                                      (int)request->precision, stdout, error)
                     : print(store, &groups, request, error);
    }
    groups_release(&groups);
    store_close(store);
    memory_free(path);
    return result;
}

static const char summary[] =
    "Says for each variant how many seeds are done and, over them, the mean with its\n"
    "95 % interval (Student's t), the standard deviation, the lowest and the highest\n"
    "figure; against the baseline, or for each pair, the difference of the means with its\n"
    "interval, a test, p after Holm's correction over all that this command compares in\n"
    "one metric, and the effect size; and in words whether a variant is better, worse, or\n"
    "undecided, and then about how many seeds would tell. EXPERIMENT is a name or an\n"
    "experiment file; runs that are given by id are grouped by their name.\n\n"
    "Figures are final ones, of the whole split at the end of training, or with --at those\n"
    "of the evaluation at another moment: best is the step that was best on the validation\n"
    "split, step:N, epoch:N and seconds:N the newest evaluation up to then. A test accuracy\n"
    "that was picked at its own best step is never reported as a result.\n\n"
    "Figures of the same seed are paired where more than half of the larger group's have a\n"
    "counterpart: --test t is the paired t test, wilcoxon the signed-rank test, permutation\n"
    "the one over all signs; both are exact (up to 256 and 36 seeds). Others are tested by\n"
    "Welch's t. Intervals are Student's t (Welch's) with every test, and not corrected for\n"
    "the number of comparisons: the verdict goes by the corrected p. Groups by --group-by\n"
    "that hold several settings are tested by seed, each seed's figures averaged over the\n"
    "settings that both groups have. Of two single runs the test predictions are compared,\n"
    "by McNemar's test, which is about these two models only. Times and examples per second\n"
    "depend on the machine and parameters are a count: no test.\n\n"
    "--columns and --sort take figures of the metric (n, mean, ci95, std, min, median, max;\n"
    "against the baseline difference, low, high, test, p, p_holm, effect, verdict, seeds), a\n"
    "metric (its mean; sorted best first), such as seconds, cpu_seconds (the processor time\n"
    "of training), examples_per_second, parameters or test.loss, a figure of it\n"
    "(test.loss.std), and a config key (model.units). csv is one flat table, with --pairs\n"
    "that of the pairs; csv and json have every digit. Seeds are inf in csv where more than\n"
    "10,000 are needed, and json has seeds_above then.\n\n"
    "Where the experiment makes claims, each is answered below: it holds, does not hold, or\n"
    "is undecided, by the 95 % interval and, of two variants, by the same corrected test;\n"
    "--claims prints these answers alone, for csv and json with every figure. Of a sweep,\n"
    "--select-over KEY keeps of each variant the value with the best mean of a validation\n"
    "figure (--select-on), as the experiment's compare.select does; --no-select shows all.\n"
    "--reported shows the figures that others reported, beside ours: whether each lies within\n"
    "the interval that holds 95 % of single runs like ours.";

static const char example[] =
    "unroll compare experiments/cells.yaml\n"
    "unroll compare cells --pairs --test permutation --at best\n"
    "unroll compare sweep --group-by model.units --where model.cell=lstm --sort test.accuracy\n"
    "unroll compare cells --only-changed --columns n,mean,ci95,seconds,verdict\n"
    "unroll compare sweep --select-over train.optimizer.adam.rate\n"
    "unroll compare 002-lstm --reported\n"
    "unroll compare 002-lstm --claims --format markdown\n"
    "unroll compare cells -m test.accuracy -m test.loss --format latex";

int command_compare(int argc, char **argv, struct error *error)
{
    struct request request = {.precision = 4};
    const struct option_entry entries[] = {
        {"metric", 'm', OPTION_LIST, &request.metrics, "NAME",
         "A figure, or seconds, cpu_seconds or parameters; repeatable.", 0, 0, NULL},
        {"at", 0, OPTION_TEXT, &request.at, "MOMENT",
         "end (the default), best, step:N, epoch:N or seconds:N.", 0, 0, NULL},
        {"baseline", 0, OPTION_TEXT, &request.baseline, "GROUP",
         "Compare with this one (what the experiment names; the first of two runs).", 0, 0, NULL},
        {"pairs", 0, OPTION_FLAG, &request.pairs, NULL,
         "Compare each with each, at most 200 of them.", 0, 0, NULL},
        {"test", 0, OPTION_CHOICE, &request.test, NULL, "The test of what pairs (t).", 0, 0,
         comparison_test_names},
        {"group-by", 0, OPTION_LIST, &request.by, "KEY",
         "A group for each value of a config key; repeatable.", 0, 0, NULL},
        {"where", 0, OPTION_LIST, &request.where, "CONDITION",
         "Only runs with model.units>=64 and the like; repeatable.", 0, 0, NULL},
        OPTION_SELECT(&request.select_over, &request.select_on, &request.no_select),
        {"claims", 0, OPTION_FLAG, &request.claims, NULL,
         "The answers to the experiment's claims alone.", 0, 0, NULL},
        {"reported", 0, OPTION_FLAG, &request.reported, NULL,
         "The figures that others reported, beside ours.", 0, 0, NULL},
        {"sort", 0, OPTION_TEXT, &request.sort, "NAME",
         "Rows by name or by a column; -NAME the other way.", 0, 0, NULL},
        {"only-changed", 0, OPTION_FLAG, &request.only_changed, NULL,
         "A column for each config key that differs, none that is all the same.", 0, 0, NULL},
        {"columns", 0, OPTION_TEXT, &request.columns, "LIST", "These columns, with commas between.",
         0, 0, NULL},
        {"precision", 'p', OPTION_INTEGER, &request.precision, "N",
         "Digits behind the point in tables for people (4).", 0, 15, NULL},
        {"format", 0, OPTION_CHOICE, &request.format, NULL, "What is printed (text).", 0, 0,
         table_format_names},
        OPTION_STORE(&request.store),
        {0}};
    const struct option_page page = {"compare EXPERIMENT|RUN... [OPTION...]", summary, example,
                                     entries};
    int first = options_parse(argc, argv, &page, error);
    if (first <= 0)
        return first;
    if (first == argc)
        return options_misused(&page, error, "compare needs an experiment or a run");
    request.name_count = (size_t)(argc - first);
    if (check_format(&request, error) != 0)
        return -1;
    return compare((const char *const *)&argv[first], &request, error);
}
