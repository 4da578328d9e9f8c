/* The runs of a results file that are still to be done, in the order in which they are best
 * trained. Not thread-safe by itself. */
#ifndef RS_QUEUE_H
#define RS_QUEUE_H

#include "progress.h"
#include "store.h"

/* Four bytes a run. The first seeds of all configurations come first, then the second ones, and so
 * on, so that a sweep stopped half way has half the seeds of every configuration. Among the runs of
 * one round the costliest come first, those of one seed together, so that a trainer can keep the
 * data set it has.
 *
 * A run stands further ahead than its round where it would otherwise be too long for the threads to
 * end together: costly runs near the end of a sweep. */
typedef struct rs_queue {
    const rs_store_runs *runs;
    uint32_t *rows; /* [count] */
    size_t count, next;
    size_t costliest; /* row of the costliest run; of no meaning when count is 0 */
    double work_left; /* predicted, of rows[next..] */
} rs_queue;

/* Takes the rows that are pending in `store`, in an order for `threads` threads, and counts all
 * rows into *tally. RS_NO_MEMORY. */
rs_status rs_queue_create(rs_queue *queue, const rs_store_runs *runs, const rs_store *store,
                          unsigned threads, rs_tally *tally, rs_error *error);
void rs_queue_free(rs_queue *queue);

/* Hands out the next runs to one of `threads` threads: *rows points at as many rows as returned, 0
 * when none are left. Several at a time, but never more than a small share of the work that is
 * left, so that all threads end together. Runs of a cost above `largest` are passed over for good.
 */
size_t rs_queue_take(rs_queue *queue, unsigned threads, double largest, const uint32_t **rows);

#endif
