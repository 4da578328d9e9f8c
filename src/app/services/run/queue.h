/* The pending runs of a results file, in the order in which they are best trained. Not
 * thread-safe. */
#ifndef RS_QUEUE_H
#define RS_QUEUE_H

#include "progress.h"
#include "stage.h"
#include "store.h"

/* Takes four bytes a run. The first seeds of all configurations come first, then the second ones,
 * and so on, so that a sweep stopped half way has half the seeds of every configuration. Within
 * such a round the costliest runs come first, and runs of one seed are adjacent, so that a trainer
 * can reuse its data set.
 *
 * Of runs that are trained side by side (rs_trainer_run_group), as many seeds of a configuration
 * come together as fill a group.
 *
 * Costly runs near the end of a sweep are moved ahead of their round where threads could otherwise
 * not finish together. */
typedef struct rs_queue {
    const rs_store_runs *runs;
    const rs_stage *stage; /* NULL: runs are trained to their end */
    uint32_t *rows;        /* [count] */
    size_t count, next;
    size_t group; /* runs that are trained side by side, at most: full groups, or fewer runs in each
                     where there are too few for all threads */
    size_t costliest; /* row of the costliest run; undefined if count is 0 */
    double work_left; /* predicted, of rows[next..] */
} rs_queue;

/* Collects the rows of `store` that are not trained to their end, or those due in `stage`, in an
 * order for `threads` threads, and counts all rows into *tally. RS_NO_MEMORY. */
rs_status rs_queue_create(rs_queue *queue, const rs_store_runs *runs, const rs_store *store,
                          const rs_stage *stage, unsigned threads, rs_tally *tally,
                          rs_error *error);
void rs_queue_free(rs_queue *queue);

/* Predicted cost (cost.h) of the training of a row's run; and what it takes in time where it fills
 * a group with others like it. */
double rs_queue_cost(const rs_queue *queue, size_t row, const rs_run_config *config);
double rs_queue_cost_of_group(const rs_queue *queue, size_t row, const rs_run_config *config);

/* Hands out the next runs to one of `threads` threads: *rows points to the returned number of rows,
 * 0 if none are left. Several at a time, but only a small share of the remaining work, so that all
 * threads end together; or the runs of one group. Runs whose training costs more than `largest` are
 * skipped for good. */
size_t rs_queue_take(rs_queue *queue, unsigned threads, double largest, const uint32_t **rows);

#endif
