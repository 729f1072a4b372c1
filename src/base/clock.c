#include "base/clock.h"

#include <math.h>
#include <time.h>

static double seconds_of(clockid_t clock)
{
    struct timespec now;
    if (clock_gettime(clock, &now) != 0)
        return NAN;
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

double clock_seconds(void)
{
    return seconds_of(CLOCK_MONOTONIC);
}

double clock_processor(void)
{
    return seconds_of(CLOCK_PROCESS_CPUTIME_ID);
}

double clock_wall(void)
{
    return seconds_of(CLOCK_REALTIME);
}

/* The last second of the year 9999. */
static const double latest = 253402300799;

void clock_add_iso(struct text *text, double wall)
{
    if (!(wall >= -latest && wall < latest + 1)) {
        text_add(text, "(no time)");
        return;
    }
    time_t seconds = (time_t)floor(wall);
    struct tm parts;
    char buffer[40];
    gmtime_r(&seconds, &parts);
    strftime(buffer, sizeof buffer, "%Y-%m-%dT%H:%M:%SZ", &parts);
    text_add(text, buffer);
}

void clock_add_duration(struct text *text, double seconds)
{
    if (!(seconds < latest)) {
        text_add(text, "?");
        return;
    }
    if (seconds < 0)
        seconds = 0;
    if (seconds < 9.95) {
        text_add_format(text, "%.1f s", seconds);
        return;
    }
    long whole = lround(seconds);
    if (whole < 60)
        text_add_format(text, "%ld s", whole);
    else if (whole < 3600)
        text_add_format(text, "%ld:%02ld", whole / 60, whole % 60);
    else
        text_add_format(text, "%ld:%02ld:%02ld", whole / 3600, whole / 60 % 60, whole % 60);
}
