/* Where lanes are states, a step forth and back: products of all rows, and a cell's functions. */
#ifndef RS_WIDE_STEP_H
#define RS_WIDE_STEP_H

#include "wide_head.h"
#include "wide_products.h"

/* ---- Forward -----------------------------------------------------------------------------------
 */

/* a = input + s W_rec for ROWS rows from r0 and the columns of the panels from q. */
RS_INLINE void wide_activation_tile(const wide *w, const wide_rows *x, int r0, const int ROWS,
                                    int q, const int VECTORS)
{
    const int P = w->padded, j0 = q * RS_LOGICAL_LANES;
    const int stride = w->in_place ? P : delta_stride(w);
    real *a = w->in_place ? x->to : x->delta;
    wide_sums sum;
    RS_UNROLL
    for (int r = 0; r < ROWS; r++)
        load_tile(input_row(w, x->code[r0 + r]) + j0, P, 1, VECTORS, sum + r);
    multiply_tile(x->from + r0 * P, P, 1, w->w_rec + j0 * w->states, w->states, w->states, ROWS,
                  VECTORS, sum);
    store_tile(a + r0 * stride + j0, stride, ROWS, VECTORS, sum);
}

/* The cell's functions have a loop of their own, in which their constants stay in registers; where
 * a row ends does not matter if there is nothing but states. */
static void wide_cell_rows(const wide *w, const wide_rows *x)
{
    for (int r = 0; r < x->count && !w->in_place; r++)
        w->cell->forward_row(w, x, r, w->padded);
    if (w->in_place)
        w->cell->forward_row(w, x, 0, x->count * w->padded);
}

static void wide_forward_step(const wide *w, const wide_rows *x)
{
#define TILE(row, ROWS, q, VECTORS) wide_activation_tile(w, x, row, ROWS, q, VECTORS)
    FOR_WIDE_TILES(x->count, w->gates * w->padded / RS_LOGICAL_LANES, TILE);
#undef TILE
    wide_cell_rows(w, x);
}

/* ---- Backward ----------------------------------------------------------------------------------
 */

/* flow = delta W_rec^T, added to what flows past the activations. */
RS_INLINE void wide_backward_tile(const wide *w, const real *delta, real *flow, int r0,
                                  const int ROWS, int q, const int VECTORS)
{
    const int P = w->padded, H = w->states, j0 = q * RS_LOGICAL_LANES;
    wide_sums sum;
    if (w->direct)
        load_tile(flow + r0 * P + j0, P, ROWS, VECTORS, sum);
    else
        RS_UNROLL
    for (int r = 0; r < ROWS; r++) {
        RS_UNROLL
        for (int c = 0; c < VECTORS; c++)
            sum[r][c] = v_set1(0);
    }
    for (int g = 0; g < w->gates; g++)
        multiply_tile(delta + r0 * delta_stride(w) + g * P, delta_stride(w), 1,
                      w->w_rec_t + j0 * w->gates * H + g * H * RS_LOGICAL_LANES, w->gates * H, H,
                      ROWS, VECTORS, sum);
    store_tile(flow + r0 * P + j0, P, ROWS, VECTORS, sum);
}

/* to[i, columns] += sum over rows of left[row, i] right[row, columns] */
typedef struct wide_outer {
    real *to;
    int to_row; /* from i to the next */
    const real *left;
    int left_row, left_item; /* from a row to the next, and from i to the next */
    const real *right;
    int right_row, rows;
} wide_outer;

/* ROWS i from i0, and the columns of the panels from q. */
RS_INLINE void wide_outer_tile(const wide_outer *o, int i0, const int ROWS, int q,
                               const int VECTORS)
{
    const int j0 = q * RS_LOGICAL_LANES;
    wide_sums sum;
    load_tile(o->to + i0 * o->to_row + j0, o->to_row, ROWS, VECTORS, sum);
    for (int r = 0; r < o->rows; r++) {
        vreal right[WIDE_PANELS * RS_PARTS];
        RS_UNROLL
        for (int c = 0; c < VECTORS; c++)
            right[c] = v_load(o->right + r * o->right_row + j0 + c * RS_VECTOR_LANES);
        add_products(o->left + r * o->left_row + i0 * o->left_item, o->left_item, right, ROWS,
                     VECTORS, sum);
    }
    store_tile(o->to + i0 * o->to_row + j0, o->to_row, ROWS, VECTORS, sum);
}

static void wide_backward_step(const wide *w, int rows, const real *delta, real *flow)
{
#define TILE(row, ROWS, q, VECTORS) wide_backward_tile(w, delta, flow, row, ROWS, q, VECTORS)
    FOR_WIDE_TILES(rows, w->padded / RS_LOGICAL_LANES, TILE);
#undef TILE
}

/* dW_rec += s^T delta */
static void wide_gradient_step(const wide *w, int rows, const real *state, const real *delta)
{
    const wide_outer outer = {.to = w->g_w_rec,
                              .to_row = w->gates * w->padded,
                              .left = state,
                              .left_row = w->padded,
                              .left_item = 1,
                              .right = delta,
                              .right_row = delta_stride(w),
                              .rows = rows};
#define TILE(i, ROWS, q, VECTORS) wide_outer_tile(&outer, i, ROWS, q, VECTORS)
    FOR_WIDE_TILES(w->states, w->gates * w->padded / RS_LOGICAL_LANES, TILE);
#undef TILE
}

#endif
