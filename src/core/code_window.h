/* Minibatches of the addition task for runs side by side: in the runs' sets the steps of a sample
 * are as far apart as there are samples, so those of several minibatches are read at once and
 * turned, sixteen runs by sixteen samples. */
#ifndef RS_CODE_WINDOW_H
#define RS_CODE_WINDOW_H

#include "kernel/group_kernel.h"

enum { RS_WINDOW_SAMPLES = 16, RS_CODE_STEPS_MOST = 62 };

/* [minibatch][T][B][lanes] */
typedef struct rs_code_window {
    _Alignas(16) uint8_t
        code[RS_CODE_STEPS_MOST * RS_WINDOW_SAMPLES * RS_GROUP_LANES_MOST + RS_CODE_PADDING];
} rs_code_window;

/* How many minibatches of `samples` samples it holds. */
uint32_t rs_code_window_most(uint32_t samples);

/* Bytes of a minibatch. */
static inline size_t rs_group_code_bytes(const rs_group_batch *batch, size_t lanes)
{
    return (size_t)batch->steps * batch->samples * lanes;
}

/* `count` minibatches of each run, `apart` samples from one to the next. first: [lanes] */
void rs_code_window_fill(rs_code_window *window, size_t lanes, const rs_minibatch *first,
                         uint32_t count, uint32_t apart);

#endif
