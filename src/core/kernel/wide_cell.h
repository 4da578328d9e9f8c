/* Where lanes are states, from inputs and states to the next states and back, for the cell of this
 * instance. */
#ifndef RS_WIDE_CELL_H
#define RS_WIDE_CELL_H

#include "wide_head.h"

/* Rows of one step, of a chunk's samples or of a level's nodes. */
typedef struct wide_rows {
    int count;
    int carried;         /* numbers from the rows of s to those of c */
    const uint8_t *code; /* [count] */
    const real *from;    /* [CARRIED][P] of each: before the step */
    real *to;            /* the same: after it */
    real *delta;         /* [count][COLUMNS][P] */
    real *flow;          /* as from: dloss/dto, then dloss/dfrom */
} wide_rows;

/* ---- Forward -----------------------------------------------------------------------------------
 */

/* a = input + s W_rec for ROWS rows from r0 and the columns of the panels from q. */
RS_INLINE void wide_activation_tile(const wide *w, const wide_rows *x, int r0, const int ROWS,
                                    int q, const int VECTORS)
{
    const int P = w->padded, j0 = q * RS_LOGICAL_LANES;
    const int stride = CELL_IN_PLACE ? P : delta_stride(w);
    real *a = CELL_IN_PLACE ? x->to : x->delta;
    wide_sums sum;
    RS_UNROLL
    for (int r = 0; r < ROWS; r++)
        load_tile(input_row(w, x->code[r0 + r]) + j0, P, 1, VECTORS, sum + r);
    multiply_tile(x->from + r0 * P, P, w->w_rec + j0 * w->states, w->states, w->states, ROWS,
                  VECTORS, sum);
    store_tile(a + r0 * stride + j0, stride, ROWS, VECTORS, sum);
}

/* What row r carries on, from the activations of `count` states. */
RS_INLINE void wide_cell_row(const wide *w, const wide_rows *x, int r, int count)
{
    const int P = w->padded;
    const real *from = x->from + r * P, *apart = NULL;
    real *to = x->to + r * P, *kept = x->delta + r * delta_stride(w);
    const real *a = CELL_IN_PLACE ? to : kept;
    if (CELL_APART >= 0)
        apart = apart_input_row(w, x->code[r]);
    for (int j = 0; j < count; j += RS_VECTOR_LANES) {
        vreal gates[CELL_GATES], before[CELL_CARRIED], after[CELL_CARRIED], keep[CELL_KEPT + 1];
        RS_UNROLL
        for (int g = 0; g < CELL_GATES; g++)
            gates[g] = v_load(a + g * P + j);
        RS_UNROLL
        for (int c = 0; c < CELL_CARRIED; c++)
            before[c] = v_load(from + c * x->carried + j);
        cell_forward(w->leak, gates, CELL_APART >= 0 ? v_load(apart + j) : v_set1(0), before, after,
                     keep);
        RS_UNROLL
        for (int c = 0; c < CELL_CARRIED; c++)
            v_store(to + c * x->carried + j, after[c]);
        RS_UNROLL
        for (int q = 0; q < CELL_KEPT; q++)
            v_store(kept + q * P + j, keep[q]);
    }
}

/* The cell's functions have a loop of their own, in which their constants stay in registers; where
 * a row ends does not matter if there is nothing but states. */
static void wide_forward_step(const wide *w, const wide_rows *x)
{
#define TILE(row, ROWS, q, VECTORS) wide_activation_tile(w, x, row, ROWS, q, VECTORS)
    FOR_WIDE_TILES(x->count, CELL_GATES * w->padded / RS_LOGICAL_LANES, TILE);
#undef TILE
    for (int r = 0; r < x->count && !CELL_IN_PLACE; r++)
        wide_cell_row(w, x, r, w->padded);
    if (CELL_IN_PLACE)
        wide_cell_row(w, x, 0, x->count * w->padded);
}

/* ---- Backward ----------------------------------------------------------------------------------
 */

/* The deltas of row r, from what flows to its states and the error of its output; dW_out += error
 * s; the deltas of each input are added up. */
