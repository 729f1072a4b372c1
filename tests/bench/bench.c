/* How fast training is: whole steps (gather, forward, loss, backward, clip, update) of eight
 * networks on 28 steps of 28 inputs, on one and on two threads, beside the processor's matrix
 * multiply and, where it is installed, beside PyTorch. Measures in turns, so that a machine whose
 * speed drifts treats all alike, and quotes medians. tests/bench/README.md explains the columns.
 *
 *     bench [ROUNDS [WORKLOAD]]      WORKLOAD: a number from 1, 0 for all
 *
 * PYTHON names the Python that has PyTorch (python3; "none" leaves the column empty). */
#include "base/clock.h"
#include "base/file.h"
#include "base/memory.h"
#include "base/text.h"
#include "bench/torch.h"
#include "math/isa.h"
#include "math/matrix.h"
#include "math/random.h"
#include "train/trainer.h"

#include <cblas.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

enum { IMAGES = 2000, SIDE = 28, ROUNDS_LIMIT = 1000, PEAK_SIZE = 2048 };

static const struct workload {
    const char *name, *model, *torch;
    int batch;
} workloads[] = {
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
enum { WORKLOADS = sizeof workloads / sizeof workloads[0] };

/* The ways in which a workload is trained; the second says what fixed shards cost. */
static const struct setting {
    int threads, shards;
} settings[] = {{1, 1}, {1, 2}, {2, 2}};
enum { ONE, ONE_SHARDED, TWO, SETTINGS };

struct samples {
    double values[ROUNDS_LIMIT];
    int count;
};

struct measured {
    struct samples ours[SETTINGS]; /* seconds per step */
    struct samples torch[2];       /* on one and two threads */
    struct samples peak[2];        /* GFLOP/s on one and two threads */
    double operations;             /* per step */
    double memory;                 /* bytes, one thread */
};

static int by_value(const void *a, const void *b)
{
    double left = *(const double *)a, right = *(const double *)b;
    return (left > right) - (left < right);
}

static double median(const struct samples *samples)
{
    double sorted[ROUNDS_LIMIT];
    int count = samples->count, half = count / 2;
    if (count == 0)
        return NAN;
    memcpy(sorted, samples->values, (size_t)count * sizeof *sorted);
    qsort(sorted, (size_t)count, sizeof *sorted, by_value);
    return count % 2 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
}

static void add(struct samples *samples, double value)
{
    if (isfinite(value))
        samples->values[samples->count++] = value;
}

/* The median over the rounds of a / b. */
static double median_ratio(const struct samples *a, const struct samples *b)
{
    struct samples ratios = {.count = a->count < b->count ? a->count : b->count};
    for (int i = 0; i < ratios.count; i++)
        ratios.values[i] = a->values[i] / b->values[i];
    return median(&ratios);
}

static void give_up(const char *text)
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
        give_up(error.text);
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
        give_up("a workload's config is wrong");
    }
    diagnostics_free(diagnostics);
    memory_free(text);
}

struct session {
    struct config config;
    struct data data;
    struct trainer trainer;
};

static void open_session(struct session *session, const struct workload *workload,
                         struct setting setting, const char *folder)
{
    struct error error;
    load(&session->config, workload, setting.shards, folder);
    if (data_open(&session->data, &session->config.data, folder, &error) ||
        trainer_init(&session->trainer, &session->config, &session->data, setting.threads, &error))
        give_up(error.text);
}

static void close_session(struct session *session)
{
    trainer_release(&session->trainer);
    data_release(&session->data);
    config_release(&session->config);
}

/* Seconds per step. */
static double train(struct session *session, int steps)
{
    struct step_result result;
    double begun = clock_seconds();
    for (int i = 0; i < steps; i++)
        trainer_step(&session->trainer, false, &result);
    return (clock_seconds() - begun) / steps;
}

/* GFLOP/s of a 2048³ product on THREADS threads. */
static double measure_peak(int threads)
{
    static float *a, *b, *c;
    struct error error;
    size_t size = PEAK_SIZE * PEAK_SIZE * sizeof(float);
    if (!a && (memory_try((void **)&a, size, "the peak", &error) ||
               memory_try((void **)&b, size, "the peak", &error) ||
               memory_try((void **)&c, size, "the peak", &error)))
        give_up(error.text);
    for (size_t i = 0; i < PEAK_SIZE * PEAK_SIZE; i++)
        a[i] = b[i] = 1.0f / (float)(i % 13 + 1);
    openblas_set_num_threads(threads);
    double begun = clock_seconds();
    matrix_multiply(false, false, PEAK_SIZE, PEAK_SIZE, PEAK_SIZE, a, PEAK_SIZE, b, PEAK_SIZE, 0, c,
                    PEAK_SIZE);
    double seconds = clock_seconds() - begun;
    openblas_set_num_threads(1);
    return 2.0 * PEAK_SIZE * PEAK_SIZE * PEAK_SIZE / seconds / 1e9;
}

