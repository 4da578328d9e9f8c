#include "rnnsweep/network.h"

#define RS_CELL_ROW(cell, name, gates, carried, ...) [cell] = {#name, gates, carried},
static const struct {
    const char *name;
    uint32_t gates, carried;
} cells[RS_CELL_TOTAL] = {RS_CELL_LIST(RS_CELL_ROW)};
#undef RS_CELL_ROW

static const struct {
    const char *name, *meaning;
    int rank; /* with the gate axis */
    rs_tensor_axis axis[RS_TENSOR_RANK_MOST];
} tensors[RS_TENSOR_TOTAL] = {
    [RS_S0] = {"S0", "first state", 1, {RS_AXIS_STATE}},
    [RS_C0] = {"C0", "first memory of the states", 1, {RS_AXIS_STATE}},
    [RS_W_IN] = {"W_in",
                 "weights from the inputs to the states",
                 3,
                 {RS_AXIS_INPUT, RS_AXIS_GATE, RS_AXIS_STATE}},
    [RS_B_IN] = {"b_in", "bias of the input layer", 2, {RS_AXIS_GATE, RS_AXIS_STATE}},
    [RS_W_REC] = {"W_rec",
                  "weights from the states of a step to the next",
                  3,
                  {RS_AXIS_STATE_FROM, RS_AXIS_GATE, RS_AXIS_STATE}},
    [RS_B_REC] = {"b_rec", "bias of the recurrent layer", 2, {RS_AXIS_GATE, RS_AXIS_STATE}},
    [RS_W_OUT] = {"W_out",
                  "weights from the states to the outputs",
                  2,
                  {RS_AXIS_STATE, RS_AXIS_OUTPUT}},
    [RS_B_OUT] = {"b_out", "bias of the output layer", 1, {RS_AXIS_OUTPUT}},
};

static rs_tensor_layout lay_out(const rs_network *network, const size_t extents[RS_AXIS_TOTAL],
                                rs_tensor tensor)
{
    rs_tensor_layout layout = {.offset = network->count, .count = 1, .trained = true};
    if (tensor == RS_C0 && cells[network->cell].carried == 1)
        return (rs_tensor_layout){.offset = network->count, .trained = true};
    for (int i = 0; i < tensors[tensor].rank; i++) {
        const rs_tensor_axis axis = tensors[tensor].axis[i];
        if (axis == RS_AXIS_GATE && network->gates == 1)
            continue;
        layout.axis[layout.rank] = axis;
        layout.extent[layout.rank] = extents[axis];
        layout.count *= layout.extent[layout.rank++];
    }
    return layout;
}

rs_network rs_network_make(rs_cell cell, uint32_t inputs, uint32_t states, uint32_t outputs)
{
    rs_network network = {.cell = cell,
                          .inputs = inputs,
                          .gates = cells[cell].gates,
                          .states = states,
                          .outputs = outputs,
                          .leak = 1};
    const size_t extents[RS_AXIS_TOTAL] = {[RS_AXIS_INPUT] = inputs,
                                           [RS_AXIS_GATE] = network.gates,
                                           [RS_AXIS_STATE_FROM] = states,
                                           [RS_AXIS_STATE] = states,
                                           [RS_AXIS_OUTPUT] = outputs};
    for (int t = 0; t < RS_TENSOR_TOTAL; t++) {
        network.tensor[t] = lay_out(&network, extents, (rs_tensor)t);
        network.count += network.tensor[t].count;
    }
    return network;
}

bool rs_network_is_trained(const rs_network *network)
{
    for (int t = 0; t < RS_TENSOR_TOTAL; t++)
        if (!network->tensor[t].trained)
            return false;
    return true;
}

const char *rs_cell_name(rs_cell cell)
{
    return cells[cell].name;
}

const char *rs_cell_gates(rs_cell cell)
{
    static const char *const gates[RS_CELL_TOTAL] = {
        [RS_CELL_GRU] = "gate: 0 reset, 1 update, 2 new",
        [RS_CELL_LSTM] = "gate: 0 input, 1 forget, 2 cell, 3 output",
        [RS_CELL_MGU] = "gate: 0 forget, 1 new"};
    return gates[cell];
}

const char *rs_tensor_name(rs_tensor tensor)
{
    return tensors[tensor].name;
}

const char *rs_tensor_meaning(rs_tensor tensor)
{
    return tensors[tensor].meaning;
}

const char *rs_tensor_axis_name(rs_tensor_axis axis)
{
    static const char *const names[RS_AXIS_TOTAL] = {[RS_AXIS_INPUT] = "input",
                                                     [RS_AXIS_GATE] = "gate",
                                                     [RS_AXIS_STATE_FROM] = "state_from",
                                                     [RS_AXIS_STATE] = "state",
                                                     [RS_AXIS_OUTPUT] = "output"};
    return names[axis];
}
