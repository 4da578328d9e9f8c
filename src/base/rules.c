#include "rules.h"

#include <stdio.h>

#include "task.h"

/* ---- Rules ------------------------------------------------------------------------------------
 */

static bool batch_fits(const rs_run_config *config)
{
    return config->batch_size <= config->train_samples;
}

static void describe_batch(const rs_run_config *config, char *text)
{
    snprintf(text, RS_RULE_TEXT, "batch_size %u is more than train_samples %u", config->batch_size,
             config->train_samples);
}

enum { ADDITION_LENGTH_LEAST = 2, ADDITION_LENGTH_MOST = 62 };

static bool length_fits(const rs_run_config *config)
{
    return config->task != RS_TASK_ADDITION || (config->sequence_length >= ADDITION_LENGTH_LEAST &&
                                                config->sequence_length <= ADDITION_LENGTH_MOST);
}

static void describe_length(const rs_run_config *config, char *text)
{
    snprintf(text, RS_RULE_TEXT, "sequence_length must be a whole number from %d to %d, not %u",
             ADDITION_LENGTH_LEAST, ADDITION_LENGTH_MOST, config->sequence_length);
}

static bool training_set_suffices(const rs_run_config *config)
{
    const rs_task_facts *facts = rs_task_facts_at(config->task);
    return facts == NULL || config->train_samples <= facts->train.sequences;
}

static void describe_set(const char *set, uint32_t wanted, uint32_t task, uint32_t sequences,
                         char *text)
{
    snprintf(text, RS_RULE_TEXT, "%s_samples %u is more than the %u sequences of /%s in %s", set,
             wanted, sequences, set, rs_task_facts_at(task)->name);
}

static void describe_training_set(const rs_run_config *config, char *text)
{
    describe_set("train", config->train_samples, config->task,
                 rs_task_facts_at(config->task)->train.sequences, text);
}

static bool test_set_suffices(const rs_run_config *config)
{
    const rs_task_facts *facts = rs_task_facts_at(config->task);
    return facts == NULL || config->test_samples <= facts->test.sequences;
}

static void describe_test_set(const rs_run_config *config, char *text)
{
    describe_set("test", config->test_samples, config->task,
                 rs_task_facts_at(config->task)->test.sequences, text);
}

static bool loss_fits(const rs_run_config *config)
{
    const rs_task_facts *facts = rs_task_facts_at(config->task);
    return facts == NULL || facts->target_kind != RS_TARGET_REALS ||
           config->loss_function != RS_LOSS_FUNCTION_CROSS_ENTROPY;
}

static void describe_loss(const rs_run_config *config, char *text)
{
    snprintf(text, RS_RULE_TEXT,
             "loss_function cross_entropy needs bits or classes, but the "
             "targets of %s are reals",
             rs_task_facts_at(config->task)->name);
}

static bool readout_fits(const rs_run_config *config)
{
    const rs_task_facts *facts = rs_task_facts_at(config->task);
    if (facts == NULL)
        return true;
    if (facts->target_kind == RS_TARGET_LAST_CLASSES && config->readout == RS_READOUT_ALL)
        return false;
    return config->readout != RS_READOUT_LAST || facts->last_counts;
}

static void describe_readout(const rs_run_config *config, char *text)
{
    const rs_task_facts *facts = rs_task_facts_at(config->task);
    snprintf(text, RS_RULE_TEXT,
             config->readout == RS_READOUT_ALL
                 ? "readout all: %s has targets for the last step of each sequence alone"
                 : "readout last: in %s the last step of some sequence has weight 0",
             facts->name);
}

const rs_rule rs_rules[RS_RULE_TOTAL] = {
    {RS_PARAMETER_batch_size, RS_PARAMETER_train_samples, batch_fits, describe_batch,
     "batch_size is at most train_samples", "a minibatch is taken from the training samples"},
    {RS_PARAMETER_sequence_length, RS_PARAMETER_task, length_fits, describe_length,
     "sequence_length is 2 to 62 in task addition",
     "the numbers and their sum have so many bits in task addition"},
    {RS_PARAMETER_train_samples, RS_PARAMETER_task, training_set_suffices, describe_training_set,
     "train_samples is at most what the data file has",
     "leave train_samples out to train on all of them"},
    {RS_PARAMETER_test_samples, RS_PARAMETER_task, test_set_suffices, describe_test_set,
     "test_samples is at most what the data file has",
     "leave test_samples out to test on all of them"},
    {RS_PARAMETER_loss_function, RS_PARAMETER_task, loss_fits, describe_loss,
     "loss_function cross_entropy needs bits or classes",
     "write loss_function: squared_error, or leave it out"},
    {RS_PARAMETER_readout, RS_PARAMETER_task, readout_fits, describe_readout,
     "readout needs targets of weight above 0 where it reads", "leave readout out"},
};

