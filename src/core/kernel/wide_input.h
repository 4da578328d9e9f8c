/* Where lanes are states, the inputs of a step of the addition task: of four kinds, each with a row
 * of what it adds to the activations, and a row of the sums of its deltas. */
#ifndef RS_WIDE_INPUT_H
#define RS_WIDE_INPUT_H

#include "wide.h"

/* Of a sample with that code, what its activations begin with. */
RS_INLINE const real *input_row(const wide *w, uint8_t code)
{
    return w->input + (code & 3) * w->gates * w->padded;
}

/* x W_in + b_in of the apart gate for row r. */
RS_INLINE const real *apart_input_row(const wide *w, const wide_rows *x, int r)
{
    return x->apart != NULL ? x->apart + r * w->padded
                            : w->apart_input + (x->code[r] & 3) * w->padded;
}

/* Where the deltas of a gate's x W_in + b_in are added up for such a sample. */
RS_INLINE real *input_sum_row(const wide *w, uint8_t code, int gate)
{
    return w->g_input + ((code & 3) * w->gates + gate) * w->padded;
}

#endif
