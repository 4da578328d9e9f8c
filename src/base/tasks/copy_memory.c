/* Ten symbols of 1 to 8, blanks (0), and a 9, after which the symbols are to be said again; before,
 * a 0 at each step. */
#include "built_in.h"

#include <string.h>

enum { COPIED = 10, SYMBOLS = 8, SIGNAL = 9, CLASSES = 10 };

static void describe(const rs_run_config *config, rs_task_shape *shape)
{
    *shape = (rs_task_shape){.input_kind = RS_INPUT_SYMBOLS,
                             .target_kind = RS_TARGET_CLASSES,
                             .inputs = CLASSES,
                             .outputs = CLASSES,
                             .fixed_steps = config->delay + 2 * COPIED};
}

static void draw(const rs_run_config *config, rs_random *random, const rs_sequence *sequence)
{
    uint8_t *symbol = sequence->inputs;
    memset(symbol, 0, sequence->length);
    for (uint32_t k = 0; k < COPIED; k++)
        symbol[k] = (uint8_t)(1 + rs_random_below(random, SYMBOLS));
    symbol[COPIED + config->delay - 1] = SIGNAL;
}

static void answer(const rs_run_config *config, const rs_sequence *sequence)
{
    uint8_t *target = sequence->targets;
    (void)config;
    memset(target, 0, sequence->length);
    memcpy(target + sequence->length - COPIED, sequence->inputs, COPIED);
}

/* The symbols to remember; blanks and signal follow. */
static rs_status read(const rs_run_config *config, size_t count, const char *const words[],
                      rs_sequence *sequence, rs_error *error)
{
    uint8_t *symbol = sequence->inputs;
    if (count != 1 || strlen(words[0]) != COPIED || strspn(words[0], "12345678") != COPIED)
        return rs_built_in_refuse(config, error);
    sequence->length = config->delay + 2 * COPIED;
    memset(symbol, 0, sequence->length);
    for (uint32_t k = 0; k < COPIED; k++)
        symbol[k] = (uint8_t)(words[0][k] - '0');
    symbol[COPIED + config->delay - 1] = SIGNAL;
    return RS_OK;
}

const rs_built_in rs_task_copy_memory = {
    .describe = describe,
    .draw = draw,
    .answer = answer,
    .read = read,
    .asked = "a word of ten digits from 1 to 8, such as 1234567812"};
