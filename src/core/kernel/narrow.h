/* Kernels for small networks: the lanes of a vector are samples.
 *
 * A batch is cut into chunks of logical vectors that fit the first-level cache, and each chunk into
 * RS_PARTS passes: pass p takes the p-th machine vector of each logical vector. So every lane sees
 * the same operations in the same order on every instruction set, and sums over samples are kept
 * per logical lane until v_sum folds them.
 *
 * Layout in scratch (vectors): S[slot][h][v] states, D[k][h][v] = dloss/da (before tanh),
 * g[k][v] = dloss/dz.
 *
 * What samples have in common is made once: s_0, and the states of the first steps, of which there
 * are few. Only the first of them makes the way back shorter: from there on, the lanes of each node
 * would have to be added up. */
#ifndef RS_NARROW_H
#define RS_NARROW_H

#include "outputs.h"

/* Steps that samples share, and the inputs that can have come until then. */
enum { SHARED_STEPS = 2, NODES = 16 };

typedef struct narrow {
    ptrdiff_t states, steps;
    ptrdiff_t vectors;   /* of this pass over this chunk */
    ptrdiff_t shared;    /* first steps that are taken from the nodes: 0 or SHARED_STEPS */
    const uint8_t *code; /* of the first sample of the pass */
    ptrdiff_t stride;
    const real *input;        /* [H][4]: b_in + b_rec + x W_in for the four inputs x, scaled */
    const real *w_rec_scaled; /* [H][H], times RS_TANH_SCALE */
    const real *w_rec;        /* [H][H] */
    const real *w_out;        /* [H] */
    real b_out;
    const real *node_state;  /* [SHARED_STEPS][H][NODES], see nodes_forward */
    const real *node_output; /* [SHARED_STEPS][NODES] */
    vreal *state;            /* [slots][H][vectors] */
    vreal *delta;            /* [T][H][vectors] */
    vreal *flow;             /* [H][vectors]: dloss/ds flowing back from the next step */
    vreal *output;           /* [T][vectors]: z, then dloss/dz (0 where the lane holds no sample) */
    vreal *inside;           /* [vectors]: all ones where the lane holds a sample */
    tally *tally;            /* [vectors] */
} narrow;

RS_INLINE int least(int a, int b)
{
    return a < b ? a : b;
}

/* a = input + s W_rec, scaled, of JT states from j0, for VT vectors. */
RS_INLINE void activation_tile(const narrow *n, const ptrdiff_t H, ptrdiff_t j0, const ptrdiff_t JT,
                               const ptrdiff_t VT, const vreal *s, vreal *a,
                               const vcode code[TILE_VECTORS])
{
    const ptrdiff_t V = n->vectors;
    vreal sum[TILE_STATES][TILE_VECTORS], si[TILE_VECTORS];
    RS_UNROLL
    for (ptrdiff_t j = 0; j < JT; j++) {
        RS_UNROLL
        for (ptrdiff_t t = 0; t < VT; t++)
            sum[j][t] = v_lookup4(n->input + 4 * (j0 + j), code[t]);
    }
    for (ptrdiff_t i = 0; i < H; i++) {
        const real *w = n->w_rec_scaled + i * H + j0;
        RS_UNROLL
        for (ptrdiff_t t = 0; t < VT; t++)
            si[t] = s[i * V + t];
        RS_UNROLL
        for (ptrdiff_t j = 0; j < JT; j++) {
            RS_UNROLL
            for (ptrdiff_t t = 0; t < VT; t++)
                sum[j][t] = v_fma(si[t], v_set1(w[j]), sum[j][t]);
        }
    }
    RS_UNROLL
    for (ptrdiff_t j = 0; j < JT; j++) {
        RS_UNROLL
        for (ptrdiff_t t = 0; t < VT; t++)
            a[(j0 + j) * V + t] = sum[j][t];
    }
}

