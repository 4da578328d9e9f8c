/* An update of the parameters of a group, whose lanes are runs: the rules of update.h, with the
 * constants of each run in its lane. */
#ifndef RS_GROUPED_UPDATE_H
#define RS_GROUPED_UPDATE_H

#include <math.h>

#include "group_kernel.h"
#include "update.h"

/* One machine vector of numbers that are given for each run. */
RS_INLINE vreal of_runs(const double *values, int part)
{
    _Alignas(64) real lane[RS_VECTOR_LANES];
    for (int l = 0; l < RS_VECTOR_LANES; l++)
        lane[l] = (real)values[part * RS_VECTOR_LANES + l];
    return v_load(lane);
}

/* 1 - a number, rounded once. */
RS_INLINE vreal rest_of_runs(const double *values, int part)
{
    _Alignas(64) real lane[RS_VECTOR_LANES];
    for (int l = 0; l < RS_VECTOR_LANES; l++)
        lane[l] = (real)(1 - values[part * RS_VECTOR_LANES + l]);
    return v_load(lane);
}

static update_constants group_constants(const rs_group_rules *rules, int part)
{
    return (update_constants){.rate = of_runs(rules->rate, part),
                              .epsilon = of_runs(rules->epsilon, part),
                              .momentum = of_runs(rules->momentum, part),
                              .lambda = of_runs(rules->lambda, part),
                              .rest = rest_of_runs(rules->lambda, part),
                              .beta1 = of_runs(rules->beta1, part),
                              .rest1 = rest_of_runs(rules->beta1, part),
                              .correction1 = of_runs(rules->correction1, part),
                              .beta2 = of_runs(rules->beta2, part),
                              .rest2 = rest_of_runs(rules->beta2, part),
                              .correction2 = of_runs(rules->correction2, part),
                              .epsilon_in_step = rules->epsilon_in_step,
                              .nesterov = rules->nesterov};
}

/* The blocks of one part of all logical vectors: number i at [i * RS_PARTS]. */
typedef struct group_part {
    vreal *theta, *velocity, *squares, *gradient;
} group_part;

static group_part part_of(const rs_blocks *blocks, int part)
{
    return (group_part){(vreal *)blocks->theta + part, (vreal *)blocks->velocity + part,
                        (vreal *)blocks->squares + part, (vreal *)blocks->gradient + part};
}

/* g = g clip_norm / norm in the lanes where the norm over the trained parameters is larger. */
static void clip_group(const rs_network *network, const rs_group_rules *rules, int part,
                       vreal *gradient)
{
    const vreal most = of_runs(rules->clip_norm, part), one = v_set1(1);
    vreal sum = v_set1(0);
    for (int t = 0; t < RS_TENSOR_TOTAL; t++) {
        const rs_tensor_layout *tensor = &network->tensor[t];
        for (size_t i = tensor->offset; tensor->trained && i < tensor->offset + tensor->count; i++)
            sum = v_fma(gradient[i * RS_PARTS], gradient[i * RS_PARTS], sum);
    }
    const vreal norm = v_sqrt(sum);
    const vreal scale = v_select(v_greater(norm, most), v_div(most, norm), one);
    for (size_t i = 0; i < network->count; i++)
        gradient[i * RS_PARTS] = v_mul(gradient[i * RS_PARTS], scale);
}

static void decay_group(const rs_network *network, const rs_group_rules *rules, int part,
                        vreal *theta)
{
    double shares[RS_GROUP_LANES_MOST];
    for (int l = 0; l < RS_LOGICAL_LANES; l++)
        shares[l] = rules->rate[l] * rules->weight_decay[l];
    const vreal share = of_runs(shares, part);
    for (size_t m = 0; m < DECAYED; m++) {
        const rs_tensor_layout *tensor = &network->tensor[decayed[m]];
        vreal *weight = theta + tensor->offset * RS_PARTS;
        for (size_t i = 0; i < tensor->count * RS_PARTS; i += RS_PARTS)
            weight[i] = v_sub(weight[i], v_mul(share, weight[i]));
    }
}

/* The step over the trained parameters; *tainted is not 0 in the lanes where one is not finite. */
RS_INLINE void descend_group_with(change_function *change, const update_constants *of_group,
                                  const rs_network *network, const group_part *p, vreal *tainted)
{
    const update_constants u = *of_group;
    vreal sum = v_set1(0);
    for (int t = 0; t < RS_TENSOR_TOTAL; t++) {
        const rs_tensor_layout *tensor = &network->tensor[t];
        const size_t end = (tensor->offset + tensor->count) * RS_PARTS;
        for (size_t i = tensor->offset * RS_PARTS; tensor->trained && i < end; i += RS_PARTS) {
            vreal v = p->velocity[i], s = p->squares[i];
            const vreal taken = change(&u, p->gradient[i], &v, &s);
            const vreal next = v_sub(p->theta[i], taken);
            p->velocity[i] = v;
            p->squares[i] = s;
            p->theta[i] = next;
            sum = v_add(sum, v_mul(v_set1(0), next)); /* 0 x is 0 for a finite x, else NaN */
        }
    }
    *tainted = sum;
}

static void group_look_ahead(const rs_network *network, const rs_group_rules *rules,
                             const rs_blocks *blocks)
{
    if (!looks_ahead(rules->nesterov, rules->optimizer))
        return;
    for (int part = 0; part < RS_PARTS; part++) {
        const vreal momentum = of_runs(rules->momentum, part);
        const group_part p = part_of(blocks, part);
        for (size_t i = 0; i < network->count * RS_PARTS; i += RS_PARTS) {
            const vreal next = v_mul(momentum, p.velocity[i]);
            p.velocity[i] = next;
            p.theta[i] = v_add(p.theta[i], next);
        }
    }
}

static bool is_any_positive(const double *values)
{
    bool any = false;
    for (int l = 0; l < RS_LOGICAL_LANES; l++)
        any |= values[l] > 0;
    return any;
}

static bool is_any_finite(const double *values)
{
    bool any = false;
    for (int l = 0; l < RS_LOGICAL_LANES; l++)
        any |= isfinite(values[l]);
    return any;
}

static uint32_t group_descend(const rs_network *network, const rs_group_rules *rules,
                              const rs_blocks *blocks)
{
    const bool clips = is_any_finite(rules->clip_norm);
    const bool decays = is_any_positive(rules->weight_decay);
    uint32_t finite = 0;
    for (int part = 0; part < RS_PARTS; part++) {
        const update_constants u = group_constants(rules, part);
        const group_part p = part_of(blocks, part);
        _Alignas(64) real lane[RS_VECTOR_LANES];
        vreal tainted = v_set1(0);
        if (clips)
            clip_group(network, rules, part, p.gradient);
        if (decays)
            decay_group(network, rules, part, p.theta);
#define RS_OPTIMIZER_CASE(id, name)                                   \
    case id:                                                          \
        descend_group_with(name##_change, &u, network, &p, &tainted); \
        break;
        switch (rules->optimizer) {
            RS_OPTIMIZER_LIST(RS_OPTIMIZER_CASE)
        }
#undef RS_OPTIMIZER_CASE
        v_store(lane, tainted);
        for (int l = 0; l < RS_VECTOR_LANES; l++)
            finite |= (uint32_t)(lane[l] == 0) << (part * RS_VECTOR_LANES + l);
    }
    return finite;
}

#endif
