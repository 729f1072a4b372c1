#include "train/trainer.h"

#include "base/memory.h"
#include "base/parts.h"
#include "base/text.h"
#include "config/rules.h"
#include "math/subnormals.h"
#include "module/hook.h"
#include "module/schedule.h"

#include <inttypes.h>
#include <math.h>
#include <omp.h>
#include <string.h>

static const struct optimizer *optimizer_of(const struct trainer *trainer)
{
    return (const struct optimizer *)trainer->config->train.optimizer.module;
}

static const struct schedule *schedule_of(const struct trainer *trainer)
{
    return (const struct schedule *)trainer->config->train.schedule.module;
}

static int64_t largest_split(const struct data *data)
{
    int64_t largest = 0;
    for (int split = 0; split < SPLITS; split++)
        if (data->splits[split].count > largest)
            largest = data->splits[split].count;
    return largest;
}

static int take(void *pointer, int64_t count, size_t size, const char *purpose, struct error *error)
{
    return memory_try(pointer, (size_t)count * size, purpose, error);
}

static int allocate(struct trainer *trainer, struct error *error)
{
    const struct train_config *train = &trainer->config->train;
    int64_t examples = largest_split(trainer->data);
    if (update_init(&trainer->update, train, &trainer->model, trainer->threads, error))
        return -1;
    trainer->gradients = memory_array((size_t)train->shards, sizeof *trainer->gradients);
    trainer->schedule_state = memory_new(train->schedule.module->state_size);
    struct predictions *predictions = &trainer->example_predictions;
    if (train->diagnostics & 1u << DIAGNOSTIC_GRADIENT_FLOW &&
        take(&trainer->norms, train->shards * trainer->model.norm_count, sizeof(double),
             "the norms of gradients", error))
        return -1;
    if (take(&trainer->indices, train->batch, sizeof(int32_t), "a batch", error) ||
        take(&trainer->shard_correct, train->shards, sizeof(int32_t), "a batch", error) ||
        take(&trainer->example_losses, examples, sizeof(float), "evaluation", error) ||
        take(&predictions->labels, examples, sizeof(int32_t), "evaluation", error) ||
        take(&predictions->predicted, examples, sizeof(int32_t), "evaluation", error) ||
        take(&predictions->probabilities, examples, sizeof(float), "evaluation", error))
        return -1;
    return 0;
}

static int make_workspaces(struct trainer *trainer, struct error *error)
{
    const struct train_config *train = &trainer->config->train;
    trainer->shards = memory_array((size_t)train->shards, sizeof *trainer->shards);
    trainer->evaluators = memory_array((size_t)trainer->threads, sizeof *trainer->evaluators);
    int64_t share = (train->batch + train->shards - 1) / train->shards;
    int64_t steps = trainer->data->splits[SPLIT_TRAIN].longest;
    for (int64_t i = 0; i < train->shards; i++) {
        if (workspace_init(&trainer->shards[i], &trainer->model, share, steps, true, error))
            return -1;
        trainer->gradients[i] = trainer->shards[i].gradient;
    }
    update_watch(&trainer->update, &trainer->model, trainer->gradients[0]);
    for (int i = 0; i < trainer->threads; i++)
        if (workspace_init(&trainer->evaluators[i], &trainer->model, train->evaluate.batch,
                           data_longest(trainer->data), false, error))
            return -1;
    return 0;
}

static bool flushes(const struct trainer *trainer)
{
    return trainer->config->train.subnormals == SUBNORMALS_FLUSH;
}

int trainer_init(struct trainer *trainer, const struct config *config, const struct data *data,
                 int threads, struct error *error)
{
    *trainer = (struct trainer){.config = config, .data = data, .threads = threads};
    const struct train_config *train = &config->train;
    if (flushes(trainer) && !subnormals_can_flush())
        return error_set(error, ERROR_USAGE,
                         "train.subnormals: this processor cannot flush them; leave it out");
    struct sequence in = {.steps = data->steps,
                          .features = data->features,
                          .reversed_from = data->features,
                          .varies = data->shortest < data->steps};
    if (model_init(&trainer->model, config, in, data->content.classes, error) ||
        model_initialize(&trainer->model, (uint64_t)config->seed, error) ||
        batches_init(&trainer->batches, (uint64_t)config->seed, &config->data,
                     data->splits[SPLIT_TRAIN].count, train->batch, error) ||
        allocate(trainer, error) || make_workspaces(trainer, error)) {
        trainer_release(trainer);
        return -1;
    }
    trainer->steps = train->steps ? train->steps : batches_steps(&trainer->batches, train->epochs);
    return 0;
}

