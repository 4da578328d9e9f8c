/* The first steps of a minibatch, where lanes are states.
 *
 * Samples that have had the same inputs are in the same state, and after k steps of two bits there
 * are 4^k states at most: of 100 samples, the first step needs 4 rows of a product, the second 16,
 * the third 64. So the first steps are made for the nodes of a tree, before the chunks of samples:
 * node n of level k + 1 is the child of node n / 4 of level k by input n mod 4, and the root is
 * s_0.
 *
 * On the way back the samples of a node have its slope 1 - s^2 in common. So the sum of their
 * deltas follows from the sums of their dloss/dz and of what flows to them from the next step. And
 * children have their parent's state in common, so that the sum of their deltas is all that the
 * gradient of W_rec and the flow to the parent need.
 *
 * How many levels there are depends on the shape alone. A state does not depend on the tree. */
#ifndef RS_WIDE_TREE_H
#define RS_WIDE_TREE_H

#include "wide.h"

/* States and logits of all nodes. The flows' memory serves for the parents' states. */
static void tree_forward(const wide *w)
{
    const int P = w->padded, last = w->level[w->levels].nodes;
    const size_t row_bytes = (size_t)P * sizeof(real);
    for (int n = 0; n < last; n++)
        w->last_input[n] = (uint8_t)(n & 3);
    for (int k = 0; k < w->levels; k++) {
        const wide_level *parent = &w->level[k], *child = &w->level[k + 1];
        for (int n = 0; n < child->nodes; n++)
            memcpy(child->flow + n * P, parent->state + n / 4 * P, row_bytes);
        wide_forward_step(w, child->nodes, child->flow, child->state, w->last_input);
        wide_logits_step(w, child->nodes, child->state, child->logit);
    }
}

/* Before the chunks of a gradient: nothing has flown yet. */
static void tree_clear(const wide *w)
{
    const wide_level *last = &w->level[w->levels];
    memset(last->flow, 0, (size_t)(last->nodes * w->padded) * sizeof(real));
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
    const int P = w->padded;
    for (int r = 0; r < w->rows; r++)
        memcpy(state + r * P, w->level[w->levels].state + w->place[r] * P,
               (size_t)P * sizeof *state);
}

static void tree_add_flows(const wide *w)
{
    const int P = w->padded;
    for (int r = 0; r < w->rows; r++) {
        real *sum = w->level[w->levels].flow + w->place[r] * P;
        for (int j = 0; j < P; j += RS_VECTOR_LANES)
            v_store(sum + j, v_add(v_load(sum + j), v_load(w->flow + r * P + j)));
    }
}

/* sum[n] of the rows 4 n to 4 n + 3 */
static void add_fours(real *sum, const real *rows, int count, int padded)
{
    for (int n = 0; n < count; n++)
        for (int j = 0; j < padded; j += RS_VECTOR_LANES) {
            const real *first = rows + 4 * n * padded + j;
            vreal total = v_load(first);
            for (int child = 1; child < 4; child++)
                total = v_add(total, v_load(first + child * padded));
            v_store(sum + n * padded + j, total);
        }
}

/* After all chunks. dloss/ds_0 is what flows to the root. */
static void tree_backward(wide *w)
{
    const int P = w->padded;
    for (int k = w->levels; k > 0; k--) {
        const wide_level *parent = &w->level[k - 1], *child = &w->level[k];
        for (int n = 0; n < child->nodes; n++) {
            real *flow = child->flow + n * P;
            w->g_b_out += child->error[n];
            wide_delta_row(w, child->state + n * P, child->error[n], flow, flow, n & 3);
        }
        add_fours(w->child_sum, child->flow, parent->nodes, P);
        wide_gradient_step(w, parent->nodes, parent->state, w->child_sum);
        wide_backward_step(w, parent->nodes, w->child_sum, parent->flow);
    }
}

#endif
