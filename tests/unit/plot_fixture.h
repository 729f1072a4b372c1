/* A folder with a store, in which experiments are drawn. */
#ifndef UNROLL_TESTS_PLOT_FIXTURE_H
#define UNROLL_TESTS_PLOT_FIXTURE_H

#include "compare/groups_load.h"
#include "plots/plots.h"
#include "unit/store_folder.h"

#include <string.h>
#include <unistd.h>

static char folder[64];
static struct store *store;
static bool gnuplot_is_there;

/* Draws REQUEST of experiment NAME as picture.FORMAT; SCRIPT, which may be NULL, becomes the
 * script. */
static inline int draw(const char *name, struct plot_request request, enum picture_format format,
                       struct text *script, struct error *error)
{
    struct groups groups;
    struct gnuplot plot = {0};
    char *file = text_format("picture%s", picture_format_ending(format));
    char *path = file_join(folder, file);
    const struct groups_request wanted = {.with_settings =
                                              plot_kind_options(request.kind) & PLOT_TAKES_OVER};
    made_up_check(groups_load_by(&groups, store, &name, 1, &wanted, error), error);
    request.columns = 79;
    unlink(path);
    int result = gnuplot_init(&plot, path, format, error);
    if (result == 0)
        result = plot_draw(&plot, store, &groups, &request, error);
    if (result == 0 && script) {
        text_clear(script);
        text_add(script, text_get(&plot.script));
    }
    gnuplot_release(&plot);
    groups_release(&groups);
    memory_free(path);
    memory_free(file);
    return result;
}

/* Makes the folder and the store. */
static int plot_fixture_begin(void)
{
    gnuplot_is_there = access("/usr/bin/gnuplot", X_OK) == 0;
    if (!gnuplot_is_there)
        print_message("gnuplot is missing: tests that draw are skipped\n");
    store = store_folder_make(folder);
    return 0;
}

static int plot_fixture_end(void **state)
{
    (void)state;
    return store_folder_remove(store, folder);
}

#endif
