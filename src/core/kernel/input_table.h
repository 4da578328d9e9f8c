/* The inputs of the addition task are two bits, so x W_in + b is one of four numbers for each
 * activation: a table, in both orders of kernels. */
#ifndef RS_INPUT_TABLE_H
#define RS_INPUT_TABLE_H

#include "cell_kernel.h"

/* Distances in a table: from gate to gate, state to state, and input to input; in that of an apart
 * gate from input to input. */
typedef struct input_places {
    size_t gate, state, x, apart_x;
} input_places;

/* x W_in + b_in + b_rec for x = 00, 10, 01, 11 and every activation, scaled as the cell takes it.
 * Of an apart gate, b_rec alone, and x W_in + b_in in a table of its own. */
static void input_table(real *table, real *apart_table, const input_places at,
                        const rs_network *network, const real *parameters)
{
    const rs_cell_kernel *cell = cell_kernel(network);
    const size_t H = network->states, J = network->gates * H;
    const real *w_in = parameters + network->tensor[RS_W_IN].offset;
    const real *b_in = parameters + network->tensor[RS_B_IN].offset;
    const real *b_rec = parameters + network->tensor[RS_B_REC].offset;
    for (size_t j = 0; j < J; j++) {
        const size_t gate = j / H;
        const bool is_apart = (ptrdiff_t)gate == cell->shape.apart;
        const real scale = cell->scale((int)gate);
        const real b = is_apart ? b_in[j] : b_in[j] + b_rec[j];
        real *row = table + gate * at.gate + j % H * at.state;
        for (size_t x = 0; is_apart && x < 4; x++)
            row[x * at.x] = scale * b_rec[j];
        if (is_apart)
            row = apart_table + j % H * at.state;
        const size_t next = is_apart ? at.apart_x : at.x;
        row[0] = scale * b;
        row[next] = scale * (b + w_in[j]);
        row[2 * next] = scale * (b + w_in[J + j]);
        row[3 * next] = scale * (b + w_in[j] + w_in[J + j]);
    }
}

#endif
