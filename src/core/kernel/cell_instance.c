/* The kernels of one cell: besides what instance.c has from the build, RS_CELL, its word in
 * RS_CELL_LIST, RS_CELL_FILE, RS_LEAKY, 1 for networks with a leak below 1, RS_SEQUENCES, 1 for
 * sequences of any kind, else those of the addition task, and RS_VARIANT, which names both. */
#include <string.h>

#include "cell_kernel.h"
#include "narrow_batch.h"
#if !RS_SEQUENCES
#include "wide_batch.h"
#endif

#if RS_SEQUENCES /* lanes are samples at every width */
#define BY_WIDTH(network, wide_call, narrow_call) ((void)(network), narrow_call)
#else
#define BY_WIDTH(network, wide_call, narrow_call) (is_wide(network) ? wide_call : narrow_call)

/* Lanes are states for large networks whose padding wastes little, samples for the others:
 * measured, see README.md. Depends on the shape alone, so that the bits are the same on every
 * machine. */
static bool is_wide(const rs_network *network)
{
    const uint32_t states = network->states;
    return states >= 64 || (states >= 32 && 8 * padded_states(states) <= 9 * (int)states);
}
#endif

static size_t scratch_bytes(const rs_network *network, uint32_t samples, uint32_t steps)
{
    narrow_batch narrow_scratch;
#if !RS_SEQUENCES
    wide wide_scratch;
#endif
    return BY_WIDTH(network, wide_layout(&wide_scratch, NULL, network, samples, steps),
                    narrow_layout(&narrow_scratch, NULL, network, samples, steps));
}

static rs_product_rows rows(const rs_network *network, uint32_t samples, uint32_t steps)
{
    return BY_WIDTH(network, wide_product_rows(samples, steps),
                    narrow_product_rows(samples, steps));
}

static double loss(void *scratch_memory, const rs_network *network, const void *parameters,
                   const rs_minibatch *batch)
{
    return BY_WIDTH(network, wide_loss, narrow_loss)(scratch_memory, network, parameters, batch);
}

static void gradient(void *scratch_memory, const rs_network *network, const void *parameters,
                     const rs_minibatch *batch, void *out, double *loss_out)
{
    BY_WIDTH(network, wide_gradient, narrow_gradient)
    (scratch_memory, network, parameters, batch, out, loss_out);
}

static void evaluate(void *scratch_memory, const rs_network *network, const void *parameters,
                     const rs_minibatch *batch, rs_score *score)
{
    BY_WIDTH(network, wide_evaluate, narrow_evaluate)
    (scratch_memory, network, parameters, batch, score);
}

static void logits(void *scratch_memory, const rs_network *network, const void *parameters,
                   const rs_minibatch *batch, void *logit, size_t logit_stride)
{
    BY_WIDTH(network, wide_logits, narrow_logits)
    (scratch_memory, network, parameters, batch, logit, logit_stride);
}

const rs_cell_kernel RS_CELL_KERNEL(RS_CELL, RS_VARIANT) = {
    .scratch_bytes = scratch_bytes,
    .rows = rows,
    .loss = loss,
    .gradient = gradient,
    .evaluate = evaluate,
    .logits = logits,
};