/* What a process that does nothing but train this workload needs at most. */
static double measure_memory(const struct workload *workload, const char *folder)
{
    pid_t child = fork();
    if (child == 0) {
        struct session session;
        open_session(&session, workload, settings[ONE], folder);
        train(&session, 3);
        _exit(0);
    }
    int status;
    struct rusage usage;
    if (wait4(child, &status, 0, &usage) != child || status != 0)
        return NAN;
    return (double)usage.ru_maxrss * 1024;
}

static void measure(const struct workload *workload, const char *folder, struct torch *torch,
                    int rounds, struct measured *measured)
{
    struct session sessions[SETTINGS];
    int steps[SETTINGS];
    for (int i = 0; i < SETTINGS; i++) {
        open_session(&sessions[i], workload, settings[i], folder);
        double seconds = train(&sessions[i], 5);
        steps[i] = (int)fmax(3, ceil(0.15 / seconds));
    }
    measured->operations = sessions[ONE].trainer.model.training_operations * workload->batch;
    for (int round = 0; round < rounds; round++) {
        for (int i = 0; i < 2; i++)
            add(&measured->peak[i], measure_peak(i + 1));
        for (int i = 0; i < SETTINGS; i++)
            add(&measured->ours[i], train(&sessions[i], steps[i]));
        for (int i = 0; i < 2; i++)
            add(&measured->torch[i],
                torch_train(torch, workload->torch, workload->batch, i + 1, steps[ONE] / 4 + 1));
    }
    for (int i = 0; i < SETTINGS; i++)
        close_session(&sessions[i]);
}

/* Ours against the better of PyTorch's two thread counts. */
static double torch_ratio(const struct measured *measured, int setting)
{
    double one = median_ratio(&measured->torch[0], &measured->ours[setting]);
    double two = median_ratio(&measured->torch[1], &measured->ours[setting]);
    return fmin(one, two);
}

static void print_number(double value, int width, int decimals)
{
    if (isfinite(value))
        printf(" %*.*f", width, decimals, value);
    else
        printf(" %*s", width, "");
}

static void print_row(const struct workload *workload, const struct measured *measured)
{
    static const int shown[] = {ONE, TWO};
    for (int i = 0; i < 2; i++) {
        const struct samples *ours = &measured->ours[shown[i]];
        double seconds = median(ours), rate = measured->operations / seconds / 1e9;
        struct samples share = {.count = ours->count};
        for (int j = 0; j < ours->count; j++)
            share.values[j] =
                100 * measured->operations / ours->values[j] / 1e9 / measured->peak[i].values[j];
        printf("%-31s %7d", i ? "" : workload->name, i + 1);
        print_number(seconds * 1e3, 8, 3);
        print_number(workload->batch / seconds, 10, 0);
        print_number(rate, 8, 1);
        print_number(median(&share), 7, 1);
        print_number(i ? median_ratio(&measured->ours[ONE], ours) : NAN, 8, 2);
        print_number(i ? NAN : median_ratio(&measured->ours[ONE_SHARDED], ours), 8, 2);
        print_number(torch_ratio(measured, shown[i]), 8, 1);
        print_number(i ? NAN : measured->memory / 1e6, 8, 1);
        printf("\n");
    }
    fflush(stdout);
}

int main(int argc, char **argv)
{
    int rounds = argc > 1 ? atoi(argv[1]) : 9, only = argc > 2 ? atoi(argv[2]) : 0;
    rounds = rounds < 1 ? 1 : rounds > ROUNDS_LIMIT ? ROUNDS_LIMIT : rounds;
    char folder[] = "/tmp/unroll-bench-XXXXXX";
    struct error error;
    struct torch torch;
    struct text blas = {0};
    if (!mkdtemp(folder))
        give_up("cannot make a folder in /tmp");
    matrix_init();
    if (math_isa_init(&error))
        give_up(error.text);
    write_images(folder);
    const char *python = getenv("PYTHON");
    torch_start(&torch, python && *python ? python : "python3");
    matrix_describe(&blas);
    printf("%s; vectors %s; PyTorch %s; %d rounds; medians\n\n", text_get(&blas),
           math_isa_name(math_isa()), torch.pid ? torch.version : "is not there", rounds);
    printf("%-31s %7s %8s %10s %8s %7s %8s %8s %8s %8s\n", "workload", "threads", "ms/step",
           "examples/s", "GFLOP/s", "% peak", "speed-up", "shards", "x torch", "MB");
    struct measured *measured = memory_new(sizeof *measured);
    double memory[WORKLOADS];
    for (int i = 0; i < WORKLOADS; i++) /* first: a child begins with all that its parent has */
        memory[i] = measure_memory(&workloads[i], folder);
    for (int i = 0; i < WORKLOADS; i++) {
        if (only && only != i + 1)
            continue;
        memset(measured, 0, sizeof *measured);
        measured->memory = memory[i];
        measure(&workloads[i], folder, &torch, rounds, measured);
        print_row(&workloads[i], measured);
    }
    memory_free(measured);
    text_release(&blas);
    torch_stop(&torch);
    static const char *const files[] = {"images", "labels"};
    for (int i = 0; i < 2; i++) {
        char *path = file_join(folder, files[i]);
        unlink(path);
        memory_free(path);
    }
    rmdir(folder);
    return 0;
}
