#include "code_window.h"

#include <string.h>

enum { SIDE = 16 };
_Static_assert((int)SIDE == (int)RS_WINDOW_SAMPLES && (int)SIDE == (int)RS_GROUP_LANES_MOST,
               "a square is turned");

typedef uint8_t row __attribute__((vector_size(SIDE)));

uint32_t rs_code_window_most(uint32_t samples)
{
    return RS_WINDOW_SAMPLES / samples;
}

#define LACE(a, b, i)                                                                         \
    __builtin_shufflevector(a, b, (i), SIDE + (i), (i) + 1, SIDE + (i) + 1, (i) + 2,          \
                            SIDE + (i) + 2, (i) + 3, SIDE + (i) + 3, (i) + 4, SIDE + (i) + 4, \
                            (i) + 5, SIDE + (i) + 5, (i) + 6, SIDE + (i) + 6, (i) + 7,        \
                            SIDE + (i) + 7)

/* Four times the upper and the lower half are shuffled into each other as a pack of cards is. */
static void turn(row rows[SIDE])
{
    for (int round = 0; round < 4; round++) {
        row laced[SIDE];
        for (int i = 0; i < SIDE / 2; i++) {
            laced[2 * i] = LACE(rows[i], rows[i + SIDE / 2], 0);
            laced[2 * i + 1] = LACE(rows[i], rows[i + SIDE / 2], SIDE / 2);
        }
        memcpy(rows, laced, sizeof laced);
    }
}

void rs_code_window_fill(rs_code_window *window, size_t lanes, const rs_minibatch *first,
                         uint32_t count, uint32_t apart)
{
    const size_t samples = first->samples, steps = first->steps;
    for (size_t k = 0; k < steps; k++) {
        row rows[SIDE] = {{0}};
        for (size_t l = 0; l < lanes; l++)
            memcpy(&rows[l], first[l].code + k * first[l].stride, sizeof rows[l]);
        turn(rows);
        for (size_t i = 0; i < count; i++)
            for (size_t b = 0; b < samples; b++)
                memcpy(window->code + ((i * steps + k) * samples + b) * lanes, &rows[i * apart + b],
                       lanes);
    }
}
