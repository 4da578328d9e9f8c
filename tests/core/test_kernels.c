/* Every instruction set gives the bits of generic, on shapes around every tile and vector size. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "elementwise.h"
#include "problem.h"

static const uint32_t samples[] = {1, 3, 15, 16, 17, 33, 100};
static const uint32_t steps[] = {2, 5, 16, 62};
static const uint32_t wide_states[] = {96, 127, 128, 129, 200, 256};
/* Every so many shapes: 1, but in the fast tests. */
static uint32_t shape_step = 1;
/* Of what is asked of every cell, every so many cases; each cell begins with another one. The slow
 * tests take all. */
static uint32_t case_step = 3;
enum {
    SAMPLES = sizeof samples / sizeof samples[0],
    STEPS = sizeof steps / sizeof steps[0],
    WIDE_STATES = sizeof wide_states / sizeof wide_states[0],
    STATES = 70 + WIDE_STATES
};

/* 1..70, then some larger ones. */
static uint32_t states_at(uint32_t index)
{
    return index < 70 ? index + 1 : wide_states[index - 70];
}

/* Whether this machine can run them, found out once: each self-check trains four networks. */
static bool usable[8];

static void find_usable(void)
{
    for (size_t i = 0; rs_isa_at(i) != NULL; i++)
        usable[i] = rs_isa_check(rs_isa_at(i)) == RS_ISA_USABLE;
}

/* The instruction sets that this machine can run but generic, which comes last in the list. */
static const rs_isa *other_isa(size_t index)
{
    for (size_t i = 0; rs_isa_at(i + 1) != NULL; i++)
        if (usable[i] && index-- == 0)
            return rs_isa_at(i);
    return NULL;
}

static const rs_isa *generic_isa(void)
{
    size_t last = 0;
    while (rs_isa_at(last + 1) != NULL)
        last++;
    return rs_isa_at(last);
}

static double *run(const rs_isa *isa, const problem *p)
{
    double *outcome = malloc(problem_outcome_count(p) * sizeof *outcome);
    assert_non_null(outcome);
    const char *complaint = problem_run(rs_isa_kernel(isa, p->precision), p, outcome);
    if (complaint != NULL)
        fail_msg("%s, H = %u, B = %u, T = %u, float%u: %s", rs_isa_name(isa), p->states, p->samples,
                 p->steps, p->precision == RS_FLOAT32 ? 32 : 64, complaint);
    return outcome;
}

static void assert_same(const rs_isa *isa, const problem *p, const double *ours,
                        const double *expected)
{
    for (size_t i = 0; i < problem_outcome_count(p); i++)
        if (memcmp(&ours[i], &expected[i], sizeof ours[i]) != 0)
            fail_msg("%s, H = %u, B = %u, T = %u, float%u: %s (number %zu) is %a, not %a",
                     rs_isa_name(isa), p->states, p->samples, p->steps,
                     p->precision == RS_FLOAT32 ? 32 : 64, problem_outcome_name(p, i), i, ours[i],
                     expected[i]);
}

static void assert_isas_agree(const problem *p)
{
    const rs_isa *isa;
    double *expected = run(generic_isa(), p);
    for (size_t i = 0; (isa = other_isa(i)) != NULL; i++) {
        double *ours = run(isa, p);
        assert_same(isa, p, ours, expected);
        free(ours);
    }
    free(expected);
}

static void assert_isas_agree_in_both_precisions(problem p)
{
    p.precision = RS_FLOAT32;
    assert_isas_agree(&p);
    p.precision = RS_FLOAT64;
    assert_isas_agree(&p);
}

/* The tests below skip what cannot be used, so a failed self-check must show here. */
static void what_cannot_be_used_is_missing_in_this_cpu(void **state)
{
    (void)state;
    for (size_t i = 0; rs_isa_at(i) != NULL; i++) {
        const rs_isa *isa;
        rs_error error = {RS_OK, ""};
        if (rs_isa_select(&isa, rs_isa_name(rs_isa_at(i)), &error) != RS_OK &&
            strstr(error.text, "this CPU does not have it") == NULL)
            fail_msg("%s", error.text);
    }
}

