/* unroll plot: pictures by gnuplot. */
#include "base/file.h"
#include "base/log.h"
#include "base/memory.h"
#include "base/scratch.h"
#include "commands/commands.h"
#include "commands/load.h"
#include "commands/options.h"
#include "compare/groups_load.h"
#include "config/config.h"
#include "plots/plots.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

struct request {
    const char *store, *output, *at, *x_axis, *y_axis;
    struct moment moment;
    struct axis_range x_range, y_range;
    struct option_list metrics, over, where, group_by, select_over;
    const char *select_on;
    bool no_select, log_x;
    const char *data;
    int64_t images;
    int64_t layer;              /* -1: not said */
    int kind, x, format, split; /* x, format and split: -1 until settled */
};

enum { NARROWEST = 40, USUAL = 79, WIDEST = 160 }; /* characters of an ascii plot */

static int terminal_columns(void)
{
    struct winsize size;
    if (!log_is_terminal(stdout) || ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0)
        return USUAL;
    int columns = size.ws_col - 1;
    return columns < NARROWEST ? NARROWEST : columns > WIDEST ? WIDEST : columns;
}

/* plots/NAME-KIND.svg. Caller frees. */
static char *default_path(const struct groups *groups, const struct request *request)
{
    struct text path = {0};
    text_add(&path, "plots/");
    file_add_name(&path, groups->name);
    text_add_format(&path, "-%s%s", plot_kind_names[request->kind],
                    picture_format_ending((enum picture_format)request->format));
    return text_take(&path);
}

static int draw(struct store *store, const struct groups *groups, const struct request *request,
                const char *path, struct error *error)
{
    struct gnuplot plot;
    const struct plot_request wanted = {
        .kind = (enum plot_kind)request->kind,
        .x = (enum plot_x)request->x,
        .log_x = request->log_x,
        .metrics = request->metrics.items,
        .metric_count = (size_t)request->metrics.count,
        .x_range = request->x_range,
        .y_range = request->y_range,
        .split = request->split,
        .images = request->images,
        .data = request->data,
        .moment = request->moment,
        .over = request->over.items,
        .over_count = (size_t)request->over.count,
        .by = request->group_by.items,
        .by_count = (size_t)request->group_by.count,
        .layer = request->layer,
        .columns = terminal_columns(),
    };
    int result = gnuplot_init(&plot, path, (enum picture_format)request->format, error);
    if (result == 0)
        result = plot_draw(&plot, store, groups, &wanted, error);
    gnuplot_release(&plot);
    return result;
}

static int print_file(const char *path, struct error *error)
{
    enum { LIMIT = 1 << 24 };
    struct text content = {0};
    int result = file_read(path, LIMIT, &content, error);
    if (result == 0)
        fputs(text_get(&content), stdout);
    text_release(&content);
    return result;
}

/* An ascii plot goes to stdout, its files into a folder for a moment. */
static int draw_here(struct store *store, const struct groups *groups,
                     const struct request *request, struct error *error)
{
    char *folder = scratch_make(error);
    if (!folder)
        return -1;
    char *path = file_join(folder, "plot.txt"), *script = file_join(folder, "plot.txt.gp");
    int result = draw(store, groups, request, path, error);
    if (result == 0)
        result = print_file(path, error);
    if (result != 0 && file_exists(script)) /* gnuplot failed */
        scratch_keep(folder);
    else
        scratch_remove(folder);
    memory_free(script);
    memory_free(path);
    memory_free(folder);
    return result;
}

static int draw_file(struct store *store, const struct groups *groups,
                     const struct request *request, struct error *error)
{
    char *path =
        request->output ? memory_copy_text(request->output) : default_path(groups, request);
    int result = draw(store, groups, request, path, error);
    if (result == 0)
        printf("%s\n", path);
    memory_free(path);
    return result;
}

