#include "numbers.h"

#include <math.h>
#include <string.h>

void rs_numbers_narrow(void *block, const double *values, size_t count, uint32_t precision)
{
    if (precision == RS_FLOAT64)
        memcpy(block, values, count * sizeof *values);
    else
        for (size_t i = 0; i < count; i++)
            ((float *)block)[i] = (float)values[i];
}

void rs_numbers_widen(double *values, const void *block, size_t count, uint32_t precision)
{
    for (size_t i = 0; i < count; i++) {
        double value = precision == RS_FLOAT64 ? ((const double *)block)[i]
                                               : (double)((const float *)block)[i];
        values[i] = isnan(value) ? NAN : value;
    }
}

double rs_numbers_get(const void *block, size_t index, uint32_t precision)
{
    return precision == RS_FLOAT64 ? ((const double *)block)[index]
                                   : (double)((const float *)block)[index];
}
