/* A value uniform in [0, 1) and a marker at each step, the marker 1 once in each half: the sum of
 * the two marked values. */
#include "built_in.h"

#include <math.h>
#include <stdlib.h>

enum { VALUE, MARKER, INPUTS };

static void describe(const rs_run_config *config, rs_task_shape *shape)
{
    (void)config;
    *shape = (rs_task_shape){.input_kind = RS_INPUT_REALS,
                             .target_kind = RS_TARGET_REALS,
                             .inputs = INPUTS,
                             .outputs = 1,
                             .input_element = RS_ELEMENT_F64,
                             .target_element = RS_ELEMENT_F64,
                             .last = true,
                             .tolerance = 0.04,
                             .least_steps = 2};
}

static void draw(const rs_run_config *config, rs_random *random, const rs_sequence *sequence)
{
    const uint32_t half = sequence->length / 2;
    double *input = sequence->inputs;
    (void)config;
    for (uint32_t k = 0; k < sequence->length; k++) {
        input[k * INPUTS + VALUE] = rs_random_unit(random);
        input[k * INPUTS + MARKER] = 0;
    }
    const uint64_t first = rs_random_below(random, half);
    const uint64_t second = half + rs_random_below(random, sequence->length - half);
    input[first * INPUTS + MARKER] = 1;
    input[second * INPUTS + MARKER] = 1;
}

static void answer(const rs_run_config *config, const rs_sequence *sequence)
{
    const double *input = sequence->inputs;
    double *target = sequence->targets, sum = 0;
    (void)config;
    for (uint32_t k = 0; k < sequence->length; k++, input += INPUTS)
        target[k] = sum += input[VALUE] * input[MARKER];
}

/* Numbers, of which two have a mark after them: 0.5 0.1* 0.7 0.2* */
static rs_status read(const rs_run_config *config, size_t count, const char *const words[],
                      rs_sequence *sequence, rs_error *error)
{
    double *input = sequence->inputs;
    int marks = 0;
    for (size_t k = 0; k < count; k++, input += INPUTS) {
        char *end;
        input[VALUE] = strtod(words[k], &end);
        input[MARKER] = *end == '*';
        marks += *end == '*';
        if (end == words[k] || end[*end == '*'] != '\0' || !isfinite(input[VALUE]))
            return rs_built_in_refuse(config, error);
    }
    sequence->length = (uint32_t)count;
    return marks == 2 ? RS_OK : rs_built_in_refuse(config, error);
}

const rs_built_in rs_task_adding = {
    .describe = describe,
    .draw = draw,
    .answer = answer,
    .read = read,
    .asked = "numbers, of which two are marked, such as 0.5 0.1* 0.7 0.2*"};
