#include "gradient_check.h"

#include <math.h>

#define STEP               1e-7
#define ABSOLUTE_TOLERANCE 1e-8
#define RELATIVE_TOLERANCE 1e-5

static double numerical_gradient(const rs_kernel *kernel, void *scratch, const rs_network *network,
                                 double *parameters, size_t i, const rs_minibatch *batch)
{
    parameters[i] += STEP;
    double plus = kernel->loss(scratch, network, parameters, batch);
    parameters[i] -= 2 * STEP;
    double minus = kernel->loss(scratch, network, parameters, batch);
    parameters[i] += STEP;
    return (plus - minus) / (2 * STEP);
}

static rs_tensor tensor_of(const rs_network *network, size_t i)
{
    int tensor = 0;
    while (i >= network->tensor[tensor].offset + network->tensor[tensor].count)
        tensor++;
    return (rs_tensor)tensor;
}

rs_gradient_check rs_gradient_check_run(const rs_kernel *kernel, void *scratch,
                                        const rs_network *network, double *parameters,
                                        const rs_minibatch *batch, double *gradient)
{
    rs_gradient_check check = {.agrees = true};
    double worst = -INFINITY;
    kernel->gradient(scratch, network, parameters, batch, gradient, NULL);
    for (size_t i = 0; i < network->count; i++) {
        double numerical = numerical_gradient(kernel, scratch, network, parameters, i, batch);
        double bound = ABSOLUTE_TOLERANCE + RELATIVE_TOLERANCE * fabs(gradient[i]);
        double excess = fabs(numerical - gradient[i]) - bound;
        if (!(excess <= 0)) /* NaN disagrees too */
            check.agrees = false;
        if (!(excess <= worst)) {
            worst = excess;
            check.tensor = tensor_of(network, i);
            check.index = i - network->tensor[check.tensor].offset;
            check.numerical = numerical;
            check.backpropagated = gradient[i];
        }
    }
    return check;
}
