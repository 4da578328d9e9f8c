/* Wide kernels over a whole minibatch: the tree of its first steps, then chunks of samples. */
#ifndef RS_WIDE_BATCH_H
#define RS_WIDE_BATCH_H

#include "input_table.h"
#include "scratch.h"
#include "wide_tree.h"

/* Chunks are of whole tiles of rows. */
enum { WHOLE_TILES = 6 };

/* Rows of a chunk: chunks of nearly equal size, of a multiple of so many. */
RS_INLINE int chunk_rows(const wide *w, int slots, int samples, int multiple)
{
    const int numbers = w->carried + (w->kept > 0 ? w->columns : 0);
    long fitting = WIDE_BYTES / ((long)sizeof(real) * w->padded * slots * numbers);
    long most = fitting < WIDE_ROWS_LEAST  ? WIDE_ROWS_LEAST
                : fitting > WIDE_ROWS_MOST ? WIDE_ROWS_MOST
                                           : fitting;
    int chunks = (int)((samples + most - 1) / most);
    int rows = (samples + chunks - 1) / chunks;
    return (rows + multiple - 1) / multiple * multiple;
}

/* A level pays as long as it has fewer nodes than there are samples. */
RS_INLINE int tree_levels(int steps, int samples)
{
    int levels = 0;
    while (levels < TREE_LEVELS_MOST && levels < steps && 4 << 2 * levels < samples)
        levels++;
    return levels;
}

static void tree_layout(wide *w, scratch *s)
{
    const size_t P = (size_t)w->padded, last = (size_t)1 << 2 * w->levels;
    const size_t C = (size_t)w->carried, Q = (size_t)w->columns;
    for (int k = 0; k <= w->levels; k++) {
        wide_level *level = &w->level[k];
        const size_t nodes = (size_t)1 << 2 * k;
        level->nodes = (int)nodes;
        level->state = scratch_take(s, C * nodes * P * sizeof(real));
        level->flow = scratch_take(s, C * nodes * P * sizeof(real));
        level->from = w->in_place ? level->flow : scratch_take(s, C * nodes * P * sizeof(real));
        level->delta = scratch_take(s, nodes * Q * P * sizeof(real));
        level->logit = scratch_take(s, nodes * sizeof(real));
        level->error = scratch_take(s, nodes * sizeof(real));
    }
    w->child_sum = scratch_take(s, (last + 3) / 4 * Q * P * sizeof(real));
    w->last_input = scratch_take(s, last);
}

/* The numbers of a minibatch, of which the samples share the first `levels` steps; chunks are of a
 * multiple of so many rows. */
static void wide_shape(wide *w, const rs_network *network, uint32_t samples, uint32_t steps,
                       int levels, int multiple)
{
    const cell_shape z = cell_kernel(network)->shape;
    w->cell = cell_kernel(network);
    w->gates = (int)z.gates;
    w->carried = (int)z.carried;
    w->kept = (int)z.kept;
    w->columns = (int)z.columns;
    w->apart = (int)z.apart;
    w->direct = z.direct;
    w->in_place = z.in_place;
    w->states = (int)network->states;
    w->steps = (int)steps;
    w->padded = padded_states(network->states);
    w->leak = (real)network->leak;
    w->levels = levels;
    w->chunk = chunk_rows(w, w->steps - levels + 1, (int)samples, multiple);
}

/* W_rec, the tree, and the states of a chunk with what flows back to them. keeps_states: for a
 * gradient, else for all other calls, where two slots take turns. */