RS_INLINE vcode codes_at(const narrow *n, ptrdiff_t k, ptrdiff_t v)
{
    return v_codes(n->code + k * n->stride + v * RS_LOGICAL_LANES);
}

/* The same of all states, for VT vectors from v of step k. */
RS_INLINE void activation_vectors(const narrow *n, const ptrdiff_t H, ptrdiff_t k, ptrdiff_t v,
                                  const ptrdiff_t VT, const vreal *s, vreal *a)
{
    vcode code[TILE_VECTORS];
    RS_UNROLL
    for (ptrdiff_t t = 0; t < VT; t++)
        code[t] = codes_at(n, k, v + t);
#define TILE(j0, JT) activation_tile(n, H, j0, JT, VT, s + v, a + v, code)
    RS_FOR_TILES(H, TILE_STATES, TILE);
#undef TILE
}

/* z = s W_out + b_out for VT vectors. */
RS_INLINE void output_vectors(const narrow *n, const ptrdiff_t H, const ptrdiff_t VT,
                              const vreal *s, vreal *z)
{
    vreal sum[TILE_VECTORS];
    RS_UNROLL
    for (ptrdiff_t t = 0; t < VT; t++)
        sum[t] = v_set1(n->b_out);
    for (ptrdiff_t h = 0; h < H; h++) {
        vreal w = v_set1(n->w_out[h]);
        RS_UNROLL
        for (ptrdiff_t t = 0; t < VT; t++)
            sum[t] = v_fma(s[h * n->vectors + t], w, sum[t]);
    }
    RS_UNROLL
    for (ptrdiff_t t = 0; t < VT; t++)
        z[t] = sum[t];
}

RS_INLINE void tanh_vectors(const narrow *n, const ptrdiff_t H, const ptrdiff_t VT, vreal *a)
{
    for (ptrdiff_t h = 0; h < H; h++) {
        RS_UNROLL
        for (ptrdiff_t t = 0; t < VT; t++)
            a[h * n->vectors + t] = v_tanh(a[h * n->vectors + t]);
    }
}

/* next = tanh(input + s W_rec) and its z, of step k. VECTORS: the most vectors of a tile.
 * tanh has a loop of its own, in which its constants stay in registers; in a tile, between the
 * accumulators, each would be read from memory every time. */
RS_INLINE void forward_step(const narrow *n, const ptrdiff_t H, const ptrdiff_t VECTORS,
                            ptrdiff_t k, const vreal *s, vreal *next)
{
    const ptrdiff_t V = n->vectors;
#define TILE(v, VT) activation_vectors(n, H, k, v, VT, s, next)
    RS_FOR_TILES(V, VECTORS, TILE);
#undef TILE
#define TILE(v, VT) tanh_vectors(n, H, VT, next + v)
    RS_FOR_TILES(V, VECTORS, TILE);
#undef TILE
#define TILE(v, VT) output_vectors(n, H, VT, next + v, n->output + k * V + v)
    RS_FOR_TILES(V, TILE_VECTORS, TILE);
#undef TILE
}

/* The first SHARED_STEPS steps, looked up: samples with the same inputs so far are at the same node
 * of a tree. Node i of step 2 has had the inputs i mod 4 and i / 4, that of step 1 i mod 4. */
RS_INLINE void shared_steps(const narrow *n, const ptrdiff_t H, const bool keep_states)
{
    const ptrdiff_t V = n->vectors;
    const real *first = n->node_state, *second = n->node_state + H * NODES;
    vreal *after_first = n->state + H * V, *after_second = n->state + (keep_states ? 2 * H * V : 0);
    for (ptrdiff_t v = 0; v < V; v++) {
        vcode code = codes_at(n, 0, v), pair = v_code_pair(code, codes_at(n, 1, v));
        for (ptrdiff_t h = 0; h < H; h++) {
            if (keep_states)
                after_first[h * V + v] = v_lookup4(first + h * NODES, code);
            after_second[h * V + v] = v_lookup16(second + h * NODES, pair);
        }
        n->output[v] = v_lookup4(n->node_output, code);
        n->output[V + v] = v_lookup16(n->node_output + NODES, pair);
    }
}

