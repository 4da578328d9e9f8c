/* Wide kernels over a whole minibatch: the tree of its first steps, then chunks of samples. */
#ifndef RS_WIDE_BATCH_H
#define RS_WIDE_BATCH_H

#include "wide_tree.h"

/* What a forward pass is for. */
enum purpose { FOR_GRADIENT, FOR_LOSS, FOR_SCORE, FOR_LOGITS };

static void wide_prepare(wide *w, void *memory, const rs_network *network, const real *parameters,
                         const rs_minibatch *batch, bool backward)
{
    wide_layout(w, memory, network, batch->samples, batch->steps);
    const int H = w->states, P = w->padded;
    const real *w_rec = parameters + network->tensor[RS_W_REC].offset;
    const real *first = parameters + network->tensor[RS_S0].offset;
    wide_input_prepare(w, network, parameters);
    pack_forward(w->w_rec, w_rec, H, P);
    if (backward)
        pack_transposed(w->w_rec_t, w_rec, H, P);
    copy_padded(w->w_out, parameters + network->tensor[RS_W_OUT].offset, H, P);
    for (int c = 0; c < CELL_CARRIED; c++)
        copy_padded(w->level[0].state + c * P, first + c * H, H, P);
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
              kept = keep_states && CELL_KEPT > 0 ? past : 0;
    const size_t rows = (size_t)(w->chunk * w->padded);
    return (wide_rows){.count = w->rows,
                       .carried = w->chunk * w->padded,
                       .code = codes_of_step(w, k),
                       .from = w->state + (size_t)slot * CELL_CARRIED * rows,
                       .to = w->state + (size_t)next * CELL_CARRIED * rows,
                       .delta = w->delta + (size_t)kept * CELL_COLUMNS * rows,
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
    memset(w->flow, 0, (size_t)(CELL_CARRIED * w->chunk * w->padded) * sizeof(real));
    for (int k = w->steps - 1; k >= w->levels; k--) {
        const wide_rows rows = rows_of_step(w, k, true);
        wide_logits_step(w, w->rows, rows.to, w->logit);
        wide_errors(w, rows.code);
        for (int r = 0; r < w->rows; r++) {
            w->g_b_out += w->error[r];
            wide_delta_row(w, &rows, r, w->error[r]);
        }
        wide_gradient_step(w, w->rows, rows.from, rows.delta);
        wide_backward_step(w, w->rows, rows.delta, w->flow);
    }
    tree_add_flows(w);
}

static rs_product_rows wide_product_rows(uint32_t samples, uint32_t steps)
{
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

/* The parameters' gradients from the sums, scaled by 1 / (B T). */
static void wide_fold(const wide *w, const rs_network *network, real *gradient, real scale)
{
    const int H = w->states, P = w->padded, J = CELL_GATES * P;
    const rs_tensor_layout *tensor = network->tensor;
    wide_input_fold(w, network, gradient, scale);
    for (int j = 0; j < H; j++) {
        for (int c = 0; c < CELL_CARRIED; c++)
            gradient[tensor[RS_S0].offset + (size_t)(c * H + j)] =
                w->level[0].flow[c * P + j] * scale;
        gradient[tensor[RS_W_OUT].offset + (size_t)j] = w->g_w_out[j] * scale;
    }
    for (int i = 0; i < H; i++)
        for (int g = 0; g < CELL_GATES; g++)
            for (int j = 0; j < H; j++)
                gradient[tensor[RS_W_REC].offset + (size_t)((i * CELL_GATES + g) * H + j)] =
                    w->g_w_rec[i * J + g * P + j] * scale;
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
    memset(w.g_input, 0, 4 * CELL_GATES * P * sizeof(real));
    memset(w.g_w_rec, 0, (size_t)w.states * CELL_GATES * P * sizeof(real));
    memset(w.g_w_out, 0, P * sizeof(real));
    if (CELL_APART >= 0)
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

#endif
