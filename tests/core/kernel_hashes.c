/* Prints one line for each instruction set and problem: its name and a hash over every number that
 * the kernel makes of it, so that machines can be compared by comparing text. Exits with 1 when a
 * kernel broke its contract or memory was short. */
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "problem.h"

static const struct {
    uint32_t states, samples, steps;
} shapes[] = {{1, 1, 2},   {2, 100, 16}, {3, 100, 16}, {4, 33, 5},   {5, 17, 5},  {7, 16, 16},
              {8, 100, 5}, {15, 15, 5},  {17, 33, 2},  {22, 100, 5}, {31, 7, 16}, {32, 33, 5},
              {33, 33, 2}, {44, 17, 5},  {64, 13, 5},  {65, 1, 2},   {129, 5, 2}};
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

static bool is_asked(uint32_t kind, int count, char *const *words)
{
    for (int i = 0; i < count; i++)
        if (kind < RS_CELL_TOTAL && strcmp(words[i], rs_cell_name((rs_cell)kind)) == 0)
            return true;
    return count == 0;
}

/* Every shape of plain tanh, every third of each other cell. */
int main(int argc, char **argv)
{
    int failed = 0;
    for (size_t i = 0; rs_isa_at(i) != NULL; i++)
        for (uint32_t j = 0;
             rs_isa_check(rs_isa_at(i)) == RS_ISA_USABLE && j < 2 * SHAPES * PROBLEM_CELLS; j++) {
            const size_t shape = j / 2 % SHAPES;
            const uint32_t kind = j / (2 * SHAPES);
            if ((kind > 0 && (shape + kind) % 3 != 0) || !is_asked(kind, argc - 1, argv + 1))
                continue;
            problem p = problem_make(j % 2 == 0 ? RS_FLOAT32 : RS_FLOAT64, shapes[shape].states,
                                     shapes[shape].samples, shapes[shape].steps);
            p.scale = scales[shape % SCALES];
            p.first = (uint32_t)shape;
            problem_set_cell(&p, kind);
            failed |= print_hash(rs_isa_at(i), &p);
        }
    return failed || fflush(stdout) != 0;
}
