/* Cells of one activation and a function f of it, which the file that includes this defines:
 *     s' = f(a)        or, with a leak below 1,        s' = (1 - leak) s + leak f(a) */
#ifndef RS_RATE_H
#define RS_RATE_H

enum {
    CELL_GATES = 1,
    CELL_CARRIED = 1,
    CELL_KEPT = RS_LEAKY,
    CELL_APART = -1,
    CELL_DIRECT = RS_LEAKY
};

RS_INLINE void cell_forward(const real leak, const vreal *a, const vreal input, const vreal *before,
                            vreal *after, vreal *kept)
{
    const vreal f = cell_function(a[0]);
    (void)input;
    after[0] = f;
    if (RS_LEAKY) {
        after[0] = v_fma(v_set1(leak), f, v_mul(v_set1(1 - leak), before[0]));
        kept[0] = f;
    }
}

RS_INLINE void cell_backward(const real leak, const vreal *kept, const vreal *before,
                             const vreal *after, vreal *flow, vreal *delta)
{
    (void)before;
    if (RS_LEAKY) {
        delta[0] = cell_slope(v_mul(v_set1(leak), flow[0]), kept[0]);
        flow[0] = v_mul(v_set1(1 - leak), flow[0]);
    } else
        delta[0] = cell_slope(flow[0], after[0]);
}

#if !RS_LEAKY
#define CELL_FEW_STATES
#endif

#endif
