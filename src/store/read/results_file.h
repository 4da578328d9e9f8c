/* Inside of rs_results, for the rest of this layer. */
#ifndef RS_RESULTS_FILE_H
#define RS_RESULTS_FILE_H

#include "catalogue.h"
#include "layout.h"
#include "results.h"
#include "row.h"
#include "rows.h"

struct rs_results {
    char *path;
    int file;
    bool owns_file; /* and closes it */
    rs_catalogue *catalogue;
    rs_layout *layout;
    const rs_entry **entries; /* those of the layout's datasets */
    rs_row_format *formats;   /* by group */
    rs_rows *rows;
    size_t runs;
    rs_type types[RS_DATA_LOSS];
    /* As stored, real results widened to double; one element for all runs when a parameter's are
     * all the same; NULL for /step and /crc32c. Element of a row: columns[c][row * strides[c]]. */
    void *columns[RS_DATA_LOSS];
    size_t strides[RS_DATA_LOSS]; /* 1, or 0 */
    /* What all runs have in common, and the columns of the other parameters. */
    rs_run_config common;
    size_t varying_total, varying[RS_PARAMETER_TOTAL + 1];
};

static inline const rs_row_format *rs_results_format(const rs_results *results, size_t row)
{
    return &results->formats[results->layout->places[row].group];
}

#endif
