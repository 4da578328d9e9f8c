#include "cost.h"

#include "rnnsweep/network.h"

/* Nominal seconds in each precision: of one flop of a product, forward and in backpropagation (a
 * multiply-add counts as two); of a state's hyperbolic tangent, and of what backpropagation does
 * for a state besides the products; of the exponential, division and logarithm of an output.
 * `lanes` numbers of a minibatch are worked on together. Measured at 1 to 208 states. */
struct unit_costs {
    double flop, back_flop, tanh, back_state, output;
    uint32_t lanes;
};

static const struct unit_costs costs[] = {
    [RS_FLOAT32] = {.flop = 1.15e-11,
                    .back_flop = 1.35e-11,
                    .tanh = 3.4e-10,
                    .back_state = 5e-10,
                    .output = 1.1e-9,
                    .lanes = 16},
    [RS_FLOAT64] = {.flop = 2.4e-11,
                    .back_flop = 2.7e-11,
                    .tanh = 1.2e-9,
                    .back_state = 6e-10,
                    .output = 2e-9,
                    .lanes = 8},
};

static const double links = RS_ADDITION_INPUTS + RS_ADDITION_OUTPUTS;

/* Sample-steps of `samples` sequences, with those that only fill up the lanes. */
static double rows_of(const struct unit_costs *unit, uint32_t samples, double steps)
{
    uint32_t full = samples / unit->lanes;
    return ((double)full + (samples % unit->lanes != 0)) * unit->lanes * steps;
}

/* One pass over `rows` sample-steps without gradients: 2 H^2 + 2 H (I + O) flop and H tanh each. */
static double forward(const struct unit_costs *unit, double rows, double states)
{
    return rows * (unit->flop * (2 * states * states + 2 * states * links) + unit->tanh * states +
                   unit->output);
}

/* The same with backpropagation: the products once more for the gradients of the states and once
 * for those of the weights. */
static double forward_backward(const struct unit_costs *unit, double rows, double states)
{
    return forward(unit, rows, states) +
           rows * (unit->back_flop * (4 * states * states + 4 * states * links) +
                   unit->back_state * states);
}

double rs_cost_predict(const rs_run_config *config)
{
    enum { CHECK_SAMPLES = 100, OPTIMISER_FLOP = 11 };
    const double bit = 1e-9; /* drawn and stored */
    rs_network network = rs_run_config_network(config);
    double weights = (double)network.count;
    double states = config->states, steps = config->sequence_length;
    double updates = (double)rs_run_config_updates(config);
    double train = config->train_samples, test = config->test_samples;
    const struct unit_costs *unit = &costs[config->precision];
    double batch_rows = rows_of(unit, config->batch_size, steps);
    double cost = (train + test) * 2 * steps * bit +
                  forward(unit, rows_of(unit, config->test_samples, steps), states);
    cost += updates *
            (forward_backward(unit, batch_rows, states) + OPTIMISER_FLOP * unit->flop * weights);
    /* A recorded loss is one more pass over the minibatch, after the update. */
    cost += (1 + updates / config->loss_interval) * forward(unit, batch_rows, states);
    if (config->gradient_check) { /* two losses per weight, in float64 */
        const struct unit_costs *check = &costs[RS_FLOAT64];
        uint32_t samples = train < CHECK_SAMPLES ? config->train_samples : CHECK_SAMPLES;
        cost += 2 * weights * forward(check, rows_of(check, samples, steps), states);
    }
    return cost;
}
