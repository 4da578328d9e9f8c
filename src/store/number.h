/* Numbers in the types of a results file. Every value that the program stores is exact as a
 * double, so doubles are the one currency. */
#ifndef RS_NUMBER_H
#define RS_NUMBER_H

#include "layout.h"

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__,
               "rows are written as they stand in memory; the file is little-endian");

/* Element `index` of an array of the type at `bytes`, which need not be aligned. Integers are
 * expected to be in range; a NaN of any kind is stored as the positive quiet NaN, so that files do
 * not depend on which instruction made it. */
void rs_number_store(rs_type type, void *bytes, size_t index, double value);
double rs_number_load(rs_type type, const void *bytes, size_t index);

#endif
