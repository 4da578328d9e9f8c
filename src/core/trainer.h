/* What one thread holds to train runs, shared by the files that train them. */
#ifndef RS_TRAINER_H
#define RS_TRAINER_H

#include "addition.h"
#include "assemble.h"
#include "drawn.h"
#include "kernel/dispatch.h"
#include "random.h"
#include "rnnsweep/rnnsweep.h"

/* Parameter blocks, of either precision. */
enum {
    RS_BLOCK_THETA,
    RS_BLOCK_VELOCITY,
    RS_BLOCK_SQUARES,
    RS_BLOCK_GRADIENT,
    RS_BLOCK_TRAINED, /* rs_blocks.trained, for networks that are not trained as a whole */
    RS_BLOCK_TOTAL
};

/* Test sequences of data that are tested together. */
enum { RS_TESTED_AT_ONCE = 256 };

struct rs_trainer {
    const rs_isa *isa;
    const rs_data *data; /* of the task of the run at hand; NULL: the addition task */
    rs_drawn drawn;      /* sets of a built-in task, to which data then points */
    bool drawn_valid;    /* its training set is that of drawn_for */
    rs_run_config drawn_for;
    rs_random after_drawn; /* the stream after that set */
    rs_random fresh;       /* with config.fresh_data: that of the minibatches */
    rs_assembly assembly;  /* with data: the minibatch at hand */
    rs_network network;    /* of the run at hand */
    rs_sequences train, test;
    /* What the training set was drawn from, and the stream's position after it: runs that share it
     * share the set. */
    bool train_valid;
    uint32_t train_seed;
    rs_random after_train;
    rs_sequences shuffled; /* with config.shuffle: the training set in the order of an epoch */
    rs_random shuffles;
    uint32_t *order; /* [train_samples], with config.shuffle or data */
    size_t order_room;
    void *block[RS_BLOCK_TOTAL];
    size_t block_room[RS_BLOCK_TOTAL]; /* in bytes */
    void *scratch;
    size_t scratch_room;
    double *loss, *weights, *logit;
    size_t loss_room, weights_room, logit_room;
};

/* ---- Memory (trainer.c) ---------------------------------------------------------------------- */

/* Points of a run's loss curve. */
size_t rs_trainer_loss_count(const rs_run_config *config);

/* Samples of the gradient check: the first hundred, or all. */
uint32_t rs_trainer_checked_samples(const rs_run_config *config);

/* Room for `count` predictions: no training set, no gradients. RS_NO_MEMORY. */
rs_status rs_trainer_reserve_predictions(rs_trainer *trainer, const rs_run_config *config,
                                         uint32_t count, size_t logit_stride, rs_error *error);

/* Room for the answers of a run's network to `samples` sequences of at most `steps` steps at a
 * time. RS_NO_MEMORY. */
rs_status rs_trainer_reserve_answers(rs_trainer *trainer, const rs_run_config *config,
                                     uint32_t samples, uint32_t steps, rs_error *error);

/* ---- Data (trainer_data.c) ------------------------------------------------------------------- */

/* Draws the training set unless the trainer holds it; *random = the stream that the run's networks
 * come from. */
void rs_trainer_draw_training_set(rs_trainer *trainer, const rs_run_config *config,
                                  rs_random *random);

/* With config.fresh_data, draws the minibatch of the next update. */
void rs_trainer_freshen(rs_trainer *trainer, const rs_run_config *config);

/* Before an epoch, counted from 0: with config.shuffle, its order of the training set. */
void rs_trainer_begin_epoch(rs_trainer *trainer, const rs_run_config *config, uint64_t epoch);

/* Draws the test set. random: the run's stream after its networks. */
void rs_trainer_draw_test_set(rs_trainer *trainer, const rs_run_config *config, rs_random *random);

/* `samples` training samples of the epoch from `first` on; with data, until the next call. */
rs_minibatch rs_trainer_minibatch(rs_trainer *trainer, const rs_run_config *config, uint32_t first,
                                  uint32_t samples, uint32_t precision);

/* Finds the sequences of a run: of a data file, it trains and is tested on the first train_samples
 * and test_samples of its sets; those of a built-in task but addition are to be drawn. RS_BAD_DATA
 * when this process has not read the file. */
rs_status rs_trainer_find_data(rs_trainer *trainer, const rs_run_config *config, rs_error *error);

/* With data, adds the outcome on the test set to *score. random: as of rs_trainer_draw_test_set. */
void rs_trainer_test_on_data(rs_trainer *trainer, const rs_run_config *config, rs_random *random,
                             rs_score *score);

/* ---- Updates (trainer_loop.c) ---------------------------------------------------------------- */

/* All updates, from the drawn network. Sets loss curve, initial and final loss, diverged_at. */
void rs_trainer_train(rs_trainer *trainer, const rs_run_config *config, rs_run_result *result);

#endif
