#include "number.h"

#include <math.h>
#include <string.h>

/* One loop per type: memcpy of a fixed size is a plain unaligned store. */
#define STORE_LOOP(ctype, expression)                                  \
    for (size_t i = 0; i < count; i++, at += stride * sizeof(ctype)) { \
        double value = values[i];                                      \
        ctype element = (ctype)(expression);                           \
        memcpy(at, &element, sizeof element);                          \
    }

#define LOAD_LOOP(ctype)                                      \
    for (size_t i = 0; i < count; i++, at += sizeof(ctype)) { \
        ctype element;                                        \
        memcpy(&element, at, sizeof element);                 \
        values[i] = (double)element;                          \
    }

void rs_numbers_store(rs_type type, void *bytes, size_t first, size_t stride, const double *values,
                      size_t count)
{
    char *at = (char *)bytes + first * rs_type_size(type);
    switch (type) {
    case RS_INT8:
        STORE_LOOP(int8_t, value);
        return;
    case RS_INT32:
        STORE_LOOP(int32_t, value);
        return;
    case RS_REAL32:
        STORE_LOOP(float, isnan(value) ? (double)NAN : value);
        return;
    case RS_REAL64:
        STORE_LOOP(double, isnan(value) ? (double)NAN : value);
        return;
    }
}

void rs_numbers_load(rs_type type, const void *bytes, size_t first, double *values, size_t count)
{
    const char *at = (const char *)bytes + first * rs_type_size(type);
    switch (type) {
    case RS_INT8:
        LOAD_LOOP(int8_t);
        return;
    case RS_INT32:
        LOAD_LOOP(int32_t);
        return;
    case RS_REAL32:
        LOAD_LOOP(float);
        return;
    case RS_REAL64:
        LOAD_LOOP(double);
        return;
    }
}

void rs_numbers_fill(rs_type type, void *bytes, double value, size_t count)
{
    size_t size = rs_type_size(type);
    for (size_t i = 0; i < count; i++)
        if (i == 0)
            rs_number_store(type, bytes, 0, value);
        else
            memcpy((char *)bytes + i * size, bytes, size);
}
