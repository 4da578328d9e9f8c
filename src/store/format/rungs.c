#include "rungs.h"

#include <math.h>
#include <string.h>

#include "number.h"

enum { ARRAYS = RS_DATA_ROOT_TOTAL - RS_DATA_FINAL_LOSS_BY_RUNG };

static const rs_piece *find_piece(const rs_row_format *format, size_t column)
{
    const size_t at = format->root[column];
    return at != RS_NO_PIECE ? &format->pieces[at] : NULL;
}

static void store_reached(const rs_row_format *format, int32_t reached, char *bytes)
{
    const rs_piece *piece = find_piece(format, RS_DATA_RUNGS_REACHED);
    if (piece != NULL)
        rs_number_store(piece->dataset->type, bytes + piece->start, 0, reached);
}

void rs_row_encode_rungs(const rs_row_format *format, const rs_run_result *result, void *bytes)
{
    const double *const numbers[ARRAYS] = {result->rung_loss, result->rung_test_loss,
                                           result->rung_accuracy, result->rung_bit_accuracy};
    char *to = bytes;
    store_reached(format, (int32_t)result->rung_count, to);
    for (size_t i = 0; i < ARRAYS; i++) {
        const rs_piece *piece = find_piece(format, RS_DATA_FINAL_LOSS_BY_RUNG + i);
        if (piece != NULL && result->rung_count <= rs_piece_numbers(piece))
            rs_numbers_store(piece->dataset->type, to + piece->start, 0, 1, numbers[i],
                             result->rung_count);
    }
}

int32_t rs_row_rungs_reached(const rs_row_format *format, const void *bytes)
{
    return (int32_t)rs_row_number(format, RS_DATA_RUNGS_REACHED, bytes, -1);
}

void rs_row_cut_rungs(const rs_row_format *format, int32_t reached, void *bytes)
{
    const size_t kept = reached > 0 ? (size_t)reached : 0;
    store_reached(format, reached, bytes);
    for (size_t i = 0; i < ARRAYS; i++) {
        const rs_piece *piece = find_piece(format, RS_DATA_FINAL_LOSS_BY_RUNG + i);
        if (piece == NULL || kept >= rs_piece_numbers(piece))
            continue;
        const size_t size = rs_type_size(piece->dataset->type);
        rs_numbers_fill(piece->dataset->type, (char *)bytes + piece->start + kept * size,
                        (double)NAN, rs_piece_numbers(piece) - kept);
    }
}

bool rs_row_lacks_rungs(const rs_row_format *format, const rs_run_config *config,
                        const rs_rungs *wanted, bool to_its_end, const void *bytes)
{
    const int32_t reached = rs_row_rungs_reached(format, bytes);
    const size_t next = reached > 0 ? (size_t)reached : 0;
    const uint64_t last = rs_run_config_updates(config);
    const double made = rs_row_number(format, RS_DATA_UPDATES, bytes, -1);
    if (next >= wanted->count)
        return false;
    if (to_its_end && wanted->in_epochs)
        return wanted->at[next] < config->epochs;
    return rs_rungs_update(wanted, next, last / config->epochs) <
           (made >= 0 ? (uint64_t)made : last);
}

void rs_row_decode_rungs(const rs_layout *layout, const rs_row_format *format, const void *bytes,
                         double *numbers, rs_run_result *result)
{
    const double **to[ARRAYS] = {&result->rung_loss, &result->rung_test_loss,
                                 &result->rung_accuracy, &result->rung_bit_accuracy};
    const int32_t reached = rs_row_rungs_reached(format, bytes);
    if (layout->rungs == 0 || reached <= 0 || (size_t)reached > layout->rungs)
        return;
    result->rung_count = (size_t)reached;
    for (size_t i = 0; i < ARRAYS; i++, numbers += layout->rungs) {
        const rs_piece *piece = find_piece(format, RS_DATA_FINAL_LOSS_BY_RUNG + i);
        *to[i] = numbers;
        if (piece != NULL)
            rs_numbers_load(piece->dataset->type, (const char *)bytes + piece->start, 0, numbers,
                            layout->rungs);
        for (size_t k = 0; piece == NULL && k < layout->rungs; k++)
            numbers[k] = (double)NAN;
    }
}

rs_hash rs_row_hash_but_rungs(const rs_row_format *format, const void *bytes, void *copy)
{
    memcpy(copy, bytes, format->size);
    rs_row_cut_rungs(format, 0, copy);
    return rs_row_hash(format, copy);
}
