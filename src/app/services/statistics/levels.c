#include "levels.h"

#include <stdio.h>

rs_status rs_levels_find(rs_levels *levels, const rs_results *results, size_t count,
                         const uint32_t rows[], rs_error *error)
{
    const int8_t *outcome = rs_results_read_columns(results).status;
    for (size_t i = 0; i < count; i++)
        if (outcome[rows[i]] == RS_RUN_STOPPED)
            return rs_results_read_rungs(results, &levels->rungs, error);
    return RS_OK;
}

void rs_levels_free(rs_levels *levels)
{
    rs_results_rungs_free(&levels->rungs);
}

uint32_t rs_levels_of_run(const rs_levels *levels, const rs_results *results, size_t row)
{
    const rs_results_columns columns = rs_results_read_columns(results);
    switch (columns.status[row]) {
    case RS_RUN_DONE:
    case RS_RUN_DIVERGED:
        return (uint32_t)levels->rungs.count;
    case RS_RUN_STOPPED:
        return columns.rungs_reached[row] > 0 ? (uint32_t)columns.rungs_reached[row] - 1
                                              : RS_LEVEL_NONE;
    default:
        return RS_LEVEL_NONE;
    }
}

uint32_t rs_levels_of_group(const rs_levels *levels, const rs_results *results, size_t count,
                            const uint32_t rows[])
{
    uint32_t least = RS_LEVEL_NONE; /* larger than any */
    for (size_t i = 0; i < count; i++) {
        const uint32_t level = rs_levels_of_run(levels, results, rows[i]);
        least = level < least ? level : least;
    }
    return least;
}

bool rs_levels_is_lost(const rs_levels *levels, const rs_results *results, size_t row,
                       uint32_t level)
{
    const rs_results_columns columns = rs_results_read_columns(results);
    return columns.status[row] == RS_RUN_DIVERGED &&
           (level >= levels->rungs.count || columns.rungs_reached[row] < 0 ||
            (uint32_t)columns.rungs_reached[row] <= level);
}

void rs_levels_name(const rs_levels *levels, uint32_t level, char text[RS_LEVEL_TEXT])
{
    const rs_results_rungs *rungs = &levels->rungs;
    if (level >= rungs->count) {
        snprintf(text, RS_LEVEL_TEXT, "%s", level == RS_LEVEL_NONE ? "" : "end");
        return;
    }
    rs_rung_name(rungs->in_epochs, (uint32_t)rungs->at[level], text);
}
