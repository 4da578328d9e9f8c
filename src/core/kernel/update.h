/* An update of the parameters. An optimiser is one file of optimizers/ with a function
 *     vreal NAME_change(const update_constants *, vreal g, vreal *velocity, vreal *squares)
 * that returns what is taken off the parameters, and one line of RS_OPTIMIZER_LIST. */
#ifndef RS_UPDATE_H
#define RS_UPDATE_H

#include "head.h"
#include "rnnsweep/run_config.h"
#include "update_constants.h"

RS_INLINE update_constants make_constants(const rs_run_config *config, const rs_step *step)
{
    return (update_constants){.rate = v_set1((real)step->rate),
                              .epsilon = v_set1((real)config->epsilon),
                              .momentum = v_set1((real)config->momentum),
                              .lambda = v_set1((real)config->lambda),
                              .rest = v_set1((real)(1 - config->lambda)),
                              .beta1 = v_set1((real)config->beta1),
                              .rest1 = v_set1((real)(1 - config->beta1)),
                              .correction1 = v_set1((real)step->correction1),
                              .beta2 = v_set1((real)config->beta2),
                              .rest2 = v_set1((real)(1 - config->beta2)),
                              .correction2 = v_set1((real)step->correction2),
                              .epsilon_in_step = config->epsilon_placement == RS_EPSILON_STEP,
                              .nesterov = config->nesterov};
}

/* A step d with momentum. Nesterov's has been looked ahead along V = momentum V:
 *     V = V - d, theta = theta - d            else  V = momentum V - d, theta = theta + V */
RS_INLINE vreal momentum_change(const update_constants *u, vreal d, vreal *velocity)
{
    if (u->nesterov) {
        *velocity = v_sub(*velocity, d);
        return d;
    }
    *velocity = v_sub(v_mul(u->momentum, *velocity), d);
    return v_sub(v_set1(0), *velocity);
}

#include "optimizers/adam.h"
#include "optimizers/rmsprop.h"
#include "optimizers/sgd.h"

typedef vreal change_function(const update_constants *, vreal, vreal *, vreal *);

/* All ones in the lanes of the vector at i that hold one of `count` parameters. */
RS_INLINE vreal lanes_inside(size_t i, size_t count)
{
    return lanes_below(count - i < RS_VECTOR_LANES ? (int)(count - i) : RS_VECTOR_LANES);
}

RS_INLINE bool is_any(vreal x)
{
    _Alignas(64) real lane[RS_VECTOR_LANES];
    v_store(lane, x);
    for (int l = 0; l < RS_VECTOR_LANES; l++)
        if (lane[l] != 0)
            return true;
    return false;
}

/* The step over all parameters, or with `masked` over those that are trained. */
RS_INLINE bool descend_with(change_function *change, const update_constants *u, size_t count,
                            const rs_blocks *blocks, const bool masked)
{
    real *theta = blocks->theta, *velocity = blocks->velocity, *squares = blocks->squares;
    const real *gradient = blocks->gradient, *trained = blocks->trained;
    const vreal zero = v_set1(0);
    vreal tainted = zero;
    for (size_t i = 0; i < count; i += RS_VECTOR_LANES) {
        vreal v = v_load(velocity + i), s = v_load(squares + i);
        vreal taken = change(u, v_load(gradient + i), &v, &s);
        if (masked) {
            const vreal mask = v_load(trained + i);
            v = v_and(v, mask);
            s = v_and(s, mask);
            taken = v_and(taken, mask);
        }
        vreal next = v_sub(v_load(theta + i), taken);
        v_store(squares + i, s);
        v_store(velocity + i, v);
        v_store(theta + i, next);
        /* 0 x is 0 for a finite x, else NaN; lanes past `count` hold no parameter. */
        tainted = v_add(tainted, v_and(v_mul(zero, next), lanes_inside(i, count)));
    }
    return !is_any(tainted);
}