/* Cells other than plain tanh: widths and batch sizes around tiles and vectors of both orders. */
static void every_cell_agrees(void **state)
{
    (void)state;
    static const uint32_t states[] = {1, 2, 3, 4, 5, 7, 8, 12, 17, 31, 32, 33, 40, 48, 64, 65, 96};
    for (uint32_t kind = 1; kind < PROBLEM_CELLS; kind++)
        for (uint32_t h = kind % case_step; h < sizeof states / sizeof states[0];
             h += case_step * shape_step)
            for (uint32_t b = (h + kind) % 2; b < SAMPLES; b += 2) {
                problem p = problem_make(0, states[h], samples[b], steps[(h + b) % 3]);
                problem_set_cell(&p, kind);
                assert_isas_agree_in_both_precisions(p);
            }
}

/* Every width once with each batch size up to 24 states and with two of them above; lengths take
 * turns. Lanes are samples below 64 states, but for some widths from 32 on. */
static void every_width_agrees(void **state)
{
    (void)state;
    for (uint32_t h = 0; h < STATES; h += shape_step)
        for (uint32_t b = 0; b < SAMPLES; b++) {
            const uint32_t states = states_at(h);
            if (states > 24 && b % 4 != h % 4)
                continue;
            assert_isas_agree_in_both_precisions(
                problem_make(0, states, samples[b], steps[states > 24 ? h % 2 : (h + b) % 3]));
        }
}

static void long_sequences_agree(void **state)
{
    (void)state;
    static const uint32_t states[] = {1, 2, 3, 4, 5, 8, 23, 24, 33};
    for (size_t h = 0; h < sizeof states / sizeof states[0]; h++)
        assert_isas_agree_in_both_precisions(problem_make(0, states[h], samples[h % SAMPLES], 62));
}

static void every_shape_agrees(void **state)
{
    (void)state;
    for (uint32_t h = 0; h < STATES; h++)
        for (uint32_t b = 0; b < SAMPLES; b++)
            for (uint32_t t = 0; t < STEPS; t++)
                assert_isas_agree_in_both_precisions(
                    problem_make(0, states_at(h), samples[b], steps[t]));
}

/* Samples share their first steps: up to four of them in large batches, and perhaps all. */
static void shared_steps_agree(void **state)
{
    (void)state;
    static const uint32_t sizes[] = {4, 5, 31, 32, 64, 65, 256, 257, 600},
                          states[] = {3, 32, 9, 65};
    for (uint32_t b = 0; b < sizeof sizes / sizeof sizes[0]; b++)
        for (uint32_t t = 1; t <= 6; t++)
            for (uint32_t h = b % 2; h < 4; h += 2)
                assert_isas_agree_in_both_precisions(problem_make(0, states[h], sizes[b], t));
}

/* The logits of `count` of the problem's samples from `first` on, all by themselves. */
static void logits_of(const rs_kernel *kernel, const problem *p, const void *weights,
                      const uint8_t *code, uint32_t first, uint32_t count, double *logits)
{
    rs_minibatch batch = problem_batch(p, code);
    batch.code += first;
    batch.samples = count;
    const rs_network network = problem_network(p);
    const size_t bytes = kernel->scratch_bytes(&network, count, p->steps, false);
    void *scratch = aligned_alloc(64, (bytes + 63) / 64 * 64);
    assert_non_null(scratch);
    kernel->logits(scratch, &network, weights, &batch, logits, 16 * ((count + 15) / 16));
    free(scratch);
}

