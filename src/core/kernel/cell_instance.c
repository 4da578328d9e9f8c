/* The loops of one cell: besides what instance.c has from the build, RS_CELL, its word in
 * RS_CELL_LIST, RS_CELL_FILE, RS_LEAKY, 1 for networks with a leak below 1, and RS_VARIANT, plain
 * or leaky. Passes for few states, where the time of a loop's ends counts, are instances of their
 * own. */
#include "narrow_pass.h"
#include "wide_cell.h"

#ifdef RS_ISA_GENERIC
#undef CELL_FEW_STATES /* it inlines nothing */
#endif

static void narrow_codes_forward(const narrow *pass, ptrdiff_t k, const vreal *a, const vreal *s,
                                 vreal *next, vreal *kept)
{
    const narrow n = *pass;
    cells_forward(&n, n.shape.states, TILE_VECTORS, true, k, a, s, next, kept);
}

static void narrow_any_forward(const narrow *pass, ptrdiff_t k, const vreal *a, const vreal *s,
                               vreal *next, vreal *kept)
{
    const narrow n = *pass;
    cells_forward(&n, n.shape.states, TILE_VECTORS, false, k, a, s, next, kept);
}

static void narrow_codes_backward(const narrow *pass, ptrdiff_t k)
{
    const narrow n = *pass;
    cells_backward(&n, n.shape.states, TILE_VECTORS, true, k);
}

static void narrow_any_backward(const narrow *pass, ptrdiff_t k)
{
    const narrow n = *pass;
    cells_backward(&n, n.shape.states, TILE_VECTORS, false, k);
}

/* Passes of networks with H states; of_codes: of the addition task. */
#define PASSES(name, H, VECTORS, of_codes)                                              \
    static void name##_forward(const narrow *pass, const real *first, bool keep_states) \
    {                                                                                   \
        const narrow n = *pass;                                                         \
        const cell_shape z = CELL_SHAPE(H);                                             \
        forward(&n, z, VECTORS, of_codes, keep_states, first);                          \
    }                                                                                   \
    static void name##_backward(const narrow *pass, const narrow_sums *pass_sums)       \
    {                                                                                   \
        const narrow n = *pass;                                                         \
        const narrow_sums sums = *pass_sums;                                            \
        const cell_shape z = CELL_SHAPE(H);                                             \
        backward(&n, z, VECTORS, of_codes, &sums);                                      \
    }
#ifdef CELL_FEW_STATES
PASSES(one, 1, SMALL_TILE_VECTORS, true)
PASSES(two, 2, SMALL_TILE_VECTORS, true)
PASSES(three, 3, SMALL_TILE_VECTORS, true)
PASSES(four, 4, SMALL_TILE_VECTORS, true)
#endif
#ifdef CELL_MANY_STATES
PASSES(many, n.shape.states, TILE_VECTORS, true)
PASSES(many_sequences, n.shape.states, TILE_VECTORS, false)
#endif

#ifndef RS_ISA_GENERIC
extern const rs_group_passes RS_GROUP_PASSES(RS_CELL, RS_VARIANT);
#endif

const rs_cell_kernel RS_CELL_KERNEL(RS_CELL, RS_VARIANT) = {
    .shape = CELL_SHAPE(0),
    .scale = cell_scale,
    .forward = {narrow_codes_forward, CELL_APART >= 0 ? narrow_any_forward : narrow_codes_forward},
    .backward = {narrow_codes_backward, narrow_any_backward},
#ifdef CELL_FEW_STATES
    .few = {{one_forward, one_backward},
            {two_forward, two_backward},
            {three_forward, three_backward},
            {four_forward, four_backward}},
#endif
#ifdef CELL_MANY_STATES
    .many = {many_forward, many_backward},
    .many_sequences = {many_sequences_forward, many_sequences_backward},
#endif
#ifndef RS_ISA_GENERIC
    .group = &RS_GROUP_PASSES(RS_CELL, RS_VARIANT),
#endif
    .forward_row = wide_cell_row,
    .backward_rows = wide_delta_rows,
};
