/* One stage of a sweep with early termination: the runs that are to be trained now, and as far as
 * which rung. */
#ifndef RS_STAGE_H
#define RS_STAGE_H

#include "rnnsweep/rnnsweep.h"

typedef struct rs_stage {
    const rs_rungs *rungs;
    size_t rows;
    uint32_t
        *rung; /* [rows]: at which the row's run is to stop; rungs->count or more: at its end */
    bool *due; /* [rows]: it was not trained as far as that */
    /* Where runs that stopped in this process go on: [rows], NULL for those that begin; and the
     * rungs that they have behind them. */
    rs_paused **paused;
    uint32_t *passed;
    size_t paused_bytes, paused_most; /* what they take, and may take */
} rs_stage;

/* No run is due. RS_NO_MEMORY; free the stage all the same. */
rs_status rs_stage_create(rs_stage *stage, const rs_rungs *rungs, size_t rows, size_t paused_most,
                          rs_error *error);
void rs_stage_free(rs_stage *stage); /* also of zeros */

/* Takes a run's state out of the stage: the caller has it then. NULL: the run begins. */
rs_paused *rs_stage_take(rs_stage *stage, size_t row);

/* Keeps the state of a run that stopped at its rung, or frees it where too many are kept. */
void rs_stage_keep(rs_stage *stage, size_t row, rs_paused *paused);

/* The part of a run's updates that is left to make in this stage, from 0 to 1. */
double rs_stage_share(const rs_stage *stage, size_t row, const rs_run_config *config);

#endif
