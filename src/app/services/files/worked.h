/* Sequences of a built-in task worked through: as they are drawn or asked, and what the trained
 * network of a run answers. Not for the addition task, which has notebook.h. */
#ifndef RS_WORKED_H
#define RS_WORKED_H

#include <stdio.h>

#include <jansson.h>

#include "drawn.h"
#include "stored_network.h"

typedef struct rs_worked {
    rs_run_config config;
    rs_task_shape shape;
    rs_drawn drawn;   /* the sequences are its test set */
    rs_drawn_set set; /* or its training set */
    double *logit;    /* [sequences][steps][outputs]; NULL: not asked */
} rs_worked;

/* The first `count` sequences that the run of a row draws for training or its test, but no more
 * than there are. RS_NO_MEMORY. */
rs_status rs_worked_draw(rs_worked *worked, const rs_results *results, size_t row, rs_drawn_set set,
                         size_t count, rs_error *error);

/* One sequence from the words of a user; RS_USAGE when they say none. */
rs_status rs_worked_read(rs_worked *worked, const rs_results *results, size_t row, size_t count,
                         const char *const words[], rs_error *error);

/* Asks the network of a finished row. */
rs_status rs_worked_answer(rs_worked *worked, const rs_stored_network *network, rs_error *error);

void rs_worked_free(rs_worked *worked);

/* Inputs x, targets t and, where they were asked, answers y with marks under the wrong steps, in
 * lines of at most 78 columns. */
void rs_worked_print(const rs_worked *worked, size_t index, FILE *stream);

/* {"inputs": ..., "targets": ..., "weights": ..., "outputs": ..., "answers": ..., "right": ...} of
 * the steps of one sequence; outputs are probabilities or numbers. NULL without memory. */
json_t *rs_worked_json(const rs_worked *worked, size_t index);

#endif
