#include "extras.h"

#include <math.h>

#include "number.h"

enum {
    TESTS = RS_DATA_TEST_LOSS_BY_SET - RS_DATA_TEST_ACCURACY_BY_LENGTH + 1,
    EXTRAS = TESTS + RS_TENSOR_TOTAL
};

/* The part of a row that is one of the EXTRAS; NULL where the file does not have it. */
static const rs_piece *find_extra(const rs_row_format *format, size_t extra)
{
    const size_t piece = extra < TESTS ? format->root[RS_DATA_TEST_ACCURACY_BY_LENGTH + extra]
                                       : format->group[RS_GROUP_TENSORS_AT + extra - TESTS];
    return piece != RS_NO_PIECE ? &format->pieces[piece] : NULL;
}

size_t rs_row_extras(const rs_row_format *format, const void *bytes)
{
    size_t there = 0;
    for (size_t i = 0; i < EXTRAS; i++) {
        const rs_piece *piece = find_extra(format, i);
        for (size_t k = 0; piece != NULL && k < rs_piece_numbers(piece); k++)
            there +=
                !isnan(rs_number_load(piece->dataset->type, (const char *)bytes + piece->start, k));
    }
    return there;
}

size_t rs_row_add_extras(const rs_row_format *format, void *bytes, const void *from)
{
    size_t added = 0;
    for (size_t i = 0; i < EXTRAS; i++) {
        const rs_piece *piece = find_extra(format, i);
        for (size_t k = 0; piece != NULL && k < rs_piece_numbers(piece); k++) {
            const rs_type type = piece->dataset->type;
            const double other = rs_number_load(type, (const char *)from + piece->start, k);
            if (isnan(other) || !isnan(rs_number_load(type, (char *)bytes + piece->start, k)))
                continue;
            rs_number_store(type, (char *)bytes + piece->start, k, other);
            added++;
        }
    }
    return added;
}

void rs_row_cut_extras(const rs_row_format *format, void *bytes)
{
    for (size_t i = 0; i < EXTRAS; i++) {
        const rs_piece *piece = find_extra(format, i);
        if (piece != NULL)
            rs_numbers_fill(piece->dataset->type, (char *)bytes + piece->start, (double)NAN,
                            rs_piece_numbers(piece));
    }
}
