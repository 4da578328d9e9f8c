/* Whether a string of two symbols is in one of Tomita's languages. Strings of both classes are
 * equally frequent as far as the language has them: a class is drawn, then strings until one is of
 * that class, at most 1000. */
#include "built_in.h"

#include <string.h>

enum { GRAMMARS = 7, STATES_MOST = 5, STRINGS_MOST = 1000 };

/* A deterministic automaton of at most five states, which starts in state 0. A state stands for
 * itself times eight: so many bits of next[symbol] to the right is the state that follows, and so
 * many bits of `accepts` to the right a 1 where it accepts. */
typedef struct automaton {
    uint64_t next[2], accepts;
} automaton;

#define STATES(a, b, c, d, e) \
    (UINT64_C(a) | UINT64_C(b) << 8 | UINT64_C(c) << 16 | UINT64_C(d) << 24 | UINT64_C(e) << 32)
#define NEXT(a, b, c, d, e) (8 * STATES(a, b, c, d, e))

static const automaton grammars[GRAMMARS] = {
    /* 1*: a 0 is wrong */
    {{NEXT(1, 1, 0, 0, 0), NEXT(0, 1, 0, 0, 0)}, STATES(1, 0, 0, 0, 0)},
    /* (10)*: after a 1; wrong */
    {{NEXT(2, 0, 2, 0, 0), NEXT(1, 2, 2, 0, 0)}, STATES(1, 0, 0, 0, 0)},
    /* no odd run of 0 after an odd run of 1, at once or later: in an odd run of 1; then in an odd
     * run of 0; then elsewhere; wrong */
    {{NEXT(0, 2, 3, 2, 4), NEXT(1, 0, 4, 3, 4)}, STATES(1, 1, 0, 1, 0)},
    /* no 000: after one 0; after two; wrong */
    {{NEXT(1, 2, 3, 3, 0), NEXT(0, 0, 0, 3, 0)}, STATES(1, 1, 1, 0, 0)},
    /* even numbers of 0 and of 1: odd 0; odd 1; both odd */
    {{NEXT(1, 0, 3, 2, 0), NEXT(2, 3, 0, 1, 0)}, STATES(1, 0, 0, 0, 0)},
    /* as many 0 as 1, modulo 3 */
    {{NEXT(1, 2, 0, 0, 0), NEXT(2, 0, 1, 0, 0)}, STATES(1, 0, 0, 0, 0)},
    /* 0*1*0*1*: in each part; wrong */
    {{NEXT(0, 2, 2, 4, 4), NEXT(1, 1, 3, 3, 4)}, STATES(1, 1, 1, 1, 0)},
};

/* The same for four steps at a time, the first symbol being the lowest bit of the index; and after
 * each of them, a byte with a 1 where it accepts, for the state that an automaton begins in. */
enum { TOGETHER = 4 };
typedef struct four_steps {
    uint64_t next[1 << TOGETHER];
    uint8_t accepts[STATES_MOST][1 << TOGETHER][TOGETHER];
} four_steps;

static void describe(const rs_run_config *config, rs_task_shape *shape)
{
    (void)config;
    *shape = (rs_task_shape){.input_kind = RS_INPUT_SYMBOLS,
                             .target_kind = RS_TARGET_CLASSES,
                             .inputs = 2,
                             .outputs = 2,
                             .last = true,
                             .scratch_bytes = sizeof(four_steps)};
}

/* A shift takes the lowest six bits alone, which are the state. */
static inline uint64_t follow(const uint64_t *next, uint64_t state, uint32_t symbol)
{
    return next[symbol] >> (state & 63);
}

static inline uint8_t accepts(const automaton *grammar, uint64_t state)
{
    return grammar->accepts >> (state & 63) & 1;
}

/* Of every beginning. */
static void answer(const rs_run_config *config, const rs_sequence *sequence)
{
    const automaton *grammar = &grammars[config->grammar - 1];
    const uint8_t *symbol = sequence->inputs;
    uint8_t *target = sequence->targets;
    uint64_t state = 0;
    for (uint32_t k = 0; k < sequence->length; k++) {
        state = follow(grammar->next, state, symbol[k]);
        target[k] = accepts(grammar, state);
    }
}

static void prepare(const rs_run_config *config, void *scratch)
{
    const automaton *grammar = &grammars[config->grammar - 1];
    four_steps *four = scratch;
    for (uint32_t symbols = 0; symbols < 1 << TOGETHER; symbols++) {
        four->next[symbols] = 0;
        for (uint64_t begin = 0; begin < STATES_MOST; begin++) {
            uint64_t state = 8 * begin;
            for (int k = 0; k < TOGETHER; k++) {
                state = follow(grammar->next, state, symbols >> k & 1);
                four->accepts[begin][symbols][k] = accepts(grammar, state);
            }
            four->next[symbols] |= (state & 63) << 8 * begin;
        }
    }
}

