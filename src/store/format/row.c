#include "row.h"

#include <isa-l/crc.h>
#include <math.h>
#include <string.h>

#include "memory.h"
#include "number.h"

static void add_piece(rs_row_format *format, int *count, const rs_dataset *dataset)
{
    size_t size = (size_t)rs_dataset_row_bytes(dataset);
    format->pieces[(*count)++] =
        (rs_piece){.dataset = dataset, .start = format->size, .size = size};
    format->size += size;
}

rs_status rs_row_formats(rs_row_format **formats, const rs_layout *layout, rs_error *error)
{
    rs_row_format *fresh = NULL;
    rs_status status = rs_allocate((void **)&fresh, layout->group_total, sizeof *fresh, error);
    if (status != RS_OK)
        return status;
    for (size_t i = 0; i < layout->group_total; i++) {
        const rs_dataset *group = &layout->datasets[layout->groups[i].first_dataset];
        int count = 0;
        for (size_t root = 0; root < RS_DATA_ROOT_TOTAL; root++)
            if (root != RS_DATA_STEP)
                add_piece(&fresh[i], &count, &layout->datasets[root]);
        add_piece(&fresh[i], &count, &group[RS_GROUP_RUN_ID]);
        for (size_t tensor = RS_GROUP_TENSORS; tensor < RS_GROUP_TOTAL; tensor++)
            add_piece(&fresh[i], &count, &group[tensor]);
    }
    *formats = fresh;
    return RS_OK;
}

uint64_t rs_row_offset(const rs_layout *layout, const rs_row_format *format, size_t row, int piece)
{
    size_t index = piece >= RS_PIECE_RUN_ID ? layout->places[row].row : row;
    return format->pieces[piece].dataset->offset + index * format->pieces[piece].size;
}

/* Goes on with a CRC-32C that is kept inverted. ISA-L takes the length as an int, and a pointer to
 * bytes that it does not change. */
static uint32_t add_to_checksum(uint32_t sum, const void *bytes, size_t size)
{
    const size_t most = 1 << 30;
    unsigned char *from = (unsigned char *)bytes;
    for (; size > most; size -= most, from += most)
        sum = crc32_iscsi(from, (int)most, sum);
    return crc32_iscsi(from, (int)size, sum);
}

/* wall_time and crc32c are neighbours: the payload are the bytes before and after them. */
static size_t payload_before(const rs_row_format *format)
{
    return format->pieces[RS_PIECE_WALL_TIME].start;
}

static size_t payload_after(const rs_row_format *format)
{
    return format->pieces[RS_PIECE_LOSS].start;
}

static uint32_t checksum(const rs_row_format *format, const void *bytes)
{
    const size_t after = payload_after(format);
    uint32_t sum = add_to_checksum(UINT32_MAX, bytes, payload_before(format));
    return ~add_to_checksum(sum, (const char *)bytes + after, format->size - after);
}

rs_hash rs_row_hash(const rs_row_format *format, const void *bytes)
{
    const size_t after = payload_after(format);
    const rs_hash parts[] = {
        rs_hash_bytes(bytes, payload_before(format)),
        rs_hash_bytes((const char *)bytes + after, format->size - after),
    };
    return rs_hash_bytes(parts, sizeof parts);
}

void rs_row_encode_known(const rs_row_format *format, uint32_t run, const rs_run_config *config,
                         void *bytes)
{
    const rs_piece *pieces = format->pieces;
    char *to = bytes;
    rs_number_store(RS_INT32, to + pieces[RS_PIECE_RUN].start, 0, run);
    for (int i = RS_PIECE_PARAMETERS; i < RS_PIECE_STATUS; i++)
        rs_number_store(pieces[i].dataset->type, to + pieces[i].start, 0,
                        rs_layout_value(RS_DATA_PARAMETERS + i - RS_PIECE_PARAMETERS, config));
}