static void wide_states_layout(wide *w, scratch *s, bool keeps_states)
{
    const int slots = w->steps - w->levels + 1;
    const size_t H = (size_t)w->states, P = (size_t)w->padded, rows = (size_t)w->chunk;
    const size_t G = (size_t)w->gates, C = (size_t)w->carried, Q = (size_t)w->columns;
    const size_t held = (size_t)(keeps_states ? slots : least(slots, 2));
    const size_t kept = keeps_states && w->kept > 0 ? (size_t)slots : 1;
    w->w_rec = scratch_take(s, H * G * P * sizeof(real));
    w->w_rec_t = scratch_take(s, G * H * P * sizeof(real));
    tree_layout(w, s);
    w->place = scratch_take(s, rows * sizeof *w->place);
    w->state = scratch_take(s, held * C * rows * P * sizeof(real));
    w->delta = scratch_take(s, kept * rows * Q * P * sizeof(real));
    w->flow = scratch_take(s, C * rows * P * sizeof(real));
    w->g_apart = scratch_take(s, w->apart >= 0 ? P * sizeof(real) : 0);
    w->g_w_rec = scratch_take(s, H * G * P * sizeof(real));
}

static size_t wide_layout(wide *w, void *memory, const rs_network *network, uint32_t samples,
                          uint32_t steps, bool keeps_states)
{
    scratch s = {.base = memory};
    wide_shape(w, network, samples, steps, tree_levels((int)steps, (int)samples), WHOLE_TILES);
    const size_t P = (size_t)w->padded, G = (size_t)w->gates, rows = (size_t)w->chunk;
    const size_t lanes = (rows + RS_LOGICAL_LANES - 1) / RS_LOGICAL_LANES * RS_LOGICAL_LANES;
    w->input = scratch_take(&s, 4 * G * P * sizeof(real));
    w->apart_input = scratch_take(&s, w->apart >= 0 ? 4 * P * sizeof(real) : 0);
    w->w_out = scratch_take(&s, P * sizeof(real));
    wide_states_layout(w, &s, keeps_states);
    w->logit = scratch_take(&s, lanes * sizeof(real));
    w->error = scratch_take(&s, lanes * sizeof(real));
    w->tally = scratch_take(&s, lanes / RS_VECTOR_LANES * sizeof(tally));
    w->g_input = scratch_take(&s, 4 * G * P * sizeof(real));
    w->g_w_out = scratch_take(&s, P * sizeof(real));
    return s.used;
}

RS_INLINE void copy_padded(real *to, const real *from, int count, int padded)
{
    for (int i = 0; i < padded; i++)
        to[i] = i < count ? from[i] : 0;
}

/* What a forward pass is for. */
enum purpose { FOR_GRADIENT, FOR_LOSS, FOR_SCORE, FOR_LOGITS };

static void wide_input_prepare(wide *w, const rs_network *network, const real *parameters)
{
    const size_t P = (size_t)w->padded, J = (size_t)w->gates * P;
    memset(w->input, 0, 4 * J * sizeof(real));
    if (w->apart >= 0)
        memset(w->apart_input, 0, 4 * P * sizeof(real));
    input_table(w->input, w->apart_input, (input_places){P, 1, J, P}, network, parameters);
}

/* W_rec, and what is carried into the first step. */
static void wide_states_prepare(wide *w, const rs_network *network, const real *parameters,
                                bool backward)
{
    const int H = w->states, P = w->padded;
    const real *w_rec = parameters + network->tensor[RS_W_REC].offset;
    const real *first = parameters + network->tensor[RS_S0].offset;
    pack_forward(w, w_rec);
    if (backward)
        pack_transposed(w, w_rec);
    for (int c = 0; c < w->carried; c++)
        copy_padded(w->level[0].state + c * P, first + c * H, H, P);
}

static void wide_prepare(wide *w, void *memory, const rs_network *network, const real *parameters,
                         const rs_minibatch *batch, bool backward)
{
    wide_layout(w, memory, network, batch->samples, batch->steps, backward);
    wide_input_prepare(w, network, parameters);
    wide_states_prepare(w, network, parameters, backward);
    copy_padded(w->w_out, parameters + network->tensor[RS_W_OUT].offset, w->states, w->padded);
    w->b_out = parameters[network->tensor[RS_B_OUT].offset];
    w->stride = batch->stride;
    w->with_loss = false;
    tree_forward(w);
}

RS_INLINE void wide_begin(wide *w, const rs_minibatch *batch, int first)
{
    w->rows = least(w->chunk, (int)batch->samples - first);
    w->code = batch->code + first;
    memset(w->place, 0, (size_t)w->rows * sizeof *w->place);
    tally_clear(w->tally, (w->rows + RS_VECTOR_LANES - 1) / RS_VECTOR_LANES);
}

