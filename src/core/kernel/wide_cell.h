/* Where lanes are states, the loops over the functions of this instance's cell: one row of a step.
 */
#ifndef RS_WIDE_CELL_H
#define RS_WIDE_CELL_H

#include "cell.h"
#include "wide_input.h"

/* What row r carries on, from the activations of `count` states. */
static void wide_cell_row(const wide *w, const wide_rows *x, int r, int count)
{
    const int P = w->padded;
    const real *from = x->from + r * P, *apart = NULL;
    real *to = x->to + r * P, *kept = x->delta + r * delta_stride(w);
    const real *a = CELL_IN_PLACE ? to : kept;
    if (CELL_APART >= 0)
        apart = apart_input_row(w, x, r);
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

/* What all rows of a step read and add to. It is a copy: a vector that is stored may be part of
 * anything, so that what stands in *w would be read again after it. */
typedef struct wide_delta_sums {
    int padded, carried; /* numbers from the rows of s to those of c */
    real leak;
    const real *w_out;
    real *g_w_out, *g_apart;
} wide_delta_sums;

/* The deltas of one row, from what flows to its states and the error of its output; dW_out += error
 * s; the deltas of each input are added up in sum: [G][P]. */
RS_INLINE void wide_delta_row(const wide_delta_sums all, const real *from, const real *to,
                              real *flow, real *deltas, real *sum, const vreal error)
{
    const int P = all.padded;
    const cell_shape z = CELL_SHAPE(0);
    for (int j = 0; j < P; j += RS_VECTOR_LANES) {
        vreal keep[CELL_KEPT + 1], before[CELL_CARRIED], after[CELL_CARRIED];
        vreal f[CELL_CARRIED], d[CELL_DELTAS];
        RS_UNROLL
        for (int q = 0; q < CELL_KEPT; q++)
            keep[q] = v_load(deltas + q * P + j);
        RS_UNROLL
        for (int c = 0; c < CELL_CARRIED; c++) {
            before[c] = v_load(from + c * all.carried + j);
            after[c] = v_load(to + c * all.carried + j);
            f[c] = v_load(flow + c * all.carried + j);
        }
        f[0] = v_fma(error, v_load(all.w_out + j), f[0]);
        cell_backward(all.leak, keep, before, after, f, d);
        RS_UNROLL
        for (int g = 0; g < CELL_DELTAS; g++)
            v_store(deltas + g * P + j, d[g]);
        RS_UNROLL
        for (int c = CELL_DIRECT ? 0 : 1; c < CELL_CARRIED; c++)
            v_store(flow + c * all.carried + j, f[c]);
        RS_UNROLL
        for (int g = 0; g < CELL_GATES; g++)
            v_store(sum + g * P + j, v_add(v_load(sum + g * P + j), d[input_column(z, g)]));
        if (CELL_APART >= 0)
            v_store(all.g_apart + j,
                    v_add(v_load(all.g_apart + j), d[CELL_APART >= 0 ? CELL_APART : 0]));
        v_store(all.g_w_out + j, v_fma(error, after[0], v_load(all.g_w_out + j)));
    }
}

/* Those of a step; the error of a row is `errors` numbers behind that of the row before. */
static void wide_delta_rows(const wide *w, const wide_rows *x, const real *error, int errors)
{
    const int P = w->padded, deltas = delta_stride(w);
    const wide_delta_sums all = {P, x->carried, w->leak, w->w_out, w->g_w_out, w->g_apart};
    for (int r = 0; r < x->count; r++)
        wide_delta_row(all, x->from + r * P, x->to + r * P, x->flow + r * P, x->delta + r * deltas,
                       input_sum_row(w, x->code[r], 0), v_set1(error[r * errors]));
}

#endif
