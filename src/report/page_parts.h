/* How page.c shares an experiment between the files that write its sections. */
#ifndef UNROLL_REPORT_PAGE_PARTS_H
#define UNROLL_REPORT_PAGE_PARTS_H

#include "compare/reported.h"
#include "report/comparison_view.h"
#include "report/page.h"
#include "report/page_table.h"

/* What people said about a run; owned. */
struct page_remarks {
    char *tags, *note; /* "paper, old"; "" for none */
};

/* What the store knows of a group beside its runs; owned. */
struct page_variant {
    char *anchor;    /* of its section: variant-1 */
    char *overrides; /* what it changes in the base config, a line each; NULL where unknown */
    char *config;    /* resolved, of one of its runs, with that run's seed; NULL where none began */
    int64_t seed;
    struct page_remarks *remarks; /* [run_count] */
};

struct page {
    struct store *store;
    const struct page_request *request;
    struct groups groups;
    struct groups every;              /* where values were chosen: with all of them; else empty */
    struct reported_answers reported; /* none where the experiment has none */
    struct experiment experiment;
    struct page_variant *variants; /* [groups.count] */
    char **keys;                   /* [key_count] settings in which the groups differ */
    size_t key_count;
    const char *metric;
    char *metric_words; /* "test accuracy at step 500" */
    struct moment moment;
    struct comparison_view view; /* of metric alone; all zero where no run can have it yet */
    struct comparison nothing;   /* what is known of the comparison then */
    const struct comparison *comparison; /* one of the two */
    struct text *html;
};

/* The name of group INDEX, and its trials: begun or not, and those that are done. */
const char *page_name(const struct page *page, size_t index);
size_t page_trials(const struct group *group);

/* Digits behind the point that people want to see of METRIC, in a column up to LARGEST. */
int page_precision(const char *metric, double largest);

/* "test accuracy" for test.accuracy. Caller frees. */
char *page_words(const char *metric);

/* The anchor of run RUN of group GROUP in a table called WHAT: "run-2-1". Not by the run's id,
 * which a store that somebody sent may make anything, and which two groups may share. Caller frees.
 */
char *page_run_anchor(const char *what, size_t group, size_t run);

/* Adds WORD for one, else WORD with an s, behind COUNT: "3 runs". */
void page_add_count(struct text *text, size_t count, const char *word);

/* The sections, in their order. */
void page_add_question(const struct page *page, struct text *text); /* plain text, the title */
void page_add_verdicts(const struct page *page);
void page_add_claims(const struct page *page);
void page_add_choices(const struct page *page);
void page_add_reported(const struct page *page);
void page_add_missing(const struct page *page);
void page_add_figures(const struct page *page);
void page_add_pictures(const struct page *page, struct page_pictures *pictures);
void page_add_variants(const struct page *page);
void page_add_origin(const struct page *page);
void page_add_again(const struct page *page);

#endif
