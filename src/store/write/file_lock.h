/* One process at a time writes or replaces the file of a name: a lock on a hidden file beside it,
 * .NAME.lock, which is removed with the last lock. The results file itself stays unlocked, so that
 * no reader is ever kept out, HDF5 with its own locks included.
 *
 * The lock belongs to the name, not to the file that has it, so it also holds while a file is put
 * in the place of another. The system gives it back when the process ends, however that happens. On
 * network file systems it reaches as far as their locks do: over all hosts on NFS, Lustre and GPFS
 * where these are enabled. */
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

/* Does not wait. The folder of `path` must exist, and `path` be no symbolic link
 * (rs_file_follow_links). *lock is set when it is taken. text: who has it, as far as that is known,
 * or why there is none. */
rs_lock_outcome rs_file_lock_take(rs_file_lock **lock, const char *path, char text[RS_LOCK_TEXT]);

/* Accepts NULL. */
void rs_file_lock_release(rs_file_lock *lock);

#endif
