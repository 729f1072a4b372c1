#include "train/run.h"

#include "base/clock.h"
#include "base/file.h"
#include "base/log.h"
#include "base/memory.h"
#include "base/text.h"
#include "base/version.h"
#include "math/isa.h"
#include "math/matrix.h"
#include "module/hook.h"
#include "store/metrics.h"
#include "store/run_files.h"
#include "train/identity.h"
#include "train/loop.h"
#include "train/measure.h"

#include <inttypes.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

static volatile sig_atomic_t interrupted;
static void (*volatile before_end)(void);

/* Whichever of the two comes next ends the process. */
static void on_signal(int number)
{
    if (interrupted) {
        if (before_end)
            before_end();
        log_wipe_status();
        hook_tell_signal(number);
        signal(number, SIG_DFL);
        raise(number);
    }
    interrupted = 1;
}

void run_catch_signals(void)
{
    before_end = NULL;
    struct sigaction action = {.sa_handler = on_signal, .sa_flags = SA_RESTART};
    sigemptyset(&action.sa_mask);
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    store_set_interrupt(run_is_interrupted);
}

void run_before_end(void (*act)(void))
{
    before_end = act;
}

bool run_is_interrupted(void)
{
    return interrupted != 0;
}

/* All that one call of run_train holds. */
struct run_context {
    const struct config *config;
    const struct run_options *options;
    struct data data;
    struct run_size size;
    struct trainer trainer;
    struct store *store;
    struct run_begun begun;
    struct loop loop;
};

static int begin(struct run_context *context, struct error *error)
{
    const struct config *config = context->config;
    char key[HASH_TEXT_SIZE];
    identity_key(config, context->data.content.digest, key);
    const char *expected = context->options->key;
    if (expected && !text_equal(key, expected))
        return error_set(error, ERROR_FAILED,
                         "%s: the config or its data changed since the batch began: the run key is "
                         "%s, expected %s; start the batch again",
                         config->name, key, expected);
    struct text plugins = {0}, blas = {0};
    identity_plugins(config, &plugins);
    matrix_describe(&blas);
    struct environment environment;
    environment_collect(&environment, text_get(&blas), math_isa_name(math_isa()),
                        context->options->threads);
    struct run_request request = {.key = key,
                                  .name = config->name,
                                  .config = config->yaml,
                                  .canonical = config->canonical,
                                  .seed = config->seed,
                                  .data_digest = context->data.content.digest,
                                  .engine = UNROLL_VERSION,
                                  .plugins = text_get(&plugins),
                                  .steps = context->size.steps,
                                  .parameters = context->size.parameters,
                                  .environment = &environment,
                                  .rule = context->options->rule,
                                  .again = context->options->again};
    int result = store_run_begin(context->store, &request, &context->begun, error);
    environment_release(&environment);
    text_release(&plugins);
    text_release(&blas);
    return result;
}

static int begin_again(struct run_context *context, struct error *error)
{
    struct loop *loop = &context->loop;
    trainer_release(&context->trainer);
    loop->state = (struct loop_state){0};
    return trainer_init(&context->trainer, context->config, &context->data,
                        context->options->threads, error);
}

/* Loads the checkpoint that RUN names. One that is missing or damaged costs only time: the run
 * begins again. One that cannot be read just now is not given up. */
static int load(struct run_context *context, const struct run *run, struct error *error)
{
    struct loop *loop = &context->loop;
    struct error damage;
    char *path = file_join(loop->folder, run->checkpoint);
    int result = checkpoint_read(&context->trainer, &loop->state, loop->best_weights, path,
                                 run->checkpoint_hash, &damage);
    memory_free(path);
    if (result == 0) {
        snprintf(loop->checkpoint, sizeof loop->checkpoint, "%s", run->checkpoint);
        snprintf(loop->checkpoint_hash, sizeof loop->checkpoint_hash, "%s", run->checkpoint_hash);
        loop->progress = run->progress;
        if (!context->options->quiet)
            log_line("%s: goes on from step %" PRId64, run->name, context->trainer.step);
        return 0;
    }
    if (damage.code != ERROR_DATA && damage.code != ERROR_NOT_FOUND)
        return error_set(error, damage.code, "%s", damage.text);
    log_warning("%s; the run begins again from step 0", damage.text);
    return begin_again(context, error);
}

