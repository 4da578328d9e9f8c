/* Minibatches of data sets: every number is the one that its definition names. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "assemble.h"
#include "random.h"
#include "rnnsweep/run_config.h"

enum { SEQUENCES = 9, STEPS = 6, INPUTS = 47 /* of several blocks */, OUTPUTS = 4 };

static void put(rs_array *array, size_t i, double value)
{
    switch (array->element) {
    case RS_ELEMENT_U8:
        ((uint8_t *)array->values)[i] = (uint8_t)value;
        return;
    case RS_ELEMENT_U16:
        ((uint16_t *)array->values)[i] = (uint16_t)value;
        return;
    case RS_ELEMENT_U32:
        ((uint32_t *)array->values)[i] = (uint32_t)value;
        return;
    case RS_ELEMENT_F32:
        ((float *)array->values)[i] = (float)value;
        return;
    case RS_ELEMENT_F64:
        ((double *)array->values)[i] = value;
        return;
    }
}

/* Numbers 0 .. below - 1, for reals with a third part added that floats round. */
static rs_array draw(rs_random *random, rs_element element, size_t count, uint32_t below)
{
    rs_array array = {calloc(count, rs_element_size(element)), element};
    assert_non_null(array.values);
    for (size_t i = 0; i < count; i++)
        put(&array, i,
            (double)rs_random_below(random, below) + (element >= RS_ELEMENT_F32 ? 1 / 3.0 : 0));
    return array;
}

typedef struct sample_set {
    rs_data data;
    rs_data_set set;
} sample_set;

/* What lies past the ends is 0, as a reader leaves it. */
static void clear_ends(sample_set *s)
{
    for (size_t n = 0; n < SEQUENCES; n++)
        for (size_t k = rs_data_length(&s->set, n); k < STEPS; k++) {
            const size_t width = s->data.input_kind == RS_INPUT_REALS ? INPUTS : 1;
            for (size_t i = 0; i < width; i++)
                put(&s->set.inputs, (n * STEPS + k) * width + i, 0);
        }
}

static void draw_set(sample_set *s, rs_input_kind inputs, rs_target_kind targets,
                     rs_element element, bool ragged)
{
    const bool classes = targets == RS_TARGET_CLASSES || targets == RS_TARGET_LAST_CLASSES;
    const bool reals = targets == RS_TARGET_REALS;
    rs_random random;
    rs_random_seed(&random, 3);
    *s = (sample_set){.data = {.input_kind = inputs,
                               .target_kind = targets,
                               .inputs = INPUTS,
                               .outputs = OUTPUTS,
                               .tolerance = 0.125},
                      .set = {.sequences = SEQUENCES, .steps = STEPS}};
    if (ragged) {
        s->set.lengths = draw(&random, RS_ELEMENT_U32, SEQUENCES, STEPS);
        for (size_t n = 0; n < SEQUENCES; n++)
            put(&s->set.lengths, n, rs_array_get(&s->set.lengths, n) + 1);
        s->set.weights = draw(&random, element, (size_t)SEQUENCES * STEPS, 4);
    }
    s->set.inputs = inputs == RS_INPUT_REALS
                        ? draw(&random, element, (size_t)SEQUENCES * STEPS * INPUTS, 200)
                        : draw(&random, RS_ELEMENT_U16, (size_t)SEQUENCES * STEPS, INPUTS);
    s->set.targets =
        draw(&random, reals ? element : RS_ELEMENT_U8, (size_t)SEQUENCES * STEPS * OUTPUTS,
             classes ? OUTPUTS
             : reals ? 50
                     : 2);
    clear_ends(s);
}

static void free_set(sample_set *s)
{
    free(s->set.inputs.values);
    free(s->set.targets.values);
    free(s->set.weights.values);
    free(s->set.lengths.values);
}

static double number(const void *block, size_t i, uint32_t precision)
{
    return precision == RS_FLOAT64 ? ((const double *)block)[i] : (double)((const float *)block)[i];
}

static double rounded(double value, uint32_t precision)
{
    return precision == RS_FLOAT64 ? value : (double)(float)value;
}