static int plot(const char *const *names, size_t count, const struct request *request,
                struct error *error)
{
    char *path = store_path(request->store);
    struct store *store = NULL;
    struct groups groups = {0};
    const struct choosing choosing = {.over = (char **)(uintptr_t)request->select_over.items,
                                      .over_count = (size_t)request->select_over.count,
                                      .on = (char *)(uintptr_t)request->select_on};
    const struct groups_request wanted = {
        .where = request->where.items,
        .where_count = (size_t)request->where.count,
        .by = request->group_by.items,
        .by_count = (size_t)request->group_by.count,
        .with_settings = plot_kind_options((enum plot_kind)request->kind) & PLOT_TAKES_OVER,
        .choosing = &choosing,
        .without_choosing = request->no_select || request->kind == PLOT_SWEEP,
    };
    int result = store_open(&store, path, STORE_READ, error);
    if (result == 0)
        result = groups_load_by(&groups, store, names, count, &wanted, error);
    if (result == 0) {
        groups_warn_missing(&groups);
        bool here = request->format == PICTURE_ASCII && !request->output;
        result = (here ? draw_here : draw_file)(store, &groups, request, error);
    }
    groups_release(&groups);
    store_close(store);
    memory_free(path);
    return result;
}

/* The format that the ending of OUTPUT names, or -1. */
static int format_of(const char *output)
{
    for (int i = 0; i < PICTURE_FORMATS; i++)
        if (text_ends_with(output, picture_format_ending((enum picture_format)i)))
            return i;
    return -1;
}

/* Refuses what is GIVEN where the kind of plot has none of OPTIONS, a set of enum plot_option. */
static int check_option(const struct request *request, bool given, unsigned options,
                        const char *name, const struct option_page *page, struct error *error)
{
    if (!given || plot_kind_options((enum plot_kind)request->kind) & options)
        return 0;
    char *text = text_format("--kind %s takes no --%s", plot_kind_names[request->kind], name);
    options_misused(page, error, text);
    memory_free(text);
    return -1;
}

/* Refuses a metric without a name, one that is named twice, and one that is the x axis already. */
static int check_metrics(const struct request *request, const struct option_page *page,
                         struct error *error)
{
    bool has_cost = plot_kind_options((enum plot_kind)request->kind) & PLOT_TAKES_COST;
    int x = request->x >= 0 ? request->x : (int)plot_kind_usual_x((enum plot_kind)request->kind);
    for (int i = 0; i < request->metrics.count; i++) {
        const char *metric = request->metrics.items[i];
        if (!*metric)
            return options_misused(page, error, "--metric: a metric has a name");
        for (int j = 0; j < i; j++)
            if (text_equal(metric, request->metrics.items[j]))
                return options_misused(page, error, "--metric: one is there twice");
        if (has_cost && text_equal(metric, plot_x_names[x]))
            return options_misused(page, error, "--metric: it is what the x axis shows");
    }
    return 0;
}

/* Refuses options that would do nothing. */
static int check_options(const struct request *request, const struct option_page *page,
                         struct error *error)
{
    int metrics = request->metrics.count;
    if (check_option(request, metrics > 0, PLOT_TAKES_METRICS | PLOT_TAKES_METRIC, "metric", page,
                     error) != 0 ||
        check_option(request, request->x >= 0, PLOT_TAKES_X | PLOT_TAKES_COST, "x", page, error) !=
            0 ||
        check_option(request, request->log_x, PLOT_TAKES_X, "log-x", page, error) != 0 ||
        check_option(request, request->x_axis != NULL, PLOT_TAKES_X_RANGE, "x-range", page,
                     error) != 0 ||
        check_option(request, request->y_axis != NULL, PLOT_TAKES_Y_RANGE, "y-range", page,
                     error) != 0 ||
        check_option(request, request->at != NULL, PLOT_TAKES_MOMENT, "at", page, error) != 0 ||
        check_option(request, request->over.count > 0, PLOT_TAKES_OVER, "over", page, error) != 0 ||
        check_option(request, request->split >= 0, PLOT_TAKES_SPLIT, "split", page, error) != 0 ||
        check_option(request, request->images > 0, PLOT_TAKES_IMAGES, "images", page, error) != 0 ||
        check_option(request, request->data != NULL, PLOT_TAKES_DATA, "data", page, error) != 0 ||
        check_option(request, request->layer >= 0, PLOT_TAKES_LAYER, "layer", page, error) != 0)
        return -1;
    if (check_metrics(request, page, error) != 0)
        return -1;
    if (metrics > 1 && plot_kind_options((enum plot_kind)request->kind) & PLOT_TAKES_METRIC)
        return options_misused(page, error, "--metric: this kind of plot shows one");
    if (request->over.count > PLOT_OVER_LIMIT)
        return options_misused(page, error, "--over: a picture has room for two keys");
    bool selects = request->select_over.count > 0 || request->select_on;
    if (selects && request->kind == PLOT_SWEEP)
        return options_misused(page, error, "--kind sweep shows every value: no --select-over");
    if (selects && request->no_select)
        return options_misused(page, error, "--no-select and --select-over contradict");
    if (request->x < 0 || plot_kind_has_x((enum plot_kind)request->kind, (enum plot_x)request->x))
        return 0;
    char *text = text_format("--kind %s takes no --x %s", plot_kind_names[request->kind],
                             plot_x_names[request->x]);
    options_misused(page, error, text);
    memory_free(text);
    return -1;
}

