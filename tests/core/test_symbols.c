/* Kernels that are given symbols by their numbers: the same bits as from inputs of 0 and 1. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "sequence_problem.h"

/* One input of each step is 1. */
static void draw_symbols(problem *p)
{
    const size_t inputs = p->network.inputs;
    rs_random random;
    rs_random_seed(&random, p->network.inputs);
    p->symbol = take(p->steps * p->stride, sizeof *p->symbol);
    memset(p->input, 0, p->steps * inputs * p->stride * sizeof *p->input);
    for (size_t k = 0; k < p->steps; k++)
        for (size_t b = 0; b < p->stride; b++) {
            uint16_t *symbol = &p->symbol[k * p->stride + b];
            *symbol = (uint16_t)inputs;
            if ((double)k >= p->length[b])
                continue;
            *symbol = (uint16_t)rs_random_below(&random, inputs);
            p->input[(k * inputs + *symbol) * p->stride + b] = 1;
        }
}

static void check_same_states(const problem *p, const rs_kernel *kernel, const call *first,
                              const call *other)
{
    const size_t carried = p->network.states + p->network.tensor[RS_C0].count;
    const size_t count = p->steps * carried * p->stride;
    void *one = take(count, sizeof(double)), *two = take(count, sizeof(double));
    kernel->states(first->forward.block, &p->network, first->theta, &first->batch, one, p->stride);
    kernel->states(other->forward.block, &p->network, other->theta, &other->batch, two, p->stride);
    for (size_t j = 0; j < count; j++)
        assert_true(j % p->stride >= p->samples ||
                    number(one, j, p->precision) == number(two, j, p->precision));
    free(one);
    free(two);
}

static void check_symbols(rs_network network, uint32_t precision, uint32_t samples, uint32_t steps)
{
    problem p = problem_draw(network, precision, samples, steps, true);
    draw_symbols(&p);
    for (size_t i = 0; rs_isa_at(i) != NULL; i++) {
        if (rs_isa_check(rs_isa_at(i)) != RS_ISA_USABLE)
            continue;
        const rs_kernel *kernel = rs_isa_kernel(rs_isa_at(i), precision);
        assert_true(kernel->looks_up(&network));
        call by_input = call_make(&p, kernel), by_number = call_make(&p, kernel);
        call_run(&by_input, &p, kernel);
        free((void *)(uintptr_t)by_number.sequences.input);
        by_number.sequences.input = NULL;
        by_number.sequences.symbol = p.symbol;
        call_run(&by_number, &p, kernel);
        check_same(&p, &by_input, &by_number);
        check_same_states(&p, kernel, &by_input, &by_number);
        call_free(&by_input);
        call_free(&by_number);
    }
    problem_free(&p);
}

/* Inputs of which one is 1 give the same, to the bit, whether they are multiplied or looked up. */
static void symbols_can_be_given_by_number(void **state)
{
    static const uint32_t shapes[][4] = {/* I, H, O, B */ {16, 1, 2, 1},
                                         {27, 3, 5, 100},
                                         {17, 13, 1, 37},
                                         {40, 18, 3, 16},
                                         {2, 64, 4, 53},
                                         {19, 96, 1, 13}};
    (void)state;
    for (size_t i = 0; i < sizeof shapes / sizeof shapes[0]; i++)
        for (int cell = 0; cell < RS_CELL_TOTAL; cell++)
            for (uint32_t precision = RS_FLOAT32; precision <= RS_FLOAT64; precision++) {
                const uint32_t *n = shapes[i];
                const double leak = cell == RS_CELL_TANH && i % 2 == 1 ? 0.5 : 1;
                const rs_head head =
                    (rs_head)(RS_HEAD_BITS + cell % (RS_HEAD_TOTAL - RS_HEAD_BITS));
                check_symbols(network_of((rs_cell)cell, head, n[0], n[1], n[2], leak), precision,
                              n[3], 9);
            }
    check_symbols(network_of(RS_CELL_GRU, RS_HEAD_CLASSES, 16, 5, 3, 1), RS_FLOAT32, 19, 301);
}

static void few_symbols_are_multiplied_where_lanes_are_samples(void **state)
{
    const rs_kernel *kernel = rs_isa_kernel(fastest(), RS_FLOAT32);
    const rs_network few = network_of(RS_CELL_TANH, RS_HEAD_CLASSES, 15, 8, 2, 1);
    (void)state;
    assert_false(kernel->looks_up(&few));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(symbols_can_be_given_by_number),
        cmocka_unit_test(few_symbols_are_multiplied_where_lanes_are_samples),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
