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
    for (int i = 0; i < 4 * P; i++)
        w->input[i] = 0;
    input_table(w->input, 1, (size_t)P, network, parameters);
    pack_panels(w->w_rec, w_rec, H, P, false, RS_TANH_SCALE);
    if (backward)
        pack_panels(w->w_rec_t, w_rec, H, P, true, 1);
    copy_padded(w->w_out, parameters + network->tensor[RS_W_OUT].offset, H, P);
    copy_padded(w->level[0].state, parameters + network->tensor[RS_S0].offset, H, P);
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

/* The states after step k, from the last level of the tree on. */
RS_INLINE real *wide_states(const wide *w, int slot)
{
    return w->state + (size_t)slot * (size_t)(w->chunk * w->padded);
}

static void wide_errors(const wide *w, const uint8_t *code)
{
    for (int m = 0; m < w->rows; m += RS_VECTOR_LANES) {
        const vreal z = v_load(w->logit + m);
        const vcode codes = v_codes(code + m);
        v_store(w->error + m, output_error(z, codes));
        if (w->with_loss)
            tally_loss(&w->tally[m / RS_VECTOR_LANES], z, codes);
    }
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
    tree_take_states(w, wide_states(w, 0));
    for (int k = w->levels; k < w->steps; k++) {
        const int slot = purpose == FOR_GRADIENT ? k - w->levels : (k - w->levels) & 1;
        const int next_slot = purpose == FOR_GRADIENT ? slot + 1 : 1 - slot;
        real *next = wide_states(w, next_slot);
        wide_forward_step(w, w->rows, wide_states(w, slot), next, codes_of_step(w, k));
        if (purpose == FOR_GRADIENT) /* the way back takes the logits step by step */
            continue;
        wide_logits_step(w, w->rows, next, w->logit);
        wide_use_logits(w, purpose, k, logit, logit_stride);
    }
}

static void wide_backward(wide *w)
{
    const int P = w->padded;
    for (int i = 0; i < w->rows * P; i++)
        w->flow[i] = 0;
    for (int k = w->steps - 1; k >= w->levels; k--) {
        const uint8_t *code = codes_of_step(w, k);
        const real *state = wide_states(w, k - w->levels), *next = state + w->chunk * P;
        wide_logits_step(w, w->rows, next, w->logit);
        wide_errors(w, code);
        for (int r = 0; r < w->rows; r++) {
            w->g_b_out += w->error[r];
            wide_delta_row(w, next + r * P, w->error[r], w->flow + r * P, w->delta + r * P,
                           code[r] & 3);
        }
        wide_gradient_step(w, w->rows, state, w->delta);
        wide_backward_step(w, w->rows, w->delta, w->flow);
    }
    tree_add_flows(w);
}

static rs_product_rows wide_rows(uint32_t samples, uint32_t steps)
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
    const int H = w->states, P = w->padded;
    const real *x0 = w->g_input, *x1 = x0 + P, *x2 = x1 + P, *x3 = x2 + P;
    for (int j = 0; j < H; j++) {
        real b = ((x0[j] + x1[j]) + (x2[j] + x3[j])) * scale;
        gradient[network->tensor[RS_S0].offset + (size_t)j] = w->level[0].flow[j] * scale;
        gradient[network->tensor[RS_W_IN].offset + (size_t)j] = (x1[j] + x3[j]) * scale;
        gradient[network->tensor[RS_W_IN].offset + (size_t)(H + j)] = (x2[j] + x3[j]) * scale;
        gradient[network->tensor[RS_B_IN].offset + (size_t)j] = b;
        gradient[network->tensor[RS_B_REC].offset + (size_t)j] = b;
        gradient[network->tensor[RS_W_OUT].offset + (size_t)j] = w->g_w_out[j] * scale;
    }
    for (int i = 0; i < H; i++)
        for (int j = 0; j < H; j++)
            gradient[network->tensor[RS_W_REC].offset + (size_t)(i * H + j)] =
                w->g_w_rec[i * P + j] * scale;
    gradient[network->tensor[RS_B_OUT].offset] = w->g_b_out * scale;
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
    memset(w.g_input, 0, 4 * P * sizeof(real));
    memset(w.g_w_rec, 0, (size_t)w.states * P * sizeof(real));
    memset(w.g_w_out, 0, P * sizeof(real));
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
