/* Successive halving: training the better configurations of a sweep further than the others.
 *
 * Runs are measured at rungs, after so many epochs or updates. All configurations that came to a
 * rung are compared there by a statistic of the sweep's metric over all their seeds, and the best
 * part of them goes on (K. Jamieson, A. Talwalkar, Non-stochastic best arm identification and
 * hyperparameter optimization, AISTATS 2016). A decision waits for all runs that it compares, so
 * that it depends on their numbers alone. */
#ifndef RS_HALVING_H
#define RS_HALVING_H

#include "rnnsweep/run_config.h"
#include "rnnsweep/status.h"

/* X(name in the sweep file): what orders the configurations at a rung. `score` is that of the
 * summary: the mean of an accuracy, the median of a loss. `mean_rank` is the mean, over seeds, of a
 * configuration's rank among all those of this seed. */
#define RS_HALVING_STATISTIC_LIST(X) \
    X(score)                         \
    X(mean)                          \
    X(median)                        \
    X(mean_rank)

#define RS_HALVING_ENUMERATOR(name) RS_HALVING_##name,
typedef enum rs_halving_statistic {
    RS_HALVING_STATISTIC_LIST(RS_HALVING_ENUMERATOR)
} rs_halving_statistic;
#undef RS_HALVING_ENUMERATOR

extern const char *const rs_halving_statistic_names[]; /* ending with NULL */

typedef struct rs_halving {
    rs_rungs rungs;     /* of which some run comes to each; count 0: every run is trained whole */
    const double *keep; /* [rungs.count]: the share that goes on, above 0 and below 1 */
    rs_halving_statistic statistic;
} rs_halving;

/* How many of `count` configurations go on from a rung: their share, rounded up. */
size_t rs_halving_kept(const rs_halving *halving, size_t rung, size_t count);

/* The runs of a sweep as they are. */
typedef struct rs_halving_runs {
    size_t count, configurations;
    const uint32_t *configuration; /* [count], each below `configurations` */
    const uint32_t *seed;          /* [count] */
    /* [count][rungs]: the metric of a run at a rung; NaN: not measured yet. A run that ended before
     * a rung has its last value there; one that diverged has the worst value. */
    const double *value;
    /* The loss likewise, infinite where a run diverged: of equal configurations, that of the
     * smaller median over its seeds is the better. At early rungs, many have the accuracy 0. */
    const double *loss;
    bool maximize; /* the largest values are the best */
    bool accuracy; /* of which rs_halving's score is the mean */
} rs_halving_runs;

/* What the rungs decide. */
typedef struct rs_halving_decision {
    size_t open;  /* the first rung that waits for values; rungs.count: none */
    size_t *last; /* [configurations]: the rung at which its runs stop; the open rung where they
                     wait there; rungs.count: they are trained to their end */
} rs_halving_decision;

/* Equals in median loss, too, are ordered by the number of their configuration. Does not depend on
 * the order of runs. decision->last is for free(). RS_NO_MEMORY. */
rs_status rs_halving_decide(rs_halving_decision *decision, const rs_halving *halving,
                            const rs_halving_runs *runs, rs_error *error);

#endif
