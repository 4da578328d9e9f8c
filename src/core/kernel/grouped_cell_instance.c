/* The passes of one cell where lanes are runs: what cell_instance.c is where lanes are samples. The
 * cell's functions are inlined, and how many sequences a batch has is a constant; so is the number
 * of states where they are few. */
#define RS_LANES_ARE_RUNS

#include "grouped_pass.h"

/* Passes of networks with H states and batches of V sequences. */
#define PASSES(name, H, V)                                                              \
    static void name##_forward(const narrow *pass, const real *first, bool keep_states) \
    {                                                                                   \
        narrow n = *pass;                                                               \
        const cell_shape z = CELL_SHAPE(H);                                             \
        n.vectors = (V);                                                                \
        n.stride = (V)*RS_LOGICAL_LANES;                                                \
        forward(&n, z, TILE_VECTORS, false, keep_states, first);                        \
    }                                                                                   \
    static void name##_deltas(const narrow *pass)                                       \
    {                                                                                   \
        narrow n = *pass;                                                               \
        const cell_shape z = CELL_SHAPE(H);                                             \
        n.vectors = (V);                                                                \
        n.stride = (V)*RS_LOGICAL_LANES;                                                \
        grouped_deltas(&n, z);                                                          \
    }

#define OF(name)                      \
    {                                 \
        name##_forward, name##_deltas \
    }
PASSES(two_by_one, 2, 1)
PASSES(three_by_one, 3, 1)
PASSES(four_by_one, 4, 1)
PASSES(many_by_one, n.shape.states, 1)
PASSES(three_by_four, 3, 4)
PASSES(many_by_four, n.shape.states, 4)

const rs_group_passes RS_GROUP_PASSES(RS_CELL, RS_VARIANT) = {
    .few = {[2] = {[1] = OF(two_by_one)},
            [3] = {[1] = OF(three_by_one), [4] = OF(three_by_four)},
            [4] = {[1] = OF(four_by_one)}},
    .many = {[1] = OF(many_by_one), [4] = OF(many_by_four)},
};
