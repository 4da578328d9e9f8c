#include "number.h"

#include <math.h>
#include <string.h>

void rs_number_store(rs_type type, void *bytes, size_t index, double value)
{
    char *at = (char *)bytes + index * rs_type_size(type);
    double real = isnan(value) ? (double)NAN : value;
    switch (type) {
    case RS_INT8:
        *at = (char)(int8_t)value;
        return;
    case RS_INT32:
        memcpy(at, &(int32_t){(int32_t)value}, sizeof(int32_t));
        return;
    case RS_REAL32:
        memcpy(at, &(float){(float)real}, sizeof(float));
        return;
    case RS_REAL64:
        memcpy(at, &real, sizeof real);
        return;
    }
}

double rs_number_load(rs_type type, const void *bytes, size_t index)
{
    const char *at = (const char *)bytes + index * rs_type_size(type);
    int32_t integer;
    float narrow;
    double wide;
    switch (type) {
    case RS_INT8:
        return (int8_t)*at;
    case RS_INT32:
        memcpy(&integer, at, sizeof integer);
        return integer;
    case RS_REAL32:
        memcpy(&narrow, at, sizeof narrow);
        return (double)narrow;
    case RS_REAL64:
        break;
    }
    memcpy(&wide, at, sizeof wide);
    return wide;
}
