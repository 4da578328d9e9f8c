/* Whether a string of two symbols is in one of Tomita's languages. Strings of both classes are
 * equally frequent as far as the language has them: a class is drawn, then strings until one is of
 * that class, at most 1000. */
#include "built_in.h"

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

/* The same for four steps at a time, the first symbol being the lowest bit of the index. */
enum { TOGETHER = 4 };
typedef struct four_steps {
    uint64_t next[1 << TOGETHER];
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

static inline uint64_t follow(const uint64_t *next, uint64_t state, uint32_t symbol)
{
    const uint64_t highest = 56;
    return next[symbol] >> state & highest;
}

/* Of every beginning. */
static void answer(const rs_run_config *config, const rs_sequence *sequence)
{
    const automaton grammar = grammars[config->grammar - 1];
    const uint8_t *symbol = sequence->inputs;
    uint8_t *target = sequence->targets;
    uint64_t state = 0;
    for (uint32_t k = 0; k < sequence->length; k++) {
        state = follow(grammar.next, state, symbol[k]);
        target[k] = grammar.accepts >> state & 1;
    }
}

static void prepare(const rs_run_config *config, void *scratch)
{
    const automaton grammar = grammars[config->grammar - 1];
    four_steps *four = scratch;
    for (uint32_t symbols = 0; symbols < 1 << TOGETHER; symbols++) {
        four->next[symbols] = 0;
        for (uint64_t begin = 0; begin < STATES_MOST * 8; begin += 8) {
            uint64_t state = begin;
            for (int k = 0; k < TOGETHER; k++)
                state = follow(grammar.next, state, symbols >> k & 1);
            four->next[symbols] |= state << begin;
        }
    }
}

/* Whether a string is in the language. */
static uint8_t belongs(const automaton *grammar, const four_steps *four, uint32_t length,
                       const uint8_t *symbol)
{
    uint64_t state = 0;
    uint32_t k = 0;
    for (; k + TOGETHER <= length; k += TOGETHER)
        state = follow(
            four->next, state,
            (uint32_t)(symbol[k] | symbol[k + 1] << 1 | symbol[k + 2] << 2 | symbol[k + 3] << 3));
    for (; k < length; k++)
        state = follow(grammar->next, state, symbol[k]);
    return grammar->accepts >> state & 1;
}

static void draw(const rs_run_config *config, rs_random *random, const rs_sequence *sequence)
{
    const automaton *grammar = &grammars[config->grammar - 1];
    const uint8_t class = (uint8_t)rs_random_below(random, 2);
    for (int i = 0; i < STRINGS_MOST; i++) {
        rs_random_bits(random, sequence->length, sequence->inputs);
        if (belongs(grammar, sequence->scratch, sequence->length, sequence->inputs) == class)
            return;
    }
}

const rs_built_in rs_task_tomita = {.describe = describe,
                                    .prepare = prepare,
                                    .draw = draw,
                                    .answer = answer,
                                    .asked = "a word of 0 and 1, such as 0110"};
