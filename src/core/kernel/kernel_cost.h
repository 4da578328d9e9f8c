/* What the calls of a kernel cost, from the shape of the network and the batch alone. Both loop
 * orders make the same products; they differ in the rows of the products (rs_kernel.rows). */
#ifndef RS_KERNEL_COST_H
#define RS_KERNEL_COST_H

#include "rnnsweep/network.h"

/* Floating-point operations, a multiply-add counted as two; tanh, exp and log are not counted. */
double rs_flop_forward(const rs_network *network); /* of the forward pass, for a row */
double rs_flop_update(const rs_network *network);  /* of the optimiser, for an update */

/* Nominal seconds of a call with so many samples of so many steps, see rs_cost_predict. */
double rs_cost_forward(const rs_network *network, uint32_t precision, uint32_t samples,
                       uint32_t steps);
double rs_cost_gradient(const rs_network *network, uint32_t precision, uint32_t samples,
                        uint32_t steps); /* with the loss */
double rs_cost_update(const rs_network *network, uint32_t precision);

#endif
