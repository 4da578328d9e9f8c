/* Where lanes are samples, from states to outputs and what becomes of them: one logistic output. */
#ifndef RS_NARROW_HEAD_H
#define RS_NARROW_HEAD_H

#include "narrow_input.h"

/* z = s W_out + b_out for VT vectors. */
RS_INLINE void output_vectors(const narrow *n, const ptrdiff_t H, const ptrdiff_t VT,
                              const vreal *s, vreal *z)
{
    vreal sum[TILE_VECTORS];
    RS_UNROLL
    for (ptrdiff_t t = 0; t < VT; t++)
        sum[t] = v_set1(n->b_out);
    for (ptrdiff_t h = 0; h < H; h++) {
        vreal w = v_set1(n->w_out[h]);
        RS_UNROLL
        for (ptrdiff_t t = 0; t < VT; t++)
            sum[t] = v_fma(s[h * n->vectors + t], w, sum[t]);
    }
    RS_UNROLL
    for (ptrdiff_t t = 0; t < VT; t++)
        z[t] = sum[t];
}

/* The z of step k from its states. */
RS_INLINE void output_step(const narrow *n, const ptrdiff_t H, ptrdiff_t k, const vreal *s)
{
    const ptrdiff_t V = n->vectors;
#define TILE(v, VT) output_vectors(n, H, VT, s + v, n->output + k * V + v)
    RS_FOR_TILES(V, TILE_VECTORS, TILE);
#undef TILE
}

/* Turns z into dloss/dz in place, and adds it to *sum. */
RS_INLINE void outputs_to_errors(const narrow *n, vreal *sum)
{
    const ptrdiff_t V = n->vectors;
    vreal total = *sum;
    for (ptrdiff_t k = 0; k < n->steps; k++)
        for (ptrdiff_t v = 0; v < V; v++) {
            vreal *output = n->output + k * V + v;
            *output = v_and(output_error(*output, codes_at(n, k, v)), n->inside[v]);
            total = v_add(total, *output);
        }
    *sum = total;
}

RS_INLINE void tally_losses(const narrow *n)
{
    const ptrdiff_t V = n->vectors;
    for (ptrdiff_t k = 0; k < n->steps; k++)
        for (ptrdiff_t v = 0; v < V; v++)
            tally_loss(&n->tally[v], n->output[k * V + v], codes_at(n, k, v));
}

RS_INLINE void tally_wrongs(const narrow *n)
{
    const ptrdiff_t V = n->vectors;
    for (ptrdiff_t k = 0; k < n->steps; k++)
        for (ptrdiff_t v = 0; v < V; v++)
            tally_wrong(&n->tally[v], n->output[k * V + v], codes_at(n, k, v));
}

/* dloss/ds of state h by the outputs of a vector and what flows to it from the next step. */
RS_INLINE vreal output_flow(vreal error, vreal w_out, vreal flow)
{
    return v_fma(error, w_out, flow);
}

/* Outputs flow into the states one by one, where their deltas are made: nothing is added
 * beforehand. */
enum { OUTPUTS_FLOW_APART = 0 };
RS_INLINE void outputs_flow(const narrow *n, const ptrdiff_t H, ptrdiff_t k, ptrdiff_t v,
                            const ptrdiff_t VT)
{
    (void)n;
    (void)H;
    (void)k;
    (void)v;
    (void)VT;
}

/* The gradients of W_in and the biases from the deltas, and dW_out[j] += sum of s_{k+1}[j]
 * error_k, of JT states from j0. */
RS_INLINE void sum_rest_tile(const narrow *n, const ptrdiff_t H, ptrdiff_t j0, const ptrdiff_t JT,
                             const narrow_sums *sums)
{
    const ptrdiff_t V = n->vectors;
    input_sums in;
    vreal apart[REST_STATES], out[REST_STATES];
    input_sums_load(&in, sums, H, j0, JT);
    RS_UNROLL
    for (ptrdiff_t j = 0; j < JT; j++) {
        apart[j] = CELL_APART >= 0 ? sums->b_apart[(j0 + j) * RS_PARTS] : v_set1(0);
        out[j] = sums->w_out[(j0 + j) * RS_PARTS];
    }
    for (ptrdiff_t k = 0; k < n->steps; k++) {
        const vreal *d = n->delta + (k * CELL_COLUMNS * H + j0) * V;
        const vreal *s = n->state + ((k + 1) * CELL_CARRIED * H + j0) * V;
        for (ptrdiff_t v = 0; v < V; v++) {
            const input_bits x = input_bits_of(codes_at(n, k, v));
            vreal error = n->output[k * V + v];
            RS_UNROLL
            for (ptrdiff_t j = 0; j < JT; j++) {
                RS_UNROLL
                for (int g = 0; g < CELL_GATES; g++)
                    input_sum_add(&in, g, j, &x, d[(input_column(g) * H + j) * V + v]);
                if (CELL_APART >= 0)
                    apart[j] = v_add(apart[j], d[(CELL_APART * H + j) * V + v]);
                out[j] = v_fma(error, s[j * V + v], out[j]);
            }
        }
    }
    input_sums_store(&in, sums, H, j0, JT);
    RS_UNROLL
    for (ptrdiff_t j = 0; j < JT; j++) {
        if (CELL_APART >= 0)
            sums->b_apart[(j0 + j) * RS_PARTS] = apart[j];
        sums->w_out[(j0 + j) * RS_PARTS] = out[j];
    }
}

RS_INLINE void sum_inputs_and_outputs(const narrow *n, const ptrdiff_t H, const narrow_sums *sums)
{
#define TILE(j0, JT) sum_rest_tile(n, H, j0, JT, sums)
    RS_FOR_TILES(H, REST_STATES, TILE);
#undef TILE
}

#endif
