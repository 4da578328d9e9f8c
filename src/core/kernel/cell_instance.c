/* The kernels of one cell: besides what instance.c has from the build, RS_CELL, its word in
 * RS_CELL_LIST, RS_CELL_FILE, and RS_LEAKY, 1 for networks with a leak below 1. */
#include <string.h>

#include "cell_kernel.h"
#include "narrow_batch.h"
#include "wide_batch.h"

/* Lanes are states for large networks whose padding wastes little, samples for the others:
 * measured, see README.md. Depends on the shape alone, so that the bits are the same on every
 * machine. */
static bool is_wide(const rs_network *network)
{
    const uint32_t states = network->states;
    return states >= 64 || (states >= 32 && 8 * padded_states(states) <= 9 * (int)states);
}

static size_t scratch_bytes(const rs_network *network, uint32_t samples, uint32_t steps)
{
    narrow_batch narrow_scratch;
    wide wide_scratch;
    return is_wide(network) ? wide_layout(&wide_scratch, NULL, network, samples, steps)
                            : narrow_layout(&narrow_scratch, NULL, network, samples, steps);
}

static rs_product_rows rows(const rs_network *network, uint32_t samples, uint32_t steps)
{
    return is_wide(network) ? wide_product_rows(samples, steps)
                            : narrow_product_rows(samples, steps);
}

static double loss(void *scratch_memory, const rs_network *network, const void *parameters,
                   const rs_minibatch *batch)
{
    return (is_wide(network) ? wide_loss : narrow_loss)(scratch_memory, network, parameters, batch);
}

static void gradient(void *scratch_memory, const rs_network *network, const void *parameters,
                     const rs_minibatch *batch, void *out, double *loss_out)
{
    (is_wide(network) ? wide_gradient : narrow_gradient)(scratch_memory, network, parameters, batch,
                                                         out, loss_out);
}

static void evaluate(void *scratch_memory, const rs_network *network, const void *parameters,
                     const rs_minibatch *batch, rs_score *score)
{
    (is_wide(network) ? wide_evaluate : narrow_evaluate)(scratch_memory, network, parameters, batch,
                                                         score);
}

static void logits(void *scratch_memory, const rs_network *network, const void *parameters,
                   const rs_minibatch *batch, void *logit, size_t logit_stride)
{
    (is_wide(network) ? wide_logits : narrow_logits)(scratch_memory, network, parameters, batch,
                                                     logit, logit_stride);
}

#if RS_LEAKY
#define RS_VARIANT leaky
#else
#define RS_VARIANT plain
#endif
const rs_cell_kernel RS_CELL_KERNEL(RS_CELL, RS_VARIANT) = {
    .scratch_bytes = scratch_bytes,
    .rows = rows,
    .loss = loss,
    .gradient = gradient,
    .evaluate = evaluate,
    .logits = logits,
};
