/* Where lanes are samples, inputs and outputs of sequences of any kind: I real inputs, prepared as
 * x W_in + b before the step that they belong to, and O outputs under one of the heads of rs_head.
 * Symbols come as one-hot reals. A step's weight is 0 where it does not count and in lanes without
 * a sample, and so are its errors. */
#ifndef RS_NARROW_SEQUENCES_H
#define RS_NARROW_SEQUENCES_H

#include "narrow.h"

/* ---- Inputs ------------------------------------------------------------------------------------
 */

/* Where the terms of a vector stand: [column][vectors]. */
typedef const vreal *step_input;

RS_INLINE step_input step_input_at(const narrow *n, ptrdiff_t k, ptrdiff_t v)
{
    (void)k; /* that of prepare_inputs */
    return n->prepared + v;
}

RS_INLINE vreal input_term(const narrow *n, ptrdiff_t j, step_input x)
{
    return x[j * n->vectors];
}

/* What is carried on is 0 past a sequence's end, so that it cannot run off where nothing counts. */
RS_INLINE void end_sequences(const narrow *n, const ptrdiff_t H, ptrdiff_t k, vreal *s)
{
    for (ptrdiff_t v = 0; n->is_ragged && v < n->vectors; v++) {
        const vreal lasts = v_greater(v_load(n->length + v * RS_LOGICAL_LANES), v_set1((real)k));
        for (ptrdiff_t h = 0; h < CELL_CARRIED * H; h++)
            s[h * n->vectors + v] = v_and(s[h * n->vectors + v], lasts);
    }
}

/* Number i of `rows` numbers of step k in an array [T][rows][stride], vector v. */
RS_INLINE vreal batch_vector(const narrow *n, const real *array, ptrdiff_t rows, ptrdiff_t k,
                             ptrdiff_t i, ptrdiff_t v)
{
    return v_load(array + (k * rows + i) * n->stride + v * RS_LOGICAL_LANES);
}

/* x W_in + b, scaled, of JT columns from j0, for VT vectors. */
RS_INLINE void prepared_tile(const narrow *n, const ptrdiff_t H, ptrdiff_t k, ptrdiff_t v,
                             const ptrdiff_t VT, ptrdiff_t j0, const ptrdiff_t JT)
{
    const ptrdiff_t V = n->vectors;
    vreal sum[TILE_STATES][TILE_VECTORS], x[TILE_VECTORS];
    RS_UNROLL
    for (ptrdiff_t j = 0; j < JT; j++) {
        RS_UNROLL
        for (ptrdiff_t t = 0; t < VT; t++)
            sum[j][t] = v_set1(n->bias[j0 + j]);
    }
    for (ptrdiff_t i = 0; i < n->inputs; i++) {
        const real *w = n->w_in_scaled + i * (CELL_GATES * H) + j0;
        RS_UNROLL
        for (ptrdiff_t t = 0; t < VT; t++)
            x[t] = batch_vector(n, n->x, n->inputs, k, i, v + t);
        RS_UNROLL
        for (ptrdiff_t j = 0; j < JT; j++) {
            RS_UNROLL
            for (ptrdiff_t t = 0; t < VT; t++)
                sum[j][t] = v_fma(x[t], v_set1(w[j]), sum[j][t]);
        }
    }
    RS_UNROLL
    for (ptrdiff_t j = 0; j < JT; j++) {
        RS_UNROLL
        for (ptrdiff_t t = 0; t < VT; t++)
            n->prepared[(j0 + j) * V + v + t] = sum[j][t];
    }
}

RS_INLINE void prepared_vectors(const narrow *n, const ptrdiff_t H, ptrdiff_t k, ptrdiff_t v,
                                const ptrdiff_t VT)
{
#define TILE(j0, JT) prepared_tile(n, H, k, v, VT, j0, JT)
    RS_FOR_TILES(CELL_GATES * H, TILE_STATES, TILE);
#undef TILE
}

RS_INLINE void prepare_inputs(const narrow *n, const ptrdiff_t H, ptrdiff_t k)
{
#define TILE(v, VT) prepared_vectors(n, H, k, v, VT)
    RS_FOR_TILES(n->vectors, TILE_VECTORS, TILE);
#undef TILE
}

