/* Wide kernels over a minibatch of sequences of any kind: chunks of samples, whose inputs are
 * products like those of the states, and whose outputs are judged by narrow_sequences.h, where a
 * lane is a sample. No steps are shared. */
#ifndef RS_WIDE_SEQUENCES_H
#define RS_WIDE_SEQUENCES_H

#include "narrow_sequences.h"
#include "wide_batch.h"

typedef struct wide_sequences {
    wide w;      /* its tree is a root alone: what is carried into the first step */
    narrow head; /* a step as narrow_sequences.h reads it, of the chunk's first sample */
    int inputs, outputs;
    bool is_ragged;         /* of this chunk: some sequences have fewer steps */
    const real *x, *length; /* of the chunk's first sample, as `symbol` */
    const uint16_t *symbol; /* NULL: inputs are reals */
    uint8_t *no_code;       /* [chunk] of 0: all rows share row 0 of the sums of deltas */
    real *w_in;             /* [G] panels of W_in, depth I, times the cell's scale; of symbols
                               [I + 1][G][P]: x W_in + b of each, and of none */
    real *bias;             /* [G][P]: b_in + b_rec, scaled; of an apart gate b_in alone */
    real *apart_bias;       /* [P]: b_rec of an apart gate, scaled */
    real *apart;            /* [chunk][P]: x W_in + b_in of the apart gate */
    real *w_out;            /* [O][P] */
    real *w_out_t;          /* panels of all outputs but the first, depth O - 1 */
    const real *b_out;      /* [O] */
    real *error;            /* [chunk][O]: dloss/dz */
    real *g_w_in;           /* [I][G][P] */
    real *g_w_out;          /* [O][P] */
    vreal *g_b_out;         /* [O][RS_PARTS] */
} wide_sequences;

static size_t wide_sequences_layout(wide_sequences *q, void *memory, const rs_network *network,
                                    uint32_t samples, uint32_t steps, bool keeps_states)
{
    scratch s = {.base = memory};
    wide *w = &q->w;
    wide_shape(w, network, samples, steps, 0, RS_BLOCK_MULTIPLE);
    const size_t P = (size_t)w->padded, rows = (size_t)w->chunk, J = network->gates * P;
    const size_t I = network->inputs, O = network->outputs, V = rows / RS_VECTOR_LANES;
    const size_t apart = w->apart >= 0 ? P : 0;
    q->inputs = (int)I;
    q->outputs = (int)O;
    q->head = (narrow){.steps = 1,
                       .outputs = network->outputs,
                       .head = network->head,
                       .counted = scratch_take(&s, V * sizeof(vreal)),
                       .losses = scratch_take(&s, (keeps_states ? steps : 1) * V * sizeof(vreal)),
                       .last = scratch_take(&s, V * sizeof(vreal)),
                       .tally = scratch_take(&s, V * sizeof(tally)),
                       .output = scratch_take(&s, O * V * sizeof(vreal))};
    q->w_in = scratch_take(&s, (I + 1) * J * sizeof(real));
    q->bias = scratch_take(&s, J * sizeof(real));
    q->apart_bias = scratch_take(&s, apart * sizeof(real));
    q->apart = scratch_take(&s, rows * apart * sizeof(real));
    q->no_code = scratch_take(&s, rows);
    q->w_out = scratch_take(&s, O * P * sizeof(real));
    q->w_out_t = scratch_take(&s, O * P * sizeof(real));
    q->error = scratch_take(&s, O * rows * sizeof(real));
    q->g_w_in = scratch_take(&s, I * J * sizeof(real));
    q->g_w_out = scratch_take(&s, O * P * sizeof(real));
    q->g_b_out = scratch_take(&s, O * RS_PARTS * sizeof(vreal));
    w->g_input = scratch_take(&s, J * sizeof(real));
    w->w_out = q->w_out; /* the cell's loop takes the first output along */
    w->g_w_out = q->g_w_out;
    wide_states_layout(w, &s, keeps_states);
    return s.used;
}

/* ---- Before a call -----------------------------------------------------------------------------
 */

