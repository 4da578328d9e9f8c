/* Which runs are trained side by side. */
#include <string.h>

#include "identity.h"
#include "rnnsweep/rnnsweep.h"

/* Minibatches of up to so many samples have lanes that are runs, where W_rec has up to so many
 * numbers: each of them is a vector that is read at every step. Measured: see kernel/README.md.
 * They decide the bits of a run, since that generation of kernels. */
typedef struct group_rule {
    uint32_t samples, weights;
    long generation;
} group_rule;
static const group_rule rules[] = {{4, 1024, 2}, {6, 256, 3}};

/* The first that a run falls under, or NULL. */
static const group_rule *rule_of(const rs_run_config *config)
{
    const rs_network network = rs_run_config_network(config);
    for (size_t i = 0; i < sizeof rules / sizeof rules[0]; i++)
        if (config->batch_size <= rules[i].samples &&
            network.tensor[RS_W_REC].count <= rules[i].weights)
            return &rules[i];
    return NULL;
}

long rs_group_generation(const rs_run_config *config)
{
    const group_rule *rule = rule_of(config);
    return rule != NULL ? rule->generation : 1;
}

uint32_t rs_trainer_group_most(const rs_run_config *config)
{
    if (rule_of(config) == NULL)
        return 1;
    return config->precision == RS_FLOAT64 ? RS_GROUP_RUNS_MOST / 2 : RS_GROUP_RUNS_MOST;
}

/* What each run of a group may have for itself: no form of its data or network, no rule of its
 * updates. */
static const rs_parameter_id own[] = {
    RS_PARAMETER_learning_rate,
    RS_PARAMETER_lambda,
    RS_PARAMETER_momentum,
    RS_PARAMETER_epsilon,
    RS_PARAMETER_data_seed,
    RS_PARAMETER_beta1,
    RS_PARAMETER_beta2,
    RS_PARAMETER_weight_decay,
    RS_PARAMETER_clip_norm,
    RS_PARAMETER_schedule,
    RS_PARAMETER_warmup,
    RS_PARAMETER_init,
    RS_PARAMETER_recurrent_init,
    RS_PARAMETER_gain,
    RS_PARAMETER_recurrent_gain,
    RS_PARAMETER_forget_bias,
    RS_PARAMETER_count_alpha,
    RS_PARAMETER_count_beta,
    RS_PARAMETER_pulse_probability,
    RS_PARAMETER_input_noise,
    RS_PARAMETER_grammar,
    RS_PARAMETER_stop_loss,
    RS_PARAMETER_stop_accuracy,
    RS_PARAMETER_patience,
};

/* The configuration with the values of another where a run may have its own. */
static rs_run_config with_own_of(const rs_run_config *config, const rs_run_config *other)
{
    rs_run_config mixed = *config;
    for (size_t i = 0; i < sizeof own / sizeof own[0]; i++) {
        const rs_parameter *parameter = &rs_parameters[own[i]];
        rs_parameter_set(parameter, &mixed, rs_parameter_get(parameter, other));
    }
    return mixed;
}

bool rs_trainer_group_fits(const rs_run_config *a, const rs_run_config *b)
{
    const rs_run_config same = with_own_of(b, a);
    if (rs_trainer_group_most(a) == 1)
        return false;
    for (int i = 0; i < RS_PARAMETER_TOTAL; i++)
        if (rs_parameter_get(&rs_parameters[i], a) != rs_parameter_get(&rs_parameters[i], &same))
            return false;
    return true;
}

uint32_t rs_trainer_group_kind(const rs_run_config *config)
{
    const rs_run_config plain = rs_run_config_default();
    const rs_run_config form = with_own_of(config, &plain);
    uint64_t hash = UINT64_C(0xcbf29ce484222325); /* FNV-1a, by words */
    if (rs_trainer_group_most(config) == 1)
        return 0;
    for (int i = 0; i < RS_PARAMETER_TOTAL; i++) {
        const double value = rs_parameter_get(&rs_parameters[i], &form);
        uint64_t bits;
        memcpy(&bits, &value, sizeof bits);
        hash = (hash ^ bits) * UINT64_C(0x100000001b3);
        hash ^= hash >> 32;
    }
    return (uint32_t)hash | 1;
}
