/* Small training problems for the kernels, the same on every machine, and all that a kernel makes
 * of one. Free of cmocka, so that it also runs under emulation. */
#ifndef PROBLEM_H
#define PROBLEM_H

#include <stdint.h>

#include "dispatch.h"

typedef struct problem {
    uint32_t states, samples, steps, precision;
    uint32_t first; /* samples before the batch: where a sliding minibatch starts */
    rs_cell cell;
    double leak;
    double scale;        /* weights are uniform in (-scale, scale) */
    double special;      /* value of parameter special_at */
    size_t special_at;   /* SIZE_MAX: none */
    bool single_weights; /* weights are float32 numbers in either precision */
    uint8_t fill;        /* byte that scratch and results hold beforehand */
    uint32_t neighbours; /* seed of the samples before and after the batch */
} problem;

/* A problem of tanh without a leak, with weights in (-1, 1), nothing special. */
problem problem_make(uint32_t precision, uint32_t states, uint32_t samples, uint32_t steps);

/* All kinds of cells that kernels know: kind 0 is plain tanh, then the others, then leaky ones. */
enum { PROBLEM_CELLS = RS_CELL_TOTAL + RS_CELL_LEAKS };
void problem_set_cell(problem *p, uint32_t kind);

/* Codes of the batch and its neighbours, [steps][stride]; the last step ends RS_CODE_PADDING past
 * the batch. */
size_t problem_stride(const problem *p);
size_t problem_code_bytes(const problem *p);
void problem_draw_codes(const problem *p, uint8_t *code);
rs_minibatch problem_batch(const problem *p, const uint8_t *code);

rs_network problem_network(const problem *p);

/* weights: [network.count], exact in the problem's precision. */
size_t problem_weight_count(const problem *p);
void problem_draw_weights(const problem *p, double *weights);

/* Everything the kernel makes of the problem, widened to double, with one kind of NaN: loss, score,
 * logits, the gradient of a first update, and the parameters after two, one for each place of
 * epsilon. Returns what the kernel did against its contract, NULL for nothing.
 * outcome: [problem_outcome_count()]. */
size_t problem_outcome_count(const problem *p);
const char *problem_run(const rs_kernel *kernel, const problem *p, double *outcome);

/* Name of the number at that index of the outcome. */
const char *problem_outcome_name(const problem *p, size_t index);

#endif