static void pack_biases(wide_sequences *q, const rs_network *network, const real *parameters)
{
    const int G = q->w.gates, H = q->w.states, P = q->w.padded;
    const real *b_in = parameters + network->tensor[RS_B_IN].offset;
    const real *b_rec = parameters + network->tensor[RS_B_REC].offset;
    for (int g = 0; g < G; g++) {
        const real scale = q->w.cell->scale(g);
        for (int j = 0; j < P; j++) {
            const int at = g * H + j;
            if (g == q->w.apart)
                q->apart_bias[j] = j >= H ? 0 : scale * b_rec[at];
            q->bias[g * P + j] =
                j >= H ? 0 : scale * (g == q->w.apart ? b_in[at] : b_in[at] + b_rec[at]);
        }
    }
}

static void pack_inputs(wide_sequences *q, const real *w_in)
{
    const int G = q->w.gates, H = q->w.states, P = q->w.padded, I = q->inputs;
    real *panels = q->w_in;
    for (int g = 0; g < G; g++) {
        const real scale = q->w.cell->scale(g);
        for (int j0 = 0; j0 < P; j0 += RS_LOGICAL_LANES)
            for (int i = 0; i < I; i++)
                for (int j = j0; j < j0 + RS_LOGICAL_LANES; j++)
                    *panels++ = j >= H ? 0 : scale * w_in[(i * G + g) * H + j];
    }
}

/* A row for each symbol: the sums that the panels would give, of which all terms but one are 0. */
static void tabulate_inputs(wide_sequences *q, const real *w_in)
{
    const int G = q->w.gates, H = q->w.states, P = q->w.padded, I = q->inputs;
    for (int i = 0; i < I; i++)
        for (int g = 0; g < G; g++) {
            const real scale = q->w.cell->scale(g), *bias = q->bias + g * P;
            real *row = q->w_in + (i * G + g) * P;
            for (int j = 0; j < P; j++)
                row[j] = j >= H ? 0 : bias[j] + scale * w_in[(i * G + g) * H + j];
        }
    memcpy(q->w_in + I * G * P, q->bias, (size_t)(G * P) * sizeof(real));
}

static void pack_outputs(wide_sequences *q, const rs_network *network, const real *parameters)
{
    const int H = q->w.states, P = q->w.padded, O = q->outputs;
    const real *w_out = parameters + network->tensor[RS_W_OUT].offset;
    real *panels = q->w_out_t;
    for (int o = 0; o < O; o++)
        for (int j = 0; j < P; j++)
            q->w_out[o * P + j] = j >= H ? 0 : w_out[j * O + o];
    for (int j0 = 0; j0 < P; j0 += RS_LOGICAL_LANES)
        for (int o = 1; o < O; o++, panels += RS_LOGICAL_LANES)
            memcpy(panels, q->w_out + o * P + j0, RS_LOGICAL_LANES * sizeof(real));
    q->b_out = parameters + network->tensor[RS_B_OUT].offset;
}

static void wide_sequences_prepare(wide_sequences *q, void *memory, const rs_network *network,
                                   const real *parameters, const rs_minibatch *batch, bool backward)
{
    const rs_sequence_batch *sequences = batch->sequences;
    wide *w = &q->w;
    wide_sequences_layout(q, memory, network, batch->samples, batch->steps, backward);
    const real *w_in = parameters + network->tensor[RS_W_IN].offset;
    pack_biases(q, network, parameters);
    if (sequences->symbol != NULL)
        tabulate_inputs(q, w_in);
    else
        pack_inputs(q, w_in);
    pack_outputs(q, network, parameters);
    wide_states_prepare(w, network, parameters, backward);
    memset(q->no_code, 0, (size_t)w->chunk);
    memset(q->head.output, 0, (size_t)(q->outputs * w->chunk) * sizeof(real));
    w->code = q->no_code;
    w->stride = 0;
    w->with_loss = false;
    q->head.stride = (ptrdiff_t)batch->stride;
    q->head.tolerance = (real)sequences->tolerance;
    q->head.by_sign = sequences->by_sign;
}

/* A gradient goes through the steps backwards, and has a loss for each until they can be added up
 * in their order. */
RS_INLINE int loss_slots(const wide_sequences *q)
{
    return q->w.with_loss ? q->w.steps : 1;
}

