/* The exclusive right of one process to write or replace a results file. */
#ifndef RS_CLAIM_H
#define RS_CLAIM_H

#include "file_lock.h"

typedef struct rs_claim {
    rs_file_lock *lock;         /* NULL if locks are not available */
    char missing[RS_LOCK_TEXT]; /* the reason, if so */
} rs_claim;

/* Claims `path` and makes its folder. If another process holds the claim, waits some seconds, then
 * returns RS_STOPPED with nothing changed; so does a signal (stop.h). A file system without locks
 * is no failure. RS_CANNOT_CREATE if the folder cannot be made. */
rs_status rs_claim_file(rs_claim *claim, const char *path, rs_error *error);

/* Warns on standard error if there is no lock. Call it before writing. */
void rs_claim_warn(const rs_claim *claim, const char *path);

void rs_claim_release(rs_claim *claim); /* also one that is all zero */

#endif
