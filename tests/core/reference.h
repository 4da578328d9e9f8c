/* The network in obvious loops and double precision, for any I, H and O: the definition of correct
 * that the kernels are tested against. Slow. */
#ifndef RS_REFERENCE_H
#define RS_REFERENCE_H

#include <stdint.h>

#include "rnnsweep/network.h"

/* N samples of T steps. input: [N][T][I] and target: [N][T][O], each 0 or 1. */
typedef struct rs_reference_set {
    const uint8_t *input, *target;
    uint32_t samples, steps;
} rs_reference_set;

/* Mean cross entropy over samples and steps. states: scratch for [T+1][H]. */
double rs_reference_loss(const rs_network *network, const double *parameters,
                         const rs_reference_set *set, double *states);

/* gradient: [network->count], of the same loss, which is also returned. scratch: for
 * [T+1][H] states and [2][H] flows. */
double rs_reference_gradient(const rs_network *network, const double *parameters,
                             const rs_reference_set *set, double *scratch, double *gradient);

#endif
