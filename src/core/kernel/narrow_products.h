/* Where lanes are samples, sums of products in tiles of registers. Each element is one chain of
 * multiply-adds in the order of the inner index, so tiles do not show in the bits. Distances are in
 * numbers of type real. */
#ifndef RS_NARROW_PRODUCTS_H
#define RS_NARROW_PRODUCTS_H

#include "narrow.h"

#ifdef RS_LANES_ARE_RUNS
#include "sum_ends.h"
#endif

/* Where lanes are runs, each lane has weights of its own: weight i is the machine vector i of an
 * array. Else it is one number for all lanes. */
#ifdef RS_LANES_ARE_RUNS
enum { WEIGHT = RS_VECTOR_LANES, PRODUCT_ROWS = TILE_STATES > 1 ? 8 : 1 };
#else
enum { WEIGHT = 1, PRODUCT_ROWS = TILE_STATES };
#endif

RS_INLINE vreal weight_at(const real *weights, ptrdiff_t i)
{
#ifdef RS_LANES_ARE_RUNS
    return v_load(weights + i * WEIGHT);
#else
    return v_set1(weights[i]);
#endif
}

/* Where lanes are runs, sums are complete after one pass, and what is in their place does not
 * count.
 */
RS_INLINE vreal begin_sum(const vreal *to)
{
#ifdef RS_LANES_ARE_RUNS
    (void)to;
    return v_set1(0);
#else
    return *to;
#endif
}

/* A function of this file is inlined where the shape of a network is constant, and compiled once
 * where it is not. */
#ifdef RS_CELL
#define RS_BY_SHAPE RS_INLINE
#else
#define RS_BY_SHAPE static __attribute__((noinline))
#endif

/* ---- Products: states and weights
 * ----------------------------------------------------------------
 */

/* What the sums begin with: what is in `to`, 0, bias[row], or bias[row][code of the lane]. */
enum product_start { FROM_THERE, FROM_ZERO, FROM_BIAS, FROM_CODES };

/* to[r][v] = start + sum over i < depth of x[i][v] w[r][i] */
typedef struct product {
    ptrdiff_t rows, depth, vectors;
    const real *x;
    ptrdiff_t x_row, x_vector; /* from i to i + 1, and from v to v + 1 */
    const real *w;
    ptrdiff_t w_row, w_depth; /* in weights, from r to r + 1, and from i to i + 1 */
    vreal *to;                /* [rows][vectors] */
    enum product_start start;
    const real *bias;
    const uint8_t *code;
} product;

/* Of RT rows from r0 and VT vectors. */
RS_INLINE void product_begin(const product *p, ptrdiff_t r0, const ptrdiff_t RT, ptrdiff_t v,
                             const ptrdiff_t VT, const vcode code[TILE_VECTORS],
                             vreal sum[PRODUCT_ROWS][TILE_VECTORS])
{
#define FOR_TILE(value)                    \
    RS_UNROLL                              \
    for (ptrdiff_t r = 0; r < RT; r++) {   \
        RS_UNROLL                          \
        for (ptrdiff_t t = 0; t < VT; t++) \
            sum[r][t] = (value);           \
    }
    switch (p->start) {
    case FROM_THERE:
        FOR_TILE(p->to[(r0 + r) * p->vectors + v + t])
        break;
    case FROM_ZERO:
        FOR_TILE(v_set1(0))
        break;
    case FROM_BIAS:
        FOR_TILE(weight_at(p->bias, r0 + r))
        break;
    default: /* FROM_CODES */
        FOR_TILE(v_lookup4(p->bias + 4 * (r0 + r), code[t]))
        break;
    }
#undef FOR_TILE
}

RS_INLINE void product_tile(const product *p, ptrdiff_t r0, const ptrdiff_t RT, ptrdiff_t v,
                            const ptrdiff_t VT, const vcode code[TILE_VECTORS])
{
    vreal sum[PRODUCT_ROWS][TILE_VECTORS], x[TILE_VECTORS];
    const real *from = p->x + v * p->x_vector, *w = p->w + r0 * p->w_row * WEIGHT;
    product_begin(p, r0, RT, v, VT, code, sum);
    for (ptrdiff_t i = 0; i < p->depth; i++) {
        RS_UNROLL
        for (ptrdiff_t t = 0; t < VT; t++)
            x[t] = v_load(from + i * p->x_row + t * p->x_vector);
        RS_UNROLL
        for (ptrdiff_t r = 0; r < RT; r++) {
            RS_UNROLL
            for (ptrdiff_t t = 0; t < VT; t++)
                sum[r][t] = v_fma(x[t], weight_at(w, r * p->w_row + i * p->w_depth), sum[r][t]);
        }
    }
    RS_UNROLL
    for (ptrdiff_t r = 0; r < RT; r++) {
        RS_UNROLL
        for (ptrdiff_t t = 0; t < VT; t++)
            p->to[(r0 + r) * p->vectors + v + t] = sum[r][t];
    }
}

