/* Pulses of 1 and -1 in some channels, at the first step in all: each channel's last pulse. */
#include "built_in.h"

#include <math.h>
#include <string.h>

static void describe(const rs_run_config *config, rs_task_shape *shape)
{
    *shape = (rs_task_shape){.input_kind = RS_INPUT_REALS,
                             .target_kind = RS_TARGET_REALS,
                             .inputs = config->channels,
                             .outputs = config->channels,
                             .input_element = RS_ELEMENT_F32,
                             .target_element = RS_ELEMENT_F32,
                             .tolerance = 0.5};
}

/* Words of random bits that are looked at together, and the bits of a float that is 1 and of its
 * sign. */
enum { BLOCK = 256 };
static const uint32_t ONE = 0x3f800000, SIGN = 0x80000000;

/* A pulse of -1 where the word is below p/2, of 1 where it is below p, in units of 2^32; without
 * branches, which nobody could predict. */
static void draw_pulses(rs_random *random, double p, size_t count, float *pulse)
{
    const double range = 4294967296.0;
    const uint32_t minus = (uint32_t)(ceil(p / 2 * range) - 1); /* the largest that is below */
    const uint32_t any = (uint32_t)(ceil(p * range) - 1);
    uint32_t word[BLOCK];
    for (size_t here; count > 0; count -= here, pulse += here) {
        here = count < BLOCK ? count : BLOCK;
        rs_random_words(random, here, word);
        for (size_t i = 0; i < here; i++)
            word[i] = (word[i] <= any ? ONE : 0) | (word[i] <= minus ? SIGN : 0);
        memcpy(pulse, word, here * sizeof *pulse);
    }
}

static void draw(const rs_run_config *config, rs_random *random, const rs_sequence *sequence)
{
    const uint32_t channels = config->channels;
    float *pulse = sequence->inputs;
    draw_pulses(random, 1, channels, pulse);
    draw_pulses(random, config->pulse_probability, (size_t)(sequence->length - 1) * channels,
                pulse + channels);
}

static void answer(const rs_run_config *config, const rs_sequence *sequence)
{
    const size_t channels = config->channels, count = sequence->length * channels;
    const float *pulse = sequence->inputs;
    float *target = sequence->targets;
    for (size_t c = 0; c < channels; c++) {
        uint32_t last = 0, bits;
        for (size_t i = c; i < count; i += channels) {
            memcpy(&bits, &pulse[i], sizeof bits);
            last = bits | (bits == 0 ? last : 0);
            memcpy(&target[i], &last, sizeof last);
        }
    }
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
    .draw = draw,
    .answer = answer,
    .read = read,
    .asked = "a word of +, - and . for each channel, all of one length, such as +..-; after --"};
