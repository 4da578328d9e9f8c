/* What a run costs, from its configuration alone: what orders the runs, shares them out and weighs
 * progress, and what their speed is measured in. */
#ifndef RS_COST_H
#define RS_COST_H

#include "rnnsweep/rnnsweep.h"
#include "rnnsweep/run_config.h"

/* The most that a run costs: one that a stop rule ends costs less. Seconds on a nominal core (one
 * AVX2 core at 3 GHz near its arithmetic limit). Only ratios mean anything on other machines;
 * `plan` calibrates them. Always above 0. Shards are cut by these numbers: where they change, the
 * shards of an unfinished sweep change too. */
double rs_cost_predict(const rs_run_config *config);

/* The same of its tests at other lengths, lengths[0..count-1], and on further sets of its data
 * file, which rs_cost_predict leaves out: they decide no run. */
double rs_cost_further(const rs_run_config *config, size_t count, const uint32_t *lengths);

/* Floating-point operations of a run's updates and of the losses after them, with every loss
 * recorded. A multiply-add counts as two; tanh, exp and log, and the data, the first loss and the
 * test are not counted. With U updates, F rows of a minibatch in the forward pass and B in the
 * backward pass (rs_kernel.rows):
 *     U ((2 F + 2 B) rs_flop_forward + rs_flop_update). */
double rs_cost_flop(const rs_run_config *config, const rs_isa *isa);

#endif
