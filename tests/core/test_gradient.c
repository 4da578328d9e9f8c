/* Backpropagation: the reference against central differences, the kernels against the reference. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "problem.h"
#include "random.h"
#include "reference.h"

static void *take(size_t count, size_t size)
{
    void *block = calloc(count, size);
    assert_non_null(block);
    return block;
}

/* ---- The reference --------------------------------------------------------------------------- */

enum { SAMPLES = 4, STEPS = 5 };

static uint8_t *draw_bits(rs_random *random, size_t count)
{
    uint8_t *bits = take(count, 1);
    for (size_t i = 0; i < count; i++)
        bits[i] = (uint8_t)rs_random_below(random, 2);
    return bits;
}

/* Central differences with step h are off by h^2 f'''/6, here below 1e-10, and by the rounding of
 * the loss over h, 1e-11. */
static void check_reference(uint32_t inputs, uint32_t states, uint32_t outputs)
{
    static const double h = 1e-5, tolerance = 1e-9;
    rs_network network = rs_network_make(RS_CELL_TANH, inputs, states, outputs);
    const size_t count = network.count;
    rs_random random;
    rs_random_seed(&random, inputs * 100 + outputs);
    uint8_t *input = draw_bits(&random, (size_t)SAMPLES * STEPS * inputs);
    uint8_t *target = draw_bits(&random, (size_t)SAMPLES * STEPS * outputs);
    rs_reference_set set = {input, target, SAMPLES, STEPS};
    double *parameters = take(count, sizeof *parameters);
    double *gradient = take(count, sizeof *gradient);
    double *scratch = take((STEPS + 3) * (size_t)states, sizeof *scratch);
    for (size_t i = 0; i < count; i++)
        parameters[i] = rs_random_uniform(&random, -1, 1);
    double loss = rs_reference_gradient(&network, parameters, &set, scratch, gradient);
    assert_true(loss == rs_reference_loss(&network, parameters, &set, scratch));
    for (int tensor = 0; tensor < RS_TENSOR_TOTAL; tensor++)
        for (size_t j = 0; j < network.tensor[tensor].count; j++) {
            const size_t i = network.tensor[tensor].offset + j;
            const double kept = parameters[i];
            parameters[i] = kept + h;
            double above = rs_reference_loss(&network, parameters, &set, scratch);
            parameters[i] = kept - h;
            double below = rs_reference_loss(&network, parameters, &set, scratch);
            parameters[i] = kept;
            double numerical = (above - below) / (2 * h);
            if (!(fabs(numerical - gradient[i]) <= tolerance))
                fail_msg("I = %u, H = %u, O = %u, %s[%zu]: %.15g, but differences give %.15g",
                         inputs, states, outputs, rs_tensor_name((rs_tensor)tensor), j, gradient[i],
                         numerical);
        }
    free(input);
    free(target);
    free(parameters);
    free(gradient);
    free(scratch);
}

static void reference_agrees_with_central_differences(void **state)
{
    (void)state;
    check_reference(2, 3, 1);
    check_reference(1, 1, 1);
    check_reference(3, 4, 2);
    check_reference(5, 7, 3);
    check_reference(2, 16, 1);
}

/* One state, one step, by hand: s = tanh(b_in + b_rec + x w_in + s0 w_rec), z = s w_out + b_out. */
static void reference_agrees_with_one_step_by_hand(void **state)
{
    (void)state;
    static const double p[] = {0.3, -0.7, 0.1, 0.9, 0.2, 1.5, -0.4};
    static const uint8_t x = 1, t = 0;
    rs_network network = rs_network_make(RS_CELL_TANH, 1, 1, 1);
    double scratch[4], gradient[7];
    double s = tanh(0.1 + 0.2 - 0.7 + 0.3 * 0.9), z = s * 1.5 - 0.4;
    double y = 1 / (1 + exp(-z)), da = y * 1.5 * (1 - s * s);
    const double expected[] = {da * 0.9, da, da, da * 0.3, da, y * s, y};
    double loss =
        rs_reference_gradient(&network, p, &(rs_reference_set){&x, &t, 1, 1}, scratch, gradient);
    assert_true(fabs(loss + log(1 - y)) < 1e-15);
    for (int i = 0; i < 7; i++)
        assert_true(fabs(gradient[i] - expected[i]) < 1e-15);
}

