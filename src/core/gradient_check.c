#include "gradient_check.h"

#include <math.h>

#define STEP               1e-7
#define ABSOLUTE_TOLERANCE 1e-8
#define RELATIVE_TOLERANCE 1e-5

static double numerical_gradient(const rs_kernel *kernel, void *scratch, uint32_t states,
                                 double *parameters, size_t i, const rs_batch *batch)
{
    parameters[i] += STEP;
    double plus = kernel->loss(scratch, states, parameters, batch);
    parameters[i] -= 2 * STEP;
    double minus = kernel->loss(scratch, states, parameters, batch);
    parameters[i] += STEP;
    return (plus - minus) / (2 * STEP);
}

static rs_tensor tensor_of(const rs_network_shape *shape, size_t i)
{
    int tensor = 0;
    while (i >= shape->offset[tensor + 1])
        tensor++;
    return (rs_tensor)tensor;
}

rs_gradient_check rs_gradient_check_run(const rs_kernel *kernel, void *scratch,
                                        const rs_network_shape *shape, double *parameters,
                                        const rs_batch *batch, double *gradient)
{
    rs_gradient_check check = {.agrees = true};
    double worst = -INFINITY;
    kernel->gradient(scratch, shape->states, parameters, batch, gradient);
    for (size_t i = 0; i < shape->offset[RS_TENSOR_TOTAL]; i++) {
        double numerical = numerical_gradient(kernel, scratch, shape->states, parameters, i, batch);
        double bound = ABSOLUTE_TOLERANCE + RELATIVE_TOLERANCE * fabs(gradient[i]);
        double excess = fabs(numerical - gradient[i]) - bound;
        if (!(excess <= 0)) /* NaN disagrees too */
            check.agrees = false;
        if (!(excess <= worst)) {
            worst = excess;
            check.tensor = tensor_of(shape, i);
            check.index = i - shape->offset[check.tensor];
            check.numerical = numerical;
            check.backpropagated = gradient[i];
        }
    }
    return check;
}
