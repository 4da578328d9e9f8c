/* Kernels whose lanes are runs: against those whose lanes are samples, over instruction sets, and
 * that a run is the same in every lane, beside any other runs. */
#include <math.h>
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
#include "rnnsweep/run_config.h"

enum { LANES = RS_GROUP_LANES_MOST, ALIGNMENT = 64, SAMPLES_MOST = 15 };

/* One setting of a group. Run r draws its network and its sequences from seeds[r]; 0: no run. */
typedef struct setting {
    uint32_t kind, head, states, samples, steps, precision;
    uint32_t seeds[LANES];
} setting;

/* Runs of a full group. */
static uint32_t lanes_of(uint32_t precision)
{
    return precision == RS_FLOAT64 ? LANES / 2 : LANES;
}

static rs_network network_of(const setting *s)
{
    problem p = problem_make(s->precision, s->states, s->samples, s->steps);
    problem_set_cell(&p, s->kind);
    const bool is_bit = s->head == RS_HEAD_BIT;
    rs_network network = rs_network_make(p.cell, is_bit ? 2 : 3, s->states, is_bit ? 1 : 4);
    network.head = (rs_head)s->head;
    network.leak = p.leak;
    return network;
}

static bool has_classes(uint32_t head)
{
    return head == RS_HEAD_CLASSES || head == RS_HEAD_CLASSES_SQUARED;
}

static size_t target_rows(const rs_network *network)
{
    return has_classes(network->head) ? 1 : network->outputs;
}

static size_t number_bytes(uint32_t precision)
{
    return precision == RS_FLOAT64 ? sizeof(double) : sizeof(float);
}

/* ---- One run: its parameters, and sequences of lengths of their own ----------------------------
 */

typedef struct run {
    double *parameters;              /* [count] */
    double *input, *target, *weight; /* [T][rows][B] */
    double length[SAMPLES_MOST], weight_sum;
    uint8_t *code; /* [T][B] */
} run;

static void *take(size_t count, size_t size)
{
    void *block = calloc(count, size);
    assert_non_null(block);
    return block;
}

static double rounded(double value, uint32_t precision)
{
    return precision == RS_FLOAT64 ? value : (double)(float)value;
}

static double draw_target(const setting *s, rs_random *random)
{
    if (has_classes(s->head))
        return (double)rs_random_below(random, 4);
    if (s->head == RS_HEAD_REALS)
        return rounded(rs_random_uniform(random, -1, 1), s->precision);
    return (double)rs_random_below(random, 2);
}

static void draw_sample(const setting *s, const rs_network *network, uint32_t b, rs_random *random,
                        run *r)
{
    const size_t B = s->samples, I = network->inputs, O = target_rows(network);
    r->length[b] =
        (double)(s->head == RS_HEAD_BIT ? s->steps : 1 + rs_random_below(random, s->steps));
    for (size_t k = 0; k < (size_t)r->length[b]; k++) {
        r->code[k * B + b] = (uint8_t)rs_random_below(random, 8);
        for (size_t i = 0; i < I; i++)
            r->input[(k * I + i) * B + b] = rounded(rs_random_uniform(random, -1, 1), s->precision);
        for (size_t o = 0; o < O; o++)
            r->target[(k * O + o) * B + b] = draw_target(s, random);
        /* Some steps do not count; a run may be without any weight. */
        r->weight[k * B + b] = (double)rs_random_below(random, 4) / 2;
        r->weight_sum += r->weight[k * B + b];
    }
}

static run run_draw(const setting *s, uint32_t seed)
{
    const rs_network network = network_of(s);
    const size_t numbers = (size_t)s->steps * s->samples;
    const double scale = 2 / sqrt(s->states);
    rs_random random;
    run r = {.parameters = take(network.count, sizeof(double)),
             .input = take(numbers * network.inputs, sizeof(double)),
             .target = take(numbers * network.outputs, sizeof(double)),
             .weight = take(numbers, sizeof(double)),
             .code = take(numbers, 1)};
    rs_random_seed(&random, seed);
    for (size_t i = 0; i < network.count; i++)
        r.parameters[i] = rounded(rs_random_uniform(&random, -scale, scale), s->precision);
    for (uint32_t b = 0; b < s->samples; b++)
        draw_sample(s, &network, b, &random, &r);
    return r;
}

static void run_free(run *r)
{
    free(r->parameters);
    free(r->input);
    free(r->target);
    free(r->weight);
    free(r->code);
}

