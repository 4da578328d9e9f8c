/* The elementwise functions of vmath.h, compiled as the kernels are. */
#ifndef ELEMENTWISE_H
#define ELEMENTWISE_H

#include <stddef.h>
#include <stdint.h>

#include "rnnsweep/rnnsweep.h"

/* tanh, sigmoid, exp(-|x|) and log1p(|x|) of x[0..count-1], all of the precision's type and aligned
 * to 64 bytes; count is a multiple of 16. */
typedef void elementwise(size_t count, const void *x, void *tanh_x, void *sigmoid_x,
                         void *exp_minus_abs_x, void *log1p_abs_x);

elementwise *elementwise_of(const rs_isa *isa, uint32_t precision);

#endif
