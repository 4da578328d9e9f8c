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

/* What a forward pass is for. */
enum purpose { FOR_GRADIENT, FOR_LOSS, FOR_SCORE, FOR_LOGITS };

typedef struct wide {
    int states, padded, steps, chunk;
    int rows;            /* of this chunk */
    const uint8_t *code; /* of the chunk's first sample */
    size_t stride;
    real *input;   /* [4][P]: b_in + b_rec + x W_in */
    real *w_rec;   /* panels of W_rec */
    real *w_rec_t; /* panels of W_rec transposed */
    real *w_out;   /* [P] */
    real b_out;
    real *s0;    /* [P] */
    real *state; /* [slots][chunk][P] */
    real *delta; /* [chunk][P] */
    real *flow;  /* [chunk][P] */
    real *logit; /* [chunk, up to logical lanes] */
    real *error; /* the same: dloss/dz */
    tally *tally;
    real *g_input; /* [4][P]: sums of delta by input */
    real *g_w_rec; /* [H][P] */
    real *g_w_out; /* [P] */
    real *g_s0;    /* [P] */
    real g_b_out;
} wide;

RS_INLINE int padded_states(uint32_t states)
{
    return ((int)states + RS_LOGICAL_LANES - 1) / RS_LOGICAL_LANES * RS_LOGICAL_LANES;
}

/* Rows of a chunk: chunks of nearly equal size, whole tiles of six. */
RS_INLINE int chunk_rows(int padded, int steps, int samples)
{
    long fitting = WIDE_BYTES / ((long)sizeof(real) * padded * (steps + 1));
    long most = fitting < WIDE_ROWS_LEAST  ? WIDE_ROWS_LEAST
                : fitting > WIDE_ROWS_MOST ? WIDE_ROWS_MOST
                                           : fitting;
    int chunks = (int)((samples + most - 1) / most);
    int rows = (samples + chunks - 1) / chunks;
    return (rows + 5) / 6 * 6;
}

static size_t wide_layout(wide *w, void *memory, uint32_t states, uint32_t samples, uint32_t steps)
{
    scratch s = {.base = memory};
    w->states = (int)states;
    w->steps = (int)steps;
    w->padded = padded_states(states);
    w->chunk = chunk_rows(w->padded, (int)steps, (int)samples);
    size_t H = states, P = (size_t)w->padded, rows = (size_t)w->chunk;
    size_t lanes = (rows + RS_LOGICAL_LANES - 1) / RS_LOGICAL_LANES * RS_LOGICAL_LANES;
    w->input = scratch_take(&s, 4 * P * sizeof(real));
    w->w_rec = scratch_take(&s, H * P * sizeof(real));
    w->w_rec_t = scratch_take(&s, H * P * sizeof(real));
    w->w_out = scratch_take(&s, P * sizeof(real));
    w->s0 = scratch_take(&s, P * sizeof(real));
    w->state = scratch_take(&s, (size_t)(steps + 1) * rows * P * sizeof(real));
    w->delta = scratch_take(&s, rows * P * sizeof(real));
    w->flow = scratch_take(&s, rows * P * sizeof(real));
    w->logit = scratch_take(&s, lanes * sizeof(real));
    w->error = scratch_take(&s, lanes * sizeof(real));
    w->tally = scratch_take(&s, lanes / RS_VECTOR_LANES * sizeof(tally));
    w->g_input = scratch_take(&s, 4 * P * sizeof(real));
    w->g_w_rec = scratch_take(&s, H * P * sizeof(real));
    w->g_w_out = scratch_take(&s, P * sizeof(real));
    w->g_s0 = scratch_take(&s, P * sizeof(real));
    return s.used;
}

/* panels[q][i][l] = matrix[i, 16 q + l], or of its transpose; 0 past column H. */
static void pack_panels(real *panels, const real *matrix, int H, int padded, bool transposed)
{
    for (int j0 = 0; j0 < padded; j0 += RS_LOGICAL_LANES)
        for (int i = 0; i < H; i++)
            for (int j = j0; j < j0 + RS_LOGICAL_LANES; j++)
                *panels++ = j >= H ? 0 : transposed ? matrix[j * H + i] : matrix[i * H + j];
}