static void put(void *block, size_t index, double value, uint32_t precision)
{
    if (precision == RS_FLOAT64)
        ((double *)block)[index] = value;
    else
        ((float *)block)[index] = (float)value;
}

/* Numbers [rows][B] of `steps` steps to [rows][stride], sample b at b * apart + first. */
static void spread(const setting *s, const double *from, size_t rows, size_t stride, size_t apart,
                   size_t first, void *to)
{
    for (size_t i = 0; i < s->steps * rows; i++)
        for (size_t b = 0; b < s->samples; b++)
            put(to, i * stride + b * apart + first, from[i * s->samples + b], s->precision);
}

/* ---- A group call ------------------------------------------------------------------------------
 */

typedef struct outcome {
    double loss[LANES], first_loss[LANES];
    rs_score score[LANES];
    double *gradient; /* [lanes][count] */
} outcome;

/* Everything that a kernel reads and writes, fenced in. */
typedef struct group_call {
    rs_group_batch batch;
    double weight_sum[LANES];
    fence theta, gradient, scratch, code, input, target, weight, length;
} group_call;

#define take_fence(bytes) fence_take(bytes, ALIGNMENT, 0)

static group_call group_take(const rs_kernel *kernel, const setting *s)
{
    const rs_network network = network_of(s);
    const size_t lanes = lanes_of(s->precision), number = number_bytes(s->precision);
    const size_t plane = (size_t)s->samples * lanes * number, numbers = s->steps * plane;
    group_call g = {.theta = take_fence(network.count * lanes * number),
                    .gradient = take_fence(network.count * lanes * number),
                    .scratch =
                        take_fence(kernel->group->scratch_bytes(&network, s->samples, s->steps)),
                    .code = take_fence(s->steps * s->samples * lanes + RS_CODE_PADDING),
                    .input = take_fence(numbers * network.inputs),
                    .target = take_fence(numbers * target_rows(&network)),
                    .weight = take_fence(numbers),
                    .length = take_fence(plane)};
    memset(g.gradient.block, 0xAB, g.gradient.bytes);
    memset(g.scratch.block, 0xAB, g.scratch.bytes);
    g.batch = (rs_group_batch){.samples = s->samples,
                               .steps = s->steps,
                               .code = s->head == RS_HEAD_BIT ? (void *)g.code.block : NULL,
                               .input = g.input.block,
                               .target = g.target.block,
                               .weight = g.weight.block,
                               .length = g.length.block,
                               .tolerance = 0.5};
    return g;
}

static void group_put(group_call *g, const setting *s, const run *r, size_t lane)
{
    const rs_network network = network_of(s);
    const size_t lanes = lanes_of(s->precision), stride = s->samples * lanes;
    for (size_t i = 0; i < network.count; i++)
        put(g->theta.block, i * lanes + lane, r->parameters[i], s->precision);
    spread(s, r->input, network.inputs, stride, lanes, lane, g->input.block);
    spread(s, r->target, target_rows(&network), stride, lanes, lane, g->target.block);
    spread(s, r->weight, 1, stride, lanes, lane, g->weight.block);
    for (size_t i = 0; i < (size_t)s->steps * s->samples; i++)
        g->code.block[i * lanes + lane] = (char)r->code[i];
    for (size_t b = 0; b < s->samples; b++)
        put(g->length.block, b * lanes + lane, r->length[b], s->precision);
    g->weight_sum[lane] = r->weight_sum;
}

static void group_release(group_call *g)
{
    fence *const fences[] = {&g->theta, &g->gradient, &g->scratch, &g->code,
                             &g->input, &g->target,   &g->weight,  &g->length};
    for (size_t i = 0; i < sizeof fences / sizeof fences[0]; i++)
        assert_true(fence_release(fences[i]));
}

static outcome group_run(const rs_isa *isa, const setting *s)
{
    const rs_kernel *kernel = rs_isa_kernel(isa, s->precision);
    const rs_network network = network_of(s);
    const size_t lanes = lanes_of(s->precision);
    group_call g = group_take(kernel, s);
    outcome out = {.gradient = take(lanes * network.count, sizeof(double))};
    for (size_t l = 0; l < lanes; l++)
        if (s->seeds[l] != 0) {
            run r = run_draw(s, s->seeds[l]);
            group_put(&g, s, &r, l);
            run_free(&r);
        }
    g.batch.weight_sum = g.weight_sum;
    kernel->group->loss(g.scratch.block, &network, g.theta.block, &g.batch, out.first_loss);
    kernel->group->gradient(g.scratch.block, &network, g.theta.block, &g.batch, g.gradient.block,
                            out.loss, out.score);
    for (size_t l = 0; l < lanes; l++)
        for (size_t i = 0; i < network.count; i++)
            out.gradient[l * network.count + i] =
                rs_numbers_get(g.gradient.block, i * lanes + l, s->precision);
    group_release(&g);
    return out;
}