/* ---- Outputs -----------------------------------------------------------------------------------
 */

RS_INLINE vreal *outputs_at(const narrow *n, ptrdiff_t k, ptrdiff_t v)
{
    return n->output + k * n->outputs * n->vectors + v;
}

/* z = s W_out + b_out of OT outputs from o0, for VT vectors. */
RS_INLINE void output_tile(const narrow *n, const ptrdiff_t H, ptrdiff_t o0, const ptrdiff_t OT,
                           const ptrdiff_t VT, const vreal *s, vreal *z)
{
    const ptrdiff_t V = n->vectors;
    vreal sum[TILE_STATES][TILE_VECTORS], sh[TILE_VECTORS];
    RS_UNROLL
    for (ptrdiff_t o = 0; o < OT; o++) {
        RS_UNROLL
        for (ptrdiff_t t = 0; t < VT; t++)
            sum[o][t] = v_set1(n->b_outs[o0 + o]);
    }
    for (ptrdiff_t h = 0; h < H; h++) {
        const real *w = n->w_out + h * n->outputs + o0;
        RS_UNROLL
        for (ptrdiff_t t = 0; t < VT; t++)
            sh[t] = s[h * V + t];
        RS_UNROLL
        for (ptrdiff_t o = 0; o < OT; o++) {
            RS_UNROLL
            for (ptrdiff_t t = 0; t < VT; t++)
                sum[o][t] = v_fma(sh[t], v_set1(w[o]), sum[o][t]);
        }
    }
    RS_UNROLL
    for (ptrdiff_t o = 0; o < OT; o++) {
        RS_UNROLL
        for (ptrdiff_t t = 0; t < VT; t++)
            z[(o0 + o) * V + t] = sum[o][t];
    }
}

RS_INLINE void output_vectors(const narrow *n, const ptrdiff_t H, const ptrdiff_t VT,
                              const vreal *s, vreal *z)
{
#define TILE(o0, OT) output_tile(n, H, o0, OT, VT, s, z)
    RS_FOR_TILES(n->outputs, TILE_STATES, TILE);
#undef TILE
}

/* The z of step k from its states. */
RS_INLINE void output_step(const narrow *n, const ptrdiff_t H, ptrdiff_t k, const vreal *s)
{
#define TILE(v, VT) output_vectors(n, H, VT, s + v, outputs_at(n, k, v))
    RS_FOR_TILES(n->vectors, TILE_VECTORS, TILE);
#undef TILE
}

/* ---- Heads: one step of one vector, z[o * V] and its target ------------------------------------
 */

/* What a step's outputs are held against. */
typedef struct step_target {
    const real *target; /* of output o at [o * stride] */
    vreal weight;
} step_target;

RS_INLINE vreal target_of(const narrow *n, const step_target *t, ptrdiff_t o)
{
    return v_load(t->target + o * n->stride);
}

/* 1 where the class is o, else 0. */
RS_INLINE vreal one_hot(const step_target *t, ptrdiff_t o)
{
    const vreal off = v_or(v_sub(v_load(t->target), v_set1((real)o)), v_set1(-RS_LITERAL(0.0)));
    return v_and(v_greater(off, v_set1(-RS_LITERAL(0.5))), v_set1(1)); /* -|class - o| */
}

/* The sign bit where the bit is 1. */
RS_INLINE vreal bit_sign(vreal bit)
{
    return v_and(v_greater(bit, v_set1(RS_LITERAL(0.5))), v_set1(-RS_LITERAL(0.0)));
}

/* log(1 + e^u) without overflow. */
RS_INLINE vreal softplus(vreal u)
{
    const vreal e = v_exp_negative(v_or(u, v_set1(-RS_LITERAL(0.0))));
    return v_add(v_max(v_set1(0), u), v_log1p(e));
}

RS_INLINE vreal largest_of(const narrow *n, const vreal *z)
{
    vreal largest = z[0];
    for (ptrdiff_t o = 1; o < n->outputs; o++)
        largest = v_max(largest, z[o * n->vectors]);
    return largest;
}

