/* Kernels for sequences of any kind: loss and scores against plain loops, gradients against central
 * differences of the loss, all instruction sets against each other, for every head. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "random.h"
#include "sequence_problem.h"

/* ---- The definition, in plain loops, of tanh networks -----------------------------------------
 */

typedef struct outcome {
    double loss; /* the weighted mean */
    rs_score score;
} outcome;

/* Of the networks here that are gone through in plain loops. */
enum { STATES_MOST = 96 };

static const double *tensor_of(const problem *p, rs_tensor tensor)
{
    return p->theta + p->network.tensor[tensor].offset;
}

static void next_state(const problem *p, size_t b, size_t k, double *s)
{
    const size_t H = p->network.states, inputs = p->network.inputs;
    double next[STATES_MOST];
    for (size_t j = 0; j < H; j++) {
        double a = tensor_of(p, RS_B_IN)[j] + tensor_of(p, RS_B_REC)[j];
        for (size_t i = 0; i < inputs; i++)
            a += p->input[(k * inputs + i) * p->stride + b] * tensor_of(p, RS_W_IN)[i * H + j];
        for (size_t i = 0; i < H; i++)
            a += s[i] * tensor_of(p, RS_W_REC)[i * H + j];
        next[j] = (1 - p->network.leak) * s[j] + p->network.leak * tanh(a);
    }
    memcpy(s, next, H * sizeof *s);
}

static void logits_of(const problem *p, const double *s, double *z)
{
    const size_t outputs = p->network.outputs;
    for (size_t o = 0; o < outputs; o++) {
        z[o] = tensor_of(p, RS_B_OUT)[o];
        for (size_t h = 0; h < p->network.states; h++)
            z[o] += s[h] * tensor_of(p, RS_W_OUT)[h * outputs + o];
    }
}

/* The loss of a step, for bits and reals the mean over its outputs, and its wrong outputs. */
static double step_loss(const problem *p, const double *z, const double *t, uint64_t *wrong)
{
    const size_t outputs = p->network.outputs;
    double sum = 0, loss = 0, y[64];
    size_t best = 0;
    *wrong = 0;
    for (size_t o = 0; o < outputs; o++) {
        sum += exp(z[o]);
        best = z[o] > z[best] ? o : best;
    }
    for (size_t o = 0; o < outputs; o++) {
        const double target = has_classes(&p->network) ? (double)o == t[0] : t[o * p->stride];
        y[o] = has_classes(&p->network)           ? exp(z[o]) / sum
               : p->network.head == RS_HEAD_REALS ? z[o]
                                                  : 1 / (1 + exp(-z[o]));
        if (p->network.head == RS_HEAD_CLASSES)
            loss -= target * log(y[o]);
        else if (p->network.head == RS_HEAD_BITS)
            loss -= (target * log(y[o]) + (1 - target) * log(1 - y[o])) / (double)outputs;
        else
            loss += (y[o] - target) * (y[o] - target) / (double)outputs;
        if (has_classes(&p->network))
            *wrong += o == best && target == 0;
        else
            *wrong += p->network.head == RS_HEAD_REALS && !p->by_sign
                          ? fabs(y[o] - target) > p->tolerance
                          : (z[o] > 0) != (target > 0);
    }
    return loss;
}

static outcome expected_outcome(const problem *p, double *logits)
{
    outcome e = {.loss = 0};
    const size_t rows = target_rows(&p->network), outputs = p->network.outputs;
    for (size_t b = 0; b < p->samples; b++) {
        double s[STATES_MOST], z[64];
        uint64_t all_wrong = 0;
        memcpy(s, tensor_of(p, RS_S0), p->network.states * sizeof *s);
        for (size_t k = 0; k < (size_t)p->length[b]; k++) {
            uint64_t wrong;
            const double w = p->weight[k * p->stride + b];
            next_state(p, b, k, s);
            logits_of(p, s, z);
            for (size_t o = 0; o < outputs; o++)
                logits[(k * outputs + o) * p->stride + b] = z[o];
            const double loss = step_loss(p, z, p->target + k * rows * p->stride + b, &wrong);
            e.score.loss += w * loss;
            e.score.counted += w > 0 ? rows : 0;
            all_wrong += w > 0 ? wrong : 0;
        }
        e.score.bits -= all_wrong;
        e.score.sums += all_wrong == 0;
    }
    e.score.bits += e.score.counted;
    e.loss = p->weight_sum > 0 ? e.score.loss / p->weight_sum : 0;
    return e;
}
static void check_values(const problem *p, const rs_kernel *kernel)
{
    const double unit = (p->precision == RS_FLOAT64 ? 0x1p-53 : 0x1p-24) * 100 * p->steps;
    const size_t outputs = p->network.outputs;
    double *logits = take(p->steps * outputs * p->stride, sizeof *logits);
    const outcome e = expected_outcome(p, logits);
    call c = call_make(p, kernel);
    call_run(&c, p, kernel);
    assert_true(fabs(c.loss - e.loss) <= unit * (1 + e.loss));
    assert_true(fabs(c.score.loss - e.score.loss) <= unit * (1 + e.score.loss));
    assert_true(c.score.weight == p->weight_sum);
    assert_true(c.score.counted == e.score.counted && c.score.bits == e.score.bits &&
                c.score.sums == e.score.sums);
    for (size_t b = 0; b < p->samples; b++)
        for (size_t i = 0; i < (size_t)p->length[b] * outputs; i++)
            assert_true(fabs(number(c.logit, i * p->stride + b, p->precision) -
                             logits[i * p->stride + b]) <= unit * 4);
    call_free(&c);
    free(logits);
}

