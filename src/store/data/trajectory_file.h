/* Files of the states of many networks while they read sequences: netCDF-4, which is HDF5.
 *
 *     /states [run, sequence, step, state]        hidden states after each step
 *     /memories, alike                            of lstm: c; only where a run has it
 *     /first_states, /first_memories [run, state] before the first step
 *     /outputs [run, sequence, step, output]      probabilities of bits and classes, or numbers
 *     /inputs [run, sequence, step] symbols, or [run, sequence, step, input]
 *     /targets [run, sequence, step] classes, [run, sequence] those of the last step, or
 *              [run, sequence, step, output]; only where they are known
 *     /weights [run, sequence, step]              of steps; only where the sequences have them
 *     /length [run, sequence]                     steps of each
 *
 * Inputs, targets, weights and lengths have no axis `run` where all runs read the same. States past
 * those of a run, and all numbers past a sequence's end but inputs, targets and weights, are NaN.
 */
#ifndef RS_TRAJECTORY_FILE_H
#define RS_TRAJECTORY_FILE_H

#include "data.h"

typedef struct rs_trajectory_shape {
    uint32_t runs, states;  /* of the run with the most */
    const int32_t *run;     /* [runs]: their numbers */
    bool shared;            /* all runs read the same sequences */
    bool real64;            /* states and outputs are stored as doubles, not floats */
    bool memories, targets; /* whether the file has them */
    const rs_data *data;    /* kinds and widths of the sequences */
    const rs_data_set *set;
    const char *title, *source;
} rs_trajectory_shape;

/* Of one run. */
typedef struct rs_trajectory {
    uint32_t states;
    size_t carried;         /* states, or twice as many with memories */
    const double *first;    /* [carried] */
    const double *carry;    /* [sequences][steps][carried] */
    const double *outputs;  /* [sequences][steps][O] */
    const rs_data_set *set; /* of the extents and kinds of the shape's */
} rs_trajectory;

typedef struct rs_trajectory_file rs_trajectory_file;

/* Creates a file for so many runs. It writes over nothing: RS_CANNOT_CREATE when there is a file of
 * that name, or no room for it. Not at the same time as another call of this layer, as what
 * follows. */
rs_status rs_trajectory_file_create(rs_trajectory_file **file, const char *path,
                                    const rs_trajectory_shape *shape, rs_error *error);

/* Writes run `index` of the shape. RS_CANNOT_CREATE. */
rs_status rs_trajectory_file_add(rs_trajectory_file *file, uint32_t index,
                                 const rs_trajectory *trajectory, rs_error *error);

/* Closes the file, and removes it unless *status is RS_OK, or where it cannot be closed, which is
 * then *status. Accepts NULL. */
void rs_trajectory_file_end(rs_trajectory_file *file, rs_status *status, rs_error *error);

#endif
