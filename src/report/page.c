#include "report/page.h"

#include "base/clock.h"
#include "base/memory.h"
#include "base/version.h"
#include "compare/changed_keys.h"
#include "compare/groups_load.h"
#include "report/html.h"
#include "report/page_parts.h"
#include "store/remarks.h"

#include <inttypes.h>
#include <stdlib.h>
#include <sys/random.h>

extern const char page_style[], page_script[]; /* page_files.S */

const char *page_name(const struct page *page, size_t index)
{
    return page->groups.items[index].name;
}

size_t page_trials(const struct group *group)
{
    return group->run_count + group->states[RUN_QUEUED];
}

int page_precision(const char *metric, double largest)
{
    if (text_equal(metric, "parameters") || text_equal(metric, "examples_per_second"))
        return 0;
    if (metric_is_time(metric))
        return largest < 10 ? 2 : largest < 1000 ? 1 : 0;
    return 4;
}

char *page_words(const char *metric)
{
    char *words = memory_copy_text(text_equal(metric, "seconds")       ? "training time"
                                   : text_equal(metric, "cpu_seconds") ? "processor time"
                                                                       : metric);
    for (char *at = words; *at; at++)
        if (*at == '.' || *at == '_')
            *at = ' ';
    return words;
}

char *page_run_anchor(const char *what, size_t group, size_t run)
{
    return text_format("%s-%zu-%zu", what, group + 1, run + 1);
}

void page_add_count(struct text *text, size_t count, const char *word)
{
    text_add_format(text, "%zu %s%s", count, word, count == 1 ? "" : "s");
}

/* The group of TRIAL: by its name, or where a value was chosen by its run. */
static size_t find_group(const struct page *page, const struct trial *trial)
{
    size_t place = names_find(&page->groups.names, trial->variant);
    if (place < page->groups.count || !page->groups.questions.choosing.on)
        return place;
    for (place = 0; place < page->groups.count; place++)
        if (*trial->run && names_find(&page->groups.items[place].ids, trial->run) <
                               page->groups.items[place].ids.count)
            return place;
    return place;
}

/* The overrides of each group, from the trials that the experiment was planned with. */
static void add_overrides(struct page *page)
{
    for (size_t i = 0; i < page->experiment.trial_count; i++) {
        const struct trial *trial = &page->experiment.trials[i];
        size_t place = find_group(page, trial);
        if (place < page->groups.count && !page->variants[place].overrides)
            page->variants[place].overrides = memory_copy_text(trial->overrides);
    }
}

/* The config of one run of each group: the others differ in their seed alone. */
static int add_configs(struct page *page, struct error *error)
{
    for (size_t i = 0; i < page->groups.count; i++) {
        const struct group *group = &page->groups.items[i];
        page->variants[i].anchor = text_format("variant-%zu", i + 1);
        if (group->run_count == 0)
            continue;
        struct run run;
        if (store_run_find(page->store, group->runs[0].run.id, &run, error) != 0)
            return -1;
        page->variants[i].config = memory_copy_text(run.config);
        page->variants[i].seed = run.seed;
        run_release(&run);
    }
    return 0;
}

static int add_remarks_of(struct store *store, const char *id, struct page_remarks *remarks,
                          struct error *error)
{
    struct names tags;
    struct text list = {0};
    int result = store_tags_load(store, id, &tags, error);
    for (size_t i = 0; i < tags.count; i++)
        text_add_format(&list, "%s%s", i ? ", " : "", tags.items[i]);
    remarks->tags = text_take(&list);
    names_release(&tags);
    return result == 0 ? store_note_load(store, id, &remarks->note, error) : result;
}

static int add_remarks(struct page *page, struct error *error)
{
    for (size_t i = 0; i < page->groups.count; i++) {
        const struct group *group = &page->groups.items[i];
        struct page_remarks *remarks = memory_array(group->run_count, sizeof *remarks);
        page->variants[i].remarks = remarks;
        for (size_t j = 0; j < group->run_count; j++)
            if (add_remarks_of(page->store, group->runs[j].run.id, &remarks[j], error) != 0)
                return -1;
    }
    return 0;
}

static bool some_run_is_done(const struct groups *groups)
{
    for (size_t i = 0; i < groups->count; i++)
        if (groups->items[i].states[RUN_DONE])
            return true;
    return false;
}

