#include "problem.h"

#include <math.h>
#include <string.h>

#include "fence.h"
#include "random.h"

enum { LOSS, BITS, SUMS, FINITE_FIRST, FINITE_SECOND, SCALARS };
enum { THETA, VELOCITY, MEAN_SQUARE, BLOCKS };
enum { VECTOR_BYTES = 64 };

problem problem_make(uint32_t precision, uint32_t states, uint32_t samples, uint32_t steps)
{
    return (problem){.precision = precision,
                     .states = states,
                     .samples = samples,
                     .steps = steps,
                     .leak = 1,
                     .scale = 1,
                     .special_at = SIZE_MAX,
                     .fill = 0xAB,
                     .neighbours = 1};
}

void problem_set_cell(problem *p, uint32_t kind)
{
#define LEAKY(cell, word, gates, carried, leaks) [cell] = leaks,
    static const bool leaky[RS_CELL_TOTAL] = {RS_CELL_LIST(LEAKY)};
#undef LEAKY
    p->cell = (rs_cell)kind;
    p->leak = 1;
    if (kind < RS_CELL_TOTAL)
        return;
    kind -= RS_CELL_TOTAL;
    p->leak = 0.375;
    for (p->cell = 0; !leaky[p->cell] || kind-- > 0;)
        p->cell++;
}

/* ---- What goes in ---------------------------------------------------------------------------- */

size_t problem_stride(const problem *p)
{
    return (size_t)p->first + p->samples + RS_CODE_PADDING;
}

size_t problem_code_bytes(const problem *p)
{
    return p->steps * problem_stride(p);
}

void problem_draw_codes(const problem *p, uint8_t *code)
{
    rs_random inside, outside;
    rs_random_seed(&inside, p->states * 1000 + p->samples);
    rs_random_seed(&outside, p->neighbours);
    const size_t stride = problem_stride(p);
    for (size_t k = 0; k < p->steps; k++)
        for (size_t i = 0; i < stride; i++) {
            bool own = i >= p->first && i - p->first < p->samples;
            code[k * stride + i] = (uint8_t)rs_random_below(own ? &inside : &outside, 8);
        }
}

rs_minibatch problem_batch(const problem *p, const uint8_t *code)
{
    return (rs_minibatch){.code = code + p->first,
                          .stride = problem_stride(p),
                          .samples = p->samples,
                          .steps = p->steps};
}

rs_network problem_network(const problem *p)
{
    rs_network network =
        rs_network_make(p->cell, RS_ADDITION_INPUTS, p->states, RS_ADDITION_OUTPUTS);
    network.leak = p->leak;
    return network;
}

size_t problem_weight_count(const problem *p)
{
    return problem_network(p).count;
}

void problem_draw_weights(const problem *p, double *weights)
{
    rs_random random;
    rs_random_seed(&random, p->states);
    for (size_t i = 0; i < problem_weight_count(p); i++) {
        double weight = rs_random_uniform(&random, -p->scale, p->scale);
        if (i == p->special_at)
            weight = p->special;
        weights[i] =
            p->precision == RS_FLOAT32 || p->single_weights ? (double)(float)weight : weight;
    }
}

/* ---- What comes out -------------------------------------------------------------------------- */

size_t problem_outcome_count(const problem *p)
{
    return SCALARS + (1 + BLOCKS) * problem_weight_count(p) + (size_t)p->samples * p->steps;
}

const char *problem_outcome_name(const problem *p, size_t index)
{
    static const char *const scalars[SCALARS] = {"loss", "bits", "sums", "finite", "finite"};
    static const char *const blocks[1 + BLOCKS] = {"gradient", "parameters", "velocity",
                                                   "mean square"};
    if (index < SCALARS)
        return scalars[index];
    size_t block = (index - SCALARS) / problem_weight_count(p);
    return block < 1 + BLOCKS ? blocks[block] : "logits";
}

static double element(const problem *p, const void *block, size_t i)
{
    double value =
        p->precision == RS_FLOAT64 ? ((const double *)block)[i] : (double)((const float *)block)[i];
    return isnan(value) ? NAN : value;
}

static double *widen(const problem *p, double *to, const void *block, size_t count)
{
    for (size_t i = 0; i < count; i++)
        to[i] = element(p, block, i);
    return to + count;
}

static size_t multiple(size_t count)
{
    return (count + RS_BLOCK_MULTIPLE - 1) / RS_BLOCK_MULTIPLE * RS_BLOCK_MULTIPLE;
}

/* `count` numbers and the room past them that kernels may write. */
static fence take_block(const problem *p, size_t count)
{
    size_t size = p->precision == RS_FLOAT64 ? sizeof(double) : sizeof(float);
    return fence_take(multiple(count) * size, VECTOR_BYTES, p->fill);
}

static void narrow_to_precision(const problem *p, void *block, const double *values, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (p->precision == RS_FLOAT64)
            ((double *)block)[i] = values[i];
        else
            ((float *)block)[i] = (float)values[i];
}

/* The memory of one problem: what the kernel reads and writes, each block with its fence. */
typedef struct arena {
    fence code, weights, scratch, forward_scratch, gradient, logits, block[BLOCKS];
} arena;

