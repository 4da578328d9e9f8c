/* What early termination spares a sweep, before anything is trained. */
#ifndef RS_HALVING_COST_H
#define RS_HALVING_COST_H

#include "plan.h"

/* Shares of the predicted work (cost.h) of training all runs to their ends: where the cheapest
 * configurations go on at every rung, and where the costliest do. */
typedef struct rs_work_share {
    double least, most;
} rs_work_share;

typedef struct rs_halving_cost {
    size_t *configurations; /* [rungs + 1]: those that come to each rung, and to their ends; for
                               free() */
    rs_work_share at_once;  /* in one process, where runs go on in memory */
    rs_work_share in_jobs;  /* where each rung is a job of its own, in which runs begin anew */
    double largest_job;     /* of these, at most */
} rs_halving_cost;

/* Looks at every run once; the plan has rs_plan_halving. RS_NO_MEMORY. */
rs_status rs_halving_cost_make(rs_halving_cost *cost, const rs_plan *plan, rs_error *error);

#endif
