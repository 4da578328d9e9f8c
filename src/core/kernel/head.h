/* The head: from the logit z of an output to error, loss and score, lane by lane; both orders of
 * kernels share it. */
#ifndef RS_HEAD_H
#define RS_HEAD_H

#include "kernel.h"
#include "vmath.h"

/* Sums over the steps, for the samples in the lanes of one machine vector. */
typedef struct tally {
    vreal positive; /* sum of max(u, 0) */
    vreal product;  /* product of 1 + e^-|u|, less 1 */
    vreal wrong;    /* wrong bits */
} tally;

RS_INLINE void tally_clear(tally *sums, int count)
{
    for (int v = 0; v < count; v++)
        sums[v] = (tally){v_set1(0), v_set1(0), v_set1(0)};
}

/* What the sum of the losses is divided by. */
RS_INLINE double loss_divisor(const rs_network *network, const rs_minibatch *batch)
{
    if (network->head == RS_HEAD_BIT)
        return (double)batch->samples * batch->steps;
    const bool over_outputs = network->head != RS_HEAD_CLASSES;
    return batch->sequences->weight_sum * (over_outputs ? network->outputs : 1);
}

/* A batch without weight has loss and gradient 0. */
RS_INLINE double mean_of(double sum, double divisor)
{
    return divisor > 0 ? sum / divisor : 0;
}

/* All ones in the lanes below `samples`. */
RS_INLINE vreal lanes_below(int samples)
{
    static const _Alignas(64)
        real lane[16] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
    return v_greater(v_set1((real)samples), v_load(lane));
}

/* dloss/dz = y - t = sigmoid(z) for t = 0 and -sigmoid(-z) for t = 1. */
RS_INLINE vreal output_error(vreal z, vcode code)
{
    vreal sign = v_code_sign(code, RS_TARGET_BIT);
    return v_xor(v_sigmoid(v_xor(z, sign)), sign);
}

/* loss of one output = max(u, 0) + log(1 + e^-|u|) with u = z for t = 0, -z for t = 1. The
 * logarithm is taken once for all steps, of the product of the 1 + e^-|u|, which stays below 2^62.
 * The product is kept less 1, so that small losses keep their digits: (1 + P)(1 + e) - 1 = P e + (P
 * + e). */
RS_INLINE void tally_loss(tally *sums, vreal z, vcode code)
{
    vreal u = v_xor(z, v_code_sign(code, RS_TARGET_BIT));
    vreal e = v_exp_negative(v_or(u, v_set1(-RS_LITERAL(0.0))));
    sums->positive = v_add(sums->positive, v_max(v_set1(0), u));
    sums->product = v_fma(sums->product, e, v_add(sums->product, e));
}

/* A bit is wrong when z > 0 and t = 0, or not z > 0 and t = 1. */
RS_INLINE void tally_wrong(tally *sums, vreal z, vcode code)
{
    vreal wrong = v_xor(v_greater(z, v_set1(0)), v_code_mask(code, RS_TARGET_BIT));
    sums->wrong = v_add(sums->wrong, v_and(wrong, v_set1(1)));
}

RS_INLINE vreal tally_total_loss(const tally *sums, vreal inside)
{
    return v_and(v_add(sums->positive, v_log1p(sums->product)), inside);
}

/* Adds the right answers of `samples` lanes. */
RS_INLINE void tally_score(const tally *sums, int samples, int steps, rs_score *score)
{
    _Alignas(64) real wrong[RS_VECTOR_LANES];
    v_store(wrong, sums->wrong);
    for (int l = 0; l < samples && l < RS_VECTOR_LANES; l++) {
        score->bits += (uint64_t)(steps - (int)wrong[l]);
        score->sums += wrong[l] == 0;
    }
}

#endif
