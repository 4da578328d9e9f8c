/* The forward pass of kernels whose lanes are runs, in which small batches are trained, against
 * that of the kernels which say what the states of a trained network are: the same outputs, to the
 * bit, at every step. A network of one real output whose target is 0 tells its output by its loss,
 * where one step of one sequence counts. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "fence.h"
#include "group_kernel.h"
#include "numbers.h"
#include "problem.h"
#include "random.h"

enum { STEPS = 9, INPUTS = 3, STRIDE = 16, LANE = 5, WEIGHTS_MOST = 1024 };

/* One network and the sequences of its minibatch. */
typedef struct subject {
    rs_network network;
    uint32_t samples, precision, kind;
    double *parameters, *input; /* [count], [T][I][B] */
} subject;

static void put(void *block, size_t index, double value, uint32_t precision)
{
    if (precision == RS_FLOAT64)
        ((double *)block)[index] = value;
    else
        ((float *)block)[index] = (float)value;
}

static double *draw(size_t count, double scale, rs_random *random)
{
    double *numbers = malloc(count * sizeof *numbers);
    assert_non_null(numbers);
    for (size_t i = 0; i < count; i++)
        numbers[i] = (double)(float)rs_random_uniform(random, -scale, scale);
    return numbers;
}

static subject subject_make(uint32_t kind, uint32_t states, uint32_t samples, uint32_t precision)
{
    problem p = problem_make(precision, states, samples, STEPS);
    problem_set_cell(&p, kind);
    subject s = {.network = rs_network_make(p.cell, INPUTS, states, 1),
                 .samples = samples,
                 .precision = precision,
                 .kind = kind};
    rs_random random;
    s.network.head = RS_HEAD_REALS;
    s.network.leak = p.leak;
    rs_random_seed(&random, 1 + kind + 10 * states + samples);
    s.parameters = draw(s.network.count, 1.5, &random);
    s.input = draw((size_t)STEPS * INPUTS * samples, 1, &random);
    return s;
}

static void subject_free(subject *s)
{
    free(s->parameters);
    free(s->input);
}

/* Outputs [T][STRIDE] of `count` sequences, those of the subject again and again. */
static void say_outputs(const rs_kernel *kernel, const subject *s, uint32_t count, fence *out)
{
    fence input = fence_take(STEPS * INPUTS * STRIDE * sizeof(double), 64, 0);
    fence other = fence_take(STEPS * STRIDE * sizeof(double), 64, 0);
    fence length = fence_take(STRIDE * sizeof(double), 64, 0);
    fence scratch = fence_take(kernel->scratch_bytes(&s->network, count, STEPS, false), 64, 0);
    fence theta = fence_take((s->network.count + RS_BLOCK_MULTIPLE) * sizeof(double), 64, 0);
    const rs_sequence_batch sequences = {.input = input.block,
                                         .target = other.block,
                                         .weight = other.block,
                                         .length = length.block,
                                         .weight_sum = 1,
                                         .tolerance = 1};
    const rs_minibatch batch = {
        .samples = count, .steps = STEPS, .stride = STRIDE, .sequences = &sequences};
    for (size_t row = 0; row < STEPS * INPUTS; row++)
        for (size_t n = 0; n < count; n++)
            put(input.block, row * STRIDE + n, s->input[row * s->samples + n % s->samples],
                s->precision);
    for (size_t n = 0; n < count; n++)
        put(length.block, n, STEPS, s->precision);
    rs_numbers_narrow(theta.block, s->parameters, s->network.count, s->precision);
    kernel->logits(scratch.block, &s->network, theta.block, &batch, out->block, STRIDE);
    assert_true(fence_release(&input) && fence_release(&other) && fence_release(&length));
    assert_true(fence_release(&scratch) && fence_release(&theta));
}