/* ---- The kernels ----------------------------------------------------------------------------- */

typedef struct comparison {
    double loss, gradient; /* largest relative differences found */
} comparison;

/* From one byte a step to the reference's arrays [N][T][I] and [N][T][O]. */
static void unpack(const rs_minibatch *batch, uint8_t *input, uint8_t *target)
{
    for (size_t n = 0; n < batch->samples; n++)
        for (size_t k = 0; k < batch->steps; k++) {
            uint8_t code = batch->code[k * batch->stride + n];
            *input++ = code & 1;
            *input++ = code >> 1 & 1;
            *target++ = code >> RS_TARGET_BIT & 1;
        }
}

static double reference_of(const problem *p, double *gradient)
{
    const rs_network network = problem_network(p);
    const size_t bits = (size_t)p->samples * p->steps;
    uint8_t *code = take(problem_code_bytes(p), 1), *input = take(bits, 2), *target = take(bits, 1);
    double *weights = take(problem_weight_count(p), sizeof *weights);
    double *scratch = take((p->steps + 3) * (size_t)p->states, sizeof *scratch);
    problem_draw_codes(p, code);
    rs_minibatch batch = problem_batch(p, code);
    unpack(&batch, input, target);
    problem_draw_weights(p, weights);
    double loss = rs_reference_gradient(&network, weights,
                                        &(rs_reference_set){input, target, p->samples, p->steps},
                                        scratch, gradient);
    free(code);
    free(input);
    free(target);
    free(weights);
    free(scratch);
    return loss;
}

/* Loss and gradient of the kernel at the drawn weights. */
static double kernel_of(const problem *p, double *gradient)
{
    const rs_isa *isa;
    assert_int_equal(rs_isa_select(&isa, NULL, NULL), RS_OK);
    const rs_kernel *kernel = rs_isa_kernel(isa, p->precision);
    const rs_network network = problem_network(p);
    const size_t count = network.count;
    const size_t room = (count + RS_BLOCK_MULTIPLE) / 8 * 8 * sizeof(double);
    const size_t scratch_bytes = kernel->scratch_bytes(&network, p->samples, p->steps, true);
    uint8_t *code = take(problem_code_bytes(p), 1);
    void *scratch = aligned_alloc(64, (scratch_bytes + 63) / 64 * 64);
    double *theta = aligned_alloc(64, room), *out = aligned_alloc(64, room);
    assert_true(scratch != NULL && theta != NULL && out != NULL);
    problem_draw_codes(p, code);
    rs_minibatch batch = problem_batch(p, code);
    problem_draw_weights(p, theta);
    if (p->precision == RS_FLOAT32) /* in place: a float never overtakes its double */
        for (size_t i = 0; i < count; i++) {
            float weight = (float)theta[i];
            memcpy((char *)theta + i * sizeof weight, &weight, sizeof weight);
        }
    double loss = kernel->loss(scratch, &network, theta, &batch);
    kernel->gradient(scratch, &network, theta, &batch, out, NULL);
    for (size_t i = 0; i < count; i++)
        gradient[i] =
            p->precision == RS_FLOAT64 ? out[i] : (double)((const float *)(const void *)out)[i];
    free(code);
    free(scratch);
    free(theta);
    free(out);
    return loss;
}

/* Differences of the gradient are taken relative to its largest number: a sum of terms of both
 * signs has no better digits. */
static void compare(const problem *p, comparison *worst)
{
    const size_t count = problem_weight_count(p);
    double *expected = take(count, sizeof *expected), *ours = take(count, sizeof *ours);
    double expected_loss = reference_of(p, expected), loss = kernel_of(p, ours);
    double largest = 0, difference = 0;
    for (size_t i = 0; i < count; i++) {
        largest = fmax(largest, fabs(expected[i]));
        difference = fmax(difference, fabs(ours[i] - expected[i]));
        assert_true(isfinite(ours[i]));
    }
    worst->loss = fmax(worst->loss, fabs(loss - expected_loss) / expected_loss);
    worst->gradient = fmax(worst->gradient, difference / largest);
    free(expected);
    free(ours);
}

