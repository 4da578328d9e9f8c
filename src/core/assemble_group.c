/* Minibatches of a group whose numbers are bytes, as those of most tasks: sixteen numbers of
 * sixteen runs are read and turned, so that what is written is whole vectors. */
#include "assemble.h"
#include "numbers.h"
#include "turn.h"
#include "vectorised.h"

_Static_assert((int)RS_TURNED == (int)RS_GROUP_LANES_MOST, "a square is turned");

/* A byte that is no symbol: there are fewer. */
enum { NO_SYMBOL = UINT8_MAX };

/* A sequence of each run; count: its numbers, 0 without one. */
typedef struct strip {
    const uint8_t *from[RS_TURNED];
    size_t count[RS_TURNED];
} strip;

/* Numbers `begin` and the next fifteen of all runs. */
static void read_tile(const strip *s, size_t begin, uint8_t past_end, rs_byte_row tile[RS_TURNED])
{
    for (int l = 0; l < RS_TURNED; l++) {
        const size_t left = s->count[l] > begin ? s->count[l] - begin : 0;
        if (left >= RS_TURNED) {
            memcpy(&tile[l], s->from[l] + begin, RS_TURNED);
            continue;
        }
        memset(&tile[l], past_end, RS_TURNED);
        if (left > 0)
            memcpy(&tile[l], s->from[l] + begin, left);
    }
    rs_turn_bytes(tile);
}

/* Loops over the lanes of a precision. apart: from number to number. */
#define DEFINE_LOOPS(real, LANES)                                                                 \
    /* `count` numbers of a tile. */                                                              \
    RS_VECTORISED static void widen_##real(const uint8_t *tile, size_t count, size_t apart,       \
                                           real *to)                                              \
    {                                                                                             \
        for (size_t i = 0; i < count; i++)                                                        \
            for (size_t l = 0; l < (LANES); l++)                                                  \
                to[i * apart + l] = tile[i * RS_TURNED + l];                                      \
    }                                                                                             \
    /* `count` symbols of a tile, one-hot. */                                                     \
    RS_VECTORISED static void mark_##real(const uint8_t *tile, size_t count, size_t inputs,       \
                                          size_t apart, real *to)                                 \
    {                                                                                             \
        for (size_t k = 0; k < count; k++)                                                        \
            for (size_t i = 0; i < inputs; i++)                                                   \
                for (size_t l = 0; l < (LANES); l++)                                              \
                    to[(k * inputs + i) * apart + l] = tile[k * RS_TURNED + l] == (uint8_t)i;     \
    }                                                                                             \
    /* 1 in the steps from..end - 1, else 0. */                                                   \
    RS_VECTORISED static void weigh_##real(const int32_t *from, const int32_t *end, size_t steps, \
                                           size_t apart, real *to)                                \
    {                                                                                             \
        for (size_t k = 0; k < steps; k++)                                                        \
            for (size_t l = 0; l < (LANES); l++)                                                  \
                to[k * apart + l] = ((int32_t)k >= from[l]) & ((int32_t)k < end[l]);              \
    }
DEFINE_LOOPS(float, RS_GROUP_LANES_MOST)
DEFINE_LOOPS(double, RS_GROUP_LANES_MOST / 2)

/* A minibatch while it is made. */
typedef struct making {
    const rs_lane_batch *of;
    const rs_group_batch *batch;
    size_t lanes, apart; /* from row to row of numbers */
} making;

static void *place(const making *m, const void *block, size_t row, size_t b)
{
    return (char *)block + (row * m->batch->samples + b) * RS_GROUP_VECTOR_BYTES;
}

static bool has_sequence(const rs_lane_batch *of, size_t l, size_t b)
{
    return of->lane[l].set != NULL && b < of->lane[l].samples;
}

static uint32_t length_of(const rs_lane_batch *of, size_t l, size_t b)
{
    return has_sequence(of, l, b) ? rs_data_length(of->lane[l].set, of->lane[l].order[b]) : 0;
}

