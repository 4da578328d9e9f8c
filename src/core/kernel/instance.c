/* One kernel table: the instruction set and precision come from the build (RS_ISA_*, RS_REAL_BITS,
 * RS_KERNEL_NAME). Everything but tables is static, so that code compiled for a wide instruction
 * set cannot leak into portable objects. What depends on the order of lanes is in narrow_instance.c
 * and wide_instance.c, what depends on the cell in cell_instance.c, and what depends on the
 * optimiser in update_instance.c. */
#include <math.h>
#include <string.h>

#include "cell_kernel.h"
#include "group_kernel.h"
#include "peak.h"

/* Depends on the shape alone, so that the bits are the same on every machine. */
static const rs_order_kernel *order_of(const rs_network *network)
{
    if (!rs_lanes_are_states(network, RS_LOGICAL_LANES))
        return &RS_CELL_KERNEL(order, narrow);
    return network->head == RS_HEAD_BIT ? &RS_CELL_KERNEL(order, wide)
                                        : &RS_CELL_KERNEL(order, wide_sequences);
}

static bool looks_up(const rs_network *network)
{
    return order_of(network)->looks_up(network);
}

static size_t scratch_bytes(const rs_network *network, uint32_t samples, uint32_t steps,
                            bool for_gradient)
{
    return order_of(network)->scratch_bytes(network, samples, steps, for_gradient);
}

static rs_product_rows rows(const rs_network *network, uint32_t samples, uint32_t steps)
{
    return order_of(network)->rows(network, samples, steps);
}

static double loss(void *scratch, const rs_network *network, const void *parameters,
                   const rs_minibatch *batch)
{
    return order_of(network)->loss(scratch, network, parameters, batch);
}

static void gradient(void *scratch, const rs_network *network, const void *parameters,
                     const rs_minibatch *batch, void *out, double *loss_out)
{
    order_of(network)->gradient(scratch, network, parameters, batch, out, loss_out);
}

static void evaluate(void *scratch, const rs_network *network, const void *parameters,
                     const rs_minibatch *batch, rs_score *score)
{
    order_of(network)->evaluate(scratch, network, parameters, batch, score);
}

static void logits(void *scratch, const rs_network *network, const void *parameters,
                   const rs_minibatch *batch, void *logit, size_t logit_stride)
{
    order_of(network)->logits(scratch, network, parameters, batch, logit, logit_stride);
}

static void states(void *scratch, const rs_network *network, const void *parameters,
                   const rs_minibatch *batch, void *state, size_t stride)
{
    order_of(network)->states(scratch, network, parameters, batch, state, stride);
}

static void look_ahead(const rs_network *network, const rs_run_config *config,
                       const rs_blocks *blocks)
{
    RS_CELL_KERNEL(update, any).look_ahead(network, config, blocks);
}

static bool descend(const rs_network *network, const rs_run_config *config, const rs_step *step,
                    const rs_blocks *blocks)
{
    return RS_CELL_KERNEL(update, any).descend(network, config, step, blocks);
}

extern const rs_kernel RS_KERNEL_NAME;
const rs_kernel RS_KERNEL_NAME = {
    .looks_up = looks_up,
    .scratch_bytes = scratch_bytes,
    .rows = rows,
    .loss = loss,
    .gradient = gradient,
    .evaluate = evaluate,
    .logits = logits,
    .states = states,
    .look_ahead = look_ahead,
    .descend = descend,
    .group = &RS_CELL_KERNEL(order, grouped),
    .group_update = &RS_CELL_KERNEL(update, grouped),
    .fma_chains = fma_chains,
};
