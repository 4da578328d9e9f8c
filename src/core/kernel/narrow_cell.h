/* Where lanes are samples, the loops over the functions of this instance's cell: all states and
 * vectors of a step. Functions have a loop of their own, in which their constants stay in
 * registers; in a tile of products, between the accumulators, each would be read from memory every
 * time. of_codes: the inputs are those of the addition task. */
#ifndef RS_NARROW_CELL_H
#define RS_NARROW_CELL_H

#include "cell.h"
#include "narrow.h"

/* What is carried on from activations a, for VT vectors from v of step k; a may be next or kept. */
RS_INLINE void cell_vectors(const narrow *n, const ptrdiff_t H, const bool of_codes, ptrdiff_t k,
                            ptrdiff_t v, const ptrdiff_t VT, const vreal *a, const vreal *s,
                            vreal *next, vreal *kept)
{
    const ptrdiff_t V = n->vectors;
    vcode code[TILE_VECTORS];
    if (CELL_APART >= 0 && of_codes)
        RS_UNROLL
    for (ptrdiff_t t = 0; t < VT; t++)
        code[t] = codes_at(n, k, v + t);
    for (ptrdiff_t h = 0; h < H; h++) {
        RS_UNROLL
        for (ptrdiff_t t = 0; t < VT; t++) {
            vreal gates[CELL_GATES], before[CELL_CARRIED], after[CELL_CARRIED];
            vreal keep[CELL_KEPT + 1];
            RS_UNROLL
            for (ptrdiff_t g = 0; g < CELL_GATES; g++)
                gates[g] = a[(g * H + h) * V + v + t];
            RS_UNROLL
            for (ptrdiff_t c = 0; c < CELL_CARRIED; c++)
                before[c] = s[(c * H + h) * V + v + t];
            const vreal input = CELL_APART < 0 ? v_set1(0)
                                : of_codes     ? v_lookup4(n->apart_input + 4 * h, code[t])
                                               : a[(CELL_GATES * H + h) * V + v + t];
            cell_forward(n->leak, gates, input, before, after, keep);
            RS_UNROLL
            for (ptrdiff_t c = 0; c < CELL_CARRIED; c++)
                next[(c * H + h) * V + v + t] = after[c];
            RS_UNROLL
            for (ptrdiff_t q = 0; q < CELL_KEPT; q++)
                kept[(q * H + h) * V + v + t] = keep[q];
        }
    }
}

/* VECTORS: the most vectors of a tile. */
RS_INLINE void cells_forward(const narrow *n, const ptrdiff_t H, const ptrdiff_t VECTORS,
                             const bool of_codes, ptrdiff_t k, const vreal *a, const vreal *s,
                             vreal *next, vreal *kept)
{
#define TILE(v, VT) cell_vectors(n, H, of_codes, k, v, VT, a, s, next, kept)
    RS_FOR_TILES(n->vectors, VECTORS, TILE);
#undef TILE
}

/* The deltas of step k from what flows to its states, in place of what the cell has kept. What
 * flows from the one output of the addition task is added here. */
RS_INLINE void delta_vectors(const narrow *n, const ptrdiff_t H, const bool of_codes, ptrdiff_t k,
                             ptrdiff_t v, const ptrdiff_t VT)
{
    const ptrdiff_t V = n->vectors;
    const vreal *s = n->state + k * CELL_CARRIED * H * V + v, *next = s + CELL_CARRIED * H * V;
    const vreal *error = n->output + k * V + v;
    vreal *delta = n->delta + k * CELL_COLUMNS * H * V + v;
    vreal *flow = n->flow + v;
    for (ptrdiff_t h = 0; h < H; h++) {
        const vreal w = v_set1(of_codes ? n->w_out[h] : 0);
        RS_UNROLL
        for (ptrdiff_t t = 0; t < VT; t++) {
            vreal keep[CELL_KEPT + 1], before[CELL_CARRIED], after[CELL_CARRIED];
            vreal f[CELL_CARRIED], d[CELL_DELTAS];
            RS_UNROLL
            for (ptrdiff_t q = 0; q < CELL_KEPT; q++)
                keep[q] = delta[(q * H + h) * V + t];
            RS_UNROLL
            for (ptrdiff_t c = 0; c < CELL_CARRIED; c++) {
                before[c] = s[(c * H + h) * V + t];
                after[c] = next[(c * H + h) * V + t];
                f[c] = flow[(c * H + h) * V + t];
            }
            if (of_codes)
                f[0] = v_fma(error[t], w, f[0]);
            cell_backward(n->leak, keep, before, after, f, d);
            RS_UNROLL
            for (ptrdiff_t g = 0; g < CELL_DELTAS; g++)
                delta[(g * H + h) * V + t] = d[g];
            RS_UNROLL
            for (ptrdiff_t c = CELL_DIRECT ? 0 : 1; c < CELL_CARRIED; c++)
                flow[(c * H + h) * V + t] = f[c];
        }
    }
}

RS_INLINE void cells_backward(const narrow *n, const ptrdiff_t H, const ptrdiff_t VECTORS,
                              const bool of_codes, ptrdiff_t k)
{
#define TILE(v, VT) delta_vectors(n, H, of_codes, k, v, VT)
    RS_FOR_TILES(n->vectors, VECTORS, TILE);
#undef TILE
}

#endif