/* Shared steps do not show: alone, a sample has the logits that it has in a large batch. */
static void a_sample_is_the_same_in_every_batch(void **state)
{
    (void)state;
    enum { MANY = 100, FEW = 3, LENGTH = 5, STRIDE = 112 };
    static const uint32_t states[] = {1, 3, 4, 11, 32, 40, 64};
    _Alignas(64) static double weights[32768], together[LENGTH * STRIDE], alone[LENGTH * 16];
    static uint8_t code[LENGTH * 512];
    for (size_t i = 0; rs_isa_at(i) != NULL; i++)
        for (size_t h = 0; usable[i] && h < sizeof states / sizeof states[0]; h++) {
            problem p = problem_make(RS_FLOAT64, states[h], MANY, LENGTH);
            problem_set_cell(&p, (uint32_t)h % PROBLEM_CELLS);
            const rs_kernel *kernel = rs_isa_kernel(rs_isa_at(i), RS_FLOAT64);
            assert_true(problem_code_bytes(&p) <= sizeof code);
            assert_true(problem_weight_count(&p) <= sizeof weights / sizeof weights[0]);
            problem_draw_codes(&p, code);
            problem_draw_weights(&p, weights);
            logits_of(kernel, &p, weights, code, 0, MANY, together);
            for (uint32_t first = 0; first + FEW <= MANY; first += 23) {
                logits_of(kernel, &p, weights, code, first, FEW, alone);
                for (uint32_t k = 0; k < LENGTH; k++)
                    assert_memory_equal(&alone[k * 16], &together[k * STRIDE + first],
                                        FEW * sizeof alone[0]);
            }
        }
}

/* ---- States ------------------------------------------------------------------------------------
 */

enum { WALKED = 37, WALK = 7, WALK_STRIDE = 48, WALK_STATES = 64, PAST = 16 };

typedef void (*forward_call)(void *scratch, const rs_network *network, const void *parameters,
                             const rs_minibatch *batch, void *out, size_t stride);

static void walk(forward_call call, const rs_kernel *kernel, const rs_network *network,
                 const void *theta, const rs_minibatch *batch, void *out)
{
    const size_t bytes = kernel->scratch_bytes(network, batch->samples, batch->steps, false);
    void *scratch = aligned_alloc(64, (bytes + 63) / 64 * 64);
    assert_non_null(scratch);
    memset(scratch, 0xA5, bytes);
    call(scratch, network, theta, batch, out, WALK_STRIDE);
    free(scratch);
}

/* A network that starts where sample b is after `step` steps goes on as the sample does. */
static void assert_goes_on(const rs_kernel *kernel, const rs_network *network, double *theta,
                           const rs_minibatch *batch, const double *states, const double *logits,
                           uint32_t step, uint32_t b)
{
    _Alignas(64) double alone[WALK * WALK_STRIDE], first[2 * WALK_STATES];
    const size_t carried = network->states + network->tensor[RS_C0].count;
    rs_minibatch rest = *batch;
    rest.code += b + step * batch->stride;
    rest.samples = 1;
    rest.steps -= step;
    memcpy(first, theta, carried * sizeof *first);
    for (size_t i = 0; i < carried; i++)
        theta[i] = states[((step - 1) * carried + i) * WALK_STRIDE + b];
    walk(kernel->logits, kernel, network, theta, &rest, alone);
    memcpy(theta, first, carried * sizeof *first);
    for (uint32_t k = 0; k < rest.steps; k++)
        assert_memory_equal(&alone[k * WALK_STRIDE], &logits[(step + k) * WALK_STRIDE + b],
                            sizeof *alone);
}

/* What stands at the beginning of a block of parameters is what is first carried. */
static void check_states(const rs_isa *isa, const problem *p, double *theta, const uint8_t *code)
{
    static _Alignas(64) double ours[WALK * 2 * WALK_STATES * WALK_STRIDE + PAST];
    static _Alignas(64) double expected[sizeof ours / sizeof ours[0]], logits[WALK * WALK_STRIDE];
    const rs_kernel *kernel = rs_isa_kernel(isa, RS_FLOAT64);
    const rs_network network = problem_network(p);
    const size_t carried = network.states + network.tensor[RS_C0].count;
    const size_t count = WALK * carried * WALK_STRIDE;
    const rs_minibatch batch = problem_batch(p, code);
    assert_int_equal(network.tensor[RS_S0].offset, 0);
    memset(ours, 0, sizeof ours);
    memset(expected, 0, sizeof expected);
    walk(kernel->states, kernel, &network, theta, &batch, ours);
    walk(rs_isa_kernel(generic_isa(), RS_FLOAT64)->states, rs_isa_kernel(generic_isa(), RS_FLOAT64),
         &network, theta, &batch, expected);
    for (size_t i = 0; i < count; i++)
        assert_true(i % WALK_STRIDE >= WALKED || ours[i] == expected[i]);
    for (size_t i = count; i < sizeof ours / sizeof ours[0]; i++)
        assert_true(ours[i] == 0);
    walk(kernel->logits, kernel, &network, theta, &batch, logits);
    for (uint32_t step = 1; step < WALK; step++)
        assert_goes_on(kernel, &network, theta, &batch, ours, logits, step, (5 * step) % WALKED);
}