/* All steps; leaves z in n->output. Only the gradient needs the states of all steps; else two slots
 * take turns. */
RS_INLINE void forward(const narrow *n, const ptrdiff_t H, const ptrdiff_t VECTORS,
                       const bool keep_states, const real *s0)
{
    const ptrdiff_t V = n->vectors;
    for (ptrdiff_t h = 0; h < H && (keep_states || n->shared == 0); h++)
        for (ptrdiff_t v = 0; v < V; v++)
            n->state[h * V + v] = v_set1(s0[h]);
    if (n->shared != 0)
        shared_steps(n, H, keep_states);
    for (ptrdiff_t k = n->shared; k < n->steps; k++) {
        const ptrdiff_t slot = keep_states ? k : k & 1;
        const ptrdiff_t next_slot = keep_states ? k + 1 : 1 - slot;
        forward_step(n, H, VECTORS, k, n->state + slot * H * V, n->state + next_slot * H * V);
    }
}

/* Turns z into dloss/dz in place, and adds it to *sum. */
RS_INLINE void outputs_to_errors(const narrow *n, vreal *sum)
{
    const ptrdiff_t V = n->vectors;
    vreal total = *sum;
    for (ptrdiff_t k = 0; k < n->steps; k++)
        for (ptrdiff_t v = 0; v < V; v++) {
            vreal *output = n->output + k * V + v;
            *output = v_and(output_error(*output, codes_at(n, k, v)), n->inside[v]);
            total = v_add(total, *output);
        }
    *sum = total;
}

RS_INLINE void tally_losses(const narrow *n)
{
    const ptrdiff_t V = n->vectors;
    for (ptrdiff_t k = 0; k < n->steps; k++)
        for (ptrdiff_t v = 0; v < V; v++)
            tally_loss(&n->tally[v], n->output[k * V + v], codes_at(n, k, v));
}

RS_INLINE void tally_wrongs(const narrow *n)
{
    const ptrdiff_t V = n->vectors;
    for (ptrdiff_t k = 0; k < n->steps; k++)
        for (ptrdiff_t v = 0; v < V; v++)
            tally_wrong(&n->tally[v], n->output[k * V + v], codes_at(n, k, v));
}

/* flow_i = sum over j of delta_j W_rec[i,j], for IT states from i0. */
RS_INLINE void backward_tile(const narrow *n, const ptrdiff_t H, ptrdiff_t i0, const ptrdiff_t IT,
                             const ptrdiff_t VT, const vreal *delta, vreal *flow)
{
    const ptrdiff_t V = n->vectors;
    vreal sum[TILE_STATES][TILE_VECTORS], d[TILE_VECTORS];
    RS_UNROLL
    for (ptrdiff_t i = 0; i < IT; i++) {
        RS_UNROLL
        for (ptrdiff_t t = 0; t < VT; t++)
            sum[i][t] = v_set1(0);
    }
    for (ptrdiff_t j = 0; j < H; j++) {
        const real *w = n->w_rec + i0 * H + j;
        RS_UNROLL
        for (ptrdiff_t t = 0; t < VT; t++)
            d[t] = delta[j * V + t];
        RS_UNROLL
        for (ptrdiff_t i = 0; i < IT; i++) {
            RS_UNROLL
            for (ptrdiff_t t = 0; t < VT; t++)
                sum[i][t] = v_fma(d[t], v_set1(w[i * H]), sum[i][t]);
        }
    }
    RS_UNROLL
    for (ptrdiff_t i = 0; i < IT; i++) {
        RS_UNROLL
        for (ptrdiff_t t = 0; t < VT; t++)
            flow[(i0 + i) * V + t] = sum[i][t];
    }
}

