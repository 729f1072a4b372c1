/* Time. */
#ifndef UNROLL_BASE_CLOCK_H
#define UNROLL_BASE_CLOCK_H

#include "base/text.h"

/* Seconds on a clock that never goes back; only differences mean something. */
double clock_seconds(void);

/* Seconds of processor time, user and system, that all threads of this process have had; only
 * differences mean something. It stands still while the process is paused or waits for a processor.
 * NaN where the system does not tell. */
double clock_processor(void);

/* Seconds since 1970-01-01 UTC. */
double clock_wall(void);

/* WALL seconds as 2026-11-20T23:49:00Z, or "(no time)" for no number or a year past 9999. */
void clock_add_iso(struct text *text, double wall);

/* A duration for people: 0.4 s, 12 s, 3:05, 1:02:03; "?" for infinity or no number. */
void clock_add_duration(struct text *text, double seconds);

#endif
