/* Blocks of numbers in either precision, from and to doubles. */
#ifndef RS_NUMBERS_H
#define RS_NUMBERS_H

#include <stddef.h>
#include <stdint.h>

#include "rnnsweep/run_config.h"

/* Bytes of a number. */
static inline size_t rs_number_size(uint32_t precision)
{
    return precision == RS_FLOAT64 ? sizeof(double) : sizeof(float);
}

/* block: [count] of the precision, rounded from the values. */
void rs_numbers_narrow(void *block, const double *values, size_t count, uint32_t precision);

/* Number `index` of a block, read and written. */
double rs_numbers_get(const void *block, size_t index, uint32_t precision);
static inline void rs_number_put(void *block, size_t index, double value, uint32_t precision)
{
    if (precision == RS_FLOAT64)
        ((double *)block)[index] = value;
    else
        ((float *)block)[index] = (float)value;
}

/* The reverse, exactly. NaNs leave with one bit pattern: instruction sets differ in its sign. */
void rs_numbers_widen(double *values, const void *block, size_t count, uint32_t precision);

/* A block of doubles from number `first` on; NULL where there is no block. */
static inline double *rs_numbers_from(double *block, size_t first)
{
    return block != NULL ? block + first : NULL;
}

#endif
