/* The place on a ring of five after steps on the spot (0), forward (1) and back (2). */
#include "built_in.h"

enum { PLACES = 5, MOVES = 3 };

static void describe(const rs_run_config *config, rs_task_shape *shape)
{
    (void)config;
    *shape = (rs_task_shape){.input_kind = RS_INPUT_SYMBOLS,
                             .target_kind = RS_TARGET_CLASSES,
                             .inputs = MOVES,
                             .outputs = PLACES,
                             .last = true};
}

static void draw(const rs_run_config *config, rs_random *random, const rs_sequence *sequence)
{
    (void)config;
    rs_random_symbols(random, MOVES, sequence->length, sequence->inputs);
}

static void answer(const rs_run_config *config, const rs_sequence *sequence)
{
    static const uint8_t ahead[MOVES] = {0, 1, PLACES - 1};
    const uint8_t *move = sequence->inputs;
    uint8_t *target = sequence->targets;
    uint32_t place = 0;
    (void)config;
    for (uint32_t k = 0; k < sequence->length; k++) {
        place += ahead[move[k]];
        place -= place >= PLACES ? PLACES : 0;
        target[k] = (uint8_t)place;
    }
}

static char letter(const rs_run_config *config, uint32_t symbol)
{
    (void)config;
    return "0+-"[symbol];
}

const rs_built_in rs_task_cycle_navigation = {.describe = describe,
                                              .draw = draw,
                                              .is_uniform = true,
                                              .answer = answer,
                                              .letter = letter,
                                              .asked = "a word of 0, + and -, such as 0++-"};
