#include "worked.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "answer.h"
#include "first_sequences.h"
#include "json_print.h"
#include "memory.h"

/* ---- Making and asking ----------------------------------------------------------------------- */

static const rs_data_set *set_of(const rs_worked *worked)
{
    return &worked->drawn.sets[worked->set];
}

rs_status rs_worked_draw(rs_worked *worked, const rs_results *results, size_t row, rs_drawn_set set,
                         size_t count, rs_error *error)
{
    *worked = (rs_worked){.set = set};
    rs_results_config(results, row, &worked->config);
    worked->shape = rs_task_shape_of(&worked->config);
    const uint32_t most =
        set == RS_DRAWN_TEST ? worked->config.test_samples : worked->config.train_samples;
    return rs_first_sequences(&worked->config, set, count < most ? (uint32_t)count : most,
                              &worked->drawn, error);
}

rs_status rs_worked_read(rs_worked *worked, const rs_results *results, size_t row, size_t count,
                         const char *const words[], rs_error *error)
{
    rs_run_config config;
    rs_error why;
    *worked = (rs_worked){.set = RS_DRAWN_TEST};
    rs_results_config(results, row, &config);
    const size_t room = rs_built_in_room(&config, count, words);
    worked->config = config;
    worked->config.test_samples = worked->config.train_samples = worked->config.batch_size = 1;
    worked->config.sequence_length = (uint32_t)room;
    worked->config.shortest_length = 1; /* so that the sequence has a length */
    worked->shape = rs_task_shape_of(&worked->config);
    rs_status status = rs_drawn_reserve(&worked->drawn, &worked->config, error);
    if (status != RS_OK)
        return status;
    rs_drawn_begin(&worked->drawn, &worked->config, RS_DRAWN_TEST, 1);
    rs_sequence sequence = rs_drawn_at(&worked->drawn, RS_DRAWN_TEST, 0);
    status = rs_built_in_read(&config, count, words, &sequence, &why);
    if (status != RS_OK)
        return rs_fail(error, status, "run %d: %s", rs_results_read_columns(results).run[row],
                       why.text);
    rs_data_set *set = &worked->drawn.sets[RS_DRAWN_TEST];
    set->lengths.values = NULL; /* it is as long as its set is wide */
    set->steps = sequence.length;
    return RS_OK;
}

rs_status rs_worked_answer(rs_worked *worked, const rs_stored_network *network, rs_error *error)
{
    const rs_data_set *set = set_of(worked);
    void *logit = NULL;
    rs_status status = rs_allocate(
        &logit, set->sequences, (size_t)set->steps * worked->shape.outputs * sizeof(double), error);
    worked->logit = logit;
    if (status == RS_OK)
        status =
            rs_stored_network_answer(network, &worked->drawn.data, set, worked->logit, NULL, error);
    return status;
}

void rs_worked_free(rs_worked *worked)
{
    rs_drawn_free(&worked->drawn);
    free(worked->logit);
    worked->logit = NULL;
}

/* ---- One sequence ---------------------------------------------------------------------------- */

static bool counts(const rs_worked *worked, const rs_sequence *sequence, uint32_t step)
{
    if (rs_task_reads_last(&worked->config) && step + 1 < sequence->length)
        return false;
    return sequence->weights == NULL || sequence->weights[step] > 0;
}

static double target_at(const rs_worked *worked, size_t index, uint32_t step, uint32_t output)
{
    const rs_data_set *set = set_of(worked);
    const size_t width = worked->shape.target_kind == RS_TARGET_CLASSES ? 1 : worked->shape.outputs;
    return rs_array_get(&set->targets, (index * set->steps + step) * width + output);
}

static double input_at(const rs_worked *worked, size_t index, uint32_t step, uint32_t input)
{
    const rs_data_set *set = set_of(worked);
    const size_t width = worked->shape.input_kind == RS_INPUT_SYMBOLS ? 1 : worked->shape.inputs;
    return rs_array_get(&set->inputs, (index * set->steps + step) * width + input);
}

static const double *logits_at(const rs_worked *worked, size_t index, uint32_t step)
{
    const rs_data_set *set = set_of(worked);
    return worked->logit + (index * set->steps + step) * worked->shape.outputs;
}

/* What the network says: the class, the bit of an output, or its number. */
static double answer_at(const rs_worked *worked, size_t index, uint32_t step, uint32_t output)
{
    const double *z = logits_at(worked, index, step);
    uint32_t most = 0;
    if (worked->shape.target_kind == RS_TARGET_BITS)
        return z[output] > 0;
    if (worked->shape.target_kind == RS_TARGET_REALS)
        return z[output];
    for (uint32_t o = 1; o < worked->shape.outputs; o++)
        most = z[o] > z[most] ? o : most;
    return most;
}

static bool is_right(const rs_worked *worked, double answer, double target)
{
    if (worked->shape.by_sign)
        return (answer > 0) == (target > 0);
    return worked->shape.target_kind == RS_TARGET_REALS
               ? fabs(answer - target) <= worked->shape.tolerance
               : answer == target;
}

