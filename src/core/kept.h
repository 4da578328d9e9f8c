/* Minibatches that are the same in every epoch, and often from run to run: made once and kept. */
#ifndef RS_KEPT_H
#define RS_KEPT_H

#include "assemble.h"
#include "rnnsweep/run_config.h"

/* The most that a trainer keeps. Training sets that take more are kept in part. */
enum { RS_KEPT_BYTES = 64 << 20 };

/* What decides the minibatches of a run. */
typedef struct rs_kept_key {
    const rs_data *data;
    uint64_t version; /* counted up where the contents of data change */
    bool by_number;   /* as rs_batch_form */
    rs_run_config config;
} rs_kept_key;

typedef struct rs_kept_batch {
    rs_assembly assembly; /* its bytes belong to rs_kept */
    rs_minibatch batch;
    bool is_made;
} rs_kept_batch;

/* Begins as zeros. */
typedef struct rs_kept {
    rs_kept_key key;
    bool is_valid; /* key says what `batches` are of */
    char *bytes;
    rs_kept_batch *batches; /* [count], of minibatch 0 and so on */
    size_t room, batch_room, count;
} rs_kept;

/* Bytes for the minibatches of a run. */
size_t rs_kept_need(const rs_run_config *config, uint32_t steps);

/* Share of the minibatches of a run's epochs that are kept, 0 to 1. */
double rs_kept_share(const rs_run_config *config, uint32_t steps);

/* Makes room for them; forgets them all where they moved. RS_NO_MEMORY. */
rs_status rs_kept_reserve(rs_kept *kept, const rs_run_config *config, uint32_t steps,
                          rs_error *error);
void rs_kept_free(rs_kept *kept);

/* Before a run for which there is room: forgets minibatches that are not those of the run. */
void rs_kept_begin(rs_kept *kept, const rs_kept_key *key, uint32_t steps);

/* Minibatch k of an epoch, whether or not it is made yet; NULL where it is not kept. */
rs_kept_batch *rs_kept_at(rs_kept *kept, uint32_t k);

#endif
