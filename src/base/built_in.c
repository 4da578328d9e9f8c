#include "built_in.h"

#include <stdlib.h>
#include <string.h>

#define DECLARED(enumerator, word) extern const rs_built_in rs_task_##word;
RS_TASK_LIST(DECLARED)
#undef DECLARED

#define LISTED(enumerator, word) [enumerator] = &rs_task_##word,
static const rs_built_in *const tasks[RS_TASK_TOTAL] = {RS_TASK_LIST(LISTED)};
#undef LISTED

const rs_built_in *rs_built_in_at(uint32_t task)
{
    return tasks[task];
}

uint32_t rs_built_in_shortest(const rs_run_config *config)
{
    return config->shortest_length < 0 ? config->sequence_length
                                       : (uint32_t)config->shortest_length;
}

uint32_t rs_built_in_draw_length(const rs_run_config *config, uint32_t step, rs_random *random,
                                 const void *scratch)
{
    const rs_built_in *task = rs_built_in_at(config->task);
    if (task->draw_length != NULL)
        return task->draw_length(config, random, scratch);
    const uint32_t least = (rs_built_in_shortest(config) + step - 1) / step;
    const uint32_t most = config->sequence_length / step;
    return step * (least + (uint32_t)rs_random_below(random, most - least + 1));
}

/* ---- Words ------------------------------------------------------------------------------------
 */

bool rs_built_in_parse(const char *word, double *number)
{
    char *end;
    *number = strtod(word, &end);
    return end != word && *end == '\0';
}

size_t rs_built_in_room(const rs_run_config *config, size_t count, const char *const words[])
{
    const rs_task_shape shape = rs_task_shape_of(config);
    size_t letters = count;
    for (size_t i = 0; i < count; i++)
        letters += strlen(words[i]);
    return 2 * letters + shape.train_steps;
}

rs_status rs_built_in_refuse(const rs_run_config *config, rs_error *error)
{
    return rs_fail(error, RS_USAGE, "it wants %s", rs_built_in_at(config->task)->asked);
}

/* The symbol that a letter stands for, or -1. */
static int find_symbol(const rs_run_config *config, uint32_t symbols, char letter)
{
    const rs_built_in *task = rs_built_in_at(config->task);
    for (uint32_t i = 0; i < symbols; i++)
        if (letter == (task->letter != NULL ? task->letter(config, i) : (char)('0' + i)))
            return (int)i;
    return -1;
}

static rs_status read_letters(const rs_run_config *config, const char *word, uint32_t symbols,
                              rs_sequence *sequence, rs_error *error)
{
    for (size_t k = 0; word[k] != '\0'; k++) {
        const int symbol = find_symbol(config, symbols, word[k]);
        if (symbol < 0)
            return rs_built_in_refuse(config, error);
        ((uint8_t *)sequence->inputs)[k] = (uint8_t)symbol;
    }
    sequence->length = (uint32_t)strlen(word);
    return sequence->length > 0 ? RS_OK : rs_built_in_refuse(config, error);
}

static rs_status read_numbers(const rs_run_config *config, size_t count, const char *const words[],
                              uint32_t symbols, rs_sequence *sequence, rs_error *error)
{
    double number;
    for (size_t k = 0; k < count; k++) {
        if (!rs_built_in_parse(words[k], &number) || !(number >= 0 && number < symbols) ||
            number != (uint32_t)number)
            return rs_built_in_refuse(config, error);
        ((uint8_t *)sequence->inputs)[k] = (uint8_t)number;
    }
    sequence->length = (uint32_t)count;
    return RS_OK;
}

/* One word of letters; of symbols that are numbers of several digits, a word each. */
static rs_status read_symbols(const rs_run_config *config, size_t count, const char *const words[],
                              rs_sequence *sequence, rs_error *error)
{
    enum { DIGITS = 10 };
    const rs_task_shape shape = rs_task_shape_of(config);
    const uint32_t symbols = shape.input_kind == RS_INPUT_SYMBOLS ? shape.inputs : 2;
    if (count > 1 || (symbols > DIGITS && rs_built_in_at(config->task)->letter == NULL))
        return read_numbers(config, count, words, symbols, sequence, error);
    return read_letters(config, words[0], symbols, sequence, error);
}

rs_status rs_built_in_read(const rs_run_config *config, size_t count, const char *const words[],
                           rs_sequence *sequence, rs_error *error)
{
    const rs_built_in *task = rs_built_in_at(config->task);
    if (count == 0)
        return rs_built_in_refuse(config, error);
    rs_status status = task->read != NULL ? task->read(config, count, words, sequence, error)
                                          : read_symbols(config, count, words, sequence, error);
    if (status == RS_OK && sequence->length > RS_DATA_STEPS_MOST)
        return rs_fail(error, RS_USAGE, "%u steps are too many", sequence->length);
    if (status == RS_OK && task->answer != NULL)
        task->answer(config, sequence);
    return status;
}

/* ---- Shapes -----------------------------------------------------------------------------------
 */

static rs_task_shape shape_of_file(const rs_task_facts *facts)
{
    return (rs_task_shape){.input_kind = facts->input_kind,
                           .target_kind = facts->target_kind,
                           .inputs = facts->inputs,
                           .outputs = facts->outputs,
                           .train_steps = facts->train.steps,
                           .test_steps = facts->test.steps,
                           .last = facts->target_kind == RS_TARGET_LAST_CLASSES};
}