/* Before the first run is done no metric can be told from a slip, and there are no figures. */
static int compare(struct page *page, struct error *error)
{
    enum { FEW = 6, DIGITS = 4 }; /* groups of which each pair can be told in a sentence */
    static const char columns[] = "n,mean,ci95,std,min,max,seconds,examples_per_second,parameters";
    const struct page_request *request = page->request;
    const struct comparison_options options = {
        .metrics = &page->metric,
        .metric_count = request->metric ? 1 : 0,
        .columns = request->metric ? columns : NULL,
        .at = request->at,
        .test = request->test,
        .pairs = !request->baseline && !page->groups.baseline && page->groups.count <= FEW,
        .baseline = request->baseline,
        .ties = true,
        .precision = DIGITS,
    };
    page->comparison = &page->nothing;
    if (comparison_view_init(&page->view, page->store, &page->groups, &options, error) == 0) {
        page->comparison = &page->view.comparisons[0];
        return 0;
    }
    if (error->code != ERROR_NOT_FOUND || some_run_is_done(&page->groups))
        return -1;
    const struct comparison_request nothing = {.metric = page->metric,
                                               .moment = page->moment,
                                               .pairs = options.pairs,
                                               .baseline = request->baseline};
    return comparison_make(&page->nothing, page->store, &page->groups, &nothing, error);
}

/* What others reported, and all values where some were chosen. */
static int load_questions(struct page *page, const struct groups_request *wanted,
                          struct error *error)
{
    const struct questions *questions = &page->groups.questions;
    struct groups_request all = *wanted;
    all.choosing = NULL;
    all.without_choosing = true;
    if (questions->choosing.on &&
        groups_load_by(&page->every, page->store, &page->request->experiment, 1, &all, error) != 0)
        return -1;
    return questions->reported_count > 0
               ? reported_answer(&page->reported, page->store, &page->groups, error)
               : 0;
}

static int load(struct page *page, struct error *error)
{
    const struct page_request *request = page->request;
    const struct groups_request wanted = {.where = request->where,
                                          .where_count = request->where_count,
                                          .with_settings = true,
                                          .choosing = &request->choosing,
                                          .without_choosing = request->without_choosing};
    if (moment_parse(&page->moment, request->at ? request->at : "end", error) != 0)
        return error_prefix(error, "--at");
    if (store_experiment_load(page->store, request->experiment, &page->experiment, error) != 0 ||
        groups_load_by(&page->groups, page->store, &request->experiment, 1, &wanted, error) != 0)
        return -1;
    groups_warn_missing(&page->groups);
    if (load_questions(page, &wanted, error) != 0)
        return -1;
    page->metric = request->metric ? request->metric : groups_metric(&page->groups);
    page->variants = memory_array(page->groups.count, sizeof *page->variants);
    add_overrides(page);
    page->keys = changed_keys(&page->groups, false, &page->key_count);
    struct text moment = {0};
    moment_add_text(&moment, page->moment);
    char *words = page_words(page->metric);
    page->metric_words = text_format("%s%s%s", words, moment.length ? " " : "", text_get(&moment));
    memory_free(words);
    text_release(&moment);
    if (add_configs(page, error) != 0 || add_remarks(page, error) != 0)
        return -1;
    return compare(page, error);
}

static void release(struct page *page)
{
    for (size_t i = 0; page->variants && i < page->groups.count; i++) {
        memory_free(page->variants[i].anchor);
        memory_free(page->variants[i].overrides);
        memory_free(page->variants[i].config);
        for (size_t j = 0; page->variants[i].remarks && j < page->groups.items[i].run_count; j++) {
            memory_free(page->variants[i].remarks[j].tags);
            memory_free(page->variants[i].remarks[j].note);
        }
        memory_free(page->variants[i].remarks);
    }
    for (size_t i = 0; i < page->key_count; i++)
        memory_free(page->keys[i]);
    memory_free(page->keys);
    memory_free(page->variants);
    memory_free(page->metric_words);
    comparison_view_release(&page->view);
    comparison_release(&page->nothing);
    reported_answers_release(&page->reported);
    groups_release(&page->groups);
    groups_release(&page->every);
    experiment_release(&page->experiment);
}

/* A word that nobody could know when they named a variant: only what carries it is style or script
 * of the page, whatever else might get into it. */
