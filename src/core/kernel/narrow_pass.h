/* Where lanes are samples, a pass forth and back. The same text for all shapes, and with constants
 * for those that pay: in an instance of a cell (RS_CELL) its functions are inlined, else called. */
#ifndef RS_NARROW_PASS_H
#define RS_NARROW_PASS_H

#include "narrow_input.h"

#ifdef RS_CELL
#include "narrow_cell.h"
#define CELLS_FORWARD(n, z, VECTORS, of_codes, k, a, s, next, kept) \
    cells_forward(n, (z).states, VECTORS, of_codes, k, a, s, next, kept)
#define CELLS_BACKWARD(n, z, VECTORS, of_codes, k) \
    cells_backward(n, (z).states, VECTORS, of_codes, k)
#else
#define CELLS_FORWARD(n, z, VECTORS, of_codes, k, a, s, next, kept) \
    (n)->cell->forward[!(of_codes)](n, k, a, s, next, kept)
#define CELLS_BACKWARD(n, z, VECTORS, of_codes, k) (n)->cell->backward[!(of_codes)](n, k)
#endif

/* ---- Forward -----------------------------------------------------------------------------------
 */

/* From s to what is carried on and its z, of step k. VECTORS: the most vectors of a tile. */
RS_INLINE void forward_step(const narrow *n, const cell_shape z, const ptrdiff_t VECTORS,
                            const bool of_codes, ptrdiff_t k, const vreal *s, vreal *next,
                            vreal *kept)
{
    const ptrdiff_t V = n->vectors, O = of_codes ? 1 : n->outputs;
    vreal *a = z.in_place ? next : kept;
    if (!of_codes)
        prepare_inputs(n, z, k, a);
    const product activations = {.rows = z.gates * z.states,
                                 .depth = z.states,
                                 .vectors = V,
                                 .x = (const real *)s,
                                 .x_row = V * RS_VECTOR_LANES,
                                 .x_vector = RS_VECTOR_LANES,
                                 .w = n->w_rec_scaled,
                                 .w_row = 1,
                                 .w_depth = z.gates * z.states,
                                 .to = a,
                                 .start = of_codes ? FROM_CODES : FROM_THERE,
                                 .bias = n->start,
                                 .code = of_codes ? n->code + k * n->stride : NULL};
    multiply(&activations, VECTORS);
    CELLS_FORWARD(n, z, VECTORS, of_codes, k, a, s, next, kept);
    if (!of_codes)
        end_sequences(n, z, k, next);
    const product outputs = {.rows = O,
                             .depth = z.states,
                             .vectors = V,
                             .x = (const real *)next,
                             .x_row = V * RS_VECTOR_LANES,
                             .x_vector = RS_VECTOR_LANES,
                             .w = n->w_out,
                             .w_row = 1,
                             .w_depth = O,
                             .to = n->output + k * O * V,
                             .start = FROM_BIAS,
                             .bias = n->b_out};
    multiply(&outputs, TILE_VECTORS);
}

/* `rows` numbers of each vector after steps 1 and 2, from those of the nodes after them; `to` of
 * step 1 may be NULL. */
RS_INLINE void look_up_nodes(const narrow *n, ptrdiff_t rows, const real *const from[SHARED_STEPS],
                             vreal *const to[SHARED_STEPS])
{
    const ptrdiff_t V = n->vectors;
    for (ptrdiff_t v = 0; v < V; v++) {
        const vcode code = codes_at(n, 0, v), pair = v_code_pair(code, codes_at(n, 1, v));
        for (ptrdiff_t i = 0; i < rows; i++) {
            if (to[0] != NULL)
                to[0][i * V + v] = v_lookup4(from[0] + i * NODES, code);
            to[1][i * V + v] = v_lookup16(from[1] + i * NODES, pair);
        }
    }
}

/* The first SHARED_STEPS steps, looked up: samples with the same inputs so far are at the same node
 * of a tree. Node i of step 2 has had the inputs i mod 4 and i / 4, that of step 1 i mod 4. */
RS_INLINE void shared_steps(const narrow *n, const cell_shape z, bool keep_states)
{
    const ptrdiff_t V = n->vectors, carried = z.carried * z.states, columns = z.columns * z.states;
    const real *const states[] = {n->node_state, n->node_state + carried * NODES};
    const real *const kept[] = {n->node_kept, n->node_kept + columns * NODES};
    const real *const outputs[] = {n->node_output, n->node_output + NODES};
    vreal *const to_states[] = {keep_states ? n->state + carried * V : NULL,
                                n->state + (keep_states ? 2 * carried * V : 0)};
    vreal *const to_kept[] = {n->delta, n->delta + columns * V};
    vreal *const to_outputs[] = {n->output, n->output + V};
    look_up_nodes(n, carried, states, to_states);
    if (keep_states && z.kept > 0)
        look_up_nodes(n, z.kept * z.states, kept, to_kept);
    look_up_nodes(n, 1, outputs, to_outputs);
}

/* All steps; leaves z in n->output. Only the gradient needs the states of all steps; else two slots
 * take turns. first: what is carried into the first step, [CARRIED][H]; NULL: the first slot holds
 * it. */
