/* Where lanes are samples, the inputs of a step: two bits of a byte, so that x W_in + b is one of
 * four numbers for each activation. What is here is all that knows how inputs are stored. */
#ifndef RS_NARROW_INPUT_H
#define RS_NARROW_INPUT_H

#include "narrow.h"

/* The inputs of a step and vector, from which their terms are found. */
typedef vcode step_input;

RS_INLINE vcode codes_at(const narrow *n, ptrdiff_t k, ptrdiff_t v)
{
    return v_codes(n->code + k * n->stride + v * RS_LOGICAL_LANES);
}

RS_INLINE step_input step_input_at(const narrow *n, ptrdiff_t k, ptrdiff_t v)
{
    return codes_at(n, k, v);
}

/* What is made of a step's inputs for all vectors at once: nothing. */
RS_INLINE void prepare_inputs(const narrow *n, const ptrdiff_t H, ptrdiff_t k)
{
    (void)n;
    (void)H;
    (void)k;
}

/* Sequences that are over: none before the last step. */
RS_INLINE void end_sequences(const narrow *n, const ptrdiff_t H, ptrdiff_t k, vreal *s)
{
    (void)n;
    (void)H;
    (void)k;
    (void)s;
}

/* x W_in + b_in of column j = gate * H + state, scaled; with b_rec, but for an apart gate. */
RS_INLINE vreal input_term(const narrow *n, ptrdiff_t j, step_input code)
{
    return v_lookup4(n->input + 4 * j, code);
}

/* ---- Gradients of W_in and b_in --------------------------------------------------------------
 */

/* Sums of the columns of REST_STATES states at most. */
enum { REST_STATES = CELL_GATES > 1 ? 1 : TILE_VECTORS };
typedef struct input_sums {
    vreal w0[CELL_GATES][REST_STATES], w1[CELL_GATES][REST_STATES], b[CELL_GATES][REST_STATES];
} input_sums;

/* The inputs of one step and vector as their gradients need them. */
typedef struct input_bits {
    vreal x0, x1;
} input_bits;

RS_INLINE input_bits input_bits_of(vcode code)
{
    const vreal one = v_set1(1);
    return (input_bits){v_and(v_code_mask(code, 0), one), v_and(v_code_mask(code, 1), one)};
}

RS_INLINE void input_sum_add(input_sums *in, const ptrdiff_t g, const ptrdiff_t j,
                             const input_bits *x, vreal delta)
{
    in->w0[g][j] = v_fma(x->x0, delta, in->w0[g][j]);
    in->w1[g][j] = v_fma(x->x1, delta, in->w1[g][j]);
    in->b[g][j] = v_add(in->b[g][j], delta);
}

RS_INLINE void input_sums_load(input_sums *in, const narrow_sums *sums, const ptrdiff_t H,
                               ptrdiff_t j0, const ptrdiff_t JT)
{
    RS_UNROLL
    for (ptrdiff_t g = 0; g < CELL_GATES; g++) {
        RS_UNROLL
        for (ptrdiff_t j = 0; j < JT; j++) {
            const ptrdiff_t at = g * H + j0 + j;
            in->w0[g][j] = sums->w_in[at * RS_PARTS];
            in->w1[g][j] = sums->w_in[(CELL_GATES * H + at) * RS_PARTS];
            in->b[g][j] = sums->b[at * RS_PARTS];
        }
    }
}

RS_INLINE void input_sums_store(const input_sums *in, const narrow_sums *sums, const ptrdiff_t H,
                                ptrdiff_t j0, const ptrdiff_t JT)
{
    RS_UNROLL
    for (ptrdiff_t g = 0; g < CELL_GATES; g++) {
        RS_UNROLL
        for (ptrdiff_t j = 0; j < JT; j++) {
            const ptrdiff_t at = g * H + j0 + j;
            sums->w_in[at * RS_PARTS] = in->w0[g][j];
            sums->w_in[(CELL_GATES * H + at) * RS_PARTS] = in->w1[g][j];
            sums->b[at * RS_PARTS] = in->b[g][j];
        }
    }
}

/* ---- Before a call -----------------------------------------------------------------------------
 */

/* x W_in + b for x = 00, 10, 01, 11 and every activation, scaled as the cell takes it. Column of
 * gate g and state h: at g * gate_stride + h * state_stride. */
static void input_table(real *table, size_t gate_stride, size_t state_stride, size_t x_stride,
                        const rs_network *network, const real *parameters)
{
    const size_t H = network->states, J = CELL_GATES * H;
    const real *w_in = parameters + network->tensor[RS_W_IN].offset;
    for (size_t j = 0; j < J; j++) {
        const int gate = (int)(j / H);
        const real scale = cell_scale(gate);
        real b = parameters[network->tensor[RS_B_IN].offset + j];
        if (gate != CELL_APART)
            b += parameters[network->tensor[RS_B_REC].offset + j];
        real *row = table + (size_t)gate * gate_stride + j % H * state_stride;
        row[0] = scale * b;
        row[x_stride] = scale * (b + w_in[j]);
        row[2 * x_stride] = scale * (b + w_in[J + j]);
        row[3 * x_stride] = scale * (b + w_in[j] + w_in[J + j]);
    }
}

#endif
