#include "stage.h"

#include <stdlib.h>

#include "memory.h"

rs_status rs_stage_create(rs_stage *stage, const rs_rungs *rungs, size_t rows, size_t paused_most,
                          rs_error *error)
{
    rs_status status;
    *stage = (rs_stage){.rungs = rungs, .rows = rows, .paused_most = paused_most};
    if ((status = rs_allocate((void **)&stage->rung, rows, sizeof *stage->rung, error)) != RS_OK ||
        (status = rs_allocate((void **)&stage->due, rows, sizeof *stage->due, error)) != RS_OK ||
        (status = rs_allocate((void **)&stage->paused, rows, sizeof *stage->paused, error)) !=
            RS_OK ||
        (status = rs_allocate((void **)&stage->passed, rows, sizeof *stage->passed, error)) !=
            RS_OK)
        return status;
    return RS_OK;
}

void rs_stage_free(rs_stage *stage)
{
    for (size_t row = 0; stage->paused != NULL && row < stage->rows; row++)
        rs_paused_free(stage->paused[row]);
    free(stage->rung);
    free(stage->due);
    free(stage->paused);
    free(stage->passed);
    *stage = (rs_stage){0};
}

rs_paused *rs_stage_take(rs_stage *stage, size_t row)
{
    rs_paused *paused = stage->paused[row];
    stage->paused[row] = NULL;
    if (paused != NULL)
        stage->paused_bytes -= rs_paused_bytes(paused);
    return paused;
}

void rs_stage_keep(rs_stage *stage, size_t row, rs_paused *paused)
{
    if (paused == NULL)
        return;
    const size_t bytes = rs_paused_bytes(paused);
    if (stage->paused_bytes + bytes > stage->paused_most) {
        rs_paused_free(paused); /* the run begins anew should it go on */
        return;
    }
    stage->paused[row] = paused;
    stage->passed[row] = stage->rung[row] + 1;
    stage->paused_bytes += bytes;
}

double rs_stage_share(const rs_stage *stage, size_t row, const rs_run_config *config)
{
    const double begun = stage->paused[row] != NULL
                             ? rs_rungs_share(stage->rungs, stage->passed[row] - 1, config)
                             : 0;
    return rs_rungs_share(stage->rungs, stage->rung[row], config) - begun;
}
