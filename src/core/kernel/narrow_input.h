/* Where lanes are samples, the inputs of a step, and the gradients of W_in and the biases. Those of
 * the addition task are two bits of a byte, so that x W_in + b is one of four numbers for each
 * activation; those of sequences of any kind are reals. */
#ifndef RS_NARROW_INPUT_H
#define RS_NARROW_INPUT_H

#include "narrow_products.h"
#include "narrow_symbols.h"

/* ---- Forward, of sequences of any kind ---------------------------------------------------------
 */

/* Where lanes are runs, symbols come as numbers 0 and 1. */
RS_INLINE bool has_symbols(const narrow *n)
{
#ifdef RS_LANES_ARE_RUNS
    (void)n;
    return false;
#else
    return n->symbol != NULL;
#endif
}

static __attribute__((noinline)) void look_up_inputs(const narrow *n, const cell_shape z,
                                                     ptrdiff_t k, vreal *a)
{
    const ptrdiff_t H = z.states, parts = z.apart < 0 ? 1 : z.gates;
    for (ptrdiff_t g = 0; g < parts; g++)
        look_up_rows(n, k, n->w_in_scaled + g * H, symbol_row(z), z.apart < 0 ? z.gates * H : H,
                     a + input_column(z, g) * H * n->vectors);
}

static __attribute__((noinline)) void sum_symbols(const narrow *n, const cell_shape z)
{
    const ptrdiff_t H = z.states, V = n->vectors, parts = z.apart < 0 ? 1 : z.gates;
    for (ptrdiff_t k = 0; k < n->steps; k++)
        for (ptrdiff_t g = 0; g < parts; g++)
            add_rows(n, k, n->delta + (k * z.columns + input_column(z, g)) * H * V,
                     z.apart < 0 ? z.gates * H : H, symbol_row(z), n->symbol_sums + g * H);
}

RS_INLINE void multiply_inputs(const narrow *n, const cell_shape z, ptrdiff_t k, vreal *a)
{
    const ptrdiff_t H = z.states, V = n->vectors;
    const ptrdiff_t parts = z.apart < 0 ? 1 : z.gates, rows = z.apart < 0 ? z.gates * H : H;
    for (ptrdiff_t g = 0; g < parts; g++) {
        const product p = {.rows = rows,
                           .depth = n->inputs,
                           .vectors = V,
                           .x = n->x + k * n->inputs * n->stride,
                           .x_row = n->stride,
                           .x_vector = RS_LOGICAL_LANES,
                           .w = n->w_in_scaled + g * H * WEIGHT,
                           .w_row = 1,
                           .w_depth = z.gates * H,
                           .to = a + input_column(z, g) * H * V,
                           .start = FROM_BIAS,
                           .bias = n->bias + g * H * WEIGHT};
        multiply(&p, TILE_VECTORS);
    }
}

/* x W_in + b, scaled, of step k, as the activations begin; of an apart gate in the column of its
 * delta. */
RS_INLINE void prepare_inputs(const narrow *n, const cell_shape z, ptrdiff_t k, vreal *a)
{
    const ptrdiff_t H = z.states, V = n->vectors;
    if (has_symbols(n))
        look_up_inputs(n, z, k, a);
    else
        multiply_inputs(n, z, k, a);
    for (ptrdiff_t h = 0; z.apart >= 0 && h < H; h++)
        for (ptrdiff_t v = 0; v < V; v++)
            a[(z.apart * H + h) * V + v] = weight_at(n->apart_bias, h);
}

/* What is carried on is 0 past a sequence's end, so that it cannot run off where nothing counts. */
RS_INLINE void end_sequences(const narrow *n, const cell_shape z, ptrdiff_t k, vreal *s)
{
    for (ptrdiff_t v = 0; n->is_ragged && v < n->vectors; v++) {
        const vreal lasts =
            v_greater(v_load(n->length + v * RS_LOGICAL_LANES), v_set1((real)(n->before + k)));
        for (ptrdiff_t h = 0; h < z.carried * z.states; h++)
            s[h * n->vectors + v] = v_and(s[h * n->vectors + v], lasts);
    }
}

enum { COLUMN_TILE = 4 }; /* columns that are added up side by side, which hides the latency */

/* ---- Gradients ---------------------------------------------------------------------------------
 */

/* The inputs of one step and vector of the addition task as their gradients need them. */
typedef struct input_bits {
    vreal x0, x1;
} input_bits;

RS_INLINE input_bits input_bits_of(vcode code)
{
    const vreal one = v_set1(1);
    return (input_bits){v_and(v_code_mask(code, 0), one), v_and(v_code_mask(code, 1), one)};
}

/* Of JT columns of W_in from j0 of the addition task, whose deltas are those from column d0: the
 * gradients of W_in and b_in; and with_outputs, as the columns are those of states, of W_out: sum
 * of s_{k+1}[j] error_k. */
