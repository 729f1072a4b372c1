/* What checkpoints cost: whole runs, store included, with a checkpoint after every step and with
 * none but the last, in turns. README.md explains the columns.
 *
 *     make bench-checkpoint [ROUNDS=9]    or: checkpoint [ROUNDS [WORKLOAD]] */
#include "base/clock.h"
#include "base/file.h"
#include "base/log.h"
#include "base/memory.h"
#include "base/text.h"
#include "bench/samples.h"
#include "bench/workloads.h"
#include "train/run.h"

#include <ftw.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

/* As `unroll run` has it unless told otherwise. */
enum { DEFAULT_SECONDS = 30, NEVER = 1000000 };

struct measured {
    struct samples step;       /* seconds */
    struct samples checkpoint; /* seconds each: the difference between the two runs */
    struct samples outside;    /* the same, less what the difference in training time says */
    double megabytes;          /* of one */
};

static int remove_one(const char *path, const struct stat *status, int type, struct FTW *place)
{
    (void)status, (void)type, (void)place;
    return remove(path);
}

/* One run of CONFIG in a store of its own. */
static double train(const struct config *config, const char *folder, double seconds,
                    struct run_outcome *outcome, double *megabytes)
{
    struct error error;
    char *place = file_join(folder, "checkpoints"), *store = file_join(place, "unroll.db");
    struct run_options options = {
        .store = store, .data = folder, .threads = 1, .quiet = true, .checkpoint_seconds = seconds};
    double begun = clock_seconds();
    if (run_train(config, &options, outcome, &error))
        bench_fail(error.text);
    double taken = clock_seconds() - begun;
    char *path = text_format("%s/%s/final.safetensors", place, outcome->id);
    struct stat status;
    if (stat(path, &status) == 0)
        *megabytes = (double)status.st_size / 1e6;
    nftw(place, remove_one, 16, FTW_DEPTH | FTW_PHYS);
    memory_free(path);
    memory_free(store);
    memory_free(place);
    return taken;
}

static void measure(const struct bench *bench, const struct workload *workload,
                    struct measured *measured)
{
    struct session session;
    session_open(&session, workload, (struct setting){1, 1}, bench->folder);
    int steps = session_warm_up(&session);
    struct config *config = &session.config;
    config->train.steps = steps < 10 ? 10 : steps;
    config->train.evaluate.every = NEVER;
    config->train.evaluate.unit = UNIT_STEPS;
    double count = (double)config->train.steps;
    for (int round = 0; round < bench->rounds; round++) {
        struct run_outcome with, without;
        double none = train(config, bench->folder, NEVER, &without, &measured->megabytes);
        double each = train(config, bench->folder, 0, &with, &measured->megabytes);
        samples_add(&measured->step, without.seconds / count);
        samples_add(&measured->checkpoint, (each - none) / count);
        samples_add(&measured->outside, (each - with.seconds - (none - without.seconds)) / count);
    }
    session_close(&session);
}

int main(int argc, char **argv)
{
    struct bench bench;
    bench_begin(&bench, argc, argv);
    printf("one thread; %d rounds; medians\n\n%-31s %8s %8s %8s %8s %8s\n", bench.rounds,
           "workload", "MB", "ms/step", "ms/chkpt", "outside", "% at 30");
    struct measured *measured = memory_new(sizeof *measured);
    for (int i = 0; i < WORKLOADS; i++) {
        if (!bench_wants(&bench, i))
            continue;
        *measured = (struct measured){.megabytes = 0};
        measure(&bench, &workloads[i], measured);
        double seconds = samples_median(&measured->checkpoint);
        printf("%-31s", workloads[i].name);
        bench_print(measured->megabytes, 8, 2);
        bench_print(samples_median(&measured->step) * 1e3, 8, 3);
        bench_print(seconds * 1e3, 8, 2);
        bench_print(samples_median(&measured->outside) * 1e3, 8, 2);
        bench_print(100 * seconds / DEFAULT_SECONDS, 8, 3);
        printf("\n");
        fflush(stdout);
    }
    memory_free(measured);
    bench_end(&bench);
    return 0;
}