int trainer_check_length(const struct train_config *train, const struct batches *batches,
                         int64_t steps, struct error *error)
{
    const char *who = rules_who_needs_evaluations(train);
    int64_t first = train->evaluate.first ? train->evaluate.first : train->evaluate.every;
    if (train->evaluate.unit == UNIT_EPOCHS)
        first = batches_steps(batches, train->evaluate.every);
    if (who && first > steps)
        return error_set(error, ERROR_USAGE,
                         "train.evaluate: the first evaluation would come after step %" PRId64
                         ", the run ends after step %" PRId64
                         ", and %s waits for one; evaluate more often or train longer",
                         first, steps, who);
    if (rules_schedule_never_begins(train, steps))
        return error_set(error, ERROR_USAGE,
                         "train.warmup.steps: the schedule begins behind the %" PRId64
                         " steps of the warm-up, and the run ends after step %" PRId64
                         "; use a shorter warm-up, or `schedule: constant`",
                         train->warmup.steps, steps);
    return 0;
}

void trainer_release(struct trainer *trainer)
{
    for (int64_t i = 0; trainer->shards && i < trainer->config->train.shards; i++)
        workspace_release(&trainer->shards[i]);
    for (int i = 0; trainer->evaluators && i < trainer->threads; i++)
        workspace_release(&trainer->evaluators[i]);
    update_release(&trainer->update);
    memory_free(trainer->gradients);
    memory_free(trainer->norms);
    memory_free(trainer->shards);
    memory_free(trainer->evaluators);
    memory_free(trainer->schedule_state);
    memory_free(trainer->indices);
    memory_free(trainer->shard_correct);
    memory_free(trainer->example_losses);
    memory_free(trainer->example_predictions.labels);
    memory_free(trainer->example_predictions.predicted);
    memory_free(trainer->example_predictions.probabilities);
    batches_release(&trainer->batches);
    model_release(&trainer->model);
    *trainer = (struct trainer){0};
}

size_t trainer_memory(const struct trainer *trainer)
{
    size_t block = (size_t)trainer->model.block_floats * sizeof(float);
    size_t sum = block * (1 + (size_t)trainer->update.moment_count);
    for (int64_t i = 0; i < trainer->config->train.shards; i++)
        sum += trainer->shards[i].memory_size;
    for (int i = 0; i < trainer->threads; i++)
        sum += trainer->evaluators[i].memory_size;
    if (trainer->norms)
        sum += (size_t)(trainer->config->train.shards * trainer->model.norm_count) * sizeof(double);
    return sum + (size_t)largest_split(trainer->data) * 4 * sizeof(float);
}

/* The time that the schedule knows: it begins behind the warm-up. */
static struct schedule_time schedule_time_of(const struct trainer *trainer)
{
    int64_t warmup = trainer->config->train.warmup.steps;
    int64_t step = trainer->step - warmup, steps = trainer->steps - warmup;
    return (struct schedule_time){.step = step > 0 ? step : 0,
                                  .steps = steps > 0 ? steps : 0,
                                  .steps_per_epoch = batches_steps_per_epoch(&trainer->batches)};
}

/* A rate that is none would show as a loss that is none, steps later. */
static double checked(const struct trainer *trainer, const struct module *module, const char *what,
                      double value)
{
    if (isfinite(value) && value >= 0)
        return value;
    hook_condemn(module, "gave %g as %s of step %" PRId64 ", which must be finite and not negative",
                 value, what, trainer->step + 1);
}

static double ask_schedule(const struct trainer *trainer)
{
    const struct train_config *train = &trainer->config->train;
    struct schedule_time time = schedule_time_of(trainer);
    HOOK(train->schedule.module);
    double factor =
        schedule_of(trainer)->factor(train->schedule.params, trainer->schedule_state, &time);
    return checked(trainer, train->schedule.module, "the rate's factor", factor);
}

static double ask_optimizer(const struct trainer *trainer)
{
    const struct train_config *train = &trainer->config->train;
    HOOK(train->optimizer.module);
    double rate = optimizer_of(trainer)->rate(train->optimizer.params);
    return checked(trainer, train->optimizer.module, "the base rate", rate);
}

double trainer_rate(const struct trainer *trainer)
{
    const struct train_config *train = &trainer->config->train;
    double factor = ask_schedule(trainer);
    if (trainer->step < train->warmup.steps)
        factor *= train->warmup.from +
                  (1 - train->warmup.from) * (double)trainer->step / (double)train->warmup.steps;
    return factor * ask_optimizer(trainer);
}

