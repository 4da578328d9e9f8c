#include "sweep.h"

#include "rules.h"

static void set_draws(const rs_sweep *sweep, size_t index, rs_run_config *config)
{
    for (size_t i = 0; i < sweep->draw_count; i++) {
        const rs_draw *draw = &sweep->draws[i];
        double uniform = sweep->method == RS_METHOD_SOBOL
                             ? rs_sobol_uniform(&sweep->dimensions[i], (uint32_t)index)
                             : rs_uniform(sweep->sampler_seed, draw->stream, index);
        rs_parameter_set(draw->parameter, config, rs_draw_value(draw, uniform));
    }
}

static const double *values_at(const rs_sweep *sweep, size_t i, size_t index)
{
    const rs_axis *axis = &sweep->axes[i];
    return axis->values + index / sweep->strides[i] % axis->count * axis->width;
}

rs_samples_given rs_sweep_samples_given(const rs_sweep *sweep)
{
    return (rs_samples_given){.train = sweep->given[RS_PARAMETER_train_samples].line > 0,
                              .test = sweep->given[RS_PARAMETER_test_samples].line > 0,
                              .validation = sweep->given[RS_PARAMETER_validation_samples].line > 0};
}

void rs_sweep_configuration(const rs_sweep *sweep, size_t index, rs_run_config *config)
{
    *config = sweep->fixed;
    for (size_t i = 0; i < sweep->axis_count; i++) {
        const double *values = values_at(sweep, i, index);
        for (size_t k = 0; k < sweep->axes[i].width; k++)
            rs_parameter_set(sweep->axes[i].parameters[k], config, values[k]);
    }
    set_draws(sweep, index, config);
    rs_samples_given given = rs_sweep_samples_given(sweep);
    for (size_t i = 0; i < sweep->guard_count; i++)
        if (!rs_conditions_hold(&sweep->guards[i].when, config)) {
            const rs_parameter *parameter = sweep->guards[i].parameter;
            rs_parameter_set(parameter, config, parameter->fallback);
            given.train &= parameter != &rs_parameters[RS_PARAMETER_train_samples];
            given.test &= parameter != &rs_parameters[RS_PARAMETER_test_samples];
            given.validation &= parameter != &rs_parameters[RS_PARAMETER_validation_samples];
        }
    rs_run_config_take_samples(config, given);
    if (!sweep->settled || config->task != RS_TASK_ADDITION)
        rs_run_config_settle(config);
}

static bool is_held_back(const rs_sweep *sweep, const rs_parameter *parameter,
                         const rs_run_config *config)
{
    for (size_t i = 0; i < sweep->guard_count; i++)
        if (sweep->guards[i].parameter == parameter)
            return !rs_conditions_hold(&sweep->guards[i].when, config);
    return !rs_parameter_applies(parameter, config);
}

bool rs_sweep_is_idle(const rs_sweep *sweep, size_t index, const rs_run_config *config)
{
    if (sweep->guard_count == 0 && !sweep->scoped)
        return false;
    for (size_t i = 0; i < sweep->axis_count; i++) {
        const rs_axis *axis = &sweep->axes[i];
        size_t held = 0;
        while (held < axis->width && is_held_back(sweep, axis->parameters[held], config))
            held++;
        if (held == axis->width && index / sweep->strides[i] % axis->count != 0)
            return true;
    }
    return false;
}

bool rs_sweep_check_rule(const rs_sweep *sweep, size_t rule, const rs_run_config *config,
                         const rs_source_place *place, rs_diagnostics *diagnostics)
{
    char text[RS_RULE_TEXT];
    if (rs_rule_holds(&rs_rules[rule], config))
        return true;
    rs_rule_describe(&rs_rules[rule], config, text);
    rs_diagnose(diagnostics, RS_SEVERITY_ERROR, place != NULL ? *place : sweep->rule_places[rule],
                "%s", text);
    rs_diagnose_hint(diagnostics, "%s", rs_rules[rule].reason);
    return false;
}

bool rs_sweep_check_rules(const rs_sweep *sweep, const rs_run_config *config,
                          const rs_source_place *place, rs_diagnostics *diagnostics)
{
    for (size_t i = 0; i < RS_RULE_TOTAL; i++)
        if (!rs_sweep_check_rule(sweep, i, config, place, diagnostics))
            return false;
    return true;
}
