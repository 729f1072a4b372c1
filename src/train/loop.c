#include "train/loop.h"

#include "base/clock.h"
#include "base/file.h"
#include "base/memory.h"
#include "base/text.h"
#include "store/run_files.h"

#include <dirent.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static const struct train_config *train_of(const struct loop *loop)
{
    return &loop->trainer->config->train;
}

double loop_epoch(const struct loop *loop)
{
    return batches_epoch(&loop->trainer->batches, loop->trainer->step);
}

static double seconds_so_far(const struct loop *loop)
{
    return loop->progress.train_seconds + loop->progress.evaluate_seconds;
}

/* What is recorded, the schedule may watch. */
static void record(struct loop *loop, const char *series, double value)
{
    run_record(loop->writer, series, loop->trainer->step, loop_epoch(loop), seconds_so_far(loop),
               value);
    trainer_observe(loop->trainer, series, value);
}

int loop_checkpoint(struct loop *loop, bool is_final, char previous[64], struct error *error)
{
    memcpy(previous, loop->checkpoint, sizeof loop->checkpoint);
    /* The final one may hold other weights than the last step's: it must not take its place before
     * the store knows. */
    char name[64] = "final" CHECKPOINT_ENDING;
    if (!is_final)
        snprintf(name, sizeof name, "step-%" PRId64 CHECKPOINT_ENDING, loop->trainer->step);
    char *path = file_join(loop->folder, name);
    char hash[HASH_TEXT_SIZE];
    int result =
        checkpoint_write(loop->trainer, &loop->state, loop->best_weights, path, hash, error);
    memory_free(path);
    if (result)
        return result;
    memcpy(loop->checkpoint, name, sizeof name);
    memcpy(loop->checkpoint_hash, hash, sizeof hash);
    loop->checkpoint_time = clock_seconds();
    return 0;
}

void loop_prune(const struct loop *loop, const char *previous)
{
    if (!*previous || text_equal(previous, loop->checkpoint))
        return;
    char *path = file_join(loop->folder, previous);
    unlink(path); /* one that stays behind does no harm */
    memory_free(path);
}

void loop_tidy(const char *folder, const char *kept)
{
    DIR *entries = opendir(folder);
    const struct dirent *entry;
    while (entries && (entry = readdir(entries))) {
        if (text_equal(entry->d_name, kept) || !run_files_is_checkpoint(entry->d_name))
            continue;
        char *path = file_join(folder, entry->d_name);
        unlink(path); /* one that stays behind does no harm */
        memory_free(path);
    }
    if (entries)
        closedir(entries);
}

static int save(struct loop *loop, struct error *error)
{
    char previous[64];
    if (loop_checkpoint(loop, false, previous, error) ||
        run_checkpoint(loop->writer, &loop->progress, loop->checkpoint, loop->checkpoint_hash,
                       error))
        return -1;
    loop_prune(loop, previous);
    return 0;
}

static bool is_log_step(const struct loop *loop, int64_t step)
{
    return step % train_of(loop)->log.every == 0 || step == loop->trainer->steps;
}

static void add_to_log(struct loop *loop, const struct step_result *result)
{
    struct loop_state *state = &loop->state;
    if (train_of(loop)->log.of == LOG_BATCH) {
        state->log_loss = 0;
        state->log_correct = state->log_count = 0;
    }
    state->log_loss += result->loss_sum;
    state->log_correct += result->correct;
    state->log_count += result->count;
    state->examples += result->count;
    loop->progress.examples = state->examples;
    loop->display.examples += result->count;
}

static void log_figures(struct loop *loop, const struct step_result *result)
{
    struct loop_state *state = &loop->state;
    double loss = state->log_loss / (double)state->log_count;
    double accuracy = (double)state->log_correct / (double)state->log_count;
    record(loop, "train.loss", loss);
    record(loop, "train.accuracy", accuracy);
    record(loop, "train.rate", result->rate);
    record(loop, "train.gradient_norm", result->gradient_norm);
    display_log(&loop->display, loop->trainer->step, loop_epoch(loop), loss, accuracy,
                result->rate);
    state->log_loss = 0;
    state->log_correct = state->log_count = 0;
}

static bool is_evaluation_step(const struct loop *loop, int64_t step)
{
    return evaluation_is_due(train_of(loop), &loop->trainer->batches, step);
}

void loop_evaluate(struct loop *loop, enum split split, int64_t limit, int64_t number,
                   struct evaluation *evaluation, struct predictions *predictions)
{
    double begun = clock_seconds();
    trainer_evaluate(loop->trainer, split, limit, number, evaluation, predictions);
    loop->progress.evaluate_seconds += clock_seconds() - begun;
}

/* Whether the metric that early stopping watches is better than the best so far. One that is not a
 * number never is, nor is it a first best that nothing could beat. */
