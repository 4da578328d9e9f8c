/* The parameters of a fresh network. */
#ifndef RS_INITIAL_H
#define RS_INITIAL_H

#include "random.h"
#include "rnnsweep/network.h"

/* Xavier initialisation in the notebook's order: W_in, W_rec and W_out uniform in (-a, a) with
 * a = sqrt(6 / (fan_in + fan_out)), the rest zero. parameters: [network->count].
 * X. Glorot, Y. Bengio, "Understanding the difficulty of training deep feedforward neural
 * networks", AISTATS 2010, equation 16. */
void rs_initial_draw(const rs_network *network, rs_random *random, double *parameters);

/* Advances the stream past one network. */
void rs_initial_skip(const rs_network *network, rs_random *random);

#endif
