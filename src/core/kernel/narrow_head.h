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

#endif