static void copy_padded(real *to, const real *from, int count, int padded)
{
    for (int i = 0; i < padded; i++)
        to[i] = i < count ? from[i] : 0;
}

static void wide_prepare(wide *w, void *memory, uint32_t states, const real *parameters,
                         const rs_batch *batch, bool backward)
{
    rs_network_shape shape = rs_network_shape_make(RS_ADDITION_INPUTS, states, RS_ADDITION_OUTPUTS);
    wide_layout(w, memory, states, batch->samples, batch->steps);
    const int H = w->states, P = w->padded;
    const real *w_rec = parameters + shape.offset[RS_W_REC];
    for (int i = 0; i < 4 * P; i++)
        w->input[i] = 0;
    input_table(w->input, 1, (size_t)P, &shape, parameters);
    pack_panels(w->w_rec, w_rec, H, P, false);
    if (backward)
        pack_panels(w->w_rec_t, w_rec, H, P, true);
    copy_padded(w->w_out, parameters + shape.offset[RS_W_OUT], H, P);
    copy_padded(w->s0, parameters + shape.offset[RS_S0], H, P);
    w->b_out = parameters[shape.offset[RS_B_OUT]];
    w->stride = batch->stride;
}

RS_INLINE void wide_begin(wide *w, const rs_batch *batch, int first)
{
    w->rows = least(w->chunk, (int)batch->samples - first);
    w->code = batch->code + first;
    for (int r = 0; r < w->rows; r++)
        for (int j = 0; j < w->padded; j++)
            w->state[r * w->padded + j] = w->s0[j];
    tally_clear(w->tally, (w->rows + RS_VECTOR_LANES - 1) / RS_VECTOR_LANES);
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

/* a = input + s_k W_rec for ROWS rows from r0 and the states of the panels from q. */
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
RS_INLINE void wide_backward_tile(const wide *w, int r0, const int ROWS, int q, const int VECTORS)
{
    const int P = w->padded, j0 = q * RS_LOGICAL_LANES;
    wide_sums sum;
    RS_UNROLL
    for (int r = 0; r < ROWS; r++) {
        RS_UNROLL
        for (int c = 0; c < VECTORS; c++)
            sum[r][c] = v_set1(0);
    }
    multiply_tile(w->delta + r0 * P, P, w->w_rec_t + j0 * w->states, w->states, ROWS, VECTORS, sum);
    store_tile(w->flow + r0 * P + j0, P, ROWS, VECTORS, sum);
}

/* dW_rec[i, states of the panels from q] += sum over rows of s[row, i] delta[row, states], for ROWS
 * i from i0. */
RS_INLINE void wide_gradient_tile(const wide *w, const real *state, int i0, const int ROWS, int q,
                                  const int VECTORS)
{
    const int P = w->padded, j0 = q * RS_LOGICAL_LANES;
    wide_sums sum;
    load_tile(w->g_w_rec + i0 * P + j0, P, ROWS, VECTORS, sum);
    for (int r = 0; r < w->rows; r++) {
        vreal delta[WIDE_PANELS * RS_PARTS];
        RS_UNROLL
        for (int c = 0; c < VECTORS; c++)
            delta[c] = v_load(w->delta + r * P + j0 + c * RS_VECTOR_LANES);
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

/* s_{k+1} = tanh(input + s_k W_rec). tanh has a loop of its own, in which its constants stay in
 * registers. */
static void wide_forward_step(const wide *w, const real *from, real *to, const uint8_t *code)
{
#define TILE(row, ROWS, q, VECTORS) wide_activation_tile(w, from, to, code, row, ROWS, q, VECTORS)
    FOR_WIDE_TILES(w->rows, w->padded / RS_LOGICAL_LANES, TILE);
#undef TILE
    for (int i = 0; i < w->rows * w->padded; i += RS_VECTOR_LANES)
        v_store(to + i, v_tanh(v_load(to + i)));
}

static void wide_backward_step(const wide *w)
{
#define TILE(row, ROWS, q, VECTORS) wide_backward_tile(w, row, ROWS, q, VECTORS)
    FOR_WIDE_TILES(w->rows, w->padded / RS_LOGICAL_LANES, TILE);
#undef TILE
}

static void wide_gradient_step(const wide *w, const real *state)
{
#define TILE(row, ROWS, q, VECTORS) wide_gradient_tile(w, state, row, ROWS, q, VECTORS)
    FOR_WIDE_TILES(w->states, w->padded / RS_LOGICAL_LANES, TILE);
#undef TILE
}

/* z = s W_out + b_out for each row. */
static void wide_logits_step(const wide *w, const real *state)
{
    for (int r = 0; r < w->rows; r++) {
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
        w->logit[r] = v_sum(sum) + w->b_out;
    }
}

RS_INLINE real *wide_slot(const wide *w, int slot)
{
    return w->state + (size_t)slot * (size_t)(w->chunk * w->padded);
}

RS_INLINE void wide_forward(const wide *w, const enum purpose purpose, real *logit,
                            size_t logit_stride)
{
    for (int k = 0; k < w->steps; k++) {
        const uint8_t *code = w->code + (size_t)k * w->stride;
        const int slot = purpose == FOR_GRADIENT ? k : k & 1;
        const int next_slot = purpose == FOR_GRADIENT ? k + 1 : 1 - slot;
        real *next = wide_slot(w, next_slot);
        wide_forward_step(w, wide_slot(w, slot), next, code);
        if (purpose == FOR_GRADIENT) /* the way back takes the logits step by step */
            continue;
        wide_logits_step(w, next);
        for (int m = 0; m * RS_VECTOR_LANES < w->rows; m++) {
            vreal z = v_load(w->logit + m * RS_VECTOR_LANES);
            vcode codes = v_codes(code + m * RS_VECTOR_LANES);
            if (purpose == FOR_LOSS)
                tally_loss(&w->tally[m], z, codes);
            else if (purpose == FOR_SCORE)
                tally_wrong(&w->tally[m], z, codes);
        }
        if (purpose == FOR_LOGITS)
            for (int r = 0; r < w->rows; r++)
                logit[(size_t)k * logit_stride + (size_t)r] = w->logit[r];
    }
}

/* delta = (flow + error w_out) (1 - s^2); dW_out += error s; sums of delta by input. */
RS_INLINE void wide_delta_row(const wide *w, const real *next, int r, int x)
{
    const int P = w->padded;
    vreal error = v_set1(w->error[r]);
    for (int j = 0; j < P; j += RS_VECTOR_LANES) {
        vreal s = v_load(next + r * P + j);
        vreal ds = v_fma(error, v_load(w->w_out + j), v_load(w->flow + r * P + j));
        vreal delta = v_mul(ds, v_fnma(s, s, v_set1(1)));
        real *g_input = w->g_input + x * P + j;
        v_store(w->delta + r * P + j, delta);
        v_store(g_input, v_add(v_load(g_input), delta));
        v_store(w->g_w_out + j, v_fma(error, s, v_load(w->g_w_out + j)));
    }
}

static void wide_backward(wide *w)
{
    for (int i = 0; i < w->rows * w->padded; i++)
        w->flow[i] = 0;
    for (int k = w->steps - 1; k >= 0; k--) {
        const uint8_t *code = w->code + (size_t)k * w->stride;
        const real *next = wide_slot(w, k + 1);
        wide_logits_step(w, next);
        for (int m = 0; m < w->rows; m += RS_VECTOR_LANES)
            v_store(w->error + m, output_error(v_load(w->logit + m), v_codes(code + m)));
        for (int r = 0; r < w->rows; r++) {
            w->g_b_out += w->error[r];
            wide_delta_row(w, next, r, code[r] & 3);
        }
        wide_gradient_step(w, wide_slot(w, k));
        wide_backward_step(w);
    }
    for (int r = 0; r < w->rows; r++)
        for (int j = 0; j < w->padded; j++)
            w->g_s0[j] += w->flow[r * w->padded + j];
}

static double wide_loss(void *memory, uint32_t states, const void *parameters,
                        const rs_batch *batch)
{
    wide w;
    vreal total[RS_PARTS];
    wide_prepare(&w, memory, states, parameters, batch, false);
    for (int part = 0; part < RS_PARTS; part++)
        total[part] = v_set1(0);
    for (int first = 0; first < (int)batch->samples; first += w.chunk) {
        wide_begin(&w, batch, first);
        wide_forward(&w, FOR_LOSS, NULL, 0);
        for (int m = 0; m * RS_VECTOR_LANES < w.rows; m++) {
            vreal inside = lanes_below(w.rows - m * RS_VECTOR_LANES);
            vreal *sum = &total[m % RS_PARTS];
            *sum = v_add(*sum, tally_total_loss(&w.tally[m], inside));
        }
    }
    return (double)v_sum(total) / ((double)batch->samples * batch->steps);
}

/* The parameters' gradients from the sums, scaled by 1 / (B T). */
static void wide_fold(const wide *w, real *gradient, real scale)
{
    rs_network_shape shape =
        rs_network_shape_make(RS_ADDITION_INPUTS, (uint32_t)w->states, RS_ADDITION_OUTPUTS);
    const int H = w->states, P = w->padded;
    const real *x0 = w->g_input, *x1 = x0 + P, *x2 = x1 + P, *x3 = x2 + P;
    for (int j = 0; j < H; j++) {
        real b = ((x0[j] + x1[j]) + (x2[j] + x3[j])) * scale;
        gradient[shape.offset[RS_S0] + (size_t)j] = w->g_s0[j] * scale;
        gradient[shape.offset[RS_W_IN] + (size_t)j] = (x1[j] + x3[j]) * scale;
        gradient[shape.offset[RS_W_IN] + (size_t)(H + j)] = (x2[j] + x3[j]) * scale;
        gradient[shape.offset[RS_B_IN] + (size_t)j] = b;
        gradient[shape.offset[RS_B_REC] + (size_t)j] = b;
        gradient[shape.offset[RS_W_OUT] + (size_t)j] = w->g_w_out[j] * scale;
    }
    for (int i = 0; i < H; i++)
        for (int j = 0; j < H; j++)
            gradient[shape.offset[RS_W_REC] + (size_t)(i * H + j)] = w->g_w_rec[i * P + j] * scale;
    gradient[shape.offset[RS_B_OUT]] = w->g_b_out * scale;
}

static void wide_gradient(void *memory, uint32_t states, const void *parameters,
                          const rs_batch *batch, void *gradient)
{
    wide w;
    wide_prepare(&w, memory, states, parameters, batch, true);
    const size_t P = (size_t)w.padded;
    memset(w.g_input, 0, 4 * P * sizeof(real));
    memset(w.g_w_rec, 0, (size_t)states * P * sizeof(real));
    memset(w.g_w_out, 0, P * sizeof(real));
    memset(w.g_s0, 0, P * sizeof(real));
    w.g_b_out = 0;
    for (int first = 0; first < (int)batch->samples; first += w.chunk) {
        wide_begin(&w, batch, first);
        wide_forward(&w, FOR_GRADIENT, NULL, 0);
        wide_backward(&w);
    }
    wide_fold(&w, gradient, (real)(1.0 / ((double)batch->samples * batch->steps)));
}

static void wide_evaluate(void *memory, uint32_t states, const void *parameters,
                          const rs_batch *batch, rs_score *score)
{
    wide w;
    wide_prepare(&w, memory, states, parameters, batch, false);
    for (int first = 0; first < (int)batch->samples; first += w.chunk) {
        wide_begin(&w, batch, first);
        wide_forward(&w, FOR_SCORE, NULL, 0);
        for (int m = 0; m * RS_VECTOR_LANES < w.rows; m++)
            tally_score(&w.tally[m], w.rows - m * RS_VECTOR_LANES, w.steps, score);
    }
}

static void wide_logits(void *memory, uint32_t states, const void *parameters,
                        const rs_batch *batch, void *logit, size_t logit_stride)
{
    wide w;
    wide_prepare(&w, memory, states, parameters, batch, false);
    for (int first = 0; first < (int)batch->samples; first += w.chunk) {
        wide_begin(&w, batch, first);
        wide_forward(&w, FOR_LOGITS, (real *)logit + first, logit_stride);
    }
}

#endif
