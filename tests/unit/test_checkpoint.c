/* Checkpoints: what is read back goes on to the same bits; what does not belong is refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "train/checkpoint.h"
#include "unit/temporary_folder.h"
#include "unit/training.h"

#include <math.h>

static const char text[] =
    "data: {set: digits, validation: {count: 100}, train: {limit: 100}}\n"
    "model: {cell: lstm, units: 5, dropout: 0.2}\n"
    "train: {steps: 20, batch: 30, shards: 2, optimizer: adam,\n"
    "  evaluate: {on: [validation]}, stop: {restore: best},\n"
    "  schedule: {plateau: {metric: validation.loss, patience: 0, factor: 0.5}}}\n";

/* Values that decimal digits would lose. */
static const struct loop_state odd_state = {.log_loss = 0x1.23456789abcdep-3,
                                            .log_correct = 17,
                                            .log_count = 21,
                                            .examples = INT64_C(123456789012345),
                                            .evaluations = 3,
                                            .best = 0x1.fffffffffffffp-1,
                                            .best_step = 4,
                                            .waited = 2};

static char *place(const char *name)
{
    return file_join(folder, name);
}

static void assert_same_loop(const struct loop_state *a, const struct loop_state *b)
{
    assert_true(a->log_loss == b->log_loss && a->best == b->best);
    assert_int_equal(a->log_correct, b->log_correct);
    assert_int_equal(a->log_count, b->log_count);
    assert_int_equal(a->examples, b->examples);
    assert_int_equal(a->evaluations, b->evaluations);
    assert_int_equal(a->best_step, b->best_step);
    assert_int_equal(a->waited, b->waited);
}

/* Some steps, and evaluations that make the schedule drop. */
static void train_a_while(struct lesson *lesson)
{
    lesson_train(lesson, 7);
    for (int i = 0; i < 3; i++)
        trainer_observe(&lesson->trainer, "validation.loss", 1.0 + i);
}

static void test_goes_on_to_the_same_bits(void **state)
{
    (void)state;
    struct lesson whole, resumed;
    struct error error;
    struct loop_state loop = {0};
    char hash[HASH_TEXT_SIZE], *path = place("round.safetensors");
    lesson_open(&whole, text, 1);
    lesson_open(&resumed, text, 1);
    train_a_while(&whole);
    assert_true(trainer_rate(&whole.trainer) < trainer_rate(&resumed.trainer));
    float *best = memory_new(lesson_block_size(&whole));
    float *read = memory_new(lesson_block_size(&whole));
    for (int64_t i = 0; i < whole.trainer.model.parameter_count; i++)
        best[whole.trainer.model.parameters[i].offset] = (float)i + 0.5f;
    assert_int_equal(checkpoint_write(&whole.trainer, &odd_state, best, path, hash, &error), 0);
    if (checkpoint_read(&resumed.trainer, &loop, read, path, hash, &error))
        fail_msg("%s", error.text);
    assert_same_loop(&loop, &odd_state);
    assert_memory_equal(read, best, lesson_block_size(&whole));
    assert_same_state(&whole, &resumed);
    lesson_train(&whole, 6);
    lesson_train(&resumed, 6);
    assert_same_state(&whole, &resumed);
    memory_free(best);
    memory_free(read);
    memory_free(path);
    lesson_close(&resumed);
    lesson_close(&whole);
}

/* What is no number must come back too: the best loss may be one. */
static void test_infinite_values_come_back(void **state)
{
    (void)state;
    static const double values[] = {INFINITY, -INFINITY, NAN, -0.0, 0x1p-1074};
    struct lesson lesson;
    struct error error;
    char hash[HASH_TEXT_SIZE], *path = place("odd.safetensors");
    lesson_open(&lesson, text, 1);
    for (size_t i = 0; i < sizeof values / sizeof values[0]; i++) {
        struct loop_state loop = odd_state, read;
        loop.best = loop.log_loss = values[i];
        loop.best_step = 0;
        assert_int_equal(checkpoint_write(&lesson.trainer, &loop, NULL, path, hash, &error), 0);
        assert_int_equal(checkpoint_read(&lesson.trainer, &read, NULL, path, hash, &error), 0);
        assert_true(isnan(values[i]) ? isnan(read.best) : read.best == values[i]);
        assert_int_equal(signbit(read.best), signbit(values[i]));
        assert_int_equal(read.waited, odd_state.waited);
    }
    memory_free(path);
    lesson_close(&lesson);
}

