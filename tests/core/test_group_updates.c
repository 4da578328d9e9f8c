/* A whole update of a group of runs, whose steps are taken where sums end, against its parts: to
 * look ahead, to take the gradient, to descend. The same bits. */
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
#include "problem.h"
#include "random.h"
#include "rnnsweep/run_config.h"

enum { STEPS = 5, LANES = RS_GROUP_LANES_MOST, KEPT = 3 };

/* One minibatch of a group, and the numbers of two updates that begin alike. */
typedef struct subject {
    rs_network network;
    uint32_t samples, precision;
    rs_group_batch batch;
    rs_group_rules rules;
    double weight_sum[LANES], loss[2][LANES];
    fence numbers, code;
    fence kept[2][KEPT], gradient[2], scratch[2]; /* theta, velocity, squares */
} subject;

static void put(void *block, size_t index, double value, uint32_t precision)
{
    if (precision == RS_FLOAT64)
        ((double *)block)[index] = value;
    else
        ((float *)block)[index] = (float)value;
}

/* `count` logical vectors. */
static fence take(size_t count)
{
    return fence_take(count * 64, 64, 0);
}

static void fill(const subject *s, const fence *block, double least, uint32_t seed)
{
    rs_random random;
    rs_random_seed(&random, seed);
    const size_t size = s->precision == RS_FLOAT64 ? sizeof(double) : sizeof(float);
    for (size_t i = 0; i < block->bytes / size; i++)
        put(block->block, i, rs_random_uniform(&random, least, 1), s->precision);
}

static void set_rules(subject *s, uint32_t rule)
{
    rs_group_rules *r = &s->rules;
    *r = (rs_group_rules){.optimizer = rule % RS_OPTIMIZER_TOTAL,
                          .nesterov = rule / 3 % 2,
                          .epsilon_in_step = rule / 6 % 2};
    for (uint32_t l = 0; l < LANES; l++) {
        r->rate[l] = 0.001 * (1 + l);
        r->correction1[l] = r->correction2[l] = 0.1 + 0.01 * l;
        r->epsilon[l] = 1e-8;
        r->momentum[l] = r->lambda[l] = r->beta1[l] = r->beta2[l] = 0.05 * l;
        r->weight_decay[l] = rule % 2 == 0 ? 0.1 * l : 0;
        r->clip_norm[l] = rule % 5 == 4 ? 0.1 * (1 + l) : INFINITY;
    }
    s->network.tensor[RS_S0].trained = s->network.tensor[RS_B_REC].trained = rule % 4 != 1;
}

static void draw_codes(subject *s, size_t plane)
{
    s->code = fence_take(STEPS * plane + RS_CODE_PADDING, 64, 0);
    for (size_t i = 0; i < STEPS * plane; i++)
        s->code.block[i] = (char)(i * 5 % 7);
    s->batch = (rs_group_batch){.code = (uint8_t *)s->code.block};
}

/* Three inputs, two real outputs, all steps counting. */
static void draw_numbers(subject *s, uint32_t seed)
{
    const size_t rows = (size_t)STEPS * s->samples, lanes = s->precision == RS_FLOAT64 ? 8 : 16;
    s->numbers = take(6 * rows + s->samples);
    fill(s, &s->numbers, 0.5, seed);
    char *length = s->numbers.block + 6 * rows * 64;
    for (size_t i = 0; i < s->samples * lanes; i++)
        put(length, i, (double)(1 + i % STEPS), s->precision);
    for (size_t l = 0; l < LANES; l++)
        s->weight_sum[l] = 1 + (double)l;
    s->batch = (rs_group_batch){.input = s->numbers.block,
                                .target = s->numbers.block + 3 * rows * 64,
                                .weight = s->numbers.block + 5 * rows * 64,
                                .length = length,
                                .weight_sum = s->weight_sum,
                                .tolerance = 1};
}

