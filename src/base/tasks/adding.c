/* A value uniform in [0, 1) and a marker at each step, the marker 1 once in each half: the sum of
 * the two marked values. */
#include "built_in.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "vectorised.h"

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

/* Values that are not marked yet, whose words are ready. */
static inline void put_ready(const uint32_t *words, uint32_t length, double *input)
{
    for (size_t k = 0; k < length; k++) {
        input[k * INPUTS + VALUE] = rs_random_unit_at(words, k);
        input[k * INPUTS + MARKER] = 0;
    }
}

/* The same of any words. */
static inline void put_values(rs_random *random, uint32_t length, double *input)
{
    for (uint32_t here; length > 0; length -= here, input += (size_t)here * INPUTS) {
        const uint32_t ready = (RS_RANDOM_WORDS - random->next) / 2;
        const uint32_t *words = random->ready + random->next;
        here = ready < length ? ready : length;
        random->next += 2 * here;
        put_ready(words, here, input);
        if (here == 0) { /* its words are of two fillings */
            input[VALUE] = rs_random_unit(random);
            input[MARKER] = 0;
            here = 1;
        }
    }
}

static inline int64_t bits_of(double number)
{
    int64_t bits;
    memcpy(&bits, &number, sizeof bits);
    return bits;
}

/* Marks two values, the earlier one first, and puts the sums so far: bit by bit, as compilers make
 * three loops of comparisons. */
static inline void mark(int64_t length, int64_t first, int64_t second, double *input,
                        double *target)
{
    const double one = input[first * INPUTS + VALUE], both = one + input[second * INPUTS + VALUE];
    const int64_t from_first = bits_of(one), from_second = from_first ^ bits_of(both);
    input[first * INPUTS + MARKER] = 1;
    input[second * INPUTS + MARKER] = 1;
    for (int64_t k = 0; k < length; k++) {
        const int64_t bits =
            (from_first & -(int64_t)(k >= first)) ^ (from_second & -(int64_t)(k >= second));
        memcpy(&target[k], &bits, sizeof bits);
    }
}

static inline void draw_any(rs_random *random, uint32_t length, double *input, double *target)
{
    const uint32_t half = length / 2;
    put_values(random, length, input);
    const uint32_t first = rs_random_index(random, half);
    mark(length, first, half + rs_random_index(random, length - half), input, target);
}

/* Whether each half has an index of one word that is never rejected. */
static bool rejects_none(uint32_t length)
{
    return length >= 4 && (length & (length - 1)) == 0;
}

/* Of `most` such sequences those whose words are ready; returns how many. */
static inline uint32_t draw_ready(rs_random *random, uint32_t length, uint32_t most, double *input,
                                  double *target)
{
    const uint32_t words = 2 * length + 2, half = length / 2;
    const uint32_t ready = (RS_RANDOM_WORDS - random->next) / words;
    const uint32_t count = ready < most ? ready : most, *word = random->ready + random->next;
    for (uint32_t i = 0; i < count; i++, word += words) {
        const uint32_t *index = word + words - 2;
        put_ready(word, length, input);
        mark(length, index[0] & (half - 1), half + (index[1] & (half - 1)), input, target);
        input += (size_t)length * INPUTS;
        target += length;
    }
    random->next += count * words;
    return count;
}

RS_VECTORISED static void draw_many(const rs_run_config *config, rs_random *random,
                                    const rs_sequence *sequences, uint32_t count)
{
    const uint32_t length = sequences->length;
    const bool none = rejects_none(length);
    double *input = sequences->inputs, *target = sequences->targets;
    (void)config;
    for (uint32_t here; count > 0; count -= here) {
        here = none ? draw_ready(random, length, count, input, target) : 0;
        if (here == 0) {
            draw_any(random, length, input, target);
            here = 1;
        }
        input += (size_t)here * length * INPUTS;
        target += (size_t)here * length;
    }
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
    .draw_many = draw_many,
    .read = read,
    .asked = "numbers, of which two are marked, such as 0.5 0.1* 0.7 0.2*"};
