/* Where lanes are states, the inputs of a step: of four kinds, each with a row of what it adds to
 * the activations, and a row of the sums of its deltas. What is here is all that knows how inputs
 * are stored. */
#ifndef RS_WIDE_INPUT_H
#define RS_WIDE_INPUT_H

#include "wide_products.h"

/* Of a sample with that code, what its activations begin with. */
RS_INLINE const real *input_row(const wide *w, uint8_t code)
{
    return w->input + (code & 3) * CELL_GATES * w->padded;
}

/* The same of x W_in + b_in of the apart gate. */
RS_INLINE const real *apart_input_row(const wide *w, uint8_t code)
{
    return w->apart_input + (code & 3) * w->padded;
}

/* Where the deltas of a gate's x W_in + b_in are added up for such a sample. */
RS_INLINE real *input_sum_row(const wide *w, uint8_t code, int gate)
{
    return w->g_input + ((code & 3) * CELL_GATES + gate) * w->padded;
}

static void wide_input_prepare(wide *w, const rs_network *network, const real *parameters)
{
    const int H = w->states, P = w->padded, J = CELL_GATES * P;
    memset(w->input, 0, (size_t)(4 * J) * sizeof(real));
    input_table(w->input, (size_t)P, 1, (size_t)J, network, parameters);
    for (int x = 0; CELL_APART >= 0 && x < 4; x++) {
        const real *b_rec = parameters + network->tensor[RS_B_REC].offset + CELL_APART * H;
        real *row = w->input + x * J + CELL_APART * P;
        memcpy(w->apart_input + x * P, row, (size_t)P * sizeof *row);
        for (int h = 0; h < H; h++)
            row[h] = cell_scale(CELL_APART) * b_rec[h];
    }
}

/* The gradients of W_in and the biases from the sums. */
static void wide_input_fold(const wide *w, const rs_network *network, real *gradient, real scale)
{
    const int H = w->states, P = w->padded, J = CELL_GATES * P;
    real *g_w_in = gradient + network->tensor[RS_W_IN].offset;
    real *g_b_in = gradient + network->tensor[RS_B_IN].offset;
    real *g_b_rec = gradient + network->tensor[RS_B_REC].offset;
    for (int g = 0; g < CELL_GATES; g++) {
        const real *x0 = w->g_input + g * P, *x1 = x0 + J, *x2 = x1 + J, *x3 = x2 + J;
        for (int j = 0; j < H; j++) {
            const int at = g * H + j;
            real b = ((x0[j] + x1[j]) + (x2[j] + x3[j])) * scale;
            g_w_in[at] = (x1[j] + x3[j]) * scale;
            g_w_in[CELL_GATES * H + at] = (x2[j] + x3[j]) * scale;
            g_b_in[at] = b;
            g_b_rec[at] = g == CELL_APART ? w->g_apart[j] * scale : b;
        }
    }
}

#endif
