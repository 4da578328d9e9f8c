/* Pulses of 1 and -1 in some channels, at the first step in all: each channel's last pulse. */
#include "built_in.h"

#include <string.h>

extern const rs_built_in rs_task_flip_flop;

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

static void draw(const rs_run_config *config, rs_random *random, const rs_sequence *sequence)
{
    float *pulse = sequence->inputs;
    for (uint32_t k = 0; k < sequence->length; k++)
        for (uint32_t c = 0; c < config->channels; c++) {
            const double p = k == 0 ? 1 : config->pulse_probability, u = rs_random_unit(random);
            *pulse++ = u < p / 2 ? -1 : u < p ? 1 : 0;
        }
}

static void answer(const rs_run_config *config, const rs_sequence *sequence)
{
    const uint32_t channels = config->channels;
    const float *pulse = sequence->inputs;
    float *target = sequence->targets;
    for (size_t i = 0; i < (size_t)sequence->length * channels; i++)
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
            return rs_fail(error, RS_USAGE, "it wants %s", rs_task_flip_flop.asked);
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
