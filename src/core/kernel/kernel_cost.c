#include "kernel_cost.h"

#include "rnnsweep/run_config.h"

/* Nominal seconds in each precision: of one flop of a product, forward and in backpropagation; of a
 * state's hyperbolic tangent, and of what backpropagation does for a state besides the products; of
 * the exponential, division and logarithm of an output, and of each further one that is a bit or a
 * class. Samples fill up vectors of `lanes` numbers. Measured at 1 to 208 states. */
struct unit_costs {
    double flop, back_flop, tanh, back_state, output, further_output;
    uint32_t lanes;
};

static const struct unit_costs costs[] = {
    [RS_FLOAT32] = {.flop = 1.15e-11,
                    .back_flop = 1.35e-11,
                    .tanh = 3.4e-10,
                    .back_state = 5e-10,
                    .output = 1.1e-9,
                    .further_output = 3.5e-10,
                    .lanes = 16},
    [RS_FLOAT64] = {.flop = 2.4e-11,
                    .back_flop = 2.7e-11,
                    .tanh = 1.2e-9,
                    .back_state = 6e-10,
                    .output = 2e-9,
                    .further_output = 1.2e-9,
                    .lanes = 8},
};

/* What the functions of a cell take for a state and step, as multiples of a hyperbolic tangent and
 * of what backpropagation does for tanh, and what a leak adds. */
static const struct cell_costs {
    double functions, back;
} cell_costs[RS_CELL_TOTAL] = {[RS_CELL_TANH] = {1, 1},
                               [RS_CELL_RELU] = {0.3, 1},
                               [RS_CELL_GRU] = {4, 3},
                               [RS_CELL_LSTM] = {6, 4},
                               [RS_CELL_MGU] = {2.5, 2}},
  leak_costs = {0.3, 0.5};

static struct cell_costs costs_of(const rs_network *network)
{
    struct cell_costs cell = cell_costs[network->cell];
    if (network->leak < 1) {
        cell.functions += leak_costs.functions;
        cell.back += leak_costs.back;
    }
    return cell;
}

/* Operations of RMSprop for one parameter. */
enum { UPDATE_FLOP = 11 };

/* W_in, W_rec and W_out: 2 G H (I + H) + 2 H O flop for a row. */
static double flop_of_products(const rs_network *network)
{
    const double states = network->states;
    return 2 * network->gates * states * (network->inputs + states) + 2 * states * network->outputs;
}

double rs_flop_forward(const rs_network *network)
{
    return flop_of_products(network) + 2 * network->outputs; /* b_out */
}

double rs_flop_update(const rs_network *network)
{
    return UPDATE_FLOP * (double)network->count;
}

/* Rows of so many samples, with those that only fill up the lanes. */
static double rows_of(const struct unit_costs *unit, uint32_t samples, uint32_t steps)
{
    const uint32_t full = samples / unit->lanes;
    return ((double)full + (samples % unit->lanes != 0)) * unit->lanes * (double)steps;
}

double rs_cost_forward(const rs_network *network, uint32_t precision, uint32_t samples,
                       uint32_t steps)
{
    const struct unit_costs *unit = &costs[precision];
    const uint32_t further = network->head == RS_HEAD_REALS ? 0 : network->outputs - 1;
    return rows_of(unit, samples, steps) *
           (unit->flop * flop_of_products(network) +
            unit->tanh * costs_of(network).functions * network->states + unit->output +
            unit->further_output * further);
}

/* Backpropagation makes each product once more for the gradients of the states and once for those
 * of the weights. */
double rs_cost_gradient(const rs_network *network, uint32_t precision, uint32_t samples,
                        uint32_t steps)
{
    const struct unit_costs *unit = &costs[precision];
    return rs_cost_forward(network, precision, samples, steps) +
           rows_of(unit, samples, steps) *
               (unit->back_flop * 2 * flop_of_products(network) +
                unit->back_state * costs_of(network).back * network->states);
}

double rs_cost_update(const rs_network *network, uint32_t precision)
{
    return UPDATE_FLOP * costs[precision].flop * (double)network->count;
}
