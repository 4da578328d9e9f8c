/* HDF5, tamed: silent, without file locks, every failure an rs_error with the library's own
 * innermost message.
 *
 * File locking is off for our own access. HDF5's locks are of no use here (the library is never
 * open while rows are written) and harmful on file systems without them: NFS without lockd and
 * several parallel file systems answer flock with errors that make every open fail.
 *
 * HDF5 is built without thread safety by most distributions: callers of this layer that say so
 * must not run at the same time. */
#ifndef RS_H5_H
#define RS_H5_H

#include <hdf5.h>

#include "layout.h"

/* Before any other call of HDF5: no printing of error stacks, and no clean-up at exit, which ends
 * in a crash when a file could not be closed for want of room. */
void rs_h5_begin(void);

/* rs_fail with what HDF5 says about its last failure. `path` is the file. */
rs_status rs_h5_fail(rs_error *error, rs_status status, const char *path, const char *doing);

/* Access properties without locks, for writing what HDF5 1.10 reads; negative on failure. */
hid_t rs_h5_access(void);

/* A new attribute: UTF-8 text of variable length, or numbers (a scalar when count is 1).
 * Negative on failure. */
herr_t rs_h5_write_text(hid_t object, const char *name, const char *text);
herr_t rs_h5_write_numbers(hid_t object, const char *name, hid_t type, size_t count,
                           const void *numbers);

/* The little-endian HDF5 type; belongs to the library. */
hid_t rs_h5_type(rs_type type);

#endif