/* Four symbols as an index. */
static inline uint32_t four_at(const uint8_t *symbol)
{
    uint32_t bytes;
    memcpy(&bytes, symbol, sizeof bytes);
    return bytes * 0x01020408 >> 24;
}

/* Whether a string is in the language. */
static inline uint8_t belongs(const automaton *grammar, const four_steps *four, uint32_t length,
                              const uint8_t *symbol)
{
    uint64_t state = 0;
    uint32_t k = 0;
    for (; k + TOGETHER <= length; k += TOGETHER)
        state = follow(four->next, state, four_at(symbol + k));
    for (; k < length; k++)
        state = follow(grammar->next, state, symbol[k]);
    return accepts(grammar, state);
}

/* The same as `answer`. */
static inline void answer_fours(const automaton *grammar, const four_steps *four, uint32_t length,
                                const uint8_t *symbol, uint8_t *target)
{
    uint64_t state = 0;
    uint32_t k = 0;
    for (; k + TOGETHER <= length; k += TOGETHER) {
        const uint32_t symbols = four_at(symbol + k);
        memcpy(target + k, four->accepts[(state & 63) / 8][symbols], TOGETHER);
        state = follow(four->next, state, symbols);
    }
    for (; k < length; k++) {
        state = follow(grammar->next, state, symbol[k]);
        target[k] = accepts(grammar, state);
    }
}

/* The same of a string whose symbols are bits, the first one the lowest. */
static inline uint8_t belong(const automaton *grammar, const four_steps *four, uint32_t length,
                             uint64_t bits)
{
    uint64_t state = 0;
    uint32_t k = 0;
    for (; k + TOGETHER <= length; k += TOGETHER, bits >>= TOGETHER)
        state = follow(four->next, state, bits & ((1 << TOGETHER) - 1));
    for (; k < length; k++, bits >>= 1)
        state = follow(grammar->next, state, bits & 1);
    return accepts(grammar, state);
}

static inline void put_bits(uint32_t length, uint64_t bits, uint8_t *symbol)
{
    uint32_t k = 0;
    for (; k + TOGETHER <= length; k += TOGETHER, bits >>= TOGETHER) {
        const uint32_t bytes = (bits & ((1 << TOGETHER) - 1)) * 0x00204081 & 0x01010101;
        memcpy(symbol + k, &bytes, sizeof bytes);
    }
    for (; k < length; k++, bits >>= 1)
        symbol[k] = bits & 1;
}

/* Draws a string and returns whether it is in the language; puts it where it is to stay, which is
 * where it is of the class, or the last one. The lowest bits, where they are given, are those of
 * the words that are ready. */
static inline bool draw_string(const automaton *grammar, const four_steps *four, uint8_t class,
                               bool is_last, uint32_t length, rs_random *random, rs_low_bits *low,
                               uint8_t *symbol)
{
    if (low == NULL || length > RS_RANDOM_WORDS - random->next) {
        rs_random_bits(random, length, symbol);
        if (low != NULL)
            rs_random_low_bits(random, low);
        return belongs(grammar, four, length, symbol) == class;
    }
    const uint64_t bits = rs_low_bits_at(low, random->next);
    random->next += length;
    const bool is_right = belong(grammar, four, length, bits) == class;
    if (is_right || is_last)
        put_bits(length, bits, symbol);
    return is_right;
}

static void draw_many(const rs_run_config *config, rs_random *random, const rs_sequence *first,
                      uint32_t count)
{
    const automaton grammar = grammars[config->grammar - 1];
    const four_steps *four = first->scratch;
    const uint32_t length = first->length;
    uint8_t *symbol = first->inputs, *target = first->targets;
    const bool low_pay = length <= RS_LOW_BITS && (size_t)count * length > RS_LOW_BITS_PAY;
    rs_low_bits bits, *low = low_pay ? &bits : NULL;
    if (low_pay)
        rs_random_low_bits(random, low);
    for (; count > 0; count--, symbol += length, target += length) {
        const uint8_t class = rs_random_word(random) & 1;
        if (low_pay && random->next == 1)
            rs_random_low_bits(random, low);
        int strings = 0;
        bool is_right;
        do
            is_right = draw_string(&grammar, four, class, ++strings == STRINGS_MOST, length, random,
                                   low, symbol);
        while (!is_right && strings < STRINGS_MOST);
        answer_fours(&grammar, four, length, symbol, target);
    }
}

const rs_built_in rs_task_tomita = {.describe = describe,
                                    .prepare = prepare,
                                    .draw_many = draw_many,
                                    .answer = answer,
                                    .asked = "a word of 0 and 1, such as 0110"};
