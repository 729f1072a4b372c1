/* unroll status: how far experiments are, and what is being trained. */
#include "report/status.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/memory.h"
#include "base/printable.h"
#include "commands/commands.h"
#include "commands/options.h"
#include "compare/experiment_name.h"
#include "store/store.h"
#include "train/run.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>

struct request {
    const char *store;      /* path of the database */
    const char *experiment; /* NULL: all */
    int64_t limit;          /* of experiments */
    bool watch;
    int64_t interval; /* seconds between two looks */
    int format;
};

/* What one look gave. */
struct sight {
    struct text text;    /* to be shown */
    struct text changes; /* differs when what is shown differs by more than the time */
    bool is_message;     /* what is waited for, instead of a status */
};

struct screen {
    bool is_redrawn; /* in place, on a terminal */
    int columns, rows;
    int drawn; /* lines of the block that stands there */
};

static int print(const char *text, size_t length, struct error *error)
{
    if (fwrite(text, 1, length, stdout) != length || fflush(stdout) != 0)
        return error_system(error, ERROR_FAILED, errno, "the status cannot be written");
    return 0;
}

/* The size of the terminal that stdout is; 0 columns where it is none. */
static void measure_terminal(int *columns, int *rows)
{
    struct winsize size = {0};
    *columns = *rows = 0;
    if (!log_is_terminal(stdout) || ioctl(fileno(stdout), TIOCGWINSZ, &size) != 0)
        return;
    *columns = size.ws_col ? size.ws_col : 80;
    *rows = size.ws_row ? size.ws_row : 24;
}

/* A store that someone deletes and makes anew is found again, since each look opens it; and between
 * two looks nothing is held that others would wait for. */
static int look(const struct request *request, int columns, struct sight *sight,
                struct error *error)
{
    struct store *store;
    struct store_progress progress;
    struct status_view view = {.columns = columns, .has_bars = log_is_fancy(stdout)};
    if (store_open(&store, request->store, STORE_READ, error) != 0)
        return -1;
    int result =
        store_progress_load(store, request->experiment, (size_t)request->limit, &progress, error);
    store_close(store);
    if (result != 0)
        return -1;
    status_add_changes(&progress, &sight->changes);
    status_render(&progress, (enum table_format)request->format, &view, &sight->text);
    store_progress_release(&progress);
    return 0;
}

/* As look, but a store or an experiment that is not there yet is waited for. */
static int look_or_wait(const struct request *request, int columns, struct sight *sight,
                        struct error *error)
{
    text_clear(&sight->text);
    text_clear(&sight->changes);
    sight->is_message = look(request, columns, sight, error) != 0;
    if (!sight->is_message)
        return 0;
    if (error->code != ERROR_NOT_FOUND)
        return -1;
    text_add(&sight->changes, error->text);
    text_add_format(&sight->text, "%s (waiting for it)\n", error->text);
    return 0;
}

/* How often a line of LENGTH bytes at LINE begins anew at the terminal's edge is not known to us,
 * so that none may be longer than COLUMNS; status_render sees to it, but messages may be. */
static void add_line(struct text *output, const char *line, size_t length, int columns)
{
    char *copy = text_format("%.*s", (int)length, line);
    struct text cut = {0};
    printable_add_cut(&cut, copy, (size_t)columns);
    text_add_format(output, "%s\033[K\n", text_get(&cut));
    text_release(&cut);
    memory_free(copy);
}

/* Draws TEXT over what was drawn before. What does not fit the screen could not be drawn over. */
static int redraw(struct screen *screen, const char *text, struct error *error)
{
    struct text output = {0};
    int columns = screen->columns, lines = 0, hidden = 0;
    measure_terminal(&screen->columns, &screen->rows);
    if (screen->drawn && screen->columns != columns)
        text_add(&output, "\033[H\033[2J"); /* the terminal has wrapped the old lines */
    else if (screen->drawn)
        text_add_format(&output, "\r\033[%dA", screen->drawn);
    int room = screen->rows > 3 ? screen->rows - 2 : 1;
    while (*text) {
        size_t length = strcspn(text, "\n");
        if (lines < room)
            add_line(&output, text, length, screen->columns > 1 ? screen->columns - 1 : 1);
        lines < room ? lines++ : hidden++;
        text += length + (text[length] == '\n');
    }
    if (hidden) {
        text_add_format(&output, "... %d more lines\033[K\n", hidden);
        lines++;
    }
    text_add(&output, "\033[J");
    screen->drawn = lines;
    int result = print(output.data, output.length, error);
    text_release(&output);
    return result;
}

/* Blocks are divided by an empty line; each but those for programs, who read no messages either,
 * begins with its time. */