static void losses_and_scores_agree_with_plain_loops(void **state)
{
    static const uint32_t shapes[][4] = {/* I, H, O, B */ {1, 1, 1, 1},
                                         {3, 4, 2, 7},
                                         {2, 8, 5, 16},
                                         {5, 17, 3, 100},
                                         {9, 33, 10, 37},
                                         {4, 96, 3, 100},
                                         {2, 64, 1, 37}};
    (void)state;
    for (int head = RS_HEAD_BITS; head < RS_HEAD_TOTAL; head++)
        for (size_t i = 0; i < sizeof shapes / sizeof shapes[0]; i++)
            for (int variant = 0; variant < 8; variant++) {
                const uint32_t *n = shapes[i], precision = variant & 1;
                const rs_network network = network_of(RS_CELL_TANH, (rs_head)head, n[0], n[1], n[2],
                                                      variant & 2 ? 0.3 : 1);
                problem p = problem_draw(network, precision, n[3], 7, variant & 4);
                check_values(&p, rs_isa_kernel(fastest(), precision));
                problem_free(&p);
            }
}

/* ---- Many steps --------------------------------------------------------------------------------
 */

/* The outputs that kernels make of the states that they say, to the bit. */
static void check_states(const problem *p, const rs_kernel *kernel, const call *c)
{
    const size_t H = p->network.states, carried = H + p->network.tensor[RS_C0].count;
    const size_t outputs = p->network.outputs;
    void *state = take(p->steps * carried * p->stride, sizeof(double));
    kernel->states(c->forward.block, &p->network, c->theta, &c->batch, state, p->stride);
    for (size_t k = 0; k < p->steps; k++)
        for (size_t o = 0; o < outputs; o++)
            for (size_t b = 0; b < p->samples; b++) {
                double z = tensor_of(p, RS_B_OUT)[o];
                for (size_t h = 0; h < H; h++) {
                    const double s = number(state, (k * carried + h) * p->stride + b, p->precision);
                    const double w = tensor_of(p, RS_W_OUT)[h * outputs + o];
                    z = p->precision == RS_FLOAT64 ? fma(s, w, z)
                                                   : fmaf((float)s, (float)w, (float)z);
                }
                assert_true(z == number(c->logit, (k * outputs + o) * p->stride + b, p->precision));
            }
    free(state);
}

/* What is right by the outputs that kernels say. */
static void check_score(const problem *p, const call *c)
{
    const size_t rows = target_rows(&p->network), outputs = p->network.outputs;
    rs_score score = {.bits = 0};
    for (size_t b = 0; b < p->samples; b++) {
        uint64_t all_wrong = 0, wrong = 0;
        for (size_t k = 0; k < p->steps; k++) {
            double z[64];
            for (size_t o = 0; o < outputs; o++)
                z[o] = number(c->logit, (k * outputs + o) * p->stride + b, p->precision);
            if (p->weight[k * p->stride + b] == 0)
                continue;
            step_loss(p, z, p->target + k * rows * p->stride + b, &wrong);
            all_wrong += wrong;
            score.counted += rows;
        }
        score.bits -= all_wrong;
        score.sums += (p->by_sign ? wrong : all_wrong) == 0;
    }
    assert_true(c->score.counted == score.counted && c->score.sums == score.sums &&
                c->score.bits == score.counted + score.bits);
}

