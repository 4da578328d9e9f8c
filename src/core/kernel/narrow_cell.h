/* Where lanes are samples, from inputs and states to the next states and back, for the cell of this
 * instance. Columns are those of the activations, gate * H + state.
 *
 * What samples have in common is made once: s_0, and the states of the first steps, of which there
 * are few. Only the first of them shortens the backward pass: from there on, the lanes of each node
 * would have to be added up. */
#ifndef RS_NARROW_CELL_H
#define RS_NARROW_CELL_H

#if RS_SEQUENCES
#include "narrow_sequences.h"
#else
#include "narrow_head.h"
#endif

/* States of a tile of activations: with all gates of a state, they share what is loaded of s. */
enum {
    CELL_STATES = (int)TILE_STATES > (int)CELL_GATES ? TILE_STATES / CELL_GATES : 1,
    CELL_TILE = CELL_STATES * CELL_GATES
};

/* ---- Forward -----------------------------------------------------------------------------------
 */

/* a = input + s W_rec, scaled, of JT states from j0, for VT vectors. */
RS_INLINE void activation_tile(const narrow *n, const ptrdiff_t H, ptrdiff_t j0, const ptrdiff_t JT,
                               const ptrdiff_t VT, const vreal *s, vreal *a,
                               const step_input x[TILE_VECTORS])
{
    const ptrdiff_t V = n->vectors;
    vreal sum[CELL_TILE][TILE_VECTORS], si[TILE_VECTORS];
    RS_UNROLL
    for (ptrdiff_t c = 0; c < CELL_GATES * JT; c++) {
        const ptrdiff_t g = c / JT, j = j0 + c % JT;
        RS_UNROLL
        for (ptrdiff_t t = 0; t < VT; t++)
            sum[c][t] = g == CELL_APART ? v_set1(n->b_apart[j]) : input_term(n, g * H + j, x[t]);
    }
    for (ptrdiff_t i = 0; i < H; i++) {
        const real *w = n->w_rec_scaled + i * (CELL_GATES * H) + j0;
        RS_UNROLL
        for (ptrdiff_t t = 0; t < VT; t++)
            si[t] = s[i * V + t];
        RS_UNROLL
        for (ptrdiff_t c = 0; c < CELL_GATES * JT; c++) {
            RS_UNROLL
            for (ptrdiff_t t = 0; t < VT; t++)
                sum[c][t] = v_fma(si[t], v_set1(w[c / JT * H + c % JT]), sum[c][t]);
        }
    }
    RS_UNROLL
    for (ptrdiff_t c = 0; c < CELL_GATES * JT; c++) {
        RS_UNROLL
        for (ptrdiff_t t = 0; t < VT; t++)
            a[(c / JT * H + j0 + c % JT) * V + t] = sum[c][t];
    }
}

/* The same of all states, for VT vectors from v of step k. */
RS_INLINE void activation_vectors(const narrow *n, const ptrdiff_t H, ptrdiff_t k, ptrdiff_t v,
                                  const ptrdiff_t VT, const vreal *s, vreal *a)
{
    step_input x[TILE_VECTORS];
    RS_UNROLL
    for (ptrdiff_t t = 0; t < VT; t++)
        x[t] = step_input_at(n, k, v + t);
#define TILE(j0, JT) activation_tile(n, H, j0, JT, VT, s + v, a + v, x)
    RS_FOR_TILES(H, CELL_STATES, TILE);
#undef TILE
}

