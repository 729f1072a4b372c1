#include "store/busy.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/memory.h"
#include "base/text.h"

#include <sqlite3.h>
#include <sys/stat.h>
#include <time.h>

static const double limit_seconds = 60, silent_seconds = 5, quiet_seconds = 1;

static bool (*is_interrupted)(void);

/* What this process has seen of the others' writing; it outlasts a connection, so that one who has
 * given up does not begin to wait again with the next. */
static struct {
    struct timespec store, journal; /* when they were changed */
    double since;                   /* both were last seen to change */
    double seen;                    /* the last look */
} others;

void store_set_interrupt(bool (*function)(void))
{
    is_interrupted = function;
}

static struct timespec changed(const char *path)
{
    struct stat status;
    return stat(path, &status) == 0 ? status.st_mtim : (struct timespec){0};
}

static bool is_same(const struct timespec *a, const struct timespec *b)
{
    return a->tv_sec == b->tv_sec && a->tv_nsec == b->tv_nsec;
}

/* Seconds since somebody wrote, as far as waits have seen it. */
static double quiet_for(const struct database *database, double now)
{
    char *path = text_format("%s-journal", database->path);
    struct timespec store = changed(database->path), journal = changed(path);
    memory_free(path);
    if (!is_same(&store, &others.store) || !is_same(&journal, &others.journal) ||
        now - others.seen > quiet_seconds)
        others.since = now;
    others.store = store;
    others.journal = journal;
    others.seen = now;
    return now - others.since;
}

/* Called by SQLite for the COUNTth time in one wait; 0 ends it. */
static int wait_on(void *argument, int count)
{
    static const int delays[] = {1, 2, 5, 10, 15, 20, 25, 25, 25, 50, 50, 100};
    enum { DELAYS = sizeof delays / sizeof delays[0] };
    struct database *database = argument;
    double now = clock_seconds(), quiet = quiet_for(database, now);
    if (count == 0) {
        database->waiting_since = now;
        database->has_said = database->has_given_up = false;
    }
    double waited = now - database->waiting_since;
    database->has_given_up = quiet >= quiet_seconds && is_interrupted && is_interrupted();
    if (database->has_given_up || waited >= limit_seconds)
        return 0;
    if (waited >= silent_seconds && !database->has_said) {
        log_note("%s: waiting for the store, locked by another process", database->path);
        database->has_said = true;
    }
    /* A signal ends the pause, too. */
    long milliseconds = delays[count < DELAYS ? count : DELAYS - 1];
    nanosleep(&(struct timespec){.tv_nsec = milliseconds * 1000 * 1000}, NULL);
    return 1;
}

void busy_install(struct database *database)
{
    sqlite3_busy_handler(database->handle, wait_on, database);
}

bool busy_was_interrupted(const struct database *database)
{
    return database->has_given_up;
}
