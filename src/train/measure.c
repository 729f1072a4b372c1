#include "train/measure.h"

#include "model/model.h"
#include "module/optimizer.h"
#include "train/batches.h"

static int64_t count_moments(const struct config *config)
{
    const struct optimizer *optimizer = (const struct optimizer *)config->train.optimizer.module;
    int64_t count = 0;
    while (optimizer->moments[count])
        count++;
    return count;
}

/* As trainer_memory, with what the data and the best weights take. */
static int measure_memory(const struct config *config, const struct data *data,
                          const struct model *model, int threads, int64_t *memory,
                          struct error *error)
{
    const struct train_config *train = &config->train;
    size_t shard, evaluator;
    int64_t share = (train->batch + train->shards - 1) / train->shards, largest = 0;
    if (workspace_measure(model, share, data->splits[SPLIT_TRAIN].longest, true, &shard, error) ||
        workspace_measure(model, train->evaluate.batch, data_longest(data), false, &evaluator,
                          error))
        return -1;
    for (int split = 0; split < SPLITS; split++)
        if (data->splits[split].count > largest)
            largest = data->splits[split].count;
    bool has_norms = train->diagnostics & 1u << DIAGNOSTIC_GRADIENT_FLOW;
    int64_t norms = has_norms ? model->norm_count : 0;
    int64_t blocks = 1 + count_moments(config) + (train->stop.restore == RESTORE_BEST);
    double sum = (double)(blocks * model->block_floats) * sizeof(float) +
                 (double)train->shards * (double)shard + (double)threads * (double)evaluator +
                 (double)train->shards * (double)norms * sizeof(double) +
                 (double)(largest * 4 + data->splits[SPLIT_TRAIN].count * 2) * sizeof(float) +
                 (double)data->bytes;
    *memory = sum < 0x1p62 ? (int64_t)sum : INT64_C(1) << 62;
    return 0;
}

/* How many evaluations there are before the final ones, as the loop has them. */
static int64_t count_evaluations(const struct train_config *train, const struct batches *batches,
                                 int64_t steps)
{
    int64_t every = train->evaluate.every;
    if (train->evaluate.unit == UNIT_EPOCHS)
        return (int64_t)(batches_epoch(batches, steps) + 0.5) / every;
    int64_t first = train->evaluate.first ? train->evaluate.first : every;
    return steps < first ? 0 : (steps - first) / every + 1;
}

static int64_t count_evaluated(const struct train_config *train, const struct data *data,
                               int64_t evaluations)
{
    int64_t each = 0;
    for (int split = 0; split < SPLITS; split++)
        if (train->evaluate.on & 1u << split)
            each += evaluation_size(train->evaluate.limit, data->splits[split].count);
    bool has_train = train->evaluate.on & 1u << SPLIT_TRAIN; /* among the finals, too */
    return evaluations * each + data->splits[SPLIT_VALIDATION].count +
           data->splits[SPLIT_TEST].count + (has_train ? data->splits[SPLIT_TRAIN].count : 0);
}

int measure_run(const struct config *config, const struct data *data, int threads,
                struct run_size *size, struct error *error)
{
    const struct train_config *train = &config->train;
    struct sequence in = {.steps = data->steps,
                          .features = data->features,
                          .reversed_from = data->features,
                          .varies = data->shortest < data->steps};
    struct batches batches;
    struct model model;
    *size = (struct run_size){0};
    if (batches_measure(&batches, &config->data, data->splits[SPLIT_TRAIN].count, train->batch,
                        error) ||
        model_measure(&model, config, in, data->content.classes, error))
        return -1;
    size->steps = train->steps ? train->steps : batches_steps(&batches, train->epochs);
    size->parameters = model.weight_count;
    size->operations = model.training_operations * (double)train->batch;
    size->evaluated = count_evaluated(train, data, count_evaluations(train, &batches, size->steps));
    int result = measure_memory(config, data, &model, threads, &size->memory, error);
    model_release(&model);
    return result;
}
