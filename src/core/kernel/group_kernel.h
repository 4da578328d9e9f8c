/* Kernels whose lanes are runs: lane l of every vector is run l of a group, networks of one shape,
 * each with parameters, data and rules of its own. Number i of run l of a block is at
 * [i * lanes + l]. What a run gives does not depend on its lane, nor on the other runs. Lanes
 * without a run hold finite numbers. */
#ifndef RS_GROUP_KERNEL_H
#define RS_GROUP_KERNEL_H

#include "kernel.h"

enum { RS_GROUP_LANES_MOST = 16 };

/* A minibatch of B sequences for each run: sample b of run l stands at [b * lanes + l] of every
 * step's numbers. Of the addition task `code`, a byte for a step as in rs_minibatch, after whose
 * end RS_CODE_PADDING bytes can be read; else the arrays of rs_sequence_batch. Steps that a run's
 * sequences do not have are 0 throughout. Aligned to 64 bytes. */
typedef struct rs_group_batch {
    uint32_t samples, steps;  /* B, and the most steps of any run */
    const uint8_t *code;      /* [T][B][lanes] */
    const void *input;        /* [T][I][B][lanes] */
    const void *target;       /* [T][O][B][lanes]; of classes [T][B][lanes] */
    const void *weight;       /* [T][B][lanes] */
    const void *length;       /* [B][lanes] */
    const double *weight_sum; /* [lanes] */
    double tolerance;
} rs_group_batch;

/* The rules of an update, for each run; the optimizer and what has no place for each run are those
 * of all. */
typedef struct rs_group_rules {
    uint32_t optimizer;
    bool nesterov, epsilon_in_step;
    double rate[RS_GROUP_LANES_MOST]; /* as rs_step has them */
    double correction1[RS_GROUP_LANES_MOST], correction2[RS_GROUP_LANES_MOST];
    double epsilon[RS_GROUP_LANES_MOST], momentum[RS_GROUP_LANES_MOST];
    double lambda[RS_GROUP_LANES_MOST], beta1[RS_GROUP_LANES_MOST], beta2[RS_GROUP_LANES_MOST];
    double weight_decay[RS_GROUP_LANES_MOST];
    double clip_norm[RS_GROUP_LANES_MOST]; /* infinity: none */
} rs_group_rules;

typedef struct rs_group_kernel {
    uint32_t lanes; /* of a logical vector: 16 in float32, 8 in float64 */

    size_t (*scratch_bytes)(const rs_network *network, uint32_t samples, uint32_t steps);

    /* As those of rs_kernel. loss: [lanes]. score: [lanes], unless it is NULL: what the runs have
     * got right as their gradients were taken is added; all outputs count as they do for heads
     * other than RS_HEAD_BIT, and no loss is added. */
    void (*loss)(void *scratch, const rs_network *network, const void *parameters,
                 const rs_group_batch *batch, double *loss);
    void (*gradient)(void *scratch, const rs_network *network, const void *parameters,
                     const rs_group_batch *batch, void *gradient, double *loss, rs_score *score);

    /* A whole update: look_ahead, gradient and descend, with the same bits. What the gradient block
     * holds then is not said. */
    uint32_t (*update)(void *scratch, const rs_network *network, const rs_group_rules *rules,
                       const rs_blocks *blocks, const rs_group_batch *batch, double *loss,
                       rs_score *score);
} rs_group_kernel;

struct group_descent;

/* The parts of an update before and after the gradient, as those of rs_kernel. blocks->trained is
 * not looked at: what is trained is the network's to say. Bit l of what descend returns: all
 * parameters of run l are finite. */
typedef struct rs_group_update {
    void (*look_ahead)(const rs_network *network, const rs_group_rules *rules,
                       const rs_blocks *blocks);
    uint32_t (*descend)(const rs_network *network, const rs_group_rules *rules,
                        const rs_blocks *blocks);

    /* For the kernels: the step of part `part` of all logical vectors, without clipping, taken
     * where sums end; and what descend returns, of that part. */
    void (*begin)(struct group_descent *descent, const rs_network *network,
                  const rs_group_rules *rules, const rs_blocks *blocks, int part);
    uint32_t (*finite)(const struct group_descent *descent, int part);
    bool (*clips)(const rs_group_rules *rules);
} rs_group_update;

#endif
