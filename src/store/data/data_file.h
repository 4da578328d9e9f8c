/* Files of a user's own sequences: HDF5 or netCDF-4, a group for each set.
 *
 * /train and /test must be there; /validation and groups of any other name are further sets. In
 * each:
 *
 * - inputs: integers [N,T], symbols (attribute symbols: how many, else one more than the largest
 *   of all sets); or reals, booleans or integers [N,T,I].
 * - targets: integers [N,T], classes (attribute classes likewise), or [N], the class of each
 *   sequence at its last step; integers [N,T,O], bits; reals [N,T,O] (attribute tolerance, else
 *   0.5).
 * - weights, optional: numbers [N,T]; without them every step has weight 1.
 * - lengths, optional: integers [N]; without them every sequence has T steps.
 *
 * N and T may differ from set to set, the rest may not. What lies past a sequence's end, and
 * targets of weight 0, may be anything. */
#ifndef RS_DATA_FILE_H
#define RS_DATA_FILE_H

#include "data.h"

/* Reads and checks a file; rs_data_free releases it. It is read in a process of its own, since HDF5
 * may crash on what is damaged. Memory: that of the numbers, integers of 64 bits in 32. Not at the
 * same time as another call of this layer.
 *
 * RS_BAD_DATA names file, dataset, index and value; RS_IO when it cannot be opened; RS_NO_MEMORY.
 */
rs_status rs_data_read(rs_data **data, const char *path, rs_error *error);

#endif