static void test_bytes_depend_on_the_state_alone(void **state)
{
    (void)state;
    struct lesson lessons[2];
    struct error error;
    char hashes[2][HASH_TEXT_SIZE];
    for (int i = 0; i < 2; i++) {
        char *path = place(i ? "second" : "first");
        lesson_open(&lessons[i], text, i + 1);
        train_a_while(&lessons[i]);
        assert_int_equal(
            checkpoint_write(&lessons[i].trainer, &odd_state, NULL, path, hashes[i], &error), 0);
        lesson_close(&lessons[i]);
        memory_free(path);
    }
    assert_string_equal(hashes[0], hashes[1]);
}

static void test_weights_alone(void **state)
{
    (void)state;
    struct lesson lesson, other;
    struct error error;
    char hash[HASH_TEXT_SIZE], *path = place("weights.safetensors");
    lesson_open(&lesson, text, 1);
    train_a_while(&lesson);
    assert_int_equal(checkpoint_write(&lesson.trainer, &odd_state, NULL, path, hash, &error), 0);
    lesson_open(&other, text, 1);
    assert_int_equal(checkpoint_read_weights(&other.trainer.model, path, hash, &error), 0);
    assert_memory_equal(other.trainer.model.weights, lesson.trainer.model.weights,
                        lesson_block_size(&lesson));
    assert_int_equal(other.trainer.step, 0);
    memory_free(path);
    lesson_close(&other);
    lesson_close(&lesson);
}

static void assert_unreadable(struct lesson *lesson, float *best, const char *path,
                              const char *hash, const char *complaint)
{
    struct error error = {0};
    struct loop_state loop;
    assert_int_equal(checkpoint_read(&lesson->trainer, &loop, best, path, hash, &error), -1);
    if (!strstr(error.text, complaint) || !strstr(error.text, path))
        fail_msg("expected `%s: ...%s` in: %s", path, complaint, error.text);
    assert_int_equal(error.code, ERROR_DATA);
}

static void test_other_config(void **state)
{
    (void)state;
    struct lesson lesson, other;
    struct error error;
    char hash[HASH_TEXT_SIZE], *path = place("other.safetensors"), *changed;
    lesson_open(&lesson, text, 1);
    assert_int_equal(checkpoint_write(&lesson.trainer, &odd_state, NULL, path, hash, &error), 0);
    changed = text_format("%sseed: 2\n", text);
    lesson_open(&other, changed, 1);
    assert_unreadable(&other, NULL, path, hash, "belongs to another config");
    hash[0] = hash[0] == 'a' ? 'b' : 'a';
    assert_unreadable(&lesson, NULL, path, hash, "");
    memory_free(changed);
    memory_free(path);
    lesson_close(&other);
    lesson_close(&lesson);
}

static void test_no_best_weights(void **state)
{
    (void)state;
    struct lesson lesson;
    struct error error;
    char hash[HASH_TEXT_SIZE], *path = place("best.safetensors");
    lesson_open(&lesson, text, 1);
    float *best = memory_new(lesson_block_size(&lesson));
    assert_int_equal(checkpoint_write(&lesson.trainer, &odd_state, NULL, path, hash, &error), 0);
    assert_unreadable(&lesson, best, path, hash, "has no tensor best.0.weight_ih");
    memory_free(best);
    memory_free(path);
    lesson_close(&lesson);
}

/* A forged file: what is told of it, where NULL means that it is left out. */
struct forgery {
    const char *step, *loop, *schedule;
    const char *without; /* a tensor */
    const char *reshaped;
    const char *complaint;
};

static void add_tensors(struct safetensors_writer *writer, const struct lesson *lesson,
                        const char *prefix, const float *block, const struct forgery *forgery)
{
    const struct model *model = &lesson->trainer.model;
    for (int i = 0; i < model->parameter_count; i++) {
        const struct parameter *parameter = &model->parameters[i];
        char *name = text_format("%s%s", prefix, parameter->name);
        int64_t shape[2] = {parameter->tensor.rows, parameter->tensor.columns};
        if (forgery->reshaped && text_equal(name, forgery->reshaped))
            shape[0] = tensor_size(&parameter->tensor), shape[1] = 1;
        if (!forgery->without || !text_equal(name, forgery->without))
            safetensors_add(writer, name, shape[1] ? 2 : 1, shape, block + parameter->offset);
        memory_free(name);
    }
}