/* What is carried on from activations a, for VT vectors from v of step k; a may be next or kept. */
RS_INLINE void cell_vectors(const narrow *n, const ptrdiff_t H, ptrdiff_t k, ptrdiff_t v,
                            const ptrdiff_t VT, const vreal *a, const vreal *s, vreal *next,
                            vreal *kept)
{
    const ptrdiff_t V = n->vectors;
    step_input x[TILE_VECTORS];
    RS_UNROLL
    for (ptrdiff_t t = 0; CELL_APART >= 0 && t < VT; t++)
        x[t] = step_input_at(n, k, v + t);
    for (ptrdiff_t h = 0; h < H; h++) {
        RS_UNROLL
        for (ptrdiff_t t = 0; t < VT; t++) {
            vreal gates[CELL_GATES], before[CELL_CARRIED], after[CELL_CARRIED];
            vreal keep[CELL_KEPT + 1], input = v_set1(0);
            RS_UNROLL
            for (ptrdiff_t g = 0; g < CELL_GATES; g++)
                gates[g] = a[(g * H + h) * V + t];
            RS_UNROLL
            for (ptrdiff_t c = 0; c < CELL_CARRIED; c++)
                before[c] = s[(c * H + h) * V + t];
            if (CELL_APART >= 0)
                input = input_term(n, CELL_APART * H + h, x[t]);
            cell_forward(n->leak, gates, input, before, after, keep);
            RS_UNROLL
            for (ptrdiff_t c = 0; c < CELL_CARRIED; c++)
                next[(c * H + h) * V + t] = after[c];
            RS_UNROLL
            for (ptrdiff_t q = 0; q < CELL_KEPT; q++)
                kept[(q * H + h) * V + t] = keep[q];
        }
    }
}

/* From s to what is carried on and its z, of step k. VECTORS: the most vectors of a tile.
 * The cell's functions have a loop of their own, in which their constants stay in registers; in a
 * tile, between the accumulators, each would be read from memory every time. */
RS_INLINE void forward_step(const narrow *n, const ptrdiff_t H, const ptrdiff_t VECTORS,
                            ptrdiff_t k, const vreal *s, vreal *next, vreal *kept)
{
    const ptrdiff_t V = n->vectors;
    vreal *a = CELL_IN_PLACE ? next : kept;
    prepare_inputs(n, H, k);
#define TILE(v, VT) activation_vectors(n, H, k, v, VT, s, a)
    RS_FOR_TILES(V, VECTORS, TILE);
#undef TILE
#define TILE(v, VT) cell_vectors(n, H, k, v, VT, a + v, s + v, next + v, kept + v)
    RS_FOR_TILES(V, VECTORS, TILE);
#undef TILE
    end_sequences(n, H, k, next);
    output_step(n, H, k, next);
}

#if !RS_SEQUENCES
/* The first SHARED_STEPS steps, looked up: samples with the same inputs so far are at the same node
 * of a tree. Node i of step 2 has had the inputs i mod 4 and i / 4, that of step 1 i mod 4. */
RS_INLINE void shared_steps(const narrow *n, const ptrdiff_t H, const bool keep_states)
{
    const ptrdiff_t V = n->vectors;
    const real *first = n->node_state, *second = n->node_state + H * NODES;
    vreal *after_first = n->state + H * V, *after_second = n->state + (keep_states ? 2 * H * V : 0);
    for (ptrdiff_t v = 0; v < V; v++) {
        vcode code = codes_at(n, 0, v), pair = v_code_pair(code, codes_at(n, 1, v));
        for (ptrdiff_t h = 0; h < H; h++) {
            if (keep_states)
                after_first[h * V + v] = v_lookup4(first + h * NODES, code);
            after_second[h * V + v] = v_lookup16(second + h * NODES, pair);
        }
        n->output[v] = v_lookup4(n->node_output, code);
        n->output[V + v] = v_lookup16(n->node_output + NODES, pair);
    }
}
#endif

/* All steps; leaves z in n->output. Only the gradient needs the states of all steps; else two slots
 * take turns. first: what is carried into the first step, [CARRIED][H]. */
