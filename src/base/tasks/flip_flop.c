/* Pulses of 1 and -1 in some channels, at the first step in all: each channel's last pulse. */
#include "built_in.h"

#include <math.h>
#include <string.h>

#include "vectorised.h"

/* The largest word that is a pulse, and the largest that is one of -1: below p and p/2, in units of
 * 2^32. */
typedef struct pulse_law {
    uint32_t any, minus;
} pulse_law;

static void describe(const rs_run_config *config, rs_task_shape *shape)
{
    *shape = (rs_task_shape){.input_kind = RS_INPUT_REALS,
                             .target_kind = RS_TARGET_REALS,
                             .inputs = config->channels,
                             .outputs = config->channels,
                             .input_element = RS_ELEMENT_F32,
                             .target_element = RS_ELEMENT_F32,
                             .tolerance = 0.5,
                             .scratch_bytes = sizeof(pulse_law)};
}

/* ---- Pulses -----------------------------------------------------------------------------------
 */

static void prepare(const rs_run_config *config, void *scratch)
{
    const double range = 4294967296.0, p = config->pulse_probability;
    *(pulse_law *)scratch = (pulse_law){.any = (uint32_t)(ceil(p * range) - 1),
                                        .minus = (uint32_t)(ceil(p / 2 * range) - 1)};
}

/* Channels are looked at side by side: up to LANES in one vector, more in as many as the most of
 * them take. */
enum { CHANNELS = 16, LANES = 4 };
typedef uint32_t lanes __attribute__((vector_size(LANES * sizeof(uint32_t))));
typedef int32_t signed_lanes __attribute__((vector_size(LANES * sizeof(int32_t))));

/* Words as signed numbers, from the least on. */
static inline lanes as_signed(lanes word)
{
    return word ^ 0x80000000;
}

/* All ones where a is above b. */
static inline lanes is_above(lanes a, lanes b)
{
    return (lanes)((signed_lanes)a > (signed_lanes)b);
}

/* A law for each lane, its words as signed numbers. */
typedef struct wide_law {
    lanes any, minus;
} wide_law;

static inline wide_law widen(pulse_law law)
{
    const lanes none = {0};
    return (wide_law){.any = as_signed(none + law.any), .minus = as_signed(none + law.minus)};
}

/* One step of LANES channels: the bits of floats, which are 1 or -1 or nothing, and the last ones
 * that were something, which are returned. Without branches, which nobody could predict. */
static inline lanes put_lanes(const uint32_t *words, wide_law law, lanes last, float *pulse,
                              float *target)
{
    const uint32_t one = 0x3f800000, sign = 0x80000000;
    lanes word;
    memcpy(&word, words, sizeof word);
    word = as_signed(word);
    const lanes none = is_above(word, law.any);
    word = ~none & (one | (sign & ~is_above(word, law.minus)));
    last = word | (none & last);
    memcpy(pulse, &word, sizeof word);
    memcpy(target, &last, sizeof last);
    return last;
}

/* Steps of all channels, the first of them by a law of its own. What is read and written past the
 * channels of a step belongs to the next one, whose first channels are written later. */
static inline void put_steps(size_t channels, uint32_t steps, const uint32_t *words,
                             wide_law at_first, wide_law later, lanes *last, float *pulse,
                             float *target)
{
    for (size_t c = (channels - 1) / LANES * LANES; c < channels; c -= LANES) {
        lanes own = put_lanes(words + c, at_first, last[c / LANES], pulse + c, target + c);
        for (size_t i = c + channels; i < steps * channels; i += channels)
            own = put_lanes(words + i, later, own, pulse + i, target + i);
        last[c / LANES] = own;
    }
}

/* One step whose words are of two fillings, or after whose numbers no others follow. */
static void put_step(rs_random *random, size_t channels, wide_law law, lanes *last, float *pulse,
                     float *target)
{
    uint32_t words[CHANNELS] = {0};
    float pulses[CHANNELS], targets[CHANNELS];
    for (size_t c = 0; c < channels; c++)
        words[c] = rs_random_word(random);
    put_steps(channels, 1, words, law, law, last, pulses, targets);
    memcpy(pulse, pulses, channels * sizeof *pulse);
    memcpy(target, targets, channels * sizeof *target);
}