/* e^(z - largest) in place of z; returns their sum, at least 1 but for rounding. */
RS_INLINE vreal exponentials(const narrow *n, vreal *z)
{
    const vreal largest = largest_of(n, z);
    vreal sum = v_set1(0);
    for (ptrdiff_t o = 0; o < n->outputs; o++) {
        vreal *e = z + o * n->vectors;
        *e = v_exp_negative(v_sub(*e, largest));
        sum = v_add(sum, *e);
    }
    return sum;
}

/* Losses before they are weighted: sums over the outputs. */

RS_INLINE vreal bits_loss(const narrow *n, const vreal *z, const step_target *t)
{
    vreal sum = v_set1(0);
    for (ptrdiff_t o = 0; o < n->outputs; o++)
        sum = v_add(sum, softplus(v_xor(z[o * n->vectors], bit_sign(target_of(n, t, o)))));
    return sum;
}

RS_INLINE vreal bits_squared_loss(const narrow *n, const vreal *z, const step_target *t)
{
    vreal sum = v_set1(0);
    for (ptrdiff_t o = 0; o < n->outputs; o++) {
        const vreal d = v_sub(v_sigmoid(z[o * n->vectors]), target_of(n, t, o));
        sum = v_fma(d, d, sum);
    }
    return sum;
}

/* log(sum of e^z) - z of the class. */
RS_INLINE vreal classes_loss(const narrow *n, const vreal *z, const step_target *t)
{
    const vreal largest = largest_of(n, z);
    vreal sum = v_set1(0), own = v_set1(0);
    for (ptrdiff_t o = 0; o < n->outputs; o++) {
        const vreal below = v_sub(z[o * n->vectors], largest);
        sum = v_add(sum, v_exp_negative(below));
        own = v_fma(below, one_hot(t, o), own);
    }
    return v_sub(v_log1p(v_max(v_set1(0), v_sub(sum, v_set1(1)))), own);
}

RS_INLINE vreal classes_squared_loss(const narrow *n, const vreal *z, const step_target *t)
{
    const vreal largest = largest_of(n, z);
    vreal total = v_set1(0), sum = v_set1(0);
    for (ptrdiff_t o = 0; o < n->outputs; o++)
        total = v_add(total, v_exp_negative(v_sub(z[o * n->vectors], largest)));
    for (ptrdiff_t o = 0; o < n->outputs; o++) {
        const vreal p = v_div(v_exp_negative(v_sub(z[o * n->vectors], largest)), total);
        const vreal d = v_sub(p, one_hot(t, o));
        sum = v_fma(d, d, sum);
    }
    return sum;
}

RS_INLINE vreal reals_loss(const narrow *n, const vreal *z, const step_target *t)
{
    vreal sum = v_set1(0);
    for (ptrdiff_t o = 0; o < n->outputs; o++) {
        const vreal d = v_sub(z[o * n->vectors], target_of(n, t, o));
        sum = v_fma(d, d, sum);
    }
    return sum;
}

/* z becomes the derivative of the weighted loss. */

RS_INLINE void bits_error(const narrow *n, vreal *z, const step_target *t)
{
    for (ptrdiff_t o = 0; o < n->outputs; o++) {
        const vreal sign = bit_sign(target_of(n, t, o));
        vreal *e = z + o * n->vectors;
        *e = v_mul(v_xor(v_sigmoid(v_xor(*e, sign)), sign), t->weight);
    }
}

RS_INLINE void bits_squared_error(const narrow *n, vreal *z, const step_target *t)
{
    const vreal twice = v_add(t->weight, t->weight);
    for (ptrdiff_t o = 0; o < n->outputs; o++) {
        vreal *e = z + o * n->vectors;
        const vreal y = v_sigmoid(*e), slope = v_mul(y, v_sub(v_set1(1), y));
        *e = v_mul(v_mul(v_sub(y, target_of(n, t, o)), slope), twice);
    }
}

RS_INLINE void classes_error(const narrow *n, vreal *z, const step_target *t)
{
    const vreal sum = exponentials(n, z);
    for (ptrdiff_t o = 0; o < n->outputs; o++) {
        vreal *e = z + o * n->vectors;
        *e = v_mul(v_sub(v_div(*e, sum), one_hot(t, o)), t->weight);
    }
}