/* Sets up the chunk from sample `first` on. */
static void wide_sequences_begin(wide_sequences *q, const rs_minibatch *batch, int first)
{
    const rs_sequence_batch *sequences = batch->sequences;
    wide *w = &q->w;
    w->rows = least(w->chunk, (int)batch->samples - first);
    q->x = sequences->input != NULL ? (const real *)sequences->input + first : NULL;
    q->symbol = sequences->symbol != NULL ? sequences->symbol + first : NULL;
    q->length = (const real *)sequences->length + first;
    q->head.target = (const real *)sequences->target + first;
    q->head.weight = (const real *)sequences->weight + first;
    q->head.vectors = (w->rows + RS_LOGICAL_LANES - 1) / RS_LOGICAL_LANES;
    q->is_ragged = false;
    for (int r = 0; r < w->rows; r++)
        q->is_ragged |= q->length[r] < (real)w->steps;
    for (ptrdiff_t v = 0; v < q->head.vectors * RS_PARTS; v++)
        q->head.counted[v] = q->head.last[v] = v_set1(0);
    for (ptrdiff_t v = 0; v < q->head.vectors * RS_PARTS * loss_slots(q); v++)
        q->head.losses[v] = v_set1(0);
    tally_clear(q->head.tally, (int)q->head.vectors * RS_PARTS);
    memset(w->place, 0, (size_t)w->rows * sizeof *w->place);
    tree_take_states(w, w->state);
}

/* ---- Forward -----------------------------------------------------------------------------------
 */

/* x W_in + b of a gate, for ROWS rows from r0 and the columns of the panels from p. */
RS_INLINE void wide_input_tile(const wide_sequences *q, const real *x, int gate, real *to,
                               int stride, int r0, const int ROWS, int p, const int VECTORS)
{
    const int j0 = p * RS_LOGICAL_LANES, column = gate * q->w.padded + j0;
    wide_sums sum;
    load_tile(q->bias + column, 0, ROWS, VECTORS, sum);
    multiply_tile(x + r0, 1, (int)q->head.stride, q->w_in + column * q->inputs, q->inputs,
                  q->inputs, ROWS, VECTORS, sum);
    store_tile(to + r0 * stride + j0, stride, ROWS, VECTORS, sum);
}

static void wide_multiply_inputs(const wide_sequences *q, int k, real *a, int stride)
{
    const wide *w = &q->w;
    const int P = w->padded;
    const real *x = q->x + (ptrdiff_t)k * q->inputs * q->head.stride;
    for (int g = 0; g < w->gates; g++) {
        real *to = g == w->apart ? q->apart : a + g * P;
        const int next = g == w->apart ? P : stride;
#define TILE(row, ROWS, p, VECTORS) wide_input_tile(q, x, g, to, next, row, ROWS, p, VECTORS)
        FOR_WIDE_TILES(w->rows, P / RS_LOGICAL_LANES, TILE);
#undef TILE
    }
}

static void wide_look_up_inputs(const wide_sequences *q, int k, real *a, int stride)
{
    const wide *w = &q->w;
    const size_t P = (size_t)w->padded, J = (size_t)w->gates * P;
    const uint16_t *symbol = q->symbol + (ptrdiff_t)k * q->head.stride;
    for (int r = 0; r < w->rows; r++) {
        const real *row = q->w_in + symbol[r] * J;
        memcpy(a + r * stride, row, J * sizeof(real));
        if (w->apart >= 0)
            memcpy(q->apart + (size_t)r * P, row + (size_t)w->apart * P, P * sizeof(real));
    }
}

/* x W_in + b of step k, as the activations `a` begin; of an apart gate beside them. */
static void wide_prepare_inputs(const wide_sequences *q, int k, real *a, int stride)
{
    const wide *w = &q->w;
    const int P = w->padded;
    if (q->symbol != NULL)
        wide_look_up_inputs(q, k, a, stride);
    else
        wide_multiply_inputs(q, k, a, stride);
    for (int r = 0; w->apart >= 0 && r < w->rows; r++)
        memcpy(a + r * stride + w->apart * P, q->apart_bias, (size_t)P * sizeof(real));
}