static void subject_make(subject *s, const rs_kernel *kernel, uint32_t kind, uint32_t states,
                         uint32_t rule)
{
    problem p = problem_make(s->precision, states, s->samples, STEPS);
    const bool is_bit = rule % 3 == 0;
    problem_set_cell(&p, kind);
    s->network = rs_network_make(p.cell, is_bit ? 2 : 3, states, is_bit ? 1 : 2);
    s->network.head = is_bit ? RS_HEAD_BIT : RS_HEAD_REALS;
    s->network.leak = p.leak;
    set_rules(s, rule);
    if (is_bit)
        draw_codes(s, s->samples * kernel->group->lanes);
    else
        draw_numbers(s, rule);
    s->batch.samples = s->samples;
    s->batch.steps = STEPS;
    for (int i = 0; i < 2; i++) {
        for (int block = 0; block < KEPT; block++) {
            s->kept[i][block] = take(s->network.count);
            fill(s, &s->kept[i][block], block == KEPT - 1 ? 0 : -1, 1 + (uint32_t)block);
        }
        s->gradient[i] = take(s->network.count);
        s->scratch[i] =
            fence_take(kernel->group->scratch_bytes(&s->network, s->samples, STEPS), 64, 0);
        memset(s->scratch[i].block, 0xAB, s->scratch[i].bytes);
    }
}

static uint32_t update(subject *s, const rs_kernel *kernel, int i)
{
    const rs_blocks blocks = {.theta = s->kept[i][0].block,
                              .velocity = s->kept[i][1].block,
                              .squares = s->kept[i][2].block,
                              .gradient = s->gradient[i].block};
    if (i == 0)
        return kernel->group->update(s->scratch[i].block, &s->network, &s->rules, &blocks,
                                     &s->batch, s->loss[i], NULL);
    kernel->group_update->look_ahead(&s->network, &s->rules, &blocks);
    kernel->group->gradient(s->scratch[i].block, &s->network, blocks.theta, &s->batch,
                            blocks.gradient, s->loss[i], NULL);
    return kernel->group_update->descend(&s->network, &s->rules, &blocks);
}

static void compare(const rs_isa *isa, uint32_t kind, uint32_t states, uint32_t rule,
                    uint32_t samples, uint32_t precision)
{
    const rs_kernel *kernel = rs_isa_kernel(isa, precision);
    subject s = {.samples = samples, .precision = precision};
    subject_make(&s, kernel, kind, states, rule);
    bool is_same = update(&s, kernel, 0) == update(&s, kernel, 1) &&
                   memcmp(s.loss[0], s.loss[1], sizeof s.loss[0]) == 0;
    for (int block = 0; block < KEPT; block++)
        is_same = is_same && memcmp(s.kept[0][block].block, s.kept[1][block].block,
                                    s.kept[0][block].bytes) == 0;
    if (!is_same)
        fail_msg("%s, cell %u, H = %u, B = %u, rule %u, float%u: not that of its parts",
                 rs_isa_name(isa), kind, states, samples, rule, precision == RS_FLOAT64 ? 64 : 32);
    for (int i = 0; i < 2; i++) {
        for (int block = 0; block < KEPT; block++)
            assert_true(fence_release(&s.kept[i][block]));
        assert_true(fence_release(&s.gradient[i]) && fence_release(&s.scratch[i]));
    }
    assert_true(fence_release(s.batch.code != NULL ? &s.code : &s.numbers));
}

static void an_update_is_that_of_its_parts(void **state)
{
    enum { RULES = 60 };
    static const uint32_t widths[] = {1, 3, 4, 8, 13};
    const rs_isa *isa;
    (void)state;
    for (size_t i = 0; (isa = rs_isa_at(i)) != NULL; i++)
        for (uint32_t rule = 0; rule < RULES && rs_isa_check(isa) == RS_ISA_USABLE; rule++)
            for (uint32_t kind = 0; kind < PROBLEM_CELLS; kind++)
                compare(isa, kind, widths[(rule + kind) % 5], rule, 1 + (rule + kind / 2) % 4,
                        (rule + kind) / 3 % 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_update_is_that_of_its_parts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