RS_INLINE const uint8_t *codes_of_step(const wide *w, int k)
{
    return w->code + (size_t)k * w->stride;
}

/* The samples of a chunk as the rows of step k, of those from the last level of the tree on. A way
 * forth alone needs the states of two steps, which take turns, and what is kept of none. */
RS_INLINE wide_rows rows_of_step(const wide *w, int k, bool keep_states)
{
    const int past = k - w->levels, slot = keep_states ? past : past & 1;
    const int next = keep_states ? past + 1 : 1 - slot,
              kept = keep_states && w->kept > 0 ? past : 0;
    const size_t rows = (size_t)w->chunk * (size_t)w->padded;
    return (wide_rows){.count = w->rows,
                       .carried = w->chunk * w->padded,
                       .code = codes_of_step(w, k),
                       .from = w->state + (size_t)slot * (size_t)w->carried * rows,
                       .to = w->state + (size_t)next * (size_t)w->carried * rows,
                       .delta = w->delta + (size_t)kept * (size_t)w->columns * rows,
                       .flow = w->flow};
}

/* What becomes of the logits of step k. */
RS_INLINE void wide_use_logits(const wide *w, const enum purpose purpose, int k, real *logit,
                               size_t logit_stride)
{
    const uint8_t *code = codes_of_step(w, k);
    for (int m = 0; m * RS_VECTOR_LANES < w->rows; m++) {
        vreal z = v_load(w->logit + m * RS_VECTOR_LANES);
        vcode codes = v_codes(code + m * RS_VECTOR_LANES);
        if (purpose == FOR_LOSS)
            tally_loss(&w->tally[m], z, codes);
        else if (purpose == FOR_SCORE)
            tally_wrong(&w->tally[m], z, codes);
    }
    if (purpose == FOR_LOGITS)
        for (int r = 0; r < w->rows; r++)
            logit[(size_t)k * logit_stride + (size_t)r] = w->logit[r];
}

RS_INLINE void wide_forward(const wide *w, const enum purpose purpose, real *logit,
                            size_t logit_stride)
{
    for (int k = 0; k < w->levels; k++) {
        tree_descend(w, k, codes_of_step(w, k));
        if (purpose == FOR_GRADIENT) {
            wide_errors(w, codes_of_step(w, k));
            tree_add_errors(w, k);
        } else
            wide_use_logits(w, purpose, k, logit, logit_stride);
    }
    tree_take_states(w, w->state);
    for (int k = w->levels; k < w->steps; k++) {
        const wide_rows rows = rows_of_step(w, k, purpose == FOR_GRADIENT);
        wide_forward_step(w, &rows);
        if (purpose == FOR_GRADIENT) /* the backward pass takes the logits step by step */
            continue;
        wide_logits_step(w, w->rows, rows.to, w->logit);
        wide_use_logits(w, purpose, k, logit, logit_stride);
    }
}

static void wide_backward(wide *w)
{
    memset(w->flow, 0, (size_t)(w->carried * w->chunk * w->padded) * sizeof(real));
    for (int k = w->steps - 1; k >= w->levels; k--) {
        const wide_rows rows = rows_of_step(w, k, true);
        wide_logits_step(w, w->rows, rows.to, w->logit);
        wide_errors(w, rows.code);
        for (int r = 0; r < w->rows; r++)
            w->g_b_out += w->error[r];
        w->cell->backward_rows(w, &rows, w->error, 1);
        wide_gradient_step(w, w->rows, rows.from, rows.delta);
        wide_backward_step(w, w->rows, rows.delta, w->flow);
    }
    tree_add_flows(w);
}

static rs_product_rows wide_product_rows(const rs_network *network, uint32_t samples,
                                         uint32_t steps)
{
    (void)network;
    const int levels = tree_levels((int)steps, (int)samples);
    const uint64_t nodes = ((UINT64_C(4) << 2 * levels) - 1) / 3; /* 1 + 4 + ... + 4^levels */
    const uint64_t others = (uint64_t)samples * (steps - (uint32_t)levels);
    return (rs_product_rows){nodes - 1 + others, nodes - (UINT64_C(1) << 2 * levels) + others};
}

