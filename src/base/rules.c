#include "rules.h"

#include <stdio.h>

#include "built_in.h"

/* ---- Rules ------------------------------------------------------------------------------------
 */

static bool batch_fits(const rs_run_config *config)
{
    return config->batch_size <= rs_run_config_fraction(config, config->train_samples);
}

static void describe_batch(const rs_run_config *config, char *text)
{
    const uint32_t used = rs_run_config_fraction(config, config->train_samples);
    if (used < config->train_samples)
        snprintf(text, RS_RULE_TEXT, "batch_size %u is more than the %u samples of train_fraction",
                 config->batch_size, used);
    else
        snprintf(text, RS_RULE_TEXT, "batch_size %u is more than train_samples %u",
                 config->batch_size, config->train_samples);
}

/* "task reverse" or the name of a file. */
static const char *name_task(const rs_run_config *config, char name[RS_PARAMETER_TEXT])
{
    rs_parameter_choice_name(&rs_parameters[RS_PARAMETER_task], config->task, name,
                             RS_PARAMETER_TEXT);
    return name;
}

static bool length_fits(const rs_run_config *config)
{
    const uint32_t length = config->sequence_length;
    const rs_task_shape shape = rs_task_shape_of(config);
    return config->task >= RS_TASK_TOTAL || shape.fixed_steps > 0 ||
           (length >= shape.least_steps && length <= shape.most_steps && length % shape.step == 0);
}

static void describe_length(const rs_run_config *config, char *text)
{
    const rs_task_shape shape = rs_task_shape_of(config);
    char name[RS_PARAMETER_TEXT];
    snprintf(text, RS_RULE_TEXT,
             "sequence_length must be %s number from %u to %u in task %s, not %u",
             shape.step == 2 ? "an even" : "a whole", shape.least_steps, shape.most_steps,
             name_task(config, name), config->sequence_length);
}

static bool shortest_fits(const rs_run_config *config)
{
    return config->shortest_length <= (int64_t)config->sequence_length &&
           (config->shortest_length < 0 ||
            config->shortest_length >= (int64_t)rs_task_shape_of(config).least_steps);
}

static void describe_shortest(const rs_run_config *config, char *text)
{
    char name[RS_PARAMETER_TEXT];
    if (config->shortest_length > (int64_t)config->sequence_length)
        snprintf(text, RS_RULE_TEXT, "shortest_length %lld is more than sequence_length %u",
                 (long long)config->shortest_length, config->sequence_length);
    else
        snprintf(text, RS_RULE_TEXT, "shortest_length %lld is less than %u, the least of task %s",
                 (long long)config->shortest_length, rs_task_shape_of(config).least_steps,
                 name_task(config, name));
}

/* Strings of all lengths, 0 where they are more than a training set may have. */
static uint32_t count_strings(const rs_run_config *config)
{
    const uint32_t least = rs_built_in_shortest(config), most = config->sequence_length;
    const uint64_t count =
        most < 32 && least <= most ? (UINT64_C(2) << most) - (UINT64_C(1) << least) : 0;
    return count <= RS_DATA_SEQUENCES_MOST ? (uint32_t)count : 0;
}

static bool strings_suffice(const rs_run_config *config)
{
    return !config->all_sequences || config->train_samples <= count_strings(config);
}

