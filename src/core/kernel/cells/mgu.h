/* f = sigmoid(a_f), n = tanh(x W_in + b_in + f (s W_rec + b_rec)), s' = (1 - f) s + f n.
 * G.-B. Zhou et al., "Minimal gated unit for recurrent neural networks", International Journal of
 * Automation and Computing 13, 2016, with f multiplied after the product, as cuDNN's gru does. */
#ifndef RS_MGU_H
#define RS_MGU_H

enum { MGU_FORGET, MGU_NEW };
enum { CELL_GATES = 2, CELL_CARRIED = 1, CELL_KEPT = 3, CELL_APART = MGU_NEW, CELL_DIRECT = 1 };

RS_INLINE real cell_scale(int gate)
{
    return gate == MGU_NEW ? RS_TANH_SCALE : 1;
}

RS_INLINE void cell_forward(const real leak, const vreal *a, const vreal input, const vreal *before,
                            vreal *after, vreal *kept)
{
    const vreal f = v_sigmoid(a[MGU_FORGET]);
    const vreal n = v_tanh(v_fma(f, a[MGU_NEW], input));
    (void)leak;
    after[0] = v_fma(f, v_sub(n, before[0]), before[0]);
    kept[0] = f;
    kept[1] = n;
    kept[2] = v_mul(a[MGU_NEW], v_set1(1 / RS_TANH_SCALE));
}

RS_INLINE void cell_backward(const real leak, const vreal *kept, const vreal *before,
                             const vreal *after, vreal *flow, vreal *delta)
{
    const vreal one = v_set1(1), f = kept[0], n = kept[1], ds = flow[0];
    const vreal da = v_mul(v_mul(ds, f), v_fnma(n, n, one));
    const vreal df = v_fma(da, kept[2], v_mul(ds, v_sub(n, before[0])));
    (void)leak, (void)after;
    delta[MGU_FORGET] = v_mul(df, v_mul(f, v_sub(one, f)));
    delta[MGU_NEW] = v_mul(da, f);
    delta[CELL_GATES] = da;
    flow[0] = v_mul(ds, v_sub(one, f));
}

#define CELL_FEW_STATES

#endif