RS_INLINE void sum_bits_tile(const narrow *n, const cell_shape z, ptrdiff_t j0, ptrdiff_t d0,
                             const ptrdiff_t JT, const bool with_outputs, const narrow_sums *sums)
{
    const ptrdiff_t V = n->vectors, H = z.states, J = z.gates * H;
    vreal w0[TILE_VECTORS], w1[TILE_VECTORS], b[TILE_VECTORS], out[TILE_VECTORS];
    RS_UNROLL
    for (ptrdiff_t j = 0; j < JT; j++) {
        w0[j] = sums->w_in[(j0 + j) * RS_PARTS];
        w1[j] = sums->w_in[(J + j0 + j) * RS_PARTS];
        b[j] = sums->b[(d0 + j) * RS_PARTS];
        out[j] = with_outputs ? sums->w_out[(j0 + j) * RS_PARTS] : v_set1(0);
    }
    for (ptrdiff_t k = 0; k < n->steps; k++) {
        const vreal *d = n->delta + (k * z.columns * H + d0) * V;
        const vreal *s = n->state + ((k + 1) * z.carried * H + j0) * V;
        for (ptrdiff_t v = 0; v < V; v++) {
            const input_bits x = input_bits_of(codes_at(n, k, v));
            const vreal error = n->output[k * V + v];
            RS_UNROLL
            for (ptrdiff_t j = 0; j < JT; j++) {
                const vreal delta = d[j * V + v];
                w0[j] = v_fma(x.x0, delta, w0[j]);
                w1[j] = v_fma(x.x1, delta, w1[j]);
                b[j] = v_add(b[j], delta);
                if (with_outputs)
                    out[j] = v_fma(error, s[j * V + v], out[j]);
            }
        }
    }
    RS_UNROLL
    for (ptrdiff_t j = 0; j < JT; j++) {
        sums->w_in[(j0 + j) * RS_PARTS] = w0[j];
        sums->w_in[(J + j0 + j) * RS_PARTS] = w1[j];
        sums->b[(d0 + j) * RS_PARTS] = b[j];
        if (with_outputs)
            sums->w_out[(j0 + j) * RS_PARTS] = out[j];
    }
}

/* Sums of JT columns of the deltas over steps and vectors. */
RS_INLINE void sum_columns(const narrow *n, const cell_shape z, ptrdiff_t column,
                           const ptrdiff_t JT, vreal *b)
{
    const ptrdiff_t V = n->vectors, step = z.columns * z.states * V;
    const vreal *delta = n->delta + column * V;
    vreal sum[COLUMN_TILE];
    RS_UNROLL
    for (ptrdiff_t j = 0; j < JT; j++)
        sum[j] = begin_sum(&b[(column + j) * RS_PARTS]);
    for (ptrdiff_t k = 0; k < n->steps; k++)
        for (ptrdiff_t v = 0; v < V; v++) {
            RS_UNROLL
            for (ptrdiff_t j = 0; j < JT; j++)
                sum[j] = v_add(sum[j], delta[k * step + j * V + v]);
        }
    RS_UNROLL
    for (ptrdiff_t j = 0; j < JT; j++)
        b[(column + j) * RS_PARTS] = sum[j];
}

RS_INLINE void sum_bits(const narrow *n, const cell_shape z, const narrow_sums *sums)
{
    const ptrdiff_t H = z.states;
#define TILE(h, JT) sum_bits_tile(n, z, h, input_column(z, 0) * H + (h), JT, true, sums)
    RS_FOR_TILES(H, TILE_VECTORS, TILE);
#undef TILE
    for (ptrdiff_t g = 1; g < z.gates; g++) {
#define TILE(h, JT) sum_bits_tile(n, z, g *H + (h), input_column(z, g) * H + (h), JT, false, sums)
        RS_FOR_TILES(H, TILE_VECTORS, TILE);
#undef TILE
    }
    if (z.apart >= 0) {
#define TILE(h, JT) sum_columns(n, z, z.apart *H + (h), JT, sums->b)
        RS_FOR_TILES(H, COLUMN_TILE, TILE);
#undef TILE
    }
}

/* The gradient of W_in of sequences of any kind. */
RS_INLINE void sum_inputs(const narrow *n, const cell_shape z, const narrow_sums *sums)
{
    const ptrdiff_t V = n->vectors, H = z.states;
    const ptrdiff_t parts = z.apart < 0 ? 1 : z.gates, columns = z.apart < 0 ? z.gates * H : H;
    for (ptrdiff_t g = 0; g < parts; g++) {
        const step_sums w_in = {.rows = n->inputs,
                                .columns = columns,
                                .steps = n->steps,
                                .vectors = V,
                                .x = n->x,
                                .x_step = n->inputs * n->stride,
                                .x_row = n->stride,
                                .x_vector = RS_LOGICAL_LANES,
                                .y = (const real *)(n->delta + input_column(z, g) * H * V),
                                .y_step = z.columns * H * V * RS_VECTOR_LANES,
                                .y_row = V * RS_VECTOR_LANES,
                                .to = sums->w_in + g * H * RS_PARTS,
                                .to_row = z.gates * H,
                                .ends = n->ends};
        add_step_sums(&w_in);
    }
}

/* All gradients of this file of sequences of any kind. */
RS_INLINE void sum_reals(const narrow *n, const cell_shape z, const narrow_sums *sums)
{
    const ptrdiff_t V = n->vectors, H = z.states, O = n->outputs;
    if (has_symbols(n))
        sum_symbols(n, z);
    else
        sum_inputs(n, z, sums);
    const step_sums w_out = {.rows = H,
                             .columns = O,
                             .steps = n->steps,
                             .vectors = V,
                             .x = (const real *)(n->state + z.carried * H * V),
                             .x_step = z.carried * H * V * RS_VECTOR_LANES,
                             .x_row = V * RS_VECTOR_LANES,
                             .x_vector = RS_VECTOR_LANES,
                             .y = (const real *)n->output,
                             .y_step = O * V * RS_VECTOR_LANES,
                             .y_row = V * RS_VECTOR_LANES,
                             .to = sums->w_out,
                             .to_row = O,
                             .ends = n->ends};
    add_step_sums(&w_out);
#define TILE(column, JT) sum_columns(n, z, column, JT, sums->b)
    RS_FOR_TILES(z.deltas * H, COLUMN_TILE, TILE);
#undef TILE
}

#endif
