#include "numerics/cell.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/memory.h"
#include "math/differences.h"
#include "numerics/reference.h"

static const double DIFFERENCE_TOLERANCE = 2e-4, REFERENCE_TOLERANCE = 1e-5;

static void forward_and_backward(struct rig *rig)
{
    rig_forward(rig);
    rig_backward(rig);
}

static void rig_of_case(struct rig *rig, const struct cell_case *cell)
{
    assert_in_range(cell->shape.batch, 1, CELL_BATCH);
    rig_init(rig, &cell->spec, &cell->shape);
    rig_fill(rig, 21);
    forward_and_backward(rig);
}

static double weighted_output(void *context)
{
    struct rig *rig = context;
    rig->layer->forward(&rig->call);
    double sum = 0;
    for (int64_t i = 0; i < rig->out_count; i++)
        sum += (double)rig->out[i] * (double)rig->out_gradient[i];
    return sum;
}

static const struct cell_plan *planned; /* of cell_main */

/* Operations as struct layer_plan says them: the first step has no state before it. */
static void test_plan(void **state)
{
    const struct cell_case *cell = *state;
    struct rig rig;
    rig_init(&rig, &cell->spec, &cell->shape);
    const struct layer_plan *plan = &rig.plan;
    int directions = cell->spec.inner ? 2 : 1;
    int64_t units = plan->out.reversed_from, steps = plan->in.steps;
    double per_gate = 2.0 * directions * (double)units;
    double input = per_gate * planned->input_gates * (double)(steps * plan->in.features);
    double carried = per_gate * planned->state_gates * (double)(units * (steps - 1));
    assert_float_equal(plan->input_gradient_operations, input, 0);
    assert_float_equal(plan->state_gradient_operations, carried, 0);
    assert_float_equal(plan->operations, input + carried, 0);
    for (int i = 0; i < plan->tensor_count; i++) {
        char name[TENSOR_NAME_SIZE + 3];
        char *suffix = strstr(plan->tensors[i].name, "_reverse");
        int length = (int)(suffix ? (size_t)(suffix - plan->tensors[i].name)
                                  : strlen(plan->tensors[i].name));
        snprintf(name, sizeof name, " %.*s ", length, plan->tensors[i].name);
        if (plan->tensors[i].decays != (strstr(planned->decaying, name) != NULL))
            fail_msg("%s:%sdecays: %d", rig.name, name, plan->tensors[i].decays);
    }
    rig_release(&rig);
}

static void test_gradients(void **state)
{
    const struct cell_case *cell = *state;
    struct rig rig;
    rig_of_case(&rig, cell);
    struct variable variables[LAYER_TENSORS + 1];
    int count = 0;
    for (int i = 0; i < rig.plan.tensor_count; i++)
        variables[count++] = (struct variable){rig.plan.tensors[i].name, rig.weights[i],
                                               rig.gradients[i], tensor_size(&rig.plan.tensors[i])};
    variables[count++] = (struct variable){"in", rig.in, rig.in_gradient, rig.in_count};
    struct differences differences = {.subject = rig.name,
                                      .evaluate = weighted_output,
                                      .context = &rig,
                                      .variables = variables,
                                      .variable_count = count,
                                      .kinks = cell->kinks,
                                      .tolerance = DIFFERENCE_TOLERANCE};
    int failures = differences_check(&differences);
    print_message("%s: %d checked, %d at a kink, worst error %.1e\n", rig.name, differences.checked,
                  differences.skipped, differences.worst);
    if (failures)
        print_error("%s", text_get(&differences.report));
    text_release(&differences.report);
    rig_release(&rig);
    assert_int_equal(failures, 0);
}

static void assert_same_bits(const struct rig *rig, const char *what, const float *expected,
                             const float *found, int64_t count)
{
    for (int64_t i = 0; i < count; i++)
        if (memcmp(&expected[i], &found[i], sizeof(float)) != 0)
            fail_msg("%s: %s [%lld]: expected %.9g, found %.9g", rig->name, what, (long long)i,
                     (double)expected[i], (double)found[i]);
}

