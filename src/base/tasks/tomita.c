/* Whether a string of two symbols is in one of Tomita's languages. Strings of both classes are
 * equally frequent as far as the language has them: a class is drawn, then strings until one is of
 * that class, at most 1000. */
#include "built_in.h"

#include <string.h>

#include "vectorised.h"

enum { GRAMMARS = 7, STATES_MOST = 5, STRINGS_MOST = 1000 };

/* A deterministic automaton of at most five states, which starts in state 0. A state stands for
 * itself times eight, and for 64 more where it accepts: so many bits of next[symbol] to the right,
 * of which a shift takes the lowest six alone, is the state that follows. */
typedef struct automaton {
    uint64_t next[2];
} automaton;

enum { STATE_BITS = 0x7f };

/* The states that follow each one; `accepting` has a bit for each state. */
#define STATE(accepting, q) (UINT64_C(8) * (q) | (UINT64_C(accepting) >> (q)&1) << 6)
#define NEXT(accepting, a, b, c, d, e)                                            \
    (STATE(accepting, a) | STATE(accepting, b) << 8 | STATE(accepting, c) << 16 | \
     STATE(accepting, d) << 24 | STATE(accepting, e) << 32)

static const automaton grammars[GRAMMARS] = {
    /* 1*: a 0 is wrong */
    {{NEXT(0x01, 1, 1, 0, 0, 0), NEXT(0x01, 0, 1, 0, 0, 0)}},
    /* (10)*: after a 1; wrong */
    {{NEXT(0x01, 2, 0, 2, 0, 0), NEXT(0x01, 1, 2, 2, 0, 0)}},
    /* no odd run of 0 after an odd run of 1, at once or later: in an odd run of 1; then in an odd
     * run of 0; then elsewhere; wrong */
    {{NEXT(0x0b, 0, 2, 3, 2, 4), NEXT(0x0b, 1, 0, 4, 3, 4)}},
    /* no 000: after one 0; after two; wrong */
    {{NEXT(0x07, 1, 2, 3, 3, 0), NEXT(0x07, 0, 0, 0, 3, 0)}},
    /* even numbers of 0 and of 1: odd 0; odd 1; both odd */
    {{NEXT(0x01, 1, 0, 3, 2, 0), NEXT(0x01, 2, 3, 0, 1, 0)}},
    /* as many 0 as 1, modulo 3 */
    {{NEXT(0x01, 1, 2, 0, 0, 0), NEXT(0x01, 2, 0, 1, 0, 0)}},
    /* 0*1*0*1*: in each part; wrong */
    {{NEXT(0x0f, 0, 2, 2, 4, 4), NEXT(0x0f, 1, 1, 3, 3, 4)}},
};

/* The same for one step, four and eight at a time, the first symbol being the lowest bit of the
 * index; and after each of four, a byte with a 1 where it accepts, for the state that an automaton
 * begins in. */
enum { FOUR = 4, FOURS = 1 << FOUR, EIGHT = 8, EIGHTS = 1 << EIGHT };
typedef struct many_steps {
    uint64_t one[2], four[FOURS], eight[EIGHTS];
    bool has_eight; /* which pays for many strings alone */
    uint8_t accepts[STATES_MOST][FOURS][FOUR];
} many_steps;

static void describe(const rs_run_config *config, rs_task_shape *shape)
{
    (void)config;
    *shape = (rs_task_shape){.input_kind = RS_INPUT_SYMBOLS,
                             .target_kind = RS_TARGET_CLASSES,
                             .inputs = 2,
                             .outputs = 2,
                             .last = true,
                             .scratch_bytes = sizeof(many_steps)};
}

static inline uint64_t follow(const uint64_t *next, uint64_t state, uint64_t symbol)
{
    return next[symbol] >> (state & 63);
}

static inline uint8_t accepts(uint64_t state)
{
    return state >> 6 & 1;
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
        target[k] = accepts(state);
    }
}