/* With p softmax of z and d = p - t: 2 p_j (d_j - sum of d p). */
RS_INLINE void classes_squared_error(const narrow *n, vreal *z, const step_target *t)
{
    const vreal sum = exponentials(n, z), twice = v_add(t->weight, t->weight);
    vreal mean = v_set1(0);
    for (ptrdiff_t o = 0; o < n->outputs; o++) {
        vreal *p = z + o * n->vectors;
        *p = v_div(*p, sum);
        mean = v_fma(v_sub(*p, one_hot(t, o)), *p, mean);
    }
    for (ptrdiff_t o = 0; o < n->outputs; o++) {
        vreal *p = z + o * n->vectors;
        *p = v_mul(v_mul(v_sub(v_sub(*p, one_hot(t, o)), mean), *p), twice);
    }
}

RS_INLINE void reals_error(const narrow *n, vreal *z, const step_target *t)
{
    const vreal twice = v_add(t->weight, t->weight);
    for (ptrdiff_t o = 0; o < n->outputs; o++) {
        vreal *e = z + o * n->vectors;
        *e = v_mul(v_sub(*e, target_of(n, t, o)), twice);
    }
}

/* Wrong outputs, of classes 0 or 1. */

RS_INLINE vreal bits_wrong(const narrow *n, const vreal *z, const step_target *t)
{
    vreal wrong = v_set1(0);
    for (ptrdiff_t o = 0; o < n->outputs; o++) {
        const vreal is_one = v_greater(z[o * n->vectors], v_set1(0));
        const vreal should = v_greater(target_of(n, t, o), v_set1(RS_LITERAL(0.5)));
        wrong = v_add(wrong, v_and(v_xor(is_one, should), v_set1(1)));
    }
    return wrong;
}

RS_INLINE vreal classes_wrong(const narrow *n, const vreal *z, const step_target *t)
{
    vreal best = z[0], is_right = one_hot(t, 0);
    for (ptrdiff_t o = 1; o < n->outputs; o++) {
        const vreal above = v_greater(z[o * n->vectors], best);
        best = v_select(above, z[o * n->vectors], best);
        is_right = v_select(above, one_hot(t, o), is_right);
    }
    return v_sub(v_set1(1), is_right);
}

/* What is no number is wrong too. */
RS_INLINE vreal reals_wrong(const narrow *n, const vreal *z, const step_target *t)
{
    const vreal bound = v_set1(-n->tolerance), minus_zero = v_set1(-RS_LITERAL(0.0));
    vreal right = v_set1(0);
    for (ptrdiff_t o = 0; o < n->outputs; o++) {
        const vreal off = v_or(v_sub(z[o * n->vectors], target_of(n, t, o)), minus_zero);
        const vreal too_far = v_greater(bound, off); /* off = -|z - t| */
        const vreal is_number = v_greater(v_set1(1), off);
        right = v_add(right, v_select(too_far, v_set1(0), v_and(is_number, v_set1(1))));
    }
    return v_sub(v_set1((real)n->outputs), right);
}

/* ---- All steps ---------------------------------------------------------------------------------
 */

RS_INLINE ptrdiff_t target_rows(const narrow *n)
{
    return n->head == RS_HEAD_CLASSES || n->head == RS_HEAD_CLASSES_SQUARED ? 1 : n->outputs;
}

RS_INLINE step_target target_at(const narrow *n, ptrdiff_t k, ptrdiff_t v)
{
    return (step_target){n->target + k * target_rows(n) * n->stride + v * RS_LOGICAL_LANES,
                         batch_vector(n, n->weight, 1, k, 0, v)};
}

/* Statement for every step and vector, with z and the target t. */
#define FOR_OUTPUTS(n, statement)                       \
    for (ptrdiff_t k = 0; k < (n)->steps; k++)          \
        for (ptrdiff_t v = 0; v < (n)->vectors; v++) {  \
            const step_target t = target_at((n), k, v); \
            vreal *z = outputs_at((n), k, v);           \
            statement;                                  \
        }                                               \
    break