static uint32_t target_width(const rs_worked *worked)
{
    return worked->shape.target_kind == RS_TARGET_CLASSES ? 1 : worked->shape.outputs;
}

/* By the rule of the test accuracy. */
static bool is_sequence_right(const rs_worked *worked, size_t index)
{
    const rs_sequence sequence = rs_drawn_at(&worked->drawn, worked->set, (uint32_t)index);
    bool right = true;
    for (uint32_t k = 0; k < sequence.length; k++)
        for (uint32_t o = 0; counts(worked, &sequence, k) && o < target_width(worked); o++) {
            const bool here =
                is_right(worked, answer_at(worked, index, k, o), target_at(worked, index, k, o));
            right = worked->shape.by_sign ? here : right && here;
        }
    return right;
}

/* ---- Text ------------------------------------------------------------------------------------ */

enum { LINE = 78, NAME = 8, NAME_MOST = 16, CELL = 16 };

/* One row of a table whose columns are steps. */
typedef enum row_kind { INPUT, TARGET, ANSWER, MARKS } row_kind;

static void write_symbol(const rs_worked *worked, uint32_t symbol, char text[CELL])
{
    const rs_built_in *task = rs_built_in_at(worked->config.task);
    if (task->letter != NULL)
        snprintf(text, CELL, "%c", task->letter(&worked->config, symbol));
    else
        snprintf(text, CELL, "%u", symbol);
}

static void write_number(const rs_worked *worked, double value, bool real, char text[CELL])
{
    (void)worked;
    if (real)
        snprintf(text, CELL, "%.2f", value);
    else
        snprintf(text, CELL, "%.0f", value);
}

static bool has_real_inputs(const rs_worked *worked)
{
    return worked->shape.input_kind == RS_INPUT_REALS &&
           worked->shape.input_element != RS_ELEMENT_U8;
}

static void write_cell(const rs_worked *worked, const rs_sequence *sequence, size_t index,
                       row_kind kind, uint32_t step, uint32_t column, char text[CELL])
{
    const bool real = worked->shape.target_kind == RS_TARGET_REALS;
    text[0] = '\0';
    if (kind == INPUT && worked->shape.input_kind == RS_INPUT_SYMBOLS)
        write_symbol(worked, (uint32_t)input_at(worked, index, step, 0), text);
    else if (kind == INPUT)
        write_number(worked, input_at(worked, index, step, column), has_real_inputs(worked), text);
    else if (!counts(worked, sequence, step))
        return;
    else if (kind == TARGET)
        write_number(worked, target_at(worked, index, step, column), real, text);
    else if (kind == ANSWER)
        write_number(worked, answer_at(worked, index, step, column), real, text);
    else if (!is_right(worked, answer_at(worked, index, step, column),
                       target_at(worked, index, step, column)))
        snprintf(text, CELL, "^");
}

/* The name of a row: "x", or of several "x 2", "t a". */
static void name_row(const rs_worked *worked, row_kind kind, uint32_t column, uint32_t width,
                     char name[NAME_MOST])
{
    static const char letters[] = {[INPUT] = 'x', [TARGET] = 't', [ANSWER] = 'y', [MARKS] = ' '};
    char text[CELL];
    if (kind == MARKS || width == 1)
        snprintf(name, NAME_MOST, "%c%c", letters[kind], kind == MARKS ? ' ' : ':');
    else if (kind != INPUT && worked->shape.input_kind == RS_INPUT_SYMBOLS) {
        write_symbol(worked, column, text);
        snprintf(name, NAME_MOST, "%c %.3s:", letters[kind],
                 column == worked->shape.inputs ? "end" : text);
    } else
        snprintf(name, NAME_MOST, "%c %u:", letters[kind], column + 1);
}

/* Columns that a step takes in every row. */
static int cell_width(const rs_worked *worked, const rs_sequence *sequence, size_t index)
{
    int most = 1;
    char text[CELL];
    const uint32_t inputs = worked->shape.input_kind == RS_INPUT_SYMBOLS ? 1 : worked->shape.inputs;
    const row_kind last = worked->logit != NULL ? ANSWER : TARGET;
    for (uint32_t k = 0; k < sequence->length; k++)
        for (row_kind kind = INPUT; kind <= last; kind++)
            for (uint32_t c = 0; c < (kind == INPUT ? inputs : target_width(worked)); c++) {
                write_cell(worked, sequence, index, kind, k, c, text);
                most = (int)strlen(text) > most ? (int)strlen(text) : most;
            }
    return most > 1 ? most + 1 : 1;
}

