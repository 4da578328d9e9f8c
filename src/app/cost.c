#include "cost.h"

#include "rnnsweep/network.h"

/* Nominal seconds of one operation in each precision: a multiply-add counts as two flop; `tanh` is
 * one hyperbolic tangent, `output` the exponential, division and logarithm of one output; `bit` one
 * drawn and stored bit of a data set. */
struct unit_costs {
    double flop, tanh, output, bit;
};

static const struct unit_costs costs[] = {
    [RS_FLOAT32] = {.flop = 1.0e-11, .tanh = 3.4e-10, .output = 1.1e-9, .bit = 1e-9},
    [RS_FLOAT64] = {.flop = 2.0e-11, .tanh = 1.7e-9, .output = 3.4e-9, .bit = 1e-9},
};

/* One pass over `rows` sample-steps without gradients: 2 H^2 + 2 H (I + O) flop and H tanh each. */
static double forward(const struct unit_costs *unit, double rows, double states)
{
    double links = RS_ADDITION_INPUTS + RS_ADDITION_OUTPUTS;
    return rows * (unit->flop * (2 * states * states + 2 * states * links) + unit->tanh * states +
                   unit->output);
}

/* The same with backpropagation: the products once more for the gradients of the states and once
 * for those of the weights. */
static double forward_backward(const struct unit_costs *unit, double rows, double states)
{
    double links = RS_ADDITION_INPUTS + RS_ADDITION_OUTPUTS;
    return forward(unit, rows, states) +
           rows * unit->flop * (4 * states * states + 4 * states * links + 3 * states);
}

double rs_cost_predict(const rs_run_config *config)
{
    enum { CHECK_SAMPLES = 100, OPTIMISER_FLOP = 11 };
    rs_network_shape shape =
        rs_network_shape_make(RS_ADDITION_INPUTS, config->states, RS_ADDITION_OUTPUTS);
    double weights = (double)shape.offset[RS_TENSOR_TOTAL];
    double states = config->states, steps = config->sequence_length;
    double updates = (double)rs_run_config_updates(config);
    double train = config->train_samples, test = config->test_samples;
    double batch_rows = config->batch_size * steps;
    const struct unit_costs *unit = &costs[config->precision];
    double cost = (train + test) * 2 * steps * unit->bit + forward(unit, test * steps, states);
    cost += updates *
            (forward_backward(unit, batch_rows, states) + OPTIMISER_FLOP * unit->flop * weights);
    /* A recorded loss is one more pass over the minibatch, after the update. */
    cost += (1 + updates / config->loss_interval) * forward(unit, batch_rows, states);
    if (config->gradient_check) /* two losses per weight, in float64 */
        cost += 2 * weights *
                forward(&costs[RS_FLOAT64], (train < CHECK_SAMPLES ? train : CHECK_SAMPLES) * steps,
                        states);
    return cost;
}
