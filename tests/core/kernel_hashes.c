/* Prints one line for each instruction set and problem: its name and a hash over every number that
 * the kernel makes of it, so that machines can be compared by comparing text. Exits with 1 when a
 * kernel broke its contract or memory was short. */
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "group_kernel.h"
#include "memory.h"
#include "numbers.h"
#include "problem.h"
#include "random.h"

typedef struct shape {
    uint32_t states, samples, steps;
} shape;
static const shape shapes[] = {{1, 1, 2},   {2, 100, 16}, {3, 100, 16}, {4, 33, 5},  {5, 17, 5},
                               {7, 16, 16}, {8, 100, 5},  {15, 15, 5},  {17, 33, 2}, {22, 100, 5},
                               {31, 7, 16}, {32, 33, 5},  {33, 33, 2},  {44, 17, 5}, {64, 13, 5},
                               {65, 1, 2},  {129, 5, 2}};
static const double scales[] = {1, 30, 1e30};
enum { SHAPES = sizeof shapes / sizeof shapes[0], SCALES = sizeof scales / sizeof scales[0] };

/* FNV-1a over the numbers' bits, lowest byte first. */
static uint64_t hash_of(const double *numbers, size_t count)
{
    uint64_t hash = UINT64_C(0xcbf29ce484222325);
    for (size_t i = 0; i < count; i++) {
        uint64_t bits;
        memcpy(&bits, &numbers[i], sizeof bits);
        for (int byte = 0; byte < 8; byte++)
            hash = (hash ^ (bits >> 8 * byte & 0xff)) * UINT64_C(0x100000001b3);
    }
    return hash;
}

static int print_hash(const rs_isa *isa, const problem *p)
{
    const size_t count = problem_outcome_count(p);
    double *outcome = malloc(count * sizeof *outcome);
    if (outcome == NULL)
        return 1;
    const char *complaint = problem_run(rs_isa_kernel(isa, p->precision), p, outcome);
    printf("%s float%d %s leak=%g H=%u B=%u T=%u scale=%g %016" PRIx64 "\n", rs_isa_name(isa),
           p->precision == RS_FLOAT32 ? 32 : 64, rs_cell_name(p->cell), p->leak, p->states,
           p->samples, p->steps, p->scale, hash_of(outcome, count));
    free(outcome);
    if (complaint != NULL)
        fprintf(stderr, "%s, H=%u: %s\n", rs_isa_name(isa), p->states, complaint);
    return complaint != NULL;
}

/* ---- Calls of any kind -------------------------------------------------------------------------
 */

/* Blocks of numbers in the problem's precision, of groups one for each lane. */
typedef struct blocks {
    void *theta, *gradient, *scratch;
    double *outcome; /* losses, gradient */
} blocks;

static void free_blocks(blocks *b)
{
    free(b->theta);
    free(b->gradient);
    free(b->scratch);
    free(b->outcome);
}

/* numbers: of each block; losses: room for so many before those of the outcome. */
static bool take_blocks(blocks *b, size_t numbers, size_t losses, size_t scratch)
{
    void *outcome = NULL;
    const bool taken = rs_allocate(&b->theta, numbers, sizeof(double), NULL) == RS_OK &&
                       rs_allocate(&b->gradient, numbers, sizeof(double), NULL) == RS_OK &&
                       rs_allocate(&b->scratch, scratch, 1, NULL) == RS_OK &&
                       rs_allocate(&outcome, numbers + losses, sizeof(double), NULL) == RS_OK;
    b->outcome = outcome;
    return taken;
}

/* Parameters between -1 and 1. */
static void draw_theta(const problem *p, size_t numbers, rs_random *random, const blocks *b)
{
    for (size_t i = 0; i < numbers; i++)
        b->outcome[i] = rs_random_uniform(random, -1, 1);
    rs_numbers_narrow(b->theta, b->outcome, numbers, p->precision);
}

static void print_outcome(const rs_isa *isa, const char *what, const problem *p, const blocks *b,
                          size_t count)
{
    printf("%s float%d %s %s leak=%g H=%u B=%u T=%u %016" PRIx64 "\n", rs_isa_name(isa),
           p->precision == RS_FLOAT32 ? 32 : 64, what, rs_cell_name(p->cell), p->leak, p->states,
           p->samples, p->steps, hash_of(b->outcome, count));
}

