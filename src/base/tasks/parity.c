/* Running exclusive or of fair bits. */
#include "built_in.h"

static void describe(const rs_run_config *config, rs_task_shape *shape)
{
    (void)config;
    *shape = (rs_task_shape){
        .input_kind = RS_INPUT_REALS, .target_kind = RS_TARGET_BITS, .inputs = 1, .outputs = 1};
}

static void draw(const rs_run_config *config, rs_random *random, const rs_sequence *sequence)
{
    (void)config;
    rs_random_bits(random, sequence->length, sequence->inputs);
}

static void answer(const rs_run_config *config, const rs_sequence *sequence)
{
    const uint8_t *bit = sequence->inputs;
    uint8_t *target = sequence->targets, parity = 0;
    (void)config;
    for (uint32_t k = 0; k < sequence->length; k++)
        target[k] = parity ^= bit[k];
}

const rs_built_in rs_task_parity = {.describe = describe,
                                    .draw = draw,
                                    .is_uniform = true,
                                    .answer = answer,
                                    .asked = "a word of 0 and 1, such as 0110"};
