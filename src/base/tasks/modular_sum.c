/* Running sum of uniform symbols, modulo their number. */
#include "built_in.h"

static void describe(const rs_run_config *config, rs_task_shape *shape)
{
    *shape = (rs_task_shape){.input_kind = RS_INPUT_SYMBOLS,
                             .target_kind = RS_TARGET_CLASSES,
                             .inputs = config->modulus,
                             .outputs = config->modulus};
}

static void draw(const rs_run_config *config, rs_random *random, const rs_sequence *sequence)
{
    rs_random_symbols(random, config->modulus, sequence->length, sequence->inputs);
}

static void answer(const rs_run_config *config, const rs_sequence *sequence)
{
    const uint8_t *symbol = sequence->inputs;
    uint8_t *target = sequence->targets;
    uint32_t sum = 0;
    for (uint32_t k = 0; k < sequence->length; k++) {
        sum += symbol[k];
        sum -= sum >= config->modulus ? config->modulus : 0;
        target[k] = (uint8_t)sum;
    }
}

const rs_built_in rs_task_modular_sum = {
    .describe = describe,
    .draw = draw,
    .is_uniform = true,
    .answer = answer,
    .asked = "symbols below the modulus: one word of digits, or a number each"};
