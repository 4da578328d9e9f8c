/* Whether a string of two symbols ends as it began: then it has as many changes from the one to the
 * other as back. */
#include "built_in.h"

static void describe(const rs_run_config *config, rs_task_shape *shape)
{
    (void)config;
    *shape = (rs_task_shape){.input_kind = RS_INPUT_SYMBOLS,
                             .target_kind = RS_TARGET_CLASSES,
                             .inputs = 2,
                             .outputs = 2,
                             .last = true};
}

static void draw(const rs_run_config *config, rs_random *random, const rs_sequence *sequence)
{
    (void)config;
    rs_random_bits(random, sequence->length, sequence->inputs);
}

static void answer(const rs_run_config *config, const rs_sequence *sequence)
{
    const uint8_t *symbol = sequence->inputs;
    uint8_t *target = sequence->targets;
    (void)config;
    for (uint32_t k = 0; k < sequence->length; k++)
        target[k] = symbol[k] == symbol[0];
}

static char letter(const rs_run_config *config, uint32_t symbol)
{
    (void)config;
    return "ab"[symbol];
}

const rs_built_in rs_task_even_pairs = {.describe = describe,
                                        .draw = draw,
                                        .is_uniform = true,
                                        .answer = answer,
                                        .letter = letter,
                                        .asked = "a word of a and b, such as abba"};