static void judge(struct loop *loop, double loss, double accuracy)
{
    const struct train_config *train = train_of(loop);
    struct loop_state *state = &loop->state;
    if (train->stop.patience == 0 && !loop->best_weights)
        return;
    bool smaller_is_better = train->stop.metric == STOP_VALIDATION_LOSS;
    double value = smaller_is_better ? loss : accuracy;
    double gain = smaller_is_better ? state->best - value : value - state->best;
    bool is_better = state->best_step > 0 ? gain > train->stop.min_delta : !isnan(value);
    if (!is_better) {
        state->waited++;
        return;
    }
    state->best = value;
    state->best_step = loop->trainer->step;
    state->waited = 0;
    if (loop->best_weights)
        memcpy(loop->best_weights, loop->trainer->model.weights,
               (size_t)loop->trainer->model.block_floats * sizeof(float));
}

static void evaluate_split(struct loop *loop, enum split split)
{
    const struct train_config *train = train_of(loop);
    struct evaluation evaluation;
    loop_evaluate(loop, split, train->evaluate.limit, loop->state.evaluations, &evaluation, NULL);
    /* The training split's own name belongs to the running figures. */
    const char *name = split == SPLIT_TRAIN ? "train_split" : config_split_names[split];
    char series[64];
    snprintf(series, sizeof series, "%s.loss", name);
    record(loop, series, evaluation.loss);
    snprintf(series, sizeof series, "%s.accuracy", name);
    record(loop, series, evaluation.accuracy);
    display_evaluation(&loop->display, loop->trainer->step, name, evaluation.loss,
                       evaluation.accuracy, evaluation.count);
    if (split == SPLIT_VALIDATION)
        judge(loop, evaluation.loss, evaluation.accuracy);
}

static void evaluate(struct loop *loop)
{
    for (int split = 0; split < SPLITS; split++)
        if (train_of(loop)->evaluate.on & 1u << split)
            evaluate_split(loop, (enum split)split);
    loop->state.evaluations++;
}

static bool has_stopped(const struct loop *loop)
{
    int64_t patience = train_of(loop)->stop.patience;
    return loop->trainer->step >= loop->trainer->steps ||
           (patience > 0 && loop->state.waited >= patience);
}

/* The last step of the config: one that ends early does so at an evaluation. */
static bool is_flow_step(const struct loop *loop, int64_t step)
{
    return loop->trainer->norms &&
           (step == 1 || step == loop->trainer->steps || is_evaluation_step(loop, step));
}

/* The norms of the batch of STEP. */
static void record_flow(struct loop *loop, int64_t step)
{
    const struct model *model = &loop->trainer->model;
    for (int i = 0; i < model->layer_count; i++) {
        const struct model_layer *layer = &model->layers[i];
        const double *norms = loop->trainer->norms + layer->first_norm;
        for (int64_t state = 0; state < layer->states; state++)
            run_record_gradient_flow(loop->writer, step, i, state, norms + state * layer->in.steps,
                                     layer->in.steps);
    }
}

/* The step of RESULT changed no weight: it can be done again for its norms, which tell best why. */
static void end_diverged(struct loop *loop, const struct step_result *result, bool has_flow)
{
    struct trainer *trainer = loop->trainer;
    struct step_result again;
    loop->diverged_loss = result->loss_sum;
    if (!trainer->norms)
        return;
    if (!has_flow)
        trainer_step(trainer, STEP_FLOW, &again);
    record_flow(loop, trainer->step + 1);
}

/* One step with all that follows it; false when the loss was not finite. */
static bool advance(struct loop *loop)
{
    struct trainer *trainer = loop->trainer;
    struct step_result result;
    bool logs = is_log_step(loop, trainer->step + 1);
    bool shows_flow = is_flow_step(loop, trainer->step + 1);
    double begun = clock_seconds(), processor = clock_processor();
    trainer_step(trainer, (logs ? STEP_NORM : 0) | (shows_flow ? STEP_FLOW : 0), &result);
    loop->progress.cpu_seconds += clock_processor() - processor; /* what is not known stays so */
    loop->progress.train_seconds += clock_seconds() - begun;
    if (!isfinite(result.loss_sum)) {
        end_diverged(loop, &result, shows_flow);
        return false;
    }
    loop->progress.step = trainer->step;
    add_to_log(loop, &result);
    if (logs)
        log_figures(loop, &result);
    if (shows_flow)
        record_flow(loop, trainer->step);
    if (is_evaluation_step(loop, trainer->step))
        evaluate(loop);
    display_progress(&loop->display, trainer->step);
    if (loop->live) {
        loop->live->step = trainer->step;
        loop->live->loss = loop->display.loss;
        loop->live->accuracy = loop->display.accuracy;
    }
    return true;
}

enum loop_end loop_run(struct loop *loop, struct error *error)
{
    while (!has_stopped(loop)) {
        if (!advance(loop))
            return LOOP_DIVERGED;
        if (loop->is_interrupted()) {
            if (save(loop, error))
                return LOOP_ERROR;
            return LOOP_INTERRUPTED;
        }
        if (clock_seconds() - loop->checkpoint_time > loop->checkpoint_seconds) {
            if (save(loop, error))
                return LOOP_ERROR;
        } else if (run_flush_due(loop->writer) && run_flush(loop->writer, &loop->progress, error)) {
            return LOOP_ERROR;
        }
    }
    return LOOP_FINISHED;
}
