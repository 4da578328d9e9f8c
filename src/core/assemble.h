/* Minibatches of a set of sequences, in the form that the kernels take. */
#ifndef RS_ASSEMBLE_H
#define RS_ASSEMBLE_H

#include "data.h"
#include "kernel/group_kernel.h"

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

/* How sequences become a minibatch. */
typedef struct rs_batch_form {
    uint32_t precision; /* to which numbers are rounded */
    bool last;          /* of each sequence only the last step counts, with its weight */
    bool by_number;     /* symbols as rs_kernel.looks_up wants them, where numbers suffice */
} rs_batch_form;

/* The sequences order[0 .. samples - 1] of a set, with as many steps as the longest of them; room
 * must have been made. It holds until the next call. */
rs_minibatch rs_assemble(rs_assembly *assembly, const rs_data *data, const rs_data_set *set,
                         const uint32_t *order, uint32_t samples, rs_batch_form form);

/* The longest of these sequences. */
uint32_t rs_longest_of(const rs_data_set *set, const uint32_t *order, uint32_t samples);

/* ---- Groups of runs, in the form of group_kernel.h --------------------------------------------
 */

enum { RS_GROUP_VECTOR_BYTES = 64 };

/* As the two above, for a minibatch of a whole group in either precision. */
size_t rs_group_assembly_need(const rs_network *network, uint32_t samples, uint32_t steps);
rs_status rs_group_assembly_reserve(rs_assembly *assembly, const rs_network *network,
                                    uint32_t samples, uint32_t steps, rs_error *error);

/* The sequences of the runs of a group. */
typedef struct rs_lane_batch {
    const rs_data *data; /* of one run; that of the others has its form */
    uint32_t precision;
    bool last; /* as rs_assemble has it */
    struct {
        const rs_data_set *set; /* NULL: no run */
        const uint32_t *order;  /* [samples] */
        uint32_t samples;
    } lane[RS_GROUP_LANES_MOST];
} rs_lane_batch;

/* Assembles them as rs_assemble does, until the next call. weight_sum: [lanes], which the minibatch
 * then points to. */
rs_group_batch rs_assemble_group(rs_assembly *assembly, const rs_lane_batch *of, size_t lanes,
                                 double *weight_sum);

/* Whether all numbers are bytes and all steps weigh alike; and then all arrays of the minibatch
 * (assemble_group.c). */
bool rs_lanes_are_bytes(const rs_lane_batch *of, size_t lanes);
void rs_assemble_bytes(const rs_lane_batch *of, size_t lanes, const rs_group_batch *batch,
                       double *weight_sum);

#endif
