/* How far the runs of a sweep with early termination came, and the last point that several have in
 * common. A level is a rung, 0 the first, or the number of rungs: the end. */
#ifndef RS_LEVELS_H
#define RS_LEVELS_H

#include "results.h"

typedef struct rs_levels {
    rs_results_rungs rungs; /* none, and so only the end, where no run was stopped */
} rs_levels;

#define RS_LEVEL_NONE UINT32_MAX

/* Of these rows. *levels begins as zeros. RS_IO, RS_NO_MEMORY. */
rs_status rs_levels_find(rs_levels *levels, const rs_results *results, size_t count,
                         const uint32_t rows[], rs_error *error);
void rs_levels_free(rs_levels *levels);

/* Runs that are done or diverged came to the end, those that were stopped to their last rung, and
 * the others nowhere, RS_LEVEL_NONE; so do those whose file does not tell at which rung. */
uint32_t rs_levels_of_run(const rs_levels *levels, const rs_results *results, size_t row);

/* The last level that all runs came to that came anywhere. */
uint32_t rs_levels_of_group(const rs_levels *levels, const rs_results *results, size_t count,
                            const uint32_t rows[]);

/* Whether a run that came to this level, or ended before, had diverged by then. */
bool rs_levels_is_lost(const rs_levels *levels, const rs_results *results, size_t row,
                       uint32_t level);

/* "end", "1 epoch", "200 updates" */
enum { RS_LEVEL_TEXT = RS_RUNG_TEXT };
void rs_levels_name(const rs_levels *levels, uint32_t level, char text[RS_LEVEL_TEXT]);

#endif
