/* Sixteen rows of sixteen bytes, turned. */
#ifndef RS_TURN_H
#define RS_TURN_H

#include <stdint.h>
#include <string.h>

enum { RS_TURNED = 16 };

typedef uint8_t rs_byte_row __attribute__((vector_size(RS_TURNED)));

/* Halves of a and b, from number i on, shuffled into each other as a pack of cards is. */
#define RS_LACE(a, b, i)                                                                        \
    __builtin_shufflevector(a, b, (i), 16 + (i), (i) + 1, 17 + (i), (i) + 2, 18 + (i), (i) + 3, \
                            19 + (i), (i) + 4, 20 + (i), (i) + 5, 21 + (i), (i) + 6, 22 + (i),  \
                            (i) + 7, 23 + (i))

/* Four times the upper and the lower eight rows. */
static inline void rs_turn_bytes(rs_byte_row rows[RS_TURNED])
{
    for (int round = 0; round < 4; round++) {
        rs_byte_row laced[RS_TURNED];
        for (size_t i = 0; i < RS_TURNED / 2; i++) {
            laced[2 * i] = RS_LACE(rows[i], rows[i + RS_TURNED / 2], 0);
            laced[2 * i + 1] = RS_LACE(rows[i], rows[i + RS_TURNED / 2], RS_TURNED / 2);
        }
        memcpy(rows, laced, sizeof laced);
    }
}

#endif