/* ---- The same with lanes that are samples ------------------------------------------------------
 */

enum { STRIDE = 16, CODE_STRIDE = STRIDE + RS_CODE_PADDING };

typedef struct alone {
    rs_sequence_batch sequences;
    rs_minibatch batch;
    fence numbers[4], code;
} alone;

static alone alone_take(const setting *s, const run *r)
{
    const rs_network network = network_of(s);
    const size_t number = number_bytes(s->precision), rows = target_rows(&network);
    const size_t plane = (size_t)s->steps * STRIDE * number;
    alone a = {.numbers = {take_fence(plane * network.inputs), take_fence(plane * rows),
                           take_fence(plane), take_fence(STRIDE * number)},
               .code = take_fence((size_t)s->steps * CODE_STRIDE)};
    spread(s, r->input, network.inputs, STRIDE, 1, 0, a.numbers[0].block);
    spread(s, r->target, rows, STRIDE, 1, 0, a.numbers[1].block);
    spread(s, r->weight, 1, STRIDE, 1, 0, a.numbers[2].block);
    for (size_t b = 0; b < s->samples; b++)
        put(a.numbers[3].block, b, r->length[b], s->precision);
    for (size_t i = 0; i < (size_t)s->steps * s->samples; i++)
        a.code.block[i / s->samples * CODE_STRIDE + i % s->samples] = (char)r->code[i];
    const void *const of[] = {a.numbers[0].block, a.numbers[1].block, a.numbers[2].block,
                              a.numbers[3].block};
    a.sequences = (rs_sequence_batch){of[0], of[1], of[2], of[3], r->weight_sum, 0.5, false, NULL};
    a.batch = (rs_minibatch){.samples = s->samples, .steps = s->steps};
    if (s->head == RS_HEAD_BIT) {
        a.batch.code = (const uint8_t *)a.code.block;
        a.batch.stride = CODE_STRIDE;
    } else
        a.batch.stride = STRIDE;
    return a;
}

/* What the kernels whose lanes are samples make of one run. *gradient: [count]. */
static double alone_run(const setting *s, const run *r, double *gradient, rs_score *score)
{
    const rs_isa *isa;
    assert_int_equal(rs_isa_select(&isa, NULL, NULL), RS_OK);
    const rs_kernel *kernel = rs_isa_kernel(isa, s->precision);
    const rs_network network = network_of(s);
    const size_t room = (network.count + RS_BLOCK_MULTIPLE) * sizeof(double);
    alone a = alone_take(s, r);
    fence scratch = take_fence(kernel->scratch_bytes(&network, s->samples, s->steps, true));
    fence theta = take_fence(room), out = take_fence(room);
    double loss;
    if (s->head != RS_HEAD_BIT)
        a.batch.sequences = &a.sequences;
    rs_numbers_narrow(theta.block, r->parameters, network.count, s->precision);
    kernel->gradient(scratch.block, &network, theta.block, &a.batch, out.block, &loss);
    kernel->evaluate(scratch.block, &network, theta.block, &a.batch, score);
    rs_numbers_widen(gradient, out.block, network.count, s->precision);
    for (size_t i = 0; i < 4; i++)
        assert_true(fence_release(&a.numbers[i]));
    assert_true(fence_release(&a.code) && fence_release(&scratch));
    assert_true(fence_release(&theta) && fence_release(&out));
    return loss;
}

/* ---- Settings ----------------------------------------------------------------------------------
 */

static const uint32_t widths[] = {1, 2, 3, 4, 5, 8, 13, 33};
static const uint32_t batches[] = {1, 2, 3, 4, 7, 15};
enum { WIDTHS = sizeof widths / sizeof widths[0], BATCHES = sizeof batches / sizeof batches[0] };

