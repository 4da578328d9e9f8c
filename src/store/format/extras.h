/* Of a row, what may be added to it later and decides nothing: further tests and checkpoints. */
#ifndef RS_EXTRAS_H
#define RS_EXTRAS_H

#include "row.h"

/* How many of these numbers are there. */
size_t rs_row_extras(const rs_row_format *format, const void *bytes);

/* Fills those that are missing from another row; returns how many it had. */
size_t rs_row_add_extras(const rs_row_format *format, void *bytes, const void *from);

/* Makes all of them missing. */
void rs_row_cut_extras(const rs_row_format *format, void *bytes);

#endif
