/* What a trained network answers. */
#include <math.h>

#include "numbers.h"
#include "trainer.h"

/* Of bit 1. A logit too small to move the quotient from one half still says on which side it is, so
 * that an answer read from probabilities is the one that tests score. */
static double probability_of(double z)
{
    double p = 1 / (1 + exp(-z));
    return z > 0 ? fmax(p, nextafter(0.5, 1)) : p > 0.5 ? 0.5 : p;
}

static rs_status check_pairs(size_t count, const uint64_t *a, const uint64_t *b, uint32_t steps,
                             rs_error *error)
{
    if (count > UINT32_MAX - RS_CODE_PADDING)
        return rs_fail(error, RS_USAGE, "%zu pairs at once are too many", count);
    for (size_t i = 0; i < count; i++)
        if ((a[i] | b[i]) >> (steps - 1) != 0)
            return rs_fail(error, RS_USAGE, "%llu + %llu: each number must be below 2^%u",
                           (unsigned long long)a[i], (unsigned long long)b[i], steps - 1);
    return RS_OK;
}

rs_status rs_predict(rs_trainer *trainer, const rs_run_config *config, const double *weights,
                     size_t count, const uint64_t *a, const uint64_t *b, double *probability,
                     rs_error *error)
{
    const uint32_t steps = config->sequence_length, pairs = (uint32_t)count;
    const size_t stride = (count + RS_BLOCK_MULTIPLE - 1) / RS_BLOCK_MULTIPLE * RS_BLOCK_MULTIPLE;
    rs_status status = check_pairs(count, a, b, steps, error);
    if (status != RS_OK || count == 0)
        return status;
    status = rs_trainer_reserve_predictions(trainer, config, pairs, stride, error);
    if (status != RS_OK)
        return status;
    trainer->network = rs_run_config_network(config);
    rs_sequences_pack(&trainer->test, pairs, steps, a, b);
    rs_minibatch batch = rs_sequences_minibatch(&trainer->test, 0, pairs);
    rs_numbers_narrow(trainer->block[RS_BLOCK_THETA], weights, trainer->network.count,
                      config->precision);
    rs_isa_kernel(trainer->isa, config->precision)
        ->logits(trainer->scratch, &trainer->network, trainer->block[RS_BLOCK_THETA], &batch,
                 trainer->logit, stride);
    for (size_t i = 0; i < count; i++)
        for (size_t k = 0; k < steps; k++) {
            double z = config->precision == RS_FLOAT64
                           ? trainer->logit[k * stride + i]
                           : (double)((const float *)trainer->logit)[k * stride + i];
            probability[i * steps + k] = probability_of(z);
        }
    return RS_OK;
}