rs_task_shape rs_task_shape_of(const rs_run_config *config)
{
    const rs_task_facts *facts = rs_task_facts_at(config->task);
    rs_task_shape shape;
    if (facts != NULL)
        return shape_of_file(facts);
    rs_built_in_at(config->task)->describe(config, &shape);
    shape.train_steps = shape.fixed_steps > 0 ? shape.fixed_steps : config->sequence_length;
    shape.test_steps = shape.train_steps;
    shape.step = shape.step > 0 ? shape.step : 1;
    shape.least_steps = shape.least_steps > shape.step ? shape.least_steps : shape.step;
    shape.most_steps = shape.most_steps > 0 ? shape.most_steps : RS_DATA_STEPS_MOST;
    shape.tolerance = shape.tolerance > 0 ? shape.tolerance : 0.5;
    shape.ragged |= rs_built_in_shortest(config) < config->sequence_length;
    return shape;
}

bool rs_task_reads_last(const rs_run_config *config)
{
    return config->readout == RS_READOUT_LAST ||
           (config->readout == RS_READOUT_TASK && rs_task_shape_of(config).last);
}

/* ---- Networks ---------------------------------------------------------------------------------
 */

/* Kind of targets and loss. */
static rs_head head_of(const rs_run_config *config)
{
    static const rs_head heads[][2] = {
        [RS_TARGET_BITS] = {RS_HEAD_BITS, RS_HEAD_BITS_SQUARED},
        [RS_TARGET_CLASSES] = {RS_HEAD_CLASSES, RS_HEAD_CLASSES_SQUARED},
        [RS_TARGET_LAST_CLASSES] = {RS_HEAD_CLASSES, RS_HEAD_CLASSES_SQUARED},
        [RS_TARGET_REALS] = {RS_HEAD_REALS, RS_HEAD_REALS}};
    const bool squared = config->loss_function == RS_LOSS_FUNCTION_SQUARED_ERROR;
    return config->task == RS_TASK_ADDITION ? RS_HEAD_BIT
                                            : heads[rs_task_shape_of(config).target_kind][squared];
}

rs_network rs_run_config_network(const rs_run_config *config)
{
    const rs_task_shape shape = rs_task_shape_of(config);
    rs_network network = rs_network_make(config->cell, shape.inputs, config->states, shape.outputs);
    network.head = head_of(config);
    network.leak = config->leak;
    network.tensor[RS_S0].trained = config->initial_state == RS_INITIAL_STATE_TRAINED;
    network.tensor[RS_C0].trained = network.tensor[RS_S0].trained;
    network.tensor[RS_B_IN].trained = config->biases != RS_BIASES_NONE;
    network.tensor[RS_B_REC].trained = config->biases == RS_BIASES_BOTH;
    return network;
}

bool rs_run_config_groups_lengths(const rs_run_config *config)
{
    if (config->batching != RS_BATCHING_BY_LENGTH || config->fresh_data)
        return false;
    return config->task >= RS_TASK_TOTAL || config->all_sequences || config->shuffle ||
           config->train_fraction < 1;
}

/* Of training sequences, at most. */
static uint32_t count_lengths(const rs_run_config *config)
{
    const rs_task_facts *facts = rs_task_facts_at(config->task);
    if (facts != NULL)
        return facts->lengths;
    return rs_task_shape_of(config).ragged ? config->sequence_length : 1;
}

uint64_t rs_run_config_updates(const rs_run_config *config)
{
    uint64_t used = config->train_samples, smaller = 0;
    if (config->train_fraction < 1 || rs_run_config_groups_lengths(config)) {
        const uint32_t lengths = count_lengths(config);
        used = rs_run_config_fraction(config, config->train_samples);
        if (config->train_fraction < 1) /* each length rounds up */
            used = used + lengths - 1 < config->train_samples ? used + lengths - 1
                                                              : config->train_samples;
        if (rs_run_config_groups_lengths(config)) /* each ends in a smaller minibatch */
            smaller = (uint64_t)lengths * (config->batch_size - 1);
    }
    return config->epochs * ((used + smaller) / config->batch_size);
}

bool rs_run_config_is_checked(const rs_run_config *config)
{
    return config->validation_samples > 0 || config->stop_loss >= 0 || config->stop_accuracy >= 0 ||
           config->patience >= 0;
}

uint64_t rs_run_config_check_interval(const rs_run_config *config)
{
    if (!rs_run_config_is_checked(config))
        return 0;
    return config->check_interval > 0 ? (uint64_t)config->check_interval
                                      : rs_run_config_updates(config) / config->epochs;
}

uint64_t rs_run_config_checks(const rs_run_config *config)
{
    const uint64_t interval = rs_run_config_check_interval(config);
    return interval > 0 ? rs_run_config_updates(config) / interval : 0;
}

/* Whether all sequences of that many steps are the same one. */
static bool has_one_sequence(const rs_run_config *config, uint32_t steps)
{
    return config->task == RS_TASK_COUNTING ||
           (config->task == RS_TASK_DYCK && config->pairs == 1 && steps == 2);
}

bool rs_run_config_at_length(const rs_run_config *config, uint32_t steps, rs_run_config *at)
{
    rs_run_config other = *config;
    const rs_parameter *delay = &rs_parameters[RS_PARAMETER_delay];
    if (config->task >= RS_TASK_TOTAL)
        return false;
    const rs_task_shape own = rs_task_shape_of(config);
    if (config->task == RS_TASK_COPY_MEMORY) {
        const double wanted = (double)config->delay + steps - own.fixed_steps;
        if (!rs_parameter_allows(delay, wanted))
            return false;
        other.delay = (uint32_t)wanted;
    } else if (steps < own.least_steps || steps > own.most_steps || steps % own.step != 0 ||
               (config->task == RS_TASK_COUNTING && steps % config->letters != 0))
        return false;
    other.sequence_length = steps;
    other.shortest_length = -1;
    other.all_sequences = other.fresh_data = 0;
    other.validation_samples = 0;
    other.train_samples = 1;
    if (has_one_sequence(config, steps))
        other.test_samples = 1;
    *at = other;
    return true;
}
