/* Kernels for small networks: the lanes of a vector are samples.
 *
 * A batch is cut into chunks of logical vectors that fit the first-level cache, and each chunk into
 * RS_PARTS passes: pass p takes the p-th machine vector of each logical vector. So every lane sees
 * the same operations in the same order on every instruction set, and sums over samples are kept
 * per logical lane until v_sum folds them.
 *
 * narrow_products.h: sums of products, in tiles of registers. narrow_cell.h: the loops over a
 * cell's functions. narrow_pass.h: a pass forth and back, for a shape that may be constant.
 * narrow_input.h, narrow_symbols.h: the inputs. narrow_head.h: from outputs to errors, losses and
 * scores. narrow_batch.h: a batch.
 *
 * Layout in scratch (vectors): state[slot][carried][h][v]; delta[k][column][h][v], what
 * the cell keeps of step k, in the backward pass its deltas; output[k][o][v] = z, then dloss/dz. */
#ifndef RS_NARROW_H
#define RS_NARROW_H

#include "cell_kernel.h"
#include "head.h"

/* Steps that samples share, and the inputs that can have come until then. */
enum { SHARED_STEPS = 2, NODES = 16 };

typedef struct narrow {
    const rs_cell_kernel *cell;
    cell_shape shape;
    ptrdiff_t steps;
    ptrdiff_t before;      /* steps of the sequences that came before those of the pass */
    ptrdiff_t vectors;     /* of this pass over this chunk */
    ptrdiff_t shared;      /* first steps that are taken from the nodes: 0 or SHARED_STEPS */
    ptrdiff_t stride;      /* samples from step to step of the batch */
    struct sum_ends *ends; /* where lanes are runs */
    /* Addition: a byte for a sample's step */
    const uint8_t *code;     /* of the first sample of the pass; NULL: sequences of any kind */
    const real *start;       /* [G][H][4]: x W_in + b_in + b_rec for the four inputs x, scaled; of
                                an apart gate b_rec alone */
    const real *apart_input; /* [H][4]: x W_in + b_in of an apart gate, scaled */
    /* Sequences of any kind */
    ptrdiff_t inputs;
    const real *x;           /* of the first sample of the pass, as `symbol`, `target`, `weight` and
                                `length` */
    const uint16_t *symbol;  /* NULL: inputs are reals */
    const real *w_in_scaled; /* [I][G][H], times the cell's scale; of symbols [I + 1][symbol_row]:
                                x W_in + b of each, and of none */
    real *symbol_sums;       /* [lanes][I + 1][symbol_row]: deltas of x W_in + b_in by symbol */
    const real *bias;        /* [G][H]: b_in + b_rec, scaled; of an apart gate b_in alone */
    const real *apart_bias;  /* [H]: b_rec of an apart gate, scaled */
    const real *target, *weight;
    const real *length; /* [stride] */
    bool is_ragged;     /* some lanes have fewer steps than the pass */
    rs_head head;
    real tolerance;
    bool by_sign;   /* reals: the sign is judged, and the last counted step decides */
    vreal *counted; /* [vectors]: counted outputs */
    vreal *losses;  /* [vectors] */
    vreal *last;    /* [vectors]: 1 where the last counted step is wrong */
    /* Cell */
    real leak;
    const real *w_rec_scaled; /* [H][G][H], times the cell's scale */
    const real *w_rec;        /* [H][G][H] */
    vreal *state;             /* [slots][CARRIED][H][vectors] */
    vreal *delta;             /* [steps that are kept][COLUMNS][H][vectors] */
    vreal *flow;              /* [CARRIED][H][vectors]: flowing back from the next step */
    /* Outputs */
    ptrdiff_t outputs;
    const real *w_out; /* [H][O] */
    const real *b_out; /* [O] */
    vreal *output; /* [steps][O][vectors]: z, then dloss/dz (0 where the lane holds no sample) */
    vreal *inside; /* [vectors]: all ones where the lane holds a sample */
    tally *tally;  /* [vectors] */
    /* Shared steps */
    const real *node_state;  /* [SHARED_STEPS][CARRIED][H][NODES], see nodes_forward */
    const real *node_kept;   /* [SHARED_STEPS][COLUMNS][H][NODES] */
    const real *node_output; /* [SHARED_STEPS][NODES] */
} narrow;

/* Accumulators of one pass p, each [.][RS_PARTS] so that v_sum finds the parts together. */
typedef struct narrow_sums {
    vreal *w_in;    /* [I][G][H] */
    vreal *b;       /* [DELTAS][H]: of b_rec, and of b_in at input_column */
    vreal *w_rec;   /* [H][G][H] */
    vreal *first;   /* [G][H]: delta[0] */
    vreal *carried; /* [CARRIED][H]: flow past the activations into what is first carried */
    vreal *w_out;   /* [H][O] */
    vreal *b_out;   /* [O] */
} narrow_sums;

/* The inputs of a step of the addition task. */
RS_INLINE vcode codes_at(const narrow *n, ptrdiff_t k, ptrdiff_t v)
{
    return v_codes(n->code + k * n->stride + v * RS_LOGICAL_LANES);
}

RS_INLINE vreal *outputs_at(const narrow *n, ptrdiff_t k, ptrdiff_t v)
{
    return n->output + k * n->outputs * n->vectors + v;
}

#endif