/* dloss/da_j = (flow_j + error w_out_j) (1 - s_j^2), then the flow into the step before, if there
 * is one: what flows to s_0 follows from sums, see add_first_step. */
RS_INLINE void backward_vectors(const narrow *n, const ptrdiff_t H, ptrdiff_t k, ptrdiff_t v,
                                const ptrdiff_t VT)
{
    const ptrdiff_t V = n->vectors;
    const vreal *next = n->state + (k + 1) * H * V + v;
    const vreal *error = n->output + k * V + v;
    vreal *delta = n->delta + k * H * V + v;
    vreal *flow = n->flow + v;
    for (ptrdiff_t h = 0; h < H; h++) {
        vreal w = v_set1(n->w_out[h]);
        RS_UNROLL
        for (ptrdiff_t t = 0; t < VT; t++) {
            vreal s = next[h * V + t];
            vreal ds = v_fma(error[t], w, flow[h * V + t]);
            delta[h * V + t] = v_mul(ds, v_fnma(s, s, v_set1(1)));
        }
    }
    if (k == 0)
        return;
#define TILE(i0, IT) backward_tile(n, H, i0, IT, VT, delta, flow)
    RS_FOR_TILES(H, TILE_STATES, TILE);
#undef TILE
}

RS_INLINE void backward(const narrow *n, const ptrdiff_t H, const ptrdiff_t VECTORS)
{
    const ptrdiff_t V = n->vectors;
    for (ptrdiff_t i = 0; i < H * V; i++)
        n->flow[i] = v_set1(0);
#define TILE(v, VT) backward_vectors(n, H, k, v, VT)
    for (ptrdiff_t k = n->steps - 1; k >= 0; k--)
        RS_FOR_TILES(V, VECTORS, TILE);
#undef TILE
}

/* ---- Sums over samples and steps: the gradients, per lane -------------------------------------
 */

/* Accumulators of one pass p, each [.][RS_PARTS] so that v_sum finds the parts together. */
typedef struct narrow_sums {
    vreal *first; /* [H]: D[0] */
    vreal *w_in;  /* [2][H] */
    vreal *b;     /* [H]: b_in and b_rec alike */
    vreal *w_rec; /* [H][H] */
    vreal *w_out; /* [H] */
    vreal *b_out; /* [1] */
} narrow_sums;

/* dW_rec[i,j] += sum over k > 0, v of S[k][i] D[k][j] */
RS_INLINE void sum_w_rec_tile(const narrow *n, const ptrdiff_t H, ptrdiff_t i0, const ptrdiff_t IT,
                              ptrdiff_t j0, const ptrdiff_t JT, vreal *w_rec)
{
    const ptrdiff_t V = n->vectors;
    vreal sum[TILE_STATES][TILE_SUMS];
    RS_UNROLL
    for (ptrdiff_t i = 0; i < IT; i++) {
        RS_UNROLL
        for (ptrdiff_t j = 0; j < JT; j++)
            sum[i][j] = w_rec[((i0 + i) * H + j0 + j) * RS_PARTS];
    }
    for (ptrdiff_t k = 1; k < n->steps; k++) {
        const vreal *s = n->state + (k * H + i0) * V;
        const vreal *d = n->delta + (k * H + j0) * V;
        for (ptrdiff_t v = 0; v < V; v++) {
            vreal dv[TILE_SUMS];
            RS_UNROLL
            for (ptrdiff_t j = 0; j < JT; j++)
                dv[j] = d[j * V + v];
            RS_UNROLL
            for (ptrdiff_t i = 0; i < IT; i++) {
                vreal sv = s[i * V + v];
                RS_UNROLL
                for (ptrdiff_t j = 0; j < JT; j++)
                    sum[i][j] = v_fma(sv, dv[j], sum[i][j]);
            }
        }
    }
    RS_UNROLL
    for (ptrdiff_t i = 0; i < IT; i++) {
        RS_UNROLL
        for (ptrdiff_t j = 0; j < JT; j++)
            w_rec[((i0 + i) * H + j0 + j) * RS_PARTS] = sum[i][j];
    }
}

