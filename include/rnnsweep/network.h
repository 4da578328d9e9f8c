/* The tensors of a network, described once. Kernels, trainer, gradient check and results files take
 * names, shapes and places from this table.
 *
 * All parameters of a network are one block of numbers: the tensors of rs_tensor in that order,
 * each row-major, without gaps. */
#ifndef RNNSWEEP_NETWORK_H
#define RNNSWEEP_NETWORK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "rnnsweep/cells.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Index letters: I inputs, G gates, H states, O outputs. Cells of one gate have no gate axis. */
typedef enum rs_tensor {
    RS_S0,    /* [H] */
    RS_C0,    /* [H]; only for cells that carry a memory c beside the state */
    RS_W_IN,  /* [I,G,H] */
    RS_B_IN,  /* [G,H] */
    RS_W_REC, /* [H,G,H]  from, gate, to */
    RS_B_REC, /* [G,H] */
    RS_W_OUT, /* [H,O] */
    RS_B_OUT, /* [O] */
    RS_TENSOR_TOTAL
} rs_tensor;

/* Where lstm's forget gate stands among its gates i, f, g, o. */
enum { RS_LSTM_FORGET_GATE = 1 };

/* What an index of a tensor counts. */
typedef enum rs_tensor_axis {
    RS_AXIS_INPUT,
    RS_AXIS_GATE,
    RS_AXIS_STATE_FROM, /* the state of the step before */
    RS_AXIS_STATE,
    RS_AXIS_OUTPUT,
    RS_AXIS_TOTAL
} rs_tensor_axis;

enum { RS_TENSOR_RANK_MOST = 3 };

/* One tensor of a network. A tensor that its cell lacks has rank and count 0. */
typedef struct rs_tensor_layout {
    int rank;
    rs_tensor_axis axis[RS_TENSOR_RANK_MOST];
    size_t extent[RS_TENSOR_RANK_MOST];
    size_t offset; /* of its first number in the block */
    size_t count;  /* of its numbers */
    bool trained;  /* else it stays as it was first */
} rs_tensor_layout;

/* Kind of targets, and the loss that goes with it. */
typedef enum rs_head {
    RS_HEAD_BIT,             /* one bit beside two input bits: the addition task */
    RS_HEAD_BITS,            /* O bits: logistic outputs, binary cross entropy */
    RS_HEAD_BITS_SQUARED,    /* squared error of the logistic outputs */
    RS_HEAD_CLASSES,         /* one of O classes: softmax, cross entropy */
    RS_HEAD_CLASSES_SQUARED, /* squared error of the softmax outputs against one-hot */
    RS_HEAD_REALS,           /* O reals: linear outputs, squared error */
    RS_HEAD_TOTAL
} rs_head;

typedef struct rs_network {
    rs_cell cell;
    rs_head head;
    uint32_t inputs, gates, states, outputs;
    double leak; /* 1: none */
    rs_tensor_layout tensor[RS_TENSOR_TOTAL];
    size_t count; /* of the block's numbers */
} rs_network;

/* A network whose tensors are all trained, without a leak, for the addition task. */
rs_network rs_network_make(rs_cell cell, uint32_t inputs, uint32_t states, uint32_t outputs);

/* Whether the lanes of vectors are the states of a network, where they are not runs, and not the
 * samples of a minibatch: for large networks whose padding to whole vectors of `lanes` numbers, 16
 * in float32 and 8 in float64, wastes little; of other tasks than addition, whose samples share no
 * steps, for larger ones. Measured: see kernel/README.md. Decides the bits of a run. */
static inline bool rs_lanes_are_states(const rs_network *network, uint32_t lanes)
{
    const uint32_t states = network->states, padded = (states + lanes - 1) / lanes * lanes;
    if (network->head != RS_HEAD_BIT)
        return states >= 128 || (states >= 64 && states % 32 == 0);
    return states >= 64 || (states >= 32 && 8 * padded <= 9 * states);
}

/* Whether all its tensors are trained. */
bool rs_network_is_trained(const rs_network *network);

/* Names as in the results file ("tanh", "W_in", "state_from"), and what a tensor is in a few words.
 */
const char *rs_cell_name(rs_cell cell);
const char *rs_cell_gates(rs_cell cell); /* in words, in the order of the gate axis; NULL: one */
const char *rs_tensor_name(rs_tensor tensor);
const char *rs_tensor_meaning(rs_tensor tensor);
const char *rs_tensor_axis_name(rs_tensor_axis axis);

/* The addition task: two bits in, one bit out per step. */
enum { RS_ADDITION_INPUTS = 2, RS_ADDITION_OUTPUTS = 1 };

#ifdef __cplusplus
}
#endif

#endif
