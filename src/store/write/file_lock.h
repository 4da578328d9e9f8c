/* One process at a time writes or replaces the file of a name: a lock on a hidden file beside it,
 * .NAME.lock, which is removed with the last lock. The results file itself stays unlocked, so that
 * no reader is ever kept out, HDF5 with its own locks included.
 *
 * The lock belongs to the name, not to the file, so it also holds while the file is replaced. The
 * system releases it when the process ends, for whatever reason. On network file systems its scope
 * is that of their locks: all hosts on NFS, Lustre and GPFS, if enabled. */
#ifndef RS_FILE_LOCK_H
#define RS_FILE_LOCK_H

#include <stddef.h>

#include "rnnsweep/status.h"

typedef struct rs_file_lock rs_file_lock;

typedef enum rs_lock_outcome {
    RS_LOCK_TAKEN,
    RS_LOCK_BUSY,   /* another process has it */
    RS_LOCK_MISSING /* this file system or folder has none */
} rs_lock_outcome;

enum { RS_LOCK_TEXT = 256 };

/* Does not wait. The folder of `path` must exist, and `path` must not be a symbolic link
 * (rs_file_follow_links). *lock is set if it is acquired. text: the owner, as far as known, or the
 * reason why there is no lock. */
rs_lock_outcome rs_file_lock_take(rs_file_lock **lock, const char *path, char text[RS_LOCK_TEXT]);

/* Accepts NULL. */
void rs_file_lock_release(rs_file_lock *lock);

#endif
