/* Where the figures come from, and how they are had again. */
#include "base/clock.h"
#include "base/memory.h"
#include "base/names.h"
#include "report/html.h"
#include "report/page_parts.h"

#include <string.h>

static void add_fact(const struct page *page, const char *term, const char *value)
{
    text_add_format(page->html, "<dt>%s</dt><dd>", term);
    html_add(page->html, *value ? value : "unknown");
    text_add(page->html, "</dd>\n");
}

static void add_time(const struct page *page, const char *term, double wall)
{
    struct text time = {0};
    clock_add_iso(&time, wall);
    add_fact(page, term, text_get(&time));
    text_release(&time);
}

static void add_facts(const struct page *page)
{
    text_add(page->html, "<dl class=\"facts\">\n");
    add_fact(page, "Experiment", page->experiment.name);
    add_fact(page, "Store", store_location(page->store));
    add_time(page, "Begun", page->experiment.created);
    add_time(page, "Last planned", page->experiment.updated);
    add_time(page, "Page made", page->request->made);
    text_add(page->html, "</dl>\n");
}

/* What of a run's origin is the same for many runs. */
enum { ENGINE, COMPILER, BLAS, ISA, CPU, HOST, THREADS, DATA, PLUGINS, TRAITS };
static const char *const trait_titles[TRAITS] = {
    [ENGINE] = "engine",   [COMPILER] = "compiler", [BLAS] = "BLAS",
    [ISA] = "vectors",     [CPU] = "processor",     [HOST] = "host",
    [THREADS] = "threads", [DATA] = "data digest",  [PLUGINS] = "plugins",
};

static void collect_traits(const struct run *run, char *threads, size_t size,
                           const char *traits[TRAITS])
{
    const struct environment *environment = &run->environment;
    snprintf(threads, size, "%d", environment->threads);
    traits[ENGINE] = run->engine;
    traits[COMPILER] = environment->compiler;
    traits[BLAS] = environment->blas;
    traits[ISA] = environment->isa;
    traits[CPU] = environment->cpu;
    traits[HOST] = environment->process.host;
    traits[THREADS] = threads;
    traits[DATA] = run->data_digest;
    traits[PLUGINS] = run->plugins;
}

/* The different origins of runs, each with the number of runs that have it. */
struct origins {
    struct names keys;
    const struct run **examples; /* [keys.count] */
    size_t *counts;
};

static void origins_add(struct origins *origins, const struct run *run)
{
    char threads[16];
    const char *traits[TRAITS];
    struct text key = {0};
    collect_traits(run, threads, sizeof threads, traits);
    for (int i = 0; i < TRAITS; i++) {
        text_add(&key, traits[i]);
        text_add_char(&key, '\x1f');
    }
    size_t count = origins->keys.count, place = names_add(&origins->keys, text_get(&key));
    if (place == count) {
        origins->examples = memory_grow(origins->examples, count + 1, sizeof *origins->examples);
        origins->counts = memory_grow(origins->counts, count + 1, sizeof *origins->counts);
        origins->examples[place] = run;
        origins->counts[place] = 0;
    }
    origins->counts[place]++;
    text_release(&key);
}

static void add_origin_row(struct table *table, const struct run *run, size_t count)
{
    char threads[16];
    const char *traits[TRAITS];
    collect_traits(run, threads, sizeof threads, traits);
    table_add_row(table);
    table_set_whole(table, 0, (int64_t)count);
    for (size_t i = 0; i < TRAITS; i++)
        if (*traits[i])
            table_set_text(table, i + 1, traits[i]);
}

