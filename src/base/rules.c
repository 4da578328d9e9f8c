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
