#include "rnnsweep/network.h"

rs_network_shape rs_network_shape_make(uint32_t inputs, uint32_t states, uint32_t outputs)
{
    rs_network_shape shape = {.inputs = inputs, .states = states, .outputs = outputs};
    for (int tensor = 0; tensor < RS_TENSOR_TOTAL; tensor++) {
        size_t extents[2] = {1, 1};
        rs_tensor_extents(&shape, (rs_tensor)tensor, extents);
        shape.offset[tensor + 1] = shape.offset[tensor] + extents[0] * extents[1];
    }
    return shape;
}

const char *rs_tensor_name(rs_tensor tensor)
{
    static const char *const names[RS_TENSOR_TOTAL] = {"S0",    "W_in",  "b_in", "W_rec",
                                                       "b_rec", "W_out", "b_out"};
    return names[tensor];
}

int rs_tensor_extents(const rs_network_shape *shape, rs_tensor tensor, size_t extents[2])
{
    size_t inputs = shape->inputs, states = shape->states, outputs = shape->outputs;
    extents[1] = 1;
    switch (tensor) {
    case RS_S0:
    case RS_B_IN:
    case RS_B_REC:
        extents[0] = states;
        return 1;
    case RS_B_OUT:
        extents[0] = outputs;
        return 1;
    case RS_W_IN:
        extents[0] = inputs;
        extents[1] = states;
        return 2;
    case RS_W_REC:
        extents[0] = states;
        extents[1] = states;
        return 2;
    case RS_W_OUT:
        extents[0] = states;
        extents[1] = outputs;
        return 2;
    case RS_TENSOR_TOTAL:
        break;
    }
    extents[0] = 0;
    return 0;
}
