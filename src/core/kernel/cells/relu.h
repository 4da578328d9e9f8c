/* s' = max(a, 0), or s' = (1 - leak) s + leak max(a, 0). */
#ifndef RS_RELU_H
#define RS_RELU_H

RS_INLINE real cell_scale(int gate)
{
    (void)gate;
    return 1;
}

RS_INLINE vreal cell_function(vreal a)
{
    return v_max(v_set1(0), a); /* a last: NaN stays NaN */
}

/* ds where the function's value f is above 0. */
RS_INLINE vreal cell_slope(vreal ds, vreal f)
{
    return v_and(ds, v_greater(f, v_set1(0)));
}

#include "rate.h"

#endif
