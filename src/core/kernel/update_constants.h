/* What the rules of all optimisers are made of, in the kernel's precision. */
#ifndef RS_UPDATE_CONSTANTS_H
#define RS_UPDATE_CONSTANTS_H

#include <stdbool.h>

#include "simd.h"

typedef struct update_constants {
    vreal rate, epsilon, momentum, lambda, rest;
    vreal beta1, rest1, correction1, beta2, rest2, correction2;
    bool epsilon_in_step, nesterov;
} update_constants;

#endif