static void states_are_those_of_the_forward_pass(void **state)
{
    (void)state;
    static const uint32_t states[] = {1, 3, 11, 32, WALK_STATES};
    static _Alignas(64) double weights[65536];
    static uint8_t code[WALK * 512];
    for (uint32_t kind = 0; kind < PROBLEM_CELLS; kind++)
        for (size_t h = 0; h < sizeof states / sizeof states[0]; h++) {
            problem p = problem_make(RS_FLOAT64, states[h], WALKED, WALK);
            problem_set_cell(&p, kind);
            assert_true(problem_code_bytes(&p) <= sizeof code);
            assert_true(problem_weight_count(&p) <= sizeof weights / sizeof weights[0]);
            problem_draw_codes(&p, code);
            problem_draw_weights(&p, weights);
            for (size_t i = 0; rs_isa_at(i) != NULL; i++)
                if (usable[i])
                    check_states(rs_isa_at(i), &p, weights, code);
        }
}

/* Windows of a sliding minibatch start at any byte. */
static void unaligned_batches_agree(void **state)
{
    (void)state;
    for (uint32_t first = 1; first < 70; first += 5) {
        problem narrow = problem_make(0, 1 + first % 23, 33, 5);
        problem wide = problem_make(0, 64 + first % 23, 33, 5);
        narrow.first = wide.first = first;
        assert_isas_agree_in_both_precisions(narrow);
        assert_isas_agree_in_both_precisions(wide);
    }
}

/* From weights whose products are denormal to ones that saturate and overflow. */
static void every_magnitude_of_weights_agrees(void **state)
{
    (void)state;
    static const double scale[] = {0, 1e-310, 1e-160, 1e-40, 1e-20, 1e-3, 5, 50, 1e19, 1e38, 1e300};
    for (uint32_t kind = 0; kind < PROBLEM_CELLS; kind++)
        for (size_t i = kind % case_step; i < sizeof scale / sizeof scale[0]; i += case_step) {
            problem narrow = problem_make(0, 5, 17, 16), wide = problem_make(0, 44, 17, 16);
            narrow.scale = wide.scale = scale[i];
            problem_set_cell(&narrow, kind);
            problem_set_cell(&wide, kind);
            assert_isas_agree_in_both_precisions(narrow);
            assert_isas_agree_in_both_precisions(wide);
        }
}

static void weights_that_are_no_numbers_agree(void **state)
{
    (void)state;
    static const double special[] = {NAN, INFINITY, -INFINITY};
    static const uint32_t states[] = {3, 44};
    for (size_t h = 0; h < PROBLEM_CELLS + 1; h++) {
        problem p = problem_make(0, states[h == 0], 17, 5);
        problem_set_cell(&p, h == 0 ? 0 : (uint32_t)h - 1);
        for (size_t at = 0; at < problem_weight_count(&p);
             at += (1 + p.states / 2) * shape_step * case_step)
            for (size_t i = 0; i < sizeof special / sizeof special[0]; i++) {
                p.special_at = at;
                p.special = special[i];
                assert_isas_agree_in_both_precisions(p);
            }
    }
}

/* Neither what scratch and results held before nor the samples beside the batch show. */
static void only_the_problem_matters(void **state)
{
    (void)state;
    static const uint32_t states[] = {1, 3, 4, 7, 17, 23, 24, 31, 32, 33, 44, 65};
    for (size_t i = 0; rs_isa_at(i) != NULL; i++)
        for (size_t h = 0; usable[i] && h < sizeof states / sizeof states[0]; h++)
            for (uint32_t b = 0; b < SAMPLES; b++) {
                problem p = problem_make(h % 2 == b % 2 ? RS_FLOAT32 : RS_FLOAT64, states[h],
                                         samples[b], 5);
                problem_set_cell(&p, (uint32_t)(h + b) % PROBLEM_CELLS);
                problem q = p;
                q.fill = 0xFF; /* NaN */
                q.neighbours = 2;
                double *first = run(rs_isa_at(i), &p), *second = run(rs_isa_at(i), &q);
                assert_same(rs_isa_at(i), &p, second, first);
                free(first);
                free(second);
            }
}

