/* What the states of a trained network are while it reads sequences. */
#ifndef RS_STATES_H
#define RS_STATES_H

#include "data.h"
#include "rnnsweep/rnnsweep.h"

/* Numbers that a network carries from step to step: its states, and those of the memory of lstm. */
size_t rs_states_carried(const rs_network *network);

/* state: [sequences][steps][carried] of the set, after each step, hidden states first: what the
 * forward pass of training makes of these inputs, to the bit. logit: [sequences][steps][outputs],
 * before the logistic function or the softmax. What stands past a sequence's end means nothing.
 * weights: the block of network.h for the configuration's network. data: of the kinds and widths of
 * the configuration's task; of the addition task, inputs [N,T,2] that are 0 or 1. RS_NO_MEMORY. */
rs_status rs_states_of_sequences(rs_trainer *trainer, const rs_run_config *config,
                                 const double *weights, const rs_data *data, const rs_data_set *set,
                                 double *state, double *logit, rs_error *error);

#endif