static void prepare_fours(many_steps *steps)
{
    for (uint32_t symbols = 0; symbols < FOURS; symbols++) {
        steps->four[symbols] = 0;
        for (uint64_t begin = 0; begin < STATES_MOST; begin++) {
            uint64_t state = 8 * begin;
            for (int k = 0; k < FOUR; k++) {
                state = follow(steps->one, state, symbols >> k & 1);
                steps->accepts[begin][symbols][k] = accepts(state);
            }
            steps->four[symbols] |= (state & STATE_BITS) << 8 * begin;
        }
    }
}

RS_VECTORISED static void prepare_eights(many_steps *steps)
{
    const uint64_t *four = steps->four;
    for (uint32_t later = 0; later < FOURS; later++)
        for (uint32_t first = 0; first < FOURS; first++) {
            uint64_t next = 0;
            for (int begin = 0; begin < 8 * STATES_MOST; begin += 8)
                next |= (four[later] >> (four[first] >> begin & 63) & STATE_BITS) << begin;
            steps->eight[later * FOURS + first] = next;
        }
    steps->has_eight = true;
}

static void prepare(const rs_run_config *config, void *scratch)
{
    const automaton *grammar = &grammars[config->grammar - 1];
    many_steps *steps = scratch;
    memcpy(steps->one, grammar->next, sizeof steps->one);
    prepare_fours(steps);
    steps->has_eight = false;
}

/* ---- Strings of symbols -----------------------------------------------------------------------
 */

/* Four symbols as an index. */
static inline uint32_t four_at(const uint8_t *symbol)
{
    uint32_t bytes;
    memcpy(&bytes, symbol, sizeof bytes);
    return bytes * 0x01020408 >> 24;
}

/* Whether a string is in the language. */
static uint8_t belongs(const many_steps *steps, uint32_t length, const uint8_t *symbol)
{
    uint64_t state = 0;
    uint32_t k = 0;
    for (; k + FOUR <= length; k += FOUR)
        state = follow(steps->four, state, four_at(symbol + k));
    for (; k < length; k++)
        state = follow(steps->one, state, symbol[k]);
    return accepts(state);
}

/* The same as `answer`. */
static void answer_fours(const many_steps *steps, uint32_t length, const uint8_t *symbol,
                         uint8_t *target)
{
    uint64_t state = 0;
    uint32_t k = 0;
    for (; k + FOUR <= length; k += FOUR) {
        const uint32_t symbols = four_at(symbol + k);
        memcpy(target + k, steps->accepts[(state & 63) / 8][symbols], FOUR);
        state = follow(steps->four, state, symbols);
    }
    for (; k < length; k++) {
        state = follow(steps->one, state, symbol[k]);
        target[k] = accepts(state);
    }
}

/* Draws a string, and returns whether it stays, with its targets: where it is of the class, or the
 * last one. */
static bool draw_string(const many_steps *steps, uint8_t class, bool is_last, rs_random *random,
                        const rs_sequence *sequence)
{
    rs_random_bits(random, sequence->length, sequence->inputs);
    const bool stays = is_last || belongs(steps, sequence->length, sequence->inputs) == class;
    if (stays)
        answer_fours(steps, sequence->length, sequence->inputs, sequence->targets);
    return stays;
}

/* ---- Strings of the lowest bits of words that are ready, the first one the lowest --------------
 */

/* Strings that are looked at side by side. */
enum { STRINGS_AHEAD = 4 };
_Static_assert((STRINGS_AHEAD - 1) * RS_LOW_BITS / 8 + 1 + sizeof(uint64_t) <= RS_LOW_BITS_PAST,
               "strings that begin before the last word are read");

static inline void follow_all(const uint64_t *next, uint32_t symbols, uint64_t *bits,
                              uint64_t *state)
{
    for (int i = 0; i < STRINGS_AHEAD; i++) {
        state[i] = follow(next, state[i], bits[i] & ((1 << symbols) - 1));
        bits[i] >>= symbols;
    }
}

/* How many of STRINGS_AHEAD strings that follow each other, from number `at` on, are wrong before
 * the first of the class, which nobody could predict. */