static void test_forgeries(void **state)
{
    (void)state;
    static const char loop[] = "log_loss=0x0p+0 log_correct=0 log_count=0 examples=0 "
                               "evaluations=0 best=0x0p+0 best_step=0 waited=0";
    char zeros[81];
    struct lesson lesson;
    lesson_open(&lesson, text, 1);
    size_t bytes = lesson.config.train.schedule.module->state_size;
    assert_true(2 * bytes < sizeof zeros);
    memset(zeros, '0', 2 * bytes);
    zeros[2 * bytes] = '\0';
    static const char unread[] = "its training state cannot be read";
    const struct forgery forgeries[] = {
        {NULL, loop, zeros, NULL, NULL, "is not a checkpoint of Unroll"},
        {"3", NULL, zeros, NULL, NULL, "is not a checkpoint of Unroll"},
        {"3", loop, NULL, NULL, NULL, "is not a checkpoint of Unroll"},
        {"", loop, zeros, NULL, NULL, unread},
        {"-1", loop, zeros, NULL, NULL, unread},
        {"21", loop, zeros, NULL, NULL, unread},
        {"3x", loop, zeros, NULL, NULL, unread},
        {"99999999999999999999999", loop, zeros, NULL, NULL, unread},
        {"3", "log_loss=0x0p+0 log_correct=0", zeros, NULL, NULL, unread},
        {"3", loop, "00", NULL, NULL, unread},
        {"3", loop, "", NULL, NULL, unread},
        {"3", loop, zeros, "0.weight_hh", NULL, "has no tensor 0.weight_hh"},
        {"3", loop, zeros, "optimizer.v.0.bias", NULL, "has no tensor optimizer.v.0.bias"},
        {"3", loop, zeros, NULL, "0.weight_ih",
         "tensor 0.weight_ih has 160 values in 160 rows, the network needs 160 in 20"},
    };
    char *path = place("forged.safetensors");
    for (size_t i = 0; i < sizeof forgeries / sizeof forgeries[0]; i++) {
        const struct forgery *forgery = &forgeries[i];
        struct safetensors_writer *writer = safetensors_writer_new();
        char hash[HASH_TEXT_SIZE];
        struct error error;
        safetensors_add_text(writer, "config", lesson.config.canonical);
        if (forgery->step)
            safetensors_add_text(writer, "step", forgery->step);
        if (forgery->loop)
            safetensors_add_text(writer, "loop", forgery->loop);
        if (forgery->schedule)
            safetensors_add_text(writer, "schedule", forgery->schedule);
        add_tensors(writer, &lesson, "", lesson.trainer.model.weights, forgery);
        add_tensors(writer, &lesson, "optimizer.m.", lesson.trainer.update.moments[0], forgery);
        add_tensors(writer, &lesson, "optimizer.v.", lesson.trainer.update.moments[1], forgery);
        assert_int_equal(safetensors_write(writer, path, hash, &error), 0);
        safetensors_writer_free(writer);
        assert_unreadable(&lesson, NULL, path, hash, forgery->complaint);
    }
    memory_free(path);
    lesson_close(&lesson);
}

static void test_truncated(void **state)
{
    (void)state;
    struct lesson lesson;
    struct error error;
    char hash[HASH_TEXT_SIZE], *path = place("cut.safetensors");
    lesson_open(&lesson, text, 1);
    assert_int_equal(checkpoint_write(&lesson.trainer, &odd_state, NULL, path, hash, &error), 0);
    static const long sizes[] = {3000, 300, 8, 1, 0};
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        assert_int_equal(truncate(path, sizes[i]), 0);
        assert_unreadable(&lesson, NULL, path, hash, "");
        assert_int_equal(checkpoint_read_weights(&lesson.trainer.model, path, NULL, &error), -1);
    }
    unlink(path);
    struct loop_state loop;
    assert_int_equal(checkpoint_read(&lesson.trainer, &loop, NULL, path, hash, &error), -1);
    assert_int_equal(error.code, ERROR_NOT_FOUND);
    memory_free(path);
    lesson_close(&lesson);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_goes_on_to_the_same_bits),
        cmocka_unit_test(test_infinite_values_come_back),
        cmocka_unit_test(test_bytes_depend_on_the_state_alone),
        cmocka_unit_test(test_weights_alone),
        cmocka_unit_test(test_other_config),
        cmocka_unit_test(test_no_best_weights),
        cmocka_unit_test(test_forgeries),
        cmocka_unit_test(test_truncated),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