/* Out and all gradients of two rigs, of the same arguments. */
static void assert_same_results(const char *what, const struct rig *a, const struct rig *b)
{
    assert_same_bits(a, what, a->out, b->out, a->out_count);
    assert_same_bits(a, what, a->in_gradient, b->in_gradient, a->in_count);
    for (int i = 0; i < a->plan.tensor_count; i++)
        assert_same_bits(a, what, a->gradients[i], b->gradients[i],
                         tensor_size(&a->plan.tensors[i]));
}

/* Gradients that stand there already stay in the sum, and the input's is left alone where nobody
 * asks for it. */
static void check_addition(struct rig *rig)
{
    float *alone[LAYER_TENSORS];
    for (int i = 0; i < rig->plan.tensor_count; i++) {
        int64_t count = tensor_size(&rig->plan.tensors[i]);
        alone[i] = memory_copy(rig->gradients[i], (size_t)count * sizeof(float));
        fill_normal(rig->gradients[i], count, 2.0, 77, (uint32_t)i);
    }
    rig_forward(rig);
    fill_nan(rig->scratch, rig->plan.scratch_floats);
    rig->call.in_gradient = NULL;
    rig->layer->backward(&rig->call);
    rig->call.in_gradient = rig->in_gradient;
    for (int i = 0; i < rig->plan.tensor_count; i++) {
        int64_t count = tensor_size(&rig->plan.tensors[i]);
        float *before = floats_new(count);
        fill_normal(before, count, 2.0, 77, (uint32_t)i);
        for (int64_t k = 0; k < count; k++) {
            double expected = (double)before[k] + (double)alone[i][k];
            if (!(fabs((double)rig->gradients[i][k] - expected) <= 1e-5 * (1 + fabs(expected))))
                fail_msg("%s: %s [%lld]: expected %.9g, found %.9g", rig->name,
                         rig->plan.tensors[i].name, (long long)k, expected,
                         (double)rig->gradients[i][k]);
        }
        memory_free(before);
        memory_free(alone[i]);
    }
}

/* Evaluation, which keeps nothing, gives the bits of training. */
static void check_evaluation(struct rig *rig)
{
    float *trained = memory_copy(rig->out, (size_t)rig->out_count * sizeof(float));
    rig->call.saved = NULL;
    rig->call.training = false;
    rig_forward(rig);
    rig->call.saved = rig->saved;
    rig->call.training = true;
    assert_same_bits(rig, "out of evaluation", trained, rig->out, rig->out_count);
    memory_free(trained);
}

/* A diagnostic changes nothing. */
static void check_norms(const struct cell_case *cell, const struct rig *plain)
{
    struct rig rig;
    rig_init(&rig, &cell->spec, &cell->shape);
    double *norms = memory_array((size_t)(rig.plan.states * rig.plan.in.steps), sizeof *norms);
    rig.call.state_gradients = norms;
    rig_fill(&rig, 21);
    forward_and_backward(&rig);
    assert_same_results("with norms", plain, &rig);
    int64_t steps = rig.plan.in.steps, longest = rig.call.lengths ? cell->shape.lengths[0] : steps;
    for (int64_t i = 0; i < rig.plan.states * steps; i++)
        assert_true(i % steps < steps - longest ? norms[i] == 0 : norms[i] > 0);
    memory_free(norms);
    rig_release(&rig);
}

static void test_contract(void **state)
{
    const struct cell_case *cell = *state;
    struct rig rig, larger;
    rig_of_case(&rig, cell);
    struct cell_case larger_case = *cell;
    larger_case.shape.plan_batch = cell->shape.batch + 3;
    rig_of_case(&larger, &larger_case);
    assert_same_results("of a larger plan", &rig, &larger);
    check_norms(cell, &rig);
    check_evaluation(&rig);
    check_addition(&rig);
    rig_release(&larger);
    rig_release(&rig);
}

