/* Kernels for large networks: the lanes of a vector are states, a row is a sample.
 *
 * H is padded to P, a multiple of the logical lanes, with zeros, each gate by itself. Products
 * [rows x H] [H x G P] run over register tiles of WIDE_ROWS samples by WIDE_PANELS logical vectors
 * of columns. Each element is one chain of fused multiply-adds in the order of the inner index, so
 * tiles do not show in the bits.
 * Weights are packed once per call into panels [columns/lanes][depth][lanes], forward and
 * transposed.
 *
 * The axes are those of narrow.h: wide_input.h, wide_cell.h, wide_head.h.
 *
 * Layout in scratch: state[slot][carried][row][P]; delta[slot][row][column][P], in the forward pass
 * activations, then what the cell keeps of a step, in the backward pass its deltas;
 * flow[carried][row][P] flowing back from the next step. */
#ifndef RS_WIDE_H
#define RS_WIDE_H

#include "cell.h"
#include "narrow_batch.h"

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
    real *state;         /* [steps from the last level on][CARRIED][chunk][P] */
    real *delta;         /* [the same, where the cell keeps something][chunk][COLUMNS][P] */
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

RS_INLINE int padded_states(uint32_t states)
{
    return ((int)states + RS_LOGICAL_LANES - 1) / RS_LOGICAL_LANES * RS_LOGICAL_LANES;
}

/* Rows of a chunk: chunks of nearly equal size, whole tiles of six. */
RS_INLINE int chunk_rows(int padded, int slots, int samples)
{
    const int kept = CELL_KEPT > 0 ? CELL_COLUMNS : 0;
    long fitting = WIDE_BYTES / ((long)sizeof(real) * padded * slots * (CELL_CARRIED + kept));
    long most = fitting < WIDE_ROWS_LEAST  ? WIDE_ROWS_LEAST
                : fitting > WIDE_ROWS_MOST ? WIDE_ROWS_MOST
                                           : fitting;
    int chunks = (int)((samples + most - 1) / most);
    int rows = (samples + chunks - 1) / chunks;
    return (rows + 5) / 6 * 6;
}

/* A level pays as long as it has fewer nodes than there are samples. */
RS_INLINE int tree_levels(int steps, int samples)
{
    int levels = 0;
    while (levels < TREE_LEVELS_MOST && levels < steps && 4 << 2 * levels < samples)
        levels++;
    return levels;
}

static void tree_layout(wide *w, scratch *s)
{
    const size_t P = (size_t)w->padded, last = (size_t)1 << 2 * w->levels;
    for (int k = 0; k <= w->levels; k++) {
        wide_level *level = &w->level[k];
        const size_t nodes = (size_t)1 << 2 * k;
        level->nodes = (int)nodes;
        level->state = scratch_take(s, CELL_CARRIED * nodes * P * sizeof(real));
        level->flow = scratch_take(s, CELL_CARRIED * nodes * P * sizeof(real));
        level->from =
            CELL_IN_PLACE ? level->flow : scratch_take(s, CELL_CARRIED * nodes * P * sizeof(real));
        level->delta = scratch_take(s, nodes * CELL_COLUMNS * P * sizeof(real));
        level->logit = scratch_take(s, nodes * sizeof(real));
        level->error = scratch_take(s, nodes * sizeof(real));
    }
    w->child_sum = scratch_take(s, (last + 3) / 4 * CELL_COLUMNS * P * sizeof(real));
    w->last_input = scratch_take(s, last);
}

static size_t wide_layout(wide *w, void *memory, const rs_network *network, uint32_t samples,
                          uint32_t steps)
{
    scratch s = {.base = memory};
    w->states = (int)network->states;
    w->steps = (int)steps;
    w->padded = padded_states(network->states);
    w->leak = (real)network->leak;
    w->levels = tree_levels((int)steps, (int)samples);
    const int slots = w->steps - w->levels + 1;
    w->chunk = chunk_rows(w->padded, slots, (int)samples);
    const size_t H = network->states, P = (size_t)w->padded, rows = (size_t)w->chunk;
    const size_t lanes = (rows + RS_LOGICAL_LANES - 1) / RS_LOGICAL_LANES * RS_LOGICAL_LANES;
    const size_t kept = CELL_KEPT > 0 ? (size_t)slots : 1;
    w->input = scratch_take(&s, 4 * CELL_GATES * P * sizeof(real));
    w->apart_input = scratch_take(&s, CELL_APART >= 0 ? 4 * P * sizeof(real) : 0);
    w->w_rec = scratch_take(&s, H * CELL_GATES * P * sizeof(real));
    w->w_rec_t = scratch_take(&s, CELL_GATES * H * P * sizeof(real));
    w->w_out = scratch_take(&s, P * sizeof(real));
    tree_layout(w, &s);
    w->place = scratch_take(&s, rows * sizeof *w->place);
    w->state = scratch_take(&s, (size_t)slots * CELL_CARRIED * rows * P * sizeof(real));
    w->delta = scratch_take(&s, kept * rows * CELL_COLUMNS * P * sizeof(real));
    w->flow = scratch_take(&s, CELL_CARRIED * rows * P * sizeof(real));
    w->logit = scratch_take(&s, lanes * sizeof(real));
    w->error = scratch_take(&s, lanes * sizeof(real));
    w->tally = scratch_take(&s, lanes / RS_VECTOR_LANES * sizeof(tally));
    w->g_input = scratch_take(&s, 4 * CELL_GATES * P * sizeof(real));
    w->g_apart = scratch_take(&s, CELL_APART >= 0 ? P * sizeof(real) : 0);
    w->g_w_rec = scratch_take(&s, H * CELL_GATES * P * sizeof(real));
    w->g_w_out = scratch_take(&s, P * sizeof(real));
    return s.used;
}

/* From a row of deltas to the next, and of activations. */
RS_INLINE int delta_stride(const wide *w)
{
    return CELL_COLUMNS * w->padded;
}

RS_INLINE void copy_padded(real *to, const real *from, int count, int padded)
{
    for (int i = 0; i < padded; i++)
        to[i] = i < count ? from[i] : 0;
}

#endif
