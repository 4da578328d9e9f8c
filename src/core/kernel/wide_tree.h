/* The first steps of a minibatch, where lanes are states.
 *
 * Samples that have had the same inputs are in the same state, and after k steps of two bits there
 * are 4^k states at most: of 100 samples, the first step needs 4 rows of a product, the second 16,
 * the third 64. So the first steps are made for the nodes of a tree, before the chunks of samples:
 * node n of level k + 1 is the child of node n / 4 of level k by input n mod 4, and the root is
 * s_0.
 *
 * In the backward pass, the samples of a node have the slopes of its cell in common. So the sum of
 * their deltas follows from the sums of their dloss/dz and of what flows to them from the next
 * step. And children have their parent's state in common, so that the sum of their deltas, and of
 * what flows past them, is all that the gradient of W_rec and the flow to the parent need.
 *
 * How many levels there are depends on the shape alone. A state does not depend on the tree. */
#ifndef RS_WIDE_TREE_H
#define RS_WIDE_TREE_H

#include "wide_step.h"

/* The nodes of a level as the rows of a step. */
RS_INLINE wide_rows tree_rows(const wide *w, int k)
{
    const wide_level *level = &w->level[k];
    return (wide_rows){.count = level->nodes,
                       .carried = level->nodes * w->padded,
                       .code = w->last_input,
                       .from = level->from,
                       .to = level->state,
                       .delta = level->delta,
                       .flow = level->flow};
}

/* States and logits of all nodes. */
static void tree_forward(const wide *w)
{
    const int P = w->padded, last = w->level[w->levels].nodes;
    const size_t row_bytes = (size_t)P * sizeof(real);
    for (int n = 0; n < last; n++)
        w->last_input[n] = (uint8_t)(n & 3);
    for (int k = 0; k < w->levels; k++) {
        const wide_level *parent = &w->level[k], *child = &w->level[k + 1];
        const wide_rows rows = tree_rows(w, k + 1);
        for (int c = 0; c < w->carried; c++)
            for (int n = 0; n < child->nodes; n++)
                memcpy(child->from + (c * child->nodes + n) * P,
                       parent->state + (c * parent->nodes + n / 4) * P, row_bytes);
        wide_forward_step(w, &rows);
        wide_logits_step(w, child->nodes, child->state, child->logit);
    }
}

/* Before the chunks of a gradient: nothing has flown yet. */
static void tree_clear(const wide *w)
{
    const wide_level *last = &w->level[w->levels];
    memset(last->flow, 0, (size_t)(w->carried * last->nodes * w->padded) * sizeof(real));
    for (int k = 0; k <= w->levels; k++)
        memset(w->level[k].error, 0, (size_t)w->level[k].nodes * sizeof(real));
}

/* Moves the samples of a chunk on to their nodes of level k + 1, and takes over these nodes'
 * logits. */
static void tree_descend(const wide *w, int k, const uint8_t *code)
{
    for (int r = 0; r < w->rows; r++) {
        const int node = 4 * w->place[r] + (code[r] & 3);
        w->place[r] = (uint16_t)node;
        w->logit[r] = w->level[k + 1].logit[node];
    }
}

static void tree_add_errors(const wide *w, int k)
{
    for (int r = 0; r < w->rows; r++)
        w->level[k + 1].error[w->place[r]] += w->error[r];
}

/* The samples of a chunk leave the tree with its states, and come back with what flows there. */
static void tree_take_states(const wide *w, real *state)
{
    const wide_level *last = &w->level[w->levels];
    const int P = w->padded;
    for (int c = 0; c < w->carried; c++)
        for (int r = 0; r < w->rows; r++)
            memcpy(state + (c * w->chunk + r) * P,
                   last->state + (c * last->nodes + w->place[r]) * P, (size_t)P * sizeof *state);
}

static void tree_add_flows(const wide *w)
{
    const wide_level *last = &w->level[w->levels];
    const int P = w->padded;
    for (int c = 0; c < w->carried; c++)
        for (int r = 0; r < w->rows; r++) {
            real *sum = last->flow + (c * last->nodes + w->place[r]) * P;
            const real *flow = w->flow + (c * w->chunk + r) * P;
            for (int j = 0; j < P; j += RS_VECTOR_LANES)
                v_store(sum + j, v_add(v_load(sum + j), v_load(flow + j)));
        }
}

/* sum[n] of the rows 4 n to 4 n + 3, of which `width` numbers each; rows are `stride` apart. */
static void add_fours(real *sum, const real *rows, int count, int stride, int width)
{
    for (int n = 0; n < count; n++)
        for (int j = 0; j < width; j += RS_VECTOR_LANES) {
            const real *first = rows + 4 * n * stride + j;
            vreal total = v_load(first);
            for (int child = 1; child < 4; child++)
                total = v_add(total, v_load(first + child * stride));
            v_store(sum + n * stride + j, total);
        }
}

/* After all chunks. What flows to the root is dloss/ds_0, and dloss/dc_0. */
static void tree_backward(wide *w)
{
    const int P = w->padded;
    for (int k = w->levels; k > 0; k--) {
        const wide_level *parent = &w->level[k - 1], *child = &w->level[k];
        const wide_rows rows = tree_rows(w, k);
        for (int n = 0; n < child->nodes; n++)
            w->g_b_out += child->error[n];
        w->cell->backward_rows(w, &rows, child->error, 1);
        add_fours(w->child_sum, child->delta, parent->nodes, delta_stride(w), w->gates * P);
        for (int c = w->direct ? 0 : 1; c < w->carried; c++)
            add_fours(parent->flow + c * parent->nodes * P, child->flow + c * child->nodes * P,
                      parent->nodes, P, P);
        wide_gradient_step(w, parent->nodes, parent->state, w->child_sum);
        wide_backward_step(w, parent->nodes, w->child_sum, parent->flow);
    }
}

#endif