/* What is behind an end does not matter, and behind it stands the state of the end. */
static void check_behind_ends(const struct cell_case *cell, const struct rig *plain)
{
    struct rig rig;
    rig_init(&rig, &cell->spec, &cell->shape);
    rig_fill(&rig, 21);
    rig_fill_ends(&rig, rig.in, rig.plan.in.features, -3e30f);
    forward_and_backward(&rig);
    assert_same_results("with other values behind the ends", plain, &rig);
    rig_release(&rig);
    if (!cell->spec.layer->recurrent) /* of two directions, one ends at step 0 */
        return;
    int64_t units = plain->plan.out.features, state = cell->shape.batch * units;
    for (int64_t b = 0; b < cell->shape.batch; b++)
        for (int64_t t = cell->shape.lengths[b]; t < cell->shape.steps; t++)
            assert_same_bits(plain, "a copied state", plain->out + (t - 1) * state + b * units,
                             plain->out + t * state + b * units, units);
}

/* Each example alone, in a call of as many steps as it has, gives the bits that it has in the
 * batch, and the weights' gradients of all add up to the batch's. */
static void check_alone(const struct cell_case *cell, const struct rig *batch)
{
    double *sums[LAYER_TENSORS];
    for (int i = 0; i < batch->plan.tensor_count; i++)
        sums[i] = memory_array((size_t)tensor_size(&batch->plan.tensors[i]), sizeof(double));
    for (int64_t b = 0; b < cell->shape.batch; b++) {
        struct rig alone;
        struct rig_shape shape = cell->shape;
        shape.steps = cell->shape.lengths[b];
        shape.batch = 1;
        shape.lengths = NULL;
        rig_init(&alone, &cell->spec, &shape);
        rig_fill(&alone, 21); /* the same weights */
        int64_t inputs = shape.features, outputs = alone.plan.out.features;
        for (int64_t t = 0; t < shape.steps; t++) {
            int64_t row = t * cell->shape.batch + b;
            memcpy(alone.in + t * inputs, batch->in + row * inputs, (size_t)inputs * sizeof(float));
            memcpy(alone.out_gradient + t * outputs, batch->out_gradient + row * outputs,
                   (size_t)outputs * sizeof(float));
        }
        forward_and_backward(&alone);
        for (int64_t t = 0; t < shape.steps; t++) {
            int64_t row = t * cell->shape.batch + b;
            assert_same_bits(batch, "out alone", batch->out + row * outputs,
                             alone.out + t * outputs, outputs);
            assert_same_bits(batch, "in_gradient alone", batch->in_gradient + row * inputs,
                             alone.in_gradient + t * inputs, inputs);
        }
        for (int i = 0; i < alone.plan.tensor_count; i++)
            for (int64_t k = 0; k < tensor_size(&alone.plan.tensors[i]); k++)
                sums[i][k] += (double)alone.gradients[i][k];
        rig_release(&alone);
    }
    for (int i = 0; i < batch->plan.tensor_count; i++) {
        for (int64_t k = 0; k < tensor_size(&batch->plan.tensors[i]); k++)
            assert_true(fabs((double)batch->gradients[i][k] - sums[i][k]) <=
                        1e-4 * (1 + fabs(sums[i][k])));
        memory_free(sums[i]);
    }
}

/* Lengths that are all the number of steps are the same as none. */
static void check_full_lengths(const struct cell_case *cell)
{
    struct rig without, with;
    struct cell_case full = *cell;
    int32_t lengths[CELL_BATCH];
    full.shape.lengths = NULL;
    rig_of_case(&without, &full);
    for (int64_t b = 0; b < cell->shape.batch; b++)
        lengths[b] = (int32_t)cell->shape.steps;
    full.shape.lengths = lengths;
    rig_of_case(&with, &full);
    assert_same_results("with full lengths", &without, &with);
    rig_release(&with);
    rig_release(&without);
}