static void describe_strings(const rs_run_config *config, char *text)
{
    const uint32_t count = count_strings(config);
    if (count == 0)
        snprintf(text, RS_RULE_TEXT,
                 "all_sequences: there are more than %d strings of %u to %u symbols",
                 RS_DATA_SEQUENCES_MOST, rs_built_in_shortest(config), config->sequence_length);
    else
        snprintf(text, RS_RULE_TEXT,
                 "train_samples %u is more than the %u strings of all_sequences",
                 config->train_samples, count);
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

static bool validation_set_suffices(const rs_run_config *config)
{
    const rs_task_facts *facts = rs_task_facts_at(config->task);
    return facts == NULL || config->validation_samples <= facts->validation.sequences;
}

static void describe_validation_set(const rs_run_config *config, char *text)
{
    const rs_task_facts *facts = rs_task_facts_at(config->task);
    if (facts->validation.sequences == 0)
        snprintf(text, RS_RULE_TEXT, "validation_samples %u: %s has no group /validation",
                 config->validation_samples, facts->name);
    else
        describe_set("validation", config->validation_samples, config->task,
                     facts->validation.sequences, text);
}

static bool loss_fits(const rs_run_config *config)
{
    return config->loss_function != RS_LOSS_FUNCTION_CROSS_ENTROPY ||
           rs_task_shape_of(config).target_kind != RS_TARGET_REALS;
}

static void describe_loss(const rs_run_config *config, char *text)
{
    char name[RS_PARAMETER_TEXT];
    snprintf(text, RS_RULE_TEXT,
             "loss_function cross_entropy needs bits or classes, but the "
             "targets of %s are reals",
             name_task(config, name));
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
     "sequence_length is 2 to 62 in task addition, even in reverse and dyck, at least 2 in adding",
     "their sequences have no other lengths, see docs/tasks.md"},
    {RS_PARAMETER_shortest_length, RS_PARAMETER_sequence_length, shortest_fits, describe_shortest,
     "shortest_length is at most sequence_length",
     "lengths are drawn from shortest_length to sequence_length"},
    {RS_PARAMETER_train_samples, RS_PARAMETER_all_sequences, strings_suffice, describe_strings,
     "train_samples is at most the number of strings, with all_sequences",
     "leave train_samples out to train on all strings, or take shorter ones"},
    {RS_PARAMETER_train_samples, RS_PARAMETER_task, training_set_suffices, describe_training_set,
     "train_samples is at most what the data file has",
     "leave train_samples out to train on all of them"},
    {RS_PARAMETER_test_samples, RS_PARAMETER_task, test_set_suffices, describe_test_set,
     "test_samples is at most what the data file has",
     "leave test_samples out to test on all of them"},
    {RS_PARAMETER_validation_samples, RS_PARAMETER_task, validation_set_suffices,
     describe_validation_set, "validation_samples is at most what the data file has",
     "leave validation_samples out: runs with stop_loss, stop_accuracy, patience or check_interval "
     "take all there are"},
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

/* Tasks of sequences of several lengths, as sequence_length and shortest_length say. */
enum {
    LENGTH_TASKS = BUILT_IN_TASKS & ~(1 << RS_TASK_COPY_MEMORY),
    SHORTEST_TASKS = LENGTH_TASKS & ~(1 << RS_TASK_ADDITION) & ~(1 << RS_TASK_COUNTING)
};

#define LEAKY_CELL(enumerator, word, gates, carried, leaks) | ((leaks) ? RS_BIT(enumerator) : 0)
enum { LEAKY_CELLS = 0 RS_CELL_LIST(LEAKY_CELL) };

const rs_scope rs_scopes[] = {
    {RS_PARAMETER_lambda, RS_PARAMETER_optimizer, RS_BIT(RS_OPTIMIZER_RMSPROP), false},
    {RS_PARAMETER_epsilon_placement, RS_PARAMETER_optimizer, RS_BIT(RS_OPTIMIZER_RMSPROP), false},
    {RS_PARAMETER_epsilon, RS_PARAMETER_optimizer,
     RS_BIT(RS_OPTIMIZER_RMSPROP) | RS_BIT(RS_OPTIMIZER_ADAM), false},
    {RS_PARAMETER_momentum, RS_PARAMETER_optimizer,
     RS_BIT(RS_OPTIMIZER_RMSPROP) | RS_BIT(RS_OPTIMIZER_SGD), false},
    {RS_PARAMETER_nesterov, RS_PARAMETER_optimizer,
     RS_BIT(RS_OPTIMIZER_RMSPROP) | RS_BIT(RS_OPTIMIZER_SGD), false},
    {RS_PARAMETER_nesterov, RS_PARAMETER_momentum, 0, false},
    {RS_PARAMETER_beta1, RS_PARAMETER_optimizer, RS_BIT(RS_OPTIMIZER_ADAM), false},
    {RS_PARAMETER_beta2, RS_PARAMETER_optimizer, RS_BIT(RS_OPTIMIZER_ADAM), false},
    {RS_PARAMETER_leak, RS_PARAMETER_cell, LEAKY_CELLS, false},
    {RS_PARAMETER_forget_bias, RS_PARAMETER_cell, RS_BIT(RS_CELL_LSTM), false},
    {RS_PARAMETER_sequence_length, RS_PARAMETER_task, LENGTH_TASKS, false},
    {RS_PARAMETER_shortest_length, RS_PARAMETER_task, SHORTEST_TASKS, false},
    {RS_PARAMETER_data_seed, RS_PARAMETER_task, BUILT_IN_TASKS, false},
    {RS_PARAMETER_loss_function, RS_PARAMETER_task, ~RS_BIT(RS_TASK_ADDITION), false},
    {RS_PARAMETER_readout, RS_PARAMETER_task, ~RS_BIT(RS_TASK_ADDITION), false},
    {RS_PARAMETER_modulus, RS_PARAMETER_task, RS_BIT(RS_TASK_MODULAR_SUM), false},
    {RS_PARAMETER_delay, RS_PARAMETER_task, RS_BIT(RS_TASK_COPY_MEMORY), false},
    {RS_PARAMETER_channels, RS_PARAMETER_task, RS_BIT(RS_TASK_FLIP_FLOP), false},
    {RS_PARAMETER_pulse_probability, RS_PARAMETER_task, RS_BIT(RS_TASK_FLIP_FLOP), false},
    {RS_PARAMETER_grammar, RS_PARAMETER_task, RS_BIT(RS_TASK_TOMITA), false},
    {RS_PARAMETER_letters, RS_PARAMETER_task, RS_BIT(RS_TASK_COUNTING), false},
    {RS_PARAMETER_count_alpha, RS_PARAMETER_task, RS_BIT(RS_TASK_COUNTING), false},
    {RS_PARAMETER_count_beta, RS_PARAMETER_task, RS_BIT(RS_TASK_COUNTING), false},
    {RS_PARAMETER_pairs, RS_PARAMETER_task, RS_BIT(RS_TASK_DYCK), false},
    {RS_PARAMETER_input_noise, RS_PARAMETER_task, RS_BIT(RS_TASK_CONTEXT_INTEGRATION), false},
    {RS_PARAMETER_all_sequences, RS_PARAMETER_task,
     RS_BIT(RS_TASK_PARITY) | RS_BIT(RS_TASK_EVEN_PAIRS), false},
    {RS_PARAMETER_fresh_data, RS_PARAMETER_task, BUILT_IN_TASKS, false},
    {RS_PARAMETER_fresh_data, RS_PARAMETER_all_sequences, RS_BIT(false), false},
    {RS_PARAMETER_shuffle, RS_PARAMETER_fresh_data, RS_BIT(false), false},
    {RS_PARAMETER_train_fraction, RS_PARAMETER_fresh_data, RS_BIT(false), false},
    {RS_PARAMETER_forget_bias, RS_PARAMETER_biases, RS_BIT(RS_BIASES_BOTH) | RS_BIT(RS_BIASES_ONE),
     false},
    {RS_PARAMETER_check_interval, RS_PARAMETER_validation_samples, 0, true},
    {RS_PARAMETER_check_interval, RS_PARAMETER_stop_loss, 0, true},
    {RS_PARAMETER_check_interval, RS_PARAMETER_stop_accuracy, 0, true},
    {RS_PARAMETER_check_interval, RS_PARAMETER_patience, 0, false},
};
const size_t rs_scope_count = sizeof rs_scopes / sizeof rs_scopes[0];

bool rs_scope_holds(const rs_scope *scope, double value_of)
{
    if (scope->choices == 0)
        return rs_parameters[scope->of].optional
                   ? !rs_parameter_is_none(&rs_parameters[scope->of], value_of)
                   : value_of > 0;
    if (scope->of == RS_PARAMETER_task && value_of >= RS_TASK_TOTAL)
        return (scope->choices & RS_SCOPE_DATA) != 0;
    return (scope->choices >> (int)value_of & 1) != 0;
}

/* Whether one of the scopes from *index on that are joined by or_next holds; *index becomes that of
 * the last of them. */
static bool one_holds(size_t *index, const rs_run_config *config)
{
    bool holds = false;
    for (;; ++*index) {
        const rs_scope *scope = &rs_scopes[*index];
        holds |= rs_scope_holds(scope, rs_parameter_get(&rs_parameters[scope->of], config));
        if (!scope->or_next)
            return holds;
    }
}

bool rs_parameter_applies(const rs_parameter *parameter, const rs_run_config *config)
{
    for (size_t i = 0; i < rs_scope_count; i++)
        if (parameter == &rs_parameters[rs_scopes[i].parameter] && !one_holds(&i, config))
            return false;
    return true;
}

/* What the task decides, and settings that say what it says. */
static void follow_task(rs_run_config *config)
{
    const rs_task_shape shape = rs_task_shape_of(config);
    const uint32_t own_loss = shape.target_kind == RS_TARGET_REALS ? RS_LOSS_FUNCTION_SQUARED_ERROR
                                                                   : RS_LOSS_FUNCTION_CROSS_ENTROPY;
    config->sequence_length = shape.train_steps;
    if (config->loss_function == own_loss)
        config->loss_function = RS_LOSS_FUNCTION_TASK;
    if (config->readout == (shape.last ? RS_READOUT_LAST : RS_READOUT_ALL))
        config->readout = RS_READOUT_TASK;
    if (config->shortest_length == (int64_t)config->sequence_length)
        config->shortest_length = -1;
    if (config->task < RS_TASK_TOTAL && !shape.ragged && config->batching == RS_BATCHING_BY_LENGTH)
        config->batching = RS_BATCHING_DISJOINT; /* all have the same */
}

void rs_run_config_settle(rs_run_config *config)
{
    for (size_t i = 0; i < rs_scope_count; i++) {
        const rs_parameter *parameter = &rs_parameters[rs_scopes[i].parameter];
        if (!one_holds(&i, config))
            rs_parameter_set(parameter, config, parameter->fallback);
    }
    follow_task(config);
}

void rs_run_config_take_samples(rs_run_config *config, rs_samples_given given)
{
    const rs_task_facts *facts = rs_task_facts_at(config->task);
    if (facts != NULL && !given.train)
        config->train_samples = facts->train.sequences;
    const bool strings = config->all_sequences &&
                         rs_parameter_applies(&rs_parameters[RS_PARAMETER_all_sequences], config);
    if (strings && !given.train && count_strings(config) > 0)
        config->train_samples = count_strings(config);
    if (facts != NULL && !given.test)
        config->test_samples = facts->test.sequences;
    if (facts != NULL && !given.validation &&
        (rs_run_config_is_checked(config) || config->check_interval > 0))
        config->validation_samples = facts->validation.sequences;
}

/* Returns the new length. */
static size_t add_choice(char *text, size_t length, const char *separator, const char *name)
{
    if (length < RS_RULE_TEXT)
        length += (size_t)snprintf(text + length, RS_RULE_TEXT - length, "%s%s", separator, name);
    return length;
}

/* "any built-in task but copy_memory", "any task but addition": where naming all would be long. */
static void describe_tasks(uint32_t choices, char text[RS_RULE_TEXT])
{
    const char *separator = " but ";
    size_t length = (size_t)snprintf(text, RS_RULE_TEXT, "any %stask",
                                     (choices & RS_SCOPE_DATA) != 0 ? "" : "built-in ");
    for (int task = 0; task < RS_TASK_TOTAL; task++) {
        char name[RS_PARAMETER_TEXT];
        if ((choices & RS_BIT(task)) != 0)
            continue;
        rs_parameter_format(&rs_parameters[RS_PARAMETER_task], task, name);
        length = add_choice(text, length, separator, name);
        separator = " or ";
    }
}

void rs_scope_describe(const rs_scope *scope, char text[RS_RULE_TEXT])
{
    const rs_parameter *of = &rs_parameters[scope->of];
    const char *separator = " ";
    size_t length = (size_t)snprintf(text, RS_RULE_TEXT, "%s", of->name);
    if (scope->choices == 0 && !of->optional)
        snprintf(text + length, RS_RULE_TEXT - length, " above 0");
    if (scope->of == RS_PARAMETER_task &&
        2 * __builtin_popcount(scope->choices & BUILT_IN_TASKS) > RS_TASK_TOTAL) {
        describe_tasks(scope->choices, text);
        return;
    }
    for (uint32_t choice = 0; choice < 32 && rs_parameter_allows(of, choice); choice++) {
        char name[RS_PARAMETER_TEXT];
        if ((scope->choices >> choice & 1) == 0)
            continue;
        rs_parameter_format(of, choice, name);
        length = add_choice(text, length, separator, name);
        separator = " or ";
    }
}
