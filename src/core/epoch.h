/* The order in which a run goes through its training set, and where its minibatches begin. */
#ifndef RS_EPOCH_H
#define RS_EPOCH_H

#include "data.h"
#include "random.h"
#include "rnnsweep/run_config.h"

/* Reused from run to run; begins as zeros. */
typedef struct rs_epoch {
    uint32_t *order;   /* [used]: the sequences, in the order of the epoch; not made for runs of the
                          addition task that take them as they come */
    uint32_t *used_of; /* [used]: the sequences that the run trains on, ascending */
    uint32_t *sorted;  /* [train_samples], for its own use */
    uint32_t *counts;  /* [steps + 2], likewise */
    uint32_t *first;   /* [updates + 1]: minibatch k is order[first[k]] .. order[first[k + 1] - 1];
                          sliding: order[k] .. order[k + batch_size - 1] */
    uint32_t used;     /* with train_fraction below 1 less than train_samples */
    uint32_t updates;
    rs_random shuffles;
    bool remembers;   /* runs with config->shuffle: */
    rs_random before; /* shuffles before the epoch was made */
    size_t order_room, used_room, sorted_room, count_room, first_room;
} rs_epoch;

/* Bytes for runs whose sequences have at most `steps` steps, and the making of room. RS_NO_MEMORY.
 */
size_t rs_epoch_need(const rs_run_config *config, uint32_t steps);
rs_status rs_epoch_reserve(rs_epoch *epoch, const rs_run_config *config, uint32_t steps,
                           rs_error *error);
void rs_epoch_free(rs_epoch *epoch);
size_t rs_epoch_bytes(const rs_epoch *epoch);

/* Chooses the sequences of a run and makes its first epoch. set: the training set, or NULL where
 * all sequences have the same length. */
void rs_epoch_begin_run(rs_epoch *epoch, const rs_run_config *config, const rs_data_set *set);

/* Makes the next epoch. Without config->shuffle it is as the one before. */
void rs_epoch_next(rs_epoch *epoch, const rs_run_config *config, const rs_data_set *set);

/* Sequences of minibatch k. */
uint32_t rs_epoch_samples(const rs_epoch *epoch, const rs_run_config *config, uint32_t k);

#endif