static void add_origins(const struct page *page)
{
    struct origins origins = {0};
    struct table table = {0};
    for (size_t i = 0; i < page->groups.count; i++)
        for (size_t j = 0; j < page->groups.items[i].run_count; j++)
            origins_add(&origins, &page->groups.items[i].runs[j].run);
    table_add_column(&table, NULL, "runs", "runs");
    for (int i = 0; i < TRAITS; i++)
        table_add_column(&table, NULL, trait_titles[i], trait_titles[i]);
    for (size_t i = 0; i < origins.keys.count; i++)
        add_origin_row(&table, origins.examples[i], origins.counts[i]);
    const struct page_table style = {.caption = "What the runs were computed by, and on"};
    page_table_add(page->html, &table, &style);
    if (origins.keys.count > 1)
        text_add(page->html, "<p class=\"legend\">The runs are not all of one origin. Another "
                             "processor, BLAS or build adds up in another order, which moves final "
                             "figures a little; times of different machines cannot be "
                             "compared.</p>\n");
    table_release(&table);
    names_release(&origins.keys);
    memory_free(origins.examples);
    memory_free(origins.counts);
}

enum { KEY_RUN, KEY_VARIANT, KEY_SEED, KEY_KEY, KEY_BEGUN, KEY_ENDED, KEY_ATTEMPTS };

static void set_time(struct table *table, size_t column, double wall)
{
    struct text time = {0};
    if (wall <= 0)
        return;
    clock_add_iso(&time, wall);
    table_set_text(table, column, text_get(&time));
    text_release(&time);
}

static void add_key_row(struct table *table, const char *variant, const struct run *run)
{
    table_add_row(table);
    table_set_text(table, KEY_RUN, run->id);
    table_set_text(table, KEY_VARIANT, variant);
    table_set_whole(table, KEY_SEED, run->seed);
    table_set_text(table, KEY_KEY, run->key);
    set_time(table, KEY_BEGUN, run->created);
    set_time(table, KEY_ENDED, run->ended);
    table_set_whole(table, KEY_ATTEMPTS, run->attempts);
}

static void free_all(char **texts, size_t count)
{
    for (size_t i = 0; i < count; i++)
        memory_free(texts[i]);
    memory_free(texts);
}

static size_t count_runs(const struct groups *groups)
{
    size_t count = 0;
    for (size_t i = 0; i < groups->count; i++)
        count += groups->items[i].run_count;
    return count;
}

static void add_keys(const struct page *page)
{
    static const char *const titles[] = {"run",   "variant", "seed",    "run key",
                                         "begun", "ended",   "attempts"};
    struct table table = {0};
    size_t count = count_runs(&page->groups);
    char **ids = memory_array(count, sizeof *ids), **links = memory_array(count, sizeof *links);
    for (size_t i = 0; i < sizeof titles / sizeof titles[0]; i++)
        table_add_column(&table, NULL, titles[i], titles[i]);
    for (size_t i = 0; i < page->groups.count; i++)
        for (size_t j = 0; j < page->groups.items[i].run_count; j++) {
            ids[table.row_count] = page_run_anchor("origin", i, j);
            links[table.row_count] = page_run_anchor("run", i, j);
            add_key_row(&table, page_name(page, i), &page->groups.items[i].runs[j].run);
        }
    text_add_format(page->html, "<details%s><summary>Run keys and times</summary>\n",
                    table.row_count <= 12 ? " open" : "");
    const struct page_table style = {.caption = "Every run, by what determines its figures",
                                     .ids = (const char *const *)ids,
                                     .links = (const char *const *)links,
                                     .link_column = KEY_RUN};
    page_table_add(page->html, &table, &style);
    text_add(page->html, "<p class=\"legend\">A run key is a hash of what determines a result: "
                         "config, seed, data and versions.</p>\n</details>\n");
    table_release(&table);
    free_all(ids, count);
    free_all(links, count);
}

static void add_source(const struct page *page)
{
    text_add(page->html, "<details><summary>The experiment’s file</summary>\n<pre><code>");
    html_add_lines(page->html, page->experiment.source);
    text_add(page->html, "</code></pre></details>\n");
}

void page_add_origin(const struct page *page)
{
    text_add(page->html, "<section id=\"origin\">\n<h2>Where it comes from</h2>\n");
    add_facts(page);
    add_origins(page);
    add_keys(page);
    add_source(page);
    text_add(page->html, "</section>\n");
}
