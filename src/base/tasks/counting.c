/* Strings such as aaabbbccc: at each step, which symbols may come next. While the first letter
 * comes, it or the second may; then what must come, and after the last letter the end. */
#include "built_in.h"

#include <math.h>
#include <string.h>

static void describe(const rs_run_config *config, rs_task_shape *shape)
{
    *shape = (rs_task_shape){.input_kind = RS_INPUT_SYMBOLS,
                             .target_kind = RS_TARGET_BITS,
                             .inputs = config->letters,
                             .outputs = config->letters + 1,
                             .ragged = true,
                             .least_steps = config->letters};
}

/* ---- The count, beta-binomial in 1..N ----------------------------------------------------------
 */

/* The weights of the counts are built up by their ratios. They may leave the range of numbers:
 * where a weight is above 2^HIGH, it and the sum so far go down by that factor, which is exact. */
enum { HIGH = 512 };

typedef struct count_law {
    double left, alpha, beta; /* N - 1 */
    double k, weight, sum;
    int scaled; /* how often */
} count_law;

static count_law begin_law(const rs_run_config *config)
{
    return (count_law){.left = config->sequence_length / config->letters - 1,
                       .alpha = config->count_alpha,
                       .beta = config->count_beta,
                       .weight = 1,
                       .sum = 1};
}

static void advance(count_law *law)
{
    const double k = law->k, n = law->left;
    law->weight *= (n - k) * (k + law->alpha) / ((k + 1) * (n - 1 - k + law->beta));
    law->sum += law->weight;
    law->k++;
    if (law->weight > 0x1p512) {
        law->weight = ldexp(law->weight, -HIGH);
        law->sum = ldexp(law->sum, -HIGH);
        law->scaled++;
    }
}

/* The least count up to which the law's share is above one random number. */
static uint32_t draw_length(const rs_run_config *config, rs_random *random)
{
    count_law whole = begin_law(config), law = whole;
    while (whole.k < whole.left)
        advance(&whole);
    const double wanted = rs_random_unit(random) * whole.sum;
    while (law.k < law.left && !(law.sum > ldexp(wanted, HIGH * (whole.scaled - law.scaled))))
        advance(&law);
    return config->letters * (uint32_t)(law.k + 1);
}

/* ---- Strings -----------------------------------------------------------------------------------
 */

static void draw(const rs_run_config *config, rs_random *random, const rs_sequence *sequence)
{
    const uint32_t count = sequence->length / config->letters;
    uint8_t *symbol = sequence->inputs;
    (void)random;
    for (uint32_t letter = 0; letter < config->letters; letter++)
        memset(symbol + letter * count, (int)letter, count);
}

static void answer(const rs_run_config *config, const rs_sequence *sequence)
{
    const uint32_t letters = config->letters, outputs = letters + 1;
    const uint8_t *symbol = sequence->inputs;
    uint8_t *target = sequence->targets;
    uint32_t most = 0, open = 0; /* of the first letter; of the present one, still to come */
    memset(target, 0, (size_t)sequence->length * outputs);
    for (uint32_t k = 0; k < sequence->length; k++, target += outputs) {
        const uint32_t letter = symbol[k];
        if (letter == 0) {
            most++;
            target[0] = target[1] = 1;
            continue;
        }
        open = (k > 0 && symbol[k - 1] == letter ? open : most) - 1;
        target[open > 0 ? letter : letter + 1] = 1;
    }
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
                                      .draw_length = draw_length,
                                      .draw = draw,
                                      .answer = answer,
                                      .letter = letter,
                                      .read = read,
                                      .asked =
                                          "a string such as aaabbbccc, or the beginning of one"};
