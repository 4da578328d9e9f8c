#include "sequences_asked.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "data_file.h"
#include "first_sequences.h"
#include "memory.h"
#include "options.h"

/* ---- Data files ------------------------------------------------------------------------------ */

bool rs_inputs_suit(const rs_data *data, const rs_task_shape *shape)
{
    const bool fewer = data->input_kind == RS_INPUT_SYMBOLS && data->inputs < shape->inputs;
    return data->input_kind == shape->input_kind && (data->inputs == shape->inputs || fewer);
}

bool rs_targets_suit(const rs_data *data, const rs_task_shape *shape)
{
    const bool classes =
        data->target_kind == RS_TARGET_CLASSES || data->target_kind == RS_TARGET_LAST_CLASSES;
    const bool fewer = classes && data->outputs < shape->outputs;
    return data->target_kind == shape->target_kind && (data->outputs == shape->outputs || fewer);
}

rs_status rs_data_lacks_set(const rs_data *data, const char *path, const char *set, rs_error *error)
{
    char sets[512] = "";
    size_t length = 0;
    for (size_t i = 0; i < data->set_count && length < sizeof sets; i++)
        length += (size_t)snprintf(sets + length, sizeof sets - length, "%s%s", i > 0 ? ", " : "",
                                   data->sets[i].name);
    return rs_fail(error, RS_USAGE, "%s: has no set %s; it has %s", path, set, sets);
}

/* The kernels of the addition task read bits. */
static rs_status check_bits(const rs_data_set *set, const char *path, rs_error *error)
{
    const size_t count = (size_t)set->sequences * set->steps * RS_ADDITION_INPUTS;
    for (size_t i = 0; i < count; i++) {
        const double x = rs_array_get(&set->inputs, i);
        const size_t step = i / RS_ADDITION_INPUTS;
        if (x != 0 && x != 1)
            return rs_fail(error, RS_BAD_DATA,
                           "%s: /%s/inputs[%zu,%zu,%zu] is %g, but a network that adds reads 0 and "
                           "1",
                           path, set->name, step / set->steps, step % set->steps,
                           i % RS_ADDITION_INPUTS, x);
    }
    for (size_t n = 0; n < set->sequences; n++)
        if (rs_data_length(set, n) < set->steps)
            return rs_fail(
                error, RS_BAD_DATA,
                "%s: /%s/lengths[%zu] is %u of %u steps, but sequences of additions have "
                "one length",
                path, set->name, n, rs_data_length(set, n), set->steps);
    return RS_OK;
}

static rs_status check_file(rs_asked_sequences *s, const char *path, bool chosen, int run,
                            rs_error *error)
{
    const rs_task_facts *facts = rs_task_facts_at(s->config.task);
    const rs_task_shape shape = rs_task_shape_of(&s->config);
    if (facts != NULL && !chosen && !rs_hash_equal(s->file->hash, facts->hash))
        return rs_fail(error, RS_BAD_DATA,
                       "%s: has other contents than when the runs were trained; --data FILE names "
                       "the file, or another one",
                       path);
    if (!rs_inputs_suit(s->file, &shape))
        return rs_fail(error, RS_BAD_DATA,
                       "%s: its %u inputs, or their kind, are not those of run %d: %u %s", path,
                       s->file->inputs, run, shape.inputs,
                       shape.input_kind == RS_INPUT_SYMBOLS ? "symbols" : "numbers");
    s->has_targets = rs_targets_suit(s->file, &shape);
    s->file_data = *s->file;
    s->file_data.inputs = shape.inputs;
    s->file_data.outputs = shape.outputs;
    s->file_data.target_kind = shape.target_kind;
    s->data = &s->file_data;
    return RS_OK;
}

static rs_status find_in_file(rs_asked_sequences *s, const rs_asked *asked, int run,
                              rs_error *error)
{
    const bool chosen = asked->data != NULL;
    const char *path = chosen ? asked->data : rs_task_path(s->config.task);
    rs_status status = RS_OK;
    s->shared = true;
    if (s->file != NULL && s->file_task != s->config.task && !chosen)
        return rs_fail(error, RS_USAGE,
                       "run %d has learnt another data file than the others: choose runs of one "
                       "task=, or --data FILE for all",
                       run);
    if (s->file == NULL)
        status = rs_data_read(&s->file, path, error);
    s->file_task = s->config.task;
    if (status == RS_OK)
        status = check_file(s, path, chosen, run, error);
    if (status != RS_OK)
        return status;
    s->set = rs_data_find(s->file, asked->set);
    if (s->set == NULL)
        return rs_data_lacks_set(s->file, path, asked->set, error);
    return s->config.task == RS_TASK_ADDITION ? check_bits(s->set, path, error) : RS_OK;
}

/* ---- Sequences of the addition task ---------------------------------------------------------- */