static int read_moment(struct request *request, struct error *error)
{
    if (!request->at || moment_parse(&request->moment, request->at, error) == 0)
        return 0;
    char *reason = memory_copy_text(error ? error->text : "");
    error_set(error, ERROR_USAGE, "--at %s", reason);
    memory_free(reason);
    return -1;
}

static int read_ranges(struct request *request, struct error *error)
{
    struct error reason = {0};
    if (request->x_axis && axis_range_parse(&request->x_range, request->x_axis, &reason) != 0)
        return error_set(error, ERROR_USAGE, "--x-range %s", reason.text);
    if (request->y_axis && axis_range_parse(&request->y_range, request->y_axis, &reason) != 0)
        return error_set(error, ERROR_USAGE, "--y-range %s", reason.text);
    return 0;
}

/* Settles the format and the x axis; refuses options that would do nothing or contradict. */
static int settle(struct request *request, const struct option_page *page, struct error *error)
{
    if (check_options(request, page, error) != 0 || read_moment(request, error) != 0 ||
        read_ranges(request, error) != 0)
        return -1;
    if (request->split < 0)
        request->split = SPLIT_TEST;
    if (request->x < 0)
        request->x = (int)plot_kind_usual_x((enum plot_kind)request->kind);
    int named = request->output ? format_of(request->output) : PICTURE_SVG;
    if (request->format < 0 && named < 0)
        return options_misused(page, error,
                               "--output: end it with .svg, .png, .pdf or .txt, or say --format");
    if (request->format >= 0 && request->output && named >= 0 && named != request->format)
        return options_misused(page, error, "--format and the ending of --output differ");
    if (request->format < 0)
        request->format = named;
    return 0;
}

static const char summary[] =
    "Draws with gnuplot and prints the picture's path. gnuplot's script (PICTURE.gp) and\n"
    "data (PICTURE.dat) stay beside it.\n\n"
    "curves    a metric while training: mean and band over seeds (95 % interval; of two\n"
    "          seeds, from one to the other); and the figures that the experiment says\n"
    "          others reported, over a paler band where 95 % of single runs like ours lie\n"
    "          (from three seeds)\n"
    "accuracy  a final figure by variant: each seed, mean and 95 % interval (of two seeds, "
    "from\n"
    "          one to the other)\n"
    "rate      the learning rate\n"
    "gap       how much better a figure is on the training set than on the test set (or the\n"
    "          validation split) while training\n"
    "pareto    a final figure against training time (or processor time, which other programs\n"
    "          move little, or parameters): mean and 95 % interval of each variant, and\n"
    "          those that no other one beats in both\n"
    "sweep     a final figure by the values of a key (mean and 95 % interval), or of two\n"
    "          (heat map)\n"
    "confusion what each class was taken for, summed over seeds; colours show errors only\n"
    "misclassified\n"
    "          the images that are wrong with the highest mean probability over seeds; below\n"
    "          each: truth and prediction, that probability, how many runs are wrong\n"
    "gradient-flow\n"
    "          how large the loss's gradient is at each time step back from the last:\n"
    "          geometric mean and band over seeds, at the first and the last recorded step\n"
    "          of training, or the last up to --at step:N; for runs that were trained with\n"
    "          train.diagnostics: gradient_flow";

