/* Two noisy streams, each with a coherence of its own, and two context lines of which one says
 * whose coherence is asked for: its sign. */
#include "built_in.h"

#include <math.h>

#include "vectorised.h"

enum { STREAMS = 2, INPUTS = 4, COHERENCES = 6 };

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

/* What the steps of a sequence have in common. */
typedef struct course {
    double mean[STREAMS];
    uint32_t context;
} course;

/* Steps of two streams: what they have in common, and the noise of each. */
RS_VECTORISED static void put_steps(const course *drawn, double scale, uint32_t count,
                                    const double *noise, double *input, float *target)
{
    const double first = drawn->mean[0], second = drawn->mean[1];
    const double asks_first = drawn->context == 0;
    const float sign = drawn->mean[drawn->context] > 0 ? 1 : -1;
    for (uint32_t k = 0; k < count; k++, input += INPUTS, noise += STREAMS) {
        input[0] = first + scale * noise[0];
        input[1] = second + scale * noise[1];
        input[2] = asks_first;
        input[3] = 1 - asks_first;
        target[k] = sign;
    }
}

static course draw_course(rs_random *random)
{
    static const double coherences[COHERENCES] = {-0.2, -0.1, -0.05, 0.05, 0.1, 0.2};
    course drawn;
    for (int i = 0; i < STREAMS; i++)
        drawn.mean[i] = coherences[rs_random_index(random, COHERENCES)];
    drawn.context = rs_random_index(random, STREAMS);
    return drawn;
}

/* Sequences of RS_POINTS_MOST steps in all, or fewer: the points of all of them are drawn before
 * normals are made. A normal that is kept from before shifts the pairs against the steps. */
static void draw_together(const rs_run_config *config, rs_random *random, const rs_sequence *first,
                          uint32_t count)
{
    const uint32_t length = first->length;
    course courses[RS_POINTS_MOST];
    double noise[RS_POINTS_MOST * STREAMS];
    rs_random_points points;
    points.count = 0;
    for (uint32_t i = 0; i < count; i++) {
        courses[i] = draw_course(random);
        rs_random_draw_points(random, length, &points);
    }
    rs_random_points_normals(&points, noise);
    for (uint32_t i = 0; i < count; i++)
        put_steps(&courses[i], config->input_noise, length, noise + (size_t)i * length * STREAMS,
                  (double *)first->inputs + (size_t)i * length * INPUTS,
                  (float *)first->targets + (size_t)i * length);
}

static void draw_alone(const rs_run_config *config, rs_random *random, const rs_sequence *sequence)
{
    const course drawn = draw_course(random);
    double noise[RS_POINTS_MOST * STREAMS];
    for (uint32_t k = 0, here; k < sequence->length; k += here) {
        here = sequence->length - k < RS_POINTS_MOST ? sequence->length - k : RS_POINTS_MOST;
        rs_random_normals(random, (size_t)STREAMS * here, noise);
        put_steps(&drawn, config->input_noise, here, noise,
                  (double *)sequence->inputs + (size_t)k * INPUTS, (float *)sequence->targets + k);
    }
}

static void draw_many(const rs_run_config *config, rs_random *random, const rs_sequence *first,
                      uint32_t count)
{
    const uint32_t length = first->length, most = RS_POINTS_MOST / length;
    rs_sequence next = *first;
    for (uint32_t here; count > 0; count -= here) {
        here = random->has_normal || most == 0 ? 1 : count < most ? count : most;
        if (random->has_normal || most == 0)
            draw_alone(config, random, &next);
        else
            draw_together(config, random, &next, here);
        next.inputs = (double *)next.inputs + (size_t)here * length * INPUTS;
        next.targets = (float *)next.targets + (size_t)here * length;
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
    .draw_many = draw_many,
    .read = read,
    .asked = "two coherences and which of them counts, such as 0.2 -0.1 1; after --"};