/* Turns z into dloss/dz in place, and adds it to sum[o * RS_PARTS]. */
RS_INLINE void outputs_to_errors(const narrow *n, vreal *sum)
{
    switch (n->head) {
    case RS_HEAD_BITS:
        FOR_OUTPUTS(n, bits_error(n, z, &t));
    case RS_HEAD_BITS_SQUARED:
        FOR_OUTPUTS(n, bits_squared_error(n, z, &t));
    case RS_HEAD_CLASSES:
        FOR_OUTPUTS(n, classes_error(n, z, &t));
    case RS_HEAD_CLASSES_SQUARED:
        FOR_OUTPUTS(n, classes_squared_error(n, z, &t));
    case RS_HEAD_REALS:
        FOR_OUTPUTS(n, reals_error(n, z, &t));
    case RS_HEAD_BIT:
    case RS_HEAD_TOTAL:
        break;
    }
    for (ptrdiff_t o = 0; o < n->outputs; o++) {
        vreal total = sum[o * RS_PARTS];
        for (ptrdiff_t k = 0; k < n->steps; k++)
            for (ptrdiff_t v = 0; v < n->vectors; v++) {
                vreal *e = outputs_at(n, k, v) + o * n->vectors;
                *e = v_and(*e, v_greater(batch_vector(n, n->weight, 1, k, 0, v), v_set1(0)));
                total = v_add(total, *e);
            }
        sum[o * RS_PARTS] = total;
    }
}

RS_INLINE void add_loss(const narrow *n, ptrdiff_t v, const step_target *t, vreal loss)
{
    /* A loss that is no number where nothing counts does no harm. */
    const vreal counts = v_greater(t->weight, v_set1(0));
    n->losses[v] = v_add(n->losses[v], v_and(counts, v_mul(t->weight, loss)));
}

RS_INLINE void tally_losses(const narrow *n)
{
    switch (n->head) {
    case RS_HEAD_BITS:
        FOR_OUTPUTS(n, add_loss(n, v, &t, bits_loss(n, z, &t)));
    case RS_HEAD_BITS_SQUARED:
        FOR_OUTPUTS(n, add_loss(n, v, &t, bits_squared_loss(n, z, &t)));
    case RS_HEAD_CLASSES:
        FOR_OUTPUTS(n, add_loss(n, v, &t, classes_loss(n, z, &t)));
    case RS_HEAD_CLASSES_SQUARED:
        FOR_OUTPUTS(n, add_loss(n, v, &t, classes_squared_loss(n, z, &t)));
    case RS_HEAD_REALS:
        FOR_OUTPUTS(n, add_loss(n, v, &t, reals_loss(n, z, &t)));
    case RS_HEAD_BIT:
    case RS_HEAD_TOTAL:
        break;
    }
}

RS_INLINE void add_wrongs(const narrow *n, ptrdiff_t v, const step_target *t, vreal wrong)
{
    const vreal counts = v_greater(t->weight, v_set1(0));
    n->tally[v].wrong = v_add(n->tally[v].wrong, v_and(counts, wrong));
    n->counted[v] = v_add(n->counted[v], v_and(counts, v_set1((real)target_rows(n))));
}

RS_INLINE void tally_wrongs(const narrow *n)
{
    switch (n->head) {
    case RS_HEAD_BITS:
    case RS_HEAD_BITS_SQUARED:
        FOR_OUTPUTS(n, add_wrongs(n, v, &t, bits_wrong(n, z, &t)));
    case RS_HEAD_CLASSES:
    case RS_HEAD_CLASSES_SQUARED:
        FOR_OUTPUTS(n, add_wrongs(n, v, &t, classes_wrong(n, z, &t)));
    case RS_HEAD_REALS:
        FOR_OUTPUTS(n, add_wrongs(n, v, &t, reals_wrong(n, z, &t)));
    case RS_HEAD_BIT:
    case RS_HEAD_TOTAL:
        break;
    }
}

/* ---- Backward ----------------------------------------------------------------------------------
 */

/* What flows from the outputs is added to the flow before a state's delta is made. */
enum { OUTPUTS_FLOW_APART = 1 };