static const char example[] =
    "unroll plot cells\n"
    "unroll plot cells --kind accuracy --output accuracy.pdf\n"
    "unroll plot digits-sweep --kind sweep --over model.units --where model.cell=lstm\n"
    "unroll plot 3f9a2c --metric train.loss --metric test.loss --format ascii";

int command_plot(int argc, char **argv, struct error *error)
{
    struct request request = {.x = -1, .format = -1, .split = -1, .layer = -1};
    const struct option_entry entries[] = {
        {"kind", 'k', OPTION_CHOICE, &request.kind, NULL, "What is drawn (curves).", 0, 0,
         plot_kind_names},
        {"metric", 'm', OPTION_LIST, &request.metrics, "NAME",
         "Which metric (what the experiment compares, or else accuracy); a panel for each.", 0, 0,
         NULL},
        {"x", 'x', OPTION_CHOICE, &request.x, NULL, "The x axis (steps; pareto: seconds).", 0, 0,
         plot_x_names},
        {.name = "log-x",
         .type = OPTION_FLAG,
         .target = &request.log_x,
         .help = "A logarithmic x axis: the beginning of a long training."},
        {"x-range", 0, OPTION_TEXT, &request.x_axis, "LOW:HIGH",
         "Where an x axis of numbers begins and ends, in its unit: 100:, 500:2000, :60 (all).", 0,
         0, NULL},
        {"y-range", 0, OPTION_TEXT, &request.y_axis, "LOW:HIGH",
         "Where the axis of figures begins and ends, in its unit, of each panel: 90:100, 90:, :0.5 "
         "(as the data say).",
         0, 0, NULL},
        {"at", 0, OPTION_TEXT, &request.at, "MOMENT",
         "When figures are read: end, best (validation step), step:N, epoch:N, seconds:N (end).", 0,
         0, NULL},
        {"over", 0, OPTION_LIST, &request.over, "KEY",
         "Which key of the configs was swept: a line; two keys: a heat map (those that differ).", 0,
         0, NULL},
        {"where", 0, OPTION_LIST, &request.where, "CONDITION",
         "Only runs with that: model.cell=lstm, model.units>=64, seed!=3.", 0, 0, NULL},
        {"group-by", 0, OPTION_LIST, &request.group_by, "KEY",
         "A variant for each value of a config's key.", 0, 0, NULL},
        OPTION_SELECT(&request.select_over, &request.select_on, &request.no_select),
        {"split", 0, OPTION_CHOICE, &request.split, NULL,
         "Which examples, of confusion and misclassified (test).", 0, 0, config_split_names},
        {"images", 0, OPTION_INTEGER, &request.images, "N",
         "How many of each variant are shown (24 of one variant, fewer of several).", 1, 200, NULL},
        OPTION_DATA(&request.data),
        {"layer", 0, OPTION_INTEGER, &request.layer, "N",
         "Which layer of the stack, from 0 (the top recurrent one).", 0, 1000000, NULL},
        {"format", 0, OPTION_CHOICE, &request.format, NULL,
         "Of the picture (as --output ends, else svg).", 0, 0, picture_format_names},
        {"output", 'o', OPTION_TEXT, &request.output, "PATH",
         "The picture (plots/EXPERIMENT-KIND.svg; ascii: stdout).", 0, 0, NULL},
        OPTION_STORE(&request.store),
        OPTION_PLUGIN_DIR,
        {0}};
    const struct option_page page = {"plot EXPERIMENT|RUN... [OPTION...]", summary, example,
                                     entries};
    int first = options_parse(argc, argv, &page, error);
    if (first <= 0)
        return first;
    if (first == argc)
        return options_misused(&page, error, "plot needs an experiment or a run");
    if (settle(&request, &page, error))
        return -1;
    if (plot_kind_options((enum plot_kind)request.kind) & PLOT_TAKES_DATA && load_modules(error))
        return -1;
    return plot((const char *const *)&argv[first], (size_t)(argc - first), &request, error);
}
