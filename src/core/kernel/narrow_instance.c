/* The kernels of small networks, lanes being samples, of an instruction set and precision: see
 * instance.c. */
#include <string.h>

#include "narrow_batch.h"

static size_t scratch_bytes(const rs_network *network, uint32_t samples, uint32_t steps,
                            bool for_gradient)
{
    narrow_batch layout;
    return narrow_layout(&layout, NULL, network, samples, steps, for_gradient);
}

static bool looks_up(const rs_network *network)
{
    return network->inputs >= LOOK_UP_LEAST;
}

const rs_order_kernel RS_CELL_KERNEL(order, narrow) = {
    .looks_up = looks_up,
    .scratch_bytes = scratch_bytes,
    .rows = narrow_product_rows,
    .loss = narrow_loss,
    .gradient = narrow_gradient,
    .evaluate = narrow_evaluate,
    .logits = narrow_logits,
    .states = narrow_states,
};
