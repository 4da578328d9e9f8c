/* Files of what a network answers to a set of sequences: netCDF-4, which is HDF5. */
#ifndef RS_OUTPUTS_FILE_H
#define RS_OUTPUTS_FILE_H

#include "data.h"

typedef struct rs_outputs {
    uint32_t sequences, steps, outputs;
    bool real64;            /* the numbers are stored as doubles, not floats */
    const double *values;   /* [sequences][steps][outputs]; NaN past a sequence's end */
    const int32_t *lengths; /* [sequences] */
    const char *meaning;    /* of a value */
    const char *title, *source;
} rs_outputs;

/* Creates a file with /outputs[sequence, step, output] and /length[sequence]. It writes over
 * nothing: RS_CANNOT_CREATE when there is a file of that name, or no room for it; then it leaves no
 * file. Not at the same time as another call of this layer. */
rs_status rs_outputs_write(const char *path, const rs_outputs *outputs, rs_error *error);

#endif
