#include "sequence_problem.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

rs_network network_of(rs_cell cell, rs_head head, uint32_t inputs, uint32_t states,
                      uint32_t outputs, double leak)
{
    rs_network network = rs_network_make(cell, inputs, states, outputs);
    network.head = head;
    network.leak = leak;
    return network;
}

bool has_classes(const rs_network *network)
{
    return network->head == RS_HEAD_CLASSES || network->head == RS_HEAD_CLASSES_SQUARED;
}

size_t target_rows(const rs_network *network)
{
    return has_classes(network) ? 1 : network->outputs;
}

void *take(size_t count, size_t size)
{
    void *block = aligned_alloc(64, (count * size + 127) / 64 * 64);
    assert_non_null(block);
    return memset(block, 0, (count * size + 127) / 64 * 64);
}

/* ---- Problems -------------------------------------------------------------------------------- */

static double draw_target(rs_random *random, const rs_network *network)
{
    if (has_classes(network))
        return (double)rs_random_below(random, network->outputs);
    if (network->head == RS_HEAD_REALS)
        return rs_random_uniform(random, -1, 1);
    return (double)rs_random_below(random, 2);
}

static void draw_sample(problem *p, rs_random *random, size_t b, bool ragged)
{
    static const double weights[] = {0, 1, 0.5, 2.5, 5};
    const size_t rows = target_rows(&p->network), inputs = p->network.inputs;
    const size_t length = ragged ? 1 + rs_random_below(random, p->steps) : p->steps;
    p->length[b] = (double)length;
    for (size_t k = 0; k < length; k++) {
        const double w = ragged ? weights[rs_random_below(random, 5)] : 1;
        p->weight[k * p->stride + b] = w;
        p->weight_sum += w;
        for (size_t i = 0; i < inputs; i++)
            p->input[(k * inputs + i) * p->stride + b] = (float)rs_random_uniform(random, -1, 1);
        for (size_t o = 0; o < rows; o++)
            p->target[(k * rows + o) * p->stride + b] = (float)draw_target(random, &p->network);
    }
}

problem problem_draw(rs_network network, uint32_t precision, uint32_t samples, uint32_t steps,
                     bool ragged)
{
    problem p = {.network = network,
                 .samples = samples,
                 .steps = steps,
                 .precision = precision,
                 .stride = (samples + 15) / 16 * 16,
                 .tolerance = 0.25};
    rs_random random;
    rs_random_seed(&random, samples * 1000 + network.states);
    p.input = take(steps * network.inputs * p.stride, sizeof(double));
    p.target = take(steps * target_rows(&network) * p.stride, sizeof(double));
    p.weight = take(steps * p.stride, sizeof(double));
    p.length = take(p.stride, sizeof(double));
    p.theta = take(network.count, sizeof(double));
    for (size_t i = 0; i < network.count; i++)
        p.theta[i] = (float)rs_random_uniform(&random, -0.7, 0.7);
    for (size_t b = 0; b < samples; b++)
        draw_sample(&p, &random, b, ragged);
    return p;
}

void problem_free(problem *p)
{
    free(p->input);
    free(p->symbol);
    free(p->target);
    free(p->weight);
    free(p->length);
    free(p->theta);
}

/* ---- What kernels make of it ----------------------------------------------------------------- */

static void *convert(const double *values, size_t count, uint32_t precision)
{
    double *block = take(count + RS_BLOCK_MULTIPLE, sizeof(double));
    for (size_t i = 0; i < count; i++)
        if (precision == RS_FLOAT64)
            block[i] = values[i];
        else
            ((float *)(void *)block)[i] = (float)values[i];
    return block;
}

double number(const void *block, size_t i, uint32_t precision)
{
    return precision == RS_FLOAT64 ? ((const double *)block)[i] : (double)((const float *)block)[i];
}

call call_make(const problem *p, const rs_kernel *kernel)
{
    const size_t rows = target_rows(&p->network), plane = p->steps * p->stride;
    call c = {.sequences = {.input = convert(p->input, plane * p->network.inputs, p->precision),
                            .target = convert(p->target, plane * rows, p->precision),
                            .weight = convert(p->weight, plane, p->precision),
                            .length = convert(p->length, p->stride, p->precision),
                            .weight_sum = p->weight_sum,
                            .tolerance = p->tolerance,
                            .by_sign = p->by_sign},
              .theta = convert(p->theta, p->network.count, p->precision),
              .gradient = take(p->network.count + RS_BLOCK_MULTIPLE, sizeof(double)),
              .logit = take(plane * p->network.outputs, sizeof(double))};
    c.batch = (rs_minibatch){.stride = p->stride, .samples = p->samples, .steps = p->steps};
    c.scratch = take(kernel->scratch_bytes(&p->network, p->samples, p->steps, true), 1);
    c.forward =
        fence_take(kernel->scratch_bytes(&p->network, p->samples, p->steps, false), 64, 0xA5);
    return c;
}

void call_run(call *c, const problem *p, const rs_kernel *kernel)
{
    c->batch.sequences = &c->sequences;
    double loss_again;
    c->loss = kernel->loss(c->forward.block, &p->network, c->theta, &c->batch);
    kernel->gradient(c->scratch, &p->network, c->theta, &c->batch, c->gradient, &loss_again);
    assert_true(loss_again == c->loss);
    c->score = (rs_score){.bits = 0};
    kernel->evaluate(c->forward.block, &p->network, c->theta, &c->batch, &c->score);
    kernel->logits(c->forward.block, &p->network, c->theta, &c->batch, c->logit, p->stride);
}

void call_free(call *c)
{
    free((void *)(uintptr_t)c->sequences.input);
    free((void *)(uintptr_t)c->sequences.target);
    free((void *)(uintptr_t)c->sequences.weight);
    free((void *)(uintptr_t)c->sequences.length);
    assert_true(fence_release(&c->forward));
    free(c->scratch);
    free(c->theta);
    free(c->gradient);
    free(c->logit);
}

const rs_isa *fastest(void)
{
    const rs_isa *isa;
    assert_int_equal(rs_isa_select(&isa, NULL, NULL), RS_OK);
    return isa;
}

void check_same(const problem *p, const call *first, const call *other)
{
    const uint32_t precision = p->precision;
    assert_true(other->loss == first->loss && other->score.loss == first->score.loss);
    assert_true(other->score.bits == first->score.bits);
    for (size_t j = 0; j < p->network.count; j++)
        assert_true(number(other->gradient, j, precision) == number(first->gradient, j, precision));
    for (size_t j = 0; j < p->steps * p->network.outputs * p->stride; j++)
        if (j % p->stride < p->samples)
            assert_true(number(other->logit, j, precision) == number(first->logit, j, precision));
}