/* ---- The definition -------------------------------------------------------------------------- */

static uint16_t symbol_of(const sample_set *s, size_t n, size_t k)
{
    return k < rs_data_length(&s->set, n) ? (uint16_t)rs_array_get(&s->set.inputs, n * STEPS + k)
                                          : INPUTS;
}

static double input_of(const sample_set *s, size_t n, size_t k, size_t i)
{
    if (k >= rs_data_length(&s->set, n))
        return 0;
    if (s->data.input_kind == RS_INPUT_SYMBOLS)
        return rs_array_get(&s->set.inputs, n * STEPS + k) == (double)i;
    return rs_array_get(&s->set.inputs, (n * STEPS + k) * INPUTS + i);
}

static double weight_of(const sample_set *s, size_t n, size_t k, bool last)
{
    const size_t length = rs_data_length(&s->set, n);
    if (k >= length || (last && k + 1 < length))
        return 0;
    return s->set.weights.values != NULL ? rs_array_get(&s->set.weights, n * STEPS + k) : 1;
}

static double target_of(const sample_set *s, size_t n, size_t k, size_t o)
{
    switch (s->data.target_kind) {
    case RS_TARGET_LAST_CLASSES:
        return rs_array_get(&s->set.targets, n);
    case RS_TARGET_CLASSES:
        return rs_array_get(&s->set.targets, n * STEPS + k);
    case RS_TARGET_BITS:
    case RS_TARGET_REALS:
        break;
    }
    return rs_array_get(&s->set.targets, (n * STEPS + k) * OUTPUTS + o);
}

/* One step of sample b, which is sequence n; returns its weight. */
static double check_step(const sample_set *s, const rs_minibatch *batch, size_t b, size_t n,
                         size_t k, bool last, uint32_t precision)
{
    const rs_sequence_batch *q = batch->sequences;
    const bool classes =
        s->data.target_kind == RS_TARGET_CLASSES || s->data.target_kind == RS_TARGET_LAST_CLASSES;
    const size_t rows = classes ? 1 : OUTPUTS;
    const double weight = rounded(weight_of(s, n, k, last), precision);
    if (q->symbol != NULL)
        assert_true(symbol_of(s, n, k) == q->symbol[k * batch->stride + b]);
    for (size_t i = 0; q->symbol == NULL && i < INPUTS; i++)
        assert_true(number(q->input, (k * INPUTS + i) * batch->stride + b, precision) ==
                    rounded(input_of(s, n, k, i), precision));
    assert_true(number(q->weight, k * batch->stride + b, precision) == weight);
    for (size_t o = 0; weight > 0 && o < rows; o++)
        assert_true(number(q->target, (k * rows + o) * batch->stride + b, precision) ==
                    rounded(target_of(s, n, k, o), precision));
    return weight;
}

static void check_batch(const sample_set *s, const rs_minibatch *batch, const uint32_t *order,
                        bool last, uint32_t precision)
{
    size_t longest = 0;
    double sum = 0;
    assert_true(batch->stride % RS_BLOCK_MULTIPLE == 0 && batch->stride >= batch->samples);
    assert_true((uintptr_t)batch->sequences->target % 64 == 0);
    assert_true((uintptr_t)batch->sequences->weight % 64 == 0);
    for (size_t b = 0; b < batch->samples; b++) {
        const size_t length = rs_data_length(&s->set, order[b]);
        longest = length > longest ? length : longest;
        assert_true(number(batch->sequences->length, b, precision) == (double)length);
        for (size_t k = 0; k < batch->steps; k++)
            sum += check_step(s, batch, b, order[b], k, last, precision);
    }
    assert_int_equal(batch->steps, longest);
    assert_true(batch->sequences->weight_sum == sum && batch->sequences->tolerance == 0.125);
    for (size_t b = batch->samples; b < batch->stride; b++) {
        const uint16_t *symbol = batch->sequences->symbol;
        assert_true(number(batch->sequences->length, b, precision) == 0);
        for (size_t k = 0; k < batch->steps; k++) {
            assert_true(number(batch->sequences->weight, k * batch->stride + b, precision) == 0);
            assert_true(symbol == NULL || symbol[k * batch->stride + b] == INPUTS);
        }
    }
}

