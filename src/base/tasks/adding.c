/* A value uniform in [0, 1) and a marker at each step, the marker 1 once in each half: the sum of
 * the two marked values. */
#include "built_in.h"

#include <math.h>
#include <stdlib.h>

#include "vectorised.h"

enum { VALUE, MARKER, INPUTS };
enum { BLOCK = 256 }; /* values that are drawn together */

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

/* Values that are not marked. */
static void put_values(const double *value, uint32_t count, double *input)
{
    for (uint32_t k = 0; k < count; k++, input += INPUTS) {
        input[VALUE] = value[k];
        input[MARKER] = 0;
    }
}

/* Marks two values, the earlier one first, and puts the sums so far. */
RS_VECTORISED static void mark(const rs_sequence *sequence, int64_t first, int64_t second)
{
    double *input = sequence->inputs, *target = sequence->targets;
    const double one = input[first * INPUTS + VALUE], both = one + input[second * INPUTS + VALUE];
    input[first * INPUTS + MARKER] = 1;
    input[second * INPUTS + MARKER] = 1;
    for (int64_t k = 0; k < sequence->length; k++)
        target[k] = k >= second ? both : k >= first ? one : 0;
}

static void draw(const rs_run_config *config, rs_random *random, const rs_sequence *sequence)
{
    const uint32_t length = sequence->length, half = length / 2;
    double value[BLOCK];
    (void)config;
    for (uint32_t k = 0, here; k < length; k += here) {
        here = length - k < BLOCK ? length - k : BLOCK;
        rs_random_units(random, here, value);
        put_values(value, here, (double *)sequence->inputs + k * INPUTS);
    }
    const uint64_t first = rs_random_below(random, half);
    mark(sequence, (int64_t)first, (int64_t)(half + rs_random_below(random, length - half)));
}

/* Numbers, of which two have a mark after them: 0.5 0.1* 0.7 0.2* */
static rs_status read(const rs_run_config *config, size_t count, const char *const words[],
                      rs_sequence *sequence, rs_error *error)
{
    double *input = sequence->inputs, *target = sequence->targets, sum = 0;
    int marks = 0;
    for (size_t k = 0; k < count; k++, input += INPUTS) {
        char *end;
        input[VALUE] = strtod(words[k], &end);
        input[MARKER] = *end == '*';
        marks += *end == '*';
        if (end == words[k] || end[*end == '*'] != '\0' || !isfinite(input[VALUE]))
            return rs_built_in_refuse(config, error);
        target[k] = sum += input[VALUE] * input[MARKER];
    }
    sequence->length = (uint32_t)count;
    return marks == 2 ? RS_OK : rs_built_in_refuse(config, error);
}

const rs_built_in rs_task_adding = {
    .describe = describe,
    .draw = draw,
    .read = read,
    .asked = "numbers, of which two are marked, such as 0.5 0.1* 0.7 0.2*"};