RS_INLINE void forward(const narrow *n, const ptrdiff_t H, const ptrdiff_t VECTORS,
                       const bool keep_states, const real *first)
{
    const ptrdiff_t V = n->vectors, slot_size = CELL_CARRIED * H * V;
    for (ptrdiff_t h = 0; h < CELL_CARRIED * H && (keep_states || n->shared == 0); h++)
        for (ptrdiff_t v = 0; v < V; v++)
            n->state[h * V + v] = v_set1(first[h]);
#if !RS_SEQUENCES
    if (CELL_IN_PLACE && n->shared != 0)
        shared_steps(n, H, keep_states);
#endif
    for (ptrdiff_t k = n->shared; k < n->steps; k++) {
        const ptrdiff_t slot = keep_states ? k : k & 1;
        const ptrdiff_t next_slot = keep_states ? k + 1 : 1 - slot;
        forward_step(n, H, VECTORS, k, n->state + slot * slot_size,
                     n->state + next_slot * slot_size,
                     n->delta + (keep_states ? k * CELL_COLUMNS * H * V : 0));
    }
}

/* ---- Backward ----------------------------------------------------------------------------------
 */

/* flow_i = sum over columns j of delta_j W_rec[i,j], added to what flows past the activations, for
 * IT states from i0. */
RS_INLINE void backward_tile(const narrow *n, const ptrdiff_t H, ptrdiff_t i0, const ptrdiff_t IT,
                             const ptrdiff_t VT, const vreal *delta, vreal *flow)
{
    const ptrdiff_t V = n->vectors, J = CELL_GATES * H;
    vreal sum[TILE_STATES][TILE_VECTORS], d[TILE_VECTORS];
    RS_UNROLL
    for (ptrdiff_t i = 0; i < IT; i++) {
        RS_UNROLL
        for (ptrdiff_t t = 0; t < VT; t++)
            sum[i][t] = CELL_DIRECT ? flow[(i0 + i) * V + t] : v_set1(0);
    }
    for (ptrdiff_t j = 0; j < J; j++) {
        const real *w = n->w_rec + i0 * J + j;
        RS_UNROLL
        for (ptrdiff_t t = 0; t < VT; t++)
            d[t] = delta[j * V + t];
        RS_UNROLL
        for (ptrdiff_t i = 0; i < IT; i++) {
            RS_UNROLL
            for (ptrdiff_t t = 0; t < VT; t++)
                sum[i][t] = v_fma(d[t], v_set1(w[i * J]), sum[i][t]);
        }
    }
    RS_UNROLL
    for (ptrdiff_t i = 0; i < IT; i++) {
        RS_UNROLL
        for (ptrdiff_t t = 0; t < VT; t++)
            flow[(i0 + i) * V + t] = sum[i][t];
    }
}

