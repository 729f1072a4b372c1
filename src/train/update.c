#include "train/update.h"

#include "base/hash.h"
#include "base/memory.h"
#include "base/parts.h"
#include "math/block.h"
#include "math/subnormals.h"
#include "module/hook.h"

#include <math.h>
#include <string.h>

/* Large enough that sharing it out is nothing beside the work, a multiple of every vector. */
enum { PIECE_FLOATS = 16384 };

static void cut(struct update *update, const struct model *model)
{
    for (int i = 0; i < model->parameter_count; i++) {
        const struct parameter *parameter = &model->parameters[i];
        for (int64_t at = 0; at < parameter->size; at += PIECE_FLOATS) {
            int64_t left = parameter->size - at;
            update->pieces[update->count++] =
                (struct update_piece){.from = parameter->offset + at,
                                      .size = left < PIECE_FLOATS ? left : PIECE_FLOATS,
                                      .decays = parameter->tensor.decays};
        }
    }
}

int update_init(struct update *update, const struct train_config *train, const struct model *model,
                int threads, struct error *error)
{
    const struct optimizer *optimizer = (const struct optimizer *)train->optimizer.module;
    *update = (struct update){.train = train, .threads = threads};
    int64_t most = model->block_floats / PIECE_FLOATS + model->parameter_count;
    update->pieces = memory_array((size_t)most, sizeof *update->pieces);
    cut(update, model);
    for (int i = 0; optimizer->moments[i]; i++) {
        void *moments;
        if (memory_try(&moments, (size_t)model->block_floats * sizeof(float),
                       "the optimizer's moments", error)) {
            update_release(update);
            return -1;
        }
        update->moments[update->moment_count++] = moments;
        model_guard(model, &update->guards, moments, optimizer->moments[i]);
    }
    model_guard(model, &update->guards, model->weights, "weights");
    return 0;
}

void update_watch(struct update *update, const struct model *model, float *gradient)
{
    model_guard(model, &update->guards, gradient, "gradients");
}

void update_release(struct update *update)
{
    for (int i = 0; i < update->moment_count; i++)
        memory_free(update->moments[i]);
    memory_free(update->pieces);
    guards_release(&update->guards);
    *update = (struct update){0};
}

/* Adds the shards' gradients in their order, clips by value, and sums up squares before and after:
 * the norm that is reported is the one before, the norm that is limited the one after. */
static void gather_piece(const struct update *update, struct update_piece *piece,
                         float *const *gradients, int64_t count, bool wants_norm)
{
    float *sum = gradients[0] + piece->from;
    for (int64_t i = 1; i < count; i++)
        block_add(piece->size, gradients[i] + piece->from, sum);
    if (wants_norm)
        piece->squares = block_sum_squares(piece->size, sum);
    if (update->train->clip.value > 0)
        block_clamp(piece->size, (float)update->train->clip.value, sum);
    if (update->train->clip.norm > 0)
        piece->clipped_squares = block_sum_squares(piece->size, sum);
}

static void update_piece(const struct update *update, const struct update_piece *piece,
                         float *weights, float *gradient, float factor, double rate, int64_t step)
{
    const struct train_config *train = update->train;
    const struct optimizer *optimizer = (const struct optimizer *)train->optimizer.module;
    float *moments[OPTIMIZER_MOMENTS + 1] = {NULL};
    for (int i = 0; i < update->moment_count; i++)
        moments[i] = update->moments[i] + piece->from;
    if (factor != 1)
        block_scale(piece->size, factor, gradient + piece->from);
    if (train->weight_decay > 0 && piece->decays)
        block_add_scaled(piece->size, (float)train->weight_decay, weights + piece->from,
                         gradient + piece->from);
    char before[HASH_TEXT_SIZE], behind[HASH_TEXT_SIZE];
    HOOK(train->optimizer.module);
    guards_look(&update->guards, gradient + piece->from, piece->size, before);
    optimizer->update(train->optimizer.params, weights + piece->from, gradient + piece->from,
                      moments, piece->size, rate, step, piece->decays);
    guards_look(&update->guards, gradient + piece->from, piece->size, behind);
    if (strcmp(before, behind) != 0)
        hook_condemn(train->optimizer.module, "changed `gradients`, which is const");
}

double update_step(struct update *update, float *weights, float *const *gradients, int64_t count,
                   double rate, int64_t step, bool wants_norm)
{
    struct update_piece *pieces = update->pieces;
    bool flushes = update->train->subnormals == SUBNORMALS_FLUSH;
    double limit = update->train->clip.norm, squares = 0, clipped_squares = 0;
    wants_norm |= limit > 0;
    PART(OPTIMIZER);
#pragma omp parallel for num_threads(update->threads) schedule(static) if (update->threads > 1)
    for (int64_t i = 0; i < update->count; i++) {
        subnormals_set(flushes);
        gather_piece(update, &pieces[i], gradients, count, wants_norm);
    }
    for (int64_t i = 0; i < update->count; i++) {
        squares += pieces[i].squares;
        clipped_squares += pieces[i].clipped_squares;
    }
    double norm = sqrt(clipped_squares);
    float factor = limit > 0 && norm > limit ? (float)(limit / norm) : 1;
    guards_close(&update->guards);
#pragma omp parallel for num_threads(update->threads) schedule(static) if (update->threads > 1)
    for (int64_t i = 0; i < update->count; i++) {
        subnormals_set(flushes);
        update_piece(update, &pieces[i], weights, gradients[0], factor, rate, step);
    }
    guards_check(&update->guards, update->train->optimizer.module);
    return wants_norm ? sqrt(squares) : NAN;
}
