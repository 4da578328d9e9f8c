#include "extras.h"

#include <math.h>

#include "number.h"

static bool is_extra(const rs_row_format *format, size_t piece)
{
    for (size_t i = RS_DATA_TEST_ACCURACY_BY_LENGTH; i <= RS_DATA_TEST_LOSS_BY_SET; i++)
        if (format->root[i] == piece)
            return true;
    for (size_t i = RS_GROUP_TENSORS_AT; i < RS_GROUP_TENSORS_AT + RS_TENSOR_TOTAL; i++)
        if (format->group[i] == piece)
            return true;
    return false;
}

size_t rs_row_extras(const rs_row_format *format, const void *bytes)
{
    size_t there = 0;
    for (size_t i = 0; i < format->piece_total; i++) {
        const rs_piece *piece = &format->pieces[i];
        const rs_type type = piece->dataset->type;
        if (!is_extra(format, i))
            continue;
        for (size_t k = 0; k < piece->size / rs_type_size(type); k++)
            there += !isnan(rs_number_load(type, (const char *)bytes + piece->start, k));
    }
    return there;
}

void rs_row_cut_extras(const rs_row_format *format, void *bytes)
{
    for (size_t i = 0; i < format->piece_total; i++) {
        const rs_piece *piece = &format->pieces[i];
        const rs_type type = piece->dataset->type;
        if (is_extra(format, i))
            rs_numbers_fill(type, (char *)bytes + piece->start, (double)NAN,
                            piece->size / rs_type_size(type));
    }
}
