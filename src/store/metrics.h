/* What a run measures. A *metric* belongs to a series and a step: train.loss, train.accuracy,
 * train.rate, train.gradient_norm, validation.loss, test.accuracy, ... A *final* is computed once,
 * on a whole split, when training has ended (test.accuracy, train.loss, ...): comparisons use
 * finals, never a metric of a limited evaluation. Values that are not numbers or are infinite are
 * kept as such. */
#ifndef UNROLL_STORE_METRICS_H
#define UNROLL_STORE_METRICS_H

#include "store/predictions.h"
#include "store/runs.h"

/* Collects metrics in memory and writes them, with the run's progress and heartbeat, in one
 * transaction per flush. Every function that writes fails with ERROR_FAILED when the run is no
 * longer this process's (reclaimed, or begun again by another). After any failure what was
 * recorded is still there, and the call may be repeated. */
struct run_writer;

/* For a run that store_run_begin started or resumed. STORE must outlive it. */
struct run_writer *run_writer_new(struct store *store, const struct run_begun *begun);

/* Does not flush. NULL is allowed. */
void run_writer_free(struct run_writer *writer);

/* Keeps one value until the next flush. SERIES is copied; EPOCH counts epochs done, fractions
 * included; SECONDS is the time trained so far. A second value for the same series and step
 * replaces the first. */
void run_record(struct run_writer *writer, const char *series, int64_t step, double epoch,
                double seconds, double value);

/* Keeps, until the next flush, the NORMS [count] of the gradients of a layer's hidden state at each
 * time step, see store/gradient_flow.h; they are copied and rounded to float. */
void run_record_gradient_flow(struct run_writer *writer, int64_t step, int64_t layer,
                              int64_t direction, const double *norms, int64_t count);

/* True when the last flush is a second old, so that it is time for the next. */
bool run_flush_due(const struct run_writer *writer);

int run_flush(struct run_writer *writer, const struct run_progress *progress, struct error *error);

/* A flush that also says: the file NAME in the run's folder, already on the disk, whose content
 * has HASH, is the state after PROGRESS->step steps. */
int run_checkpoint(struct run_writer *writer, const struct run_progress *progress, const char *name,
                   const char *hash, struct error *error);

/* After a resume: the run continues behind PROGRESS->step; deletes its metrics past that step and
 * sets its progress. With step 0 it also forgets the checkpoint. */
int run_rewind(struct run_writer *writer, const struct run_progress *progress, struct error *error);

struct final {
    char *name; /* test.accuracy */
    double value;
};

/* How a run ended well; everything is borrowed. */
struct run_result {
    struct run_progress progress;
    const struct final *finals;
    size_t final_count;
    const struct predictions *predictions; /* one per split */
    size_t prediction_count;
    const char *checkpoint; /* as for run_checkpoint; NULL: none */
    const char *checkpoint_hash;
};

/* The rest of the metrics, finals, predictions, checkpoint and state done: one transaction. */
int run_finish(struct run_writer *writer, const struct run_result *result, struct error *error);

/* The rest of the metrics, and STATE: RUN_FAILED, RUN_DIVERGED or RUN_INTERRUPTED, with why. */
int run_stop(struct run_writer *writer, enum run_state state, const char *message,
             const struct run_progress *progress, struct error *error);

/* One series of one run, by step. */
struct metrics {
    size_t count;
    int64_t *steps;
    double *epochs, *seconds, *values;
};
void metrics_release(struct metrics *metrics);

/* SERIES of run ID; a series that it does not have is empty. The caller releases METRICS. */
int store_metrics_load(struct store *store, const char *id, const char *series,
                       struct metrics *metrics, struct error *error);

/* The same, but of epochs and seconds only what is in TIMES, a set of enum metrics_times; what is
 * not stays NULL. Over millions of rows that counts. */
enum metrics_times { METRICS_EPOCHS = 1, METRICS_SECONDS = 2 };
int store_metrics_load_by(struct store *store, const char *id, const char *series, unsigned times,
                          struct metrics *metrics, struct error *error);

/* The value with the highest step. *FOUND tells whether there is one. */
int store_metrics_last(struct store *store, const char *id, const char *series, double *value,
                       bool *found, struct error *error);

/* The names of the series of run ID, sorted. The caller frees each and the array by
 * store_series_free. */
int store_series_list(struct store *store, const char *id, char ***names, size_t *count,
                      struct error *error);
void store_series_free(char **names, size_t count);

struct finals {
    struct final *items; /* by name */
    size_t count;
};
void finals_release(struct finals *finals);

/* All finals of run ID; none when it is not done. The caller releases FINALS. */
int store_finals_load(struct store *store, const char *id, struct finals *finals,
                      struct error *error);

/* The value called NAME, or NULL. */
const double *finals_find(const struct finals *finals, const char *name);

#endif
