/* What the trained network of a run answers to a set of a data file. */
#ifndef RS_SET_ANSWERS_H
#define RS_SET_ANSWERS_H

#include "data.h"
#include "stored_network.h"

typedef struct rs_set_answers {
    rs_run_config config; /* of the run */
    rs_data *data;        /* of the file that was read */
    const rs_data_set *set;
    double *values; /* [sequences][steps][O]: probabilities of bits and classes, or numbers; NaN
                       past a sequence's end */
    double loss, bit_accuracy, accuracy; /* as test_loss, test_bit_accuracy and test_accuracy */
    bool of_run;                         /* the file has the contents that the run was trained on */
} rs_set_answers;

/* Asks the network of a run whose task is a data file. path: the data file; NULL: where it was
 * when the run was trained, and then with the same contents. RS_BAD_DATA when the file does not
 * suit the network; RS_USAGE when it has no such set, naming those that it has; RS_IO,
 * RS_NO_MEMORY. */
rs_status rs_set_answers_make(rs_set_answers *answers, const rs_stored_network *network,
                              const char *path, const char *set, rs_error *error);
void rs_set_answers_free(rs_set_answers *answers);

/* Writes them to a new file (outputs_file.h). source: what they are the answers of, in words. */
rs_status rs_set_answers_write(const rs_set_answers *answers, const char *path, const char *source,
                               rs_error *error);

#endif
