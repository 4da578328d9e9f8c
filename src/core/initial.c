#include "initial.h"

#include <math.h>
#include <string.h>

/* One call of a distribution for all numbers of a tensor; parameters NULL: drawn and dropped. */
static void draw_uniform(const rs_tensor_layout *tensor, double bound, rs_random *random,
                         double *parameters)
{
    for (size_t i = 0; i < tensor->count; i++) {
        const double drawn = rs_random_uniform(random, -bound, bound);
        if (parameters != NULL)
            parameters[tensor->offset + i] = drawn;
    }
}

static void draw_normal(const rs_tensor_layout *tensor, double deviation, rs_random *random,
                        double *parameters)
{
    for (size_t i = 0; i < tensor->count; i++) {
        const double drawn = deviation * rs_random_normal(random);
        if (parameters != NULL)
            parameters[tensor->offset + i] = drawn;
    }
}

static void draw_weights(const rs_network *network, const rs_run_config *config, rs_tensor which,
                         rs_random *random, double *parameters)
{
    const rs_tensor_layout *tensor = &network->tensor[which];
    const double fan_in = which == RS_W_IN ? network->inputs : network->states;
    const double fan_out = which == RS_W_OUT ? network->outputs : network->states;
    if (config->init == RS_INIT_TORCH)
        draw_uniform(tensor, 1 / sqrt(network->states), random, parameters);
    else if (config->init == RS_INIT_GLOROT_NORMAL)
        draw_normal(tensor, sqrt(2.0 / (fan_in + fan_out)), random, parameters);
    else
        draw_uniform(tensor, sqrt(6.0 / (fan_in + fan_out)), random, parameters);
}

/* ---- W_rec ----------------------------------------------------------------------------------- */

static double dot(const double *x, const double *y, size_t count)
{
    double sum = 0;
    for (size_t i = 0; i < count; i++)
        sum += x[i] * y[i];
    return sum;
}

/* Gram-Schmidt, each vector twice: the columns of Q, with R's diagonal positive. vectors: [H][H],
 * one after the other. */
static void orthonormalise(double *vectors, size_t H)
{
    for (size_t j = 0; j < H; j++) {
        double *v = vectors + j * H;
        for (int pass = 0; pass < 2; pass++)
            for (size_t i = 0; i < j; i++) {
                const double *q = vectors + i * H, share = dot(q, v, H);
                for (size_t k = 0; k < H; k++)
                    v[k] -= share * q[k];
            }
        const double norm = sqrt(dot(v, v, H));
        for (size_t k = 0; k < H; k++)
            v[k] /= norm;
    }
}

/* One gate of W_rec: weights[from * stride + to]. */
static void draw_gate(const rs_run_config *config, size_t H, size_t stride, rs_random *random,
                      double *weights, double *scratch)
{
    const double deviation =
        config->recurrent_init == RS_RECURRENT_INIT_NORMAL ? 1 / sqrt((double)H) : 1;
    const bool identity = config->recurrent_init == RS_RECURRENT_INIT_IDENTITY;
    for (size_t i = 0; i < H; i++)
        for (size_t j = 0; j < H; j++) {
            const double drawn = identity ? i == j : deviation * rs_random_normal(random);
            if (weights != NULL)
                scratch[j * H + i] = drawn;
        }
    if (weights == NULL)
        return;
    if (config->recurrent_init == RS_RECURRENT_INIT_ORTHOGONAL)
        orthonormalise(scratch, H);
    for (size_t i = 0; i < H; i++)
        for (size_t j = 0; j < H; j++)
            weights[i * stride + j] = scratch[j * H + i];
}

static void draw_recurrent(const rs_network *network, const rs_run_config *config,
                           rs_random *random, double *parameters, double *scratch)
{
    const size_t H = network->states, stride = network->gates * H;
    if (config->recurrent_init == RS_RECURRENT_INIT_SAME) {
        draw_weights(network, config, RS_W_REC, random, parameters);
        return;
    }
    for (size_t gate = 0; gate < network->gates; gate++)
        draw_gate(config, H, stride, random,
                  parameters != NULL ? parameters + network->tensor[RS_W_REC].offset + gate * H
                                     : NULL,
                  scratch);
}

/* ---- The whole ------------------------------------------------------------------------------- */

static void multiply(const rs_tensor_layout *tensor, double factor, double *parameters)
{
    for (size_t i = 0; i < tensor->count; i++)
        parameters[tensor->offset + i] *= factor;
}

static void fill(const rs_tensor_layout *tensor, double value, double *parameters)
{
    for (size_t i = 0; i < tensor->count; i++)
        parameters[tensor->offset + i] = value;
}

/* What is not drawn, and what factors and settings make of what is. */
static void finish(const rs_network *network, const rs_run_config *config, double *parameters)
{
    const rs_tensor_layout *tensor = network->tensor;
    multiply(&tensor[RS_W_IN], config->gain, parameters);
    multiply(&tensor[RS_W_REC], config->gain, parameters);
    multiply(&tensor[RS_W_OUT], config->gain, parameters);
    multiply(&tensor[RS_W_REC], config->recurrent_gain, parameters);
    if (config->biases == RS_BIASES_NONE)
        fill(&tensor[RS_B_IN], 0, parameters);
    if (config->biases != RS_BIASES_BOTH)
        fill(&tensor[RS_B_REC], 0, parameters);
    for (size_t h = 0; network->cell == RS_CELL_LSTM && h < network->states; h++)
        parameters[tensor[RS_B_IN].offset + (size_t)RS_LSTM_FORGET_GATE * network->states + h] +=
            config->forget_bias;
    fill(&tensor[RS_S0], config->initial_state == RS_INITIAL_STATE_ONE, parameters);
}

void rs_initial_draw(const rs_network *network, const rs_run_config *config, rs_random *random,
                     double *parameters, double *scratch)
{
    static const rs_tensor biases[] = {RS_B_IN, RS_B_REC, RS_B_OUT};
    if (parameters != NULL)
        memset(parameters, 0, network->count * sizeof *parameters);
    draw_weights(network, config, RS_W_IN, random, parameters);
    draw_recurrent(network, config, random, parameters, scratch);
    draw_weights(network, config, RS_W_OUT, random, parameters);
    for (size_t i = 0; config->init == RS_INIT_TORCH && i < sizeof biases / sizeof biases[0]; i++)
        draw_uniform(&network->tensor[biases[i]], 1 / sqrt(network->states), random, parameters);
    if (parameters != NULL)
        finish(network, config, parameters);
}
