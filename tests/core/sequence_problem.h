/* Minibatches of sequences of any kind, and what kernels make of them. */
#ifndef RS_SEQUENCE_PROBLEM_H
#define RS_SEQUENCE_PROBLEM_H

#include "dispatch.h"
#include "fence.h"
#include "random.h"

/* One problem in doubles; what lies past a sequence's end, or is padding, is 0. */
typedef struct problem {
    rs_network network;
    uint32_t samples, steps, precision;
    size_t stride;
    double *input;    /* [T][I][stride] */
    uint16_t *symbol; /* [T][stride]; NULL: inputs are reals */
    double *target;   /* [T][O or 1][stride] */
    double *weight;   /* [T][stride] */
    double *length;   /* [stride] */
    double *theta;
    double weight_sum, tolerance;
    bool by_sign;
} problem;

/* The same in the precision of a kernel, and its results. */
typedef struct call {
    rs_sequence_batch sequences;
    rs_minibatch batch;
    void *scratch, *theta, *gradient, *logit;
    fence forward; /* scratch of the calls that take no gradient */
    double loss;
    rs_score score;
} call;

rs_network network_of(rs_cell cell, rs_head head, uint32_t inputs, uint32_t states,
                      uint32_t outputs, double leak);
bool has_classes(const rs_network *network);

/* Numbers of a step's target. */
size_t target_rows(const rs_network *network);

/* Zeros, aligned to 64 bytes; to be freed. */
void *take(size_t count, size_t size);

/* All numbers are exact as floats. */
problem problem_draw(rs_network network, uint32_t precision, uint32_t samples, uint32_t steps,
                     bool ragged);
void problem_free(problem *p);

/* Number i of a block of a kernel. */
double number(const void *block, size_t i, uint32_t precision);

call call_make(const problem *p, const rs_kernel *kernel);
void call_run(call *c, const problem *p, const rs_kernel *kernel);
void call_free(call *c);

/* The instruction set that runs take. */
const rs_isa *fastest(void);

/* Two calls gave the same losses, scores, gradients and outputs, to the bit. */
void check_same(const problem *p, const call *first, const call *other);

#endif