/* ---- Lanes are runs ----------------------------------------------------------------------------
 */

static const shape group_shapes[] = {{1, 1, 2}, {2, 1, 16}, {3, 1, 16}, {4, 1, 5},  {3, 4, 16},
                                     {5, 2, 5}, {8, 1, 16}, {8, 4, 5},  {9, 3, 16}, {17, 1, 5}};
enum { GROUP_SHAPES = sizeof group_shapes / sizeof group_shapes[0], CODES_MOST = 4096 };

static size_t call_group(const rs_group_kernel *kernel, const problem *p, const blocks *b)
{
    static _Alignas(64) uint8_t code[CODES_MOST + RS_CODE_PADDING];
    const rs_network network = problem_network(p);
    const size_t numbers = network.count * kernel->lanes;
    const rs_group_batch batch = {.samples = p->samples, .steps = p->steps, .code = code};
    rs_random random;
    rs_random_seed(&random, 1 + p->states);
    for (size_t i = 0; i < (size_t)p->samples * p->steps * kernel->lanes; i++)
        code[i] = (uint8_t)rs_random_below(&random, 8);
    draw_theta(p, numbers, &random, b);
    kernel->loss(b->scratch, &network, b->theta, &batch, b->outcome);
    kernel->gradient(b->scratch, &network, b->theta, &batch, b->gradient,
                     b->outcome + kernel->lanes, NULL);
    rs_numbers_widen(b->outcome + 2 * kernel->lanes, b->gradient, numbers, p->precision);
    return 2 * kernel->lanes + numbers;
}

static int print_group_hash(const rs_isa *isa, const problem *p)
{
    const rs_group_kernel *kernel = rs_isa_kernel(isa, p->precision)->group;
    const rs_network network = problem_network(p);
    blocks b = {.theta = NULL};
    const bool taken = take_blocks(&b, network.count * kernel->lanes, 2 * kernel->lanes,
                                   kernel->scratch_bytes(&network, p->samples, p->steps));
    if (taken)
        print_outcome(isa, "group of", p, &b, call_group(kernel, p, &b));
    free_blocks(&b);
    return !taken;
}

/* ---- Symbols -----------------------------------------------------------------------------------
 */

static const shape symbol_shapes[] = {{1, 1, 2}, {3, 33, 5}, {13, 17, 5}, {64, 13, 3}};
enum { SYMBOL_SHAPES = sizeof symbol_shapes / sizeof symbol_shapes[0] };
enum { SYMBOLS = 17, CLASSES = 3, STRIDE = 48, STEPS_MOST = 5 };

/* Sequences of symbols, of which every third ends early, and the classes of their steps. */
typedef struct symbol_data {
    uint16_t symbol[STEPS_MOST * STRIDE];
    double target[STEPS_MOST * STRIDE], weight[STEPS_MOST * STRIDE], length[STRIDE];
} symbol_data;

static void draw_symbols(const problem *p, rs_random *random, symbol_data *data)
{
    *data = (symbol_data){.length = {0}};
    for (uint32_t b = 0; b < p->samples; b++)
        data->length[b] = p->steps - (b % 3 == 2);
    for (size_t i = 0; i < (size_t)STRIDE * p->steps; i++) {
        data->weight[i] = (double)(i / STRIDE) < data->length[i % STRIDE];
        data->symbol[i] =
            data->weight[i] > 0 ? (uint16_t)rs_random_below(random, SYMBOLS) : SYMBOLS;
        data->target[i] = (double)rs_random_below(random, CLASSES);
    }
}

