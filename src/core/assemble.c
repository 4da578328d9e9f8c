#include "assemble.h"

#include <stdlib.h>
#include <string.h>

#include "memory.h"
#include "numbers.h"

/* One minibatch while it is made. Its arrays are those of rs_sequence_batch. */
typedef struct plane {
    const rs_data *data;
    const rs_data_set *set;
    const uint32_t *order;
    uint32_t samples, steps, precision;
    bool last;
    size_t stride;
    size_t apart, lane; /* sample b stands at b * apart + lane: of a run alone at b */
    bool is_clear;      /* all numbers are 0 already */
} plane;

/* Where number `row` of sample b is. */
static size_t place(const plane *p, size_t row, uint32_t b)
{
    return row * p->stride + b * p->apart + p->lane;
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

/* Numbers of one sample: inputs, targets and a weight of each step, and the length. */
static size_t batch_rows(const rs_network *network, uint32_t steps)
{
    const bool has_classes =
        network->head == RS_HEAD_CLASSES || network->head == RS_HEAD_CLASSES_SQUARED;
    const size_t targets = has_classes ? 1 : network->outputs;
    return (size_t)steps * (network->inputs + targets + 1) + 1;
}

size_t rs_assembly_need(const rs_network *network, uint32_t samples, uint32_t steps)
{
    return batch_rows(network, steps) * rs_padded(samples) * sizeof(double);
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

size_t rs_group_assembly_need(const rs_network *network, uint32_t samples, uint32_t steps)
{
    return batch_rows(network, steps) * samples * RS_GROUP_VECTOR_BYTES;
}

rs_status rs_group_assembly_reserve(rs_assembly *assembly, const rs_network *network,
                                    uint32_t samples, uint32_t steps, rs_error *error)
{
    void *bytes = assembly->bytes;
    rs_status status =
        rs_grow(&bytes, &assembly->room, rs_group_assembly_need(network, samples, steps), 1, error);
    assembly->bytes = bytes;
    return status;
}

/* ---- Numbers --------------------------------------------------------------------------------- */

typedef uint8_t element_u8;
typedef uint16_t element_u16;
typedef uint32_t element_u32;
typedef float element_f32;
typedef double element_f64;

#define FOR_ELEMENTS(DEFINE) DEFINE(u8) DEFINE(u16) DEFINE(u32) DEFINE(f32) DEFINE(f64)

/* Functions NAME_KIND_REAL, by element and precision. */
#define OF_ELEMENT(name, kind)                                                      \
    {                                                                               \
        [RS_FLOAT32] = name##_##kind##_float, [RS_FLOAT64] = name##_##kind##_double \
    }
#define BY_ELEMENT(name)                                                                    \
    {                                                                                       \
        [RS_ELEMENT_U8] = OF_ELEMENT(name, u8), [RS_ELEMENT_U16] = OF_ELEMENT(name, u16),   \
        [RS_ELEMENT_U32] = OF_ELEMENT(name, u32), [RS_ELEMENT_F32] = OF_ELEMENT(name, f32), \
        [RS_ELEMENT_F64] = OF_ELEMENT(name, f64)                                            \
    }

/* Numbers [N][T][width] of the samples, from one step to a place each: to[T][width][stride]; past
 * the last sample stand zeros. Tiles of SIDE samples by SIDE numbers are turned in registers, and
 * BLOCK numbers of all samples are done before the next, so that what is written stays in the
 * first-level cache until its lines are full. */
enum { SIDE = 4, BLOCK = 256 };
typedef uint8_t four_u8 __attribute__((vector_size(4 * sizeof(uint8_t))));
typedef uint16_t four_u16 __attribute__((vector_size(4 * sizeof(uint16_t))));
typedef uint32_t four_u32 __attribute__((vector_size(4 * sizeof(uint32_t))));
typedef float four_f32 __attribute__((vector_size(4 * sizeof(float))));
typedef double four_f64 __attribute__((vector_size(4 * sizeof(double))));

/* Where SIDE samples begin in the set, and how many numbers there are of each. */
typedef struct strip {
    size_t from[SIDE];
    uint32_t count; /* of samples, the others being copies of the first */
} strip;

static strip strip_at(const plane *p, uint32_t b0, size_t row)
{
    strip s = {.count = p->samples - b0 < SIDE ? p->samples - b0 : SIDE};
    for (uint32_t b = 0; b < SIDE; b++)
        s.from[b] = (size_t)p->order[b0 + (b < s.count ? b : 0)] * row;
    return s;
}

#define TURN(a, b, ...) __builtin_shufflevector(a, b, __VA_ARGS__)
/* Numbers `begin` to `end` of a strip. */
#define DEFINE_SPREAD(kind, real, four)                                                       \
    static void spread_##kind##_##real(const void *from, strip s, size_t begin, size_t end,   \
                                       size_t stride, void *to)                               \
    {                                                                                         \
        const element_##kind *numbers = from;                                                 \
        real *out = to;                                                                       \
        for (; end - begin >= SIDE; begin += SIDE) {                                          \
            four_##kind read[SIDE];                                                           \
            four x[SIDE];                                                                     \
            for (int b = 0; b < SIDE; b++) {                                                  \
                memcpy(&read[b], numbers + s.from[b] + begin, sizeof read[b]);                \
                x[b] = __builtin_convertvector(read[b], four);                                \
            }                                                                                 \
            const four low[] = {TURN(x[0], x[1], 0, 4, 1, 5), TURN(x[2], x[3], 0, 4, 1, 5)};  \
            const four high[] = {TURN(x[0], x[1], 2, 6, 3, 7), TURN(x[2], x[3], 2, 6, 3, 7)}; \
            const four turned[] = {                                                           \
                TURN(low[0], low[1], 0, 1, 4, 5), TURN(low[0], low[1], 2, 3, 6, 7),           \
                TURN(high[0], high[1], 0, 1, 4, 5), TURN(high[0], high[1], 2, 3, 6, 7)};      \
            for (int i = 0; i < SIDE; i++)                                                    \
                memcpy(out + (begin + (size_t)i) * stride, &turned[i], sizeof turned[i]);     \
        }                                                                                     \
        for (; begin < end; begin++)                                                          \
            for (int b = 0; b < SIDE; b++)                                                    \
                out[begin * stride + (size_t)b] = (real)numbers[s.from[b] + begin];           \
    }

#define DEFINE_SPREADS(kind)             \
    DEFINE_SPREAD(kind, float, four_f32) \
    DEFINE_SPREAD(kind, double, four_f64)
FOR_ELEMENTS(DEFINE_SPREADS)

typedef void spread_function(const void *from, strip s, size_t begin, size_t end, size_t stride,
                             void *to);

static spread_function *const spread_functions[][2] = BY_ELEMENT(spread);

/* Zeros past the last sample. */
static void clear_lanes(const plane *p, size_t numbers, char *to)
{
    const size_t size = rs_number_size(p->precision), empty = p->stride - p->samples;
    for (size_t i = 0; i < numbers; i++)
        memset(to + (i * p->stride + p->samples) * size, 0, empty * size);
}

/* One sample after the other, up to its length, for samples that are apart. */
#define DEFINE_PLACE(kind, real)                                                                \
    static void place_##kind##_##real(const plane *p, const void *from, size_t width, void *to) \
    {                                                                                           \
        const size_t row = (size_t)p->set->steps * width;                                       \
        real *out = to;                                                                         \
        for (uint32_t b = 0; b < p->samples; b++) {                                             \
            const element_##kind *numbers = (const element_##kind *)from + p->order[b] * row;   \
            const size_t count = rs_data_length(p->set, p->order[b]) * width;                   \
            for (size_t i = 0; i < count; i++)                                                  \
                out[place(p, i, b)] = (real)numbers[i];                                         \
        }                                                                                       \
    }
#define DEFINE_PLACES(kind)   \
    DEFINE_PLACE(kind, float) \
    DEFINE_PLACE(kind, double)
FOR_ELEMENTS(DEFINE_PLACES)

typedef void place_function(const plane *p, const void *from, size_t width, void *to);

static place_function *const place_functions[][2] = BY_ELEMENT(place);

static void spread(const plane *p, const rs_array *from, char *to, size_t width)
{
    if (p->is_clear) {
        place_functions[from->element][p->precision](p, from->values, width, to);
        return;
    }
    spread_function *function = spread_functions[from->element][p->precision];
    const size_t numbers = p->steps * width, row = (size_t)p->set->steps * width;
    for (size_t begin = 0; begin < numbers; begin += BLOCK) {
        const size_t end = numbers - begin < BLOCK ? numbers : begin + BLOCK;
        for (uint32_t b0 = 0; b0 < p->samples; b0 += SIDE)
            function(from->values, strip_at(p, b0, row), begin, end, p->stride,
                     to + b0 * rs_number_size(p->precision));
    }
    clear_lanes(p, numbers, to);
}

/* ---- The arrays ------------------------------------------------------------------------------ */

static void fill_lengths(const plane *p, void *to)
{
    if (!p->is_clear)
        memset(to, 0, p->stride * rs_number_size(p->precision));
    for (uint32_t b = 0; b < p->samples; b++)
        rs_number_put(to, place(p, 0, b), rs_data_length(p->set, p->order[b]), p->precision);
}

/* `rows` numbers of every step. */
static void clear(const plane *p, void *to, size_t rows)
{
    if (!p->is_clear)
        memset(to, 0, p->steps * rows * p->stride * rs_number_size(p->precision));
}

/* The number of each symbol, in the room of the inputs; past a sequence's end there is none. */
static void fill_symbols(const plane *p, uint16_t *to)
{
    const uint16_t none = (uint16_t)p->data->inputs;
    for (size_t i = 0; i < p->steps * p->stride; i++)
        to[i] = none;
    for (uint32_t b = 0; b < p->samples; b++) {
        const size_t first = (size_t)p->order[b] * p->set->steps;
        const uint32_t length = rs_data_length(p->set, p->order[b]);
        for (uint32_t k = 0; k < length; k++)
            to[place(p, k, b)] = (uint16_t)rs_array_get(&p->set->inputs, first + k);
    }
}

/* Reals are 0 past a sequence's end; symbols are one-hot before it. */
static void fill_inputs(const plane *p, void *to)
{
    const size_t inputs = p->data->inputs;
    if (p->data->input_kind == RS_INPUT_REALS) {
        spread(p, &p->set->inputs, to, inputs);
        return;
    }
    clear(p, to, inputs);
    for (uint32_t b = 0; b < p->samples; b++) {
        const size_t first = (size_t)p->order[b] * p->set->steps;
        const uint32_t length = rs_data_length(p->set, p->order[b]);
        for (uint32_t k = 0; k < length; k++) {
            const size_t symbol = (size_t)rs_array_get(&p->set->inputs, first + k);
            rs_number_put(to, place(p, k * inputs + symbol, b), 1, p->precision);
        }
    }
}

static void fill_targets(const plane *p, void *to)
{
    if (p->data->target_kind != RS_TARGET_LAST_CLASSES) {
        spread(p, &p->set->targets, to, target_rows(p->data));
        return;
    }
    clear(p, to, 1);
    for (uint32_t b = 0; b < p->samples; b++) {
        const size_t k = rs_data_length(p->set, p->order[b]) - 1;
        rs_number_put(to, place(p, k, b), rs_array_get(&p->set->targets, p->order[b]),
                      p->precision);
    }
}

/* Returns their sum, as rounded, over the steps of one sequence after the other. */
static double fill_weights(const plane *p, void *to)
{
    const bool last = p->last || p->data->target_kind == RS_TARGET_LAST_CLASSES;
    double sum = 0;
    clear(p, to, 1);
    for (uint32_t b = 0; b < p->samples; b++) {
        const size_t first = (size_t)p->order[b] * p->set->steps;
        const uint32_t length = rs_data_length(p->set, p->order[b]);
        for (uint32_t k = last ? length - 1 : 0; k < length; k++) {
            const double weight =
                p->set->weights.values != NULL ? rs_array_get(&p->set->weights, first + k) : 1;
            rs_number_put(to, place(p, k, b), weight, p->precision);
            sum += p->precision == RS_FLOAT64 ? weight : (double)(float)weight;
        }
    }
    return sum;
}

/* ---- A minibatch ----------------------------------------------------------------------------- */

uint32_t rs_longest_of(const rs_data_set *set, const uint32_t *order, uint32_t samples)
{
    uint32_t most = 1;
    for (uint32_t b = 0; b < samples; b++) {
        const uint32_t length = rs_data_length(set, order[b]);
        most = length > most ? length : most;
    }
    return most;
}

rs_minibatch rs_assemble(rs_assembly *assembly, const rs_data *data, const rs_data_set *set,
                         const uint32_t *order, uint32_t samples, rs_batch_form form)
{
    const plane p = {.data = data,
                     .set = set,
                     .order = order,
                     .samples = samples,
                     .steps = rs_longest_of(set, order, samples),
                     .precision = form.precision,
                     .last = form.last,
                     .stride = rs_padded(samples),
                     .apart = 1};
    const size_t number = rs_number_size(form.precision), step = p.stride * p.steps * number;
    const bool by_number = form.by_number && data->input_kind == RS_INPUT_SYMBOLS &&
                           data->inputs <= UINT16_MAX; /* which is the number of none */
    char *input = assembly->bytes, *target = input + data->inputs * step;
    char *weight = target + target_rows(data) * step, *length = weight + step;
    fill_lengths(&p, length);
    if (by_number)
        fill_symbols(&p, (uint16_t *)(void *)input);
    else
        fill_inputs(&p, input);
    fill_targets(&p, target);
    assembly->sequences = (rs_sequence_batch){.input = by_number ? NULL : input,
                                              .symbol = by_number ? (void *)input : NULL,
                                              .target = target,
                                              .weight = weight,
                                              .length = length,
                                              .weight_sum = fill_weights(&p, weight),
                                              .tolerance = data->tolerance,
                                              .by_sign = data->by_sign};
    return (rs_minibatch){.stride = p.stride,
                          .samples = samples,
                          .steps = p.steps,
                          .sequences = &assembly->sequences};
}

/* ---- A group ----------------------------------------------------------------------------------
 */

static rs_group_batch lay_out(rs_assembly *assembly, const rs_data *data, uint32_t samples,
                              uint32_t steps)
{
    const size_t step = (size_t)samples * steps * RS_GROUP_VECTOR_BYTES;
    char *input = assembly->bytes, *target = input + data->inputs * step;
    char *weight = target + target_rows(data) * step, *length = weight + step;
    return (rs_group_batch){.samples = samples,
                            .steps = steps,
                            .input = input,
                            .target = target,
                            .weight = weight,
                            .length = length,
                            .tolerance = data->tolerance};
}

/* Sequences of one run among zeros. */
static double fill_lane(const rs_group_batch *batch, const rs_lane_batch *of, size_t lane)
{
    const size_t lanes = RS_GROUP_VECTOR_BYTES / rs_number_size(of->precision);
    const plane p = {.data = of->data,
                     .set = of->lane[lane].set,
                     .order = of->lane[lane].order,
                     .samples = of->lane[lane].samples,
                     .steps = batch->steps,
                     .precision = of->precision,
                     .last = of->last,
                     .stride = batch->samples * lanes,
                     .apart = lanes,
                     .lane = lane,
                     .is_clear = true};
    fill_lengths(&p, (void *)batch->length);
    fill_inputs(&p, (void *)batch->input);
    fill_targets(&p, (void *)batch->target);
    return fill_weights(&p, (void *)batch->weight);
}

rs_group_batch rs_assemble_group(rs_assembly *assembly, const rs_lane_batch *of, size_t lanes,
                                 double *weight_sum)
{
    uint32_t samples = 1, steps = 1;
    for (size_t l = 0; l < lanes; l++)
        if (of->lane[l].set != NULL) {
            const uint32_t own =
                rs_longest_of(of->lane[l].set, of->lane[l].order, of->lane[l].samples);
            samples = of->lane[l].samples > samples ? of->lane[l].samples : samples;
            steps = own > steps ? own : steps;
        }
    rs_group_batch batch = lay_out(assembly, of->data, samples, steps);
    batch.weight_sum = weight_sum;
    if (rs_lanes_are_bytes(of, lanes)) {
        rs_assemble_bytes(of, lanes, &batch, weight_sum);
        return batch;
    }
    memset((void *)batch.input, 0,
           (size_t)((const char *)batch.length - (const char *)batch.input) +
               (size_t)samples * RS_GROUP_VECTOR_BYTES);
    for (size_t l = 0; l < lanes; l++)
        weight_sum[l] = of->lane[l].set != NULL ? fill_lane(&batch, of, l) : 0;
    return batch;
}
