/* What reverse and duplicate share: fair bits, then as many blanks (symbol 2) while the bits are
 * said again in one order or the other; only the second half counts. */
#ifndef RS_RECALL_H
#define RS_RECALL_H

#include "built_in.h"

#include <string.h>

enum { BLANK = 2 };

static void describe(const rs_run_config *config, rs_task_shape *shape)
{
    (void)config;
    *shape = (rs_task_shape){.input_kind = RS_INPUT_SYMBOLS,
                             .target_kind = RS_TARGET_CLASSES,
                             .inputs = 3,
                             .outputs = 2,
                             .weighted = true,
                             .step = 2};
}

static void draw(const rs_run_config *config, rs_random *random, const rs_sequence *sequence)
{
    const uint32_t half = sequence->length / 2;
    uint8_t *symbol = sequence->inputs;
    (void)config;
    rs_random_bits(random, half, symbol);
    for (uint32_t k = half; k < sequence->length; k++)
        symbol[k] = BLANK;
}

/* Targets and weights, the bits in their order or the reverse one. */
static void recall(const rs_sequence *sequence, bool reversed)
{
    const uint32_t half = sequence->length / 2;
    const uint8_t *symbol = sequence->inputs;
    uint8_t *target = sequence->targets, *weight = sequence->weights;
    for (uint32_t k = 0; k < half; k++) {
        target[k] = weight[k] = 0;
        target[half + k] = symbol[reversed ? half - 1 - k : k];
        weight[half + k] = 1;
    }
}

static char letter(const rs_run_config *config, uint32_t symbol)
{
    (void)config;
    return "01_"[symbol];
}

/* The bits; the blanks follow. */
static rs_status read(const rs_run_config *config, size_t count, const char *const words[],
                      rs_sequence *sequence, rs_error *error)
{
    uint8_t *symbol = sequence->inputs;
    const size_t half = strlen(words[0]);
    if (count != 1 || half == 0 || strspn(words[0], "01") != half)
        return rs_built_in_refuse(config, error);
    for (size_t k = 0; k < half; k++) {
        symbol[k] = words[0][k] == '1';
        symbol[half + k] = BLANK;
    }
    sequence->length = (uint32_t)(2 * half);
    return RS_OK;
}

#endif
