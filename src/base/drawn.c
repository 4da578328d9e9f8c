#include "drawn.h"

#include <stdlib.h>
#include <string.h>

#include "memory.h"
#include "rules.h"

enum { ALIGNMENT = 64 };

/* Bytes of the arrays of one sequence. */
typedef struct row_bytes {
    size_t inputs, targets, weights, lengths;
} row_bytes;

static row_bytes row_of(const rs_task_shape *shape)
{
    const size_t input_width = shape->input_kind == RS_INPUT_SYMBOLS ? 1 : shape->inputs;
    const size_t target_width = shape->target_kind == RS_TARGET_CLASSES ? 1 : shape->outputs;
    return (row_bytes){
        .inputs = shape->train_steps * input_width * rs_element_size(shape->input_element),
        .targets = shape->train_steps * target_width * rs_element_size(shape->target_element),
        .weights = shape->weighted ? shape->train_steps : 0,
        .lengths = shape->ragged ? sizeof(uint32_t) : 0};
}

static size_t aligned(size_t bytes)
{
    return (bytes + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
}

static size_t set_bytes(const rs_task_shape *shape, size_t count)
{
    const row_bytes row = row_of(shape);
    return aligned(count * row.inputs) + aligned(count * row.targets) +
           aligned(count * row.weights) + aligned(count * row.lengths);
}

/* Sequences of the training set that are there at the same time. */
static uint32_t held(const rs_run_config *config)
{
    return config->fresh_data ? config->batch_size : config->train_samples;
}

size_t rs_drawn_need(const rs_run_config *config)
{
    const rs_task_shape shape = rs_task_shape_of(config);
    return set_bytes(&shape, held(config)) + set_bytes(&shape, config->test_samples) +
           set_bytes(&shape, config->validation_samples) + shape.scratch_bytes;
}

rs_status rs_drawn_reserve(rs_drawn *drawn, const rs_run_config *config, rs_error *error)
{
    const rs_task_shape shape = rs_task_shape_of(config);
    const size_t bytes[] = {[RS_DRAWN_TRAIN] = set_bytes(&shape, held(config)),
                            [RS_DRAWN_TEST] = set_bytes(&shape, config->test_samples),
                            [RS_DRAWN_VALIDATION] = set_bytes(&shape, config->validation_samples)};
    rs_status status =
        rs_grow(&drawn->scratch, &drawn->scratch_room, shape.scratch_bytes, 1, error);
    for (int set = 0; set < RS_DRAWN_TOTAL && status == RS_OK; set++)
        status = rs_grow(&drawn->bytes[set], &drawn->room[set], bytes[set], 1, error);
    return status;
}

void rs_drawn_free(rs_drawn *drawn)
{
    for (int set = 0; set < RS_DRAWN_TOTAL; set++)
        free(drawn->bytes[set]);
    free(drawn->scratch);
    *drawn = (rs_drawn){.sets = {{.sequences = 0}}};
}

void rs_drawn_begin(rs_drawn *drawn, const rs_run_config *config, rs_drawn_set set, uint32_t count)
{
    static const char names[][RS_DATA_NAME] = {
        [RS_DRAWN_TRAIN] = "train", [RS_DRAWN_TEST] = "test", [RS_DRAWN_VALIDATION] = "validation"};
    const rs_task_shape shape = rs_task_shape_of(config);
    const row_bytes row = row_of(&shape);
    char *inputs = drawn->bytes[set], *targets = inputs + aligned(count * row.inputs);
    char *weights = targets + aligned(count * row.targets);
    char *lengths = weights + aligned(count * row.weights);
    drawn->data = (rs_data){.input_kind = shape.input_kind,
                            .target_kind = shape.target_kind,
                            .inputs = shape.inputs,
                            .outputs = shape.outputs,
                            .tolerance = shape.tolerance,
                            .by_sign = shape.by_sign,
                            .set_count = config->validation_samples > 0 ? 3 : 2,
                            .sets = drawn->sets};
    drawn->sets[set] = (rs_data_set){
        .sequences = count,
        .steps = shape.train_steps,
        .inputs = {inputs, shape.input_element},
        .targets = {targets, shape.target_element},
        .weights = {shape.weighted ? weights : NULL, RS_ELEMENT_U8},
        .lengths = {shape.ragged ? lengths : NULL, RS_ELEMENT_U32},
    };
    memcpy(drawn->sets[set].name, names[set], sizeof names[set]);
}

/* Bytes of a step of the arrays of a set. */
static row_bytes step_of(const rs_drawn *drawn, rs_drawn_set set)
{
    const rs_data *data = &drawn->data;
    const rs_data_set *of = &drawn->sets[set];
    const size_t inputs = data->input_kind == RS_INPUT_SYMBOLS ? 1 : data->inputs;
    const size_t targets = data->target_kind == RS_TARGET_CLASSES ? 1 : data->outputs;
    return (row_bytes){.inputs = inputs * rs_element_size(of->inputs.element),
                       .targets = targets * rs_element_size(of->targets.element),
                       .weights = of->weights.values != NULL};
}

rs_sequence rs_drawn_at(const rs_drawn *drawn, rs_drawn_set set, uint32_t index)
{
    const rs_data_set *of = &drawn->sets[set];
    const rs_data *data = &drawn->data;
    const size_t first = (size_t)index * of->steps;
    const size_t input_width = data->input_kind == RS_INPUT_SYMBOLS ? 1 : data->inputs;
    const size_t target_width = data->target_kind == RS_TARGET_CLASSES ? 1 : data->outputs;
    return (rs_sequence){
        .length = rs_data_length(of, index),
        .scratch = drawn->scratch,
        .inputs =
            (char *)of->inputs.values + first * input_width * rs_element_size(of->inputs.element),
        .targets = (char *)of->targets.values +
                   first * target_width * rs_element_size(of->targets.element),
        .weights = of->weights.values != NULL ? (uint8_t *)of->weights.values + first : NULL};
}

static void set_length(rs_drawn *drawn, rs_drawn_set set, uint32_t index, uint32_t length)
{
    if (drawn->sets[set].lengths.values != NULL)
        ((uint32_t *)drawn->sets[set].lengths.values)[index] = length;
}

/* What is past a sequence's end is 0. */
static void end_sequence(const rs_sequence *sequence, const row_bytes *step, uint32_t steps)
{
    const size_t here = sequence->length, left = steps - here;
    memset((char *)sequence->inputs + here * step->inputs, 0, left * step->inputs);
    memset((char *)sequence->targets + here * step->targets, 0, left * step->targets);
    if (step->weights > 0)
        memset(sequence->weights + here, 0, left);
}

/* Sequences that are drawn by one call: as many as are still in the cache when their targets are
 * made. */
static uint32_t joined(const rs_built_in *task, uint32_t length)
{
    enum { STEPS = 4096 };
    return (task->is_uniform || task->draw_many != NULL) && length < STEPS ? STEPS / length : 1;
}

/* `count` sequences, the targets by `answer` aside. They are copied only where they must: the copy
 * would wait for the addresses that have just been written. */
static void draw_ahead(const rs_built_in *task, const rs_run_config *config, rs_random *random,
                       const rs_sequence *first, uint32_t count)
{
    if (task->draw_many != NULL) {
        task->draw_many(config, random, first, count);
    } else if (count == 1) {
        task->draw(config, random, first);
    } else {
        rs_sequence all = *first;
        all.length *= count;
        task->draw(config, random, &all);
    }
}

/* `count` sequences of all steps, for which draw_many does everything. */
static void fill_whole(const rs_built_in *task, const rs_run_config *config, rs_random *random,
                       const row_bytes *step, rs_sequence next, uint32_t count)
{
    const uint32_t most = joined(task, next.length);
    for (uint32_t here; count > 0; count -= here) {
        here = count < most ? count : most;
        task->draw_many(config, random, &next, here);
        next.inputs = (char *)next.inputs + (size_t)here * next.length * step->inputs;
        next.targets = (char *)next.targets + (size_t)here * next.length * step->targets;
    }
}

/* length: of every sequence, or 0 to draw them. */
static void fill(rs_drawn *drawn, const rs_run_config *config, rs_drawn_set set, uint32_t first,
                 uint32_t count, uint32_t alike, uint32_t length, rs_random *random)
{
    const rs_built_in *task = rs_built_in_at(config->task);
    const row_bytes step = step_of(drawn, set);
    const uint32_t steps = drawn->sets[set].steps, apart = rs_task_shape_of(config).step;
    const bool draws_length = length == 0 && drawn->sets[set].lengths.values != NULL;
    rs_sequence sequence = rs_drawn_at(drawn, set, first);
    sequence.length = length > 0 ? length : steps;
    const uint32_t most = draws_length || sequence.length < steps ? 1 : joined(task, steps);
    if (task->prepare != NULL)
        task->prepare(config, sequence.scratch);
    if (task->draw_many != NULL && most > 1 && step.weights == 0 &&
        drawn->sets[set].lengths.values == NULL) {
        fill_whole(task, config, random, &step, sequence, count);
        return;
    }
    for (uint32_t i = 0, ahead = 0; i < count; i++, ahead--) {
        if (draws_length && i % alike == 0)
            sequence.length = rs_built_in_draw_length(config, apart, random, sequence.scratch);
        set_length(drawn, set, first + i, sequence.length);
        if (ahead == 0) {
            ahead = most < count - i ? most : count - i;
            draw_ahead(task, config, random, &sequence, ahead);
        }
        if (task->answer != NULL && task->draw_many == NULL)
            task->answer(config, &sequence);
        if (sequence.length < steps)
            end_sequence(&sequence, &step, steps);
        sequence.inputs = (char *)sequence.inputs + steps * step.inputs;
        sequence.targets = (char *)sequence.targets + steps * step.targets;
        if (step.weights > 0)
            sequence.weights += steps;
    }
}

void rs_drawn_fill(rs_drawn *drawn, const rs_run_config *config, rs_drawn_set set, uint32_t first,
                   uint32_t count, uint32_t alike, rs_random *random)
{
    fill(drawn, config, set, first, count, alike, 0, random);
}

void rs_drawn_fill_length(rs_drawn *drawn, const rs_run_config *config, rs_drawn_set set,
                          uint32_t count, uint32_t length, rs_random *random)
{
    fill(drawn, config, set, 0, count, 1, length, random);
}

void rs_drawn_enumerate(rs_drawn *drawn, const rs_run_config *config)
{
    const rs_built_in *task = rs_built_in_at(config->task);
    const row_bytes step = step_of(drawn, RS_DRAWN_TRAIN);
    const uint32_t count = drawn->sets[RS_DRAWN_TRAIN].sequences;
    uint32_t length = rs_built_in_shortest(config);
    uint64_t code = 0;
    for (uint32_t index = 0; index < count; index++, code++) {
        if (code >> length != 0) {
            length++;
            code = 0;
        }
        set_length(drawn, RS_DRAWN_TRAIN, index, length);
        const rs_sequence sequence = rs_drawn_at(drawn, RS_DRAWN_TRAIN, index);
        for (uint32_t k = 0; k < length; k++)
            ((uint8_t *)sequence.inputs)[k] = (uint8_t)(code >> (length - 1 - k) & 1);
        task->answer(config, &sequence);
        end_sequence(&sequence, &step, config->sequence_length);
    }
}

uint32_t rs_drawn_seed(const rs_run_config *config)
{
    return config->data_seed >= 0 ? (uint32_t)config->data_seed : config->seed;
}

/* What belongs to some tasks decides their sets, but for what is learnt of them. */
uint32_t rs_drawn_alike(const rs_run_config *config)
{
    return config->batching == RS_BATCHING_BY_LENGTH ? config->batch_size : 1;
}

bool rs_drawn_is_shared(const rs_run_config *a, const rs_run_config *b)
{
    bool same = a->task == b->task && a->train_samples == b->train_samples &&
                rs_drawn_alike(a) == rs_drawn_alike(b) && rs_drawn_seed(a) == rs_drawn_seed(b);
    for (size_t i = 0; same && i < rs_scope_count; i++) {
        const rs_parameter_id id = rs_scopes[i].parameter;
        if (rs_scopes[i].of == RS_PARAMETER_task && id != RS_PARAMETER_data_seed &&
            id != RS_PARAMETER_loss_function && id != RS_PARAMETER_readout)
            same =
                rs_parameter_get(&rs_parameters[id], a) == rs_parameter_get(&rs_parameters[id], b);
    }
    return same;
}