static int resume(struct run_context *context, struct error *error)
{
    struct loop *loop = &context->loop;
    struct run run;
    if (store_run_find(context->store, context->begun.id, &run, error))
        return -1;
    int result = load(context, &run, error);
    run_release(&run);
    loop->progress.step = context->trainer.step;
    loop->progress.examples = loop->state.examples;
    return result ? result : run_rewind(loop->writer, &loop->progress, error);
}

/* Layers of plugins may not know the diagnostic. */
static void warn_of_unmeasured(const struct run_context *context)
{
    const struct model *model = &context->trainer.model;
    for (int i = 0; context->trainer.norms && i < model->layer_count; i++)
        if (model->layers[i].is_unmeasured)
            log_warning("%s: layer %d (%s) does not measure its gradient flow: nothing is recorded "
                        "of it",
                        context->config->name, i, model->layers[i].layer->module.name);
}

static int prepare_loop(struct run_context *context, struct error *error)
{
    struct loop *loop = &context->loop;
    const struct train_config *train = &context->config->train;
    warn_of_unmeasured(context);
    loop->trainer = &context->trainer;
    loop->writer = run_writer_new(context->store, &context->begun);
    loop->folder = store_run_folder(context->store, context->begun.id);
    loop->checkpoint_seconds = context->options->checkpoint_seconds;
    loop->checkpoint_time = clock_seconds();
    loop->is_interrupted = run_is_interrupted;
    loop->live = context->options->live;
    if (loop->live)
        loop->live->steps = context->trainer.steps;
    void *best = NULL;
    if (train->stop.restore == RESTORE_BEST &&
        memory_try(&best, (size_t)context->trainer.model.block_floats * sizeof(float),
                   "the best weights", error))
        return -1;
    loop->best_weights = best;
    if (file_make_folders(loop->folder, error))
        return -1;
    if (context->begun.outcome == BEGIN_RESUMED && resume(context, error))
        return -1;
    loop_tidy(loop->folder, loop->checkpoint);
    loop->display = (struct display){.quiet = context->options->quiet,
                                     .name = context->config->name,
                                     .steps = context->trainer.steps,
                                     .first = context->trainer.step,
                                     .started = clock_seconds(),
                                     .loss = NAN};
    return 0;
}

enum { FINALS = 2 * SPLITS }; /* a loss and an accuracy each */

/* Evaluates the whole of SPLIT (without dropout), adds its loss and accuracy to FINALS and returns
 * how many. */
static size_t add_finals(struct loop *loop, enum split split, struct final *finals,
                         struct predictions *predictions, struct run_outcome *outcome)
{
    if (loop->trainer->data->splits[split].count == 0)
        return 0;
    struct evaluation evaluation;
    loop_evaluate(loop, split, 0, 0, &evaluation, predictions);
    /* The training split's own name belongs to the running figures. */
    const char *name = split == SPLIT_TRAIN ? "train_split" : config_split_names[split];
    display_final(&loop->display, name, evaluation.loss, evaluation.accuracy, evaluation.count);
    finals[0] = (struct final){text_format("%s.loss", name), evaluation.loss};
    finals[1] = (struct final){text_format("%s.accuracy", name), evaluation.accuracy};
    if (split == SPLIT_TEST) {
        outcome->loss = evaluation.loss;
        outcome->accuracy = evaluation.accuracy;
    }
    return 2;
}

/* The last checkpoint and the final figures, into the store at once. */
static int store_finals(struct loop *loop, const struct final *finals, size_t count,
                        const struct predictions *predictions, struct error *error)
{
    char previous[64];
    if (loop_checkpoint(loop, true, previous, error))
        return -1;
    struct run_result ending = {.progress = loop->progress,
                                .finals = finals,
                                .final_count = count,
                                .predictions = predictions,
                                .prediction_count = predictions->count > 0,
                                .checkpoint = loop->checkpoint,
                                .checkpoint_hash = loop->checkpoint_hash};
    if (run_finish(loop->writer, &ending, error))
        return -1;
    loop_prune(loop, previous);
    return 0;
}

static const char *no_number_name(double value)
{
    return isnan(value) ? "not a number" : "infinite";
}

/* A last step may have spoiled the weights, with no step after it to notice. */
static const struct final *find_no_number(const struct final *finals, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (!isfinite(finals[i].value))
            return &finals[i];
    return NULL;
}

/* The final figures on the whole validation and test splits, and on the training split where that
 * is evaluated, too; and the end in the store. */