RS_INLINE void sum_w_rec_rows(const narrow *n, const ptrdiff_t H, ptrdiff_t i0, const ptrdiff_t IT,
                              vreal *w_rec)
{
#define TILE(j0, JT) sum_w_rec_tile(n, H, i0, IT, j0, JT, w_rec)
    RS_FOR_TILES(H, TILE_SUMS, TILE);
#undef TILE
}

RS_INLINE void sum_w_rec(const narrow *n, const ptrdiff_t H, vreal *w_rec)
{
#define TILE(i0, IT) sum_w_rec_rows(n, H, i0, IT, w_rec)
    RS_FOR_TILES(H, TILE_STATES, TILE);
#undef TILE
}

/* dW_in[i,j] += sum of D[k][j] times input bit i; db[j] += sum of D[k][j];
 * dW_out[j] += sum of S[k+1][j] error[k]. */
RS_INLINE void sum_rest_tile(const narrow *n, const ptrdiff_t H, ptrdiff_t j0, const ptrdiff_t JT,
                             const narrow_sums *sums)
{
    const ptrdiff_t V = n->vectors;
    const vreal one = v_set1(1);
    vreal w0[TILE_VECTORS], w1[TILE_VECTORS], b[TILE_VECTORS], out[TILE_VECTORS];
    RS_UNROLL
    for (ptrdiff_t j = 0; j < JT; j++) {
        w0[j] = sums->w_in[(j0 + j) * RS_PARTS];
        w1[j] = sums->w_in[(H + j0 + j) * RS_PARTS];
        b[j] = sums->b[(j0 + j) * RS_PARTS];
        out[j] = sums->w_out[(j0 + j) * RS_PARTS];
    }
    for (ptrdiff_t k = 0; k < n->steps; k++) {
        const vreal *d = n->delta + (k * H + j0) * V;
        const vreal *s = n->state + ((k + 1) * H + j0) * V;
        for (ptrdiff_t v = 0; v < V; v++) {
            vcode code = codes_at(n, k, v);
            vreal x0 = v_and(v_code_mask(code, 0), one), x1 = v_and(v_code_mask(code, 1), one);
            vreal error = n->output[k * V + v];
            RS_UNROLL
            for (ptrdiff_t j = 0; j < JT; j++) {
                vreal dj = d[j * V + v];
                w0[j] = v_fma(x0, dj, w0[j]);
                w1[j] = v_fma(x1, dj, w1[j]);
                b[j] = v_add(b[j], dj);
                out[j] = v_fma(error, s[j * V + v], out[j]);
            }
        }
    }
    RS_UNROLL
    for (ptrdiff_t j = 0; j < JT; j++) {
        sums->w_in[(j0 + j) * RS_PARTS] = w0[j];
        sums->w_in[(H + j0 + j) * RS_PARTS] = w1[j];
        sums->b[(j0 + j) * RS_PARTS] = b[j];
        sums->w_out[(j0 + j) * RS_PARTS] = out[j];
    }
}

RS_INLINE void sum_rest(const narrow *n, const ptrdiff_t H, const narrow_sums *sums)
{
    const ptrdiff_t V = n->vectors;
#define TILE(j0, JT) sum_rest_tile(n, H, j0, JT, sums)
    RS_FOR_TILES(H, TILE_VECTORS, TILE);
#undef TILE
    for (ptrdiff_t h = 0; h < H; h++)
        for (ptrdiff_t v = 0; v < V; v++)
            sums->first[h * RS_PARTS] = v_add(sums->first[h * RS_PARTS], n->delta[h * V + v]);
}

#endif
