/* Minibatches of a set of sequences, in the form that the kernels take. */
#ifndef RS_ASSEMBLE_H
#define RS_ASSEMBLE_H

#include "data.h"
#include "kernel/kernel.h"

/* Room for one minibatch, reused from one to the next; one for each thread. */
typedef struct rs_assembly {
    char *bytes;
    size_t room;
    rs_sequence_batch sequences;
} rs_assembly;

/* Bytes for minibatches of `samples` sequences of at most `steps` steps, for networks of these
 * inputs, outputs and head, in either precision. */
size_t rs_assembly_need(const rs_network *network, uint32_t samples, uint32_t steps);

/* Makes room for them. RS_NO_MEMORY. Whatever it held is lost. */
rs_status rs_assembly_reserve(rs_assembly *assembly, const rs_network *network, uint32_t samples,
                              uint32_t steps, rs_error *error);
void rs_assembly_free(rs_assembly *assembly);

/* The sequences order[0 .. samples - 1] of a set, numbers rounded to the precision, with as many
 * steps as the longest of them; room must have been made. last: of each sequence only the last step
 * counts, with its weight. It holds until the next call. */
rs_minibatch rs_assemble(rs_assembly *assembly, const rs_data *data, const rs_data_set *set,
                         const uint32_t *order, uint32_t samples, bool last, uint32_t precision);

#endif