/* flow_i += sum over outputs of error_o W_out[i,o], for IT states from i0. */
RS_INLINE void outputs_flow_tile(const narrow *n, ptrdiff_t i0, const ptrdiff_t IT,
                                 const ptrdiff_t VT, const vreal *error, vreal *flow)
{
    const ptrdiff_t V = n->vectors, O = n->outputs;
    vreal sum[TILE_STATES][TILE_VECTORS], e[TILE_VECTORS];
    RS_UNROLL
    for (ptrdiff_t i = 0; i < IT; i++) {
        RS_UNROLL
        for (ptrdiff_t t = 0; t < VT; t++)
            sum[i][t] = flow[(i0 + i) * V + t];
    }
    for (ptrdiff_t o = 0; o < O; o++) {
        const real *w = n->w_out + i0 * O + o;
        RS_UNROLL
        for (ptrdiff_t t = 0; t < VT; t++)
            e[t] = error[o * V + t];
        RS_UNROLL
        for (ptrdiff_t i = 0; i < IT; i++) {
            RS_UNROLL
            for (ptrdiff_t t = 0; t < VT; t++)
                sum[i][t] = v_fma(e[t], v_set1(w[i * O]), sum[i][t]);
        }
    }
    RS_UNROLL
    for (ptrdiff_t i = 0; i < IT; i++) {
        RS_UNROLL
        for (ptrdiff_t t = 0; t < VT; t++)
            flow[(i0 + i) * V + t] = sum[i][t];
    }
}

RS_INLINE void outputs_flow(const narrow *n, const ptrdiff_t H, ptrdiff_t k, ptrdiff_t v,
                            const ptrdiff_t VT)
{
    const vreal *error = outputs_at(n, k, v);
#define TILE(i0, IT) outputs_flow_tile(n, i0, IT, VT, error, n->flow + v)
    RS_FOR_TILES(H, TILE_STATES, TILE);
#undef TILE
}

/* Not called: outputs flow apart. */
RS_INLINE vreal output_flow(vreal error, vreal w_out, vreal flow)
{
    (void)error;
    (void)w_out;
    return flow;
}

/* ---- Sums over samples and steps ---------------------------------------------------------------
 */

/* dW_in[i, j0 + j] += sum over k, v of x_k[i] delta_k[column + j] */
RS_INLINE void sum_w_in_tile(const narrow *n, const ptrdiff_t H, ptrdiff_t i0, const ptrdiff_t IT,
                             ptrdiff_t j0, ptrdiff_t column, const ptrdiff_t JT, vreal *w_in)
{
    const ptrdiff_t V = n->vectors, J = CELL_GATES * H;
    vreal sum[TILE_STATES][TILE_SUMS];
    RS_UNROLL
    for (ptrdiff_t i = 0; i < IT; i++) {
        RS_UNROLL
        for (ptrdiff_t j = 0; j < JT; j++)
            sum[i][j] = w_in[((i0 + i) * J + j0 + j) * RS_PARTS];
    }
    for (ptrdiff_t k = 0; k < n->steps; k++) {
        const vreal *d = n->delta + (k * CELL_COLUMNS * H + column) * V;
        for (ptrdiff_t v = 0; v < V; v++) {
            vreal dv[TILE_SUMS];
            RS_UNROLL
            for (ptrdiff_t j = 0; j < JT; j++)
                dv[j] = d[j * V + v];
            RS_UNROLL
            for (ptrdiff_t i = 0; i < IT; i++) {
                const vreal x = batch_vector(n, n->x, n->inputs, k, i0 + i, v);
                RS_UNROLL
                for (ptrdiff_t j = 0; j < JT; j++)
                    sum[i][j] = v_fma(x, dv[j], sum[i][j]);
            }
        }
    }
    RS_UNROLL
    for (ptrdiff_t i = 0; i < IT; i++) {
        RS_UNROLL
        for (ptrdiff_t j = 0; j < JT; j++)
            w_in[((i0 + i) * J + j0 + j) * RS_PARTS] = sum[i][j];
    }
}

