/* Where lanes are runs, what a pass back is: narrow_pass.h without shared steps. */
#ifndef RS_GROUPED_PASS_H
#define RS_GROUPED_PASS_H

#include "narrow_pass.h"

/* From dloss/dz to the deltas of all steps, and dloss/ds_0 and dc_0 in n->flow. */
RS_INLINE void grouped_deltas(const narrow *n, const cell_shape z)
{
    const ptrdiff_t V = n->vectors, H = z.states;
    for (ptrdiff_t i = 0; i < z.carried * H * V; i++)
        n->flow[i] = v_set1(0);
    for (ptrdiff_t k = n->steps - 1; k >= 0; k--) {
        outputs_flow(n, z, k);
        CELLS_BACKWARD(n, z, TILE_VECTORS, false, k);
        backward_flow(n, z, TILE_VECTORS, k);
    }
}

#endif