/* Adds the losses of a chunk's samples. */
static void wide_add_losses(const wide *w, vreal total[RS_PARTS])
{
    for (int m = 0; m * RS_VECTOR_LANES < w->rows; m++) {
        vreal inside = lanes_below(w->rows - m * RS_VECTOR_LANES);
        vreal *sum = &total[m % RS_PARTS];
        *sum = v_add(*sum, tally_total_loss(&w->tally[m], inside));
    }
}

static double wide_loss(void *memory, const rs_network *network, const void *parameters,
                        const rs_minibatch *batch)
{
    wide w;
    vreal total[RS_PARTS];
    wide_prepare(&w, memory, network, parameters, batch, false);
    for (int part = 0; part < RS_PARTS; part++)
        total[part] = v_set1(0);
    for (int first = 0; first < (int)batch->samples; first += w.chunk) {
        wide_begin(&w, batch, first);
        wide_forward(&w, FOR_LOSS, NULL, 0);
        wide_add_losses(&w, total);
    }
    return (double)v_sum(total) / ((double)batch->samples * batch->steps);
}

/* The gradients of W_in and the biases from the sums. */
static void wide_input_fold(const wide *w, const rs_network *network, real *gradient, real scale)
{
    const int G = w->gates, H = w->states, P = w->padded, J = G * P;
    real *g_w_in = gradient + network->tensor[RS_W_IN].offset;
    real *g_b_in = gradient + network->tensor[RS_B_IN].offset;
    real *g_b_rec = gradient + network->tensor[RS_B_REC].offset;
    for (int g = 0; g < G; g++) {
        const real *x0 = w->g_input + g * P, *x1 = x0 + J, *x2 = x1 + J, *x3 = x2 + J;
        for (int j = 0; j < H; j++) {
            const int at = g * H + j;
            real b = ((x0[j] + x1[j]) + (x2[j] + x3[j])) * scale;
            g_w_in[at] = (x1[j] + x3[j]) * scale;
            g_w_in[G * H + at] = (x2[j] + x3[j]) * scale;
            g_b_in[at] = b;
            g_b_rec[at] = g == w->apart ? w->g_apart[j] * scale : b;
        }
    }
}

/* The gradients of W_rec and of what is carried into the first step, from the sums. */
static void wide_states_fold(const wide *w, const rs_network *network, real *gradient, real scale)
{
    const int G = w->gates, H = w->states, P = w->padded, J = G * P;
    const rs_tensor_layout *tensor = network->tensor;
    for (int c = 0; c < w->carried; c++)
        for (int j = 0; j < H; j++)
            gradient[tensor[RS_S0].offset + (size_t)(c * H + j)] =
                w->level[0].flow[c * P + j] * scale;
    for (int i = 0; i < H; i++)
        for (int g = 0; g < G; g++)
            for (int j = 0; j < H; j++)
                gradient[tensor[RS_W_REC].offset + (size_t)((i * G + g) * H + j)] =
                    w->g_w_rec[i * J + g * P + j] * scale;
}

/* The parameters' gradients from the sums, scaled by 1 / (B T). */
static void wide_fold(const wide *w, const rs_network *network, real *gradient, real scale)
{
    const rs_tensor_layout *tensor = network->tensor;
    wide_input_fold(w, network, gradient, scale);
    wide_states_fold(w, network, gradient, scale);
    for (size_t j = 0; j < network->states; j++)
        gradient[tensor[RS_W_OUT].offset + j] = w->g_w_out[j] * scale;
    gradient[tensor[RS_B_OUT].offset] = w->g_b_out * scale;
}

