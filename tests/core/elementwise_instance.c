/* One instruction set and precision, as src/core/kernel/instance.c; ELEMENTWISE is its name. */
#include <math.h>
#include <string.h>

#include "elementwise.h"
#include "simd.h"
#include "vmath.h"

elementwise ELEMENTWISE;
void ELEMENTWISE(size_t count, const void *x, void *tanh_x, void *sigmoid_x, void *exp_minus_abs_x,
                 void *log1p_abs_x)
{
    vreal sign = v_set1(-RS_LITERAL(0.0));
    for (size_t i = 0; i < count; i += RS_VECTOR_LANES) {
        vreal a = v_load((const real *)x + i);
        vreal minus_abs = v_or(a, sign);
        v_store((real *)tanh_x + i, v_tanh(v_mul(a, v_set1(RS_TANH_SCALE))));
        v_store((real *)sigmoid_x + i, v_sigmoid(a));
        v_store((real *)exp_minus_abs_x + i, v_exp_negative(minus_abs));
        v_store((real *)log1p_abs_x + i, v_log1p(v_xor(minus_abs, sign)));
    }
}
