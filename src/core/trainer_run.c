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
    mark_trained(t, config->precision == RS_FLOAT64 ? sizeof(double) : sizeof(float));
}

static void test(rs_trainer *t, const rs_run_config *config, rs_run_result *result)
{
    const rs_held_out outcome = rs_trainer_test(t, config);
    result->test_accuracy = outcome.accuracy;
    result->test_bit_accuracy = outcome.bit_accuracy;
    result->test_loss = outcome.loss;
    rs_trainer_run_further(t, config, result);
}

rs_status rs_trainer_run(rs_trainer *trainer, const rs_run_config *config, rs_run_result *result,
                         rs_error *error)
{
    rs_status status = rs_run_config_check(config, error);
    if (status == RS_OK)
        status = rs_trainer_reserve(trainer, config, error);
    if (status != RS_OK)
        return status;
    trainer->network = rs_run_config_network(config);
    rs_random random;
    rs_run_result r = {.outcome = RS_RUN_DONE, .diverged_at = -1};
    rs_trainer_draw_training_set(trainer, config, &random);
    if (config->gradient_check)
        r.gradient_check = check_gradient(trainer, config, &random);
    draw_network(trainer, config, &random);
    rs_trainer_draw_held_out(trainer, config, &random);
    rs_trainer_train(trainer, config, &r);
    r.test_accuracy = r.test_bit_accuracy = r.test_loss = NAN;
    rs_trainer_leave_further(trainer, &r);
    if (r.diverged_at >= 0)
        r.outcome = RS_RUN_DIVERGED;
    else
        test(trainer, config, &r);
    if (config->gradient_check && !r.gradient_check.agrees)
        r.outcome = RS_RUN_FAILED;
    r.loss = trainer->loss;
    r.loss_count = rs_trainer_loss_count(config);
    r.weight_count = trainer->network.count;
    r.weights = trainer->weights;
    rs_numbers_widen(trainer->weights, trainer->block[RS_BLOCK_THETA], r.weight_count,
                     config->precision);
    *result = r;
    return RS_OK;
}
