/* Predicted cost of a run, from its configuration alone: what orders the runs, shares them out and
 * weighs progress. */
#ifndef RS_COST_H
#define RS_COST_H

#include "rnnsweep/run_config.h"

/* Seconds on a nominal core (one AVX2 core at 3 GHz near its arithmetic limit). Only ratios mean
 * anything on other machines; `plan` calibrates them. Always above 0. */
double rs_cost_predict(const rs_run_config *config);

#endif
