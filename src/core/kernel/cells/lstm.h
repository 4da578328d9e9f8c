/* c' = sigmoid(a_f) c + sigmoid(a_i) tanh(a_g), s' = sigmoid(a_o) tanh(c'). S. Hochreiter,
 * J. Schmidhuber, "Long short-term memory", Neural Computation 9, 1997; with the forget gate of
 * F. A. Gers et al., "Learning to forget", Neural Computation 12, 2000. */
#ifndef RS_LSTM_H
#define RS_LSTM_H

enum { LSTM_INPUT, LSTM_FORGET, LSTM_CELL, LSTM_OUTPUT };
enum { CELL_GATES = 4, CELL_CARRIED = 2, CELL_KEPT = 5, CELL_APART = -1, CELL_DIRECT = 0 };

RS_INLINE real cell_scale(int gate)
{
    return gate == LSTM_CELL ? RS_TANH_SCALE : 1;
}

RS_INLINE void cell_forward(const real leak, const vreal *a, const vreal input, const vreal *before,
                            vreal *after, vreal *kept)
{
    const vreal i = v_sigmoid(a[LSTM_INPUT]), f = v_sigmoid(a[LSTM_FORGET]);
    const vreal g = v_tanh(a[LSTM_CELL]), o = v_sigmoid(a[LSTM_OUTPUT]);
    const vreal c = v_fma(i, g, v_mul(f, before[1]));
    const vreal t = v_tanh(v_mul(c, v_set1(RS_TANH_SCALE)));
    (void)leak, (void)input;
    after[0] = v_mul(o, t);
    after[1] = c;
    kept[LSTM_INPUT] = i;
    kept[LSTM_FORGET] = f;
    kept[LSTM_CELL] = g;
    kept[LSTM_OUTPUT] = o;
    kept[CELL_GATES] = t;
}

RS_INLINE void cell_backward(const real leak, const vreal *kept, const vreal *before,
                             const vreal *after, vreal *flow, vreal *delta)
{
    const vreal one = v_set1(1), ds = flow[0], t = kept[CELL_GATES];
    const vreal i = kept[LSTM_INPUT], f = kept[LSTM_FORGET];
    const vreal g = kept[LSTM_CELL], o = kept[LSTM_OUTPUT];
    const vreal dc = v_fma(v_mul(ds, o), v_fnma(t, t, one), flow[1]);
    (void)leak, (void)after;
    delta[LSTM_INPUT] = v_mul(v_mul(dc, g), v_mul(i, v_sub(one, i)));
    delta[LSTM_FORGET] = v_mul(v_mul(dc, before[1]), v_mul(f, v_sub(one, f)));
    delta[LSTM_CELL] = v_mul(v_mul(dc, i), v_fnma(g, g, one));
    delta[LSTM_OUTPUT] = v_mul(v_mul(ds, t), v_mul(o, v_sub(one, o)));
    flow[1] = v_mul(dc, f);
}

#define CELL_FEW_STATES

#endif
