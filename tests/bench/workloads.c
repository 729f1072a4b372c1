#include "bench/workloads.h"

#include "base/clock.h"
#include "base/file.h"
#include "base/memory.h"
#include "base/text.h"
#include "bench/samples.h"
#include "math/isa.h"
#include "math/matrix.h"
#include "math/random.h"

#include <cblas.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { IMAGES = 2000, SIDE = 28, PEAK_SIZE = 2048 };

const struct workload workloads[WORKLOADS] = {
    {"LSTM 128, batch 100", "{cell: lstm, units: 128}", "lstm 128 1 0 0", 100},
    {"LSTM 100, batch 50", "{cell: lstm, units: 100}", "lstm 100 1 0 0", 50},
    {"2 LSTM 100, batch 50", "{cell: lstm, units: 100, layers: 2}", "lstm 100 2 0 0", 50},
    {"3 LSTM 256, dropout, batch 100", "{cell: lstm, units: 256, layers: 3, dropout: 0.5}",
     "lstm 256 3 0.5 0", 100},
    {"LSTM 64, batch 32", "{cell: lstm, units: 64}", "lstm 64 1 0 0", 32},
    {"BiLSTM 128, batch 32", "{cell: bilstm, units: 128}", "lstm 128 1 0 1", 32},
    {"RNN 128, batch 100", "{cell: rnn, units: 128}", "rnn 128 1 0 0", 100},
    {"GRU 128, batch 100", "{cell: gru, units: 128}", "gru 128 1 0 0", 100},
};

void bench_fail(const char *text)
{
    fprintf(stderr, "bench: %s\n", text);
    exit(1);
}

static void write_idx(const char *folder, const char *name, const unsigned char *header,
                      size_t head, unsigned char *bytes, size_t size)
{
    struct error error;
    char *path = file_join(folder, name);
    memcpy(bytes, header, head);
    if (file_replace(path, bytes, size, &error))
        bench_fail(error.text);
    memory_free(path);
}

/* Random images: the arithmetic is the same, and no download is needed. */
static void write_images(const char *folder)
{
    static const unsigned char images[16] = {0, 0, 8, 3,    0, 0, IMAGES >> 8, IMAGES & 255,
                                             0, 0, 0, SIDE, 0, 0, 0,           SIDE};
    static const unsigned char labels[8] = {0, 0, 8, 1, 0, 0, IMAGES >> 8, IMAGES & 255};
    size_t size = IMAGES * SIDE * SIDE;
    unsigned char *bytes = memory_array(16 + size, 1);
    struct random_stream stream;
    random_open(&stream, 1, RANDOM_TEST, 0, 0);
    for (size_t i = 0; i < size; i++)
        bytes[16 + i] = (unsigned char)(random_word(&stream) >> 24);
    write_idx(folder, "images", images, sizeof images, bytes, 16 + size);
    for (size_t i = 0; i < IMAGES; i++)
        bytes[8 + i] = (unsigned char)(i % 10);
    write_idx(folder, "labels", labels, sizeof labels, bytes, 8 + IMAGES);
    memory_free(bytes);
}

void bench_begin(struct bench *bench, int argc, char **argv)
{
    int rounds = argc > 1 ? atoi(argv[1]) : 9, only = argc > 2 ? atoi(argv[2]) : 0;
    *bench = (struct bench){.rounds = rounds < 1              ? 1
                                      : rounds > ROUNDS_LIMIT ? ROUNDS_LIMIT
                                                              : rounds,
                            .only = only,
                            .folder = "/tmp/unroll-bench-XXXXXX"};
    struct error error;
    if (!mkdtemp(bench->folder))
        bench_fail("cannot make a folder in /tmp");
    signal(SIGPIPE, SIG_IGN); /* a PyTorch that dies ends its column, not the bench */
    matrix_init();
    if (math_isa_init(&error))
        bench_fail(error.text);
    write_images(bench->folder);
}

void bench_end(const struct bench *bench)
{
    static const char *const files[] = {"images", "labels"};
    for (int i = 0; i < 2; i++) {
        char *path = file_join(bench->folder, files[i]);
        unlink(path);
        memory_free(path);
    }
    rmdir(bench->folder);
}

bool bench_wants(const struct bench *bench, int workload)
{
    return bench->only == 0 || bench->only == workload + 1;
}

void bench_print(double value, int width, int decimals)
{
    if (isfinite(value))
        printf(" %*.*f", width, decimals, value);
    else
        printf(" %*s", width, "");
}

static void load(struct config *config, const struct workload *workload, int shards,
                 const char *folder)
{
    char *text =
        text_format("data: {set: {idx: {train_images: %s/images, train_labels: %s/labels, "
                    "test_images: %s/images, test_labels: %s/labels}}}\n"
                    "model: %s\n"
                    "train: {batch: %d, steps: 1000000, shards: %d, clip: {norm: 5},\n"
                    "        optimizer: {adam: {rate: 1e-3}}}\n",
                    folder, folder, folder, folder, workload->model, workload->batch, shards);
    struct diagnostics *diagnostics = diagnostics_new();
    struct config_source source = {.path = "bench.yaml", .text = text};
    if (config_load_from(config, &source, diagnostics)) {
        diagnostics_print(diagnostics);
        bench_fail("a workload's config is wrong");
    }
    diagnostics_free(diagnostics);
    memory_free(text);
}

void session_open(struct session *session, const struct workload *workload, struct setting setting,
                  const char *folder)
{
    struct error error;
    load(&session->config, workload, setting.shards, folder);
    if (data_open(&session->data, &session->config.data, folder, &error) ||
        trainer_init(&session->trainer, &session->config, &session->data, setting.threads, &error))
        bench_fail(error.text);
}

void session_close(struct session *session)
{
    trainer_release(&session->trainer);
    data_release(&session->data);
    config_release(&session->config);
}

int session_warm_up(struct session *session)
{
    return (int)fmax(3, ceil(0.15 / session_train(session, 5)));
}

double session_train(struct session *session, int steps)
{
    struct step_result result;
    double begun = clock_seconds();
    for (int i = 0; i < steps; i++)
        trainer_step(&session->trainer, 0, &result);
    return (clock_seconds() - begun) / steps;
}

double session_operations(const struct session *session)
{
    return session->trainer.model.training_operations * (double)session->config.train.batch;
}

double peak_measure(int threads)
{
    static float *a, *b, *c;
    struct error error;
    size_t size = PEAK_SIZE * PEAK_SIZE * sizeof(float);
    if (!a && (memory_try((void **)&a, size, "the peak", &error) ||
               memory_try((void **)&b, size, "the peak", &error) ||
               memory_try((void **)&c, size, "the peak", &error)))
        bench_fail(error.text);
    for (size_t i = 0; i < PEAK_SIZE * PEAK_SIZE; i++) {
        a[i] = b[i] = 1.0f / (float)(i % 13 + 1);
        c[i] = 0; /* its pages must be there before the clock runs */
    }
    openblas_set_num_threads(threads);
    double begun = clock_seconds();
    matrix_multiply(false, false, PEAK_SIZE, PEAK_SIZE, PEAK_SIZE, a, PEAK_SIZE, b, PEAK_SIZE, 0, c,
                    PEAK_SIZE);
    double seconds = clock_seconds() - begun;
    openblas_set_num_threads(1);
    return 2.0 * PEAK_SIZE * PEAK_SIZE * PEAK_SIZE / seconds / 1e9;
}
