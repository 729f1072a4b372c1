/* Where the time of a training step goes, for each workload on one thread: the parts of
 * base/parts.h in per cent of the step, beside what the step would take if all its operations ran
 * at the speed of the processor's matrix multiply. README.md explains the columns.
 *
 *     make bench-parts [ROUNDS=9]    or: parts [ROUNDS [WORKLOAD]] */
#include "base/parts.h"
#include "base/memory.h"
#include "base/text.h"
#include "bench/samples.h"
#include "bench/workloads.h"
#include "math/isa.h"
#include "math/matrix.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#ifndef UNROLL_PARTS
#error "only the flavour `profile` counts time by part: make bench-parts"
#endif

/* One column for each part, the merged products' apart. */
static const struct column {
    const char *heading, *meaning;
    enum part part;
} columns[] = {
    {"gather", "choosing and copying the batch", PART_GATHER},
    {"pack", "packing weights", PART_PACKING},
    {"input", "input products, and", PART_PRODUCTS},
    {"recur", "recurrent ones: one pass, whose time is split by operations", PART_PRODUCTS},
    {"gates", "forward, element by element", PART_GATES},
    {"dgates", "backward, element by element", PART_GATES_BACKWARD},
    {"drecur", "products that carry the gradient back through time", PART_RECURRENCE_BACKWARD},
    {"dW", "products for the weights' gradients", PART_WEIGHT_GRADIENTS},
    {"dx", "products for the gradients of upper layers' inputs", PART_INPUT_GRADIENTS},
    {"db", "sums for the biases' gradients", PART_BIAS_SUMS},
    {"drop", "dropout, forward and backward", PART_DROPOUT},
    {"direct", "bidirectional: turning time around, merging, splitting", PART_DIRECTIONS},
    {"head", "readout, dense layers, loss, both ways", PART_HEAD},
    {"optim", "clearing, clipping and adding gradients, update", PART_OPTIMIZER},
    {"rest", "the step less all of these", PART_REST},
};
enum { COLUMNS = sizeof columns / sizeof columns[0], INPUT = 2, RECURRENCE = 3 };

struct measured {
    struct samples seconds;         /* per step */
    struct samples floor;           /* seconds per step at the peak of the same round */
    struct samples shares[COLUMNS]; /* per cent of the step */
};

/* The input products' share of the operations of input products and recurrence: only recurrent
 * layers carry a gradient back through time, and their input's gradient takes as many operations
 * as their input's product. */
static double input_share(const struct session *session)
{
    const struct trainer *trainer = &session->trainer;
    double input = 0, all = 0;
    for (int i = 0; i < trainer->model.layer_count; i++) {
        const struct layer_plan *plan = &trainer->shards[0].plans[i];
        if (plan->state_gradient_operations > 0) {
            input += plan->input_gradient_operations;
            all += plan->operations;
        }
    }
    return all > 0 ? input / all : 0;
}

static void add_shares(struct measured *measured, const double *seconds, double input)
{
    double all = 0;
    for (int i = 0; i < PARTS; i++)
        all += seconds[i];
    for (int i = 0; i < COLUMNS; i++) {
        double factor = i == INPUT ? input : i == RECURRENCE ? 1 - input : 1;
        samples_add(&measured->shares[i], 100 * factor * seconds[columns[i].part] / all);
    }
}

static void measure(const struct bench *bench, const struct workload *workload,
                    struct measured *measured)
{
    struct session session;
    double seconds[PARTS];
    session_open(&session, workload, (struct setting){1, 1}, bench->folder);
    int steps = session_warm_up(&session);
    for (int round = 0; round < bench->rounds; round++) {
        samples_add(&measured->floor, session_operations(&session) / peak_measure(1) / 1e9);
        parts_reset();
        samples_add(&measured->seconds, session_train(&session, steps));
        parts_read(seconds);
        add_shares(measured, seconds, input_share(&session));
    }
    session_close(&session);
}

static void print_head(int rounds)
{
    struct text blas = {0};
    matrix_describe(&blas);
    printf("%s; vectors %s; one thread; %d rounds; medians; parts in %% of the step\n\n",
           text_get(&blas), math_isa_name(math_isa()), rounds);
    text_release(&blas);
    printf("%-31s %8s %8s", "workload", "ms/step", "floor");
    for (int i = 0; i < COLUMNS; i++)
        printf(" %6s", columns[i].heading);
    printf("\n");
    fflush(stdout);
}

static void print_row(const struct workload *workload, const struct measured *measured)
{
    printf("%-31s", workload->name);
    bench_print(samples_median(&measured->seconds) * 1e3, 8, 3);
    bench_print(samples_median(&measured->floor) * 1e3, 8, 3);
    for (int i = 0; i < COLUMNS; i++) {
        double share = samples_median(&measured->shares[i]);
        bench_print(share >= 0.05 ? share : NAN, 6, 1);
    }
    printf("\n");
    fflush(stdout);
}

int main(int argc, char **argv)
{
    struct bench bench;
    bench_begin(&bench, argc, argv);
    print_head(bench.rounds);
    struct measured *measured = memory_new(sizeof *measured);
    for (int i = 0; i < WORKLOADS; i++) {
        if (!bench_wants(&bench, i))
            continue;
        memset(measured, 0, sizeof *measured);
        measure(&bench, &workloads[i], measured);
        print_row(&workloads[i], measured);
    }
    memory_free(measured);
    printf("\n%-6s  milliseconds that the step's operations take at the peak\n", "floor");
    for (int i = 0; i < COLUMNS; i++)
        printf("%-6s  %s\n", columns[i].heading, columns[i].meaning);
    bench_end(&bench);
    return 0;
}