/* a += s W_rec */
RS_INLINE void wide_states_tile(const wide *w, const real *from, real *a, int stride, int r0,
                                const int ROWS, int p, const int VECTORS)
{
    const int j0 = p * RS_LOGICAL_LANES;
    wide_sums sum;
    load_tile(a + r0 * stride + j0, stride, ROWS, VECTORS, sum);
    multiply_tile(from + r0 * w->padded, w->padded, 1, w->w_rec + j0 * w->states, w->states,
                  w->states, ROWS, VECTORS, sum);
    store_tile(a + r0 * stride + j0, stride, ROWS, VECTORS, sum);
}

/* Past a sequence's end nothing is carried on. */
static void wide_end_sequences(const wide_sequences *q, const wide_rows *x, int k)
{
    const int P = q->w.padded;
    for (int r = 0; q->is_ragged && r < x->count; r++)
        for (int c = 0; q->length[r] <= (real)k && c < q->w.carried; c++)
            memset(x->to + c * x->carried + r * P, 0, (size_t)P * sizeof(real));
}

static wide_rows wide_sequences_step(const wide_sequences *q, int k, bool keeps_states)
{
    const wide *w = &q->w;
    wide_rows x = rows_of_step(w, k, keeps_states);
    real *a = w->in_place ? x.to : x.delta;
    const int stride = w->in_place ? w->padded : delta_stride(w);
    x.apart = q->apart;
    wide_prepare_inputs(q, k, a, stride);
#define TILE(row, ROWS, p, VECTORS) wide_states_tile(w, x.from, a, stride, row, ROWS, p, VECTORS)
    FOR_WIDE_TILES(x.count, w->gates * w->padded / RS_LOGICAL_LANES, TILE);
#undef TILE
    wide_cell_rows(w, &x);
    wide_end_sequences(q, &x, k);
    return x;
}

/* Where a row's number stands among those of an output, [RS_PARTS][O][vectors]. */
RS_INLINE ptrdiff_t lane_of_row(const wide_sequences *q, int r, int o)
{
    const int part = r % RS_LOGICAL_LANES / RS_VECTOR_LANES;
    return ((part * q->outputs + o) * q->head.vectors + r / RS_LOGICAL_LANES) * RS_VECTOR_LANES +
           r % RS_VECTOR_LANES;
}

/* z = s W_out + b_out */
static void wide_outputs(const wide_sequences *q, const real *state)
{
    real *z = (real *)q->head.output;
    for (int o = 0; o < q->outputs; o++)
        for (int r = 0; r < q->w.rows; r++)
            z[lane_of_row(q, r, o)] =
                wide_dot(&q->w, state + r * q->w.padded, q->w_out + o * q->w.padded) + q->b_out[o];
}

/* Step k of a part of the chunk's lanes, as narrow_sequences.h reads it. */
static narrow wide_head(const wide_sequences *q, int k, int part)
{
    narrow n = q->head;
    n.target += k * target_rows(&n) * n.stride + part * RS_VECTOR_LANES;
    n.weight += k * n.stride + part * RS_VECTOR_LANES;
    n.output += part * n.outputs * n.vectors;
    n.counted += part * n.vectors;
    n.last += part * n.vectors;
    n.losses += ((q->w.with_loss ? k * RS_PARTS : 0) + part) * n.vectors;
    n.tally += part * n.vectors;
    return n;
}

/* ---- Backward ----------------------------------------------------------------------------------
 */

/* z of step k becomes dloss/dz, for each row; the loss is taken along where it is wanted. */
static void wide_sequences_errors(const wide_sequences *q, int k)
{
    const real *z = (const real *)q->head.output;
    for (int part = 0; part < RS_PARTS; part++) {
        const narrow n = wide_head(q, k, part);
        if (q->w.with_loss)
            sequence_losses(&n);
        sequence_errors(&n, q->g_b_out + part);
    }
    for (int r = 0; r < q->w.rows; r++)
        for (int o = 0; o < q->outputs; o++)
            q->error[r * q->outputs + o] = z[lane_of_row(q, r, o)];
}

