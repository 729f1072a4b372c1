#include "train/batches.h"

#include "base/memory.h"
#include "base/parts.h"
#include "math/random.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

int batches_measure(struct batches *batches, const struct data_config *config, int64_t count,
                    int64_t batch, struct error *error)
{
    *batches = (struct batches){.order = config->order,
                                .drop_last = config->drop_last,
                                .count = count,
                                .batch = batch,
                                .epochs = {-1, -1}};
    if (config->order == ORDER_TF && config->drop_last)
        return error_set(error, ERROR_USAGE,
                         "data.drop_last: order tf has no smaller last batch to leave out; remove "
                         "drop_last or choose another order");
    if (batch > count && (config->order == ORDER_TF || config->drop_last))
        return error_set(error, ERROR_USAGE,
                         "train.batch: %" PRId64 " is more than the %" PRId64
                         " training examples, and %s needs full batches",
                         batch, count, config->drop_last ? "data.drop_last" : "data.order tf");
    return 0;
}

int batches_init(struct batches *batches, uint64_t seed, const struct data_config *config,
                 int64_t count, int64_t batch, struct error *error)
{
    if (batches_measure(batches, config, count, batch, error))
        return -1;
    batches->seed = seed;
    for (int i = 0; i < 2; i++) {
        void *order;
        if (memory_try(&order, (size_t)count * sizeof(int32_t), "the order of examples", error)) {
            batches_release(batches);
            return -1;
        }
        batches->orders[i] = order;
    }
    return 0;
}

void batches_release(struct batches *batches)
{
    memory_free(batches->orders[0]);
    memory_free(batches->orders[1]);
    *batches = (struct batches){0};
}

/* The order of EPOCH [count]. Neighbouring epochs have different places, so that a batch across
 * an epoch's end shuffles nothing twice. */
static const int32_t *order_of(struct batches *batches, int64_t epoch)
{
    int place = (int)(epoch & 1);
    int32_t *order = batches->orders[place];
    if (batches->order == ORDER_FILE && batches->epochs[place] >= 0)
        return order;
    if (batches->epochs[place] != epoch) {
        for (int64_t i = 0; i < batches->count; i++)
            order[i] = (int32_t)i;
        if (batches->order != ORDER_FILE) {
            struct random_stream stream;
            random_open(&stream, batches->seed, RANDOM_SHUFFLE, 0, (uint32_t)epoch);
            random_shuffle(&stream, order, batches->count);
        }
        batches->epochs[place] = epoch;
    }
    return order;
}

int64_t batches_steps_per_epoch(const struct batches *batches)
{
    int64_t whole = batches->count / batches->batch;
    return batches->drop_last || batches->count % batches->batch == 0 ? whole : whole + 1;
}

int64_t batches_at(struct batches *batches, int64_t step, int32_t *indices)
{
    int64_t epoch, begin, wanted = batches->batch, done = 0;
    PART(GATHER);
    if (batches->order == ORDER_TF) {
        epoch = step * batches->batch / batches->count;
        begin = step * batches->batch % batches->count;
    } else {
        int64_t steps = batches_steps_per_epoch(batches);
        epoch = step / steps;
        begin = step % steps * batches->batch;
        if (wanted > batches->count - begin)
            wanted = batches->count - begin;
    }
    while (done < wanted) {
        int64_t piece = batches->count - begin;
        if (piece > wanted - done)
            piece = wanted - done;
        memcpy(indices + done, order_of(batches, epoch) + begin, (size_t)piece * sizeof *indices);
        done += piece;
        epoch++;
        begin = 0;
    }
    return wanted;
}

int64_t batches_steps(const struct batches *batches, int64_t epochs)
{
    if (batches->order != ORDER_TF)
        return epochs * batches_steps_per_epoch(batches);
    int64_t steps = (epochs * batches->count + batches->batch / 2) / batches->batch;
    return steps > 0 ? steps : 1;
}

double batches_epoch(const struct batches *batches, int64_t steps)
{
    int64_t per_epoch = batches_steps_per_epoch(batches);
    if (batches->order == ORDER_TF)
        return (double)steps * (double)batches->batch / (double)batches->count;
    int64_t used = per_epoch * batches->batch; /* of an epoch's examples */
    if (used > batches->count)
        used = batches->count;
    return (double)(steps / per_epoch) +
           (double)(steps % per_epoch * batches->batch) / (double)used;
}

bool evaluation_is_due(const struct train_config *train, const struct batches *batches,
                       int64_t step)
{
    int64_t every = train->evaluate.every;
    if (train->evaluate.unit == UNIT_EPOCHS) {
        int64_t epoch = llround(batches_epoch(batches, step));
        return epoch > 0 && epoch % every == 0 && batches_steps(batches, epoch) == step;
    }
    int64_t first = train->evaluate.first ? train->evaluate.first : every;
    return step >= first && (step - first) % every == 0;
}

int64_t evaluation_size(int64_t limit, int64_t count)
{
    return limit == 0 || limit > count ? count : limit;
}

void evaluation_indices(int take, int64_t limit, int64_t count, int64_t number, int64_t from,
                        int64_t n, int32_t *indices)
{
    int64_t begin = take == TAKE_NEXT ? number % count * evaluation_size(limit, count) : 0;
    for (int64_t i = 0; i < n; i++)
        indices[i] = (int32_t)((begin + from + i) % count);
}
