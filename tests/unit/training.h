/* A config from text with its data and its trainer, for tests of training; digits are the data. */
#ifndef UNROLL_TESTS_UNIT_TRAINING_H
#define UNROLL_TESTS_UNIT_TRAINING_H

#include "train/trainer.h"
#include "unit/config_text.h"

#include <string.h>

/* A whole training but for its loop. */
struct lesson {
    struct config config;
    struct data data;
    struct trainer trainer;
};

static inline void lesson_open(struct lesson *lesson, const char *text, int threads)
{
    struct error error = {0};
    *lesson = (struct lesson){0};
    assert_int_equal(config_from_text(&lesson->config, text), 0);
    if (data_open(&lesson->data, &lesson->config.data, "/nonexistent", &error) ||
        trainer_init(&lesson->trainer, &lesson->config, &lesson->data, threads, &error))
        fail_msg("%s", error.text);
}

static inline void lesson_close(struct lesson *lesson)
{
    trainer_release(&lesson->trainer);
    data_release(&lesson->data);
    config_release(&lesson->config);
}

/* STEPS steps; returns the last one's mean loss. */
static inline double lesson_train(struct lesson *lesson, int steps)
{
    struct step_result result = {0};
    for (int i = 0; i < steps; i++)
        trainer_step(&lesson->trainer, 0, &result);
    return result.loss_sum / (double)result.count;
}

static inline size_t lesson_block_size(const struct lesson *lesson)
{
    return (size_t)lesson->trainer.model.block_floats * sizeof(float);
}

/* Same step, weights, moments and schedule state, to the last bit. */
static inline void assert_same_state(const struct lesson *a, const struct lesson *b)
{
    size_t size = lesson_block_size(a);
    assert_int_equal(a->trainer.step, b->trainer.step);
    assert_int_equal(size, lesson_block_size(b));
    assert_memory_equal(a->trainer.model.weights, b->trainer.model.weights, size);
    assert_int_equal(a->trainer.update.moment_count, b->trainer.update.moment_count);
    for (int i = 0; i < a->trainer.update.moment_count; i++)
        assert_memory_equal(a->trainer.update.moments[i], b->trainer.update.moments[i], size);
    size_t state = a->config.train.schedule.module->state_size;
    if (state)
        assert_memory_equal(a->trainer.schedule_state, b->trainer.schedule_state, state);
}

#endif
