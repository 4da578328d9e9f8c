/* One run's row as bytes: its part of every dataset that has a row for it, one after the other in
 * file order. The same bytes are written, checked and compared. */
#ifndef RS_ROW_H
#define RS_ROW_H

#include "identity.h"
#include "layout.h"

/* The parts of a row: the root's datasets without /step, then the group's run_id and tensors. */
enum {
    RS_PIECE_RUN,
    RS_PIECE_PARAMETERS,
    RS_PIECE_STATUS = RS_DATA_STATUS - 1,
    RS_PIECE_RESULTS = RS_DATA_INITIAL_LOSS - 1, /* the first that is written when a run ends */
    RS_PIECE_WALL_TIME = RS_DATA_WALL_TIME - 1,
    RS_PIECE_CRC32C = RS_DATA_CRC32C - 1,
    RS_PIECE_LOSS = RS_DATA_LOSS - 1,
    RS_PIECE_RUN_ID,
    RS_PIECE_TENSORS,
    RS_PIECE_TOTAL = RS_PIECE_TENSORS + RS_TENSOR_TOTAL
};

/* One dataset's part of a row; the same for all runs with one number of states. */
typedef struct rs_piece {
    const rs_dataset *dataset;
    size_t start, size; /* within the row, in bytes */
} rs_piece;

typedef struct rs_row_format {
    rs_piece pieces[RS_PIECE_TOTAL];
    size_t size; /* of the whole row */
} rs_row_format;

/* *formats: [group_total], to be freed with free(); it points into the layout. RS_NO_MEMORY. */
rs_status rs_row_formats(rs_row_format **formats, const rs_layout *layout, rs_error *error);

/* Where piece `piece` of a run's row begins in the file. */
uint64_t rs_row_offset(const rs_layout *layout, const rs_row_format *format, size_t row, int piece);

/* Writes the row of a finished run to bytes[format->size], checksum included. The counts of losses
 * and weights in *result must be those of the configuration. */
void rs_row_encode(const rs_layout *layout, const rs_row_format *format, size_t row, uint32_t run,
                   const rs_run_config *config, const rs_run_result *result, double wall_time,
                   void *bytes);

/* What a row begins with, known before the run ends: the pieces before RS_PIECE_STATUS, the run's
 * number, which is also its run_id, and configuration. bytes[RS_ROW_KNOWN_MAX] are enough. */
enum { RS_ROW_KNOWN_MAX = RS_PIECE_STATUS * sizeof(double) };
void rs_row_encode_known(const rs_row_format *format, uint32_t run, const rs_run_config *config,
                         void *bytes);

/* The pieces of the results (from RS_PIECE_RESULTS on) as a new file has them. */
void rs_row_encode_pending(const rs_row_format *format, void *bytes);

/* The reverse. loss, weights: room for the run's points and weights; *result then leads into them.
 */
void rs_row_decode(const rs_layout *layout, const rs_row_format *format, size_t row,
                   const void *bytes, rs_run_result *result, double *wall_time, double *loss,
                   double *weights);

/* Whether the checksum in a row is that of its bytes. */
bool rs_row_is_intact(const rs_row_format *format, const void *bytes);

/* Hash of what the checksum covers: all but wall_time and the checksum itself. */
rs_hash rs_row_hash(const rs_row_format *format, const void *bytes);

#endif