static enum loop_end finish(struct run_context *context, struct run_outcome *outcome,
                            struct error *error)
{
    struct loop *loop = &context->loop;
    struct final finals[FINALS];
    struct predictions predictions = {0}; /* a plugin's data set may have no test examples */
    enum loop_end end = LOOP_FINISHED;
    if (loop->best_weights && loop->state.best_step > 0)
        memcpy(context->trainer.model.weights, loop->best_weights,
               (size_t)context->trainer.model.block_floats * sizeof(float));
    size_t count = 0;
    if (context->config->train.evaluate.on & 1u << SPLIT_TRAIN)
        count += add_finals(loop, SPLIT_TRAIN, finals, NULL, outcome);
    count += add_finals(loop, SPLIT_VALIDATION, finals + count, NULL, outcome);
    count += add_finals(loop, SPLIT_TEST, finals + count, &predictions, outcome);
    const struct final *spoiled = find_no_number(finals, count);
    if (spoiled) {
        error_set(error, ERROR_FAILED, "%s diverged: the final %s is %s", context->config->name,
                  spoiled->name, no_number_name(spoiled->value));
        end = LOOP_DIVERGED;
    } else if (store_finals(loop, finals, count, &predictions, error)) {
        end = LOOP_ERROR;
    }
    for (size_t i = 0; i < count; i++)
        memory_free(finals[i].name);
    return end;
}

/* Says how the loop ended where it was not the last step; makes the error where it has none. */
static void say_end(const struct run_context *context, enum loop_end end, struct error *error)
{
    const struct loop *loop = &context->loop;
    if (end == LOOP_DIVERGED)
        error_set(error, ERROR_FAILED, "%s diverged: the loss of step %" PRId64 " is %s",
                  context->config->name, context->trainer.step + 1,
                  no_number_name(loop->diverged_loss));
    if (end == LOOP_INTERRUPTED)
        error_set(error, ERROR_INTERRUPTED,
                  "%s was interrupted at step %" PRId64 "; the same command goes on from there",
                  context->config->name, context->trainer.step);
    if (end == LOOP_OUT_OF_TIME)
        error_set(error, ERROR_FAILED, "%s ran out of its time at step %" PRId64,
                  context->config->name, context->trainer.step);
    if (end == LOOP_FINISHED && context->trainer.step < context->trainer.steps &&
        !context->options->quiet)
        log_line("%s: stopped early at step %" PRId64 ": %" PRId64
                 " evaluations without improvement since step %" PRId64,
                 context->config->name, context->trainer.step, loop->state.waited,
                 loop->state.best_step);
}

/* Its memory may not be there: then the run has failed, as it stood before. */
static int make_trainer(struct run_context *context, struct error *error)
{
    struct error trouble;
    if (trainer_init(&context->trainer, context->config, &context->data, context->options->threads,
                     error) == 0)
        return 0;
    if (store_run_stop(context->store, context->begun.id, context->begun.attempt, RUN_FAILED,
                       error->text, &trouble))
        log_warning("%s", trouble.text);
    return -1;
}

/* Where nobody watches this process, its last word goes into the run's folder: whoever finds the
 * run without its process reads it there. A folder that cannot be made is an error a little later.
 */
static void keep_word(const struct run_context *context)
{
    struct error error;
    if (context->options->live)
        return;
    char *folder = store_run_folder(context->store, context->begun.id);
    char *path = file_join(folder, LAST_WORD);
    if (file_make_folders(folder, &error) == 0)
        hook_keep_word(path);
    memory_free(path);
    memory_free(folder);
}

static int train(struct run_context *context, struct run_outcome *outcome, struct error *error)
{
    static const enum run_state states[] = {[LOOP_FINISHED] = RUN_DONE,
                                            [LOOP_DIVERGED] = RUN_DIVERGED,
                                            [LOOP_INTERRUPTED] = RUN_INTERRUPTED,
                                            [LOOP_OUT_OF_TIME] = RUN_FAILED,
                                            [LOOP_ERROR] = RUN_FAILED};
    struct loop *loop = &context->loop;
    enum loop_end end = LOOP_ERROR;
    keep_word(context);
    if (make_trainer(context, error))
        return -1;
    if (prepare_loop(context, error) == 0) {
        end = loop_run(loop, error);
        if (end == LOOP_INTERRUPTED && loop->live && loop->live->is_out_of_time)
            end = LOOP_OUT_OF_TIME;
        say_end(context, end, error);
    }
    if (end == LOOP_FINISHED)
        end = finish(context, outcome, error);
    /* The store was locked when the signal came: what its checkpoint holds can be gone on from. */
    if (end == LOOP_ERROR && error->code == ERROR_INTERRUPTED)
        end = LOOP_INTERRUPTED;
    display_end(&loop->display);
    outcome->state = states[end];
    outcome->seconds = loop->progress.train_seconds + loop->progress.evaluate_seconds;
    if (end == LOOP_FINISHED) {
        display_time(&loop->display, loop->progress.train_seconds, loop->progress.evaluate_seconds,
                     loop->progress.examples);
        return 0;
    }
    struct error trouble;
    if (run_stop(loop->writer, states[end], error->text, &loop->progress, &trouble))
        log_warning("%s", trouble.text);
    return -1;
}

