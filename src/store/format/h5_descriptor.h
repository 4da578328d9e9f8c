/* A driver by which HDF5 reads through a file descriptor. HDF5 itself opens files by name only, and
 * the name may refer to another file by then. */
#ifndef RS_H5_DESCRIPTOR_H
#define RS_H5_DESCRIPTOR_H

#include <hdf5.h>

/* Opens the file behind `file`, which is open for reading, must stay open as long, and is not
 * closed. Negative on failure. Never locks.
 *
 * *failure is 0, and becomes the errno of a call of the system that fails, now or until the file is
 * closed: what HDF5 then says of the file is no sign of damage. It must last as long as the file.
 */
hid_t rs_h5_open_descriptor(int file, int *failure);

#endif
