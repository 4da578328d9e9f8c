/* Numbers in the types of a results file. Every value that the program stores is exact as a
 * double, so doubles are the one currency. */
#ifndef RS_NUMBER_H
#define RS_NUMBER_H

#include "layout.h"

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__,
               "rows are written as they stand in memory; the file is little-endian");

/* Elements of a row's bytes, which need not be aligned. */
typedef int32_t rs_unaligned_int32 __attribute__((aligned(1), may_alias));
typedef float rs_unaligned_real32 __attribute__((aligned(1), may_alias));
typedef double rs_unaligned_real64 __attribute__((aligned(1), may_alias));

/* values[0 .. count-1] become the elements first, first + stride, ... of an array of the type at
 * `bytes`. Integers are expected to be in range; a NaN of any kind is
 * stored as the positive quiet NaN, so that files do not depend on which instruction made it. */
void rs_numbers_store(rs_type type, void *bytes, size_t first, size_t stride, const double *values,
                      size_t count);

/* The reverse, for consecutive elements. */
void rs_numbers_load(rs_type type, const void *bytes, size_t first, double *values, size_t count);

/* The same value in `count` elements from the first. */
void rs_numbers_fill(rs_type type, void *bytes, double value, size_t count);

/* Of types that only other programs use. Integers of 64 bits are rounded. */
double rs_number_load_other(rs_type type, const void *bytes, size_t index);

/* One element. */
static inline void rs_number_store(rs_type type, void *bytes, size_t index, double value)
{
    rs_numbers_store(type, bytes, index, 1, &value, 1);
}

static inline double rs_number_load(rs_type type, const void *bytes, size_t index)
{
    switch (type) {
    case RS_INT8:
        return ((const int8_t *)bytes)[index];
    case RS_INT32:
        return ((const rs_unaligned_int32 *)bytes)[index];
    case RS_REAL32:
        return (double)((const rs_unaligned_real32 *)bytes)[index];
    case RS_REAL64:
        return ((const rs_unaligned_real64 *)bytes)[index];
    default:
        return rs_number_load_other(type, bytes, index);
    }
}

#endif
