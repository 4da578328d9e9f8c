/* Controlled use of HDF5: silent, without file locks, every failure an rs_error with the library's
 * innermost message.
 *
 * File locking is off for our own access. HDF5's locks are of no use here (the library is never
 * open while rows are written) and harmful on file systems without them: NFS without lockd and
 * several parallel file systems answer flock with errors that make every open fail.
 *
 * Most distributions build HDF5 without thread safety, so functions of this layer that say so must
 * not run concurrently. */
#ifndef RS_H5_H
#define RS_H5_H

#include <hdf5.h>

#include "layout.h"

/* The library's message for the first call that failed. */
typedef struct rs_h5_trouble {
    char text[RS_ERROR_TEXT / 2];
} rs_h5_trouble;

/* Call it before a series of HDF5 calls. Nothing is printed, and the first failure is recorded in
 * *trouble, which must stay valid until the end. Disables HDF5's clean-up at exit, which crashes if
 * a file could not be closed for lack of space. */
void rs_h5_begin(rs_h5_trouble *trouble);
void rs_h5_end(void);

/* rs_fail with what HDF5 said. `path` is the file. */
rs_status rs_h5_fail(rs_error *error, rs_status status, const char *path, const char *what,
                     const rs_h5_trouble *trouble);

/* Access properties without locks, for writing what HDF5 1.8 reads; negative on failure. */
hid_t rs_h5_access(void);

/* A new attribute: UTF-8 text of variable length, or numbers (a scalar when count is 1).
 * Negative on failure. */
herr_t rs_h5_write_text(hid_t object, const char *name, const char *text);
herr_t rs_h5_write_numbers(hid_t object, const char *name, hid_t type, size_t count,
                           const void *numbers);

/* The little-endian HDF5 type; belongs to the library. */
hid_t rs_h5_type(rs_type type);

#endif
