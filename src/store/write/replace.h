/* Rows of runs that were stopped at a rung, and that later results of the same runs replace. A row
 * that counts is never written over: before the first of its bytes is, its status is pending, on
 * the disk. So an interruption leaves the old row, a pending one, or the new one. Only in files
 * with rungs; in others no row that is finished is ever written again. */
#ifndef RS_REPLACE_H
#define RS_REPLACE_H

#include "batch.h"
#include "store.h"

typedef struct rs_replacing rs_replacing;

/* reached: rungs of each row as the file has them, [runs]. RS_NO_MEMORY. */
rs_status rs_replacing_create(rs_replacing **replacing, const rs_store *store,
                              const int32_t *reached, rs_error *error);
void rs_replacing_free(rs_replacing *replacing); /* accepts NULL */

/* Of rs_batch_set_preparation; the context is the rs_store. */
rs_status rs_replacing_prepare(const void *context, const rs_record *records, size_t count,
                               rs_error *error);

/* Whether the bytes of a row in the file end with this code. Else a later result of the run has
 * been written over the one that is to be committed, and will be committed by itself. Like the next
 * one, only while the batch is held. */
bool rs_replacing_is_written(const rs_replacing *replacing, size_t row, int8_t code);

/* The row as it was written last is committed. */
void rs_replacing_commit(rs_replacing *replacing, size_t row);

/* Whether the status of a row was made pending, and it is not committed anew. Any thread. */
bool rs_replacing_is_withdrawn(const rs_replacing *replacing, size_t row);

int32_t rs_replacing_reached(const rs_replacing *replacing, size_t row);

#endif
