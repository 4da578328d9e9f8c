/* When a run is checked, and what stops it: pure functions of the numbers of its updates and
 * checks. They know nothing of kernels, so that whoever trains runs, one or several at a time, may
 * ask them. */
#ifndef RS_STOPPING_H
#define RS_STOPPING_H

#include "rnnsweep/run_config.h"

/* Where a run checks its stop rules without a validation set: its minibatches since the last check,
 * as their gradients were taken. */
typedef struct rs_watched {
    double loss, weight; /* sums of weight times loss, and of weights */
    uint64_t right, sequences;
} rs_watched;

/* The course of one run. */
typedef struct rs_stopping {
    uint64_t interval;               /* updates from one check to the next; 0: there are none */
    uint64_t checks;                 /* made */
    double stop_loss, stop_accuracy; /* below 0: none */
    int64_t patience;                /* below 0: none */
    double best;                     /* the least loss so far */
    int64_t worse;                   /* checks since then */
    double solved_at;                /* as rs_run_result.solved_at */
    rs_stop_reason reason;           /* RS_STOP_END as long as nothing stopped it */
    rs_watched watched;
} rs_stopping;

/* per_epoch: updates of an epoch; epochs may be as many as the configuration says. */
void rs_stopping_begin(rs_stopping *stopping, const rs_run_config *config, uint32_t per_epoch);

/* Whether there is a check after update `update`, which is counted from 1. */
bool rs_stopping_is_due(const rs_stopping *stopping, uint64_t update);

/* What the minibatches of a run are asked for: their losses, and how many sequences are right. */
bool rs_stopping_watches_loss(const rs_run_config *config);
bool rs_stopping_watches_accuracy(const rs_run_config *config);

/* Notes a minibatch. `right` is of no account where accuracy is not watched. */
void rs_stopping_watch(rs_stopping *stopping, double loss, double weight, uint64_t right,
                       uint64_t sequences);

/* Ends the series of minibatches: loss (weighted mean) and share of right sequences since the last
 * time. */
void rs_stopping_sum_up(rs_stopping *stopping, double *loss, double *accuracy);

/* A check with finite numbers. Whether the run stops there; stopping->reason then says why. The
 * accuracy decides before the loss, and the loss before patience. */
bool rs_stopping_check(rs_stopping *stopping, uint64_t update, double loss, double accuracy);

#endif
