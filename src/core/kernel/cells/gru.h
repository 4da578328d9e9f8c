/* r = sigmoid(a_r), z = sigmoid(a_z), n = tanh(x W_in + b_in + r (s W_rec + b_rec)),
 * s' = (1 - z) n + z s. K. Cho et al., "Learning phrase representations using RNN encoder-decoder",
 * EMNLP 2014, in the form of cuDNN, which multiplies by r after the product. */
#ifndef RS_GRU_H
#define RS_GRU_H

enum { GRU_RESET, GRU_UPDATE, GRU_NEW };
enum { CELL_GATES = 3, CELL_CARRIED = 1, CELL_KEPT = 4, CELL_APART = GRU_NEW, CELL_DIRECT = 1 };

RS_INLINE real cell_scale(int gate)
{
    return gate == GRU_NEW ? RS_TANH_SCALE : 1;
}

RS_INLINE void cell_forward(const real leak, const vreal *a, const vreal input, const vreal *before,
                            vreal *after, vreal *kept)
{
    const vreal r = v_sigmoid(a[GRU_RESET]), z = v_sigmoid(a[GRU_UPDATE]);
    const vreal n = v_tanh(v_fma(r, a[GRU_NEW], input));
    (void)leak;
    after[0] = v_fma(z, v_sub(before[0], n), n);
    kept[0] = r;
    kept[1] = z;
    kept[2] = n;
    kept[3] = v_mul(a[GRU_NEW], v_set1(1 / RS_TANH_SCALE));
}

RS_INLINE void cell_backward(const real leak, const vreal *kept, const vreal *before,
                             const vreal *after, vreal *flow, vreal *delta)
{
    const vreal one = v_set1(1), r = kept[0], z = kept[1], n = kept[2], ds = flow[0];
    const vreal dz = v_mul(z, v_sub(one, z)), dr = v_mul(r, v_sub(one, r));
    const vreal da = v_mul(v_mul(ds, v_sub(one, z)), v_fnma(n, n, one));
    (void)leak, (void)after;
    delta[GRU_RESET] = v_mul(v_mul(da, kept[3]), dr);
    delta[GRU_UPDATE] = v_mul(v_mul(ds, v_sub(before[0], n)), dz);
    delta[GRU_NEW] = v_mul(da, r);
    delta[CELL_GATES] = da;
    flow[0] = v_mul(ds, z);
}

#define CELL_FEW_STATES

#endif
