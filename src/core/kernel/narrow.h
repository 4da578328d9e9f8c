/* Kernels for small networks: the lanes of a vector are samples.
 *
 * A batch is cut into chunks of logical vectors that fit the first-level cache, and each chunk into
 * RS_PARTS passes: pass p takes the p-th machine vector of each logical vector. So every lane sees
 * the same operations in the same order on every instruction set, and sums over samples are kept
 * per logical lane until v_sum folds them.
 *
 * Three axes, a file each: narrow_input.h (what x W_in + b_in is of a step's inputs, and the
 * gradients of W_in and b_in), narrow_cell.h (from there and from s W_rec to the states, both ways,
 * for any cell of cells/), narrow_head.h (from the states to outputs, errors, losses and scores).
 *
 * Layout in scratch (vectors): state[slot][carried][h][v]; delta[k][column][h][v], what
 * the cell keeps of step k, in the backward pass its deltas; output[k][v] = z, then dloss/dz. */
#ifndef RS_NARROW_H
#define RS_NARROW_H

#include "cell.h"
#include "head.h"

#ifndef RS_SEQUENCES /* 1: sequences of any kind, narrow_sequences.h */
#define RS_SEQUENCES 0
#endif

/* Steps that samples share, and the inputs that can have come until then. */
enum { SHARED_STEPS = 2, NODES = 16 };

typedef struct narrow {
    ptrdiff_t states, steps;
    ptrdiff_t vectors; /* of this pass over this chunk */
    ptrdiff_t shared;  /* first steps that are taken from the nodes: 0 or SHARED_STEPS */
    /* Input */
    const uint8_t *code; /* of the first sample of the pass */
    ptrdiff_t stride;
    const real *input;   /* [G][H][4]: x W_in + b_in + b_rec for the four inputs x, scaled; of an
                            apart gate without b_rec */
    const real *b_apart; /* [H]: b_rec of the apart gate, scaled */
    /* Cell */
    real leak;
    const real *w_rec_scaled; /* [H][G][H], times cell_scale */
    const real *w_rec;        /* [H][G][H] */
    vreal *state;             /* [slots][CARRIED][H][vectors] */
    vreal *delta;             /* [T][COLUMNS][H][vectors] */
    vreal *flow;              /* [CARRIED][H][vectors]: flowing back from the next step */
    /* Head */
    const real *w_out; /* [H][O] */
    real b_out;
    vreal *output; /* [T][O][vectors]: z, then dloss/dz (0 where the lane holds no sample) */
    vreal *inside; /* [vectors]: all ones where the lane holds a sample */
    tally *tally;  /* [vectors] */
#if RS_SEQUENCES
    ptrdiff_t inputs, outputs;
    rs_head head;
    real tolerance;
    const real *x; /* of the first sample of the pass, as `target` and `weight` */
    const real *target;
    const real *weight;
    const real *length;      /* [stride] */
    bool is_ragged;          /* some lanes have fewer steps than the pass */
    const real *w_in_scaled; /* [I][G][H], times cell_scale */
    const real *bias;        /* [G][H]: b_in + b_rec, scaled; of an apart gate without b_rec */
    const real *b_outs;      /* [O] */
    vreal *prepared;         /* [G][H][vectors]: x W_in + b of the step at hand, scaled */
    vreal *counted;          /* [vectors]: counted outputs */
    vreal *losses;           /* [vectors] */
#endif
    /* Shared steps */
    const real *node_state;  /* [SHARED_STEPS][H][NODES], see nodes_forward */
    const real *node_output; /* [SHARED_STEPS][NODES] */
} narrow;

/* Accumulators of one pass p, each [.][RS_PARTS] so that v_sum finds the parts together. */
typedef struct narrow_sums {
    vreal *w_in;    /* [I][G][H] */
    vreal *b;       /* [G][H]: b_in, and b_rec alike but for an apart gate */
    vreal *b_apart; /* [H]: b_rec of the apart gate */
    vreal *w_rec;   /* [H][G][H] */
    vreal *first;   /* [G][H]: delta[0] */
    vreal *carried; /* [CARRIED][H]: flow past the activations into what is first carried */
    vreal *w_out;   /* [H][O] */
    vreal *b_out;   /* [O] */
} narrow_sums;

RS_INLINE int least(int a, int b)
{
    return a < b ? a : b;
}

#endif
