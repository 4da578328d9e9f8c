/* What differs from cell to cell in the kernels of an instruction set and precision. Names come
 * from RS_KERNEL_NAME: rs_kernel_avx2_f32_gru_plain. */
#ifndef RS_CELL_KERNEL_H
#define RS_CELL_KERNEL_H

#include "kernel.h"

/* As in rs_kernel. */
typedef struct rs_cell_kernel {
    size_t (*scratch_bytes)(const rs_network *network, uint32_t samples, uint32_t steps);
    rs_product_rows (*rows)(const rs_network *network, uint32_t samples, uint32_t steps);
    double (*loss)(void *scratch, const rs_network *network, const void *parameters,
                   const rs_minibatch *batch);
    void (*gradient)(void *scratch, const rs_network *network, const void *parameters,
                     const rs_minibatch *batch, void *gradient, double *loss);
    void (*evaluate)(void *scratch, const rs_network *network, const void *parameters,
                     const rs_minibatch *batch, rs_score *score);
    void (*logits)(void *scratch, const rs_network *network, const void *parameters,
                   const rs_minibatch *batch, void *logit, size_t logit_stride);
} rs_cell_kernel;

#define RS_JOIN_(kernel, word, variant) kernel##_##word##_##variant
#define RS_JOIN(kernel, word, variant)  RS_JOIN_(kernel, word, variant)
#define RS_CELL_KERNEL(word, variant)   RS_JOIN(RS_KERNEL_NAME, word, variant)

/* Text for cells whose last column of RS_CELL_LIST is 1. */
#define RS_WHERE_0(...)
#define RS_WHERE_1(...) __VA_ARGS__

#define RS_CELL_DECLARE(cell, word, gates, carried, leaks)                    \
    extern const rs_cell_kernel RS_CELL_KERNEL(word, plain);                  \
    extern const rs_cell_kernel RS_CELL_KERNEL(word, plain_sequences);        \
    RS_WHERE_##leaks(extern const rs_cell_kernel RS_CELL_KERNEL(word, leaky); \
                     extern const rs_cell_kernel RS_CELL_KERNEL(word, leaky_sequences);)
RS_CELL_LIST(RS_CELL_DECLARE)
#undef RS_CELL_DECLARE

#endif
