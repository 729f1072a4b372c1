/* The training loop: steps, log lines, evaluations, early stopping, checkpoints. */
#ifndef UNROLL_TRAIN_LOOP_H
#define UNROLL_TRAIN_LOOP_H

#include "store/metrics.h"
#include "train/checkpoint.h"
#include "train/display.h"
#include "train/run.h"
#include "train/trainer.h"

enum loop_end {
    LOOP_FINISHED, /* all steps, or stopped early */
    LOOP_DIVERGED, /* the loss is not finite; the step's number is trainer.step + 1 */
    LOOP_INTERRUPTED,
    LOOP_OUT_OF_TIME, /* interrupted because its time was over: loop_run does not return it */
    LOOP_ERROR,       /* the store or a checkpoint could not be written */
};

struct loop {
    struct trainer *trainer;
    struct run_writer *writer;
    struct loop_state state;
    struct run_progress progress; /* seconds of earlier attempts included */
    struct display display;
    float *best_weights;                                  /* with restore: best; else NULL */
    char *folder;                                         /* for checkpoints */
    double checkpoint_seconds;                            /* between two of them */
    double checkpoint_time;                               /* clock_seconds() of the last one */
    char checkpoint[64], checkpoint_hash[HASH_TEXT_SIZE]; /* the newest; "" for none */
    double diverged_loss; /* what the loss was instead of a number */
    bool (*is_interrupted)(void);
    struct run_live *live; /* kept up to date unless NULL */
};

/* Runs until the end. Figures go to the writer and the display. */
enum loop_end loop_run(struct loop *loop, struct error *error);

/* Writes the present state to step-N.safetensors, or final.safetensors, which the store does not
 * name yet, and sets loop->checkpoint and its hash; PREVIOUS is the one before, which loop_prune
 * deletes once the store names the new one. */
int loop_checkpoint(struct loop *loop, bool is_final, char previous[64], struct error *error);
void loop_prune(const struct loop *loop, const char *previous);

/* Deletes from a run's FOLDER what a killed process may have left: checkpoints that were written in
 * part, and those that the store never named or names no more; KEPT is the one it names, or "".
 * Other files are not ours. Only the run's owner may, or anyone when it is done. */
void loop_tidy(const char *folder, const char *kept);

/* The loop's epoch, with its fraction. */
double loop_epoch(const struct loop *loop);

/* As trainer_evaluate, its time added to the progress. */
void loop_evaluate(struct loop *loop, enum split split, int64_t limit, int64_t number,
                   struct evaluation *evaluation, struct predictions *predictions);

#endif
