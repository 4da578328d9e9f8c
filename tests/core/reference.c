#include "reference.h"

#include <math.h>
#include <string.h>

/* Index letters as in design and kernels: k step, i input or state before, j state, o output.
 * The loss of an output is max(z,0) - z t + log(1 + exp(-|z|)). */
static double output_loss(double z, double t)
{
    return fmax(z, 0) - z * t + log1p(exp(-fabs(z)));
}

/* s_{k+1} = tanh(x_k W_in + b_in + s_k W_rec + b_rec) */
static void next_state(const rs_network *network, const double *p, const uint8_t *x,
                       const double *s, double *next)
{
    const size_t I = network->inputs, H = network->states;
    for (size_t j = 0; j < H; j++) {
        double a = p[network->tensor[RS_B_IN].offset + j] + p[network->tensor[RS_B_REC].offset + j];
        for (size_t i = 0; i < I; i++)
            a += x[i] * p[network->tensor[RS_W_IN].offset + i * H + j];
        for (size_t i = 0; i < H; i++)
            a += s[i] * p[network->tensor[RS_W_REC].offset + i * H + j];
        next[j] = tanh(a);
    }
}

/* z_o = s W_out + b_out */
static double logit(const rs_network *network, const double *p, const double *s, size_t o)
{
    double z = p[network->tensor[RS_B_OUT].offset + o];
    for (size_t j = 0; j < network->states; j++)
        z += s[j] * p[network->tensor[RS_W_OUT].offset + j * network->outputs + o];
    return z;
}

/* Runs one sample forward through states [T+1][H]; returns its summed loss. */
static double forward(const rs_network *network, const double *p, const rs_reference_set *set,
                      size_t sample, double *states)
{
    const size_t I = network->inputs, H = network->states, O = network->outputs, T = set->steps;
    double loss = 0;
    memcpy(states, p + network->tensor[RS_S0].offset, H * sizeof *states);
    for (size_t k = 0; k < T; k++) {
        next_state(network, p, set->input + (sample * T + k) * I, states + k * H,
                   states + (k + 1) * H);
        for (size_t o = 0; o < O; o++)
            loss += output_loss(logit(network, p, states + (k + 1) * H, o),
                                set->target[(sample * T + k) * O + o]);
    }
    return loss;
}

/* Step k backwards: flow holds dloss/ds_{k+1} from later steps on entry and dloss/ds_k on return.
 */
static void backward_step(const rs_network *network, const double *p, const uint8_t *x,
                          const uint8_t *t, const double *s, const double *next, double *flow,
                          double *delta, double *g)
{
    const size_t I = network->inputs, H = network->states, O = network->outputs;
    for (size_t o = 0; o < O; o++) {
        double error = 1 / (1 + exp(-logit(network, p, next, o))) - t[o];
        g[network->tensor[RS_B_OUT].offset + o] += error;
        for (size_t j = 0; j < H; j++) {
            g[network->tensor[RS_W_OUT].offset + j * O + o] += next[j] * error;
            flow[j] += error * p[network->tensor[RS_W_OUT].offset + j * O + o];
        }
    }
    for (size_t j = 0; j < H; j++) {
        delta[j] = flow[j] * (1 - next[j] * next[j]);
        g[network->tensor[RS_B_IN].offset + j] += delta[j];
        g[network->tensor[RS_B_REC].offset + j] += delta[j];
        for (size_t i = 0; i < I; i++)
            g[network->tensor[RS_W_IN].offset + i * H + j] += x[i] * delta[j];
        for (size_t i = 0; i < H; i++)
            g[network->tensor[RS_W_REC].offset + i * H + j] += s[i] * delta[j];
    }
    for (size_t i = 0; i < H; i++) {
        flow[i] = 0;
        for (size_t j = 0; j < H; j++)
            flow[i] += delta[j] * p[network->tensor[RS_W_REC].offset + i * H + j];
    }
}

double rs_reference_loss(const rs_network *network, const double *parameters,
                         const rs_reference_set *set, double *states)
{
    double loss = 0;
    for (size_t sample = 0; sample < set->samples; sample++)
        loss += forward(network, parameters, set, sample, states);
    return loss / ((double)set->samples * set->steps * network->outputs);
}

double rs_reference_gradient(const rs_network *network, const double *parameters,
                             const rs_reference_set *set, double *scratch, double *gradient)
{
    const size_t I = network->inputs, H = network->states, O = network->outputs, T = set->steps;
    const size_t count = network->count;
    const double outputs = (double)set->samples * set->steps * network->outputs;
    double *states = scratch, *flow = scratch + (T + 1) * H, *delta = flow + H;
    double loss = 0;
    memset(gradient, 0, count * sizeof *gradient);
    for (size_t sample = 0; sample < set->samples; sample++) {
        loss += forward(network, parameters, set, sample, states);
        memset(flow, 0, H * sizeof *flow);
        for (size_t k = T; k-- > 0;)
            backward_step(network, parameters, set->input + (sample * T + k) * I,
                          set->target + (sample * T + k) * O, states + k * H, states + (k + 1) * H,
                          flow, delta, gradient);
        for (size_t j = 0; j < H; j++)
            gradient[network->tensor[RS_S0].offset + j] += flow[j];
    }
    for (size_t i = 0; i < count; i++)
        gradient[i] /= outputs;
    return loss / outputs;
}