static void wide_gradient(void *memory, const rs_network *network, const void *parameters,
                          const rs_minibatch *batch, void *gradient, double *loss)
{
    wide w;
    vreal total[RS_PARTS];
    wide_prepare(&w, memory, network, parameters, batch, true);
    w.with_loss = loss != NULL;
    for (int part = 0; part < RS_PARTS; part++)
        total[part] = v_set1(0);
    const size_t P = (size_t)w.padded;
    memset(w.g_input, 0, 4 * (size_t)w.gates * P * sizeof(real));
    memset(w.g_w_rec, 0, (size_t)w.states * (size_t)w.gates * P * sizeof(real));
    memset(w.g_w_out, 0, P * sizeof(real));
    if (w.apart >= 0)
        memset(w.g_apart, 0, P * sizeof(real));
    w.g_b_out = 0;
    tree_clear(&w);
    for (int first = 0; first < (int)batch->samples; first += w.chunk) {
        wide_begin(&w, batch, first);
        wide_forward(&w, FOR_GRADIENT, NULL, 0);
        wide_backward(&w);
        if (loss != NULL)
            wide_add_losses(&w, total);
    }
    tree_backward(&w);
    if (loss != NULL)
        *loss = (double)v_sum(total) / ((double)batch->samples * batch->steps);
    wide_fold(&w, network, gradient, (real)(1.0 / ((double)batch->samples * batch->steps)));
}

static void wide_evaluate(void *memory, const rs_network *network, const void *parameters,
                          const rs_minibatch *batch, rs_score *score)
{
    wide w;
    wide_prepare(&w, memory, network, parameters, batch, false);
    for (int first = 0; first < (int)batch->samples; first += w.chunk) {
        wide_begin(&w, batch, first);
        wide_forward(&w, FOR_SCORE, NULL, 0);
        for (int m = 0; m * RS_VECTOR_LANES < w.rows; m++)
            tally_score(&w.tally[m], w.rows - m * RS_VECTOR_LANES, w.steps, score);
    }
}

static void wide_logits(void *memory, const rs_network *network, const void *parameters,
                        const rs_minibatch *batch, void *logit, size_t logit_stride)
{
    wide w;
    wide_prepare(&w, memory, network, parameters, batch, false);
    for (int first = 0; first < (int)batch->samples; first += w.chunk) {
        wide_begin(&w, batch, first);
        wide_forward(&w, FOR_LOGITS, (real *)logit + first, logit_stride);
    }
}

/* to: [CARRIED H][stride], of the samples of the chunk, whose rows stand one after the other from
 * `from` on, `carried` numbers from one kind to the next; place: their rows, NULL: in order. */
static void wide_copy_states(const wide *w, const real *from, int carried, const uint16_t *place,
                             real *to, size_t stride)
{
    for (int c = 0; c < w->carried; c++)
        for (int r = 0; r < w->rows; r++) {
            const real *row = from + c * carried + (place != NULL ? place[r] : r) * w->padded;
            for (int h = 0; h < w->states; h++)
                to[(size_t)(c * w->states + h) * stride + (size_t)r] = row[h];
        }
}

/* The states of a chunk after all steps. */
static void wide_states_of_chunk(const wide *w, real *state, size_t stride)
{
    const size_t step = (size_t)(w->carried * w->states) * stride;
    for (int k = 0; k < w->levels; k++) {
        const wide_level *level = &w->level[k + 1];
        tree_descend(w, k, codes_of_step(w, k));
        wide_copy_states(w, level->state, level->nodes * w->padded, w->place,
                         state + (size_t)k * step, stride);
    }
    tree_take_states(w, w->state);
    for (int k = w->levels; k < w->steps; k++) {
        const wide_rows rows = rows_of_step(w, k, false);
        wide_forward_step(w, &rows);
        wide_copy_states(w, rows.to, rows.carried, NULL, state + (size_t)k * step, stride);
    }
}

static void wide_states(void *memory, const rs_network *network, const void *parameters,
                        const rs_minibatch *batch, void *state, size_t stride)
{
    wide w;
    wide_prepare(&w, memory, network, parameters, batch, false);
    for (int first = 0; first < (int)batch->samples; first += w.chunk) {
        wide_begin(&w, batch, first);
        wide_states_of_chunk(&w, (real *)state + first, stride);
    }
}

#endif
