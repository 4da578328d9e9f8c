/* Where lanes are samples, the heads of sequences of any kind: O outputs under one of the heads of
 * rs_head. A step's weight is 0 where it does not count and in lanes without a sample, and so are
 * its errors. */
#ifndef RS_NARROW_SEQUENCES_H
#define RS_NARROW_SEQUENCES_H

#include "narrow.h"

/* Number i of `rows` numbers of step k in an array [T][rows][stride], vector v. */
RS_INLINE vreal batch_vector(const narrow *n, const real *array, ptrdiff_t rows, ptrdiff_t k,
                             ptrdiff_t i, ptrdiff_t v)
{
    return v_load(array + (k * rows + i) * n->stride + v * RS_LOGICAL_LANES);
}

/* ---- One step of one vector, z[o * V] and its target -------------------------------------------
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

/* Above 0 should be what has a target above `middle`; what is no number is not. */
RS_INLINE vreal sides_wrong(const narrow *n, const vreal *z, const step_target *t, real middle)
{
    vreal wrong = v_set1(0);
    for (ptrdiff_t o = 0; o < n->outputs; o++) {
        const vreal is_above = v_greater(z[o * n->vectors], v_set1(0));
        const vreal should = v_greater(target_of(n, t, o), v_set1(middle));
        wrong = v_add(wrong, v_and(v_xor(is_above, should), v_set1(1)));
    }
    return wrong;
}

RS_INLINE vreal bits_wrong(const narrow *n, const vreal *z, const step_target *t)
{
    return sides_wrong(n, z, t, RS_LITERAL(0.5));
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
    if (n->by_sign)
        return sides_wrong(n, z, t, 0);
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
static void sequence_errors(const narrow *pass, vreal *sum)
{
    const narrow copy = *pass, *n = &copy;
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

static void sequence_losses(const narrow *pass)
{
    const narrow copy = *pass, *n = &copy;
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
    if (n->by_sign)
        n->last[v] = v_select(counts, wrong, n->last[v]);
    n->counted[v] = v_add(n->counted[v], v_and(counts, v_set1((real)target_rows(n))));
}

static void sequence_wrongs(const narrow *pass)
{
    const narrow copy = *pass, *n = &copy;
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

/* What one lane of a vector has got right: its sequence where `deciding` outputs are not wrong. */
RS_INLINE void lane_score(real wrong, real counted, real deciding, rs_score *score)
{
    score->counted += (uint64_t)counted;
    score->bits += (uint64_t)(counted - wrong);
    score->sums += deciding == 0;
}

/* Adds the right answers of the first `samples` lanes of a vector. */
RS_INLINE void sequence_score(const narrow *n, int v, int samples, rs_score *score)
{
    _Alignas(64) real wrong[RS_VECTOR_LANES], counted[RS_VECTOR_LANES], deciding[RS_VECTOR_LANES];
    v_store(wrong, n->tally[v].wrong);
    v_store(counted, n->counted[v]);
    v_store(deciding, n->by_sign ? n->last[v] : n->tally[v].wrong);
    for (int l = 0; l < RS_VECTOR_LANES && l < samples; l++)
        lane_score(wrong[l], counted[l], deciding[l], score);
}

#endif