/* Calls without a gradient keep few steps in memory; their loss is that of the gradient, which
 * keeps all. Odd numbers of steps, and parts of chunks. */
static void what_is_not_kept_does_not_show(void **state)
{
    enum { LONG = 301, MANY = 53 };
    (void)state;
    for (int cell = 0; cell < RS_CELL_TOTAL; cell++)
        for (int head = RS_HEAD_BITS; head < RS_HEAD_TOTAL; head++)
            for (int variant = 0; variant < 8; variant++) {
                const uint32_t precision = variant & 1;
                const rs_network network = network_of((rs_cell)cell, (rs_head)head, 2,
                                                      variant & 4 ? 2 : 7, variant & 4 ? 1 : 3, 1);
                problem p = problem_draw(network, precision, MANY, LONG, variant & 2);
                p.by_sign = head == RS_HEAD_REALS && variant & 4;
                const rs_kernel *kernel = rs_isa_kernel(fastest(), precision);
                call c = call_make(&p, kernel);
                call_run(&c, &p, kernel);
                check_score(&p, &c);
                check_states(&p, kernel, &c);
                call_free(&c);
                problem_free(&p);
            }
}

static void memory_grows_with_steps_for_gradients_alone(void **state)
{
    static const uint32_t states[] = {1, 3, 32, 64}, samples[] = {1, 16, 256};
    (void)state;
    for (int cell = 0; cell < RS_CELL_TOTAL; cell++)
        for (int head = RS_HEAD_BIT; head < RS_HEAD_TOTAL; head++)
            for (int i = 0; i < 4 * 3 * 2; i++) {
                const rs_network network =
                    network_of((rs_cell)cell, (rs_head)head, 2, states[i % 4], 1, 1);
                const rs_kernel *kernel = rs_isa_kernel(fastest(), (uint32_t)i / 12);
                const uint32_t count = samples[i / 4 % 3];
                const size_t some = kernel->scratch_bytes(&network, count, 1000, false);
                assert_true(kernel->scratch_bytes(&network, count, 10000, false) == some);
                assert_true(kernel->scratch_bytes(&network, count, 10000, true) > some);
            }
}

/* Of every so manyth parameter. Central differences with step h are off by h^2 f'''/6 and by the
 * rounding of the loss over h. */
static void check_gradient(rs_network network, uint32_t samples, uint32_t steps, size_t every)
{
    static const double h = 1e-6, tolerance = 2e-9;
    const rs_kernel *kernel = rs_isa_kernel(fastest(), RS_FLOAT64);
    problem p = problem_draw(network, RS_FLOAT64, samples, steps, true);
    call c = call_make(&p, kernel);
    double *theta = c.theta;
    call_run(&c, &p, kernel);
    for (size_t i = 0; i < network.count; i += every) {
        const double kept = theta[i];
        theta[i] = kept + h;
        const double above = kernel->loss(c.scratch, &network, theta, &c.batch);
        theta[i] = kept - h;
        const double below = kernel->loss(c.scratch, &network, theta, &c.batch);
        theta[i] = kept;
        const double numerical = (above - below) / (2 * h);
        if (!(fabs(numerical - number(c.gradient, i, RS_FLOAT64)) <= tolerance * fmax(1, c.loss)))
            fail_msg("%s, head %d, B = %u, parameter %zu: %.12g, but differences give %.12g",
                     rs_cell_name(network.cell), network.head, samples, i,
                     number(c.gradient, i, RS_FLOAT64), numerical);
    }
    call_free(&c);
    problem_free(&p);
}

static void gradients_agree_with_central_differences(void **state)
{
    (void)state;
    for (int cell = 0; cell < RS_CELL_TOTAL; cell++)
        for (int head = RS_HEAD_BITS; head < RS_HEAD_TOTAL; head++) {
            check_gradient(network_of((rs_cell)cell, (rs_head)head, 3, 5, 4, 1), 19, 6, 1);
            check_gradient(network_of((rs_cell)cell, (rs_head)head, 1, 2, 1, 1), 3, 2, 1);
            check_gradient(network_of((rs_cell)cell, (rs_head)head, 3, 64, 4, 1), 19, 3, 53);
            if (cell == RS_CELL_TANH)
                check_gradient(network_of((rs_cell)cell, (rs_head)head, 2, 6, 3, 0.4), 9, 5, 1);
        }
}

