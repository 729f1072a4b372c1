/* The pictures: every kind of plot that the experiment has data for. */
#include "base/file.h"
#include "base/log.h"
#include "base/memory.h"
#include "config/config.h"
#include "plots/plots.h"
#include "report/html.h"
#include "report/page_parts.h"

#include <string.h>
#include <unistd.h>

/* What stands below each kind, in the order in which they are shown; %s is the metric in words. A
 * kind that is not named here comes behind them with its name. */
static const struct {
    const char *kind, *caption;
} captions[] = {
    {"accuracy", "%s by variant: each point is a seed, with mean and 95 % interval."},
    {"curves", "Learning curves: mean over seeds, and a band of the mean’s 95 % interval; of two "
               "seeds the band reaches from one to the other."},
    {"gap", "Generalisation gap: how much better the networks do on what they were trained on."},
    {"pareto", "Cost against %s. No variant is better in both than one on the line."},
    {"sweep", "%s over the values of the sweep."},
    {"gradient-flow", "Gradient flow: the norm of the loss’s gradient at each time step, back "
                      "from the end of the sequence."},
    {"confusion",
     "Confusion matrix of the test examples: true classes by row, predicted ones by column."},
    {"misclassified",
     "The test images that were taken for another class with the greatest confidence."},
    {"rate", "The learning rate."},
};
enum { CAPTIONS = sizeof captions / sizeof captions[0] };

enum { LARGEST_PICTURE = 1 << 26 };

/* The caption of KIND. Caller frees. */
static char *describe(const struct page *page, const char *kind)
{
    struct text caption = {0};
    const char *pattern = kind;
    for (int i = 0; i < CAPTIONS; i++)
        if (text_equal(captions[i].kind, kind))
            pattern = captions[i].caption;
    for (const char *at = pattern; *at; at++) {
        bool is_metric = at[0] == '%' && at[1] == 's';
        if (!is_metric) {
            text_add_char(&caption, *at);
            continue;
        }
        text_add(&caption, page->metric_words);
        at++;
    }
    char *text = text_take(&caption);
    if (*text >= 'a' && *text <= 'z')
        *text = (char)(*text - 'a' + 'A');
    return text;
}

static void add_picture(const struct page *page, const char *kind, const struct text *svg)
{
    char *caption = describe(page, kind);
    text_add_format(page->html, "<figure id=\"picture-%s\">\n<div class=\"wide\"><img alt=\"",
                    kind);
    html_add(page->html, caption);
    text_add(page->html, " The figures are in the tables of this page.\" "
                         "src=\"data:image/svg+xml;base64,");
    html_add_base64(page->html, text_get(svg), svg->length);
    text_add(page->html, "\"></div>\n");
    html_add_element(page->html, "figcaption", caption);
    text_add(page->html, "</figure>\n");
    memory_free(caption);
}

/* The first line of what ERROR says, less the remedy: it is for who makes the page. */
static void add_reason(const struct page *page, const struct error *error)
{
    const char *remedy = strstr(error->text, "; script and data stay");
    size_t length = remedy ? (size_t)(remedy - error->text) : strcspn(error->text, "\n");
    char *reason = text_format("%.*s", (int)length, error->text);
    html_add(page->html, reason);
    memory_free(reason);
}

/* A note in the place of a picture: RESULT says whether gnuplot failed or the picture is none. */
static void add_failure(const struct page *page, const char *kind, int result,
                        const struct error *error)
{
    char *caption = describe(page, kind);
    text_add_format(page->html, "<figure id=\"picture-%s\" class=\"note\">\n<p>", kind);
    text_add(page->html,
             result == 0 ? "This picture is left out: " : "This picture could not be drawn: ");
    if (error->code == ERROR_NOT_FOUND)
        text_add(page->html, "gnuplot is missing. On Debian the package <code>gnuplot-nox</code> "
                             "has it");
    else
        add_reason(page, error);
    text_add(page->html, ".</p>\n");
    html_add_element(page->html, "figcaption", caption);
    text_add(page->html, "</figure>\n");
    memory_free(caption);
}

/* Gradient flow was recorded at steps of its own: it can be read up to a step alone. */
static struct moment moment_for(const struct page *page, enum plot_kind kind)
{
    const struct moment end = {.kind = MOMENT_END}, wanted = page->moment;
    bool takes = plot_kind_options(kind) & PLOT_TAKES_MOMENT;
    return takes && (kind != PLOT_GRADIENT_FLOW || wanted.kind == MOMENT_STEP) ? wanted : end;
}

/* Draws KIND of METRIC (NULL: as the kind has it) at PATH. 1: it is there; 0: the experiment has no
 * data for it; -1: gnuplot is missing or failed, which is so once its script is written, or the
 * disk cannot be written to. */
