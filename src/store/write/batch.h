/* Buffers finished rows and writes many at a time.
 *
 * A row is some fifteen pieces in as many datasets, 12 to 400 bytes each for a small network, and a
 * system call for each would cost more than training allows: 3 microseconds a piece were measured,
 * and the kernel lets one thread at a time write to a file. Rows of neighbouring runs are
 * neighbours in every dataset and tend to be finished together, so a batch of rows becomes a few
 * large writes. A mapping of the file would need no calls at all, but turns a full disk or a
 * failing server into a signal instead of an error.
 *
 * Any number of threads may add while others flush. The thread that fills a batch writes it while
 * others continue. If all rows come from one thread, a writer thread of the batch does it, so that
 * reading and writing overlap. */
#ifndef RS_BATCH_H
#define RS_BATCH_H

#include "row.h"

typedef struct rs_batch rs_batch;

/* One row: bytes[] as rs_row_encode makes it. */
typedef struct rs_record {
    size_t row, size;
    char *bytes;
    size_t order; /* set by rs_batch_add: of two records of a row the later one counts */
} rs_record;

/* The batch writes to `file`; layout and formats must outlive it. */
rs_status rs_batch_create(rs_batch **batch, int file, const char *path, const rs_layout *layout,
                          const rs_row_format *formats, rs_error *error);
void rs_batch_free(rs_batch *batch); /* drops rows not yet written; accepts NULL */

/* Called before each series of writes, by any thread. After a failure nothing more is written, and
 * the rows stay in the batch. */
typedef rs_status rs_batch_guard(const void *context, rs_error *error);
void rs_batch_set_guard(rs_batch *batch, rs_batch_guard *guard, const void *context);

/* Called before rows are written, with all of them; what fails there counts as a failed write. */
typedef rs_status rs_batch_preparation(const void *context, const rs_record *records, size_t count,
                                       rs_error *error);
void rs_batch_set_preparation(rs_batch *batch, rs_batch_preparation *preparation,
                              const void *context);

/* Removes the rows not yet written, oldest first, and returns their number. Free them with
 * rs_batch_free_records. */
size_t rs_batch_take_records(rs_batch *batch, rs_record **records);
void rs_batch_free_records(rs_record *records, size_t count);

/* Between the two calls a separate thread writes full batches, one at a time. A later
 * rs_batch_flush reports a failed write. Do not fork meanwhile: in the child, that thread's locks
 * would be held for ever. RS_NO_MEMORY if the system has no thread left. */
rs_status rs_batch_start_writer(rs_batch *batch, rs_error *error);
void rs_batch_stop_writer(rs_batch *batch); /* what it has not written stays in the batch */

/* Takes ownership of record.bytes, allocated with malloc(), also on failure. Writes the batch if it
 * is full. RS_IO, RS_NO_MEMORY. */
rs_status rs_batch_add(rs_batch *batch, rs_record record, rs_error *error);

/* On return every row added before the call is written (not synced). After a failed write every
 * later call fails in the same way, since it is then unknown which rows are complete. */
rs_status rs_batch_flush(rs_batch *batch, rs_error *error);

/* Between the two calls no other thread writes rows, though any may add them. The first one writes
 * those added before, as rs_batch_flush does, and holds the batch also when that fails. */
rs_status rs_batch_hold(rs_batch *batch, rs_error *error);
void rs_batch_release(rs_batch *batch);

#endif
