/* Two noisy streams, each with a coherence of its own, and two context lines of which one says
 * whose coherence is asked for: its sign. */
#include "built_in.h"

#include <math.h>

#include "vectorised.h"

enum { STREAMS = 2, INPUTS = 4, COHERENCES = 6 };
enum { BLOCK = 128 }; /* steps whose noise is drawn together */

static void describe(const rs_run_config *config, rs_task_shape *shape)
{
    (void)config;
    *shape = (rs_task_shape){.input_kind = RS_INPUT_REALS,
                             .target_kind = RS_TARGET_REALS,
                             .inputs = INPUTS,
                             .outputs = 1,
                             .input_element = RS_ELEMENT_F64,
                             .target_element = RS_ELEMENT_F32,
                             .last = true,
                             .by_sign = true};
}

/* Steps of two streams: what they have in common, and the noise of each. */
RS_VECTORISED static void put_steps(const double *mean, uint64_t context, double scale,
                                    uint32_t count, const double *noise, double *input,
                                    float *target)
{
    const double first = mean[0], second = mean[1], asks_first = context == 0;
    const float sign = mean[context] > 0 ? 1 : -1;
    for (uint32_t k = 0; k < count; k++, input += INPUTS, noise += STREAMS) {
        input[0] = first + scale * noise[0];
        input[1] = second + scale * noise[1];
        input[2] = asks_first;
        input[3] = 1 - asks_first;
        target[k] = sign;
    }
}

static void draw(const rs_run_config *config, rs_random *random, const rs_sequence *sequence)
{
    static const double coherences[COHERENCES] = {-0.2, -0.1, -0.05, 0.05, 0.1, 0.2};
    double mean[STREAMS], noise[BLOCK * STREAMS], *input = sequence->inputs;
    float *target = sequence->targets;
    for (int i = 0; i < STREAMS; i++)
        mean[i] = coherences[rs_random_below(random, COHERENCES)];
    const uint64_t context = rs_random_below(random, STREAMS);
    for (uint32_t k = 0, here; k < sequence->length; k += here) {
        here = sequence->length - k < BLOCK ? sequence->length - k : BLOCK;
        rs_random_normals(random, (size_t)STREAMS * here, noise);
        put_steps(mean, context, config->input_noise, here, noise, input + (size_t)k * INPUTS,
                  target + k);
    }
}

/* The coherences of both streams, without noise, and which one is asked for. */
static rs_status read(const rs_run_config *config, size_t count, const char *const words[],
                      rs_sequence *sequence, rs_error *error)
{
    double mean[STREAMS], which, *input = sequence->inputs;
    float *target = sequence->targets;
    if (count != STREAMS + 1 || !rs_built_in_parse(words[0], &mean[0]) ||
        !rs_built_in_parse(words[1], &mean[1]) || !rs_built_in_parse(words[2], &which) ||
        !isfinite(mean[0]) || !isfinite(mean[1]) || (which != 1 && which != 2))
        return rs_built_in_refuse(config, error);
    sequence->length = config->sequence_length;
    for (uint32_t k = 0; k < sequence->length; k++, input += INPUTS) {
        for (int i = 0; i < STREAMS; i++) {
            input[i] = mean[i];
            input[STREAMS + i] = which == i + 1;
        }
        target[k] = mean[(int)which - 1] > 0 ? 1 : -1;
    }
    return RS_OK;
}

const rs_built_in rs_task_context_integration = {
    .describe = describe,
    .draw = draw,
    .read = read,
    .asked = "two coherences and which of them counts, such as 0.2 -0.1 1; after --"};
