/* The parameters of a fresh network. */
#ifndef RS_INITIAL_H
#define RS_INITIAL_H

#include "random.h"
#include "rnnsweep/run_config.h"

/* Draws W_in, W_rec and W_out, in this order, then for init torch the biases b_in, b_rec and b_out;
 * the rest is constant. Each tensor, or gate of W_rec, is one call of NumPy's:
 *   glorot_uniform   uniform(-a, a), a = sqrt(6 / (fan_in + fan_out))
 *   glorot_normal    normal(0, sqrt(2 / (fan_in + fan_out)))
 *   torch            uniform(-a, a), a = 1 / sqrt(H), biases too
 *   recurrent_init   orthogonal: Q of the QR of normal(size=(H, H)), R's diagonal positive;
 *                    identity: no draw; normal: normal(0, 1 / sqrt(H))
 * X. Glorot, Y. Bengio, "Understanding the difficulty of training deep feedforward neural
 * networks", AISTATS 2010, equation 16.
 * parameters: [network->count], or NULL to advance the stream alone. scratch: [H * H] numbers, or
 * NULL with parameters. */
void rs_initial_draw(const rs_network *network, const rs_run_config *config, rs_random *random,
                     double *parameters, double *scratch);

#endif