void trainer_observe(struct trainer *trainer, const char *metric, double value)
{
    const struct schedule *schedule = schedule_of(trainer);
    const void *params = trainer->config->train.schedule.params;
    if (!schedule->observe || trainer->step < trainer->config->train.warmup.steps)
        return;
    HOOK(&schedule->module);
    const char *watched = schedule->watches(params);
    if (!watched || !text_equal(watched, metric))
        return;
    struct schedule_time time = schedule_time_of(trainer);
    schedule->observe(params, trainer->schedule_state, &time, value);
}

static int64_t count_correct(const struct workspace *workspace, const float *logits, int64_t count)
{
    int64_t classes = workspace->model->classes, correct = 0;
    PART(HEAD);
    for (int64_t i = 0; i < count; i++)
        correct += model_argmax(logits + i * classes, classes) == workspace->labels[i];
    return correct;
}

/* Orders INDICES [count] of SPLIT, loads them into WORKSPACE and tells PASS of their lengths. */
static void load_examples(const struct data *data, enum split split, int32_t *indices,
                          int64_t count, struct workspace *workspace, struct pass *pass)
{
    if (data_order(data, split, indices, count, workspace->lengths, workspace->keys))
        pass->lengths = workspace->lengths;
    if (workspace->lengths)
        pass->steps = workspace->lengths[0];
    data_gather(data, split, indices, count, workspace->inputs, workspace->labels);
}

/* Forward and backward of one shard: examples [from, to) of the step's batch. NORMS is the shard's
 * block, or NULL. */
static void run_shard(struct trainer *trainer, int64_t shard, int64_t count, double *norms)
{
    int64_t shards = trainer->config->train.shards;
    int64_t from = shard * count / shards, to = (shard + 1) * count / shards;
    struct workspace *workspace = &trainer->shards[shard];
    PART(OPTIMIZER);
    memset(workspace->gradient, 0, (size_t)trainer->model.block_floats * sizeof(float));
    PART(REST);
    trainer->shard_correct[shard] = 0;
    if (norms) /* for a shard without examples */
        memset(norms, 0, (size_t)trainer->model.norm_count * sizeof *norms);
    if (from == to)
        return;
    struct pass pass = {.seed = (uint64_t)trainer->config->seed,
                        .step = (uint64_t)trainer->step,
                        .first_example = from,
                        .training = true,
                        .norms = norms};
    load_examples(trainer->data, SPLIT_TRAIN, trainer->indices + from, to - from, workspace, &pass);
    const float *logits = model_forward(workspace, &pass, to - from);
    model_loss(workspace, logits, to - from, 1.0f / (float)count);
    trainer->shard_correct[shard] = (int32_t)count_correct(workspace, logits, to - from);
    model_backward(workspace, &pass, to - from);
}

static void collect(const struct trainer *trainer, int64_t count, struct step_result *result)
{
    int64_t shards = trainer->config->train.shards;
    PART(HEAD);
    for (int64_t i = 0; i < shards; i++) {
        int64_t size = (i + 1) * count / shards - i * count / shards;
        for (int64_t j = 0; j < size; j++)
            result->loss_sum += (double)trainer->shards[i].losses[j];
        result->correct += trainer->shard_correct[i];
    }
}

/* How many of the batch's COUNT examples have a step that stands as many steps before their last
 * one as step PLACE stands before the data's last one. */
static int64_t count_reaching(const struct trainer *trainer, int64_t count, int64_t place)
{
    int64_t shards = trainer->config->train.shards, reaching = 0;
    for (int64_t i = 0; i < shards; i++) {
        int64_t size = (i + 1) * count / shards - i * count / shards;
        for (int64_t j = 0; j < size; j++)
            reaching += trainer->shards[i].lengths[j] + place >= trainer->data->steps;
    }
    return reaching;
}

/* Turns sums over a batch of COUNT examples that differ in length, each a COUNT-th of what its own
 * loss would give, into means over those that are long enough; where none is, into no number. */
static void average_norms(struct trainer *trainer, int64_t count)
{
    for (int64_t place = 0; place < trainer->data->steps; place++) {
        int64_t reaching = count_reaching(trainer, count, place);
        for (int i = 0; i < trainer->model.layer_count; i++) {
            const struct model_layer *layer = &trainer->model.layers[i];
            double *norms = trainer->norms + layer->first_norm + place;
            for (int64_t j = 0; layer->in.varies && j < layer->states; j++)
                norms[j * layer->in.steps] *= reaching ? (double)count / (double)reaching : NAN;
        }
    }
}

/* Adds the shards' norms up in their order. The gradients are those of the batch's mean loss, a
 * COUNT-th of what each example's own loss would give: so the sum over examples is the mean. */