static rs_status reserve_pairs(rs_asked_sequences *s, uint32_t count, rs_error *error)
{
    const uint32_t steps = s->config.sequence_length;
    void *inputs = NULL, *targets = NULL;
    free(s->pair_set.inputs.values);
    free(s->pair_set.targets.values);
    s->pair_set = (rs_data_set){.sequences = count, .steps = steps};
    rs_status status = rs_allocate(&inputs, count, (size_t)steps * RS_ADDITION_INPUTS, error);
    s->pair_set.inputs = (rs_array){inputs, RS_ELEMENT_U8};
    if (status == RS_OK)
        status = rs_allocate(&targets, count, (size_t)steps * RS_ADDITION_OUTPUTS, error);
    s->pair_set.targets = (rs_array){targets, RS_ELEMENT_U8};
    s->pairs = (rs_data){.input_kind = RS_INPUT_REALS,
                         .target_kind = RS_TARGET_BITS,
                         .inputs = RS_ADDITION_INPUTS,
                         .outputs = RS_ADDITION_OUTPUTS,
                         .set_count = 1,
                         .sets = &s->pair_set};
    s->data = &s->pairs;
    s->set = &s->pair_set;
    return status;
}

static void set_pair(const rs_data_set *set, size_t n, uint64_t a, uint64_t b)
{
    uint8_t *x = set->inputs.values, *t = set->targets.values;
    for (size_t k = 0; k < set->steps; k++) {
        x[(n * set->steps + k) * 2] = a >> k & 1;
        x[(n * set->steps + k) * 2 + 1] = b >> k & 1;
        t[n * set->steps + k] = (a + b) >> k & 1;
    }
}

static rs_status draw_pairs(rs_asked_sequences *s, rs_split split, rs_error *error)
{
    const uint32_t count = split == RS_TRAIN_SET ? s->config.train_samples : s->config.test_samples;
    void *memory = NULL;
    rs_status status = reserve_pairs(s, count, error);
    if (status == RS_OK)
        status = rs_allocate(&memory, count, 2 * sizeof(uint64_t), error);
    uint64_t *a = memory, *b = a + count;
    if (status == RS_OK)
        status = rs_addition_pairs(&s->config, split, count, a, b, error);
    for (size_t n = 0; status == RS_OK && n < count; n++)
        set_pair(&s->pair_set, n, a[n], b[n]);
    free(memory);
    return status;
}

static rs_status read_pair(rs_asked_sequences *s, const rs_asked *asked, int run, rs_error *error)
{
    unsigned long numbers[2];
    const unsigned long largest = (1UL << (s->config.sequence_length - 1)) - 1;
    if (asked->word_count != 2 || !rs_parse_count(asked->words[0], 0, largest, &numbers[0]) ||
        !rs_parse_count(asked->words[1], 0, largest, &numbers[1]))
        return rs_fail(error, RS_USAGE, "run %d adds two whole numbers from 0 to %lu", run,
                       largest);
    rs_status status = reserve_pairs(s, 1, error);
    if (status == RS_OK)
        set_pair(&s->pair_set, 0, numbers[0], numbers[1]);
    return status;
}

/* ---- Of any run ------------------------------------------------------------------------------ */

static rs_status find_drawn_set(rs_asked_sequences *s, const rs_results *results, size_t row,
                                const char *name, int run, rs_error *error)
{
    const bool train = strcmp(name, "train") == 0;
    const rs_drawn_set set = train ? RS_DRAWN_TRAIN : RS_DRAWN_TEST;
    if (!train && strcmp(name, "test") != 0)
        return rs_fail(error, RS_USAGE,
                       "run %d has the sets train and test; --data FILE takes further ones", run);
    if (s->config.task == RS_TASK_ADDITION)
        return draw_pairs(s, train ? RS_TRAIN_SET : RS_TEST_SET, error);
    rs_status status = rs_worked_draw(&s->worked, results, row, set, SIZE_MAX, error);
    s->data = &s->worked.drawn.data;
    s->set = &s->worked.drawn.sets[set];
    return status;
}

static rs_status read_words(rs_asked_sequences *s, const rs_results *results, size_t row,
                            const rs_asked *asked, int run, rs_error *error)
{
    if (s->config.task == RS_TASK_ADDITION)
        return read_pair(s, asked, run, error);
    rs_status status =
        rs_worked_read(&s->worked, results, row, asked->word_count, asked->words, error);
    s->data = &s->worked.drawn.data;
    s->set = &s->worked.drawn.sets[RS_DRAWN_TEST];
    return status;
}

rs_status rs_asked_sequences_find(rs_asked_sequences *s, const rs_results *results, size_t row,
                                  const rs_asked *asked, rs_error *error)
{
    const int run = rs_results_read_columns(results).run[row];
    rs_results_config(results, row, &s->config);
    const bool own_file = s->config.task >= RS_TASK_TOTAL;
    rs_worked_free(&s->worked);
    s->worked = (rs_worked){.logit = NULL};
    s->has_targets = true;
    if (asked->word_count > 0 && own_file)
        return rs_fail(error, RS_USAGE,
                       "run %d has learnt the data file %s, whose sequences have no words: --data "
                       "FILE takes others",
                       run, rs_task_facts_at(s->config.task)->name);
    if (asked->word_count > 0)
        return read_words(s, results, row, asked, run, error);
    return own_file || asked->data != NULL
               ? find_in_file(s, asked, run, error)
               : find_drawn_set(s, results, row, asked->set, run, error);
}

void rs_asked_sequences_free(rs_asked_sequences *s)
{
    rs_worked_free(&s->worked);
    rs_data_free(s->file);
    free(s->pair_set.inputs.values);
    free(s->pair_set.targets.values);
    *s = (rs_asked_sequences){.file = NULL};
}
