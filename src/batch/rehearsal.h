/* Trying what may crash, end the process or never return, in a process of its own: the planning of
 * variants whose hooks come from plugins. */
#ifndef UNROLL_BATCH_REHEARSAL_H
#define UNROLL_BATCH_REHEARSAL_H

#include "base/error.h"
#include "base/hash.h"
#include "train/measure.h"

#include <stdbool.h>
#include <stddef.h>

/* What is known of one thing that was tried. What its process has written of size and digest counts
 * even where it did not survive. */
struct rehearsal {
    size_t subject;              /* which one it is: a variant */
    struct run_size size;        /* all zero where it got no further */
    char digest[HASH_TEXT_SIZE]; /* of the data; "" where it got no further */
    int is_refused;       /* it ended in order with an error; no bool, for it may be spoilt */
    char *refusal;        /* why, where the act has said so; NULL: it has not; owned */
    enum error_code code; /* of the refusal */
    char *fault; /* how it brought the process to its end, with the module whose hook did it; NULL:
                    it did not; owned */
};

/* Tries one: fills size and digest as soon as each is known. -1: it is refused; REFUSAL, empty
 * before, may say why. */
typedef int (*rehearsal_act)(void *context, struct rehearsal *rehearsal, struct error *refusal);

/* Lets ACT, with CONTEXT, try each of COUNT ITEMS, whose subject is set, in a child process, and in
 * a new one behind each that ended it or took longer than SECONDS. What they print goes to stderr.
 * -1 where there is no process to be had, or someone ended it from outside: nothing is known then.
 * Refusals and faults must be freed in both cases (rehearsal_release). */
int rehearsal_run(struct rehearsal *items, size_t count, rehearsal_act act, void *context,
                  double seconds, struct error *error);
void rehearsal_release(struct rehearsal *rehearsal);

#endif
