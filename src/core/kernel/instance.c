/* One kernel table: the instruction set and precision come from the build (RS_ISA_*, RS_REAL_BITS,
 * RS_KERNEL_NAME). Everything but the table is static, so that code compiled for a wide instruction
 * set cannot leak into portable objects. What depends on the cell is in cell_instance.c. */
#include <math.h>
#include <string.h>

#include "cell_kernel.h"
#include "peak.h"
#include "update.h"

/* The kernels of a network's cell. */
static const rs_cell_kernel *cell_kernel(const rs_network *network)
{
#define RS_CELL_ENTRY(cell, word, gates, carried, leaks) [cell] = &RS_CELL_KERNEL(word, plain),
#define RS_SEQUENCES_ENTRY(cell, word, gates, carried, leaks) \
    [cell] = &RS_CELL_KERNEL(word, plain_sequences),
#define RS_LEAKY_ENTRY(cell, word, gates, carried, leaks) \
    RS_WHERE_##leaks([cell] = &RS_CELL_KERNEL(word, leaky), )
#define RS_LEAKY_SEQUENCES_ENTRY(cell, word, gates, carried, leaks) \
    RS_WHERE_##leaks([cell] = &RS_CELL_KERNEL(word, leaky_sequences), )
    static const rs_cell_kernel *const kernels[2][2][RS_CELL_TOTAL] = {
        {{RS_CELL_LIST(RS_CELL_ENTRY)}, {RS_CELL_LIST(RS_LEAKY_ENTRY)}},
        {{RS_CELL_LIST(RS_SEQUENCES_ENTRY)}, {RS_CELL_LIST(RS_LEAKY_SEQUENCES_ENTRY)}}};
#undef RS_CELL_ENTRY
#undef RS_SEQUENCES_ENTRY
#undef RS_LEAKY_ENTRY
#undef RS_LEAKY_SEQUENCES_ENTRY
    return kernels[network->head != RS_HEAD_BIT][network->leak < 1][network->cell];
}

static size_t scratch_bytes(const rs_network *network, uint32_t samples, uint32_t steps)
{
    return cell_kernel(network)->scratch_bytes(network, samples, steps);
}

static rs_product_rows rows(const rs_network *network, uint32_t samples, uint32_t steps)
{
    return cell_kernel(network)->rows(network, samples, steps);
}

static double loss(void *scratch, const rs_network *network, const void *parameters,
                   const rs_minibatch *batch)
{
    return cell_kernel(network)->loss(scratch, network, parameters, batch);
}

static void gradient(void *scratch, const rs_network *network, const void *parameters,
                     const rs_minibatch *batch, void *out, double *loss_out)
{
    cell_kernel(network)->gradient(scratch, network, parameters, batch, out, loss_out);
}

static void evaluate(void *scratch, const rs_network *network, const void *parameters,
                     const rs_minibatch *batch, rs_score *score)
{
    cell_kernel(network)->evaluate(scratch, network, parameters, batch, score);
}

static void logits(void *scratch, const rs_network *network, const void *parameters,
                   const rs_minibatch *batch, void *logit, size_t logit_stride)
{
    cell_kernel(network)->logits(scratch, network, parameters, batch, logit, logit_stride);
}

extern const rs_kernel RS_KERNEL_NAME;
const rs_kernel RS_KERNEL_NAME = {
    .scratch_bytes = scratch_bytes,
    .rows = rows,
    .loss = loss,
    .gradient = gradient,
    .evaluate = evaluate,
    .logits = logits,
    .look_ahead = update_look_ahead,
    .descend = update_descend,
    .fma_chains = fma_chains,
};
