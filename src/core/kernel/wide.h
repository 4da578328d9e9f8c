/* Kernels for large networks: the lanes of a vector are states, a row is a sample.
 *
 * H is padded to P, a multiple of the logical lanes, with zeros. Products [rows x H] [H x H] run
 * over register tiles of WIDE_ROWS samples by WIDE_PANELS logical vectors of states. Each element
 * is one chain of fused multiply-adds in the order of the inner index, so tiles do not show in the
 * bits.
 * Weights are packed once per call into panels [P/lanes][H][lanes], forward and transposed.
 *
 * Layout in scratch: S[slot][row][P] states, delta[row][P] = dloss/da of one step, flow[row][P] =
 * dloss/ds flowing back from the next step. */
#ifndef RS_WIDE_H
#define RS_WIDE_H

#include "narrow_batch.h"
#include "outputs.h"

/* The states of a chunk over all steps take about this much: a quarter of a second-level cache of
 * 1 MiB, beside weights and their gradient; but at least some tiles and at most enough rows that
 * the weights, read once per step, cost little. */
enum { WIDE_BYTES = 262144, WIDE_ROWS_LEAST = 12, WIDE_ROWS_MOST = 48 };

/* The tree of the first steps, see wide_tree.h: at most so many levels below its root. */
enum { TREE_LEVELS_MOST = 4 };

/* What the nodes of one level of the tree have in common: node n's last input is n mod 4. */
typedef struct wide_level {
    int nodes;
    real *state; /* [nodes][P] */
    real *flow;  /* [nodes][P]: sums of dloss/ds over the samples of a node */
    real *logit; /* [nodes] */
    real *error; /* [nodes]: sums of dloss/dz */
} wide_level;

typedef struct wide {
    int states, padded, steps, chunk;
    int rows;            /* of this chunk */
    const uint8_t *code; /* of the chunk's first sample */
    size_t stride;
    real *input;   /* [4][P]: b_in + b_rec + x W_in, times RS_TANH_SCALE */
    real *w_rec;   /* panels of W_rec, times RS_TANH_SCALE */
    real *w_rec_t; /* panels of W_rec transposed */
    real *w_out;   /* [P] */
    real b_out;
    int levels; /* of the tree, below its root */
    wide_level level[TREE_LEVELS_MOST + 1];
    real *child_sum;     /* [nodes of the last level but one][P] */
    uint8_t *last_input; /* [nodes of the last level]: n mod 4 */
    uint16_t *place;     /* [chunk]: the node of each sample */
    real *state;         /* [steps from the last level on][chunk][P] */
    real *delta;         /* [chunk][P] */
    real *flow;          /* [chunk][P] */
    real *logit;         /* [chunk, up to logical lanes] */
    real *error;         /* the same: dloss/dz */
    tally *tally;
    bool with_loss; /* a gradient takes the loss along */
    real *g_input;  /* [4][P]: sums of delta by input */
    real *g_w_rec;  /* [H][P] */
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
    long fitting = WIDE_BYTES / ((long)sizeof(real) * padded * slots);
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
        level->state = scratch_take(s, nodes * P * sizeof(real));
        level->flow = scratch_take(s, nodes * P * sizeof(real));
        level->logit = scratch_take(s, nodes * sizeof(real));
        level->error = scratch_take(s, nodes * sizeof(real));
    }
    w->child_sum = scratch_take(s, (last + 3) / 4 * P * sizeof(real));
    w->last_input = scratch_take(s, last);
}