static void print_row(const rs_worked *worked, const rs_sequence *sequence, size_t index,
                      row_kind kind, uint32_t column, uint32_t width, const uint32_t steps[2],
                      int cell, FILE *stream)
{
    char line[LINE + NAME + CELL] = "", name[NAME_MOST], text[CELL];
    int length = 0;
    bool empty = true;
    name_row(worked, kind, column, width, name);
    for (uint32_t k = steps[0]; k < steps[1]; k++) {
        write_cell(worked, sequence, index, kind, k, column, text);
        empty &= text[0] == '\0';
        length += snprintf(line + length, sizeof line - (size_t)length, "%*s", cell, text);
    }
    while (length > 0 && line[length - 1] == ' ')
        line[--length] = '\0';
    if (!empty || kind == INPUT)
        fprintf(stream, "%-*s%s%s\n", NAME - 2, name, line, kind == MARKS ? "   wrong" : "");
}

void rs_worked_print(const rs_worked *worked, size_t index, FILE *stream)
{
    const rs_sequence sequence = rs_drawn_at(&worked->drawn, worked->set, (uint32_t)index);
    const int cell = cell_width(worked, &sequence, index);
    const uint32_t inputs = worked->shape.input_kind == RS_INPUT_SYMBOLS ? 1 : worked->shape.inputs;
    const uint32_t at_once = (uint32_t)((LINE - NAME) / cell), outputs = target_width(worked);
    for (uint32_t first = 0; first < sequence.length; first += at_once) {
        const uint32_t left = sequence.length - first;
        const uint32_t steps[] = {first, first + (left < at_once ? left : at_once)};
        for (uint32_t c = 0; c < inputs; c++)
            print_row(worked, &sequence, index, INPUT, c, inputs, steps, cell, stream);
        for (uint32_t c = 0; c < outputs; c++)
            print_row(worked, &sequence, index, TARGET, c, outputs, steps, cell, stream);
        for (uint32_t c = 0; worked->logit != NULL && c < outputs; c++) {
            print_row(worked, &sequence, index, ANSWER, c, outputs, steps, cell, stream);
            print_row(worked, &sequence, index, MARKS, c, outputs, steps, cell, stream);
        }
    }
}

/* ---- JSON ------------------------------------------------------------------------------------ */

/* Of outputs: probabilities of bits and classes, numbers. */
static double output_at(const rs_worked *worked, size_t index, uint32_t step, uint32_t output)
{
    const double *z = logits_at(worked, index, step);
    double most = z[0], sum = 0;
    if (worked->shape.target_kind == RS_TARGET_REALS)
        return z[output];
    if (worked->shape.target_kind == RS_TARGET_BITS)
        return 1 / (1 + exp(-z[output]));
    for (uint32_t o = 1; o < worked->shape.outputs; o++)
        most = fmax(most, z[o]);
    for (uint32_t o = 0; o < worked->shape.outputs; o++)
        sum += exp(z[o] - most);
    return exp(z[output] - most) / sum;
}

typedef double value_at(const rs_worked *worked, size_t index, uint32_t step, uint32_t column);

static double weight_at(const rs_worked *worked, size_t index, uint32_t step, uint32_t column)
{
    const rs_sequence sequence = rs_drawn_at(&worked->drawn, worked->set, (uint32_t)index);
    (void)column;
    return counts(worked, &sequence, step);
}

/* [steps] where width is 0, else [steps][width]; whole numbers as such. */
static json_t *steps_json(const rs_worked *worked, size_t index, uint32_t length, uint32_t width,
                          bool real, value_at *at)
{
    json_t *steps = json_array();
    for (uint32_t k = 0; k < length; k++) {
        json_t *row = width > 0 ? json_array() : NULL;
        for (uint32_t c = 0; c < (width > 0 ? width : 1); c++) {
            const double value = at(worked, index, k, c);
            json_t *number = real ? rs_json_real(value) : json_integer((json_int_t)value);
            json_array_append_new(width > 0 ? row : steps, number);
        }
        if (width > 0)
            json_array_append_new(steps, row);
    }
    return steps;
}

json_t *rs_worked_json(const rs_worked *worked, size_t index)
{
    const rs_task_shape *shape = &worked->shape;
    const uint32_t length = rs_data_length(set_of(worked), index);
    const uint32_t inputs = shape->input_kind == RS_INPUT_SYMBOLS ? 0 : shape->inputs;
    const uint32_t targets = shape->target_kind == RS_TARGET_CLASSES ? 0 : shape->outputs;
    const bool real = shape->target_kind == RS_TARGET_REALS;
    json_t *object =
        json_pack("{s:o, s:o, s:o}", "inputs",
                  steps_json(worked, index, length, inputs, has_real_inputs(worked), input_at),
                  "targets", steps_json(worked, index, length, targets, real, target_at), "weights",
                  steps_json(worked, index, length, 0, false, weight_at));
    if (worked->logit == NULL)
        return object;
    json_object_set_new(object, "outputs",
                        steps_json(worked, index, length, shape->outputs, true, output_at));
    json_object_set_new(object, "answers",
                        steps_json(worked, index, length, targets, real, answer_at));
    json_object_set_new(object, "right", json_boolean(is_sequence_right(worked, index)));
    return object;
}