/* ---- Elementwise functions ------------------------------------------------------------------- */

enum { ARGUMENTS = 1 << 16, FUNCTIONS = 4 };

/* Evenly spaced bit patterns: all exponents, both signs, infinities and NaNs. */
static void draw_arguments(uint32_t precision, void *x)
{
    static const double special[] = {0.0, -0.0, INFINITY, -INFINITY, NAN, 1.0, -1.0, 0x1.050d32p+3};
    for (uint64_t i = 0; i < ARGUMENTS; i++) {
        uint64_t word = i * (UINT64_MAX / ARGUMENTS) + i * i;
        float single;
        double wide;
        uint32_t half = (uint32_t)(word >> 32);
        memcpy(&single, &half, sizeof single);
        memcpy(&wide, &word, sizeof wide);
        if (i < sizeof special / sizeof special[0])
            single = (float)(wide = special[i]);
        if (precision == RS_FLOAT32)
            ((float *)x)[i] = single;
        else
            ((double *)x)[i] = wide;
    }
}

static void apply_functions(const rs_isa *isa, uint32_t precision, const void *x, double *values)
{
    _Alignas(64) static double result[FUNCTIONS][ARGUMENTS];
    elementwise_of(isa, precision)(ARGUMENTS, x, result[0], result[1], result[2], result[3]);
    for (int f = 0; f < FUNCTIONS; f++)
        for (size_t i = 0; i < ARGUMENTS; i++) {
            double value =
                precision == RS_FLOAT64 ? result[f][i] : (double)((const float *)result[f])[i];
            *values++ = isnan(value) ? NAN : value;
        }
}

static void elementwise_functions_agree(void **state)
{
    (void)state;
    _Alignas(64) static double x[ARGUMENTS], expected[FUNCTIONS * ARGUMENTS],
        ours[FUNCTIONS * ARGUMENTS];
    const rs_isa *isa;
    for (uint32_t precision = RS_FLOAT32; precision <= RS_FLOAT64; precision++) {
        draw_arguments(precision, x);
        apply_functions(generic_isa(), precision, x, expected);
        for (size_t i = 0; (isa = other_isa(i)) != NULL; i++) {
            apply_functions(isa, precision, x, ours);
            assert_memory_equal(ours, expected, sizeof ours);
        }
    }
}

/* With `few`, every ninth shape only; with `every_shape`, the full product of shapes, and all cases
 * of all cells. */
int main(int count, char **arguments)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_cannot_be_used_is_missing_in_this_cpu),
        cmocka_unit_test(elementwise_functions_agree),
        cmocka_unit_test(every_width_agrees),
        cmocka_unit_test(every_cell_agrees),
        cmocka_unit_test(long_sequences_agree),
        cmocka_unit_test(shared_steps_agree),
        cmocka_unit_test(a_sample_is_the_same_in_every_batch),
        cmocka_unit_test(states_are_those_of_the_forward_pass),
        cmocka_unit_test(unaligned_batches_agree),
        cmocka_unit_test(every_magnitude_of_weights_agrees),
        cmocka_unit_test(weights_that_are_no_numbers_agree),
        cmocka_unit_test(only_the_problem_matters),
    };
    const struct CMUnitTest slow_tests[] = {
        cmocka_unit_test(every_shape_agrees),
        cmocka_unit_test(every_cell_agrees),
        cmocka_unit_test(every_magnitude_of_weights_agrees),
        cmocka_unit_test(weights_that_are_no_numbers_agree),
    };
    const rs_isa *isa;
    find_usable();
    for (size_t i = 0; (isa = other_isa(i)) != NULL; i++)
        print_message("compared with generic: %s\n", rs_isa_name(isa));
    if (count > 1 && strcmp(arguments[1], "few") == 0)
        shape_step = case_step = 9;
    else if (count > 1) {
        case_step = 1;
        return cmocka_run_group_tests(slow_tests, NULL, NULL);
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