static size_t wide_layout(wide *w, void *memory, const rs_network *network, uint32_t samples,
                          uint32_t steps)
{
    scratch s = {.base = memory};
    w->states = (int)network->states;
    w->steps = (int)steps;
    w->padded = padded_states(network->states);
    w->levels = tree_levels((int)steps, (int)samples);
    const int slots = w->steps - w->levels + 1;
    w->chunk = chunk_rows(w->padded, slots, (int)samples);
    size_t H = network->states, P = (size_t)w->padded, rows = (size_t)w->chunk;
    size_t lanes = (rows + RS_LOGICAL_LANES - 1) / RS_LOGICAL_LANES * RS_LOGICAL_LANES;
    w->input = scratch_take(&s, 4 * P * sizeof(real));
    w->w_rec = scratch_take(&s, H * P * sizeof(real));
    w->w_rec_t = scratch_take(&s, H * P * sizeof(real));
    w->w_out = scratch_take(&s, P * sizeof(real));
    tree_layout(w, &s);
    w->place = scratch_take(&s, rows * sizeof *w->place);
    w->state = scratch_take(&s, (size_t)slots * rows * P * sizeof(real));
    w->delta = scratch_take(&s, rows * P * sizeof(real));
    w->flow = scratch_take(&s, rows * P * sizeof(real));
    w->logit = scratch_take(&s, lanes * sizeof(real));
    w->error = scratch_take(&s, lanes * sizeof(real));
    w->tally = scratch_take(&s, lanes / RS_VECTOR_LANES * sizeof(tally));
    w->g_input = scratch_take(&s, 4 * P * sizeof(real));
    w->g_w_rec = scratch_take(&s, H * P * sizeof(real));
    w->g_w_out = scratch_take(&s, P * sizeof(real));
    return s.used;
}

/* panels[q][i][l] = scale * matrix[i, 16 q + l], or of its transpose; 0 past column H. */
static void pack_panels(real *panels, const real *matrix, int H, int padded, bool transposed,
                        real scale)
{
    for (int j0 = 0; j0 < padded; j0 += RS_LOGICAL_LANES)
        for (int i = 0; i < H; i++)
            for (int j = j0; j < j0 + RS_LOGICAL_LANES; j++)
                *panels++ = j >= H ? 0 : scale * matrix[transposed ? j * H + i : i * H + j];
}

static void copy_padded(real *to, const real *from, int count, int padded)
{
    for (int i = 0; i < padded; i++)
        to[i] = i < count ? from[i] : 0;
}

/* A tile: ROWS rows by VECTORS machine vectors, which are one or WIDE_PANELS panels side by side.
 */
typedef vreal wide_sums[WIDE_ROWS][WIDE_PANELS * RS_PARTS];

RS_INLINE void load_tile(const real *from, int P, const int ROWS, const int VECTORS, wide_sums sum)
{
    RS_UNROLL
    for (int r = 0; r < ROWS; r++) {
        RS_UNROLL
        for (int c = 0; c < VECTORS; c++)
            sum[r][c] = v_load(from + r * P + c * RS_VECTOR_LANES);
    }
}

RS_INLINE void store_tile(real *to, int P, const int ROWS, const int VECTORS, wide_sums sum)
{
    RS_UNROLL
    for (int r = 0; r < ROWS; r++) {
        RS_UNROLL
        for (int c = 0; c < VECTORS; c++)
            v_store(to + r * P + c * RS_VECTOR_LANES, sum[r][c]);
    }
}

/* sum[r] += x[r] y, where x[r] is left[r * stride]. */
RS_INLINE void add_products(const real *left, int stride, const vreal *y, const int ROWS,
                            const int VECTORS, wide_sums sum)
{
    RS_UNROLL
    for (int r = 0; r < ROWS; r++) {
        vreal x = v_set1(left[r * stride]);
        RS_UNROLL
        for (int c = 0; c < VECTORS; c++)
            sum[r][c] = v_fma(x, y[c], sum[r][c]);
    }
}

/* sum[r] += left[r][0..depth) panels, for ROWS rows of stride P. */
RS_INLINE void multiply_tile(const real *left, int P, const real *panels, int depth, const int ROWS,
                             const int VECTORS, wide_sums sum)
{
    for (int i = 0; i < depth; i++) {
        vreal weight[WIDE_PANELS * RS_PARTS];
        RS_UNROLL
        for (int c = 0; c < VECTORS; c++)
            weight[c] = v_load(panels + (c / RS_PARTS * depth + i) * RS_LOGICAL_LANES +
                               c % RS_PARTS * RS_VECTOR_LANES);
        add_products(left + i, P, weight, ROWS, VECTORS, sum);
    }
}

