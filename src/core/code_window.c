#include "code_window.h"

#include "turn.h"

_Static_assert((int)RS_TURNED == (int)RS_WINDOW_SAMPLES &&
                   (int)RS_TURNED == (int)RS_GROUP_LANES_MOST,
               "a square is turned");

uint32_t rs_code_window_most(uint32_t samples)
{
    return RS_WINDOW_SAMPLES / samples;
}

/* A sample's codes of one step; lanes: 16, or half of them. */
static inline void put(uint8_t *to, const rs_byte_row *row, size_t lanes)
{
    if (lanes == RS_TURNED)
        memcpy(to, row, RS_TURNED);
    else
        memcpy(to, row, RS_TURNED / 2);
}

void rs_code_window_fill(rs_code_window *window, size_t lanes, const rs_minibatch *first,
                         uint32_t count, uint32_t apart)
{
    const size_t samples = first->samples, steps = first->steps;
    for (size_t k = 0; k < steps; k++) {
        rs_byte_row rows[RS_TURNED] = {{0}};
        for (size_t l = 0; l < lanes; l++)
            memcpy(&rows[l], first[l].code + k * first[l].stride, sizeof rows[l]);
        rs_turn_bytes(rows);
        for (size_t i = 0; i < count; i++)
            for (size_t b = 0; b < samples; b++)
                put(window->code + ((i * steps + k) * samples + b) * lanes, &rows[i * apart + b],
                    lanes);
    }
}
