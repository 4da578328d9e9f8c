/* The values of a data file, read into memory that is shared with the process that asks. */
#ifndef RS_LOAD_H
#define RS_LOAD_H

#include "survey.h"

typedef struct rs_loaded_file {
    rs_surveyed_file file;
    const rs_survey *survey;
    const rs_data
        *data; /* its arrays have their places; inputs and outputs of 0: as many as needed */
} rs_loaded_file;

typedef struct rs_load_outcome {
    int32_t status; /* rs_status */
    char error[RS_ERROR_TEXT];
    uint32_t inputs, outputs; /* the largest symbol and class + 1 */
} rs_load_outcome;

/* Fills the arrays, checks them and writes an rs_load_outcome to `out`: an rs_isolated_work. */
bool rs_load_send(const void *wish, int out);

#endif