/* to = input + from W_rec for ROWS rows from r0 and the states of the panels from q. */
RS_INLINE void wide_activation_tile(const wide *w, const real *from, real *to, const uint8_t *code,
                                    int r0, const int ROWS, int q, const int VECTORS)
{
    const int P = w->padded, j0 = q * RS_LOGICAL_LANES;
    wide_sums sum;
    RS_UNROLL
    for (int r = 0; r < ROWS; r++)
        load_tile(w->input + (code[r0 + r] & 3) * P + j0, P, 1, VECTORS, sum + r);
    multiply_tile(from + r0 * P, P, w->w_rec + j0 * w->states, w->states, ROWS, VECTORS, sum);
    store_tile(to + r0 * P + j0, P, ROWS, VECTORS, sum);
}

/* flow = delta W_rec^T */
RS_INLINE void wide_backward_tile(const wide *w, const real *delta, real *flow, int r0,
                                  const int ROWS, int q, const int VECTORS)
{
    const int P = w->padded, j0 = q * RS_LOGICAL_LANES;
    wide_sums sum;
    RS_UNROLL
    for (int r = 0; r < ROWS; r++) {
        RS_UNROLL
        for (int c = 0; c < VECTORS; c++)
            sum[r][c] = v_set1(0);
    }
    multiply_tile(delta + r0 * P, P, w->w_rec_t + j0 * w->states, w->states, ROWS, VECTORS, sum);
    store_tile(flow + r0 * P + j0, P, ROWS, VECTORS, sum);
}

/* dW_rec[i, states of the panels from q] += sum over rows of s[row, i] delta[row, states], for ROWS
 * i from i0. */
RS_INLINE void wide_gradient_tile(const wide *w, int rows, const real *state, const real *deltas,
                                  int i0, const int ROWS, int q, const int VECTORS)
{
    const int P = w->padded, j0 = q * RS_LOGICAL_LANES;
    wide_sums sum;
    load_tile(w->g_w_rec + i0 * P + j0, P, ROWS, VECTORS, sum);
    for (int r = 0; r < rows; r++) {
        vreal delta[WIDE_PANELS * RS_PARTS];
        RS_UNROLL
        for (int c = 0; c < VECTORS; c++)
            delta[c] = v_load(deltas + r * P + j0 + c * RS_VECTOR_LANES);
        add_products(state + r * P + i0, 1, delta, ROWS, VECTORS, sum);
    }
    store_tile(w->g_w_rec + i0 * P + j0, P, ROWS, VECTORS, sum);
}

/* TILE(first row, ROWS, first panel, VECTORS) over `rows` and all panels. Rows are shared evenly by
 * the tiles, since a tile of few rows has too few sums to hide the latency of a multiply-add. */
#define FOR_WIDE_TILES(rows, panels, TILE)                            \
    do {                                                              \
        int panel = 0;                                                \
        for (; panel + WIDE_PANELS <= (panels); panel += WIDE_PANELS) \
            FOR_ROWS(rows, TILE, panel, WIDE_PANELS *RS_PARTS)        \
        for (; WIDE_PANELS > 2 && panel + 2 <= (panels); panel += 2)  \
            FOR_ROWS(rows, TILE, panel, 2 * RS_PARTS)                 \
        for (; WIDE_PANELS > 1 && panel < (panels); panel++)          \
            FOR_ROWS(rows, TILE, panel, RS_PARTS)                     \
    } while (0)
