/* Statistics over seeds: runs grouped by configuration, or by any parameters, best first. */
#ifndef RS_SUMMARY_H
#define RS_SUMMARY_H

#include "bootstrap.h"
#include "comparison.h"
#include "solution_time.h"

/* What to group by and what counts as solved. */
typedef struct rs_summary_question {
    rs_key_set by;
    const char *metric;     /* that orders the groups; NULL: the sweep's own */
    const rs_filter *where; /* the runs to look at; NULL: all */
    double threshold;       /* solved: test_accuracy at or above it */
    double loss_level;      /* for the time to a solution; NaN: by the runs' own checks, if any */
} rs_summary_question;

/* A group in its rank. */
typedef struct rs_ranked_group {
    uint32_t group; /* of the grouping */
    bool finished;  /* it has a run that is done, diverged or was stopped */
    uint32_t level; /* to which all of these came; RS_LEVEL_NONE: it has none */
    double score;   /* the statistic that it is ranked by, at this level */
    double loss_median;
} rs_ranked_group;

/* What a group has of one unit. */
typedef struct rs_unit_tally {
    uint32_t unit, finished, done, solved;
    double value;          /* sum of the metric over finished runs */
    double accuracy, loss; /* sums over runs done */
} rs_unit_tally;

typedef struct rs_summary {
    const rs_results *results;
    rs_summary_question question;
    rs_metric metric; /* what orders the groups */
    rs_grouping grouping;
    rs_levels levels;         /* how far the runs came */
    rs_metric loss;           /* final_loss, at the rungs too */
    rs_units units;           /* what counts once */
    rs_key_set along;         /* what varies along with the question's `by` */
    rs_key_set pairs_by;      /* what a run shares with its partner in the best group */
    const double *accuracy;   /* [rows of the file] in place of test_accuracy, NaN where a run has
                                 none; NULL: that itself */
    bool timed;               /* there are times to a solution */
    bool pooled;              /* some group has several finished runs of one unit */
    size_t count, finished;   /* groups; those with a level, which come first */
    size_t comparisons;       /* of others with the best; 0 when none is trained to its end */
    rs_ranked_group *ranking; /* [count] best first, then as in the file */
    rs_reference *best;       /* the first group's runs */
    rs_bootstrap *bootstrap;
    double *scratch;
    size_t scratch_room;
    rs_unit_tally *tallies; /* of the group that is looked at, by first run */
    size_t tally_room;
    uint32_t *slots; /* [units.count] 1 + place in tallies; 0 between calls */
} rs_summary;

/* Over units: of each the mean over its runs done. With one run a unit, over the runs done. */
typedef struct rs_sample {
    double mean, median;
    double interquartile_mean;
    rs_interval interquartile_interval; /* bootstrap, 95 % */
} rs_sample;

/* Against the best group.
 *
 * A group is tied with the best one unless it is shown to be worse: by a one-sided test over the
 * units they share, paired (comparison.h), whose p is multiplied by the number of groups tested
 * against the best (Bonferroni), at 5 %. However the best was picked from the same data, the truly
 * best group is then among the best and the tied with a probability of at least 95 %: it is lost
 * only if one of the others beats it by chance, each at 5 % divided by their number. This is subset
 * selection as in S. Gupta, "On some multiple decision (selection and ranking) rules",
 * Technometrics 7, 1965.
 *
 * With too few units no group could be shown to be worse, whatever its results; it is undecided. */
size_t rs_units_needed(size_t comparisons); /* for one of them to be shown to be worse */

typedef enum rs_standing {
    RS_STANDING_NONE, /* no finished run, or the first is not trained to its end */
    RS_STANDING_BEST,
    RS_STANDING_TIED,
    RS_STANDING_WORSE,
    RS_STANDING_UNDECIDED, /* too few units for any difference to show */
    RS_STANDING_UNPAIRED   /* no run has a partner in the best group */
} rs_standing;

/* Of a group that is not at the end, what is solved, accuracy, loss and time stay empty: they are
 * of whole runs. */
typedef struct rs_group_statistics {
    uint32_t level;
    size_t runs;  /* finished: done and diverged; and stopped, in a group that is not at the end */
    size_t units; /* of these */
    size_t pending, diverged, failed, stopped, solved;
    double score;                /* what orders the groups, of these, at the level */
    double solved_share;         /* of the finished; a diverged run is not solved */
    rs_interval solved_interval; /* 95 %, rs_wilson_of_units */
    rs_sample accuracy, loss;    /* test_accuracy and final_loss of the runs done */
    rs_solution_time time;       /* only where there are */
    rs_standing standing;
    rs_pair_count pairs; /* the best group's wins and losses */
    double worse_p;      /* corrected for all comparisons; NaN without pairs */
} rs_group_statistics;

/* Groups and orders, best first. An accuracy is ranked by its mean over units, with diverged runs
 * as 0; a loss by the median over runs, with diverged runs as infinite; equals (accuracies to 12
 * digits after the point) by the median final loss, then by their place in the file. Groups that
 * were trained to the end come first, then those that all came to the last rung, and so on, each
 * with the numbers of that rung, and those of which all runs diverged last; a stopped group is
 * compared with the best as both were there. RS_NO_MEMORY, RS_IO, RS_BAD_DATA for a metric of
 * another kind. */
rs_status rs_summary_make(rs_summary *summary, const rs_results *results,
                          const rs_summary_question *question, rs_error *error);
void rs_summary_free(rs_summary *summary);

/* The group of one rank, 0 the best. RS_NO_MEMORY; RS_IO when curves cannot be read. */
rs_status rs_summary_describe(rs_summary *summary, size_t rank, rs_group_statistics *statistics,
                              rs_error *error);

/* Whether a group has no runs that were stopped at a rung. */
bool rs_summary_is_whole(const rs_summary *summary, size_t rank);

/* The configuration of the group's first run. */
void rs_summary_config(const rs_summary *summary, size_t rank, rs_run_config *config);

#endif
