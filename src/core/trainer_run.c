/* One run from its configuration to its result: data, network, updates, test. */
#include <math.h>
#include <string.h>

#include "gradient_check.h"
#include "initial.h"
#include "numbers.h"
#include "trainer.h"

/* relu's slope jumps where an activation is 0, as it is for first biases and inputs of 0, and there
 * differences say nothing. The network that is checked stands beside it. */
static void leave_kink(const rs_network *network, double *parameters)
{
    const double distance = 0.1;
    const rs_tensor_layout *b_in = &network->tensor[RS_B_IN];
    for (size_t i = 0; network->cell == RS_CELL_RELU && i < b_in->count; i++)
        parameters[b_in->offset + i] += distance;
}

static rs_gradient_check check_gradient(rs_trainer *t, const rs_run_config *config,
                                        rs_random *random)
{
    const uint32_t samples = rs_trainer_checked_samples(config);
    rs_minibatch batch = rs_trainer_first_samples(t, config, samples);
    rs_initial_draw(&t->network, config, random, t->block[RS_BLOCK_THETA],
                    t->block[RS_BLOCK_GRADIENT]);
    leave_kink(&t->network, t->block[RS_BLOCK_THETA]);
    return rs_gradient_check_run(rs_isa_kernel(t->isa, RS_FLOAT64), t->scratch, &t->network,
                                 t->block[RS_BLOCK_THETA], &batch, t->block[RS_BLOCK_GRADIENT]);
}

/* All bits of the numbers of trained tensors, where some are not. */
static void mark_trained(rs_trainer *t, size_t number_bytes)
{
    char *marks = t->block[RS_BLOCK_TRAINED];
    for (int i = 0; !rs_network_is_trained(&t->network) && i < RS_TENSOR_TOTAL; i++)
        if (t->network.tensor[i].trained)
            memset(marks + t->network.tensor[i].offset * number_bytes, 0xFF,
                   t->network.tensor[i].count * number_bytes);
}

static void draw_network(rs_trainer *t, const rs_run_config *config, rs_random *random)
{
    rs_initial_draw(&t->network, config, random, t->weights, t->block[RS_BLOCK_GRADIENT]);
    for (int i = 0; i < RS_BLOCK_TOTAL; i++)
        if (t->block[i] != NULL)
            memset(t->block[i], 0, t->block_room[i]);
    rs_numbers_narrow(t->block[RS_BLOCK_THETA], t->weights, t->network.count, config->precision);
    mark_trained(t, rs_number_size(config->precision));
}

static void test(rs_trainer *t, const rs_run_config *config, rs_run_result *result)
{
    const rs_held_out outcome = rs_trainer_test(t, config);
    result->test_accuracy = outcome.accuracy;
    result->test_bit_accuracy = outcome.bit_accuracy;
    result->test_loss = outcome.loss;
    rs_trainer_run_further(t, config, result);
}

void rs_trainer_begin_run(rs_trainer *t, const rs_run_config *config, rs_run_result *result)
{
    rs_random random;
    *result = (rs_run_result){.outcome = RS_RUN_DONE, .diverged_at = -1};
    t->network = rs_run_config_network(config);
    rs_trainer_draw_training_set(t, config, &random);
    if (config->gradient_check)
        result->gradient_check = check_gradient(t, config, &random);
    draw_network(t, config, &random);
    rs_trainer_draw_held_out(t, config, &random);
}

void rs_trainer_end_run(rs_trainer *t, const rs_run_config *config, rs_run_result *result)
{
    result->test_accuracy = result->test_bit_accuracy = result->test_loss = NAN;
    rs_trainer_leave_further(t, result);
    if (result->diverged_at >= 0)
        result->outcome = RS_RUN_DIVERGED;
    else
        test(t, config, result);
    if (config->gradient_check && !result->gradient_check.agrees)
        result->outcome = RS_RUN_FAILED;
    result->loss = t->loss;
    result->loss_count = rs_trainer_loss_count(config);
    result->weight_count = t->network.count;
    result->weights = t->weights;
    rs_numbers_widen(t->weights, t->block[RS_BLOCK_THETA], result->weight_count, config->precision);
}

rs_status rs_trainer_run(rs_trainer *trainer, const rs_run_config *config, rs_run_result *result,
                         rs_error *error)
{
    rs_status status = rs_run_config_check(config, error);
    if (status == RS_OK && rs_trainer_group_most(config) > 1)
        return rs_trainer_run_group(trainer, 1, config, result, error);
    if (status == RS_OK)
        status = rs_trainer_reserve(trainer, config, error);
    if (status != RS_OK)
        return status;
    rs_trainer_begin_run(trainer, config, result);
    rs_trainer_train(trainer, config, result);
    rs_trainer_end_run(trainer, config, result);
    return RS_OK;
}