/* Weights in (-scale, scale) with scale = 2 / sqrt(H), which neither die out nor run off. */
static comparison compare_many(uint32_t precision, uint32_t steps)
{
    static const uint32_t states[] = {1, 2, 3, 4, 5, 8, 16, 23, 32, 33, 44, 64, 100};
    static const uint32_t samples[] = {1, 7, 16, 100};
    comparison worst = {0, 0};
    for (size_t h = 0; h < sizeof states / sizeof states[0]; h++)
        for (size_t b = 0; b < sizeof samples / sizeof samples[0]; b++) {
            problem p = problem_make(precision, states[h], samples[b], steps);
            p.scale = 2 / sqrt(states[h]);
            compare(&p, &worst);
        }
    print_message("T = %u: loss %.2g, gradient %.2g\n", steps, worst.loss, worst.gradient);
    return worst;
}

/* Each step forward leaves up to 5 units in the last place (vmath.h) in a state and so 10 in its
 * slope 1 - s^2, and each step back passes on as much; weights of this size neither shrink nor blow
 * it up: 20 T units after T steps. */
static void check_kernels(uint32_t precision, double unit)
{
    for (uint32_t steps = 2; steps <= 32; steps *= 4) {
        comparison found = compare_many(precision, steps);
        assert_true(found.loss <= 5 * steps * unit);
        assert_true(found.gradient <= 20 * steps * unit);
    }
}

/* Up to four steps are shared by the samples of large batches, where lanes are states. Adding up n
 * samples, of errors with both signs, leaves up to n units more than below. */
static void shared_steps_agree_with_the_reference(void **state)
{
    static const uint32_t samples[] = {4, 5, 17, 65, 300};
    (void)state;
    for (size_t b = 0; b < sizeof samples / sizeof samples[0]; b++)
        for (uint32_t steps = 1; steps <= 6; steps++) {
            comparison worst = {0, 0};
            problem p = problem_make(RS_FLOAT64, 64, samples[b], steps);
            p.scale = 0.25;
            compare(&p, &worst);
            assert_true(worst.loss <= (5 * steps + samples[b]) * 0x1p-53);
            assert_true(worst.gradient <= (20 * steps + samples[b]) * 0x1p-53);
        }
}

static void float64_kernels_agree_with_the_reference(void **state)
{
    (void)state;
    check_kernels(RS_FLOAT64, 0x1p-53);
}

static void float32_kernels_agree_with_the_reference(void **state)
{
    (void)state;
    check_kernels(RS_FLOAT32, 0x1p-24);
}

/* ---- The other cells -------------------------------------------------------------------------
 */

static const struct {
    uint32_t states, samples, steps;
} cell_shapes[] = {{1, 3, 2}, {3, 40, 5}, {4, 17, 3}, {5, 100, 4}, {32, 70, 5}, {64, 5, 3}};
enum { CELL_SHAPES = sizeof cell_shapes / sizeof cell_shapes[0] };

/* As in a kernel call: aligned blocks, and scratch. */
typedef struct call {
    const rs_kernel *kernel;
    rs_network network;
    uint8_t *code;
    void *scratch;
    double *theta;
    rs_minibatch batch;
} call;

static call call_take(const problem *p)
{
    const rs_isa *isa;
    assert_int_equal(rs_isa_select(&isa, NULL, NULL), RS_OK);
    call c = {.kernel = rs_isa_kernel(isa, RS_FLOAT64), .network = problem_network(p)};
    const size_t room = (c.network.count + RS_BLOCK_MULTIPLE) / 8 * 8 * sizeof(double);
    const size_t bytes = c.kernel->scratch_bytes(&c.network, p->samples, p->steps, true);
    c.code = take(problem_code_bytes(p), 1);
    c.scratch = aligned_alloc(64, (bytes + 63) / 64 * 64);
    c.theta = aligned_alloc(64, room);
    assert_true(c.scratch != NULL && c.theta != NULL);
    problem_draw_codes(p, c.code);
    c.batch = problem_batch(p, c.code);
    problem_draw_weights(p, c.theta);
    return c;
}

static void call_release(call *c)
{
    free(c->code);
    free(c->scratch);
    free(c->theta);
}