static inline uint32_t count_wrong(const many_steps *steps, uint8_t class, uint32_t length,
                                   const rs_low_bits *low, uint32_t at)
{
    uint64_t bits[STRINGS_AHEAD], state[STRINGS_AHEAD] = {0};
    uint32_t right = class == 0 ? UINT32_MAX : 0, k = 0;
    for (int i = 0; i < STRINGS_AHEAD; i++, at += length)
        bits[i] = rs_low_bits_at(low, at);
    for (; k + EIGHT <= length; k += EIGHT)
        follow_all(steps->eight, EIGHT, bits, state);
    for (; k + FOUR <= length; k += FOUR)
        follow_all(steps->four, FOUR, bits, state);
    for (; k < length; k++)
        follow_all(steps->one, 1, bits, state);
    for (int i = 0; i < STRINGS_AHEAD; i++)
        right ^= (uint32_t)accepts(state[i]) << i;
    return (uint32_t)__builtin_ctz(right | 1 << STRINGS_AHEAD);
}

/* A string with its targets. */
static inline void put_string(const many_steps *steps, uint64_t bits, const rs_sequence *sequence)
{
    const uint32_t length = sequence->length;
    uint8_t *symbol = sequence->inputs, *target = sequence->targets;
    uint64_t state = 0;
    uint32_t k = 0;
    for (; k + FOUR <= length; k += FOUR, bits >>= FOUR) {
        const uint32_t symbols = bits & (FOURS - 1), bytes = symbols * 0x00204081 & 0x01010101;
        memcpy(symbol + k, &bytes, FOUR);
        memcpy(target + k, steps->accepts[(state & 63) / 8][symbols], FOUR);
        state = follow(steps->four, state, symbols);
    }
    for (; k < length; k++, bits >>= 1) {
        symbol[k] = bits & 1;
        state = follow(steps->one, state, bits & 1);
        target[k] = accepts(state);
    }
}

/* Draws strings until one stays that is of the class. False: there is none among those whose words
 * are all ready, the last one aside. *wrong are those that did not stay. */
static inline bool draw_ready(const many_steps *steps, uint8_t class, uint32_t *wrong,
                              rs_random *random, const rs_low_bits *low,
                              const rs_sequence *sequence)
{
    const uint32_t length = sequence->length;
    while (*wrong + STRINGS_AHEAD < STRINGS_MOST) {
        const uint32_t ready = RS_RANDOM_WORDS - random->next;
        const uint32_t whole = ready < STRINGS_AHEAD * length ? ready / length : STRINGS_AHEAD;
        const uint32_t here = count_wrong(steps, class, length, low, random->next);
        if (here < whole) {
            random->next += here * length;
            put_string(steps, rs_low_bits_at(low, random->next), sequence);
            random->next += length;
            return true;
        }
        random->next += whole * length;
        *wrong += whole;
        if (whole < STRINGS_AHEAD)
            return false;
    }
    return false;
}

static void draw_many(const rs_run_config *config, rs_random *random, const rs_sequence *first,
                      uint32_t count)
{
    many_steps *steps = first->scratch;
    const uint32_t length = first->length;
    const bool low_pay = length <= RS_LOW_BITS && (size_t)count * length > RS_LOW_BITS_PAY;
    rs_sequence next = *first;
    rs_low_bits low;
    (void)config;
    if (low_pay && !steps->has_eight)
        prepare_eights(steps);
    if (low_pay)
        rs_random_low_bits(random, &low);
    for (; count > 0; count--) {
        const uint8_t class = rs_random_word(random) & 1;
        if (low_pay && random->next == 1)
            rs_random_low_bits(random, &low);
        uint32_t wrong = 0;
        while (!(low_pay && draw_ready(steps, class, &wrong, random, &low, &next))) {
            const bool stays = draw_string(steps, class, ++wrong == STRINGS_MOST, random, &next);
            if (low_pay && random->next <= length)
                rs_random_low_bits(random, &low);
            if (stays)
                break;
        }
        next.inputs = (uint8_t *)next.inputs + length;
        next.targets = (uint8_t *)next.targets + length;
    }
}

const rs_built_in rs_task_tomita = {.describe = describe,
                                    .prepare = prepare,
                                    .draw_many = draw_many,
                                    .answer = answer,
                                    .asked = "a word of 0 and 1, such as 0110"};
