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
                             .step = 2,
                             .scratch_bytes = (size_t)config->sequence_length + 1};
}

/* The scratch is a stack: ends[d] is what may close the bracket that is open at depth d, and
 * ends[0] is the end. Both functions do without branches on what is drawn, which nobody could
 * predict. */

/* Rows of targets in which every opening bracket may come. They are written in pieces of eight, of
 * which the last one reaches into the next rows. */
static void begin_rows(uint8_t *target, uint32_t pairs, size_t steps)
{
    enum { PIECE = 8, WIDEST = 24 };
    const size_t outputs = 2 * (size_t)pairs + 1;
    const size_t pieces = (outputs + PIECE - 1) / PIECE * PIECE;
    uint8_t row[WIDEST] = {0};
    memset(row, 1, pairs);
    for (; pieces == PIECE && steps * outputs >= PIECE; steps--, target += outputs)
        memcpy(target, row, PIECE);
    for (; steps * outputs >= pieces; steps--, target += outputs)
        for (size_t i = 0; i < outputs; i += PIECE)
            memcpy(target + i, row + i, PIECE);
    for (; steps > 0; steps--, target += outputs)
        memcpy(target, row, outputs);
}

/* The same of many rows: those that are there are copied, twice as many each time. */
static void begin_targets(uint8_t *target, uint32_t pairs, size_t steps)
{
    enum { FEW = 64 };
    const size_t first = steps < FEW ? steps : FEW, outputs = 2 * (size_t)pairs + 1;
    begin_rows(target, pairs, first);
    for (size_t made = first, more; made < steps; made += more) {
        more = made < steps - made ? made : steps - made;
        memcpy(target + made * outputs, target, more * outputs);
    }
}

/* Adds to them what may close, and the end. */
static void answer_begun(uint32_t pairs, const rs_sequence *sequence)
{
    const uint8_t *symbol = sequence->inputs;
    uint8_t *target = sequence->targets, *ends = sequence->scratch;
    uint32_t depth = 0;
    ends[0] = (uint8_t)(2 * pairs);
    for (uint32_t k = 0; k < sequence->length; k++, target += 2 * pairs + 1) {
        const uint32_t opens = (symbol[k] - pairs) >> 31; /* 1 where it is below `pairs` */
        ends[depth + 1] = (uint8_t)(pairs + symbol[k]);
        depth += 2 * opens - 1;
        target[ends[depth]] = 1;
    }
}

static void answer(const rs_run_config *config, const rs_sequence *sequence)
{
    begin_targets(sequence->targets, config->pairs, sequence->length);
    answer_begun(config->pairs, sequence);
}

/* The word at *next. `ready`: those of the whole sequence are, and none of them is rejected. */
static inline uint32_t word_at(bool ready, rs_random *random, uint32_t *next)
{
    return ready ? random->ready[*next] : rs_random_peek(random, next);
}

/* An open bracket at depth 0, a closing one when the rest must close, else a fair choice. With the
 * lowest bits of the words that are ready, what comes next hangs on them alone, many read together;
 * and targets that have been begun get what `answer_begun` gives them. */
static inline void draw_brackets(uint32_t pairs, bool ready, const rs_low_bits *low,
                                 rs_random *random, const rs_sequence *sequence)
{
    enum { STEPS = RS_LOW_BITS / 2 }; /* each takes at most two words */
    const uint32_t largest = pairs - 1, length = sequence->length;
    const uint32_t mask = largest > 0 ? UINT32_MAX >> __builtin_clz(largest) : 0;
    uint8_t *symbol = sequence->inputs, *ends = sequence->scratch, *target = sequence->targets;
    uint32_t next = random->next, depth = 0, closing = 2 * pairs;
    uint64_t coins = 0;
    ends[0] = (uint8_t)closing;
    for (uint32_t k = 0, read = 0; k < length; k++, read--) {
        if (low == NULL) {
            coins = word_at(ready, random, &next);
        } else if (read == 0) {
            coins = rs_low_bits_at(low, next);
            read = STEPS;
        }
        const uint32_t chooses = depth - 1 < length - k - 1; /* depth is at most what is left */
        const uint32_t opens = (depth == 0) | (chooses & (uint32_t)coins);
        const uint32_t takes = opens & (largest > 0);
        uint32_t kind;
        coins >>= chooses + takes;
        next += chooses;
        do { /* randint(0, pairs), which takes no word where there is one kind */
            kind = mask & word_at(ready, random, &next);
            next += takes;
        } while (!ready && (opens & (kind > largest)));
        symbol[k] = (uint8_t)(closing ^ ((closing ^ kind) & -opens)); /* opens ? kind : closing */
        ends[depth + 1] = (uint8_t)(pairs + kind);
        depth += 2 * opens - 1;
        closing = ends[depth];
        if (low != NULL)
            target[closing] = 1;
        target += 2 * pairs + 1;
    }
    random->next = next;
}

static bool rejects_none(uint32_t pairs)
{
    return (pairs & (pairs - 1)) == 0;
}

/* Whether the words that are ready suffice for a sequence: two for each step. */
static bool is_ready(const rs_random *random, uint32_t pairs, uint32_t length)
{
    return rejects_none(pairs) && length < (RS_RANDOM_WORDS - random->next) / 2;
}

static void draw_many(const rs_run_config *config, rs_random *random, const rs_sequence *first,
                      uint32_t count)
{
    const uint32_t pairs = config->pairs, length = first->length;
    const bool low_pay = rejects_none(pairs) && (size_t)count * length > RS_LOW_BITS_PAY;
    rs_sequence next = *first;
    rs_low_bits low;
    if (low_pay)
        rs_random_low_bits(random, &low);
    begin_targets(next.targets, pairs, (size_t)count * length);
    for (; count > 0; count--) {
        const bool ready = is_ready(random, pairs, length);
        if (ready && low_pay)
            draw_brackets(pairs, true, &low, random, &next);
        else if (ready)
            draw_brackets(pairs, true, NULL, random, &next);
        else
            draw_brackets(pairs, false, NULL, random, &next);
        if (!ready || !low_pay)
            answer_begun(pairs, &next);
        if (!ready && low_pay)
            rs_random_low_bits(random, &low);
        next.inputs = (uint8_t *)next.inputs + length;
        next.targets = (uint8_t *)next.targets + (size_t)length * (2 * pairs + 1);
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
    .draw_many = draw_many,
    .answer = answer,
    .letter = letter,
    .read = read,
    .asked =
        "balanced brackets of the kinds () [] {} <> Aa Bb Cc Dd, or their beginning, such as ([]("};