static double difference_at(call *c, size_t i, double h)
{
    const double kept = c->theta[i];
    c->theta[i] = kept + h;
    const double above = c->kernel->loss(c->scratch, &c->network, c->theta, &c->batch);
    c->theta[i] = kept - h;
    const double below = c->kernel->loss(c->scratch, &c->network, c->theta, &c->batch);
    c->theta[i] = kept;
    return (above - below) / (2 * h);
}

/* Central differences of the kernel's loss, for every tensor, in both orders; of large tensors,
 * some numbers. relu's states are taken where no activation changes sign within a step of
 * differences: then both differences agree. */
static void check_cell(const problem *p)
{
    static const double tolerance = 2e-9;
    call c = call_take(p);
    double *gradient = aligned_alloc(64, (c.network.count + 16) / 8 * 8 * sizeof *gradient);
    assert_non_null(gradient);
    c.kernel->gradient(c.scratch, &c.network, c.theta, &c.batch, gradient, NULL);
    size_t looked_at = 0, checked = 0;
    for (int tensor = 0; tensor < RS_TENSOR_TOTAL; tensor++) {
        const rs_tensor_layout *layout = &c.network.tensor[tensor];
        const size_t stride = 1 + layout->count / 40;
        for (size_t j = 0; j < layout->count; j += stride) {
            const size_t i = layout->offset + j;
            const double numerical = difference_at(&c, i, 1e-5);
            looked_at++;
            if (p->cell == RS_CELL_RELU && fabs(numerical - difference_at(&c, i, 1e-6)) > 1e-9)
                continue;
            checked++;
            if (!(fabs(numerical - gradient[i]) <= tolerance))
                fail_msg("%s, leak %g, H = %u, %s[%zu]: %.15g, but differences give %.15g",
                         rs_cell_name(p->cell), p->leak, p->states,
                         rs_tensor_name((rs_tensor)tensor), j, gradient[i], numerical);
        }
    }
    assert_true(checked >= looked_at / 2);
    free(gradient);
    call_release(&c);
}

static void every_cell_agrees_with_central_differences(void **state)
{
    (void)state;
    for (uint32_t kind = 0; kind < PROBLEM_CELLS; kind++)
        for (size_t i = 0; i < CELL_SHAPES; i++) {
            problem p = problem_make(RS_FLOAT64, cell_shapes[i].states, cell_shapes[i].samples,
                                     cell_shapes[i].steps);
            problem_set_cell(&p, kind);
            p.scale = 2 / sqrt(p.states);
            check_cell(&p);
        }
}

/* float32 has the gradient of float64, rounded: 100 units after five steps. */
static void every_cell_agrees_in_both_precisions(void **state)
{
    (void)state;
    for (uint32_t kind = 0; kind < PROBLEM_CELLS; kind++)
        for (size_t i = 0; i < CELL_SHAPES; i++) {
            problem p = problem_make(RS_FLOAT32, cell_shapes[i].states, cell_shapes[i].samples,
                                     cell_shapes[i].steps);
            problem_set_cell(&p, kind);
            p.scale = 2 / sqrt(p.states);
            const size_t count = problem_weight_count(&p);
            double *single = take(count, sizeof *single), *wide = take(count, sizeof *wide);
            const double loss = kernel_of(&p, single);
            double largest = 0, apart = 0;
            problem q = p;
            q.precision = RS_FLOAT64;
            q.single_weights = true;
            assert_true(fabs(kernel_of(&q, wide) - loss) <= 100 * 0x1p-24);
            for (size_t j = 0; j < count; j++) {
                largest = fmax(largest, fabs(wide[j]));
                apart = fmax(apart, fabs(single[j] - wide[j]));
            }
            assert_true(apart <= 100 * 0x1p-24 * largest);
            free(single);
            free(wide);
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reference_agrees_with_central_differences),
        cmocka_unit_test(reference_agrees_with_one_step_by_hand),
        cmocka_unit_test(shared_steps_agree_with_the_reference),
        cmocka_unit_test(float64_kernels_agree_with_the_reference),
        cmocka_unit_test(float32_kernels_agree_with_the_reference),
        cmocka_unit_test(every_cell_agrees_with_central_differences),
        cmocka_unit_test(every_cell_agrees_in_both_precisions),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
