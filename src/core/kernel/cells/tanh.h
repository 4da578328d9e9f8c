/* s' = tanh(a), or s' = (1 - leak) s + leak tanh(a). J. L. Elman, "Finding structure in time",
 * Cognitive Science 14, 1990. */
#ifndef RS_TANH_H
#define RS_TANH_H

RS_INLINE real cell_scale(int gate)
{
    (void)gate;
    return RS_TANH_SCALE;
}

RS_INLINE vreal cell_function(vreal a)
{
    return v_tanh(a);
}

/* ds times the function's slope, where its value is f. */
RS_INLINE vreal cell_slope(vreal ds, vreal f)
{
    return v_mul(ds, v_fnma(f, f, v_set1(1)));
}

#include "rate.h"

#if !RS_LEAKY
#define CELL_MANY_STATES
#endif

#endif
