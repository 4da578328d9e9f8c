#include "rules.h"

#include <stdio.h>

const rs_rule rs_rules[RS_RULE_TOTAL] = {
    {RS_PARAMETER_batch_size, RS_PARAMETER_train_samples,
     "a minibatch is taken from the training samples"},
};

bool rs_rule_holds(const rs_rule *rule, const rs_run_config *config)
{
    return rs_parameter_get(&rs_parameters[rule->lesser], config) <=
           rs_parameter_get(&rs_parameters[rule->greater], config);
}

bool rs_rule_concerns(const rs_rule *rule, const rs_parameter *parameter)
{
    return parameter == &rs_parameters[rule->lesser] || parameter == &rs_parameters[rule->greater];
}

void rs_rule_describe(const rs_rule *rule, const rs_run_config *config, char text[RS_RULE_TEXT])
{
    const rs_parameter *lesser = &rs_parameters[rule->lesser];
    const rs_parameter *greater = &rs_parameters[rule->greater];
    char low[RS_PARAMETER_TEXT], high[RS_PARAMETER_TEXT];
    rs_parameter_format(lesser, rs_parameter_get(lesser, config), low);
    rs_parameter_format(greater, rs_parameter_get(greater, config), high);
    snprintf(text, RS_RULE_TEXT, "%s %s is more than %s %s", lesser->name, low, greater->name,
             high);
}

rs_status rs_run_config_check(const rs_run_config *config, rs_error *error)
{
    for (size_t i = 0; i < RS_PARAMETER_TOTAL; i++) {
        double value = rs_parameter_get(&rs_parameters[i], config);
        if (!rs_parameter_allows(&rs_parameters[i], value))
            return rs_fail(error, RS_BAD_DATA, "%s = %.17g is out of range", rs_parameters[i].name,
                           value);
    }
    for (size_t i = 0; i < RS_RULE_TOTAL; i++)
        if (!rs_rule_holds(&rs_rules[i], config)) {
            char text[RS_RULE_TEXT];
            rs_rule_describe(&rs_rules[i], config, text);
            return rs_fail(error, RS_BAD_DATA, "%s", text);
        }
    return RS_OK;
}

/* ---- Scopes ---------------------------------------------------------------------------------- */

#define RS_BIT(choice) (UINT32_C(1) << (choice))
_Static_assert((int)RS_OPTIMIZER_TOTAL <= 32 && (int)RS_CELL_TOTAL <= 32, "a bit for each choice");

#define LEAKY_CELL(enumerator, word, gates, carried, leaks) | ((leaks) ? RS_BIT(enumerator) : 0)
enum { LEAKY_CELLS = 0 RS_CELL_LIST(LEAKY_CELL) };

const rs_scope rs_scopes[] = {
    {RS_PARAMETER_lambda, RS_PARAMETER_optimizer, RS_BIT(RS_OPTIMIZER_RMSPROP)},
    {RS_PARAMETER_epsilon_placement, RS_PARAMETER_optimizer, RS_BIT(RS_OPTIMIZER_RMSPROP)},
    {RS_PARAMETER_epsilon, RS_PARAMETER_optimizer,
     RS_BIT(RS_OPTIMIZER_RMSPROP) | RS_BIT(RS_OPTIMIZER_ADAM)},
    {RS_PARAMETER_momentum, RS_PARAMETER_optimizer,
     RS_BIT(RS_OPTIMIZER_RMSPROP) | RS_BIT(RS_OPTIMIZER_SGD)},
    {RS_PARAMETER_nesterov, RS_PARAMETER_optimizer,
     RS_BIT(RS_OPTIMIZER_RMSPROP) | RS_BIT(RS_OPTIMIZER_SGD)},
    {RS_PARAMETER_nesterov, RS_PARAMETER_momentum, 0},
    {RS_PARAMETER_beta1, RS_PARAMETER_optimizer, RS_BIT(RS_OPTIMIZER_ADAM)},
    {RS_PARAMETER_beta2, RS_PARAMETER_optimizer, RS_BIT(RS_OPTIMIZER_ADAM)},
    {RS_PARAMETER_leak, RS_PARAMETER_cell, LEAKY_CELLS},
    {RS_PARAMETER_forget_bias, RS_PARAMETER_cell, RS_BIT(RS_CELL_LSTM)},
    {RS_PARAMETER_forget_bias, RS_PARAMETER_biases, RS_BIT(RS_BIASES_BOTH) | RS_BIT(RS_BIASES_ONE)},
};
const size_t rs_scope_count = sizeof rs_scopes / sizeof rs_scopes[0];

bool rs_scope_holds(const rs_scope *scope, double value_of)
{
    return scope->choices == 0 ? value_of > 0 : (scope->choices >> (int)value_of & 1) != 0;
}

static bool holds_in(const rs_scope *scope, const rs_run_config *config)
{
    return rs_scope_holds(scope, rs_parameter_get(&rs_parameters[scope->of], config));
}

bool rs_parameter_applies(const rs_parameter *parameter, const rs_run_config *config)
{
    for (size_t i = 0; i < rs_scope_count; i++)
        if (parameter == &rs_parameters[rs_scopes[i].parameter] && !holds_in(&rs_scopes[i], config))
            return false;
    return true;
}

void rs_run_config_settle(rs_run_config *config)
{
    for (size_t i = 0; i < rs_scope_count; i++)
        if (!holds_in(&rs_scopes[i], config)) {
            const rs_parameter *parameter = &rs_parameters[rs_scopes[i].parameter];
            rs_parameter_set(parameter, config, parameter->fallback);
        }
}

void rs_scope_describe(const rs_scope *scope, char text[RS_RULE_TEXT])
{
    const rs_parameter *of = &rs_parameters[scope->of];
    const char *separator = " ";
    size_t length = (size_t)snprintf(text, RS_RULE_TEXT, "%s", of->name);
    if (scope->choices == 0)
        snprintf(text + length, RS_RULE_TEXT - length, " above 0");
    for (uint32_t choice = 0; scope->choices >> choice != 0; choice++) {
        char name[RS_PARAMETER_TEXT];
        if ((scope->choices >> choice & 1) == 0 || length >= RS_RULE_TEXT)
            continue;
        rs_parameter_choice_name(of, choice, name, sizeof name);
        length += (size_t)snprintf(text + length, RS_RULE_TEXT - length, "%s%s", separator, name);
        separator = " or ";
    }
}
