/* Strings such as aaabbbccc: at each step, which symbols may come next. While the first letter
 * comes, it or the second may; then what must come, and after the last letter the end. */
#include "built_in.h"

#include <math.h>
#include <string.h>

/* ---- The count, beta-binomial in 1..N ----------------------------------------------------------
 */

/* The weights of the counts are built up by their ratios. They may leave the range of numbers:
 * where a weight is above 2^HIGH, it and the sum so far go down by that factor, which is exact. */
enum { HIGH = 512 };

/* The sum of the weights up to a count, divided by 2^(HIGH scaled). */
typedef struct share {
    double sum;
    int scaled;
} share;

typedef struct count_law {
    uint32_t most; /* N */
    share up_to[]; /* [N] */
} count_law;

static uint32_t most_of(const rs_run_config *config)
{
    return config->sequence_length / config->letters;
}

static void prepare(const rs_run_config *config, void *scratch)
{
    const double alpha = config->count_alpha, beta = config->count_beta;
    const double n = most_of(config) - 1;
    count_law *law = scratch;
    double weight = 1;
    law->most = most_of(config);
    law->up_to[0] = (share){.sum = 1};
    for (uint32_t i = 1; i < law->most; i++) {
        const double k = i - 1;
        share next = law->up_to[i - 1];
        weight *= (n - k) * (k + alpha) / ((k + 1) * (n - 1 - k + beta));
        next.sum += weight;
        if (weight > 0x1p512) {
            weight = ldexp(weight, -HIGH);
            next.sum = ldexp(next.sum, -HIGH);
            next.scaled++;
        }
        law->up_to[i] = next;
    }
}

/* The least count up to which the law's share is above one random number. */
static uint32_t draw_length(const rs_run_config *config, rs_random *random, const void *scratch)
{
    const count_law *law = scratch;
    const share *here = law->up_to, *last = &law->up_to[law->most - 1];
    const double wanted = rs_random_unit(random) * last->sum;
    while (here < last &&
           !(here->sum > (here->scaled == last->scaled
                              ? wanted
                              : ldexp(wanted, HIGH * (last->scaled - here->scaled)))))
        here++;
    return config->letters * (uint32_t)(here - law->up_to + 1);
}

static void describe(const rs_run_config *config, rs_task_shape *shape)
{
    *shape = (rs_task_shape){.input_kind = RS_INPUT_SYMBOLS,
                             .target_kind = RS_TARGET_BITS,
                             .inputs = config->letters,
                             .outputs = config->letters + 1,
                             .ragged = true,
                             .least_steps = config->letters,
                             .scratch_bytes = sizeof(count_law) + most_of(config) * sizeof(share)};
}

/* ---- Strings -----------------------------------------------------------------------------------
 */

static void draw(const rs_run_config *config, rs_random *random, const rs_sequence *sequence)
{
    const uint32_t count = sequence->length / config->letters;
    uint8_t *symbol = sequence->inputs;
    (void)random;
    for (uint32_t letter = 0; letter < config->letters; letter++)
        memset(symbol + (size_t)letter * count, (int)letter, count);
}

static void answer(const rs_run_config *config, const rs_sequence *sequence)
{
    const uint32_t outputs = config->letters + 1, length = sequence->length;
    const uint8_t *symbol = sequence->inputs;
    uint8_t *target = sequence->targets;
    uint32_t count = 0, k;
    memset(target, 0, (size_t)length * outputs);
    for (; count < length && symbol[count] == 0; count++, target += outputs)
        target[0] = target[1] = 1;
    k = count;
    for (uint32_t letter = 1; k < length; letter++)
        for (uint32_t i = 1; i <= count && k < length; i++, k++, target += outputs)
            target[letter + (i == count)] = 1;
}

static char letter(const rs_run_config *config, uint32_t symbol)
{
    (void)config;
    return (char)('a' + symbol);
}

/* A beginning of a string: a's, then letter by letter as many of each. */
static rs_status read(const rs_run_config *config, size_t count, const char *const words[],
                      rs_sequence *sequence, rs_error *error)
{
    uint8_t *symbol = sequence->inputs;
    const size_t length = strlen(words[0]), first = strspn(words[0], "a");
    bool right = count == 1 && first > 0 && length <= config->letters * first;
    for (size_t k = 0; right && k < length; k++) {
        symbol[k] = (uint8_t)(k / first);
        right = words[0][k] == letter(config, symbol[k]);
    }
    sequence->length = (uint32_t)length;
    return right ? RS_OK : rs_built_in_refuse(config, error);
}

const rs_built_in rs_task_counting = {.describe = describe,
                                      .prepare = prepare,
                                      .draw_length = draw_length,
                                      .draw = draw,
                                      .answer = answer,
                                      .letter = letter,
                                      .read = read,
                                      .asked =
                                          "a string such as aaabbbccc, or the beginning of one"};
