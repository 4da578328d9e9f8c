#include "initial.h"

#include <math.h>
#include <string.h>

static const rs_tensor drawn[] = {RS_W_IN, RS_W_REC, RS_W_OUT};
enum { DRAWN = sizeof drawn / sizeof drawn[0] };

void rs_initial_draw(const rs_network *network, rs_random *random, double *parameters)
{
    memset(parameters, 0, network->count * sizeof *parameters);
    for (int d = 0; d < DRAWN; d++) {
        const rs_tensor_layout *tensor = &network->tensor[drawn[d]];
        double a = sqrt(6.0 / (double)(tensor->extent[0] + tensor->extent[1]));
        for (size_t i = 0; i < tensor->count; i++)
            parameters[tensor->offset + i] = rs_random_uniform(random, -a, a);
    }
}

void rs_initial_skip(const rs_network *network, rs_random *random)
{
    for (int d = 0; d < DRAWN; d++)
        for (size_t i = 0; i < network->tensor[drawn[d]].count; i++)
            rs_random_unit(random);
}