/* Every cell with every head; widths, batches and lengths take turns. */
enum { SETTINGS = PROBLEM_CELLS * RS_HEAD_TOTAL * 3 };
static setting setting_at(uint32_t index, uint32_t precision)
{
    setting s = {.kind = index % PROBLEM_CELLS,
                 .head = index / PROBLEM_CELLS % RS_HEAD_TOTAL,
                 .states = widths[index * 5 % WIDTHS],
                 .samples = batches[(index / 3 + index) % BATCHES],
                 .steps = 1 + index * 7 % 12,
                 .precision = precision};
    for (uint32_t l = 0; l < lanes_of(precision); l++)
        s.seeds[l] = 1 + index * LANES + l;
    return s;
}

static void say(const setting *s, const char *what)
{
    fail_msg("%s: cell %u, head %u, H = %u, B = %u, T = %u, float%u", what, s->kind, s->head,
             s->states, s->samples, s->steps, s->precision == RS_FLOAT32 ? 32 : 64);
}

/* ---- Tests -------------------------------------------------------------------------------------
 */

/* Two ways of adding up: some rounding errors of the largest number, for every step and sample. */
static void every_run_has_the_gradient_of_the_other_order(void **state)
{
    (void)state;
    const rs_isa *isa;
    assert_int_equal(rs_isa_select(&isa, NULL, NULL), RS_OK);
    for (uint32_t i = 0; i < SETTINGS; i++) {
        const setting s = setting_at(i, RS_FLOAT64);
        const rs_network network = network_of(&s);
        const double bound = 20 * (s.steps + s.samples) * 0x1p-53;
        double *expected = take(network.count, sizeof *expected);
        outcome out = group_run(isa, &s);
        for (size_t l = 0; l < lanes_of(s.precision); l++) {
            run r = run_draw(&s, s.seeds[l]);
            rs_score score = {.bits = 0};
            const double loss = alone_run(&s, &r, expected, &score);
            double largest = 0, apart = 0;
            for (size_t j = 0; j < network.count; j++) {
                largest = fmax(largest, fabs(expected[j]));
                apart = fmax(apart, fabs(expected[j] - out.gradient[l * network.count + j]));
            }
            if (!(apart <= bound * fmax(largest, 1)))
                say(&s, "gradient");
            if (!(fabs(loss - out.loss[l]) <= bound * fmax(loss, 1)))
                say(&s, "loss");
            if (out.loss[l] != out.first_loss[l])
                say(&s, "the loss with the gradient is another");
            if (out.score[l].bits != score.bits || out.score[l].sums != score.sums)
                say(&s, "score");
            run_free(&r);
        }
        free(out.gradient);
        free(expected);
    }
}

static void assert_lane(const setting *s, const outcome *ours, size_t lane, const outcome *other,
                        size_t of)
{
    const size_t count = network_of(s).count;
    if (memcmp(&ours->gradient[lane * count], &other->gradient[of * count],
               count * sizeof(double)) != 0)
        say(s, "bits of the gradient");
    if (memcmp(&ours->loss[lane], &other->loss[of], sizeof(double)) != 0)
        say(s, "bits of the loss");
    if (memcmp(&ours->score[lane], &other->score[of], sizeof(rs_score)) != 0)
        say(s, "score");
}

static void every_instruction_set_gives_the_same_bits(void **state)
{
    (void)state;
    size_t last = 0;
    while (rs_isa_at(last + 1) != NULL)
        last++;
    for (uint32_t i = 0; i < 2 * SETTINGS; i++) {
        const setting s = setting_at(i / 2, i % 2);
        outcome expected = group_run(rs_isa_at(last), &s);
        for (size_t set = 0; set < last; set++) {
            if (rs_isa_check(rs_isa_at(set)) != RS_ISA_USABLE)
                continue;
            outcome ours = group_run(rs_isa_at(set), &s);
            for (size_t l = 0; l < lanes_of(s.precision); l++)
                assert_lane(&s, &ours, l, &expected, l);
            free(ours.gradient);
        }
        free(expected.gradient);
    }
}

