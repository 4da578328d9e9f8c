/* What a trained network says of sequences of any kind. */
#ifndef RS_ANSWER_H
#define RS_ANSWER_H

#include "data.h"
#include "kernel/kernel.h"
#include "rnnsweep/rnnsweep.h"

/* logit: [sequences][steps][outputs] of the set, before the logistic function or the softmax; past
 * a sequence's end it is left as it was or set to anything. weights: the block of network.h for the
 * configuration's network, whose inputs and outputs are those of the data. *score, unless it is
 * NULL: what is right and the loss are added. RS_NO_MEMORY. */
rs_status rs_answer_sequences(rs_trainer *trainer, const rs_run_config *config,
                              const double *weights, const rs_data *data, const rs_data_set *set,
                              double *logit, rs_score *score, rs_error *error);

/* Turns such logits into probabilities of bits and classes, or leaves numbers as they are; what
 * lies past a sequence's end becomes NaN. */
void rs_answer_finish(const rs_data *data, const rs_data_set *set, double *logit);

#endif
