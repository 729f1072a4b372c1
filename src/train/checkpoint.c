#include "train/checkpoint.h"

#include "base/memory.h"
#include "base/text.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Adds the parameters of a block under PREFIX. Vectors have one dimension. */
static void add_block(struct safetensors_writer *writer, const struct model *model,
                      const char *prefix, const float *block)
{
    for (int i = 0; i < model->parameter_count; i++) {
        const struct parameter *parameter = &model->parameters[i];
        char *name = text_format("%s%s", prefix, parameter->name);
        int64_t shape[2] = {parameter->tensor.rows, parameter->tensor.columns};
        safetensors_add(writer, name, shape[1] ? 2 : 1, shape, block + parameter->offset);
        memory_free(name);
    }
}

static char *moment_prefix(const struct trainer *trainer, int index)
{
    const struct optimizer *optimizer =
        (const struct optimizer *)trainer->config->train.optimizer.module;
    return text_format("optimizer.%s.", optimizer->moments[index]);
}

/* Plain numbers in a fixed order; reals in hexadecimal, so that they come back exactly. */
static char *format_state(const struct loop_state *state)
{
    return text_format("log_loss=%a log_correct=%" PRId64 " log_count=%" PRId64 " examples=%" PRId64
                       " evaluations=%" PRId64 " best=%a best_step=%" PRId64 " waited=%" PRId64,
                       state->log_loss, state->log_correct, state->log_count, state->examples,
                       state->evaluations, state->best, state->best_step, state->waited);
}

static int parse_state(const char *text, struct loop_state *state)
{
    return sscanf(text,
                  "log_loss=%la log_correct=%" SCNd64 " log_count=%" SCNd64 " examples=%" SCNd64
                  " evaluations=%" SCNd64 " best=%la best_step=%" SCNd64 " waited=%" SCNd64,
                  &state->log_loss, &state->log_correct, &state->log_count, &state->examples,
                  &state->evaluations, &state->best, &state->best_step, &state->waited) == 8
               ? 0
               : -1;
}

static size_t schedule_size(const struct trainer *trainer)
{
    return trainer->config->train.schedule.module->state_size;
}

static char *format_schedule(const struct trainer *trainer)
{
    const unsigned char *bytes = trainer->schedule_state;
    struct text text = {0};
    for (size_t i = 0; i < schedule_size(trainer); i++)
        text_add_format(&text, "%02x", bytes[i]);
    return text_take(&text);
}

static int parse_schedule(struct trainer *trainer, const char *text)
{
    unsigned char *bytes = trainer->schedule_state;
    if (strlen(text) != 2 * schedule_size(trainer))
        return -1;
    for (size_t i = 0; i < schedule_size(trainer); i++)
        if (sscanf(text + 2 * i, "%2hhx", &bytes[i]) != 1)
            return -1;
    return 0;
}

int checkpoint_write(const struct trainer *trainer, const struct loop_state *state,
                     const float *best_weights, const char *path, char hash[HASH_TEXT_SIZE],
                     struct error *error)
{
    struct safetensors_writer *writer = safetensors_writer_new();
    char step[24];
    snprintf(step, sizeof step, "%" PRId64, trainer->step);
    char *loop = format_state(state), *schedule = format_schedule(trainer);
    safetensors_add_text(writer, "format", "unroll 1");
    safetensors_add_text(writer, "config", trainer->config->canonical);
    safetensors_add_text(writer, "step", step);
    safetensors_add_text(writer, "loop", loop);
    safetensors_add_text(writer, "schedule", schedule);
    add_block(writer, &trainer->model, "", trainer->model.weights);
    for (int i = 0; i < trainer->update.moment_count; i++) {
        char *prefix = moment_prefix(trainer, i);
        add_block(writer, &trainer->model, prefix, trainer->update.moments[i]);
        memory_free(prefix);
    }
    if (best_weights)
        add_block(writer, &trainer->model, "best.", best_weights);
    int result = safetensors_write(writer, path, hash, error);
    safetensors_writer_free(writer);
    memory_free(loop);
    memory_free(schedule);
    return result;
}

static int read_block(const struct safetensors *file, const struct model *model, const char *prefix,
                      float *block, const char *path, struct error *error)
{
    for (int i = 0; i < model->parameter_count; i++) {
        const struct parameter *parameter = &model->parameters[i];
        char *name = text_format("%s%s", prefix, parameter->name);
        const struct safetensors_tensor *tensor = safetensors_find(file, name);
        int result = 0;
        if (!tensor)
            result = error_set(error, ERROR_DATA, "%s: has no tensor %s", path, name);
        else if (tensor->count != parameter->size || tensor->shape[0] != parameter->tensor.rows)
            result = error_set(error, ERROR_DATA,
                               "%s: tensor %s has %" PRId64 " values in %" PRId64
                               " rows, the network needs %" PRId64 " in %" PRId64,
                               path, name, tensor->count, tensor->shape[0], parameter->size,
                               parameter->tensor.rows);
        else
            memcpy(block + parameter->offset, tensor->data,
                   (size_t)parameter->size * sizeof(float));
        memory_free(name);
        if (result)
            return result;
    }
    return 0;
}

static int read_metadata(struct trainer *trainer, struct loop_state *state,
                         const struct safetensors *file, const char *path, struct error *error)
{
    const char *config = safetensors_find_text(file, "config");
    const char *step = safetensors_find_text(file, "step");
    const char *loop = safetensors_find_text(file, "loop");
    const char *schedule = safetensors_find_text(file, "schedule");
    if (!config || !step || !loop || !schedule)
        return error_set(error, ERROR_DATA, "%s: is not a checkpoint of Unroll", path);
    if (!text_equal(config, trainer->config->canonical))
        return error_set(error, ERROR_DATA, "%s: belongs to another config", path);
    char *end;
    trainer->step = strtoll(step, &end, 10);
    if (end == step || *end || trainer->step < 0 || trainer->step > trainer->steps ||
        parse_state(loop, state) || parse_schedule(trainer, schedule))
        return error_set(error, ERROR_DATA, "%s: its training state cannot be read", path);
    return 0;
}

int checkpoint_read(struct trainer *trainer, struct loop_state *state, float *best_weights,
                    const char *path, const char *hash, struct error *error)
{
    struct safetensors file;
    if (safetensors_open(&file, path, hash, error))
        return -1;
    const struct model *model = &trainer->model;
    int result = read_metadata(trainer, state, &file, path, error);
    if (result == 0)
        result = read_block(&file, model, "", model->weights, path, error);
    for (int i = 0; result == 0 && i < trainer->update.moment_count; i++) {
        char *prefix = moment_prefix(trainer, i);
        result = read_block(&file, model, prefix, trainer->update.moments[i], path, error);
        memory_free(prefix);
    }
    if (result == 0 && best_weights && state->best_step > 0)
        result = read_block(&file, model, "best.", best_weights, path, error);
    safetensors_close(&file);
    return result;
}

int checkpoint_read_weights(struct model *model, const char *path, const char *hash,
                            struct error *error)
{
    struct safetensors file;
    if (safetensors_open(&file, path, hash, error))
        return -1;
    int result = read_block(&file, model, "", model->weights, path, error);
    safetensors_close(&file);
    return result;
}