/* A run in every lane, beside other runs or none, also where these have longer sequences. */
static void a_run_does_not_depend_on_its_companions(void **state)
{
    (void)state;
    const rs_isa *isa;
    rs_random random;
    assert_int_equal(rs_isa_select(&isa, NULL, NULL), RS_OK);
    rs_random_seed(&random, 26);
    for (uint32_t i = 0; i < 2 * SETTINGS; i++) {
        setting s = setting_at(i / 2, i % 2);
        const uint32_t lanes = lanes_of(s.precision), lane = i / 2 % lanes;
        const uint32_t seed = s.seeds[lane];
        outcome beside = group_run(isa, &s);
        memset(s.seeds, 0, sizeof s.seeds);
        for (uint32_t l = 0; l < lanes && i % 4 < 2; l++)
            s.seeds[l] = (uint32_t)rs_random_below(&random, 3) * (1000 + (uint32_t)l);
        const uint32_t other = (uint32_t)rs_random_below(&random, lanes);
        s.seeds[other] = seed;
        outcome ours = group_run(isa, &s);
        assert_lane(&s, &ours, other, &beside, lane);
        free(ours.gradient);
        free(beside.gradient);
    }
}

/* A group of more steps than a run's own sequences: nothing is added, not even the sign of a 0. */
static void steps_past_the_end_leave_no_trace(void **state)
{
    (void)state;
    const rs_isa *isa;
    assert_int_equal(rs_isa_select(&isa, NULL, NULL), RS_OK);
    for (uint32_t i = 0; i < 2 * SETTINGS; i++) {
        setting s = setting_at(i / 2, i % 2);
        if (s.head == RS_HEAD_BIT)
            continue;
        const rs_network network = network_of(&s);
        const rs_kernel *kernel = rs_isa_kernel(isa, s.precision);
        const size_t lanes = lanes_of(s.precision);
        run r = run_draw(&s, 5);
        setting longer = s;
        longer.steps += 9;
        /* Large weights of relu would run off past the end, where nothing counts. */
        if (s.kind == RS_CELL_RELU)
            longer.steps += 1200;
        for (size_t j = 0; s.kind == RS_CELL_RELU && j < network.count; j++)
            r.parameters[j] = 4 * fabs(r.parameters[j]);
        group_call a = group_take(kernel, &s), b = group_take(kernel, &longer);
        group_put(&a, &s, &r, 3);
        group_put(&b, &s, &r, 3); /* what follows is 0 */
        a.batch.weight_sum = a.weight_sum;
        b.batch.weight_sum = b.weight_sum;
        kernel->group->gradient(a.scratch.block, &network, a.theta.block, &a.batch,
                                a.gradient.block, NULL, NULL);
        kernel->group->gradient(b.scratch.block, &network, b.theta.block, &b.batch,
                                b.gradient.block, NULL, NULL);
        for (size_t j = 0; j < network.count; j++) {
            const double x = rs_numbers_get(a.gradient.block, j * lanes + 3, s.precision);
            const double y = rs_numbers_get(b.gradient.block, j * lanes + 3, s.precision);
            if (memcmp(&x, &y, sizeof x) != 0)
                say(&s, "steps past the end");
        }
        group_release(&a);
        group_release(&b);
        run_free(&r);
    }
}

/* ---- Updates -----------------------------------------------------------------------------------
 */

enum { UPDATES = 3, COUNT_MOST = 4096, RULES = 24 };

static rs_run_config rule_at(uint32_t index, uint32_t precision, uint32_t lane)
{
    rs_run_config config = rs_run_config_default();
    config.precision = precision;
    config.optimizer = index % RS_OPTIMIZER_TOTAL;
    config.nesterov = index / 3 % 2;
    config.epsilon_placement = index / 6 % 2;
    config.learning_rate = 0.001 * (1 + lane);
    config.momentum = 0.05 * lane;
    config.lambda = 0.99 - 0.01 * lane;
    config.epsilon = 1e-8 * (1 + lane);
    config.beta1 = 0.9 - 0.02 * lane;
    config.beta2 = 0.999 - 0.01 * lane;
    if (index / 12 % 2 == 1)
        config.weight_decay = 0.01 * lane;
    return config;
}

static void set_rule(rs_group_rules *rules, const rs_run_config *config, const rs_step *step,
                     size_t lane)
{
    rules->optimizer = config->optimizer;
    rules->nesterov = config->nesterov;
    rules->epsilon_in_step = config->epsilon_placement == RS_EPSILON_STEP;
    rules->rate[lane] = step->rate;
    rules->correction1[lane] = step->correction1;
    rules->correction2[lane] = step->correction2;
    rules->epsilon[lane] = config->epsilon;
    rules->momentum[lane] = config->momentum;
    rules->lambda[lane] = config->lambda;
    rules->beta1[lane] = config->beta1;
    rules->beta2[lane] = config->beta2;
    rules->weight_decay[lane] = config->weight_decay;
    rules->clip_norm[lane] = config->clip_norm > 0 ? config->clip_norm : INFINITY;
}