static void check_instruction_sets(rs_network network, uint32_t precision)
{
    problem p = problem_draw(network, precision, 53, 9, true);
    const rs_isa *reference;
    assert_int_equal(rs_isa_select(&reference, "generic", NULL), RS_OK);
    call first = call_make(&p, rs_isa_kernel(reference, precision));
    call_run(&first, &p, rs_isa_kernel(reference, precision));
    for (size_t i = 0; rs_isa_at(i) != NULL; i++) {
        if (rs_isa_check(rs_isa_at(i)) != RS_ISA_USABLE)
            continue;
        const rs_kernel *kernel = rs_isa_kernel(rs_isa_at(i), precision);
        call other = call_make(&p, kernel);
        call_run(&other, &p, kernel);
        check_same(&p, &first, &other);
        call_free(&other);
    }
    call_free(&first);
    problem_free(&p);
}

static void instruction_sets_agree(void **state)
{
    (void)state;
    for (uint32_t precision = RS_FLOAT32; precision <= RS_FLOAT64; precision++) {
        for (int head = RS_HEAD_BITS; head < RS_HEAD_TOTAL; head++)
            check_instruction_sets(network_of(RS_CELL_TANH, (rs_head)head, 6, 13, 7, 1), precision);
        for (int cell = 0; cell < RS_CELL_TOTAL; cell++)
            check_instruction_sets(network_of((rs_cell)cell, RS_HEAD_CLASSES, 6, 64, 7, 1),
                                   precision);
        check_instruction_sets(network_of(RS_CELL_TANH, RS_HEAD_REALS, 1, 130, 1, 0.5), precision);
    }
}

/* Outputs far out: no overflow, no loss of a loss. */
static void losses_are_stable(void **state)
{
    static const struct {
        rs_head head;
        double z, expected; /* one output or class 0 of two; target 0 */
    } cases[] = {{RS_HEAD_BITS, 500, 500},       {RS_HEAD_BITS, -500, 0},
                 {RS_HEAD_CLASSES, 500, 0},      {RS_HEAD_CLASSES, -500, 500},
                 {RS_HEAD_BITS_SQUARED, 500, 1}, {RS_HEAD_CLASSES_SQUARED, -500, 1}};
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        for (uint32_t precision = RS_FLOAT32; precision <= RS_FLOAT64; precision++) {
            const uint32_t outputs = 2;
            problem p = problem_draw(network_of(RS_CELL_TANH, cases[i].head, 1, 1, outputs, 1),
                                     precision, 3, 2, false);
            const rs_kernel *kernel = rs_isa_kernel(fastest(), precision);
            memset(p.theta, 0, p.network.count * sizeof *p.theta);
            p.theta[p.network.tensor[RS_B_OUT].offset] = cases[i].z;
            if (!has_classes(&p.network))
                p.theta[p.network.tensor[RS_B_OUT].offset + 1] = cases[i].z;
            memset(p.target, 0, p.steps * target_rows(&p.network) * p.stride * sizeof *p.target);
            call c = call_make(&p, kernel);
            call_run(&c, &p, kernel);
            assert_true(fabs(c.loss - cases[i].expected) <= 1e-30 + 1e-6 * cases[i].expected);
            for (size_t j = 0; j < p.network.count; j++)
                assert_true(isfinite(number(c.gradient, j, precision)));
            call_free(&c);
            problem_free(&p);
        }
}

/* States of both orders of kernels. */
static const uint32_t of_both_orders[] = {3, 64};
enum { ORDERS = 2 };

/* Nothing counts: loss and gradient are 0. */
static void a_batch_without_weight_has_no_gradient(void **state)
{
    (void)state;
    for (int i = 0; i < ORDERS * RS_HEAD_TOTAL; i++) {
        const rs_head head = (rs_head)(i / ORDERS);
        if (head < RS_HEAD_BITS)
            continue;
        problem p =
            problem_draw(network_of(RS_CELL_TANH, head, 2, of_both_orders[i % ORDERS], 2, 1),
                         RS_FLOAT32, 5, 4, true);
        memset(p.weight, 0, p.steps * p.stride * sizeof *p.weight);
        p.weight_sum = 0;
        const rs_kernel *kernel = rs_isa_kernel(fastest(), RS_FLOAT32);
        call c = call_make(&p, kernel);
        call_run(&c, &p, kernel);
        assert_true(c.loss == 0 && c.score.loss == 0 && c.score.counted == 0);
        assert_true(c.score.sums == p.samples);
        for (size_t j = 0; j < p.network.count; j++)
            assert_true(number(c.gradient, j, RS_FLOAT32) == 0);
        call_free(&c);
        problem_free(&p);
    }
}

