#include "assemble.h"

#include <stdlib.h>
#include <string.h>

#include "memory.h"

/* One minibatch while it is made. Its arrays are those of rs_sequence_batch. */
typedef struct plane {
    const rs_data *data;
    const rs_data_set *set;
    const uint32_t *order;
    uint32_t samples, steps, precision;
    bool last;
    size_t stride;
} plane;

static size_t stride_for(uint32_t samples)
{
    return ((size_t)samples + RS_BLOCK_MULTIPLE - 1) / RS_BLOCK_MULTIPLE * RS_BLOCK_MULTIPLE;
}

static bool has_classes(const rs_data *data)
{
    return data->target_kind == RS_TARGET_CLASSES || data->target_kind == RS_TARGET_LAST_CLASSES;
}

static size_t target_rows(const rs_data *data)
{
    return has_classes(data) ? 1 : data->outputs;
}

/* ---- Memory ---------------------------------------------------------------------------------- */

size_t rs_assembly_need(const rs_network *network, uint32_t samples, uint32_t steps)
{
    const bool has_classes =
        network->head == RS_HEAD_CLASSES || network->head == RS_HEAD_CLASSES_SQUARED;
    const size_t targets = has_classes ? 1 : network->outputs;
    const size_t rows = (size_t)steps * (network->inputs + targets + 1) + 1;
    return rows * stride_for(samples) * sizeof(double);
}

rs_status rs_assembly_reserve(rs_assembly *assembly, const rs_network *network, uint32_t samples,
                              uint32_t steps, rs_error *error)
{
    void *bytes = assembly->bytes;
    rs_status status =
        rs_grow(&bytes, &assembly->room, rs_assembly_need(network, samples, steps), 1, error);
    assembly->bytes = bytes;
    return status;
}

void rs_assembly_free(rs_assembly *assembly)
{
    free(assembly->bytes);
    *assembly = (rs_assembly){0};
}

/* ---- Numbers --------------------------------------------------------------------------------- */

static inline void put(void *to, size_t index, double value, uint32_t precision)
{
    if (precision == RS_FLOAT64)
        ((double *)to)[index] = value;
    else
        ((float *)to)[index] = (float)value;
}

/* Numbers [N][T][width] of the samples, from one step to a place each: to[T][width][stride].
 * Inlined with constants for the two types, so that nothing is decided for each number. */
static inline __attribute__((always_inline)) void spread_as(const plane *p, const rs_array *from,
                                                            const rs_element element, void *to,
                                                            const uint32_t precision, size_t width)
{
    const rs_array array = {.values = from->values, .element = element};
    for (size_t k = 0; k < p->steps; k++)
        for (size_t i = 0; i < width; i++) {
            const size_t place = (k * width + i) * p->stride;
            for (uint32_t b = 0; b < p->samples; b++) {
                const size_t row = (size_t)p->order[b] * p->set->steps + k;
                put(to, place + b, rs_array_get(&array, row * width + i), precision);
            }
        }
}

#define SPREAD_CASE(element)                                    \
    case element:                                               \
        if (p->precision == RS_FLOAT64)                         \
            spread_as(p, from, element, to, RS_FLOAT64, width); \
        else                                                    \
            spread_as(p, from, element, to, RS_FLOAT32, width); \
        return
static void spread(const plane *p, const rs_array *from, void *to, size_t width)
{
    switch (from->element) {
        SPREAD_CASE(RS_ELEMENT_U8);
        SPREAD_CASE(RS_ELEMENT_U16);
        SPREAD_CASE(RS_ELEMENT_U32);
        SPREAD_CASE(RS_ELEMENT_F32);
        SPREAD_CASE(RS_ELEMENT_F64);
    }
}
#undef SPREAD_CASE

/* ---- The arrays, zero beforehand ------------------------------------------------------------- */

static void fill_lengths(const plane *p, void *to)
{
    for (uint32_t b = 0; b < p->samples; b++)
        put(to, b, rs_data_length(p->set, p->order[b]), p->precision);
}

/* Reals are 0 past a sequence's end; symbols are one-hot before it. */
static void fill_inputs(const plane *p, void *to)
{
    const size_t inputs = p->data->inputs;
    if (p->data->input_kind == RS_INPUT_REALS) {
        spread(p, &p->set->inputs, to, inputs);
        return;
    }
    for (uint32_t b = 0; b < p->samples; b++) {
        const size_t first = (size_t)p->order[b] * p->set->steps;
        const uint32_t length = rs_data_length(p->set, p->order[b]);
        for (uint32_t k = 0; k < length; k++) {
            const size_t symbol = (size_t)rs_array_get(&p->set->inputs, first + k);
            put(to, (k * inputs + symbol) * p->stride + b, 1, p->precision);
        }
    }
}

static void fill_targets(const plane *p, void *to)
{
    if (p->data->target_kind != RS_TARGET_LAST_CLASSES) {
        spread(p, &p->set->targets, to, target_rows(p->data));
        return;
    }
    for (uint32_t b = 0; b < p->samples; b++) {
        const size_t k = rs_data_length(p->set, p->order[b]) - 1;
        put(to, k * p->stride + b, rs_array_get(&p->set->targets, p->order[b]), p->precision);
    }
}

/* Returns their sum, as rounded, over the steps of one sequence after the other. */
static double fill_weights(const plane *p, void *to)
{
    const bool last = p->last || p->data->target_kind == RS_TARGET_LAST_CLASSES;
    double sum = 0;
    for (uint32_t b = 0; b < p->samples; b++) {
        const size_t first = (size_t)p->order[b] * p->set->steps;
        const uint32_t length = rs_data_length(p->set, p->order[b]);
        for (uint32_t k = last ? length - 1 : 0; k < length; k++) {
            const double weight =
                p->set->weights.values != NULL ? rs_array_get(&p->set->weights, first + k) : 1;
            put(to, k * p->stride + b, weight, p->precision);
            sum += p->precision == RS_FLOAT64 ? weight : (double)(float)weight;
        }
    }
    return sum;
}

/* ---- A minibatch ----------------------------------------------------------------------------- */

static uint32_t longest(const rs_data_set *set, const uint32_t *order, uint32_t samples)
{
    uint32_t most = 1;
    for (uint32_t b = 0; b < samples; b++) {
        const uint32_t length = rs_data_length(set, order[b]);
        most = length > most ? length : most;
    }
    return most;
}

rs_minibatch rs_assemble(rs_assembly *assembly, const rs_data *data, const rs_data_set *set,
                         const uint32_t *order, uint32_t samples, bool last, uint32_t precision)
{
    const plane p = {.data = data,
                     .set = set,
                     .order = order,
                     .samples = samples,
                     .steps = longest(set, order, samples),
                     .precision = precision,
                     .last = last,
                     .stride = stride_for(samples)};
    const size_t number = precision == RS_FLOAT64 ? sizeof(double) : sizeof(float);
    const size_t step = p.stride * p.steps * number;
    char *input = assembly->bytes, *target = input + data->inputs * step;
    char *weight = target + target_rows(data) * step, *length = weight + step;
    memset(input, 0, (size_t)(length - input) + p.stride * number);
    fill_lengths(&p, length);
    fill_inputs(&p, input);
    fill_targets(&p, target);
    assembly->sequences = (rs_sequence_batch){.input = input,
                                              .target = target,
                                              .weight = weight,
                                              .length = length,
                                              .weight_sum = fill_weights(&p, weight),
                                              .tolerance = data->tolerance};
    return (rs_minibatch){.stride = p.stride,
                          .samples = samples,
                          .steps = p.steps,
                          .sequences = &assembly->sequences};
}
