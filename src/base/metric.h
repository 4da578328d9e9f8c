/* The results that runs can be ranked by, the first one by default. The names are those of the
 * results file's columns and of the sweep file's `metric`. */
#ifndef RS_METRIC_H
#define RS_METRIC_H

/* X(name, whether it is an accuracy from 0 to 1; else it is a loss) */
#define RS_METRIC_LIST(X)      \
    X(test_accuracy, true)     \
    X(test_bit_accuracy, true) \
    X(final_loss, false)       \
    X(test_loss, false)        \
    X(initial_loss, false)

#endif
