/* Rules between the parameters of one configuration. */
#ifndef RS_RULES_H
#define RS_RULES_H

#include "rnnsweep/run_config.h"

/* One parameter must not exceed another. */
typedef struct rs_rule {
    rs_parameter_id lesser, greater;
    const char *reason;
} rs_rule;

enum { RS_RULE_TOTAL = 1, RS_RULE_TEXT = 192 };
extern const rs_rule rs_rules[RS_RULE_TOTAL];

bool rs_rule_holds(const rs_rule *rule, const rs_run_config *config);

/* Whether the rule speaks of the parameter. */
bool rs_rule_concerns(const rs_rule *rule, const rs_parameter *parameter);

/* "batch_size 200 is more than train_samples 100" */
void rs_rule_describe(const rs_rule *rule, const rs_run_config *config, char text[RS_RULE_TEXT]);

#endif
