/* How much each swept parameter matters: the exact decomposition of variance on a full grid.
 *
 * The variance of the mean outcome over the grid is split into main effects, interactions of pairs
 * and the rest (the functional ANOVA: W. Hoeffding, Annals of Mathematical Statistics 19:293, 1948;
 * F. Hutter et al., ICML 2014), with the units as replicates. Each variance is estimated without
 * the noise of the units, by products of effects of different units, so that a share may come out
 * below 0 where there is nothing. */
#ifndef RS_IMPORTANCE_H
#define RS_IMPORTANCE_H

#include "summary.h"

typedef struct rs_effect {
    size_t order;         /* parameters in it: 1, 2; 0 for the rest, of three and more */
    size_t parameters[2]; /* [order] numbers in rs_parameters */
    double share;         /* of the variance between the groups */
    rs_interval interval; /* 95 %: jackknife over units (B. Efron and C. Stein, Annals of Statistics
                             9:586, 1981), Student's quantile */
} rs_effect;

typedef struct rs_importance {
    size_t count;
    rs_effect *effects; /* [count] the largest share first */
    size_t units;       /* with finished runs in every group, which are those that count */
} rs_importance;

/* Of a summary's metric, by the parameters that its groups differ in; losses, which may be
 * infinite, by the ranks of the runs. RS_NO_MEMORY; RS_BAD_DATA when nothing varies or is finished,
 * when all groups achieve the same, and when the groups are no full grid (every combination of the
 * values) with three units in common. */
rs_status rs_importance_measure(rs_importance *importance, const rs_summary *summary,
                                rs_error *error);
/* The level at which they are taken: the last one that all groups came to. */
uint32_t rs_importance_level(const rs_summary *summary);
void rs_importance_free(rs_importance *importance);

/* "states x momentum", "rest". */
enum { RS_EFFECT_TEXT = 128 };
void rs_effect_name(const rs_effect *effect, char text[RS_EFFECT_TEXT]);

#endif
