/* The runs of a results file that are still to be done, in the order in which they are best
 * trained. Not thread-safe by itself. */
#ifndef RS_QUEUE_H
#define RS_QUEUE_H

#include "progress.h"
#include "store.h"

/* Four bytes a run. Dearest first, so that no long run is left for the end; among runs of equal
 * cost those of one seed stand together, so that a trainer can go on with the data set it has. */
typedef struct rs_queue {
    const rs_store_runs *runs;
    uint32_t *rows; /* [count] */
    size_t count, next;
    double work_left; /* predicted, of rows[next..] */
} rs_queue;

/* Takes the rows that are pending in `store`, and counts all rows into *tally. RS_NO_MEMORY. */
rs_status rs_queue_create(rs_queue *queue, const rs_store_runs *runs, const rs_store *store,
                          rs_tally *tally, rs_error *error);
void rs_queue_free(rs_queue *queue);

/* Hands out the next runs to one of `threads` threads: *rows points at as many rows as returned, 0
 * when none are left. Several at a time, but never more than a small share of the work that is
 * left, so that all threads end together. Runs of a cost above `dearest` are passed over for good.
 */
size_t rs_queue_take(rs_queue *queue, unsigned threads, double dearest, const uint32_t **rows);

#endif