/* The Euclidean norm of the gradient over the trained parameters; logical lanes are added up in one
 * order on every instruction set. */
static real gradient_norm(size_t count, const rs_blocks *blocks)
{
    const real *gradient = blocks->gradient, *trained = blocks->trained;
    vreal sum[RS_PARTS];
    for (int part = 0; part < RS_PARTS; part++)
        sum[part] = v_set1(0);
    for (size_t i = 0; i < count; i += RS_VECTOR_LANES) {
        vreal *total = &sum[i / RS_VECTOR_LANES % RS_PARTS];
        vreal g = v_and(v_load(gradient + i), lanes_inside(i, count));
        if (trained != NULL)
            g = v_and(g, v_load(trained + i));
        *total = v_fma(g, g, *total);
    }
    _Alignas(64) real lane[RS_VECTOR_LANES];
    v_store(lane, v_sqrt(v_set1(v_sum(sum))));
    return lane[0];
}

/* g = g clip_norm / norm, where the norm is larger. */
static void clip_gradient(size_t count, const rs_run_config *config, const rs_blocks *blocks)
{
    const real most = (real)config->clip_norm, norm = gradient_norm(count, blocks);
    if (!(norm > most))
        return;
    real *gradient = blocks->gradient;
    const vreal scale = v_set1(most / norm);
    for (size_t i = 0; i < count; i += RS_VECTOR_LANES)
        v_store(gradient + i, v_mul(v_load(gradient + i), scale));
}

/* The weight matrices. */
enum { DECAYED = 3 };
static const rs_tensor decayed[DECAYED] = {RS_W_IN, RS_W_REC, RS_W_OUT};

/* theta = theta - rate weight_decay theta, of the weight matrices. I. Loshchilov, F. Hutter,
 * "Decoupled weight decay regularization", ICLR 2019. */
static void decay_weights(const rs_network *network, const rs_run_config *config,
                          const rs_step *step, const rs_blocks *blocks)
{
    const real share = (real)(step->rate * config->weight_decay);
    for (size_t m = 0; m < DECAYED; m++) {
        const rs_tensor_layout *tensor = &network->tensor[decayed[m]];
        real *weight = (real *)blocks->theta + tensor->offset;
        for (size_t i = 0; i < tensor->count; i++)
            weight[i] = weight[i] - share * weight[i];
    }
}

/* adam has no momentum of Nesterov's kind. */
RS_INLINE bool looks_ahead(bool nesterov, uint32_t optimizer)
{
    return nesterov && optimizer != RS_OPTIMIZER_ADAM;
}

static void update_look_ahead(const rs_network *network, const rs_run_config *config,
                              const rs_blocks *blocks)
{
    if (!looks_ahead(config->nesterov, config->optimizer))
        return;
    real *theta = blocks->theta, *v = blocks->velocity;
    const vreal momentum = v_set1((real)config->momentum);
    for (size_t i = 0; i < network->count; i += RS_VECTOR_LANES) {
        vreal next = v_mul(momentum, v_load(v + i));
        v_store(v + i, next);
        v_store(theta + i, v_add(v_load(theta + i), next));
    }
}

static bool update_descend(const rs_network *network, const rs_run_config *config,
                           const rs_step *step, const rs_blocks *blocks)
{
    const update_constants u = make_constants(config, step);
    if (config->clip_norm > 0)
        clip_gradient(network->count, config, blocks);
    if (config->weight_decay > 0)
        decay_weights(network, config, step, blocks);
#define RS_OPTIMIZER_CASE(id, name)                                                \
    case id:                                                                       \
        return blocks->trained != NULL                                             \
                   ? descend_with(name##_change, &u, network->count, blocks, true) \
                   : descend_with(name##_change, &u, network->count, blocks, false);
    switch (config->optimizer) {
        RS_OPTIMIZER_LIST(RS_OPTIMIZER_CASE)
    }
#undef RS_OPTIMIZER_CASE
    return false;
}

#endif
