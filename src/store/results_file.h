/* Inside of rs_results, for the rest of this layer. */
#ifndef RS_RESULTS_FILE_H
#define RS_RESULTS_FILE_H

#include "catalogue.h"
#include "layout.h"
#include "results.h"
#include "row.h"

struct rs_results {
    char *path;
    int file;
    rs_catalogue *catalogue;
    rs_layout *layout;
    rs_row_format *formats; /* by group */
    size_t runs;
    rs_type types[RS_DATA_LOSS];
    void *columns[RS_DATA_LOSS]; /* [runs] as stored; NULL for /step */
    double *reals[RS_DATA_LOSS]; /* [runs] widened, from /initial_loss to /wall_time */
};

#endif
