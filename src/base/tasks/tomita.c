/* Whether a string of two symbols is in one of Tomita's languages. Strings of both classes are
 * equally frequent as far as the language has them: a class is drawn, then strings until one is of
 * that class, at most 1000. */
#include "built_in.h"

enum { GRAMMARS = 7, STATES = 5, STRINGS_MOST = 1000 };

/* A deterministic automaton that starts in its state 0. */
typedef struct automaton {
    uint8_t next[STATES][2], accepts[STATES];
} automaton;

static const automaton grammars[GRAMMARS] = {
    /* 1*: a 0 is wrong */
    {{{1, 0}, {1, 1}}, {1, 0}},
    /* (10)*: after a 1; wrong */
    {{{2, 1}, {0, 2}, {2, 2}}, {1, 0, 0}},
    /* no odd run of 0 after an odd run of 1, at once or later: in an odd run of 1; then in an odd
     * run of 0; then elsewhere; wrong */
    {{{0, 1}, {2, 0}, {3, 4}, {2, 3}, {4, 4}}, {1, 1, 0, 1, 0}},
    /* no 000: after one 0; after two; wrong */
    {{{1, 0}, {2, 0}, {3, 0}, {3, 3}}, {1, 1, 1, 0}},
    /* even numbers of 0 and of 1: odd 0; odd 1; both odd */
    {{{1, 2}, {0, 3}, {3, 0}, {2, 1}}, {1, 0, 0, 0}},
    /* as many 0 as 1, modulo 3 */
    {{{1, 2}, {2, 0}, {0, 1}}, {1, 0, 0}},
    /* 0*1*0*1*: in each part; wrong */
    {{{0, 1}, {2, 1}, {2, 3}, {4, 3}, {4, 4}}, {1, 1, 1, 1, 0}},
};

static void describe(const rs_run_config *config, rs_task_shape *shape)
{
    (void)config;
    *shape = (rs_task_shape){.input_kind = RS_INPUT_SYMBOLS,
                             .target_kind = RS_TARGET_CLASSES,
                             .inputs = 2,
                             .outputs = 2,
                             .last = true};
}

/* Of every beginning. */
static void answer(const rs_run_config *config, const rs_sequence *sequence)
{
    const automaton *grammar = &grammars[config->grammar - 1];
    const uint8_t *symbol = sequence->inputs;
    uint8_t *target = sequence->targets, state = 0;
    for (uint32_t k = 0; k < sequence->length; k++) {
        state = grammar->next[state][symbol[k]];
        target[k] = grammar->accepts[state];
    }
}

static void draw(const rs_run_config *config, rs_random *random, const rs_sequence *sequence)
{
    const uint8_t class = (uint8_t)rs_random_below(random, 2);
    const uint8_t *target = sequence->targets;
    for (int i = 0; i < STRINGS_MOST; i++) {
        rs_random_bits(random, sequence->length, sequence->inputs);
        answer(config, sequence);
        if (target[sequence->length - 1] == class)
            return;
    }
}

const rs_built_in rs_task_tomita = {.describe = describe,
                                    .draw = draw,
                                    .answer = answer,
                                    .asked = "a word of 0 and 1, such as 0110"};
