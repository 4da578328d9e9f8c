/* What a trained network answers. */
#include <math.h>

#include "answer.h"
#include "numbers.h"
#include "task_shape.h"
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
    const size_t stride = rs_padded(count);
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

/* ---- Sequences of any kind ----------------------------------------------------------------------
 */

/* From [T][O][stride] to [sequence][steps][O]. */
static void turn_logits(const rs_trainer *t, const rs_run_config *config, const rs_minibatch *batch,
                        uint32_t steps, double *logit)
{
    const size_t outputs = t->network.outputs;
    for (size_t b = 0; b < batch->samples; b++)
        for (size_t k = 0; k < batch->steps; k++)
            for (size_t o = 0; o < outputs; o++)
                logit[(b * steps + k) * outputs + o] = rs_numbers_get(
                    t->logit, (k * outputs + o) * batch->stride + b, config->precision);
}

rs_status rs_answer_sequences(rs_trainer *t, const rs_run_config *config, const double *weights,
                              const rs_data *data, const rs_data_set *set, double *logit,
                              rs_score *score, rs_error *error)
{
    const uint32_t most = set->sequences < RS_TESTED_AT_ONCE ? set->sequences : RS_TESTED_AT_ONCE;
    t->network = rs_run_config_network(config);
    const size_t row = (size_t)set->steps * t->network.outputs;
    rs_status status =
        rs_trainer_reserve_answers(t, config, set->sequences, RS_TESTED_AT_ONCE, set->steps, error);
    if (status != RS_OK)
        return status;
    rs_numbers_narrow(t->block[RS_BLOCK_THETA], weights, t->network.count, config->precision);
    for (uint32_t first = 0, count; first < set->sequences; first += count) {
        count = set->sequences - first < most ? set->sequences - first : most;
        const rs_minibatch batch = rs_trainer_assemble(t, config, data, set, first, count);
        const rs_kernel *kernel = rs_isa_kernel(t->isa, config->precision);
        kernel->logits(t->scratch, &t->network, t->block[RS_BLOCK_THETA], &batch, t->logit,
                       batch.stride);
        if (score != NULL)
            kernel->evaluate(t->scratch, &t->network, t->block[RS_BLOCK_THETA], &batch, score);
        turn_logits(t, config, &batch, set->steps, logit + first * row);
    }
    return RS_OK;
}

/* z: [outputs] of one step. */
static void turn_into_probabilities(const rs_data *data, double *z)
{
    double sum = 0, largest = -INFINITY;
    if (data->target_kind == RS_TARGET_REALS)
        return;
    for (uint32_t o = 0; o < data->outputs; o++)
        largest = fmax(largest, z[o]);
    for (uint32_t o = 0; o < data->outputs; o++) {
        z[o] = data->target_kind == RS_TARGET_BITS ? probability_of(z[o]) : exp(z[o] - largest);
        sum += z[o];
    }
    for (uint32_t o = 0; data->target_kind != RS_TARGET_BITS && o < data->outputs; o++)
        z[o] /= sum;
}

void rs_answer_finish(const rs_data *data, const rs_data_set *set, double *logit)
{
    const uint32_t outputs = data->outputs;
    for (size_t n = 0; n < set->sequences; n++) {
        const uint32_t length = rs_data_length(set, n);
        for (uint32_t k = 0; k < set->steps; k++) {
            double *z = logit + (n * set->steps + k) * outputs;
            if (k < length)
                turn_into_probabilities(data, z);
            for (uint32_t o = 0; k >= length && o < outputs; o++)
                z[o] = NAN;
        }
    }
}
