/* Kernels for large networks: the lanes of a vector are states, a row is a sample.
 *
 * H is padded to P, a multiple of the logical lanes, with zeros, each gate by itself. Products
 * [rows x H] [H x G P] run over register tiles of WIDE_ROWS samples by WIDE_PANELS logical vectors
 * of columns. Each element is one chain of fused multiply-adds in the order of the inner index, so
 * tiles do not show in the bits.
 * Weights are packed once per call into panels [columns/lanes][depth][lanes], forward and
 * transposed.
 *
 * wide_products.h: tiles of registers. wide_cell.h: the loops over a cell's functions. wide_step.h:
 * a step forth and back. wide_input.h, wide_head.h: inputs and outputs. wide_tree.h: first steps
 * that samples share. wide_batch.h: a minibatch. wide_sequences.h: one of sequences of any kind.
 *
 * Layout in scratch: state[slot][carried][row][P]; delta[slot][row][column][P], in the forward pass
 * activations, then what the cell keeps of a step, in the backward pass its deltas;
 * flow[carried][row][P] flowing back from the next step. */
#ifndef RS_WIDE_H
#define RS_WIDE_H

#include "cell_kernel.h"
#include "head.h"

/* The states of a chunk over all steps take about this much: a quarter of a second-level cache of
 * 1 MiB, beside weights and their gradient; but at least some tiles and at most enough rows that
 * the weights, read once per step, cost little. */
enum { WIDE_BYTES = 262144, WIDE_ROWS_LEAST = 12, WIDE_ROWS_MOST = 48 };

/* The tree of the first steps, see wide_tree.h: at most so many levels below its root. */
enum { TREE_LEVELS_MOST = 4 };

/* What the nodes of one level of the tree have in common: node n's last input is n mod 4. */
typedef struct wide_level {
    int nodes;
    real *from;  /* [CARRIED][nodes][P]: states of the parents; may be flow, if deltas need none */
    real *state; /* [CARRIED][nodes][P] */
    real *flow;  /* [CARRIED][nodes][P]: sums of what flows to the samples of a node */
    real *delta; /* [nodes][COLUMNS][P] */
    real *logit; /* [nodes] */
    real *error; /* [nodes]: sums of dloss/dz */
} wide_level;

typedef struct wide {
    const rs_cell_kernel *cell;
    int gates, carried, kept, columns, apart; /* of its shape */
    bool direct, in_place;
    int states, padded, steps, chunk;
    int rows; /* of this chunk */
    real leak;
    const uint8_t *code; /* of the chunk's first sample */
    size_t stride;
    real *input;       /* [4][G][P]: x W_in + b_in + b_rec, scaled; of an apart gate b_rec alone */
    real *apart_input; /* [4][P]: x W_in + b_in of the apart gate, scaled */
    real *w_rec;       /* panels of W_rec, times cell_scale */
    real *w_rec_t;     /* panels of W_rec transposed, depth [G][H] */
    real *w_out;       /* [P] */
    real b_out;
    int levels; /* of the tree, below its root */
    wide_level level[TREE_LEVELS_MOST + 1];
    real *child_sum;     /* [nodes of the last level but one][COLUMNS][P] */
    uint8_t *last_input; /* [nodes of the last level]: n mod 4 */
    uint16_t *place;     /* [chunk]: the node of each sample */
    real *state;         /* [slots][CARRIED][chunk][P]: from the last level on */
    real *delta;         /* [slots, or 1 where nothing is kept][chunk][COLUMNS][P] */
    real *flow;          /* [CARRIED][chunk][P] */
    real *logit;         /* [chunk, up to logical lanes] */
    real *error;         /* the same: dloss/dz */
    tally *tally;
    bool with_loss; /* a gradient takes the loss along */
    real *g_input;  /* [4][G][P]: sums by input of the deltas of x W_in + b_in */
    real *g_apart;  /* [P]: sums of the apart gate's deltas */
    real *g_w_rec;  /* [H][G][P] */
    real *g_w_out;  /* [P] */
    real g_b_out;
} wide;

/* Rows of one step, of a chunk's samples or of a level's nodes. */
typedef struct wide_rows {
    int count;
    int carried;         /* numbers from the rows of s to those of c */
    const uint8_t *code; /* [count] */
    const real *apart;   /* [count][P]: x W_in + b_in of the apart gate; NULL: by the code */
    const real *from;    /* [CARRIED][P] of each: before the step */
    real *to;            /* the same: after it */
    real *delta;         /* [count][COLUMNS][P] */
    real *flow;          /* as from: dloss/dto, then dloss/dfrom */
} wide_rows;

RS_INLINE int padded_states(uint32_t states)
{
    return ((int)states + RS_LOGICAL_LANES - 1) / RS_LOGICAL_LANES * RS_LOGICAL_LANES;
}

/* From a row of deltas to the next, and of activations. */
RS_INLINE int delta_stride(const wide *w)
{
    return w->columns * w->padded;
}

#endif
