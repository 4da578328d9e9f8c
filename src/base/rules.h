/* Rules between the parameters of one configuration. */
#ifndef RS_RULES_H
#define RS_RULES_H

#include "rnnsweep/run_config.h"

/* What two parameters must be to each other. */
typedef struct rs_rule {
    rs_parameter_id first, second;
    bool (*holds)(const rs_run_config *config);
    void (*describe)(const rs_run_config *config, char *text); /* a breach, RS_RULE_TEXT bytes */
    const char *statement, *reason; /* the rule in words, and why or what to do */
} rs_rule;

enum { RS_RULE_TOTAL = 9, RS_RULE_TEXT = 256 };
extern const rs_rule rs_rules[RS_RULE_TOTAL];

bool rs_rule_holds(const rs_rule *rule, const rs_run_config *config);

/* Whether the rule speaks of the parameter. */
bool rs_rule_concerns(const rs_rule *rule, const rs_parameter *parameter);

/* "batch_size 200 is more than train_samples 100" */
void rs_rule_describe(const rs_rule *rule, const rs_run_config *config, char text[RS_RULE_TEXT]);

/* A parameter belongs to some settings of another: to the choices in `choices` (bit i for choice i;
 * of tasks RS_SCOPE_DATA for all data files), or, where that is 0, to values above 0, or other than
 * none. With or_next, the scope that follows, of the same parameter, will do instead. Where one of
 * its scopes does not hold, a parameter decides nothing and a run has its default. */
typedef struct rs_scope {
    rs_parameter_id parameter, of;
    uint32_t choices;
    bool or_next;
} rs_scope;

#define RS_SCOPE_DATA (UINT32_C(1) << 31)

extern const rs_scope rs_scopes[];
extern const size_t rs_scope_count;

/* Whether a scope holds for a value of its other parameter, without regard to or_next. */
bool rs_scope_holds(const rs_scope *scope, double value_of);

/* Whether all scopes of a parameter hold in a configuration. */
bool rs_parameter_applies(const rs_parameter *parameter, const rs_run_config *config);

/* Gives the parameters that do not apply their defaults, and those that say what the task says
 * anyway, so that equal runs are equal. sequence_length is that of the data file. */
void rs_run_config_settle(rs_run_config *config);

/* Which numbers of samples a sweep gives. */
typedef struct rs_samples_given {
    bool train, test, validation;
} rs_samples_given;

/* With a data file: all sequences of a set where their number is not given, those of /validation
 * only in runs that check something; with all_sequences, all strings. */
void rs_run_config_take_samples(rs_run_config *config, rs_samples_given given);

/* "optimizer adam", "momentum above 0", "cell tanh or relu", "patience", "fresh_data false", "any
 * task but addition" */
void rs_scope_describe(const rs_scope *scope, char text[RS_RULE_TEXT]);

#endif