static void arena_take(arena *a, const rs_kernel *kernel, const problem *p)
{
    const rs_network network = problem_network(p);
    const size_t count = network.count;
    a->code = fence_take(problem_code_bytes(p), 1, 0);
    a->weights = fence_take(count * sizeof(double), VECTOR_BYTES, 0);
    a->scratch = fence_take(kernel->scratch_bytes(&network, p->samples, p->steps, true),
                            VECTOR_BYTES, p->fill);
    a->forward_scratch = fence_take(kernel->scratch_bytes(&network, p->samples, p->steps, false),
                                    VECTOR_BYTES, p->fill);
    a->gradient = take_block(p, count);
    a->logits = take_block(p, multiple(p->samples) * p->steps);
    for (int b = 0; b < BLOCKS; b++)
        a->block[b] = take_block(p, count);
}

static const char *arena_release(arena *a)
{
    const char *complaint = NULL;
    if (!fence_release(&a->code))
        complaint = "wrote beside the codes";
    if (!fence_release(&a->weights))
        complaint = "wrote beside memory that it was not given";
    if (!fence_release(&a->scratch) || !fence_release(&a->forward_scratch))
        complaint = "wrote beside its scratch";
    if (!fence_release(&a->gradient))
        complaint = "wrote beside the gradient";
    if (!fence_release(&a->logits))
        complaint = "wrote beside the logits";
    for (int b = 0; b < BLOCKS; b++)
        if (!fence_release(&a->block[b]))
            complaint = "wrote beside the parameter blocks";
    return complaint;
}

/* Weights as drawn, a velocity, no mean square yet. */
static void arena_fill(arena *a, const problem *p)
{
    const size_t count = problem_weight_count(p);
    double *weights = (double *)(void *)a->weights.block;
    problem_draw_codes(p, (uint8_t *)a->code.block);
    problem_draw_weights(p, weights);
    narrow_to_precision(p, a->block[THETA].block, weights, count);
    for (size_t i = 0; i < count; i++)
        weights[i] /= 64;
    narrow_to_precision(p, a->block[VELOCITY].block, weights, count);
    memset(weights, 0, count * sizeof *weights);
    narrow_to_precision(p, a->block[MEAN_SQUARE].block, weights, count);
}

/* Scratch holds nothing from call to call. */
static void *fresh(const fence *scratch, const problem *p)
{
    memset(scratch->block, p->fill, scratch->bytes);
    return scratch->block;
}

static bool update(const rs_kernel *kernel, const problem *p, arena *a, const rs_minibatch *batch,
                   bool epsilon_in_step)
{
    const rs_network network = problem_network(p);
    rs_run_config config = rs_run_config_default();
    config.lambda = 0.7;
    config.epsilon = 1e-3;
    config.epsilon_placement = epsilon_in_step ? RS_EPSILON_STEP : RS_EPSILON_DENOMINATOR;
    const rs_step step = {.rate = 0.05, .correction1 = 0.1, .correction2 = 0.2};
    const rs_blocks blocks = {.theta = a->block[THETA].block,
                              .velocity = a->block[VELOCITY].block,
                              .squares = a->block[MEAN_SQUARE].block,
                              .gradient = a->gradient.block};
    kernel->look_ahead(&network, &config, &blocks);
    kernel->gradient(fresh(&a->scratch, p), &network, blocks.theta, batch, blocks.gradient, NULL);
    return kernel->descend(&network, &config, &step, &blocks);
}

static void forward_calls(const rs_kernel *kernel, const problem *p, arena *a,
                          const rs_minibatch *batch, double *scalars, double *logits)
{
    const rs_network network = problem_network(p);
    const void *theta = a->block[THETA].block;
    const size_t stride = multiple(p->samples);
    const size_t size = p->precision == RS_FLOAT64 ? sizeof(double) : sizeof(float);
    rs_score score = {.bits = 0};
    const fence *scratch = &a->forward_scratch;
    double loss = kernel->loss(fresh(scratch, p), &network, theta, batch);
    kernel->evaluate(fresh(scratch, p), &network, theta, batch, &score);
    kernel->logits(fresh(scratch, p), &network, theta, batch, a->logits.block, stride);
    scalars[LOSS] = isnan(loss) ? NAN : loss;
    scalars[BITS] = (double)score.bits;
    scalars[SUMS] = (double)score.sums;
    for (size_t k = 0; k < p->steps; k++)
        logits = widen(p, logits, a->logits.block + k * stride * size, p->samples);
}

const char *problem_run(const rs_kernel *kernel, const problem *p, double *outcome)
{
    const size_t count = problem_weight_count(p);
    double *gradient = outcome + SCALARS, *blocks = gradient + count;
    double *logits = blocks + BLOCKS * count;
    arena a;
    arena_take(&a, kernel, p);
    arena_fill(&a, p);
    const rs_minibatch batch = problem_batch(p, (const uint8_t *)a.code.block);
    forward_calls(kernel, p, &a, &batch, outcome, logits);
    outcome[FINITE_FIRST] = update(kernel, p, &a, &batch, false);
    widen(p, gradient, a.gradient.block, count);
    outcome[FINITE_SECOND] = update(kernel, p, &a, &batch, true);
    for (int b = 0; b < BLOCKS; b++)
        blocks = widen(p, blocks, a.block[b].block, count);
    return arena_release(&a);
}