/* Losses [T][B] of the group's kernel, where that step of that sequence alone counts. */
static void say_losses(const rs_kernel *kernel, const subject *s, double *losses)
{
    const size_t lanes = kernel->group->lanes, B = s->samples, plane = B * lanes;
    fence theta = fence_take(s->network.count * lanes * sizeof(double), 64, 0);
    fence input = fence_take(STEPS * INPUTS * plane * sizeof(double), 64, 0);
    fence target = fence_take(STEPS * plane * sizeof(double), 64, 0);
    fence weight = fence_take(STEPS * plane * sizeof(double), 64, 0);
    fence length = fence_take(plane * sizeof(double), 64, 0);
    fence scratch =
        fence_take(kernel->group->scratch_bytes(&s->network, (uint32_t)B, STEPS), 64, 0);
    double sums[RS_GROUP_LANES_MOST] = {[LANE] = 1}, found[RS_GROUP_LANES_MOST];
    const rs_group_batch batch = {.samples = (uint32_t)B,
                                  .steps = STEPS,
                                  .input = input.block,
                                  .target = target.block,
                                  .weight = weight.block,
                                  .length = length.block,
                                  .weight_sum = sums,
                                  .tolerance = 1};
    for (size_t i = 0; i < s->network.count; i++)
        put(theta.block, i * lanes + LANE, s->parameters[i], s->precision);
    for (size_t i = 0; i < STEPS * INPUTS * B; i++)
        put(input.block, i * lanes + LANE, s->input[i], s->precision);
    for (size_t b = 0; b < B; b++)
        put(length.block, b * lanes + LANE, STEPS, s->precision);
    for (size_t at = 0; at < STEPS * B; at++) {
        put(weight.block, at * lanes + LANE, 1, s->precision);
        kernel->group->loss(scratch.block, &s->network, theta.block, &batch, found);
        put(weight.block, at * lanes + LANE, 0, s->precision);
        losses[at] = found[LANE];
    }
    assert_true(fence_release(&theta) && fence_release(&input) && fence_release(&target));
    assert_true(fence_release(&weight) && fence_release(&length) && fence_release(&scratch));
}

static double squared(double z, uint32_t precision)
{
    return precision == RS_FLOAT64 ? z * z : (double)((float)z * (float)z);
}

static void compare(const rs_isa *isa, const subject *s)
{
    const rs_kernel *kernel = rs_isa_kernel(isa, s->precision);
    double losses[STEPS * 4];
    say_losses(kernel, s, losses);
    for (uint32_t count = s->samples; count <= STRIDE; count += STRIDE - s->samples) {
        fence out = fence_take(STEPS * STRIDE * sizeof(double), 64, 0);
        say_outputs(kernel, s, count, &out);
        for (size_t k = 0; k < STEPS; k++)
            for (size_t n = 0; n < count; n++) {
                const double z = rs_numbers_get(out.block, k * STRIDE + n, s->precision);
                const double loss = losses[k * s->samples + n % s->samples];
                if (loss != squared(z, s->precision))
                    fail_msg("cell %u, H = %u, B = %u of %u, float%u, step %zu: %.17g, not %.17g",
                             s->kind, s->network.states, s->samples, count,
                             s->precision == RS_FLOAT64 ? 64 : 32, k, loss,
                             squared(z, s->precision));
            }
        assert_true(fence_release(&out));
    }
}

static void small_batches_have_the_states_of_trajectories(void **state)
{
    static const uint32_t widths[] = {1, 3, 8, 13, 17, 32};
    const rs_isa *isa;
    (void)state;
    for (size_t i = 0; (isa = rs_isa_at(i)) != NULL; i++) {
        if (rs_isa_check(isa) != RS_ISA_USABLE)
            continue;
        for (uint32_t precision = RS_FLOAT32; precision <= RS_FLOAT64; precision++)
            for (uint32_t kind = 0; kind < PROBLEM_CELLS; kind++)
                for (size_t w = 0; w < sizeof widths / sizeof widths[0]; w++)
                    for (uint32_t samples = 1; samples <= 4; samples++) {
                        subject s = subject_make(kind, widths[w], samples, precision);
                        if (s.network.tensor[RS_W_REC].count <= WEIGHTS_MOST)
                            compare(isa, &s);
                        subject_free(&s);
                    }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(small_batches_have_the_states_of_trajectories),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