static void every_number_is_in_its_place(void **state)
{
    static const uint32_t order[] = {7, 0, 3, 8, 3};
    rs_assembly assembly = {0};
    (void)state;
    for (int variant = 0; variant < 2 * 4 * 2 * 5 * 2 * 2 * 2; variant++) {
        const rs_input_kind inputs = (rs_input_kind)(variant % 2);
        const rs_target_kind targets = (rs_target_kind)(variant / 2 % 4);
        const bool ragged = variant / 8 % 2;
        const rs_element element = (rs_element)(variant / 16 % 5);
        const uint32_t precision = (uint32_t)(variant / 80 % 2);
        const rs_batch_form form = {
            .precision = precision, .last = variant / 160 % 2, .by_number = variant / 320};
        const bool last = form.last || targets == RS_TARGET_LAST_CLASSES;
        sample_set s;
        draw_set(&s, inputs, targets, element, ragged);
        rs_network network = rs_network_make(RS_CELL_TANH, s.data.inputs, 1, s.data.outputs);
        network.head = targets == RS_TARGET_CLASSES || targets == RS_TARGET_LAST_CLASSES
                           ? RS_HEAD_CLASSES
                           : RS_HEAD_BITS;
        for (uint32_t samples = 1; samples <= 5; samples += 2) {
            assert_int_equal(rs_assembly_reserve(&assembly, &network, samples, STEPS, NULL), RS_OK);
            memset(assembly.bytes, 0x7f, assembly.room); /* of another minibatch */
            const rs_minibatch batch =
                rs_assemble(&assembly, &s.data, &s.set, order, samples, form);
            assert_true((batch.sequences->symbol != NULL) ==
                        (form.by_number && inputs == RS_INPUT_SYMBOLS));
            check_batch(&s, &batch, order, last, precision);
        }
        free_set(&s);
    }
    rs_assembly_free(&assembly);
}

/* A sequence that ends early, with as many symbols as there are numbers, and one more. */
static void symbols_have_numbers_as_far_as_there_are(void **state)
{
    (void)state;
    for (uint32_t inputs = UINT16_MAX; inputs <= UINT16_MAX + 1; inputs++) {
        uint16_t symbols[] = {1, UINT16_MAX - 1, UINT16_MAX - 1, 0};
        uint32_t lengths[] = {2, 1}, order[] = {0, 1};
        uint8_t targets[4] = {0};
        const rs_data data = {.input_kind = RS_INPUT_SYMBOLS,
                              .target_kind = RS_TARGET_BITS,
                              .inputs = inputs,
                              .outputs = 1};
        const rs_data_set set = {.sequences = 2,
                                 .steps = 2,
                                 .inputs = {symbols, RS_ELEMENT_U16},
                                 .targets = {targets, RS_ELEMENT_U8},
                                 .lengths = {lengths, RS_ELEMENT_U32}};
        const rs_batch_form form = {.precision = RS_FLOAT32, .by_number = true};
        rs_network network = rs_network_make(RS_CELL_TANH, inputs, 1, 1);
        network.head = RS_HEAD_BITS;
        rs_assembly assembly = {0};
        assert_int_equal(rs_assembly_reserve(&assembly, &network, 2, 2, NULL), RS_OK);
        const rs_minibatch batch = rs_assemble(&assembly, &data, &set, order, 2, form);
        const uint16_t *given = batch.sequences->symbol;
        assert_true((given != NULL) == (inputs == UINT16_MAX));
        assert_true(given == NULL ||
                    (given[0] == 1 && given[1] == UINT16_MAX - 1 && given[2] == UINT16_MAX &&
                     given[batch.stride] == UINT16_MAX - 1 &&
                     given[batch.stride + 1] == UINT16_MAX));
        rs_assembly_free(&assembly);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_number_is_in_its_place),
        cmocka_unit_test(symbols_have_numbers_as_far_as_there_are),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
