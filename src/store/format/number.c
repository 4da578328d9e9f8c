#include "number.h"

#include <math.h>
#include <string.h>

static double plain(double value)
{
    return isnan(value) ? (double)NAN : value;
}

void rs_numbers_store(rs_type type, void *bytes, size_t first, size_t stride, const double *values,
                      size_t count)
{
    switch (type) {
    case RS_INT8:
        for (size_t i = 0; i < count; i++)
            ((int8_t *)bytes)[first + i * stride] = (int8_t)values[i];
        return;
    case RS_INT32:
        for (size_t i = 0; i < count; i++)
            ((rs_unaligned_int32 *)bytes)[first + i * stride] = (int32_t)values[i];
        return;
    case RS_REAL32:
        for (size_t i = 0; i < count; i++)
            ((rs_unaligned_real32 *)bytes)[first + i * stride] = (float)plain(values[i]);
        return;
    case RS_REAL64:
        for (size_t i = 0; i < count; i++)
            ((rs_unaligned_real64 *)bytes)[first + i * stride] = plain(values[i]);
        return;
    }
}

void rs_numbers_load(rs_type type, const void *bytes, size_t first, double *values, size_t count)
{
    for (size_t i = 0; i < count; i++)
        values[i] = rs_number_load(type, bytes, first + i);
}

void rs_numbers_fill(rs_type type, void *bytes, double value, size_t count)
{
    const size_t size = count * rs_type_size(type);
    if (count > 0)
        rs_number_store(type, bytes, 0, value);
    for (size_t done = rs_type_size(type); done < size; done *= 2)
        memcpy((char *)bytes + done, bytes, done < size - done ? done : size - done);
}