/* Sequence b of every run, `width` numbers a step. */
static strip strip_of(const making *m, size_t b, size_t width, bool of_inputs)
{
    const rs_lane_batch *of = m->of;
    strip s = {.count = {0}};
    for (size_t l = 0; l < m->lanes; l++) {
        const rs_data_set *set = of->lane[l].set;
        if (!has_sequence(of, l, b))
            continue;
        s.from[l] = (const uint8_t *)(of_inputs ? set->inputs : set->targets).values +
                    (size_t)of->lane[l].order[b] * set->steps * width;
        s.count[l] = length_of(of, l, b) * width;
    }
    return s;
}

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

static void turn_inputs(const making *m, size_t b)
{
    const strip s = strip_of(m, b, 1, true);
    const size_t inputs = m->of->data->inputs, steps = m->batch->steps;
    rs_byte_row tile[RS_TURNED];
    for (size_t k = 0; k < steps; k += RS_TURNED) {
        const size_t count = least(steps - k, RS_TURNED);
        void *to = place(m, m->batch->input, k * inputs, b);
        read_tile(&s, k, NO_SYMBOL, tile);
        if (m->of->precision == RS_FLOAT64)
            mark_double((const uint8_t *)tile, count, inputs, m->apart, to);
        else
            mark_float((const uint8_t *)tile, count, inputs, m->apart, to);
    }
}

static void turn_targets(const making *m, size_t b)
{
    const rs_data *data = m->of->data;
    const size_t width = data->target_kind == RS_TARGET_CLASSES ? 1 : data->outputs;
    const strip s = strip_of(m, b, width, false);
    const size_t numbers = m->batch->steps * width;
    rs_byte_row tile[RS_TURNED];
    for (size_t i = 0; i < numbers; i += RS_TURNED) {
        const size_t count = least(numbers - i, RS_TURNED);
        void *to = place(m, m->batch->target, i, b);
        read_tile(&s, i, 0, tile);
        if (m->of->precision == RS_FLOAT64)
            widen_double((const uint8_t *)tile, count, m->apart, to);
        else
            widen_float((const uint8_t *)tile, count, m->apart, to);
    }
}

/* Also the lengths. */
static void fill_weights(const making *m, size_t b, double *weight_sum)
{
    int32_t from[RS_TURNED], end[RS_TURNED];
    for (size_t l = 0; l < m->lanes; l++) {
        end[l] = (int32_t)length_of(m->of, l, b);
        from[l] = m->of->last ? end[l] - 1 : 0;
        weight_sum[l] += end[l] > 0 ? end[l] - from[l] : 0;
        rs_number_put(place(m, m->batch->length, 0, b), l, end[l], m->of->precision);
    }
    void *to = place(m, m->batch->weight, 0, b);
    if (m->of->precision == RS_FLOAT64)
        weigh_double(from, end, m->batch->steps, m->apart, to);
    else
        weigh_float(from, end, m->batch->steps, m->apart, to);
}

bool rs_lanes_are_bytes(const rs_lane_batch *of, size_t lanes)
{
    const rs_data *data = of->data;
    bool all = data->input_kind == RS_INPUT_SYMBOLS && data->inputs <= NO_SYMBOL &&
               (data->target_kind == RS_TARGET_BITS || data->target_kind == RS_TARGET_CLASSES);
    for (size_t l = 0; l < lanes && all; l++) {
        const rs_data_set *set = of->lane[l].set;
        all = set == NULL || (set->inputs.element == RS_ELEMENT_U8 &&
                              set->targets.element == RS_ELEMENT_U8 && set->weights.values == NULL);
    }
    return all;
}

void rs_assemble_bytes(const rs_lane_batch *of, size_t lanes, const rs_group_batch *batch,
                       double *weight_sum)
{
    const making m = {of, batch, lanes, batch->samples * lanes};
    memset(weight_sum, 0, lanes * sizeof *weight_sum);
    for (size_t b = 0; b < batch->samples; b++) {
        turn_inputs(&m, b);
        turn_targets(&m, b);
        fill_weights(&m, b, weight_sum);
    }
}
