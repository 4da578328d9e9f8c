/* Balanced brackets of P kinds: at each step, which symbols may come next. Symbol k opens the kind
 * k, symbol P + k closes it, and output 2P is the end, at depth 0. */
#include "built_in.h"

#include <string.h>

static void describe(const rs_run_config *config, rs_task_shape *shape)
{
    *shape = (rs_task_shape){.input_kind = RS_INPUT_SYMBOLS,
                             .target_kind = RS_TARGET_BITS,
                             .inputs = 2 * config->pairs,
                             .outputs = 2 * config->pairs + 1,
                             .step = 2};
}

/* An open bracket at depth 0, a closing one when the rest must close, else a fair choice. The
 * scratch is the stack of the kinds that are open. */
static void draw(const rs_run_config *config, rs_random *random, const rs_sequence *sequence)
{
    uint8_t *symbol = sequence->inputs, *open = sequence->scratch;
    uint32_t depth = 0;
    for (uint32_t k = 0; k < sequence->length; k++) {
        const bool opens =
            depth == 0 || (depth < sequence->length - k && rs_random_below(random, 2) == 1);
        if (opens)
            symbol[k] = open[depth++] = (uint8_t)rs_random_below(random, config->pairs);
        else
            symbol[k] = (uint8_t)(config->pairs + open[--depth]);
    }
}

static void answer(const rs_run_config *config, const rs_sequence *sequence)
{
    const uint32_t pairs = config->pairs, outputs = 2 * pairs + 1;
    const uint8_t *symbol = sequence->inputs;
    uint8_t *target = sequence->targets, *open = sequence->scratch;
    uint32_t depth = 0;
    memset(target, 0, (size_t)sequence->length * outputs);
    for (uint32_t k = 0; k < sequence->length; k++, target += outputs) {
        if (symbol[k] < pairs)
            open[depth++] = symbol[k];
        else
            depth--;
        memset(target, 1, pairs);
        target[depth > 0 ? pairs + open[depth - 1] : 2 * pairs] = 1;
    }
}

static char letter(const rs_run_config *config, uint32_t symbol)
{
    return symbol < config->pairs ? "([{<ABCD"[symbol] : ")]}>abcd"[symbol - config->pairs];
}

/* A beginning of a balanced string. */
static rs_status read(const rs_run_config *config, size_t count, const char *const words[],
                      rs_sequence *sequence, rs_error *error)
{
    uint8_t *symbol = sequence->inputs, *open = sequence->scratch;
    const size_t length = strlen(words[0]);
    size_t depth = 0;
    bool right = count == 1 && length > 0;
    for (size_t k = 0; right && k < length; k++) {
        uint32_t found = 0;
        while (found < 2 * config->pairs && letter(config, found) != words[0][k])
            found++;
        symbol[k] = (uint8_t)found;
        if (found < config->pairs)
            open[depth++] = (uint8_t)found;
        else
            right =
                found < 2 * config->pairs && depth > 0 && open[--depth] == found - config->pairs;
    }
    sequence->length = (uint32_t)length;
    return right ? RS_OK : rs_built_in_refuse(config, error);
}

const rs_built_in rs_task_dyck = {
    .describe = describe,
    .draw = draw,
    .answer = answer,
    .letter = letter,
    .read = read,
    .asked =
        "balanced brackets of the kinds () [] {} <> Aa Bb Cc Dd, or their beginning, such as ([]("};