static void test_lengths(void **state)
{
    const struct cell_case *cell = *state;
    assert_int_equal(cell->spec.layer->lengths, LAYER_LENGTHS);
    check_full_lengths(cell);
    if (!cell->shape.lengths)
        return;
    struct rig rig;
    rig_of_case(&rig, cell);
    check_behind_ends(cell, &rig);
    check_alone(cell, &rig);
    rig_release(&rig);
}

static void compare_with_reference(const struct cell_case *cell, const char *name,
                                   const int32_t *lengths)
{
    struct references references;
    references_open(&references, "cells.txt");
    const int64_t *size = references_get(&references, name, "in", -1)->shape;
    struct rig_shape shape = {size[0], size[1], size[2], 0, 0, lengths};
    struct rig rig;
    double norms[16] = {0}, worst = 0;
    float rounded[16];
    rig_init(&rig, &cell->spec, &shape);
    assert_in_range(shape.steps, 1, 16);
    for (int i = 0; i < rig.plan.tensor_count; i++) {
        const struct tensor *tensor = &rig.plan.tensors[i];
        references_load(&references, name, tensor->name, rig.weights[i], tensor_size(tensor));
    }
    references_load(&references, name, "in", rig.in, rig.in_count);
    references_load(&references, name, "out:gradient", rig.out_gradient, rig.out_count);
    rig.call.state_gradients = norms;
    forward_and_backward(&rig);
    for (int64_t t = 0; t < shape.steps; t++)
        rounded[t] = (float)norms[t];
    references_compare(&references, name, "out", rig.out, rig.out_count, REFERENCE_TOLERANCE,
                       &worst);
    references_compare(&references, name, "in:gradient", rig.in_gradient, rig.in_count,
                       REFERENCE_TOLERANCE, &worst);
    for (int i = 0; i < rig.plan.tensor_count; i++) {
        char gradient[96];
        snprintf(gradient, sizeof gradient, "%s:gradient", rig.plan.tensors[i].name);
        references_compare(&references, name, gradient, rig.gradients[i],
                           tensor_size(&rig.plan.tensors[i]), REFERENCE_TOLERANCE, &worst);
    }
    references_compare(&references, name, "norms", rounded, shape.steps, REFERENCE_TOLERANCE,
                       &worst);
    print_message("%s: within %.1e\n", name, worst);
    rig_release(&rig);
    references_release(&references);
}

static void test_reference(void **state)
{
    static const int32_t mixed[] = {5, 3, 1}; /* MIXED in make_cell_references.py */
    const struct cell_case *cell = *state;
    char name[96];
    snprintf(name, sizeof name, "%s_mixed", cell->reference);
    compare_with_reference(cell, cell->reference, NULL);
    compare_with_reference(cell, name, mixed);
}

int cell_main(const char *name, const struct cell_plan *plan, const struct cell_case *cases,
              size_t count)
{
    planned = plan;
    if (numerics_begin() < 0)
        return EXIT_FAILURE;
    struct CMUnitTest *tests = memory_array(5 * count, sizeof *tests);
    size_t added = 0, references = 0;
    for (size_t i = 0; i < count; i++) {
        void *state = (void *)(uintptr_t)&cases[i];
        const struct CMUnitTest all[] = {
            {"test_plan", test_plan, NULL, NULL, state},
            {"test_gradients", test_gradients, NULL, NULL, state},
            {"test_contract", test_contract, NULL, NULL, state},
            {"test_lengths", test_lengths, NULL, NULL, state},
            {"test_reference", test_reference, NULL, NULL, state},
        };
        size_t wanted = cases[i].reference ? 5 : 4;
        memcpy(tests + added, all, wanted * sizeof *all);
        added += wanted;
        references += wanted == 5;
    }
    int failures = references ? _cmocka_run_group_tests(name, tests, added, NULL, NULL) : 1;
    memory_free(tests);
    return failures;
}
