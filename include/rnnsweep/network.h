/* Shapes of the network's parameters. All of a network's parameters are one block of numbers in
 * the notebook's order S0, W_in, b_in, W_rec, b_rec, W_out, b_out, each row-major. */
#ifndef RNNSWEEP_NETWORK_H
#define RNNSWEEP_NETWORK_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef enum rs_tensor {
    RS_S0,    /* [H]    first state, trained */
    RS_W_IN,  /* [I,H] */
    RS_B_IN,  /* [H] */
    RS_W_REC, /* [H,H]  from, to */
    RS_B_REC, /* [H] */
    RS_W_OUT, /* [H,O] */
    RS_B_OUT, /* [O] */
    RS_TENSOR_TOTAL
} rs_tensor;

/* I, H, O and where each tensor starts in the block; offset[RS_TENSOR_TOTAL] is the block's size.
 */
typedef struct rs_network_shape {
    uint32_t inputs, states, outputs;
    size_t offset[RS_TENSOR_TOTAL + 1];
} rs_network_shape;

rs_network_shape rs_network_shape_make(uint32_t inputs, uint32_t states, uint32_t outputs);

/* Name of a tensor as in the results file, and its number of dimensions (1 or 2) with extents. */
const char *rs_tensor_name(rs_tensor tensor);
int rs_tensor_extents(const rs_network_shape *shape, rs_tensor tensor, size_t extents[2]);

/* The addition task: two bits in, one bit out per step. */
enum { RS_ADDITION_INPUTS = 2, RS_ADDITION_OUTPUTS = 1 };

#ifdef __cplusplus
}
#endif

#endif