enum { THETA, VELOCITY, SQUARES, GRADIENT, BLOCKS };
typedef struct blocks {
    double numbers[BLOCKS][LANES * COUNT_MOST];
    _Alignas(ALIGNMENT) double room[BLOCKS][LANES * COUNT_MOST];
} blocks;

/* [lane][count] to a group's block, and back. */
static void to_group(const blocks *from, size_t count, size_t lanes, uint32_t precision, blocks *to)
{
    for (int block = 0; block < BLOCKS; block++)
        for (size_t l = 0; l < lanes; l++)
            for (size_t i = 0; i < count; i++)
                put(to->room[block], i * lanes + l, from->numbers[block][l * count + i], precision);
}

static rs_blocks blocks_of(blocks *b, size_t first)
{
    return (rs_blocks){.theta = (char *)b->room[THETA] + first,
                       .velocity = (char *)b->room[VELOCITY] + first,
                       .squares = (char *)b->room[SQUARES] + first,
                       .gradient = (char *)b->room[GRADIENT] + first};
}

/* The same arithmetic: the same bits. */
static void every_rule_updates_as_alone(void **state)
{
    (void)state;
    const rs_isa *isa;
    blocks *group = aligned_alloc(ALIGNMENT, sizeof *group);
    blocks *single = aligned_alloc(ALIGNMENT, sizeof *single);
    assert_true(group != NULL && single != NULL);
    assert_int_equal(rs_isa_select(&isa, NULL, NULL), RS_OK);
    for (uint32_t i = 0; i < 2 * RULES; i++) {
        const uint32_t precision = i % 2, lanes = lanes_of(precision);
        const rs_kernel *kernel = rs_isa_kernel(isa, precision);
        const rs_network network = rs_network_make(RS_CELL_LSTM, 2, 1 + i % 6, 1);
        const size_t count = network.count;
        rs_random random;
        rs_random_seed(&random, i);
        for (int block = 0; block < BLOCKS; block++)
            for (size_t j = 0; j < lanes * count; j++)
                group->numbers[block][j] =
                    rounded(rs_random_uniform(&random, block == SQUARES ? 0 : -1, 1), precision);
        to_group(group, count, lanes, precision, group);
        rs_group_rules rules;
        rs_step step = {.rate = 0};
        for (uint32_t l = 0; l < lanes; l++) {
            const rs_run_config config = rule_at(i / 2, precision, l);
            step = (rs_step){config.learning_rate, 1 - config.beta1, 1 - config.beta2};
            set_rule(&rules, &config, &step, l);
        }
        const rs_blocks all = blocks_of(group, 0);
        for (int update = 0; update < UPDATES; update++) {
            kernel->group_update->look_ahead(&network, &rules, &all);
            assert_int_equal(kernel->group_update->descend(&network, &rules, &all),
                             (1u << lanes) - 1);
        }
        for (uint32_t l = 0; l < lanes; l++) {
            const rs_run_config config = rule_at(i / 2, precision, l);
            const rs_blocks own = blocks_of(single, 0);
            step = (rs_step){config.learning_rate, 1 - config.beta1, 1 - config.beta2};
            for (int block = 0; block < BLOCKS; block++) {
                memset(single->room[block], 0, sizeof single->room[block]);
                rs_numbers_narrow(single->room[block], &group->numbers[block][l * count], count,
                                  precision);
            }
            for (int update = 0; update < UPDATES; update++) {
                kernel->look_ahead(&network, &config, &own);
                assert_true(kernel->descend(&network, &config, &step, &own));
            }
            for (int block = 0; block < GRADIENT; block++)
                for (size_t j = 0; j < count; j++) {
                    const double x = rs_numbers_get(group->room[block], j * lanes + l, precision);
                    const double y = rs_numbers_get(single->room[block], j, precision);
                    if (memcmp(&x, &y, sizeof x) != 0)
                        fail_msg("rule %u, lane %u, block %d, number %zu: %a, alone %a", i / 2, l,
                                 block, j, x, y);
                }
        }
    }
    free(group);
    free(single);
}

