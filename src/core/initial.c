#include "initial.h"

#include <math.h>
#include <string.h>

static const rs_tensor drawn[] = {RS_W_IN, RS_W_REC, RS_W_OUT};
enum { DRAWN = sizeof drawn / sizeof drawn[0] };

void rs_initial_draw(const rs_network_shape *shape, rs_random *random, double *parameters)
{
    memset(parameters, 0, shape->offset[RS_TENSOR_TOTAL] * sizeof *parameters);
    for (int d = 0; d < DRAWN; d++) {
        size_t extents[2];
        rs_tensor_extents(shape, drawn[d], extents);
        double a = sqrt(6.0 / (double)(extents[0] + extents[1]));
        for (size_t i = shape->offset[drawn[d]]; i < shape->offset[drawn[d] + 1]; i++)
            parameters[i] = rs_random_uniform(random, -a, a);
    }
}

void rs_initial_skip(rs_random *random, uint32_t states)
{
    rs_network_shape shape = rs_network_shape_make(RS_ADDITION_INPUTS, states, RS_ADDITION_OUTPUTS);
    for (int d = 0; d < DRAWN; d++)
        for (size_t i = shape.offset[drawn[d]]; i < shape.offset[drawn[d] + 1]; i++)
            rs_random_unit(random);
}
