#include "states.h"

#include <stdlib.h>

#include "memory.h"
#include "numbers.h"
#include "task_shape.h"
#include "trainer.h"

/* Room for the states of the sequences of one call, and the fewest and most sequences of it. */
enum { STATE_BYTES = 1 << 24, FEWEST = RS_BLOCK_MULTIPLE, MOST = RS_TESTED_AT_ONCE };

size_t rs_states_carried(const rs_network *network)
{
    return (size_t)network->states + network->tensor[RS_C0].count;
}

/* Sequences of one call. */
static uint32_t at_once(const rs_network *network, const rs_data_set *set)
{
    const size_t each = (size_t)set->steps * rs_states_carried(network) * sizeof(double);
    const size_t fitting = STATE_BYTES / each / RS_BLOCK_MULTIPLE * RS_BLOCK_MULTIPLE;
    const size_t count = fitting < FEWEST ? FEWEST : fitting > MOST ? MOST : fitting;
    return set->sequences < count ? set->sequences : (uint32_t)count;
}

static rs_minibatch batch_of(rs_trainer *t, const rs_run_config *config, const rs_data *data,
                             const rs_data_set *set, uint32_t first, uint32_t count)
{
    if (t->network.head == RS_HEAD_BIT) {
        rs_sequences_take(&t->test, count, set->steps, &set->inputs, first);
        return rs_sequences_minibatch(&t->test, 0, count);
    }
    return rs_trainer_assemble(t, config, data, set, first, count);
}

/* to: [samples][steps][width], from [batch steps][width][stride]; a batch may end before the set
 * does. */
static void turn(double *to, const void *from, const rs_minibatch *batch, size_t stride,
                 uint32_t steps, size_t width, uint32_t precision)
{
    for (size_t b = 0; b < batch->samples; b++)
        for (size_t k = 0; k < batch->steps; k++)
            for (size_t i = 0; i < width; i++)
                to[(b * steps + k) * width + i] =
                    rs_numbers_get(from, (k * width + i) * stride + b, precision);
}

static rs_status reserve(rs_trainer *t, const rs_run_config *config, const rs_data_set *set,
                         uint32_t count, rs_error *error)
{
    rs_status status =
        rs_trainer_reserve_answers(t, config, set->sequences, count, set->steps, error);
    if (status == RS_OK && t->network.head == RS_HEAD_BIT)
        status = rs_sequences_reserve(&t->test, count, set->steps, error);
    return status;
}

rs_status rs_states_of_sequences(rs_trainer *t, const rs_run_config *config, const double *weights,
                                 const rs_data *data, const rs_data_set *set, double *state,
                                 double *logit, rs_error *error)
{
    t->network = rs_run_config_network(config);
    const rs_kernel *kernel = rs_isa_kernel(t->isa, config->precision);
    const size_t carried = rs_states_carried(&t->network), outputs = t->network.outputs;
    const uint32_t most = at_once(&t->network, set);
    void *room = NULL;
    rs_status status = reserve(t, config, set, most, error);
    if (status == RS_OK)
        status = rs_allocate(&room, rs_padded(most) * set->steps, carried * sizeof(double), error);
    if (status != RS_OK)
        return status;
    rs_numbers_narrow(t->block[RS_BLOCK_THETA], weights, t->network.count, config->precision);
    for (uint32_t first = 0, count; first < set->sequences; first += count) {
        count = set->sequences - first < most ? set->sequences - first : most;
        const rs_minibatch batch = batch_of(t, config, data, set, first, count);
        const size_t stride = rs_padded(count), row = (size_t)first * set->steps;
        kernel->states(t->scratch, &t->network, t->block[RS_BLOCK_THETA], &batch, room, stride);
        turn(state + row * carried, room, &batch, stride, set->steps, carried, config->precision);
        kernel->logits(t->scratch, &t->network, t->block[RS_BLOCK_THETA], &batch, t->logit, stride);
        turn(logit + row * outputs, t->logit, &batch, stride, set->steps, outputs,
             config->precision);
    }
    free(room);
    return RS_OK;
}