/* flow += error W_out^T, of all outputs but the first. */
RS_INLINE void wide_flow_tile(const wide_sequences *q, int r0, const int ROWS, int p,
                              const int VECTORS)
{
    const int P = q->w.padded, j0 = p * RS_LOGICAL_LANES, others = q->outputs - 1;
    real *flow = q->w.flow + r0 * P + j0;
    wide_sums sum;
    load_tile(flow, P, ROWS, VECTORS, sum);
    multiply_tile(q->error + r0 * q->outputs + 1, q->outputs, 1, q->w_out_t + j0 * others, others,
                  others, ROWS, VECTORS, sum);
    store_tile(flow, P, ROWS, VECTORS, sum);
}

/* Where a row's deltas of a gate's x W_in + b_in are. */
RS_INLINE const real *input_deltas(const wide *w, const wide_rows *x, int gate)
{
    return x->delta + (gate == w->apart ? w->gates : gate) * w->padded;
}

/* The gradient of W_in, a row of which takes the deltas of its symbol: all other terms are 0. */
static void wide_add_by_symbol(const wide_sequences *q, const wide_rows *x, int k)
{
    const wide *w = &q->w;
    const int P = w->padded;
    const uint16_t *symbol = q->symbol + (ptrdiff_t)k * q->head.stride;
    for (int g = 0; g < w->gates; g++)
        for (int r = 0; r < w->rows; r++) {
            const real *delta = input_deltas(w, x, g) + r * delta_stride(w);
            real *sum = q->g_w_in + (symbol[r] * w->gates + g) * P;
            for (int j = 0; symbol[r] < q->inputs && j < P; j += RS_VECTOR_LANES)
                v_store(sum + j, v_add(v_load(sum + j), v_load(delta + j)));
        }
}

static void wide_add_by_inputs(const wide_sequences *q, const wide_rows *x, int k)
{
    const wide *w = &q->w;
    const int P = w->padded;
    for (int g = 0; g < w->gates; g++) {
        const wide_outer input = {.to = q->g_w_in + g * P,
                                  .to_row = w->gates * P,
                                  .left = q->x + (ptrdiff_t)k * q->inputs * q->head.stride,
                                  .left_row = 1,
                                  .left_item = (int)q->head.stride,
                                  .right = input_deltas(w, x, g),
                                  .right_row = delta_stride(w),
                                  .rows = w->rows};
#define TILE(i, ROWS, p, VECTORS) wide_outer_tile(&input, i, ROWS, p, VECTORS)
        FOR_WIDE_TILES(q->inputs, P / RS_LOGICAL_LANES, TILE);
#undef TILE
    }
}

/* The gradient of W_out but for the first output. */
static void wide_add_outputs(const wide_sequences *q, const wide_rows *x)
{
    const wide *w = &q->w;
    const int P = w->padded, panels = P / RS_LOGICAL_LANES, others = q->outputs - 1;
    const wide_outer output = {.to = q->g_w_out + P,
                               .to_row = P,
                               .left = q->error + 1,
                               .left_row = q->outputs,
                               .left_item = 1,
                               .right = x->to,
                               .right_row = P,
                               .rows = w->rows};
#define TILE(o, ROWS, p, VECTORS) wide_outer_tile(&output, o, ROWS, p, VECTORS)
    FOR_WIDE_TILES(others, panels, TILE);
#undef TILE
}

static void wide_sequences_backward(const wide_sequences *q)
{
    const wide *w = &q->w;
    memset(w->flow, 0, (size_t)(w->carried * w->chunk * w->padded) * sizeof(real));
    for (int k = w->steps - 1; k >= 0; k--) {
        wide_rows x = rows_of_step(w, k, true);
        x.apart = q->apart;
        wide_outputs(q, x.to);
        wide_sequences_errors(q, k);
#define TILE(row, ROWS, p, VECTORS) wide_flow_tile(q, row, ROWS, p, VECTORS)
        if (q->outputs > 1)
            FOR_WIDE_TILES(w->rows, w->padded / RS_LOGICAL_LANES, TILE);
#undef TILE
        w->cell->backward_rows(w, &x, q->error, q->outputs);
        wide_gradient_step(w, w->rows, x.from, x.delta);
        if (q->symbol != NULL)
            wide_add_by_symbol(q, &x, k);
        else
            wide_add_by_inputs(q, &x, k);
        wide_add_outputs(q, &x);
        wide_backward_step(w, w->rows, x.delta, w->flow);
    }
    tree_add_flows(w);
}

