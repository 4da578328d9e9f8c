/* The kernels of large networks, lanes being states, of an instruction set and precision: see
 * instance.c. */
#include <string.h>

#include "wide_sequences.h"

static size_t sequences_scratch_bytes(const rs_network *network, uint32_t samples, uint32_t steps,
                                      bool for_gradient)
{
    wide_sequences layout;
    return wide_sequences_layout(&layout, NULL, network, samples, steps, for_gradient);
}

static size_t scratch_bytes(const rs_network *network, uint32_t samples, uint32_t steps,
                            bool for_gradient)
{
    wide layout;
    return wide_layout(&layout, NULL, network, samples, steps, for_gradient);
}

/* A row of a table takes the place of a product. */
static bool looks_up(const rs_network *network)
{
    (void)network;
    return true;
}

const rs_order_kernel RS_CELL_KERNEL(order, wide) = {
    .looks_up = looks_up,
    .scratch_bytes = scratch_bytes,
    .rows = wide_product_rows,
    .loss = wide_loss,
    .gradient = wide_gradient,
    .evaluate = wide_evaluate,
    .logits = wide_logits,
    .states = wide_states,
};

const rs_order_kernel RS_CELL_KERNEL(order, wide_sequences) = {
    .looks_up = looks_up,
    .scratch_bytes = sequences_scratch_bytes,
    .rows = wide_sequences_rows,
    .loss = wide_sequences_loss,
    .gradient = wide_sequences_gradient,
    .evaluate = wide_sequences_evaluate,
    .logits = wide_sequences_logits,
    .states = wide_sequences_states,
};
