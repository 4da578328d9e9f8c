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

/* Only the rules of an update read it, in update_instance.c: a new parameter, choice or task does
 * not make the other kernels anew. */
typedef struct rs_run_config rs_run_config;

/* Parameter blocks have room for a multiple of this many numbers. */
enum { RS_BLOCK_MULTIPLE = 16 };

/* `count`, raised to such a multiple. */
static inline size_t rs_padded(size_t count)
{
    return (count + RS_BLOCK_MULTIPLE - 1) / RS_BLOCK_MULTIPLE * RS_BLOCK_MULTIPLE;
}

/* B sequences of any kind, in the kernel's precision. Numbers of a step and input or output stand
 * side by side, one for each sample: sample b at [b] of `stride`, which is a multiple of
 * RS_BLOCK_MULTIPLE; what lies past B is 0. Aligned to 64 bytes. */
typedef struct rs_sequence_batch {
    const void *input;  /* [T][I][stride]; NULL where `symbol` says it */
    const void *target; /* [T][O][stride]; of classes [T][stride], the number of the class */
    const void *weight; /* [T][stride]: 0 where a step does not count */
    const void *length; /* [stride]: steps of each; inputs past them are 0 */
    double weight_sum;  /* of all weights */
    double tolerance;   /* of reals: what is further off is wrong */
    bool by_sign;       /* of reals: what has another sign is, and the last counted step decides */
    /* [T][stride]: which input is 1, the others being 0; I where none is, past a sequence's end and
     * past B. NULL: see `input`. Only for networks that rs_kernel.looks_up is true of. */
    const uint16_t *symbol;
} rs_sequence_batch;

/* B samples, one byte for each step: bits 0 and 1 are the inputs, bit 2 the target.
 * code[k * stride + b] is step k of sample b; RS_CODE_PADDING bytes past the last sample of a step
 * can be read. */
typedef struct rs_minibatch {
    const uint8_t *code;
    size_t stride;
    uint32_t samples, steps;
    const rs_sequence_batch *sequences; /* for heads other than RS_HEAD_BIT, instead of code */
} rs_minibatch;

enum { RS_CODE_PADDING = 64, RS_TARGET_BIT = 2 };

/* The numbers that an update reads and writes: blocks of network->count numbers with room up to the
 * next RS_BLOCK_MULTIPLE. */
typedef struct rs_blocks {
    void *theta;         /* the parameters */
    void *velocity;      /* rmsprop, sgd: V; adam: m */
    void *squares;       /* rmsprop: m; adam: v */
    void *gradient;      /* changed by clipping */
    const void *trained; /* all bits set where a parameter is trained, else none; NULL: all are */
} rs_blocks;

/* What changes from update to update. */
typedef struct rs_step {
    double rate;                     /* learning_rate by schedule and warmup */
    double correction1, correction2; /* adam: 1 - beta1^t, 1 - beta2^t */
} rs_step;

/* Right answers among the counted outputs (bits) and the whole sequences (sums) of batches. Heads
 * other than RS_HEAD_BIT also add how many outputs count, and the losses with their weights. */
typedef struct rs_score {
    uint64_t bits, sums;
    uint64_t counted;
    double loss; /* sum of weight times loss, the loss being the mean over a step's outputs */
    double weight;
} rs_score;

typedef struct rs_product_rows {
    uint64_t forward, backward;
} rs_product_rows;

typedef struct rs_kernel {
    /* Whether symbols are to be given by their numbers, which costs less and gives the same bits.
     */
    bool (*looks_up)(const rs_network *network);

    /* Bytes of scratch, aligned to 64, that the calls below need for this shape and batch: all of
     * them, or those but `gradient`, which need no more for many steps than for some. */
    size_t (*scratch_bytes)(const rs_network *network, uint32_t samples, uint32_t steps,
                            bool for_gradient);

    /* Rows of the products [rows x H] [H x H] that the calls below work on, in the forward pass of
     * any of them and the backward pass of the gradient: B T, or fewer where samples share their
     * first steps. */
    rs_product_rows (*rows)(const rs_network *network, uint32_t samples, uint32_t steps);

    /* Mean loss: of RS_HEAD_BIT the cross entropy over samples and steps; else weighted by the
     * steps' weights, over the outputs too but for softmax's cross entropy, and 0 for a batch
     * without weight. parameters: [network->count]. */
    double (*loss)(void *scratch, const rs_network *network, const void *parameters,
                   const rs_minibatch *batch);

    /* gradient: of the same loss, same layout as the parameters. *loss, unless it is NULL: the loss
     * itself, which costs a logarithm, not a pass. */
    void (*gradient)(void *scratch, const rs_network *network, const void *parameters,
                     const rs_minibatch *batch, void *gradient, double *loss);

    /* Adds the right answers to *score. A bit is 1 when its probability is above one half; the
     * class is that of the largest output, the first of equal ones; a real is right within the
     * tolerance, or by its sign. */
    void (*evaluate)(void *scratch, const rs_network *network, const void *parameters,
                     const rs_minibatch *batch, rs_score *score);

    /* logit: [T][O][logit_stride], argument of the logistic function; logit_stride is a multiple of
     * 16 that is not below B, and what lies past B of a step is overwritten too. */
    void (*logits)(void *scratch, const rs_network *network, const void *parameters,
                   const rs_minibatch *batch, void *logit, size_t logit_stride);

    /* What is carried from step to step, after each step. state: [T][CARRIED H][stride], of several
     * the hidden states first; stride as logit_stride, and what lies past B is overwritten too.
     * Past a sequence's end it is 0. */
    void (*states)(void *scratch, const rs_network *network, const void *parameters,
                   const rs_minibatch *batch, void *state, size_t stride);

    /* The parts of an update before and after the gradient, by config->optimizer: update.h.
     * look_ahead goes where the momentum leads, V = momentum V, theta = theta + V, if the optimiser
     * takes the gradient there; descend clips the gradient, decays the weight matrices and takes
     * the step. It returns whether all trained parameters are finite. */
    void (*look_ahead)(const rs_network *network, const rs_run_config *config,
                       const rs_blocks *blocks);
    bool (*descend)(const rs_network *network, const rs_run_config *config, const rs_step *step,
                    const rs_blocks *blocks);

    /* The same for groups of runs: see group_kernel.h. */
    const struct rs_group_kernel *group;
    const struct rs_group_update *group_update;

    /* `count` times twelve independent fused multiply-adds of whole machine vectors, and nothing
     * else: the rate that the kernels are measured against. Returns the floating-point operations
     * done, a multiply-add counted as two. *end depends on all of them, so that none can be left
     * out. */
    double (*fma_chains)(size_t count, double *end);
} rs_kernel;

#endif