/* ---- Calls -------------------------------------------------------------------------------------
 */

static rs_product_rows wide_sequences_rows(const rs_network *network, uint32_t samples,
                                           uint32_t steps)
{
    (void)network;
    const uint64_t all = (uint64_t)samples * steps;
    return (rs_product_rows){all, all};
}

/* Adds the losses of a chunk's samples. */
static void wide_sequences_add_losses(const wide_sequences *q, vreal total[RS_PARTS])
{
    const ptrdiff_t V = q->head.vectors;
    for (int part = 0; part < RS_PARTS; part++)
        for (ptrdiff_t v = 0; v < V; v++) {
            vreal sum = v_set1(0);
            for (int slot = 0; slot < loss_slots(q); slot++)
                sum = v_add(sum, q->head.losses[(slot * RS_PARTS + part) * V + v]);
            total[part] = v_add(total[part], sum);
        }
}

static double wide_sequences_loss(void *memory, const rs_network *network, const void *parameters,
                                  const rs_minibatch *batch)
{
    wide_sequences q;
    vreal total[RS_PARTS];
    wide_sequences_prepare(&q, memory, network, parameters, batch, false);
    for (int part = 0; part < RS_PARTS; part++)
        total[part] = v_set1(0);
    for (int first = 0; first < (int)batch->samples; first += q.w.chunk) {
        wide_sequences_begin(&q, batch, first);
        for (int k = 0; k < q.w.steps; k++) {
            wide_outputs(&q, wide_sequences_step(&q, k, false).to);
            for (int part = 0; part < RS_PARTS; part++) {
                const narrow n = wide_head(&q, k, part);
                sequence_losses(&n);
            }
        }
        wide_sequences_add_losses(&q, total);
    }
    return mean_of((double)v_sum(total), loss_divisor(network, batch));
}

/* The parameters' gradients from the sums, scaled. */
static void wide_sequences_fold(const wide_sequences *q, const rs_network *network, real *gradient,
                                real scale)
{
    const wide *w = &q->w;
    const int G = w->gates, H = w->states, P = w->padded, O = q->outputs;
    const rs_tensor_layout *tensor = network->tensor;
    wide_states_fold(w, network, gradient, scale);
    for (int g = 0; g < G; g++)
        for (int j = 0; j < H; j++) {
            const int at = g * H + j, from = g * P + j;
            const real sum = w->g_input[from];
            gradient[tensor[RS_B_IN].offset + (size_t)at] = sum * scale;
            gradient[tensor[RS_B_REC].offset + (size_t)at] =
                (g == w->apart ? w->g_apart[j] : sum) * scale;
            for (int i = 0; i < q->inputs; i++)
                gradient[tensor[RS_W_IN].offset + (size_t)(i * G * H + at)] =
                    q->g_w_in[i * G * P + from] * scale;
        }
    for (int o = 0; o < O; o++) {
        gradient[tensor[RS_B_OUT].offset + (size_t)o] = v_sum(q->g_b_out + o * RS_PARTS) * scale;
        for (int j = 0; j < H; j++)
            gradient[tensor[RS_W_OUT].offset + (size_t)(j * O + o)] = q->g_w_out[o * P + j] * scale;
    }
}

static void wide_sequences_clear(const wide_sequences *q)
{
    const wide *w = &q->w;
    const size_t P = (size_t)w->padded, J = (size_t)w->gates * P;
    memset(w->g_input, 0, J * sizeof(real));
    memset(w->g_w_rec, 0, (size_t)w->states * J * sizeof(real));
    memset(q->g_w_in, 0, (size_t)q->inputs * J * sizeof(real));
    memset(q->g_w_out, 0, (size_t)q->outputs * P * sizeof(real));
    if (w->apart >= 0)
        memset(w->g_apart, 0, P * sizeof(real));
    for (int i = 0; i < q->outputs * RS_PARTS; i++)
        q->g_b_out[i] = v_set1(0);
    tree_clear(w);
}

