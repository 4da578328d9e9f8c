/* One kernel table: the instruction set and precision come from the build (RS_ISA_*, RS_REAL_BITS,
 * RS_KERNEL_NAME). Everything but the table is static, so that code compiled for a wide instruction
 * set cannot leak into portable objects. */
#include <math.h>
#include <string.h>

#include "kernel.h"
#include "narrow_batch.h"
#include "peak.h"
#include "update.h"
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
    return is_wide(network) ? wide_rows(samples, steps) : narrow_rows(samples, steps);
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

static void functions(size_t count, const void *x, void *tanh_x, void *sigmoid_x,
                      void *exp_minus_abs_x, void *log1p_abs_x)
{
    vreal sign = v_set1(-RS_LITERAL(0.0));
    for (size_t i = 0; i < count; i += RS_VECTOR_LANES) {
        vreal a = v_load((const real *)x + i);
        vreal minus_abs = v_or(a, sign);
        v_store((real *)tanh_x + i, v_tanh(v_mul(a, v_set1(RS_TANH_SCALE))));
        v_store((real *)sigmoid_x + i, v_sigmoid(a));
        v_store((real *)exp_minus_abs_x + i, v_exp_negative(minus_abs));
        v_store((real *)log1p_abs_x + i, v_log1p(v_xor(minus_abs, sign)));
    }
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
    .functions = functions,
    .fma_chains = fma_chains,
};
