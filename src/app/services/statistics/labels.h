/* Values of parameters as short texts that tell them apart. */
#ifndef RS_LABELS_H
#define RS_LABELS_H

#include "rnnsweep/run_config.h"

/* Significant digits of the labels of a real parameter: the fewest, at least 6, with which
 * different values have different texts, and no fraction reads as a whole number. values: [count],
 * rising. */
int rs_label_digits(size_t count, const double values[]);

/* Whole numbers in full, other reals with so many significant digits, the rest as
 * rs_parameter_format has it. */
void rs_label_format(const rs_parameter *parameter, double value, int digits,
                     char text[RS_PARAMETER_TEXT]);

#endif