RS_INLINE void wide_delta_row(const wide *w, const wide_rows *x, int r, real error_of_row)
{
    const int P = w->padded;
    const real *from = x->from + r * P, *to = x->to + r * P;
    real *deltas = x->delta + r * delta_stride(w), *flow = x->flow + r * P;
    const vreal error = v_set1(error_of_row);
    for (int j = 0; j < P; j += RS_VECTOR_LANES) {
        vreal keep[CELL_KEPT + 1], before[CELL_CARRIED], after[CELL_CARRIED];
        vreal f[CELL_CARRIED], d[CELL_DELTAS];
        RS_UNROLL
        for (int q = 0; q < CELL_KEPT; q++)
            keep[q] = v_load(deltas + q * P + j);
        RS_UNROLL
        for (int c = 0; c < CELL_CARRIED; c++) {
            before[c] = v_load(from + c * x->carried + j);
            after[c] = v_load(to + c * x->carried + j);
            f[c] = v_load(flow + c * x->carried + j);
        }
        f[0] = output_flow(error, v_load(w->w_out + j), f[0]);
        cell_backward(w->leak, keep, before, after, f, d);
        RS_UNROLL
        for (int g = 0; g < CELL_DELTAS; g++)
            v_store(deltas + g * P + j, d[g]);
        RS_UNROLL
        for (int c = CELL_DIRECT ? 0 : 1; c < CELL_CARRIED; c++)
            v_store(flow + c * x->carried + j, f[c]);
        RS_UNROLL
        for (int g = 0; g < CELL_GATES; g++) {
            real *sum = input_sum_row(w, x->code[r], g) + j;
            v_store(sum, v_add(v_load(sum), d[input_column(g)]));
        }
        if (CELL_APART >= 0)
            v_store(w->g_apart + j,
                    v_add(v_load(w->g_apart + j), d[CELL_APART >= 0 ? CELL_APART : 0]));
        v_store(w->g_w_out + j, v_fma(error, after[0], v_load(w->g_w_out + j)));
    }
}

/* flow = delta W_rec^T, added to what flows past the activations. */
RS_INLINE void wide_backward_tile(const wide *w, const real *delta, real *flow, int r0,
                                  const int ROWS, int q, const int VECTORS)
{
    const int P = w->padded, H = w->states, j0 = q * RS_LOGICAL_LANES;
    wide_sums sum;
    if (CELL_DIRECT)
        load_tile(flow + r0 * P + j0, P, ROWS, VECTORS, sum);
    else
        RS_UNROLL
    for (int r = 0; r < ROWS; r++) {
        RS_UNROLL
        for (int c = 0; c < VECTORS; c++)
            sum[r][c] = v_set1(0);
    }
    for (int g = 0; g < CELL_GATES; g++)
        multiply_tile(delta + r0 * delta_stride(w) + g * P, delta_stride(w),
                      w->w_rec_t + j0 * CELL_GATES * H + g * H * RS_LOGICAL_LANES, CELL_GATES * H,
                      H, ROWS, VECTORS, sum);
    store_tile(flow + r0 * P + j0, P, ROWS, VECTORS, sum);
}

/* dW_rec[i, columns of the panels from q] += sum over rows of s[row, i] delta[row, columns], for
 * ROWS i from i0. */
RS_INLINE void wide_gradient_tile(const wide *w, int rows, const real *state, const real *deltas,
                                  int i0, const int ROWS, int q, const int VECTORS)
{
    const int P = w->padded, J = CELL_GATES * P, j0 = q * RS_LOGICAL_LANES;
    wide_sums sum;
    load_tile(w->g_w_rec + i0 * J + j0, J, ROWS, VECTORS, sum);
    for (int r = 0; r < rows; r++) {
        vreal delta[WIDE_PANELS * RS_PARTS];
        RS_UNROLL
        for (int c = 0; c < VECTORS; c++)
            delta[c] = v_load(deltas + r * delta_stride(w) + j0 + c * RS_VECTOR_LANES);
        add_products(state + r * P + i0, 1, delta, ROWS, VECTORS, sum);
    }
    store_tile(w->g_w_rec + i0 * J + j0, J, ROWS, VECTORS, sum);
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
    FOR_WIDE_TILES(w->states, CELL_GATES * w->padded / RS_LOGICAL_LANES, TILE);
#undef TILE
}

#endif