RS_INLINE void product_vectors(const product *p, ptrdiff_t v, const ptrdiff_t VT)
{
    static const uint8_t none[TILE_VECTORS * RS_LOGICAL_LANES] = {0};
    const uint8_t *codes = p->start == FROM_CODES ? p->code + v * RS_LOGICAL_LANES : none;
    vcode code[TILE_VECTORS];
    RS_UNROLL
    for (ptrdiff_t t = 0; t < VT; t++)
        code[t] = v_codes(codes + t * RS_LOGICAL_LANES);
    ptrdiff_t begin = 0;
    if ((int)PRODUCT_ROWS > (int)TILE_STATES && VT == 1) /* more rows hide the latency */
        for (; begin + PRODUCT_ROWS <= p->rows; begin += PRODUCT_ROWS)
            product_tile(p, begin, PRODUCT_ROWS, v, VT, code);
#define TILE(r0, RT) product_tile(p, begin + (r0), RT, v, VT, code)
    RS_FOR_TILES(p->rows - begin, TILE_STATES, TILE);
#undef TILE
}

/* VECTORS: the most vectors of a tile. */
RS_BY_SHAPE void multiply(const product *of, const ptrdiff_t VECTORS)
{
    const product p = *of;
#define TILE(v, VT) product_vectors(&p, v, VT)
    RS_FOR_TILES(p.vectors, VECTORS, TILE);
#undef TILE
}

/* ---- Sums over steps and vectors, per lane -----------------------------------------------------
 */

/* to[i][j] += sum over k and v of x[k][i][v] y[k][j][v] */
typedef struct step_sums {
    ptrdiff_t rows, columns, steps, vectors;
    const real *x;
    ptrdiff_t x_step, x_row, x_vector;
    const real *y;
    ptrdiff_t y_step, y_row;
    vreal *to; /* [rows][to_row], RS_PARTS apart */
    ptrdiff_t to_row;
    struct sum_ends *ends; /* where lanes are runs */
} step_sums;

RS_INLINE void sum_tile(const step_sums *s, ptrdiff_t i0, const ptrdiff_t IT, ptrdiff_t j0,
                        const ptrdiff_t JT)
{
    vreal sum[TILE_STATES][TILE_SUMS];
    vreal *to = s->to + (i0 * s->to_row + j0) * RS_PARTS;
    RS_UNROLL
    for (ptrdiff_t i = 0; i < IT; i++) {
        RS_UNROLL
        for (ptrdiff_t j = 0; j < JT; j++)
            sum[i][j] = begin_sum(&to[(i * s->to_row + j) * RS_PARTS]);
    }
    for (ptrdiff_t k = 0; k < s->steps; k++) {
        const real *x = s->x + k * s->x_step + i0 * s->x_row;
        const real *y = s->y + k * s->y_step + j0 * s->y_row;
        for (ptrdiff_t v = 0; v < s->vectors; v++) {
            vreal yv[TILE_SUMS];
            RS_UNROLL
            for (ptrdiff_t j = 0; j < JT; j++)
                yv[j] = v_load(y + j * s->y_row + v * RS_VECTOR_LANES);
            RS_UNROLL
            for (ptrdiff_t i = 0; i < IT; i++) {
                const vreal xv = v_load(x + i * s->x_row + v * s->x_vector);
                RS_UNROLL
                for (ptrdiff_t j = 0; j < JT; j++)
                    sum[i][j] = v_fma(xv, yv[j], sum[i][j]);
            }
        }
    }
    RS_UNROLL
    for (ptrdiff_t i = 0; i < IT; i++) {
        RS_UNROLL
        for (ptrdiff_t j = 0; j < JT; j++)
            to[(i * s->to_row + j) * RS_PARTS] = sum[i][j];
    }
#ifdef RS_LANES_ARE_RUNS
    s->ends->take(s->ends, to, IT, JT, s->to_row);
#endif
}

RS_INLINE void sum_rows(const step_sums *s, ptrdiff_t i0, const ptrdiff_t IT)
{
#define TILE(j0, JT) sum_tile(s, i0, IT, j0, JT)
    RS_FOR_TILES(s->columns, TILE_SUMS, TILE);
#undef TILE
}

RS_BY_SHAPE void add_step_sums(const step_sums *of)
{
    const step_sums s = *of;
#define TILE(i0, IT) sum_rows(&s, i0, IT)
    RS_FOR_TILES(s.rows, TILE_STATES, TILE);
#undef TILE
}

#ifdef RS_LANES_ARE_RUNS
/* The same of one vector. */
RS_BY_SHAPE void add_step_sums_of_one(const step_sums *of)
{
    step_sums s = *of;
    s.vectors = 1;
#define TILE(i0, IT) sum_rows(&s, i0, IT)
    RS_FOR_TILES(s.rows, TILE_STATES, TILE);
#undef TILE
}

RS_INLINE void add_step_sums_few(const step_sums *s)
{
    if (s->vectors == 1)
        add_step_sums_of_one(s);
    else
        add_step_sums(s);
}
#define add_step_sums add_step_sums_few

/* Of one vector, as there is in batches of one: without a call, what is constant of a product stays
 * so. */
RS_INLINE void multiply_few(const product *p, const ptrdiff_t VECTORS)
{
    if (p->vectors == 1)
        product_vectors(p, 0, 1);
    else
        multiply(p, VECTORS);
}
#define multiply multiply_few
#endif

#endif
