/* Where lanes are states, the products: tiles of registers, and the loops over them. */
#ifndef RS_WIDE_PRODUCTS_H
#define RS_WIDE_PRODUCTS_H

#include "wide.h"

/* Panels of W_rec: columns [G][P] of depth H, times the cell's scale; 0 past column H of a gate. */
static void pack_forward(const wide *w, const real *w_rec)
{
    const int G = w->gates, H = w->states;
    real *panels = w->w_rec;
    for (int g = 0; g < G; g++) {
        const real scale = w->cell->scale(g);
        for (int j0 = 0; j0 < w->padded; j0 += RS_LOGICAL_LANES)
            for (int i = 0; i < H; i++)
                for (int j = j0; j < j0 + RS_LOGICAL_LANES; j++)
                    *panels++ = j >= H ? 0 : scale * w_rec[(i * G + g) * H + j];
    }
}

/* Panels of W_rec transposed: columns [P] of depth [G][H]. */
static void pack_transposed(const wide *w, const real *w_rec)
{
    const int H = w->states, J = w->gates * H;
    real *panels = w->w_rec_t;
    for (int i0 = 0; i0 < w->padded; i0 += RS_LOGICAL_LANES)
        for (int j = 0; j < J; j++)
            for (int i = i0; i < i0 + RS_LOGICAL_LANES; i++)
                *panels++ = i >= H ? 0 : w_rec[i * J + j];
}

/* A tile: ROWS rows by VECTORS machine vectors, which are one or WIDE_PANELS panels side by side.
 */
typedef vreal wide_sums[WIDE_ROWS][WIDE_PANELS * RS_PARTS];

RS_INLINE void load_tile(const real *from, int stride, const int ROWS, const int VECTORS,
                         wide_sums sum)
{
    RS_UNROLL
    for (int r = 0; r < ROWS; r++) {
        RS_UNROLL
        for (int c = 0; c < VECTORS; c++)
            sum[r][c] = v_load(from + r * stride + c * RS_VECTOR_LANES);
    }
}

RS_INLINE void store_tile(real *to, int stride, const int ROWS, const int VECTORS, wide_sums sum)
{
    RS_UNROLL
    for (int r = 0; r < ROWS; r++) {
        RS_UNROLL
        for (int c = 0; c < VECTORS; c++)
            v_store(to + r * stride + c * RS_VECTOR_LANES, sum[r][c]);
    }
}

/* sum[r] += x[r] y, where x[r] is left[r * stride]. */
RS_INLINE void add_products(const real *left, int stride, const vreal *y, const int ROWS,
                            const int VECTORS, wide_sums sum)
{
    RS_UNROLL
    for (int r = 0; r < ROWS; r++) {
        vreal x = v_set1(left[r * stride]);
        RS_UNROLL
        for (int c = 0; c < VECTORS; c++)
            sum[r][c] = v_fma(x, y[c], sum[r][c]);
    }
}

/* sum[r] += left[r][0..depth) panels, for ROWS rows of that stride, whose numbers are `next` apart,
 * and panels of that height. */
RS_INLINE void multiply_tile(const real *left, int stride, const int next, const real *panels,
                             int height, int depth, const int ROWS, const int VECTORS,
                             wide_sums sum)
{
    for (int i = 0; i < depth; i++) {
        vreal weight[WIDE_PANELS * RS_PARTS];
        RS_UNROLL
        for (int c = 0; c < VECTORS; c++)
            weight[c] = v_load(panels + (c / RS_PARTS * height + i) * RS_LOGICAL_LANES +
                               c % RS_PARTS * RS_VECTOR_LANES);
        add_products(left + (ptrdiff_t)i * next, stride, weight, ROWS, VECTORS, sum);
    }
}

/* TILE(first row, ROWS, first panel, VECTORS) over `rows` and all panels. Rows are shared evenly by
 * the tiles, since a tile of few rows has too few sums to hide the latency of a multiply-add. */
#define FOR_WIDE_TILES(rows, panels, TILE)                            \
    do {                                                              \
        int panel = 0;                                                \
        for (; panel + WIDE_PANELS <= (panels); panel += WIDE_PANELS) \
            FOR_ROWS(rows, TILE, panel, WIDE_PANELS *RS_PARTS)        \
        for (; WIDE_PANELS > 2 && panel + 2 <= (panels); panel += 2)  \
            FOR_ROWS(rows, TILE, panel, 2 * RS_PARTS)                 \
        for (; WIDE_PANELS > 1 && panel < (panels); panel++)          \
            FOR_ROWS(rows, TILE, panel, RS_PARTS)                     \
    } while (0)
#define FOR_ROWS(rows, TILE, panel, VECTORS)                                                      \
    for (int tiles = ((rows) + WIDE_ROWS - 1) / WIDE_ROWS, tile = 0, row = 0, many; tile < tiles; \
         tile++, row += many) {                                                                   \
        many = (rows) / tiles + (tile < (rows) % tiles);                                          \
        switch (many) {                                                                           \
            ROWS_CASE(1, TILE, panel, VECTORS)                                                    \
            ROWS_CASE(2, TILE, panel, VECTORS)                                                    \
            ROWS_CASE(3, TILE, panel, VECTORS)                                                    \
            ROWS_CASE(4, TILE, panel, VECTORS)                                                    \
            ROWS_CASE(5, TILE, panel, VECTORS)                                                    \
            ROWS_CASE(6, TILE, panel, VECTORS)                                                    \
        }                                                                                         \
    }
#define ROWS_CASE(ROWS, TILE, panel, VECTORS) \
    case (ROWS):                              \
        if ((ROWS) <= WIDE_ROWS)              \
            TILE(row, ROWS, panel, VECTORS);  \
        break;

#endif
