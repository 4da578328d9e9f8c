#include "row.h"

#include <isa-l/crc.h>
#include <math.h>

#include "number.h"

static size_t add_piece(rs_piece *piece, const rs_dataset *dataset, size_t row, size_t start)
{
    size_t size = (size_t)rs_dataset_row_bytes(dataset);
    *piece = (rs_piece){
        .dataset = dataset, .offset = dataset->offset + row * size, .start = start, .size = size};
    return start + size;
}

size_t rs_row_pieces(const rs_layout *layout, size_t row, rs_piece pieces[RS_ROW_PIECES])
{
    const rs_place *place = &layout->places[row];
    const rs_dataset *group = &layout->datasets[layout->groups[place->group].first_dataset];
    size_t size = 0, count = 0;
    for (size_t i = 0; i < RS_DATA_ROOT_TOTAL; i++)
        if (i != RS_DATA_STEP)
            size = add_piece(&pieces[count++], &layout->datasets[i], row, size);
    size = add_piece(&pieces[count++], &group[RS_GROUP_RUN_ID], place->row, size);
    for (size_t i = RS_GROUP_TENSORS; i < RS_GROUP_TOTAL; i++)
        size = add_piece(&pieces[count++], &group[i], place->row, size);
    return size;
}

static void encode_loss(const rs_layout *layout, const rs_place *place, const double *loss,
                        rs_type type, void *bytes)
{
    for (size_t i = 0; i < layout->steps; i++)
        rs_number_store(type, bytes, i, NAN);
    for (size_t i = 0; i < place->points; i++)
        rs_number_store(type, bytes, i * place->stride, loss[i]);
}

void rs_row_encode(const rs_layout *layout, size_t row, uint32_t run, const rs_run_config *config,
                   const rs_run_result *result, double wall_time,
                   const rs_piece pieces[RS_ROW_PIECES], void *bytes)
{
    const double scalars[] = {result->outcome,
                              result->initial_loss,
                              result->final_loss,
                              result->test_bit_accuracy,
                              result->test_accuracy,
                              (double)result->diverged_at,
                              wall_time};
    const rs_place *place = &layout->places[row];
    char *to = bytes;
    rs_number_store(RS_INT32, to + pieces[0].start, 0, run);
    for (size_t column = RS_DATA_PARAMETERS; column <= RS_DATA_SEED; column++)
        rs_number_store(pieces[column - 1].dataset->type, to + pieces[column - 1].start, 0,
                        rs_layout_value(column, config));
    for (size_t i = 0; i < sizeof scalars / sizeof scalars[0]; i++)
        rs_number_store(pieces[RS_PIECE_STATUS + i].dataset->type,
                        to + pieces[RS_PIECE_STATUS + i].start, 0, scalars[i]);
    encode_loss(layout, place, result->loss, pieces[RS_PIECE_LOSS].dataset->type,
                to + pieces[RS_PIECE_LOSS].start);
    rs_number_store(RS_INT32, to + pieces[RS_PIECE_RUN_ID].start, 0, run);
    /* The tensors follow each other in the row as they do in the block. */
    for (size_t i = 0; i < result->weight_count; i++)
        rs_number_store(pieces[RS_PIECE_TENSORS].dataset->type, to + pieces[RS_PIECE_TENSORS].start,
                        i, result->weights[i]);
    rs_number_store(RS_INT32, to + pieces[RS_PIECE_CRC32C].start, 0,
                    (int32_t)rs_row_checksum(pieces, bytes));
}

uint32_t rs_row_checksum(const rs_piece pieces[RS_ROW_PIECES], const void *bytes)
{
    uint32_t sum = UINT32_MAX;
    for (size_t i = 0; i < RS_ROW_PIECES; i++) {
        if (i == RS_PIECE_WALL_TIME || i == RS_PIECE_CRC32C)
            continue;
        /* ISA-L takes an int as length and a buffer it does not change. */
        const size_t most = 1 << 30;
        unsigned char *from = (unsigned char *)bytes + pieces[i].start;
        for (size_t done = 0; done < pieces[i].size; done += most)
            sum = crc32_iscsi(from + done,
                              (int)(pieces[i].size - done < most ? pieces[i].size - done : most),
                              sum);
    }
    return ~sum;
}