RS_INLINE void sum_w_in_rows(const narrow *n, const ptrdiff_t H, ptrdiff_t i0, const ptrdiff_t IT,
                             vreal *w_in)
{
    for (int g = 0; g < CELL_GATES; g++) {
#define TILE(h0, JT) sum_w_in_tile(n, H, i0, IT, g *H + (h0), input_column(g) * H + (h0), JT, w_in)
        RS_FOR_TILES(H, TILE_SUMS, TILE);
#undef TILE
    }
}

/* dW_out[i, o] += sum over k, v of s_{k+1}[i] error_k[o] */
RS_INLINE void sum_w_out_tile(const narrow *n, const ptrdiff_t H, ptrdiff_t i0, const ptrdiff_t IT,
                              ptrdiff_t o0, const ptrdiff_t OT, vreal *w_out)
{
    const ptrdiff_t V = n->vectors, O = n->outputs;
    vreal sum[TILE_STATES][TILE_SUMS];
    RS_UNROLL
    for (ptrdiff_t i = 0; i < IT; i++) {
        RS_UNROLL
        for (ptrdiff_t o = 0; o < OT; o++)
            sum[i][o] = w_out[((i0 + i) * O + o0 + o) * RS_PARTS];
    }
    for (ptrdiff_t k = 0; k < n->steps; k++) {
        const vreal *s = n->state + ((k + 1) * CELL_CARRIED * H + i0) * V;
        const vreal *e = n->output + (k * O + o0) * V;
        for (ptrdiff_t v = 0; v < V; v++) {
            vreal ev[TILE_SUMS];
            RS_UNROLL
            for (ptrdiff_t o = 0; o < OT; o++)
                ev[o] = e[o * V + v];
            RS_UNROLL
            for (ptrdiff_t i = 0; i < IT; i++) {
                const vreal si = s[i * V + v];
                RS_UNROLL
                for (ptrdiff_t o = 0; o < OT; o++)
                    sum[i][o] = v_fma(si, ev[o], sum[i][o]);
            }
        }
    }
    RS_UNROLL
    for (ptrdiff_t i = 0; i < IT; i++) {
        RS_UNROLL
        for (ptrdiff_t o = 0; o < OT; o++)
            w_out[((i0 + i) * O + o0 + o) * RS_PARTS] = sum[i][o];
    }
}

RS_INLINE void sum_w_out_rows(const narrow *n, const ptrdiff_t H, ptrdiff_t i0, const ptrdiff_t IT,
                              vreal *w_out)
{
#define TILE(o0, OT) sum_w_out_tile(n, H, i0, IT, o0, OT, w_out)
    RS_FOR_TILES(n->outputs, TILE_SUMS, TILE);
#undef TILE
}

/* Sums of one column of the deltas over steps and vectors. */
RS_INLINE vreal sum_of_column(const narrow *n, const ptrdiff_t H, ptrdiff_t column, vreal sum)
{
    for (ptrdiff_t k = 0; k < n->steps; k++)
        for (ptrdiff_t v = 0; v < n->vectors; v++)
            sum = v_add(sum, n->delta[(k * CELL_COLUMNS * H + column) * n->vectors + v]);
    return sum;
}

RS_INLINE void sum_inputs_and_outputs(const narrow *n, const ptrdiff_t H, const narrow_sums *sums)
{
#define TILE(i0, IT) sum_w_in_rows(n, H, i0, IT, sums->w_in)
    RS_FOR_TILES(n->inputs, TILE_STATES, TILE);
#undef TILE
#define TILE(i0, IT) sum_w_out_rows(n, H, i0, IT, sums->w_out)
    RS_FOR_TILES(H, TILE_STATES, TILE);
#undef TILE
    for (ptrdiff_t j = 0; j < CELL_GATES * H; j++) {
        const ptrdiff_t column = input_column((int)(j / H)) * H + j % H;
        sums->b[j * RS_PARTS] = sum_of_column(n, H, column, sums->b[j * RS_PARTS]);
    }
    for (ptrdiff_t h = 0; CELL_APART >= 0 && h < H; h++)
        sums->b_apart[h * RS_PARTS] =
            sum_of_column(n, H, CELL_APART * H + h, sums->b_apart[h * RS_PARTS]);
}

#endif
