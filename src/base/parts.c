#include "base/parts.h"

#include "base/clock.h"

#include <stdint.h>
#include <time.h>

struct stopwatch {
    enum part part;        /* that the time goes to */
    uint64_t since;        /* tick from which it has not been added */
    uint64_t ticks[PARTS]; /* added */
    double begun;          /* clock_seconds() at the last reset */
};

static _Thread_local struct stopwatch own;

/* A clock that costs little and runs evenly; what a tick is worth, parts_read finds out. */
static uint64_t tick(void)
{
#ifdef __x86_64__
    return __builtin_ia32_rdtsc();
#else
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
#endif
}

void parts_reset(void)
{
    own = (struct stopwatch){.part = own.part, .begun = clock_seconds(), .since = tick()};
}

void parts_read(double *seconds)
{
    uint64_t all = 0;
    parts_enter(own.part);
    double passed = clock_seconds() - own.begun;
    for (int i = 0; i < PARTS; i++)
        all += own.ticks[i];
    for (int i = 0; i < PARTS; i++)
        seconds[i] = all ? passed * (double)own.ticks[i] / (double)all : 0;
}

enum part parts_enter(enum part part)
{
    enum part before = own.part;
    uint64_t now = tick();
    own.ticks[before] += now - own.since;
    own.since = now;
    own.part = part;
    return before;
}

void parts_leave(const enum part *before)
{
    parts_enter(*before);
}