bool rs_rule_holds(const rs_rule *rule, const rs_run_config *config)
{
    return rule->holds(config);
}

bool rs_rule_concerns(const rs_rule *rule, const rs_parameter *parameter)
{
    return parameter == &rs_parameters[rule->first] || parameter == &rs_parameters[rule->second];
}

void rs_rule_describe(const rs_rule *rule, const rs_run_config *config, char text[RS_RULE_TEXT])
{
    rule->describe(config, text);
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
_Static_assert((int)RS_TASK_TOTAL < 31, "a bit for each task, and one for data files");
enum { BUILT_IN_TASKS = (1 << RS_TASK_TOTAL) - 1 };

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
    {RS_PARAMETER_sequence_length, RS_PARAMETER_task, BUILT_IN_TASKS},
    {RS_PARAMETER_data_seed, RS_PARAMETER_task, BUILT_IN_TASKS},
    {RS_PARAMETER_loss_function, RS_PARAMETER_task, RS_SCOPE_DATA},
    {RS_PARAMETER_readout, RS_PARAMETER_task, RS_SCOPE_DATA},
    {RS_PARAMETER_forget_bias, RS_PARAMETER_biases, RS_BIT(RS_BIASES_BOTH) | RS_BIT(RS_BIASES_ONE)},
};
const size_t rs_scope_count = sizeof rs_scopes / sizeof rs_scopes[0];

bool rs_scope_holds(const rs_scope *scope, double value_of)
{
    if (scope->choices == 0)
        return value_of > 0;
    if (scope->of == RS_PARAMETER_task && value_of >= RS_TASK_TOTAL)
        return (scope->choices & RS_SCOPE_DATA) != 0;
    return (scope->choices >> (int)value_of & 1) != 0;
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

/* What a data file decides, and settings that say what its task says. */
static void follow_data(const rs_task_facts *facts, rs_run_config *config)
{
    const uint32_t own_loss = facts->target_kind == RS_TARGET_REALS
                                  ? RS_LOSS_FUNCTION_SQUARED_ERROR
                                  : RS_LOSS_FUNCTION_CROSS_ENTROPY;
    const uint32_t own_readout =
        facts->target_kind == RS_TARGET_LAST_CLASSES ? RS_READOUT_LAST : RS_READOUT_ALL;
    config->sequence_length = facts->train.steps;
    if (config->loss_function == own_loss)
        config->loss_function = RS_LOSS_FUNCTION_TASK;
    if (config->readout == own_readout)
        config->readout = RS_READOUT_TASK;
}

void rs_run_config_settle(rs_run_config *config)
{
    const rs_task_facts *facts = rs_task_facts_at(config->task);
    for (size_t i = 0; i < rs_scope_count; i++)
        if (!holds_in(&rs_scopes[i], config)) {
            const rs_parameter *parameter = &rs_parameters[rs_scopes[i].parameter];
            rs_parameter_set(parameter, config, parameter->fallback);
        }
    if (facts != NULL)
        follow_data(facts, config);
}

void rs_run_config_take_samples(rs_run_config *config, bool train_given, bool test_given)
{
    const rs_task_facts *facts = rs_task_facts_at(config->task);
    if (facts != NULL && !train_given)
        config->train_samples = facts->train.sequences;
    if (facts != NULL && !test_given)
        config->test_samples = facts->test.sequences;
}

void rs_scope_describe(const rs_scope *scope, char text[RS_RULE_TEXT])
{
    const rs_parameter *of = &rs_parameters[scope->of];
    const char *separator = " ";
    size_t length = (size_t)snprintf(text, RS_RULE_TEXT, "%s", of->name);
    if (scope->choices == 0)
        snprintf(text + length, RS_RULE_TEXT - length, " above 0");
    for (uint32_t choice = 0; choice < 32 && scope->choices >> choice != 0; choice++) {
        char name[RS_PARAMETER_TEXT];
        if ((scope->choices >> choice & 1) == 0 || length >= RS_RULE_TEXT)
            continue;
        if (RS_SCOPE_DATA >> choice == 1)
            snprintf(name, sizeof name, "that is a data file");
        else
            rs_parameter_choice_name(of, choice, name, sizeof name);
        length += (size_t)snprintf(text + length, RS_RULE_TEXT - length, "%s%s", separator, name);
        separator = " or ";
    }
}
