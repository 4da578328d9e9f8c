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

/* Without branches, which nobody could predict: the bits of a float that is 1 and of its sign. */
static inline uint32_t pulse_of(uint32_t word, pulse_law law)
{
    const uint32_t one = 0x3f800000, sign = 0x80000000;
    return (word <= law.any ? one : 0) | (word <= law.minus ? sign : 0);
}

RS_VECTORISED static void make_pulses(const uint32_t *word, size_t count, pulse_law law,
                                      float *pulse)
{
    for (size_t i = 0; i < count; i++) {
        const uint32_t bits = pulse_of(word[i], law);
        memcpy(&pulse[i], &bits, sizeof bits);
    }
}

/* The first step is like the others at first. */
static void draw(const rs_run_config *config, rs_random *random, const rs_sequence *sequence)
{
    const size_t channels = config->channels, count = sequence->length * channels;
    const pulse_law always = {.any = UINT32_MAX, .minus = UINT32_MAX / 2};
    float *pulse = sequence->inputs;
    for (size_t i = 0, taken; i < count; i += taken) {
        const uint32_t *words = rs_random_take(random, count - i, &taken);
        make_pulses(words, taken, *(const pulse_law *)sequence->scratch, pulse + i);
        for (size_t k = 0; k < taken && i + k < channels; k++) {
            const uint32_t bits = pulse_of(words[k], always);
            memcpy(&pulse[i + k], &bits, sizeof bits);
        }
    }
}

/* ---- Targets ----------------------------------------------------------------------------------
 */

enum { CHANNELS = 16, LANES = 4 };
typedef uint32_t lanes __attribute__((vector_size(LANES * sizeof(uint32_t))));

/* Steps of `channels` channels, as long as `groups` times LANES numbers are left; returns how many
 * numbers that were. What is read and written past the channels of a step belongs to the next ones,
 * which come later. */
static inline size_t take_steps(size_t groups, size_t channels, size_t count, const float *pulse,
                                float *target)
{
    lanes last[CHANNELS / LANES] = {{0}};
    size_t i = 0;
    for (; i + groups * LANES <= count; i += channels)
        for (size_t group = 0; group < groups; group++) {
            lanes bits;
            memcpy(&bits, pulse + i + group * LANES, sizeof bits);
            last[group] = bits | (last[group] & (lanes)(bits == 0));
            memcpy(target + i + group * LANES, &last[group], sizeof bits);
        }
    return i;
}

static void answer(const rs_run_config *config, const rs_sequence *sequence)
{
    const size_t channels = config->channels, count = sequence->length * channels;
    const float *pulse = sequence->inputs;
    float *target = sequence->targets;
    size_t i = channels <= LANES ? take_steps(1, channels, count, pulse, target)
                                 : take_steps(CHANNELS / LANES, channels, count, pulse, target);
    for (; i < count; i++)
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
    .draw = draw,
    .answer = answer,
    .read = read,
    .asked = "a word of +, - and . for each channel, all of one length, such as +..-; after --"};
