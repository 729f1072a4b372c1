/* An experiment as one HTML page that needs nothing beside itself: the question, the verdicts,
 * tables, pictures, configs, runs, and where the figures come from. */
#ifndef UNROLL_REPORT_PAGE_H
#define UNROLL_REPORT_PAGE_H

#include "compare/comparison.h"

struct page_request {
    const char *experiment; /* its name in the store */
    const char *metric;     /* NULL: what the experiment is compared by, else test.accuracy */
    const char *at;         /* see moment_parse; NULL: the end */
    int test;               /* index into comparison_test_names */
    const char *baseline;   /* NULL: the experiment's */
    const char *const *where;
    size_t where_count;
    const char *data;    /* the data folder, for images (data_folder.h) */
    const char *folder;  /* where pictures are drawn; it exists, and is this page's alone */
    const char *command; /* the command line that makes the page again */
    const char *places;  /* options for other commands on the same store: " --store unroll.db" */
    double made;         /* seconds since 1970 */
};

/* What became of the pictures. */
struct page_pictures {
    size_t drawn, failed;
    struct error error; /* of the first that failed: ERROR_NOT_FOUND where gnuplot is missing */
};

/* Adds the page on REQUEST to PAGE; the modules are loaded (registry.h). All but the pictures is of
 * one moment of the store, which may be written to meanwhile. Each picture is drawn in the
 * request's folder, where it stays with its script and data (KIND.svg, KIND.svg.gp and .dat). A
 * kind that the experiment has no data for is left out; one that cannot be drawn is no error here:
 * a note stands in its place, and PICTURES says so. An unknown experiment, group or metric is
 * ERROR_NOT_FOUND. */
int page_make(struct text *page, struct store *store, const struct page_request *request,
              struct page_pictures *pictures, struct error *error);

#endif