static int draw_metric(const struct page *page, enum plot_kind kind, const char *metric,
                       const char *path, struct error *error)
{
    struct gnuplot plot;
    const struct plot_request request = {.kind = kind,
                                         .x = plot_kind_usual_x(kind),
                                         .metrics = &metric,
                                         .metric_count = metric ? 1 : 0,
                                         .moment = moment_for(page, kind),
                                         .split = SPLIT_TEST,
                                         .data = page->request->data,
                                         .layer = -1};
    if (gnuplot_init(&plot, path, PICTURE_SVG, error) != 0)
        return -1;
    int drawn = 1;
    char *script = file_join(plot.folder, plot.script_name);
    unlink(script);       /* of another page, or of a metric that had no data */
    log_set_silent(true); /* what a picture lacks, the tables say */
    bool shows_all = kind == PLOT_SWEEP && page->every.count > 0;
    if (plot_draw(&plot, page->store, shows_all ? &page->every : &page->groups, &request, error) !=
        0)
        drawn = file_exists(script) || error->code == ERROR_FAILED ? -1 : 0;
    log_set_silent(false);
    if (drawn == 0 && error->code == ERROR_DATA)
        log_warning("picture %s: %s", plot_kind_names[kind], error->text);
    memory_free(script);
    gnuplot_release(&plot);
    return drawn;
}

static int draw(const struct page *page, enum plot_kind kind, const char *path, struct error *error)
{
    bool takes = plot_kind_options(kind) & (PLOT_TAKES_METRICS | PLOT_TAKES_METRIC);
    if (!takes || kind == PLOT_GAP) /* of the gap every figure is shown */
        return draw_metric(page, kind, NULL, path, error);
    int result = draw_metric(page, kind, page->metric, path, error);
    /* The test split is mostly measured at the end alone, the validation split on the way. */
    const char *figure = strchr(page->metric, '.');
    if (result == 0 && kind == PLOT_CURVES && figure) {
        char *other = text_format("validation%s", figure);
        result = draw_metric(page, kind, other, path, error);
        memory_free(other);
    }
    if (result == 0 && kind == PLOT_CURVES)
        result = draw_metric(page, kind, NULL, path, error);
    return result;
}

/* Whether no run's learning rate changes while it trains: the picture would be of level lines. What
 * is not known of a run may change. */
static bool rate_is_constant(const struct groups *groups)
{
    size_t runs = 0;
    for (size_t i = 0; i < groups->count; i++)
        for (size_t j = 0; j < groups->items[i].run_count; j++, runs++) {
            const struct settings *settings = &groups->items[i].runs[j].settings;
            const char *schedule = settings_get(settings, "train.schedule");
            const char *warmup = settings_get(settings, "train.warmup.steps");
            if (!schedule || !text_equal(schedule, "constant") ||
                (warmup && !text_equal(warmup, "0")))
                return false;
        }
    return runs > 0;
}

static void add_kind(const struct page *page, enum plot_kind kind, struct page_pictures *pictures)
{
    if (kind == PLOT_RATE && rate_is_constant(&page->groups))
        return;
    const char *name = plot_kind_names[kind];
    char *file = text_format("%s.svg", name), *path = file_join(page->request->folder, file);
    struct text svg = {0};
    struct error error = {0};
    int result = draw(page, kind, path, &error);
    if (result > 0 && file_read(path, LARGEST_PICTURE, &svg, &error) != 0)
        result = -1;
    if (result > 0) {
        add_picture(page, name, &svg);
        pictures->drawn++;
    } else if (result < 0 || error.code != ERROR_NOT_FOUND) {
        add_failure(page, name, result, &error);
        if (result < 0 && pictures->failed++ == 0)
            pictures->error = error;
    }
    text_release(&svg);
    memory_free(path);
    memory_free(file);
}

static bool is_captioned(const char *kind)
{
    for (int i = 0; i < CAPTIONS; i++)
        if (text_equal(captions[i].kind, kind))
            return true;
    return false;
}

void page_add_pictures(const struct page *page, struct page_pictures *pictures)
{
    text_add(page->html, "<section id=\"pictures\">\n<h2>Pictures</h2>\n");
    size_t begin = page->html->length;
    for (int i = 0; i < CAPTIONS; i++)
        for (int kind = 0; kind < PLOT_KINDS; kind++)
            if (text_equal(plot_kind_names[kind], captions[i].kind))
                add_kind(page, (enum plot_kind)kind, pictures);
    for (int kind = 0; kind < PLOT_KINDS; kind++)
        if (!is_captioned(plot_kind_names[kind]))
            add_kind(page, (enum plot_kind)kind, pictures);
    if (page->html->length == begin)
        text_add(page->html, "<p>There is nothing to draw yet.</p>\n");
    text_add(page->html, "</section>\n");
}
