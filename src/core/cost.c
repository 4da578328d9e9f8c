#include "cost.h"

#include "identity.h"
#include "kept.h"
#include "kernel/dispatch.h"
#include "kernel/kernel_cost.h"
#include "stopping.h"
#include "task.h"
#include "task_shape.h"
#include "trainer.h"

/* A network as the time of its kernels sees it: symbols that are looked up take as long as so many
 * inputs that are multiplied. */
static rs_network timed_network(const rs_run_config *config, const rs_task_shape *shape)
{
    enum { LANES_ARE_STATES = 2, LANES_ARE_SAMPLES = 14 };
    rs_network network = rs_run_config_network(config);
    const uint32_t looked_up =
        rs_run_lanes_are_states(config) ? LANES_ARE_STATES : LANES_ARE_SAMPLES;
    if (shape->input_kind == RS_INPUT_SYMBOLS && rs_trainer_group_most(config) == 1 &&
        network.inputs > looked_up)
        network.inputs = looked_up;
    return network;
}

/* Of a run's data: minibatches that its trainer does not keep from the run before, and the test
 * set. */
static double cost_of_data(const rs_run_config *config, const rs_task_shape *shape)
{
    const double number = 0.5e-9; /* put where the kernels want it */
    const double updates = (double)rs_run_config_updates(config);
    const double kept = rs_kept_share(config, shape->train_steps);
    double made = (1 - kept) * updates;
    if (config->train_fraction < 1 || config->task < RS_TASK_TOTAL) /* others in each run */
        made += kept * updates / config->epochs;
    return (made * config->batch_size * shape->train_steps +
            (double)config->test_samples * shape->test_steps) *
           (shape->inputs + shape->outputs) * number;
}

/* Of checks: the validation set, or right answers in every minibatch. */
static double cost_of_checks(const rs_run_config *config, const rs_network *network,
                             const rs_task_shape *shape)
{
    const uint32_t samples = config->validation_samples;
    const double updates = (double)rs_run_config_updates(config);
    const double number = 0.5e-9;
    if (samples == 0)
        return rs_stopping_watches_accuracy(config)
                   ? updates * rs_cost_forward(network, config->precision, config->batch_size,
                                               config->sequence_length)
                   : 0;
    const double checks = (double)rs_run_config_checks(config);
    const double passes = config->task == RS_TASK_ADDITION ? 2 : 1; /* answers and loss */
    double cost = checks * passes *
                  rs_cost_forward(network, config->precision, samples, config->sequence_length);
    if (config->task != RS_TASK_ADDITION)
        cost += checks * samples * shape->test_steps * (shape->inputs + shape->outputs) * number;
    return cost;
}

/* An update and its losses. Where lanes are runs, a group is like one run whose minibatch holds all
 * their samples. */
static double cost_of_updates(const rs_run_config *config, const rs_network *network)
{
    const uint32_t runs = rs_trainer_group_most(config), batch = config->batch_size * runs;
    const uint32_t steps = config->sequence_length, precision = config->precision;
    const double updates = (double)rs_run_config_updates(config);
    /* A recorded loss is one more pass over the minibatch, after the update. */
    return updates * rs_cost_update(network, precision) +
           (updates * rs_cost_gradient(network, precision, batch, steps) +
            (1 + updates / config->loss_interval) *
                rs_cost_forward(network, precision, batch, steps)) /
               runs;
}

double rs_cost_predict(const rs_run_config *config)
{
    enum { CHECK_SAMPLES = 100 };
    const double bit = 1e-9; /* drawn and stored */
    const rs_network network = rs_run_config_network(config);
    const uint32_t steps = config->sequence_length;
    const rs_task_shape shape = rs_task_shape_of(config);
    const double samples = (double)config->train_samples + config->test_samples;
    double cost = config->task < RS_TASK_TOTAL ? samples * shape.inputs * steps * bit : 0;
    if (config->task != RS_TASK_ADDITION)
        cost += cost_of_data(config, &shape);
    const rs_network timed = timed_network(config, &shape);
    cost += cost_of_updates(config, &timed);
    cost += cost_of_checks(config, &timed, &shape);
    if (config->gradient_check) { /* two losses per weight, in float64 */
        const uint32_t checked =
            config->train_samples < CHECK_SAMPLES ? config->train_samples : CHECK_SAMPLES;
        cost += 2 * (double)network.count * rs_cost_forward(&network, RS_FLOAT64, checked, steps);
    }
    return cost;
}

/* Of some sequences that are put where the kernels want them, and tested. */
static double cost_of_test(const rs_run_config *config, uint32_t samples, uint32_t steps)
{
    const double bit = 1e-9, number = 0.5e-9;
    const rs_task_shape shape = rs_task_shape_of(config);
    const rs_network network = timed_network(config, &shape);
    const bool adds = config->task == RS_TASK_ADDITION;
    const uint32_t at_once = samples < RS_TESTED_LONG_AT_ONCE ? samples : RS_TESTED_LONG_AT_ONCE;
    const double drawn = config->task < RS_TASK_TOTAL ? shape.inputs * bit : 0;
    const double put = adds ? 0 : (shape.inputs + shape.outputs) * number;
    return (double)samples * steps * (drawn + put) +
           (adds ? 2 : 1) * (double)samples / at_once *
               rs_cost_forward(&network, config->precision, at_once, steps);
}

double rs_cost_further(const rs_run_config *config, size_t count, const uint32_t *lengths)
{
    const rs_data *data = rs_task_data(config->task);
    rs_run_config at;
    double cost = 0;
    size_t first;
    const size_t sets = rs_data_further_sets(data, &first);
    for (size_t i = 0; i < count; i++)
        if (rs_run_config_at_length(config, lengths[i], &at))
            cost += cost_of_test(config, at.test_samples, lengths[i]);
    for (size_t i = 0; i < sets; i++)
        cost += cost_of_test(config, data->sets[first + i].sequences, data->sets[first + i].steps);
    return cost;
}

double rs_cost_flop(const rs_run_config *config, const rs_isa *isa)
{
    const rs_network network = rs_run_config_network(config);
    const rs_product_rows rows = rs_isa_kernel(isa, config->precision)
                                     ->rows(&network, config->batch_size, config->sequence_length);
    const double passes = 2 * (double)rows.forward + 2 * (double)rows.backward;
    return (double)rs_run_config_updates(config) *
           (passes * rs_flop_forward(&network) + rs_flop_update(&network));
}