/* Of so many steps those whose words are ready, whole vectors of them. */
static inline uint32_t ready_steps(const rs_random *random, uint32_t channels, uint32_t steps)
{
    const uint32_t past = (LANES - channels % LANES) % LANES;
    const uint32_t ready = RS_RANDOM_WORDS - random->next;
    if (ready < past + channels)
        return 0;
    return ready - past >= steps * (size_t)channels ? steps : (ready - past) / channels;
}

/* Steps whose words are ready, of which the first one is number `at` of its sequence. */
static inline void put_ready(size_t channels, uint32_t length, uint32_t at, uint32_t steps,
                             const uint32_t *words, wide_law at_first, wide_law later, lanes *last,
                             float *pulse, float *target)
{
    for (uint32_t here; steps > 0; steps -= here, at = 0) {
        here = steps < length - at ? steps : length - at;
        if (at == 0) /* which breaks the chain of what waits for the last pulses */
            memset(last, 0, CHANNELS * sizeof(uint32_t));
        put_steps(channels, here, words, at == 0 ? at_first : later, later, last, pulse, target);
        words += here * channels;
        pulse += here * channels;
        target += here * channels;
    }
}

RS_VECTORISED static void draw_many(const rs_run_config *config, rs_random *random,
                                    const rs_sequence *first, uint32_t count)
{
    const pulse_law always = {.any = UINT32_MAX, .minus = UINT32_MAX / 2};
    const wide_law at_first = widen(always), later = widen(*(const pulse_law *)first->scratch);
    const uint32_t channels = config->channels, length = first->length;
    const uint32_t narrow = (LANES - 1) / channels + 1; /* after which nothing is written past */
    float *pulse = first->inputs, *target = first->targets;
    lanes last[CHANNELS / LANES] = {{0}};
    uint32_t at = 0;
    for (uint32_t left = count * length, steps; left > 0; left -= steps) {
        steps = ready_steps(random, channels, left > narrow ? left - narrow : 0);
        if (steps > 0) {
            put_ready(channels, length, at, steps, random->ready + random->next, at_first, later,
                      last, pulse, target);
            random->next += steps * channels;
        } else {
            put_step(random, channels, at == 0 ? at_first : later, last, pulse, target);
            steps = 1;
        }
        at = (at + steps) % length;
        pulse += (size_t)steps * channels;
        target += (size_t)steps * channels;
    }
}

static void answer(const rs_run_config *config, const rs_sequence *sequence)
{
    const size_t channels = config->channels, count = sequence->length * channels;
    const float *pulse = sequence->inputs;
    float *target = sequence->targets;
    for (size_t i = 0; i < count; i++)
        target[i] = pulse[i] != 0 || i < channels ? pulse[i] : target[i - channels];
}

/* A word for each channel, all of one length: + and - are pulses, . is none. */
static rs_status read(const rs_run_config *config, size_t count, const char *const words[],
                      rs_sequence *sequence, rs_error *error)
{
    const size_t steps = strlen(words[0]);
    float *pulse = sequence->inputs;
    for (uint32_t c = 0; c < config->channels; c++) {
        if (count != config->channels || steps == 0 || strlen(words[c]) != steps ||
            strspn(words[c], "+-.") != steps)
            return rs_built_in_refuse(config, error);
        for (size_t k = 0; k < steps; k++)
            pulse[k * config->channels + c] = words[c][k] == '+' ? 1 : words[c][k] == '-' ? -1 : 0;
    }
    sequence->length = (uint32_t)steps;
    return RS_OK;
}

const rs_built_in rs_task_flip_flop = {
    .describe = describe,
    .prepare = prepare,
    .draw_many = draw_many,
    .answer = answer,
    .read = read,
    .asked = "a word of +, - and . for each channel, all of one length, such as +..-; after --"};
