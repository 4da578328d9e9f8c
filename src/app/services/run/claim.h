/* The right to write or replace the results file of a name, which one process has at a time. */
#ifndef RS_CLAIM_H
#define RS_CLAIM_H

#include "file_lock.h"

typedef struct rs_claim {
    rs_file_lock *lock;         /* NULL where there are no locks */
    char missing[RS_LOCK_TEXT]; /* then: why not */
} rs_claim;

/* Claims `path`, whose folder is made. Waits some seconds when another process has it: RS_STOPPED,
 * with nothing changed, when that goes on or a signal (stop.h) comes. Where the file system has no
 * locks, that is no failure. RS_CANNOT_CREATE when the folder cannot be made. */
rs_status rs_claim_file(rs_claim *claim, const char *path, rs_error *error);

/* Says on standard error that there is no lock, if so: for who is about to write. */
void rs_claim_warn(const rs_claim *claim, const char *path);

void rs_claim_release(rs_claim *claim); /* also one that is all zero */

#endif