/* Loss and gradient; returns how many numbers they are. */
static size_t call_symbols(const rs_kernel *kernel, const problem *p, const rs_network *network,
                           const blocks *b)
{
    static _Alignas(64) double target[STEPS_MOST * STRIDE], weight[STEPS_MOST * STRIDE],
        length[STRIDE];
    rs_random random;
    symbol_data data;
    rs_random_seed(&random, 1 + p->states);
    draw_theta(p, network->count, &random, b);
    draw_symbols(p, &random, &data);
    rs_numbers_narrow(target, data.target, STEPS_MOST * STRIDE, p->precision);
    rs_numbers_narrow(weight, data.weight, STEPS_MOST * STRIDE, p->precision);
    rs_numbers_narrow(length, data.length, STRIDE, p->precision);
    const rs_sequence_batch sequences = {.symbol = data.symbol,
                                         .target = target,
                                         .weight = weight,
                                         .length = length,
                                         .weight_sum = p->samples};
    const rs_minibatch batch = {
        .samples = p->samples, .steps = p->steps, .stride = STRIDE, .sequences = &sequences};
    kernel->gradient(b->scratch, network, b->theta, &batch, b->gradient, b->outcome);
    rs_numbers_widen(b->outcome + 1, b->gradient, network->count, p->precision);
    return 1 + network->count;
}

static int print_symbol_hash(const rs_isa *isa, const problem *p)
{
    const rs_kernel *kernel = rs_isa_kernel(isa, p->precision);
    rs_network network = rs_network_make((rs_cell)p->cell, SYMBOLS, p->states, CLASSES);
    network.head = RS_HEAD_CLASSES;
    network.leak = p->leak;
    if (!kernel->looks_up(&network))
        return 1;
    blocks b = {.theta = NULL};
    const bool taken = take_blocks(&b, network.count + RS_BLOCK_MULTIPLE, 1,
                                   kernel->scratch_bytes(&network, p->samples, p->steps, true));
    if (taken)
        print_outcome(isa, "symbols to", p, &b, call_symbols(kernel, p, &network, &b));
    free_blocks(&b);
    return !taken;
}

/* ---- All problems ------------------------------------------------------------------------------
 */

static bool is_asked(uint32_t kind, int count, char *const *words)
{
    for (int i = 0; i < count; i++)
        if (kind < RS_CELL_TOTAL && strcmp(words[i], rs_cell_name((rs_cell)kind)) == 0)
            return true;
    return count == 0;
}

typedef int print_function(const rs_isa *isa, const problem *p);

/* Every shape of all cells that are asked, in both precisions. */
static int print_all(const rs_isa *isa, print_function *print, const shape *of, size_t shape_count,
                     int count, char *const *words)
{
    int failed = 0;
    for (size_t j = 0; j < 2 * shape_count * PROBLEM_CELLS; j++) {
        const shape *one = &of[j / 2 % shape_count];
        const uint32_t kind = (uint32_t)(j / (2 * shape_count));
        problem p = problem_make(j % 2 == 0 ? RS_FLOAT32 : RS_FLOAT64, one->states, one->samples,
                                 one->steps);
        if (!is_asked(kind, count, words))
            continue;
        problem_set_cell(&p, kind);
        failed |= print(isa, &p);
    }
    return failed;
}

/* Every shape of plain tanh, every third of each other cell. */
int main(int argc, char **argv)
{
    int failed = 0;
    for (size_t i = 0; rs_isa_at(i) != NULL; i++)
        for (uint32_t j = 0;
             rs_isa_check(rs_isa_at(i)) == RS_ISA_USABLE && j < 2 * SHAPES * PROBLEM_CELLS; j++) {
            const size_t which = j / 2 % SHAPES;
            const uint32_t kind = j / (2 * SHAPES);
            if ((kind > 0 && (which + kind) % 3 != 0) || !is_asked(kind, argc - 1, argv + 1))
                continue;
            problem p = problem_make(j % 2 == 0 ? RS_FLOAT32 : RS_FLOAT64, shapes[which].states,
                                     shapes[which].samples, shapes[which].steps);
            p.scale = scales[which % SCALES];
            p.first = (uint32_t)which;
            problem_set_cell(&p, kind);
            failed |= print_hash(rs_isa_at(i), &p);
        }
    for (size_t i = 0; rs_isa_at(i) != NULL; i++)
        if (rs_isa_check(rs_isa_at(i)) == RS_ISA_USABLE)
            failed |= print_all(rs_isa_at(i), print_group_hash, group_shapes, GROUP_SHAPES,
                                argc - 1, argv + 1) |
                      print_all(rs_isa_at(i), print_symbol_hash, symbol_shapes, SYMBOL_SHAPES,
                                argc - 1, argv + 1);
    return failed || fflush(stdout) != 0;
}