static void gather_norms(struct trainer *trainer, int64_t count)
{
    int64_t norm_count = trainer->model.norm_count;
    for (int64_t shard = 1; shard < trainer->config->train.shards; shard++)
        for (int64_t i = 0; i < norm_count; i++)
            trainer->norms[i] += trainer->norms[shard * norm_count + i];
    if (trainer->model.in.varies)
        average_norms(trainer, count);
}

static void step(struct trainer *trainer, unsigned wants, struct step_result *result)
{
    int64_t shards = trainer->config->train.shards, norm_count = trainer->model.norm_count;
    bool wants_flow = wants & STEP_FLOW && trainer->norms;
    int64_t count = batches_at(&trainer->batches, trainer->step, trainer->indices);
#pragma omp parallel for num_threads(trainer->threads) schedule(static, 1) if (shards > 1)
    for (int64_t i = 0; i < shards; i++) {
        subnormals_set(flushes(trainer));
        run_shard(trainer, i, count, wants_flow ? trainer->norms + i * norm_count : NULL);
    }
    if (wants_flow)
        gather_norms(trainer, count);
    *result =
        (struct step_result){.count = count, .rate = trainer_rate(trainer), .gradient_norm = NAN};
    collect(trainer, count, result);
    if (!isfinite(result->loss_sum))
        return;
    result->gradient_norm =
        update_step(&trainer->update, trainer->model.weights, trainer->gradients, shards,
                    result->rate, trainer->step + 1, wants & STEP_NORM);
    trainer->step++;
}

/* Threads are told at each piece of work; this one computes with subnormals again at the end. */
void trainer_step(struct trainer *trainer, unsigned wants, struct step_result *result)
{
    step(trainer, wants, result);
    subnormals_set(false);
}

/* Examples [FROM, TO) of an evaluation of SPLIT, whose numbers stand in
 * example_predictions.predicted until the predictions take their place. */
static void evaluate_part(struct trainer *trainer, struct workspace *workspace, enum split split,
                          int64_t from, int64_t to)
{
    const struct model *model = &trainer->model;
    struct predictions *predictions = &trainer->example_predictions;
    struct pass pass = {.training = false};
    load_examples(trainer->data, split, predictions->predicted + from, to - from, workspace, &pass);
    const float *logits = model_forward(workspace, &pass, to - from);
    model_loss(workspace, logits, to - from, 1.0f);
    for (int64_t j = 0; j < to - from; j++) {
        const float *row = logits + j * model->classes;
        int32_t predicted = model_argmax(row, model->classes);
        int64_t i = from + (pass.lengths ? data_place(workspace->keys[j]) : j);
        trainer->example_losses[i] = workspace->losses[j];
        predictions->labels[i] = workspace->labels[j];
        predictions->predicted[i] = predicted;
        HOOK(&model->loss->module);
        model->loss->probabilities(model->loss_params, row, 1, model->classes,
                                   workspace->probabilities);
        predictions->probabilities[i] = workspace->probabilities[predicted];
        if (trainer->class_probabilities)
            memcpy(trainer->class_probabilities + i * model->classes, workspace->probabilities,
                   (size_t)model->classes * sizeof(float));
    }
    guards_check(&workspace->guards, &model->loss->module);
}

void trainer_evaluate(struct trainer *trainer, enum split split, int64_t limit, int64_t number,
                      struct evaluation *evaluation, struct predictions *predictions)
{
    const struct train_config *train = &trainer->config->train;
    int64_t total = trainer->data->splits[split].count, count = evaluation_size(limit, total);
    int64_t part = train->evaluate.batch, parts = (count + part - 1) / part;
    evaluation_indices(train->evaluate.take, limit, total, number, 0, count,
                       trainer->example_predictions.predicted);
#pragma omp parallel for num_threads(trainer->threads) schedule(static) if (trainer->threads > 1)
    for (int64_t i = 0; i < parts; i++) {
        int64_t to = (i + 1) * part < count ? (i + 1) * part : count;
        subnormals_set(flushes(trainer));
        evaluate_part(trainer, &trainer->evaluators[omp_get_thread_num()], split, i * part, to);
    }
    subnormals_set(false);
    double loss = 0;
    int64_t correct = 0;
    const struct predictions *all = &trainer->example_predictions;
    for (int64_t i = 0; i < count; i++) {
        loss += (double)trainer->example_losses[i];
        correct += all->predicted[i] == all->labels[i];
    }
    *evaluation = (struct evaluation){
        .count = count, .loss = loss / (double)count, .accuracy = (double)correct / (double)count};
    if (predictions) {
        *predictions = *all;
        predictions->split = config_split_names[split];
        predictions->count = count;
    }
}