#define FOR_ROWS(rows, TILE, panel, VECTORS)                                                      \
    for (int tiles = ((rows) + WIDE_ROWS - 1) / WIDE_ROWS, tile = 0, row = 0, many; tile < tiles; \
         tile++, row += many) {                                                                   \
        many = (rows) / tiles + (tile < (rows) % tiles);                                          \
        switch (many) {                                                                           \
            ROWS_CASE(1, TILE, panel, VECTORS)                                                    \
            ROWS_CASE(2, TILE, panel, VECTORS)                                                    \
            ROWS_CASE(3, TILE, panel, VECTORS)                                                    \
            ROWS_CASE(4, TILE, panel, VECTORS)                                                    \
            ROWS_CASE(5, TILE, panel, VECTORS)                                                    \
            ROWS_CASE(6, TILE, panel, VECTORS)                                                    \
        }                                                                                         \
    }
#define ROWS_CASE(ROWS, TILE, panel, VECTORS) \
    case (ROWS):                              \
        if ((ROWS) <= WIDE_ROWS)              \
            TILE(row, ROWS, panel, VECTORS);  \
        break;

/* to = tanh(input + from W_rec), [rows][P] both. tanh has a loop of its own, in which its constants
 * stay in registers. */
static void wide_forward_step(const wide *w, int rows, const real *from, real *to,
                              const uint8_t *code)
{
#define TILE(row, ROWS, q, VECTORS) wide_activation_tile(w, from, to, code, row, ROWS, q, VECTORS)
    FOR_WIDE_TILES(rows, w->padded / RS_LOGICAL_LANES, TILE);
#undef TILE
    for (int i = 0; i < rows * w->padded; i += RS_VECTOR_LANES)
        v_store(to + i, v_tanh(v_load(to + i)));
}

static void wide_backward_step(const wide *w, int rows, const real *delta, real *flow)
{
#define TILE(row, ROWS, q, VECTORS) wide_backward_tile(w, delta, flow, row, ROWS, q, VECTORS)
    FOR_WIDE_TILES(rows, w->padded / RS_LOGICAL_LANES, TILE);
#undef TILE
}

static void wide_gradient_step(const wide *w, int rows, const real *state, const real *delta)
{
#define TILE(row, ROWS, q, VECTORS) wide_gradient_tile(w, rows, state, delta, row, ROWS, q, VECTORS)
    FOR_WIDE_TILES(w->states, w->padded / RS_LOGICAL_LANES, TILE);
#undef TILE
}

/* z = s W_out + b_out for each row. */
static void wide_logits_step(const wide *w, int rows, const real *state, real *logit)
{
    for (int r = 0; r < rows; r++) {
        vreal sum[RS_PARTS];
        RS_UNROLL
        for (int p = 0; p < RS_PARTS; p++)
            sum[p] = v_set1(0);
        for (int j = 0; j < w->padded; j += RS_LOGICAL_LANES)
            RS_UNROLL
        for (int p = 0; p < RS_PARTS; p++) {
            const int at = j + p * RS_VECTOR_LANES;
            sum[p] = v_fma(v_load(state + r * w->padded + at), v_load(w->w_out + at), sum[p]);
        }
        logit[r] = v_sum(sum) + w->b_out;
    }
}

/* delta = (flow + error w_out) (1 - s^2), which may take the place of the flow; dW_out += error s;
 * the deltas of input x are added up. */
RS_INLINE void wide_delta_row(const wide *w, const real *state, real error_of_row, const real *flow,
                              real *deltas, int x)
{
    const int P = w->padded;
    vreal error = v_set1(error_of_row);
    for (int j = 0; j < P; j += RS_VECTOR_LANES) {
        vreal s = v_load(state + j);
        vreal ds = v_fma(error, v_load(w->w_out + j), v_load(flow + j));
        vreal delta = v_mul(ds, v_fnma(s, s, v_set1(1)));
        real *g_input = w->g_input + x * P + j;
        v_store(deltas + j, delta);
        v_store(g_input, v_add(v_load(g_input), delta));
        v_store(w->g_w_out + j, v_fma(error, s, v_load(w->g_w_out + j)));
    }
}

#endif