static int print_block(const struct request *request, const struct sight *sight, bool is_first,
                       struct error *error)
{
    struct text output = {0};
    if (sight->is_message && request->format != TABLE_TEXT) {
        log_note("%.*s", (int)sight->text.length - 1, sight->text.data);
        return 0;
    }
    if (!is_first && request->format != TABLE_JSON)
        text_add_char(&output, '\n');
    if (request->format == TABLE_TEXT) {
        clock_add_iso(&output, clock_wall());
        text_add_char(&output, '\n');
    }
    text_add(&output, text_get(&sight->text));
    int result = print(output.data, output.length, error);
    text_release(&output);
    return result;
}

/* Waits until SECONDS from now, or until a signal: one that comes just before is not lost, since it
 * is let in during the wait alone. */
static void wait_for_next(int64_t seconds)
{
    sigset_t ends, before;
    sigemptyset(&ends);
    sigaddset(&ends, SIGINT);
    sigaddset(&ends, SIGTERM);
    sigprocmask(SIG_BLOCK, &ends, &before);
    if (!run_is_interrupted())
        ppoll(NULL, 0, &(struct timespec){.tv_sec = seconds}, &before);
    sigprocmask(SIG_SETMASK, &before, NULL);
}

static int watch(const struct request *request, struct error *error)
{
    struct screen screen = {0};
    struct sight sight = {0};
    struct text before = {0};
    int result = 0;
    measure_terminal(&screen.columns, &screen.rows);
    screen.is_redrawn = screen.columns && request->format == TABLE_TEXT;
    run_catch_signals();
    for (bool is_first = true; result == 0 && !run_is_interrupted(); is_first = false) {
        result = look_or_wait(request, screen.is_redrawn ? screen.columns - 1 : 0, &sight, error);
        bool is_new = is_first || !text_equal(text_get(&before), text_get(&sight.changes));
        if (result == 0 && screen.is_redrawn)
            result = redraw(&screen, text_get(&sight.text), error);
        else if (result == 0 && is_new)
            result = print_block(request, &sight, is_first, error);
        text_clear(&before);
        text_add(&before, text_get(&sight.changes));
        if (result == 0)
            wait_for_next(request->interval);
        else if (error->code == ERROR_INTERRUPTED)
            result = 0; /* while the store was locked: an end like any other */
    }
    text_release(&before);
    text_release(&sight.changes);
    text_release(&sight.text);
    return result;
}

static int show_once(const struct request *request, struct error *error)
{
    struct sight sight = {0};
    int columns, rows;
    measure_terminal(&columns, &rows);
    int result = look(request, columns, &sight, error);
    if (result == 0)
        result = print(text_get(&sight.text), sight.text.length, error);
    text_release(&sight.changes);
    text_release(&sight.text);
    return result;
}

static int show(struct request *request, const char *store, const char *name, struct error *error)
{
    char *path = store_path(store);
    char *experiment = name ? experiment_name_read(name, error) : NULL;
    request->store = path;
    request->experiment = experiment;
    int result = name && !experiment ? -1
                 : request->watch    ? watch(request, error)
                                     : show_once(request, error);
    memory_free(experiment);
    memory_free(path);
    return result;
}

int command_status(int argc, char **argv, struct error *error)
{
    const char *store = NULL;
    struct request request = {.limit = 10};
    const struct option_entry entries[] = {
        {"watch", 'w', OPTION_FLAG, &request.watch, NULL, "Go on until Ctrl-C.", 0, 0, NULL},
        {"interval", 'i', OPTION_INTEGER, &request.interval, "S",
         "Seconds between two looks of --watch (1).", 1, 86400, NULL},
        {"limit", 'l', OPTION_INTEGER, &request.limit, "N",
         "At most N experiments, and those in training (10; 0: all).", 0, INT32_MAX, NULL},
        {"format", 0, OPTION_CHOICE, &request.format, NULL, "What is printed (text).", 0, 0,
         status_format_names},
        OPTION_STORE(&store),
        {0}};
    const struct option_page page = {
        "status [EXPERIMENT] [OPTION...]",
        "Shows how far the experiments in the store are, the last begun first, and below each\n"
        "the runs in training: step, newest loss and accuracy on the training examples, time\n"
        "left, speed, process, and when it was last heard of. EXPERIMENT is a name or an\n"
        "experiment file. The time left of an experiment supposes that as many trials as now\n"
        "are trained at once. Nothing in the store is changed.\n\n"
        "--watch redraws on a terminal; elsewhere it prints a block whenever something has\n"
        "changed. It waits for a store or an experiment that is not there yet, and ends with\n"
        "Ctrl-C or SIGTERM, exit status 0.",
        "unroll status --watch\n"
        "unroll status cells --format json",
        entries};
    int first = options_parse(argc, argv, &page, error);
    if (first <= 0)
        return first;
    if (first + 1 < argc)
        return options_misused(&page, error, "status takes one experiment at most");
    if (request.interval && !request.watch)
        return options_misused(&page, error, "--interval needs --watch");
    request.interval = request.interval ? request.interval : 1;
    return show(&request, store, first < argc ? argv[first] : NULL, error);
}
