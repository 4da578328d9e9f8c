#include "number.h"

#include <math.h>
#include <string.h>

static double plain(double value)
{
    return isnan(value) ? (double)NAN : value;
}

/* Integers of any size are the low bytes of one of 64 bits. */
static void store_integers(rs_type type, char *bytes, size_t first, size_t stride,
                           const double *values, size_t count)
{
    const size_t size = rs_type_size(type);
    for (size_t i = 0; i < count; i++) {
        const uint64_t value = values[i] < 0 ? (uint64_t)(int64_t)values[i] : (uint64_t)values[i];
        memcpy(bytes + (first + i * stride) * size, &value, size);
    }
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
    default:
        store_integers(type, bytes, first, stride, values, count);
    }
}

double rs_number_load_other(rs_type type, const void *bytes, size_t index)
{
    const size_t size = rs_type_size(type), unused = 64 - 8 * size;
    const bool is_signed = type == RS_INT16 || type == RS_INT64;
    uint64_t value = 0;
    memcpy(&value, (const char *)bytes + index * size, size);
    return is_signed ? (double)((int64_t)(value << unused) >> unused) : (double)value;
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