/* The norm of each run's trained parameters decides for that run alone. */
static void every_run_is_clipped_by_its_own_norm(void **state)
{
    (void)state;
    const rs_isa *isa;
    blocks *group = aligned_alloc(ALIGNMENT, sizeof *group);
    assert_non_null(group);
    assert_int_equal(rs_isa_select(&isa, NULL, NULL), RS_OK);
    const rs_kernel *kernel = rs_isa_kernel(isa, RS_FLOAT64);
    rs_network network = rs_network_make(RS_CELL_TANH, 2, 3, 1);
    network.tensor[RS_S0].trained = false;
    const size_t count = network.count, lanes = lanes_of(RS_FLOAT64);
    rs_group_rules rules = {.optimizer = RS_OPTIMIZER_SGD};
    memset(group, 0, sizeof *group);
    for (size_t l = 0; l < lanes; l++) {
        rs_run_config config = rs_run_config_default();
        const rs_step step = {.rate = 1};
        config.momentum = 0;
        config.clip_norm = l % 2 == 0 ? 0.5 : -1;
        set_rule(&rules, &config, &step, l);
        for (size_t i = 0; i < count; i++)
            group->room[GRADIENT][i * lanes + l] = (double)(1 + i + l) / 8;
    }
    rules.optimizer = RS_OPTIMIZER_SGD;
    const rs_blocks all = blocks_of(group, 0);
    kernel->group_update->descend(&network, &rules, &all);
    for (size_t l = 0; l < lanes; l++) {
        double squares = 0;
        for (size_t i = 3; i < count; i++)
            squares += pow((double)(1 + i + l) / 8, 2);
        const double scale = l % 2 == 0 ? 0.5 / sqrt(squares) : 1;
        for (size_t i = 0; i < count; i++) {
            const double expected = i < 3 ? 0 : -scale * (double)(1 + i + l) / 8;
            assert_true(fabs(group->room[THETA][i * lanes + l] - expected) < 1e-14);
        }
    }
    free(group);
}

/* A run that runs off says so in its own bit. */
static void a_run_that_diverges_disturbs_no_other(void **state)
{
    (void)state;
    const rs_isa *isa;
    setting s = setting_at(3, RS_FLOAT32);
    assert_int_equal(rs_isa_select(&isa, NULL, NULL), RS_OK);
    const rs_kernel *kernel = rs_isa_kernel(isa, s.precision);
    const rs_network network = network_of(&s);
    const size_t lanes = lanes_of(s.precision);
    group_call g = group_take(kernel, &s);
    outcome expected = group_run(isa, &s);
    for (size_t l = 0; l < lanes; l++) {
        run r = run_draw(&s, s.seeds[l]);
        if (l == 5)
            for (size_t i = 0; i < network.count; i++)
                r.parameters[i] = i % 2 == 0 ? NAN : INFINITY;
        group_put(&g, &s, &r, l);
        run_free(&r);
    }
    g.batch.weight_sum = g.weight_sum;
    kernel->group->gradient(g.scratch.block, &network, g.theta.block, &g.batch, g.gradient.block,
                            NULL, NULL);
    for (size_t l = 0; l < lanes; l++)
        for (size_t i = 0; i < network.count; i++) {
            const double x = rs_numbers_get(g.gradient.block, i * lanes + l, s.precision);
            if (l != 5)
                assert_memory_equal(&x, &expected.gradient[l * network.count + i], sizeof x);
        }
    rs_group_rules rules;
    for (size_t l = 0; l < lanes; l++) {
        const rs_run_config config = rs_run_config_default();
        set_rule(&rules, &config, &(rs_step){.rate = 1e-3}, l);
    }
    fence velocity = take_fence(g.theta.bytes), squares = take_fence(g.theta.bytes);
    const rs_blocks all = {.theta = g.theta.block,
                           .velocity = velocity.block,
                           .squares = squares.block,
                           .gradient = g.gradient.block};
    assert_int_equal(kernel->group_update->descend(&network, &rules, &all), 0xffff & ~(1 << 5));
    assert_true(fence_release(&velocity) && fence_release(&squares));
    group_release(&g);
    free(expected.gradient);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_run_has_the_gradient_of_the_other_order),
        cmocka_unit_test(every_instruction_set_gives_the_same_bits),
        cmocka_unit_test(a_run_does_not_depend_on_its_companions),
        cmocka_unit_test(steps_past_the_end_leave_no_trace),
        cmocka_unit_test(every_rule_updates_as_alone),
        cmocka_unit_test(every_run_is_clipped_by_its_own_norm),
        cmocka_unit_test(a_run_that_diverges_disturbs_no_other),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
