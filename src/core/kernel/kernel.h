/* The vectorized inner part of training: forward, backward, update, evaluation.
 *
 * Index letters: B samples of a minibatch, T steps, I = 2 inputs, H states, O = 1 output.
 * A kernel is constant data: one table per instruction set and precision, all with the same bits.
 * `real` below is float or double by the kernel's precision; parameter blocks are laid out as in
 * network.h. */
#ifndef RS_KERNEL_H
#define RS_KERNEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "rnnsweep/network.h"
#include "rnnsweep/run_config.h"

/* B samples, one byte for each step: bits 0 and 1 are the inputs, bit 2 the target.
 * code[k * stride + b] is step k of sample b; RS_CODE_PADDING bytes past the last sample of a step
 * can be read. */
typedef struct rs_minibatch {
    const uint8_t *code;
    size_t stride;
    uint32_t samples, steps;
} rs_minibatch;

enum { RS_CODE_PADDING = 64, RS_TARGET_BIT = 2 };

/* Parameter blocks have room for a multiple of this many numbers. */
enum { RS_BLOCK_MULTIPLE = 16 };

/* Right answers among the bits and the whole sums of a batch. */
typedef struct rs_score {
    uint64_t bits, sums;
} rs_score;

typedef struct rs_product_rows {
    uint64_t forward, backward;
} rs_product_rows;

typedef struct rs_kernel {
    /* Bytes of scratch that the calls below need for this shape and batch; aligned to 64. */
    size_t (*scratch_bytes)(const rs_network *network, uint32_t samples, uint32_t steps);

    /* Rows of the products [rows x H] [H x H] that the calls below work on, the way forth of any of
     * them and the way back of the gradient: B T, or fewer where samples share their first steps.
     */
    rs_product_rows (*rows)(const rs_network *network, uint32_t samples, uint32_t steps);

    /* Mean cross entropy over samples and steps. parameters: [network->count]. */
    double (*loss)(void *scratch, const rs_network *network, const void *parameters,
                   const rs_minibatch *batch);

    /* gradient: of the same loss, same layout as the parameters. */
    void (*gradient)(void *scratch, const rs_network *network, const void *parameters,
                     const rs_minibatch *batch, void *gradient);

    /* Adds the right answers to *score. A bit is 1 when its probability is above one half. */
    void (*evaluate)(void *scratch, const rs_network *network, const void *parameters,
                     const rs_minibatch *batch, rs_score *score);

    /* logit: [T][logit_stride], argument of the logistic function; logit_stride is a multiple of 16
     * that is not below B, and what lies past B of a step is overwritten too. */
    void (*logits)(void *scratch, const rs_network *network, const void *parameters,
                   const rs_minibatch *batch, void *logit, size_t logit_stride);

    /* The blocks below hold `count` numbers and room up to the next RS_BLOCK_MULTIPLE.
     *   look_ahead:  V = momentum V
     *                theta = theta + V
     *   descend:     m = lambda m + (1 - lambda) g^2
     *                d = learning_rate g / (sqrt(m) + epsilon)
     *                    or, with epsilon_placement step, learning_rate g / sqrt(m) + epsilon
     *                V = V - d
     *                theta = theta - d
     * descend returns whether all of theta is finite. */
    void (*look_ahead)(size_t count, const rs_run_config *config, void *parameters, void *velocity);
    bool (*descend)(size_t count, const rs_run_config *config, void *parameters, void *velocity,
                    void *mean_square, const void *gradient);

    /* Elementwise functions for the tests and the self-check: count must be a multiple of 16. */
    void (*functions)(size_t count, const void *x, void *tanh_x, void *sigmoid_x,
                      void *exp_minus_abs_x, void *log1p_abs_x);

    /* `count` times twelve independent fused multiply-adds of whole machine vectors, and nothing
     * else: the rate that the kernels are measured against. Returns the floating-point operations
     * done, a multiply-add counted as two. *end depends on all of them, so that none can be left
     * out. */
    double (*fma_chains)(size_t count, double *end);
} rs_kernel;

#endif
