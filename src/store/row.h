/* One run's row as bytes: its part of every dataset that has a row for it, one after the other in
 * file order. The same bytes are written, checked and compared. */
#ifndef RS_ROW_H
#define RS_ROW_H

#include "layout.h"

/* The root's datasets without /step, the group's run_id and tensors. */
enum { RS_ROW_PIECES = RS_DATA_ROOT_TOTAL - 1 + 1 + RS_TENSOR_TOTAL };

/* One dataset's part of a row. */
typedef struct rs_piece {
    const rs_dataset *dataset;
    uint64_t offset; /* of its first byte in the file */
    size_t start;    /* and within the row */
    size_t size;
} rs_piece;

/* The pieces of a row, in file order: piece RS_DATA_RUN, then /step left out, all others of the
 * root, then the group's. Returns the row's size in bytes. Pure. */
size_t rs_row_pieces(const rs_layout *layout, size_t row, rs_piece pieces[RS_ROW_PIECES]);

/* Place of a root dataset other than /step, of run_id and of a tensor among the pieces. */
enum {
    RS_PIECE_STATUS = RS_DATA_STATUS - 1,
    RS_PIECE_INITIAL_LOSS = RS_DATA_INITIAL_LOSS - 1,
    RS_PIECE_WALL_TIME = RS_DATA_WALL_TIME - 1,
    RS_PIECE_CRC32C = RS_DATA_CRC32C - 1,
    RS_PIECE_LOSS = RS_DATA_LOSS - 1,
    RS_PIECE_RUN_ID = RS_PIECE_LOSS + 1,
    RS_PIECE_TENSORS = RS_PIECE_RUN_ID + 1
};

/* Writes the row of a finished run to bytes[rs_row_pieces()], checksum included. The counts of
 * result->loss and weights must be those of the configuration. */
void rs_row_encode(const rs_layout *layout, size_t row, uint32_t run, const rs_run_config *config,
                   const rs_run_result *result, double wall_time,
                   const rs_piece pieces[RS_ROW_PIECES], void *bytes);

/* CRC-32C over all pieces but wall_time and crc32c. */
uint32_t rs_row_checksum(const rs_piece pieces[RS_ROW_PIECES], const void *bytes);

#endif
