/* How far each run of a sweep with early termination is to be trained, from the numbers of all its
 * runs, in whichever results files they are. */
#ifndef RS_GOALS_H
#define RS_GOALS_H

#include "match.h"
#include "plan.h"
#include "results.h"

typedef struct rs_goals {
    const rs_plan *plan;
    const rs_halving *halving;
    rs_store_runs runs; /* of the plan */
    rs_match *match;
    size_t configurations;
    uint32_t *configuration, *seed; /* [runs]; configurations in the order of their first runs */
    /* What is known of the runs: */
    bool *ended;          /* [runs]: trained to the end, diverged or failed */
    double *updates;      /* [runs]: made */
    uint32_t *reached;    /* [runs]: rungs at which it was measured */
    double *value, *loss; /* [runs][rungs], as rs_halving_runs has them */
    rs_halving_decision decision;
} rs_goals;

/* The plan must have rs_plan_halving and outlive the goals. *goals must be zero. RS_NO_MEMORY. */
rs_status rs_goals_begin(rs_goals *goals, const rs_plan *plan, rs_hash identity, rs_error *error);
void rs_goals_free(rs_goals *goals); /* of zeros, too */

/* Forgets what is known of the runs. */
void rs_goals_forget(rs_goals *goals);

/* Adds what a file knows; of a run that is in several files, what was trained furthest counts.
 * RS_IO, RS_NO_MEMORY. */
rs_status rs_goals_add(rs_goals *goals, const rs_results *results, rs_error *error);

/* Decides by what is known. RS_NO_MEMORY. */
rs_status rs_goals_decide(rs_goals *goals, rs_error *error);

/* ---- After a decision ------------------------------------------------------------------------ */

/* The run of the plan with this number and configuration, or SIZE_MAX. */
size_t rs_goals_find(const rs_goals *goals, size_t number, const rs_run_config *config);

/* The rung at which a run stops, or waits for others; the number of rungs: it is trained to its
 * end. */
size_t rs_goals_rung(const rs_goals *goals, size_t run);

/* Whether a run was trained as far as that. */
bool rs_goals_is_met(const rs_goals *goals, size_t run);

/* How many trainings, to a rung or to its end, a run may still take, those among them that later
 * decisions may spare it. Falls with each training, and grows with no decision. */
size_t rs_goals_lacks(const rs_goals *goals, size_t run);

/* The first rung that is not decided yet; the number of rungs: all are. */
size_t rs_goals_open(const rs_goals *goals);

/* Whether a rung is to be decided; of zeros, none is. */
bool rs_goals_wait(const rs_goals *goals);

/* "rung 1 of 3, at 10 epochs" */
enum { RS_GOALS_RUNG_TEXT = 64 };
void rs_goals_name_rung(const rs_goals *goals, size_t rung, char text[RS_GOALS_RUNG_TEXT]);

/* How many configurations come to a rung, and how many stop or wait there; of the number of rungs:
 * are trained to their end. */
size_t rs_goals_on(const rs_goals *goals, size_t rung);
size_t rs_goals_stopped(const rs_goals *goals, size_t rung);

/* The updates that the runs have made, as a share of those of all runs to their ends. */
double rs_goals_share_made(const rs_goals *goals);

#endif
