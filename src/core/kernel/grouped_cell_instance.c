/* The passes of one cell where lanes are runs: what cell_instance.c is where lanes are samples. The
 * cell's functions are inlined, and how many sequences a batch has is a constant; so is the number
 * of states where they are few. */
#define RS_LANES_ARE_RUNS

#include "grouped_pass.h"

/* Passes of networks with H states and batches of V sequences, so many side by side. */
#define PASSES(name, H, V, PASSES)                                                      \
    static void name##_forward(const narrow *pass, const real *first, bool keep_states) \
    {                                                                                   \
        const cell_shape z = CELL_SHAPE(H);                                             \
        forward_passes(pass, z, V, PASSES, keep_states, first);                         \
    }                                                                                   \
    static void name##_deltas(const narrow *pass)                                       \
    {                                                                                   \
        const cell_shape z = CELL_SHAPE(H);                                             \
        delta_passes(pass, z, V, PASSES);                                               \
    }

#define OF(name)                      \
    {                                 \
        name##_forward, name##_deltas \
    }
PASSES(two_by_one, 2, 1, RS_PARTS)
PASSES(three_by_one, 3, 1, RS_PARTS)
PASSES(four_by_one, 4, 1, RS_PARTS)
PASSES(many_by_one, pass->shape.states, 1, 1)
PASSES(three_by_four, 3, 4, 1)
PASSES(many_by_four, pass->shape.states, 4, 1)

const rs_group_passes RS_GROUP_PASSES(RS_CELL, RS_VARIANT) = {
    .few = {[2] = {[1] = OF(two_by_one)},
            [3] = {[1] = OF(three_by_one), [4] = OF(three_by_four)},
            [4] = {[1] = OF(four_by_one)}},
    .many = {[1] = OF(many_by_one), [4] = OF(many_by_four)},
};
