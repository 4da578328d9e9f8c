/* Where lanes are runs, a pass forth and back: narrow_pass.h without shared steps. The steps of a
 * small network are a chain of operations that each wait for the one before; so several passes,
 * those of the parts of a logical vector, may go side by side, step by step. */
#ifndef RS_GROUPED_PASS_H
#define RS_GROUPED_PASS_H

#include "narrow_pass.h"

enum { PARTS_MOST = 4 };
_Static_assert((int)RS_PARTS <= (int)PARTS_MOST, "passes of all parts may go side by side");

/* Statements for each of PASSES passes, which are variables of their own, so that what is constant
 * of them stays so. */
#define FOR_PASSES(PASSES, STATEMENT) \
    do {                              \
        STATEMENT(a, 0);              \
        if ((PASSES) > 1)             \
            STATEMENT(b, 1);          \
        if ((PASSES) > 2) {           \
            STATEMENT(c, 2);          \
            STATEMENT(d, 3);          \
        }                             \
    } while (0)

/* Copies of them. */
#define TAKE_PASSES(PASSES, pass, V)                                           \
    narrow a = (pass)[0], b = (pass)[(PASSES) > 1 ? 1 : 0];                    \
    narrow c = (pass)[(PASSES) > 2 ? 2 : 0], d = (pass)[(PASSES) > 2 ? 3 : 0]; \
    a.vectors = b.vectors = c.vectors = d.vectors = (V);                       \
    a.stride = b.stride = c.stride = d.stride = (V)*RS_LOGICAL_LANES

RS_INLINE void grouped_first(const narrow *n, const cell_shape z, const real *first)
{
    for (ptrdiff_t h = 0; h < z.carried * z.states; h++)
        for (ptrdiff_t v = 0; v < n->vectors; v++)
            n->state[h * n->vectors + v] = weight_at(first, h);
}

RS_INLINE void grouped_step(const narrow *n, const cell_shape z, bool keep_states, ptrdiff_t k)
{
    const ptrdiff_t state_step = z.carried * z.states * n->vectors;
    const ptrdiff_t kept_step = z.columns * z.states * n->vectors;
    const ptrdiff_t slot = keep_states ? k : k & 1, next_slot = keep_states ? k + 1 : 1 - slot;
    forward_step(n, z, TILE_VECTORS, false, k, n->state + slot * state_step,
                 n->state + next_slot * state_step, n->delta + (keep_states ? k * kept_step : 0));
}

/* As forward. What is carried into the first step stands side by side for the passes. */
RS_INLINE void forward_passes(const narrow *pass, const cell_shape z, const ptrdiff_t V,
                              const ptrdiff_t PASSES, bool keep_states, const real *first)
{
    TAKE_PASSES(PASSES, pass, V);
    const ptrdiff_t steps = a.steps;
#define FIRST(n, p) grouped_first(&(n), z, first + (p)*z.carried * z.states * WEIGHT)
    FOR_PASSES(PASSES, FIRST);
#undef FIRST
    for (ptrdiff_t k = 0; k < steps; k++) {
#define STEP(n, p) grouped_step(&(n), z, keep_states, k)
        FOR_PASSES(PASSES, STEP);
#undef STEP
    }
}

RS_INLINE void clear_flow(const narrow *n, const cell_shape z)
{
    for (ptrdiff_t i = 0; i < z.carried * z.states * n->vectors; i++)
        n->flow[i] = v_set1(0);
}

RS_INLINE void grouped_delta(const narrow *n, const cell_shape z, ptrdiff_t k)
{
    outputs_flow(n, z, k);
    CELLS_BACKWARD(n, z, TILE_VECTORS, false, k);
    backward_flow(n, z, TILE_VECTORS, k);
}

/* From dloss/dz to the deltas of all steps, and dloss/ds_0 and dc_0 in n->flow. */
RS_INLINE void delta_passes(const narrow *pass, const cell_shape z, const ptrdiff_t V,
                            const ptrdiff_t PASSES)
{
    TAKE_PASSES(PASSES, pass, V);
#define CLEAR(n, p) clear_flow(&(n), z)
    FOR_PASSES(PASSES, CLEAR);
#undef CLEAR
    for (ptrdiff_t k = a.steps - 1; k >= 0; k--) {
#define DELTA(n, p) grouped_delta(&(n), z, k)
        FOR_PASSES(PASSES, DELTA);
#undef DELTA
    }
}

#endif