/* A process that was killed right after its last transaction left the checkpoint before. */
static int tidy_done(struct run_context *context, struct error *error)
{
    struct run run;
    if (store_run_find(context->store, context->begun.id, &run, error))
        return -1;
    char *folder = store_run_folder(context->store, run.id);
    loop_tidy(folder, run.checkpoint);
    memory_free(folder);
    run_release(&run);
    return 0;
}

/* The run failed before and is left so: its reason is the error. */
static int fail_as_before(struct run_context *context, struct run_outcome *outcome,
                          struct error *error)
{
    struct run run;
    if (store_run_get(context->store, context->begun.id, &run, error))
        return -1;
    outcome->state = run.state;
    error_set(error, ERROR_FAILED, "%s", run.message);
    run_release(&run);
    return -1;
}

/* What the store said to the beginning of the run. */
static int act(struct run_context *context, struct run_outcome *outcome, struct error *error)
{
    memcpy(outcome->id, context->begun.id, sizeof outcome->id);
    switch (context->begun.outcome) {
    case BEGIN_RUNNING:
        outcome->is_running = true;
        outcome->state = RUN_RUNNING;
        return 0;
    case BEGIN_DONE:
        outcome->was_done = true;
        outcome->state = RUN_DONE;
        return tidy_done(context, error);
    case BEGIN_FAILED:
        return fail_as_before(context, outcome, error);
    default:
        return train(context, outcome, error);
    }
}

/* What the run will take and whether it makes sense, without its memory: a config that cannot be
 * trained begins no run. */
static int measure(struct run_context *context, struct error *error)
{
    const struct config *config = context->config;
    struct batches batches;
    if (measure_run(config, &context->data, context->options->threads, &context->size, error) ||
        batches_measure(&batches, &config->data, context->data.splits[SPLIT_TRAIN].count,
                        config->train.batch, error))
        return -1;
    return trainer_check_length(&config->train, &batches, context->size.steps, error);
}

static int open_all(struct run_context *context, struct error *error)
{
    const struct config *config = context->config;
    if (data_open(&context->data, &config->data, context->options->data, error) ||
        measure(context, error))
        return -1;
    return store_open(&context->store, context->options->store, STORE_WRITE, error);
}

int run_train(const struct config *config, const struct run_options *options,
              struct run_outcome *outcome, struct error *error)
{
    struct run_context context = {.config = config, .options = options};
    *outcome = (struct run_outcome){.state = RUN_FAILED, .loss = NAN, .accuracy = NAN};
    int result = open_all(&context, error);
    if (result == 0)
        result = begin(&context, error);
    if (result == 0)
        result = act(&context, outcome, error);
    hook_keep_word(NULL);
    run_writer_free(context.loop.writer);
    memory_free(context.loop.best_weights);
    memory_free(context.loop.folder);
    store_close(context.store);
    trainer_release(&context.trainer);
    data_release(&context.data);
    return result;
}

int run_record_failure(const struct config *config, const struct run_options *options,
                       const char *digest, const char *message, struct run_outcome *outcome,
                       struct error *error)
{
    struct run_context context = {.config = config, .options = options};
    const struct run_begun *begun = &context.begun;
    *outcome = (struct run_outcome){.state = RUN_FAILED, .loss = NAN, .accuracy = NAN};
    snprintf(context.data.content.digest, sizeof context.data.content.digest, "%s", digest);
    if (store_open(&context.store, options->store, STORE_WRITE, error))
        return -1;
    int result = begin(&context, error);
    if (result == 0) {
        memcpy(outcome->id, begun->id, sizeof outcome->id);
        outcome->was_done = begun->outcome == BEGIN_DONE;
        outcome->is_running = begun->outcome == BEGIN_RUNNING;
        if (begun->outcome == BEGIN_STARTED || begun->outcome == BEGIN_RESUMED)
            result = store_run_stop(context.store, begun->id, begun->attempt, RUN_FAILED, message,
                                    error);
    }
    store_close(context.store);
    return result;
}