static void wide_sequences_gradient(void *memory, const rs_network *network, const void *parameters,
                                    const rs_minibatch *batch, void *gradient, double *loss)
{
    wide_sequences q;
    vreal total[RS_PARTS];
    wide_sequences_prepare(&q, memory, network, parameters, batch, true);
    wide_sequences_clear(&q);
    q.w.with_loss = loss != NULL;
    for (int part = 0; part < RS_PARTS; part++)
        total[part] = v_set1(0);
    for (int first = 0; first < (int)batch->samples; first += q.w.chunk) {
        wide_sequences_begin(&q, batch, first);
        for (int k = 0; k < q.w.steps; k++)
            wide_sequences_step(&q, k, true);
        wide_sequences_backward(&q);
        wide_sequences_add_losses(&q, total);
    }
    if (loss != NULL)
        *loss = mean_of((double)v_sum(total), loss_divisor(network, batch));
    wide_sequences_fold(&q, network, gradient, (real)mean_of(1, loss_divisor(network, batch)));
}

static void wide_sequences_evaluate(void *memory, const rs_network *network, const void *parameters,
                                    const rs_minibatch *batch, rs_score *score)
{
    wide_sequences q;
    vreal total[RS_PARTS];
    wide_sequences_prepare(&q, memory, network, parameters, batch, false);
    for (int part = 0; part < RS_PARTS; part++)
        total[part] = v_set1(0);
    for (int first = 0; first < (int)batch->samples; first += q.w.chunk) {
        wide_sequences_begin(&q, batch, first);
        for (int k = 0; k < q.w.steps; k++) {
            wide_outputs(&q, wide_sequences_step(&q, k, false).to);
            for (int part = 0; part < RS_PARTS; part++) {
                const narrow n = wide_head(&q, k, part);
                sequence_wrongs(&n);
                sequence_losses(&n);
            }
        }
        for (int part = 0; part < RS_PARTS; part++) {
            const narrow n = wide_head(&q, 0, part);
            for (int v = 0; v < (int)n.vectors; v++)
                sequence_score(&n, v, q.w.rows - part * RS_VECTOR_LANES - v * RS_LOGICAL_LANES,
                               score);
        }
        wide_sequences_add_losses(&q, total);
    }
    const double weight = batch->sequences->weight_sum;
    score->loss += (double)v_sum(total) * mean_of(weight, loss_divisor(network, batch));
    score->weight += weight;
}

static void wide_sequences_logits(void *memory, const rs_network *network, const void *parameters,
                                  const rs_minibatch *batch, void *logit, size_t logit_stride)
{
    wide_sequences q;
    wide_sequences_prepare(&q, memory, network, parameters, batch, false);
    const real *z = (const real *)q.head.output;
    for (int first = 0; first < (int)batch->samples; first += q.w.chunk) {
        wide_sequences_begin(&q, batch, first);
        for (int k = 0; k < q.w.steps; k++) {
            real *to = (real *)logit + (size_t)(k * q.outputs) * logit_stride + first;
            wide_outputs(&q, wide_sequences_step(&q, k, false).to);
            for (int o = 0; o < q.outputs; o++)
                for (int r = 0; r < q.w.rows; r++)
                    to[(size_t)o * logit_stride + (size_t)r] = z[lane_of_row(&q, r, o)];
        }
    }
}

static void wide_sequences_states(void *memory, const rs_network *network, const void *parameters,
                                  const rs_minibatch *batch, void *state, size_t stride)
{
    wide_sequences q;
    wide_sequences_prepare(&q, memory, network, parameters, batch, false);
    for (int first = 0; first < (int)batch->samples; first += q.w.chunk) {
        wide_sequences_begin(&q, batch, first);
        for (int k = 0; k < q.w.steps; k++) {
            const wide_rows x = wide_sequences_step(&q, k, false);
            real *to = (real *)state + (size_t)(k * q.w.carried * q.w.states) * stride + first;
            wide_copy_states(&q.w, x.to, x.carried, NULL, to, stride);
        }
    }
}

#endif
