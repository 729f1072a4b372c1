/* Where the time of a training step goes. Each thread has a stopwatch that always runs for exactly
 * one part, so the parts add up to all the time there is:
 *
 *     PART(GATES);    from here to the end of the block, time goes to PART_GATES
 *
 * What is inside may name parts of its own. Only the flavour `make VARIANT=profile` (UNROLL_PARTS)
 * looks at the clock; in all others the line is nothing. */
#ifndef UNROLL_BASE_PARTS_H
#define UNROLL_BASE_PARTS_H

enum part {
    PART_REST,                /* everything that names no part */
    PART_GATHER,              /* choosing and copying the batch */
    PART_PACKING,             /* weights, forward and backward */
    PART_PRODUCTS,            /* forward: input product and recurrence, which are one sum */
    PART_GATES,               /* forward, element by element */
    PART_GATES_BACKWARD,      /* their gradients, element by element */
    PART_RECURRENCE_BACKWARD, /* the product that carries the gradient back through time */
    PART_WEIGHT_GRADIENTS,    /* of recurrent layers */
    PART_INPUT_GRADIENTS,     /* of recurrent layers above the first */
    PART_BIAS_SUMS,           /* the biases' gradients in recurrent layers */
    PART_DROPOUT,
    PART_DIRECTIONS, /* copies that turn time around, merge and split */
    PART_HEAD,       /* readout, dense layers, loss */
    PART_OPTIMIZER,  /* clearing, adding and clipping gradients, and the update */
    PARTS
};

/* Sets all counters of the calling thread to zero; its time counts from here. Not for plugins. */
void parts_reset(void);

/* SECONDS [PARTS] of the calling thread since its last parts_reset. Not for plugins. */
void parts_read(double *seconds);

/* For PART: the thread's time goes to PART from now on; returns the part that it went to. */
enum part parts_enter(enum part part);

/* For PART: back to the part that stands at BEFORE. */
void parts_leave(const enum part *before);

#ifdef UNROLL_PARTS
#define PART_JOIN(a, b) a##b
#define PART_VARIABLE(line) PART_JOIN(part_before_line_, line)
#define PART(name)                                                                                 \
    const enum part PART_VARIABLE(__LINE__) __attribute__((cleanup(parts_leave))) =                \
        parts_enter(PART_##name)
#else
#define PART(name) ((void)PART_##name)
#endif

#endif