/* The deltas of step k from what flows to its states, in place of what the cell has kept. */
RS_INLINE void delta_vectors(const narrow *n, const ptrdiff_t H, ptrdiff_t k, ptrdiff_t v,
                             const ptrdiff_t VT)
{
    const ptrdiff_t V = n->vectors;
    const vreal *s = n->state + k * CELL_CARRIED * H * V + v, *next = s + CELL_CARRIED * H * V;
    const vreal *error = n->output + k * V + v;
    vreal *delta = n->delta + k * CELL_COLUMNS * H * V + v;
    vreal *flow = n->flow + v;
    outputs_flow(n, H, k, v, VT);
    for (ptrdiff_t h = 0; h < H; h++) {
        vreal w = v_set1(n->w_out[h]);
        (void)error, (void)w; /* unused where outputs_flow adds the outputs' part */
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
            if (!OUTPUTS_FLOW_APART)
                f[0] = output_flow(error[t], w, f[0]);
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

/* The deltas of step k, then the flow into the step before, if there is one: what flows to s_0
 * follows from sums, see add_first_step. */
RS_INLINE void backward_vectors(const narrow *n, const ptrdiff_t H, ptrdiff_t k, ptrdiff_t v,
                                const ptrdiff_t VT)
{
    const vreal *delta = n->delta + k * CELL_COLUMNS * H * n->vectors + v;
    vreal *flow = n->flow + v;
    delta_vectors(n, H, k, v, VT);
    if (k == 0)
        return;
#define TILE(i0, IT) backward_tile(n, H, i0, IT, VT, delta, flow)
    RS_FOR_TILES(H, TILE_STATES, TILE);
#undef TILE
}

RS_INLINE void backward(const narrow *n, const ptrdiff_t H, const ptrdiff_t VECTORS)
{
    const ptrdiff_t V = n->vectors;
    for (ptrdiff_t i = 0; i < CELL_CARRIED * H * V; i++)
        n->flow[i] = v_set1(0);
#define TILE(v, VT) backward_vectors(n, H, k, v, VT)
    for (ptrdiff_t k = n->steps - 1; k >= 0; k--)
        RS_FOR_TILES(V, VECTORS, TILE);
#undef TILE
}

/* ---- Sums over samples and steps: the gradients, per lane -------------------------------------
 */

/* dW_rec[i,j] += sum over k > 0, v of s_k[i] delta_k[j] */
RS_INLINE void sum_w_rec_tile(const narrow *n, const ptrdiff_t H, ptrdiff_t i0, const ptrdiff_t IT,
                              ptrdiff_t j0, const ptrdiff_t JT, vreal *w_rec)
{
    const ptrdiff_t V = n->vectors, J = CELL_GATES * H;
    vreal sum[TILE_STATES][TILE_SUMS];
    RS_UNROLL
    for (ptrdiff_t i = 0; i < IT; i++) {
        RS_UNROLL
        for (ptrdiff_t j = 0; j < JT; j++)
            sum[i][j] = w_rec[((i0 + i) * J + j0 + j) * RS_PARTS];
    }
    for (ptrdiff_t k = 1; k < n->steps; k++) {
        const vreal *s = n->state + (k * CELL_CARRIED * H + i0) * V;
        const vreal *d = n->delta + (k * CELL_COLUMNS * H + j0) * V;
        for (ptrdiff_t v = 0; v < V; v++) {
            vreal dv[TILE_SUMS];
            RS_UNROLL
            for (ptrdiff_t j = 0; j < JT; j++)
                dv[j] = d[j * V + v];
            RS_UNROLL
            for (ptrdiff_t i = 0; i < IT; i++) {
                vreal sv = s[i * V + v];
                RS_UNROLL
                for (ptrdiff_t j = 0; j < JT; j++)
                    sum[i][j] = v_fma(sv, dv[j], sum[i][j]);
            }
        }
    }
    RS_UNROLL
    for (ptrdiff_t i = 0; i < IT; i++) {
        RS_UNROLL
        for (ptrdiff_t j = 0; j < JT; j++)
            w_rec[((i0 + i) * J + j0 + j) * RS_PARTS] = sum[i][j];
    }
}

RS_INLINE void sum_w_rec_rows(const narrow *n, const ptrdiff_t H, ptrdiff_t i0, const ptrdiff_t IT,
                              vreal *w_rec)
{
#define TILE(j0, JT) sum_w_rec_tile(n, H, i0, IT, j0, JT, w_rec)
    RS_FOR_TILES(CELL_GATES * H, TILE_SUMS, TILE);
#undef TILE
}

RS_INLINE void sum_w_rec(const narrow *n, const ptrdiff_t H, vreal *w_rec)
{
#define TILE(i0, IT) sum_w_rec_rows(n, H, i0, IT, w_rec)
    RS_FOR_TILES(H, TILE_STATES, TILE);
#undef TILE
}

RS_INLINE void sum_rest(const narrow *n, const ptrdiff_t H, const narrow_sums *sums)
{
    const ptrdiff_t V = n->vectors;
    sum_inputs_and_outputs(n, H, sums);
    for (ptrdiff_t j = 0; j < CELL_GATES * H; j++)
        for (ptrdiff_t v = 0; v < V; v++)
            sums->first[j * RS_PARTS] = v_add(sums->first[j * RS_PARTS], n->delta[j * V + v]);
    for (ptrdiff_t i = CELL_DIRECT ? 0 : H; i < CELL_CARRIED * H; i++)
        for (ptrdiff_t v = 0; v < V; v++)
            sums->carried[i * RS_PARTS] = v_add(sums->carried[i * RS_PARTS], n->flow[i * V + v]);
}

#endif
