/* Where lanes are states, from states to outputs and what becomes of them: one logistic output. */
#ifndef RS_WIDE_HEAD_H
#define RS_WIDE_HEAD_H

#include "wide_input.h"

/* Sum over the states of a row times the weights of an output. */
RS_INLINE real wide_dot(const wide *w, const real *row, const real *weights)
{
    vreal sum[RS_PARTS];
    RS_UNROLL
    for (int p = 0; p < RS_PARTS; p++)
        sum[p] = v_set1(0);
    for (int j = 0; j < w->padded; j += RS_LOGICAL_LANES)
        RS_UNROLL
    for (int p = 0; p < RS_PARTS; p++) {
        const int at = j + p * RS_VECTOR_LANES;
        sum[p] = v_fma(v_load(row + at), v_load(weights + at), sum[p]);
    }
    return v_sum(sum);
}

/* z = s W_out + b_out for each row. */
static void wide_logits_step(const wide *w, int rows, const real *state, real *logit)
{
    for (int r = 0; r < rows; r++)
        logit[r] = wide_dot(w, state + r * w->padded, w->w_out) + w->b_out;
}

/* Of the rows of a chunk: dloss/dz from z, and the loss with it where it is wanted. */
static void wide_errors(const wide *w, const uint8_t *code)
{
    for (int m = 0; m < w->rows; m += RS_VECTOR_LANES) {
        const vreal z = v_load(w->logit + m);
        const vcode codes = v_codes(code + m);
        v_store(w->error + m, output_error(z, codes));
        if (w->with_loss)
            tally_loss(&w->tally[m / RS_VECTOR_LANES], z, codes);
    }
}

#endif
