/* The kernels of small batches, lanes being runs, of an instruction set and precision: see
 * instance.c. */
#define RS_LANES_ARE_RUNS

#include "grouped_batch.h"

static size_t scratch_bytes(const rs_network *network, uint32_t samples, uint32_t steps)
{
    grouped layout;
    return grouped_layout(&layout, NULL, network, samples, steps);
}

const rs_group_kernel RS_CELL_KERNEL(order, grouped) = {
    .lanes = RS_LOGICAL_LANES,
    .scratch_bytes = scratch_bytes,
    .loss = grouped_loss,
    .gradient = grouped_gradient,
    .update = grouped_update,
};
