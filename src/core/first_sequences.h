/* The sequences of runs of built-in tasks, drawn again without training. */
#ifndef RS_FIRST_SEQUENCES_H
#define RS_FIRST_SEQUENCES_H

#include "drawn.h"
#include "rnnsweep/rnnsweep.h"

/* The first `count` sequences that a run of a built-in task but addition draws for training, or for
 * its test, as that set of *drawn, which begins as zeros and is the caller's to free, also after a
 * failure. With fresh_data, training sequences are those of the first updates. RS_USAGE when count
 * exceeds the set. */
rs_status rs_first_sequences(const rs_run_config *config, rs_drawn_set set, uint32_t count,
                             rs_drawn *drawn, rs_error *error);

#endif