RS_INLINE void forward(const narrow *n, const cell_shape z, const ptrdiff_t VECTORS,
                       const bool of_codes, bool keep_states, const real *first)
{
    const ptrdiff_t V = n->vectors, slot_size = z.carried * z.states * V;
    const bool begins = first != NULL && (keep_states || n->shared == 0);
    for (ptrdiff_t h = 0; begins && h < z.carried * z.states; h++)
        for (ptrdiff_t v = 0; v < V; v++)
            n->state[h * V + v] = weight_at(first, h);
    if (of_codes && n->shared != 0)
        shared_steps(n, z, keep_states);
    for (ptrdiff_t k = n->shared; k < n->steps; k++) {
        const ptrdiff_t slot = keep_states ? k : k & 1;
        const ptrdiff_t next_slot = keep_states ? k + 1 : 1 - slot;
        forward_step(n, z, VECTORS, of_codes, k, n->state + slot * slot_size,
                     n->state + next_slot * slot_size,
                     n->delta + (keep_states ? k * z.columns * z.states * V : 0));
    }
}

/* ---- Backward ----------------------------------------------------------------------------------
 */

/* flow += error W_out^T, of step k. The cell's functions do it for the addition task. */
RS_INLINE void outputs_flow(const narrow *n, const cell_shape z, ptrdiff_t k)
{
    const ptrdiff_t V = n->vectors, O = n->outputs;
    const product p = {.rows = z.states,
                       .depth = O,
                       .vectors = V,
                       .x = (const real *)outputs_at(n, k, 0),
                       .x_row = V * RS_VECTOR_LANES,
                       .x_vector = RS_VECTOR_LANES,
                       .w = n->w_out,
                       .w_row = O,
                       .w_depth = 1,
                       .to = n->flow,
                       .start = FROM_THERE};
    multiply(&p, TILE_VECTORS);
}

/* flow = delta W_rec^T, added to what flows past the activations. */
RS_INLINE void backward_flow(const narrow *n, const cell_shape z, const ptrdiff_t VECTORS,
                             ptrdiff_t k)
{
    const ptrdiff_t V = n->vectors, J = z.gates * z.states;
    const product p = {.rows = z.states,
                       .depth = J,
                       .vectors = V,
                       .x = (const real *)(n->delta + k * z.columns * z.states * V),
                       .x_row = V * RS_VECTOR_LANES,
                       .x_vector = RS_VECTOR_LANES,
                       .w = n->w_rec,
                       .w_row = J,
                       .w_depth = 1,
                       .to = n->flow,
                       .start = z.direct ? FROM_THERE : FROM_ZERO};
    multiply(&p, VECTORS);
}

/* The deltas of all steps. What flows to s_0 follows from sums, see add_first_step. */
RS_INLINE void deltas(const narrow *n, const cell_shape z, const ptrdiff_t VECTORS,
                      const bool of_codes)
{
    for (ptrdiff_t i = 0; i < z.carried * z.states * n->vectors; i++)
        n->flow[i] = v_set1(0);
    for (ptrdiff_t k = n->steps - 1; k >= 0; k--) {
        if (!of_codes)
            outputs_flow(n, z, k);
        CELLS_BACKWARD(n, z, VECTORS, of_codes, k);
        if (k > 0)
            backward_flow(n, z, VECTORS, k);
    }
}

/* dW_rec[i,j] += sum over k >= first, v of s_k[i] delta_k[j] */
RS_INLINE void sum_w_rec(const narrow *n, const cell_shape z, const ptrdiff_t first, vreal *w_rec)
{
    const ptrdiff_t V = n->vectors, H = z.states, J = z.gates * H;
    const ptrdiff_t state_step = z.carried * H * V, delta_step = z.columns * H * V;
    const step_sums s = {.rows = H,
                         .columns = J,
                         .steps = n->steps - first,
                         .vectors = V,
                         .x = (const real *)(n->state + first * state_step),
                         .x_step = state_step * RS_VECTOR_LANES,
                         .x_row = V * RS_VECTOR_LANES,
                         .x_vector = RS_VECTOR_LANES,
                         .y = (const real *)(n->delta + first * delta_step),
                         .y_step = delta_step * RS_VECTOR_LANES,
                         .y_row = V * RS_VECTOR_LANES,
                         .to = w_rec,
                         .to_row = J,
                         .ends = n->ends};
    add_step_sums(&s);
}

/* From dloss/dz to all gradients, per lane. */
RS_INLINE void backward(const narrow *n, const cell_shape z, const ptrdiff_t VECTORS,
                        const bool of_codes, const narrow_sums *sums)
{
    const ptrdiff_t V = n->vectors, H = z.states;
    deltas(n, z, VECTORS, of_codes);
    sum_w_rec(n, z, 1, sums->w_rec);
    if (of_codes)
        sum_bits(n, z, sums);
    else
        sum_reals(n, z, sums);
    for (ptrdiff_t j = 0; j < z.gates * H; j++)
        for (ptrdiff_t v = 0; v < V; v++)
            sums->first[j * RS_PARTS] = v_add(sums->first[j * RS_PARTS], n->delta[j * V + v]);
    for (ptrdiff_t i = z.direct ? 0 : H; i < z.carried * H; i++)
        for (ptrdiff_t v = 0; v < V; v++)
            sums->carried[i * RS_PARTS] = v_add(sums->carried[i * RS_PARTS], n->flow[i * V + v]);
}

#endif
