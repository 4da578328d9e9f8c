/* Backpropagation against central differences, as the notebook does before it trains. */
#ifndef RS_GRADIENT_CHECK_H
#define RS_GRADIENT_CHECK_H

#include "kernel/kernel.h"
#include "rnnsweep/rnnsweep.h"

/* Checks every parameter with the float64 kernel: (loss(p + h) - loss(p - h)) / 2h with h = 1e-7
 * against the gradient, within numpy.isclose's bounds |n - b| <= 1e-8 + 1e-5 |b|.
 * parameters: float64 block, perturbed and restored to rounding; gradient: a block of that size. */
rs_gradient_check rs_gradient_check_run(const rs_kernel *kernel, void *scratch,
                                        const rs_network *network, double *parameters,
                                        const rs_minibatch *batch, double *gradient);

#endif
