/* A summary of a plan: its values, and the predicted cost of training. */
#ifndef RS_PLAN_SURVEY_H
#define RS_PLAN_SURVEY_H

#include "plan.h"
#include "rnnsweep/rnnsweep.h"

/* The distinct values of one parameter, or of the seed, in order of appearance. Of more than
 * RS_VALUES_MAX only the bounds are kept. */
enum { RS_VALUES_MAX = 64 };
typedef struct rs_values {
    size_t count; /* of list */
    bool more;    /* than list holds */
    double list[RS_VALUES_MAX], last, min, max;
} rs_values;

typedef struct rs_plan_survey {
    rs_hash identity; /* rs_plan_hash */
    double seconds; /* predicted, of all runs on one core, those of small batches in full groups */
    bool may_stop;  /* some run has a stop rule, so that it may take less */
    size_t cheapest, costliest;
    double cheapest_seconds, costliest_seconds;
    double longest_seconds; /* of a run from its begin to its end: that of its whole group */
    /* Runs that are trained side by side: their number, their share of `seconds`, and the sum of
     * the sizes of their full groups. */
    size_t grouped, group_sizes;
    double grouped_seconds;
    rs_values parameters[RS_PARAMETER_TOTAL]; /* the value, of a parameter that does not vary */
    rs_values seeds;
} rs_plan_survey;

/* Looks at every run once. The prediction is calibrated for two seconds at most, on this thread.
 * The caller frees *survey with free(). RS_NO_MEMORY. */
rs_status rs_plan_survey_make(rs_plan_survey **survey, const rs_plan *plan, const rs_isa *isa,
                              rs_error *error);

/* Predicted work of all runs, in seconds of one core, where `threads` threads share them: groups
 * are smaller than full where there are too few runs, and take as long all the same. */
double rs_plan_survey_core_seconds(const rs_plan_survey *survey, unsigned threads);

/* Predicted time of all runs on `threads` cores like this one. It is at least that of the longest
 * run, which two cores cannot share. */
double rs_plan_survey_wall_seconds(const rs_plan_survey *survey, unsigned threads);

#endif
