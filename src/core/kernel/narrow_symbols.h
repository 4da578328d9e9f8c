/* Where lanes are samples, inputs of which one is 1 and all others are 0. What x W_in + b is for
 * each of them stands in a table, whose rows are turned into the lanes of samples; and the deltas
 * of samples are turned into rows of sums for each lane and symbol. The bits are those of products
 * and sums with the same numbers, most of whose terms are 0. */
#ifndef RS_NARROW_SYMBOLS_H
#define RS_NARROW_SYMBOLS_H

#include <string.h>

#include "narrow.h"

/* With fewer inputs products take less time. */
enum { LOOK_UP_LEAST = 16 };

/* Squares of so many lanes and numbers are turned in registers. LACE: halves of two rows, from
 * number i on, shuffled into each other as a pack of cards is. */
#if defined(RS_ISA_NEON) && RS_REAL_BITS == 64
enum { SQUARE = 2, SQUARE_ROUNDS = 1 };
#define LACE(a, b, i) __builtin_shufflevector(a, b, (i), 2 + (i))
#else
enum { SQUARE = 4, SQUARE_ROUNDS = 2 };
#define LACE(a, b, i) __builtin_shufflevector(a, b, (i), 4 + (i), (i) + 1, 5 + (i))
#endif
typedef real square_row __attribute__((vector_size(SQUARE * sizeof(real))));
_Static_assert((int)RS_VECTOR_LANES % (int)SQUARE == 0, "lanes are whole squares");

RS_INLINE ptrdiff_t whole_squares(ptrdiff_t numbers)
{
    return (numbers + SQUARE - 1) / SQUARE * SQUARE;
}

/* Numbers of a row of the table, and of sums: [G][H], and what the squares of the last gate reach
 * past it. Beside an apart gate, each gate has squares of its own. */
RS_INLINE ptrdiff_t symbol_row(const cell_shape z)
{
    const ptrdiff_t H = z.states, before = z.apart < 0 ? 0 : (z.gates - 1) * H;
    return whole_squares(before + whole_squares(z.gates * H - before));
}

RS_INLINE void turn_square(square_row row[SQUARE])
{
    for (int round = 0; round < SQUARE_ROUNDS; round++) {
        square_row laced[SQUARE];
        for (int i = 0; i < SQUARE / 2; i++) {
            laced[2 * i] = LACE(row[i], row[i + SQUARE / 2], 0);
            laced[2 * i + 1] = LACE(row[i], row[i + SQUARE / 2], SQUARE / 2);
        }
        memcpy(row, laced, sizeof laced);
    }
}

RS_INLINE square_row load_row(const real *from)
{
    square_row row;
    memcpy(&row, from, sizeof row);
    return row;
}

/* The symbols of step k of the lanes of vector v. */
RS_INLINE const uint16_t *symbols_at(const narrow *n, ptrdiff_t k, ptrdiff_t v)
{
    return n->symbol + k * n->stride + v * RS_LOGICAL_LANES;
}

/* to[i][v] = table[symbol][i] for `rows` numbers of step k. */
RS_INLINE void look_up_rows(const narrow *n, ptrdiff_t k, const real *table, ptrdiff_t width,
                            ptrdiff_t rows, vreal *to)
{
    const ptrdiff_t next = n->vectors * RS_VECTOR_LANES;
    for (ptrdiff_t v = 0; v < n->vectors; v++)
        for (ptrdiff_t l = 0; l < RS_VECTOR_LANES; l += SQUARE) {
            const uint16_t *symbol = symbols_at(n, k, v) + l;
            real *lane = (real *)(to + v) + l;
            for (ptrdiff_t i = 0; i < rows; i += SQUARE) {
                square_row square[SQUARE];
                for (int s = 0; s < SQUARE; s++)
                    square[s] = load_row(table + symbol[s] * width + i);
                turn_square(square);
                for (ptrdiff_t s = 0; s < SQUARE && i + s < rows; s++)
                    memcpy(lane + (i + s) * next, &square[s], sizeof square[s]);
            }
        }
}

/* sum[lane][symbol][i] += y[i][v] for `rows` numbers of step k. */
RS_INLINE void add_rows(const narrow *n, ptrdiff_t k, const vreal *y, ptrdiff_t rows,
                        ptrdiff_t width, real *sum)
{
    const ptrdiff_t next = n->vectors * RS_VECTOR_LANES, apart = (n->inputs + 1) * width;
    for (ptrdiff_t v = 0; v < n->vectors; v++)
        for (ptrdiff_t l = 0; l < RS_VECTOR_LANES; l += SQUARE) {
            const uint16_t *symbol = symbols_at(n, k, v) + l;
            const real *lane = (const real *)(y + v) + l;
            for (ptrdiff_t i = 0; i < rows; i += SQUARE) {
                square_row square[SQUARE] = {{0}};
                for (ptrdiff_t s = 0; s < SQUARE && i + s < rows; s++)
                    square[s] = load_row(lane + (i + s) * next);
                turn_square(square);
                for (int s = 0; s < SQUARE; s++) {
                    real *to = sum + (l + s) * apart + symbol[s] * width + i;
                    const square_row total = load_row(to) + square[s];
                    memcpy(to, &total, sizeof total);
                }
            }
        }
}

#endif