void rs_row_encode_pending(const rs_row_format *format, void *bytes)
{
    for (int i = RS_PIECE_RESULTS; i < RS_PIECE_TOTAL; i++) {
        const rs_piece *piece = &format->pieces[i];
        if (i != RS_PIECE_RUN_ID)
            rs_numbers_fill(piece->dataset->type, (char *)bytes + piece->start,
                            piece->dataset->initial,
                            piece->size / rs_type_size(piece->dataset->type));
    }
}

void rs_row_encode(const rs_layout *layout, const rs_row_format *format, size_t row, uint32_t run,
                   const rs_run_config *config, const rs_run_result *result, double wall_time,
                   void *bytes)
{
    const double scalars[] = {result->outcome,
                              result->initial_loss,
                              result->final_loss,
                              result->test_bit_accuracy,
                              result->test_accuracy,
                              (double)result->diverged_at,
                              wall_time};
    const rs_piece *pieces = format->pieces;
    const rs_place *place = &layout->places[row];
    const rs_type real = pieces[RS_PIECE_LOSS].dataset->type;
    char *to = bytes;
    rs_row_encode_known(format, run, config, bytes);
    for (int i = RS_PIECE_STATUS; i <= RS_PIECE_WALL_TIME; i++)
        rs_number_store(pieces[i].dataset->type, to + pieces[i].start, 0,
                        scalars[i - RS_PIECE_STATUS]);
    rs_numbers_fill(real, to + pieces[RS_PIECE_LOSS].start, NAN, layout->steps);
    rs_numbers_store(real, to + pieces[RS_PIECE_LOSS].start, 0, place->stride, result->loss,
                     place->points);
    rs_number_store(RS_INT32, to + pieces[RS_PIECE_RUN_ID].start, 0, run);
    /* The tensors follow each other in the row as they do in the block. */
    rs_numbers_store(real, to + pieces[RS_PIECE_TENSORS].start, 0, 1, result->weights,
                     result->weight_count);
    rs_number_store(RS_INT32, to + pieces[RS_PIECE_CRC32C].start, 0,
                    (int32_t)checksum(format, bytes));
}

void rs_row_decode(const rs_layout *layout, const rs_row_format *format, size_t row,
                   const void *bytes, rs_run_result *result, double *wall_time, double *loss,
                   double *weights)
{
    const rs_place *place = &layout->places[row];
    const rs_piece *pieces = format->pieces;
    const char *from = bytes;
    double scalars[RS_PIECE_WALL_TIME - RS_PIECE_STATUS + 1];
    for (int i = RS_PIECE_STATUS; i <= RS_PIECE_WALL_TIME; i++)
        scalars[i - RS_PIECE_STATUS] =
            rs_number_load(pieces[i].dataset->type, from + pieces[i].start, 0);
    *result = (rs_run_result){
        .outcome = (rs_run_outcome)scalars[0],
        .initial_loss = scalars[1],
        .final_loss = scalars[2],
        .test_bit_accuracy = scalars[3],
        .test_accuracy = scalars[4],
        .diverged_at = (int64_t)scalars[5],
        .loss_count = place->points,
        .loss = loss,
        .weight_count = layout->groups[place->group].network.count,
        .weights = weights,
    };
    *wall_time = scalars[6];
    const rs_type real = pieces[RS_PIECE_LOSS].dataset->type;
    for (size_t i = 0; i < place->points; i++)
        loss[i] = rs_number_load(real, from + pieces[RS_PIECE_LOSS].start, i * place->stride);
    rs_numbers_load(real, from + pieces[RS_PIECE_TENSORS].start, 0, weights, result->weight_count);
}

bool rs_row_is_intact(const rs_row_format *format, const void *bytes)
{
    int32_t stored;
    memcpy(&stored, (const char *)bytes + format->pieces[RS_PIECE_CRC32C].start, sizeof stored);
    return (uint32_t)stored == checksum(format, bytes);
}
