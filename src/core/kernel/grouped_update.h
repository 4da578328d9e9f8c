/* An update of the parameters of a group, whose lanes are runs: the rules of update.h, with the
 * constants of each run in its lane. */
#ifndef RS_GROUPED_UPDATE_H
#define RS_GROUPED_UPDATE_H

#include <math.h>

#include "group_kernel.h"
#include "sum_ends.h"
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

static bool is_any_positive(const double *values)
{
    bool any = false;
    for (int l = 0; l < RS_LOGICAL_LANES; l++)
        any |= values[l] > 0;
    return any;
}

static vreal decay_share(const rs_group_rules *rules, int part)
{
    double shares[RS_GROUP_LANES_MOST];
    for (int l = 0; l < RS_LOGICAL_LANES; l++)
        shares[l] = rules->rate[l] * rules->weight_decay[l];
    return of_runs(shares, part);
}

static bool is_decayed(size_t tensor)
{
    for (size_t m = 0; m < DECAYED; m++)
        if ((size_t)decayed[m] == tensor)
            return true;
    return false;
}

/* The step of `rows` by `columns` parameters from where the gradient is `from`. */
RS_INLINE void descend_from(change_function *change, group_descent *d, const bool decays,
                            const bool is_ended, const vreal *from, ptrdiff_t rows,
                            ptrdiff_t columns, ptrdiff_t from_row)
{
    const update_constants u = d->constants;
    const ptrdiff_t first = from - d->ends.gradient;
    vreal tainted = d->tainted;
    for (ptrdiff_t r = 0; r < rows; r++)
        for (ptrdiff_t c = 0; c < columns; c++) {
            const ptrdiff_t i = first + (r * from_row + c) * RS_PARTS;
            vreal v = d->velocity[i], s = d->squares[i], theta = d->theta[i];
            const vreal g = d->ends.gradient[i];
            if (decays)
                theta = v_sub(theta, v_mul(d->share, theta));
            const vreal next =
                v_sub(theta, change(&u, is_ended ? g : ended_sum(&d->ends, g), &v, &s));
            d->velocity[i] = v;
            d->squares[i] = s;
            d->theta[i] = next;
            tainted =
                v_add(tainted, v_mul(v_set1(0), next)); /* 0 x is 0 for a finite x, else NaN */
        }
    d->tainted = tainted;
}

/* Of tensor t, unless it is not trained. */
static void descend_tensor(group_descent *d, size_t t, const bool is_ended, const vreal *from,
                           ptrdiff_t rows, ptrdiff_t columns, ptrdiff_t from_row)
{
    const bool decays = d->decays && is_decayed(t);
    if (!d->network->tensor[t].trained)
        return;
#define RS_OPTIMIZER_CASE(id, name)                                                      \
    case id:                                                                             \
        descend_from(name##_change, d, decays, is_ended, from, rows, columns, from_row); \
        break;
    switch (d->optimizer) {
        RS_OPTIMIZER_LIST(RS_OPTIMIZER_CASE)
    }
#undef RS_OPTIMIZER_CASE
}

static size_t tensor_of(const rs_network *network, size_t number)
{
    size_t t = 0;
    while (number >= network->tensor[t].offset + network->tensor[t].count)
        t++;
    return t;
}

static void descend_sums(sum_ends *ends, vreal *to, ptrdiff_t rows, ptrdiff_t columns,
                         ptrdiff_t to_row)
{
    group_descent *d = (group_descent *)ends;
    const size_t number = (size_t)(to - ends->gradient) / RS_PARTS;
    descend_tensor(d, tensor_of(d->network, number), false, to, rows, columns, to_row);
}

static void begin_descent(group_descent *d, const rs_network *network, const rs_group_rules *rules,
                          const rs_blocks *blocks, int part)
{
    *d = (group_descent){
        .ends = {.take = descend_sums, .gradient = (vreal *)blocks->gradient + part},
        .constants = group_constants(rules, part),
        .network = network,
        .theta = (vreal *)blocks->theta + part,
        .velocity = (vreal *)blocks->velocity + part,
        .squares = (vreal *)blocks->squares + part,
        .optimizer = rules->optimizer,
        .decays = is_any_positive(rules->weight_decay),
        .share = decay_share(rules, part),
        .tainted = v_set1(0)};
}

static uint32_t finite_after(const group_descent *d, int part)
{
    _Alignas(64) real lane[RS_VECTOR_LANES];
    uint32_t finite = 0;
    v_store(lane, d->tainted);
    for (int l = 0; l < RS_VECTOR_LANES; l++)
        finite |= (uint32_t)(lane[l] == 0) << (part * RS_VECTOR_LANES + l);
    return finite;
}

static void group_look_ahead(const rs_network *network, const rs_group_rules *rules,
                             const rs_blocks *blocks)
{
    if (!looks_ahead(rules->nesterov, rules->optimizer))
        return;
    vreal *velocity = blocks->velocity, *theta = blocks->theta, momentum[RS_PARTS];
    for (int part = 0; part < RS_PARTS; part++)
        momentum[part] = of_runs(rules->momentum, part);
    for (size_t i = 0; i < network->count * RS_PARTS; i += RS_PARTS) {
        RS_UNROLL
        for (size_t part = 0; part < RS_PARTS; part++) {
            const vreal next = v_mul(momentum[part], velocity[i + part]);
            velocity[i + part] = next;
            theta[i + part] = v_add(theta[i + part], next);
        }
    }
}

static bool group_clips(const rs_group_rules *rules)
{
    bool any = false;
    for (int l = 0; l < RS_LOGICAL_LANES; l++)
        any |= isfinite(rules->clip_norm[l]);
    return any;
}

static uint32_t group_descend(const rs_network *network, const rs_group_rules *rules,
                              const rs_blocks *blocks)
{
    const bool clips = group_clips(rules);
    uint32_t finite = 0;
    for (int part = 0; part < RS_PARTS; part++) {
        group_descent d;
        begin_descent(&d, network, rules, blocks, part);
        if (clips)
            clip_group(network, rules, part, d.ends.gradient);
        for (size_t t = 0; t < RS_TENSOR_TOTAL; t++)
            descend_tensor(&d, t, true, d.ends.gradient + network->tensor[t].offset * RS_PARTS, 1,
                           (ptrdiff_t)network->tensor[t].count, 0);
        finite |= finite_after(&d, part);
    }
    return finite;
}

#endif
