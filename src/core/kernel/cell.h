/* The cell of this instance. A cell is one file of cells/, which both orders of kernels share, and
 * one line of RS_CELL_LIST. The build names it (RS_CELL, its word, and RS_CELL_FILE), so that all
 * its constants are known when compiling. The file defines
 *
 *   CELL_GATES     G: activations of a state; as in RS_CELL_LIST
 *   CELL_CARRIED   what a state hands to the next step: 1 (s), or 2 (s and c)
 *   CELL_KEPT      numbers kept for the backward pass, by state and step, besides what is carried
 *   CELL_APART     the gate to whose product s W_rec + b_rec the cell adds x W_in + b_in itself, or
 *                  -1
 *   CELL_DIRECT    1 where s reaches s' not only through the activations
 *   cell_scale     the factor of a gate's activation, a power of 2: 1, or RS_TANH_SCALE where
 *                  v_tanh takes it
 *   cell_forward   from the activations a[G] (with an apart gate, also its x W_in + b_in) and
 *                  before[CARRIED] to after[CARRIED] and kept[KEPT]
 *   cell_backward  from kept, before, after and flow[CARRIED] = dloss/dafter to delta[G] =
 *                  dloss/da (with an apart gate, delta[G] is that of its x W_in + b_in), and
 *                  flow = dloss/dbefore but for what flows through the activations
 *   CELL_FEW_STATES, CELL_MANY_STATES   if it is to have passes of its own, see cell_instance.c
 *
 * lane by lane, of one state. Arrays have a place more than they need, so that none is empty. The
 * derivatives are those of the unscaled activations. */
#ifndef RS_CELL_H
#define RS_CELL_H

#include "cell_kernel.h"
#include "vmath.h"

#ifndef RS_LEAKY /* 1: for networks with a leak below 1 */
#define RS_LEAKY 0
#endif

#include RS_CELL_FILE

#define RS_GATES_OF_(word) RS_GATES_##word
#define RS_GATES_OF(word)  RS_GATES_OF_(word)
_Static_assert((int)CELL_GATES == (int)RS_GATES_OF(RS_CELL), "gates as in RS_CELL_LIST");

enum {
    CELL_DELTAS = CELL_GATES + (CELL_APART >= 0),
    CELL_COLUMNS = CELL_KEPT > CELL_DELTAS ? CELL_KEPT : CELL_DELTAS,
    CELL_IN_PLACE = CELL_GATES == 1 && CELL_KEPT == 0
};

/* clang-format off */
#define CELL_SHAPE(H)                                                                         \
    {.states = (H), .gates = CELL_GATES, .carried = CELL_CARRIED, .kept = CELL_KEPT,          \
     .deltas = CELL_DELTAS, .columns = CELL_COLUMNS, .apart = CELL_APART,                     \
     .direct = CELL_DIRECT, .in_place = CELL_IN_PLACE}
/* clang-format on */

#endif