/* States are 0 past a sequence's end, so that only the biases are left of its outputs. */
static void sequences_end(void **state)
{
    (void)state;
    for (uint32_t i = 0; i < 2 * ORDERS; i++) {
        const uint32_t precision = i / ORDERS;
        const size_t outputs = 3;
        const rs_network network =
            network_of(RS_CELL_TANH, RS_HEAD_REALS, 2, of_both_orders[i % ORDERS], 3, 0.5);
        problem p = problem_draw(network, precision, 21, 6, true);
        const rs_kernel *kernel = rs_isa_kernel(fastest(), precision);
        call c = call_make(&p, kernel);
        call_run(&c, &p, kernel);
        size_t past = 0;
        for (size_t b = 0; b < p.samples; b++)
            for (size_t j = (size_t)p.length[b] * outputs; j < p.steps * outputs; j++, past++)
                assert_true(number(c.logit, j * p.stride + b, precision) ==
                            tensor_of(&p, RS_B_OUT)[j % outputs]);
        assert_true(past > 0);
        call_free(&c);
        problem_free(&p);
    }
}

/* An output that overflows where nothing counts: s is -1 at the first step, which counts, and 1 at
 * the second. */
static void what_does_not_count_may_overflow(void **state)
{
    (void)state;
    for (int head = RS_HEAD_BITS; head < RS_HEAD_TOTAL; head++) {
        const rs_network network = network_of(RS_CELL_TANH, (rs_head)head, 1, 1, 1, 1);
        problem p = problem_draw(network, RS_FLOAT32, 1, 2, false);
        const rs_kernel *kernel = rs_isa_kernel(fastest(), RS_FLOAT32);
        memset(p.theta, 0, network.count * sizeof *p.theta);
        p.theta[network.tensor[RS_W_IN].offset] = 30;
        p.theta[network.tensor[RS_W_OUT].offset] = 3e38;
        p.theta[network.tensor[RS_B_OUT].offset] = 3e38;
        p.input[0] = -1;
        p.input[p.stride] = 1;
        p.target[0] = 0;
        p.weight[p.stride] = 0;
        p.weight_sum = 1;
        call c = call_make(&p, kernel);
        call_run(&c, &p, kernel);
        assert_true(isinf(number(c.logit, p.stride, RS_FLOAT32)));
        assert_true(isfinite(c.loss));
        for (size_t j = 0; j < network.count; j++)
            assert_true(isfinite(number(c.gradient, j, RS_FLOAT32)));
        call_free(&c);
        problem_free(&p);
    }
}

/* Equal outputs are class 0; a real at the tolerance is right, one past it wrong. */
static void ties_and_bounds_are_decided(void **state)
{
    (void)state;
    for (int head = RS_HEAD_CLASSES; head <= RS_HEAD_REALS; head++) {
        problem p = problem_draw(network_of(RS_CELL_TANH, (rs_head)head, 1, 1, 2, 1), RS_FLOAT64, 2,
                                 1, false);
        const size_t rows = target_rows(&p.network);
        memset(p.theta, 0, p.network.count * sizeof *p.theta);
        for (size_t o = 0; o < rows; o++) {
            p.target[o * p.stride] = has_classes(&p.network) ? 0 : p.tolerance;
            p.target[o * p.stride + 1] = has_classes(&p.network) ? 1 : p.tolerance * 1.01;
        }
        const rs_kernel *kernel = rs_isa_kernel(fastest(), RS_FLOAT64);
        call c = call_make(&p, kernel);
        call_run(&c, &p, kernel);
        assert_int_equal(c.score.sums, 1);
        assert_int_equal(c.score.bits, rows);
        call_free(&c);
        problem_free(&p);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(losses_and_scores_agree_with_plain_loops),
        cmocka_unit_test(what_is_not_kept_does_not_show),
        cmocka_unit_test(memory_grows_with_steps_for_gradients_alone),
        cmocka_unit_test(gradients_agree_with_central_differences),
        cmocka_unit_test(instruction_sets_agree),
        cmocka_unit_test(losses_are_stable),
        cmocka_unit_test(a_batch_without_weight_has_no_gradient),
        cmocka_unit_test(sequences_end),
        cmocka_unit_test(what_does_not_count_may_overflow),
        cmocka_unit_test(ties_and_bounds_are_decided),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