static int choose_nonce(char nonce[33], struct error *error)
{
    unsigned char bytes[16];
    if (getrandom(bytes, sizeof bytes, 0) != (ssize_t)sizeof bytes)
        return error_set(error, ERROR_FAILED, "the system gives no random bytes for the page");
    for (size_t i = 0; i < sizeof bytes; i++) {
        nonce[2 * i] = "0123456789abcdef"[bytes[i] >> 4];
        nonce[2 * i + 1] = "0123456789abcdef"[bytes[i] & 15];
    }
    nonce[32] = '\0';
    return 0;
}

static void add_head(const struct page *page, const char *title, const char *nonce)
{
    struct text *html = page->html;
    text_add(html, "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n");
    text_add_format(html,
                    "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; "
                    "style-src 'nonce-%s'; script-src 'nonce-%s'; img-src data:; base-uri 'none'; "
                    "form-action 'none'\">\n",
                    nonce, nonce);
    text_add(html, "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
                   "<meta name=\"color-scheme\" content=\"light dark\">\n"
                   "<meta name=\"referrer\" content=\"no-referrer\">\n"
                   "<meta name=\"generator\" content=\"Unroll " UNROLL_VERSION "\">\n"
                   "<link rel=\"icon\" href=\"data:,\">\n");
    html_add_element(html, "title", title);
    text_add_format(html, "<style nonce=\"%s\">\n%s</style>\n</head>\n", nonce, page_style);
}

static void add_header(const struct page *page, const char *title)
{
    struct text *html = page->html;
    text_add(html, "<body>\n<header>\n");
    html_add_element(html, "h1", title);
    text_add(html, "<p class=\"about\">Experiment <strong>");
    html_add(html, page->experiment.name);
    text_add(html, "</strong>, ");
    page_add_count(html, page->groups.count, "variant");
    text_add(html, ", made by Unroll " UNROLL_VERSION " on <time>");
    clock_add_iso(html, page->request->made);
    text_add(html, "</time></p>\n");
    if (page->request->where_count) {
        text_add(html, "<p class=\"about\">Only the runs that meet ");
        for (size_t i = 0; i < page->request->where_count; i++) {
            text_add(html, i ? ", <code>" : "<code>");
            html_add(html, page->request->where[i]);
            text_add(html, "</code>");
        }
        text_add(html, ".</p>\n");
    }
    text_add(html, "<p class=\"paper\">This is a print. The file holds more: each variant’s whole "
                   "config, the experiment’s file, every run’s key, and tables that sort.</p>\n");
    text_add(html, "<nav aria-label=\"On this page\"><ul>\n"
                   "<li><a href=\"#verdicts\">Verdict</a></li>\n"
                   "<li><a href=\"#figures\">Figures</a></li>\n"
                   "<li><a href=\"#pictures\">Pictures</a></li>\n"
                   "<li><a href=\"#variants\">Variants and runs</a></li>\n"
                   "<li><a href=\"#origin\">Where it comes from</a></li>\n"
                   "<li><a href=\"#again\">Doing it again</a></li>\n</ul></nav>\n</header>\n");
}

static int add_page(struct page *page, struct page_pictures *pictures, struct error *error)
{
    struct text question = {0};
    char nonce[33];
    if (choose_nonce(nonce, error) != 0)
        return -1;
    page_add_question(page, &question);
    add_head(page, text_get(&question), nonce);
    add_header(page, text_get(&question));
    text_release(&question);
    text_add(page->html, "<main>\n");
    page_add_verdicts(page);
    page_add_claims(page);
    page_add_missing(page);
    page_add_figures(page);
    page_add_pictures(page, pictures);
    page_add_variants(page);
    page_add_origin(page);
    page_add_again(page);
    text_add_format(page->html, "</main>\n<script nonce=\"%s\">\n%s</script>\n</body>\n</html>\n",
                    nonce, page_script);
    return 0;
}

int page_make(struct text *text, struct store *store, const struct page_request *request,
              struct page_pictures *pictures, struct error *error)
{
    struct page page = {.store = store, .request = request, .html = text};
    *pictures = (struct page_pictures){0};
    if (store_begin_reading(store, error) != 0)
        return -1;
    int result = store_end_reading(store, load(&page, error), error);
    if (result == 0)
        result = add_page(&page, pictures, error);
    release(&page);
    return result;
}
