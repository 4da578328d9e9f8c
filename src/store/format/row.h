/* One run's row as bytes: its part of every dataset that has a row for it. The same bytes are
 * written, checked and compared. First come those of the root that no checksum covers, then all
 * that it covers, in its order, then others of the group.
 *
 * Layout 2 has two checksums. crc32c_head is over the numbers that a run has one of (its number,
 * parameters, status, outcomes), so that what tables show can be checked without the curves;
 * crc32c is over these and all the rest. Both end with the row's place in the file: a row that was
 * copied over another one is noticed. wall_time, which two processes that write the same run may
 * each write their own of, has a check of its own in its lowest 16 bits. Layout 1 has one checksum
 * over everything but wall_time. */
#ifndef RS_ROW_H
#define RS_ROW_H

#include "identity.h"
#include "layout.h"

/* One dataset's part of a row; the same for all runs of one group. */
typedef struct rs_piece {
    const rs_dataset *dataset;
    size_t index;       /* of the dataset, in the layout */
    size_t start, size; /* within the row, in bytes */
    bool put;           /* written when the run ends; else at creation, or with the commit */
    bool kept;          /* of no meaning to this program, and no result: stays as it is */
} rs_piece;

typedef struct rs_row_format {
    int32_t version;
    size_t piece_total,
        root_total; /* pieces; the first are those of the root, alike in all groups */
    rs_piece *pieces;
    size_t size;                  /* of the whole row */
    size_t covered, covered_size; /* bytes of it that crc32c takes: where they begin, how many */
    size_t head_size;             /* the first of them, which crc32c_head takes */
    bool has_kept;
    /* Pieces of the datasets that this program knows, or RS_NO_PIECE. */
    size_t root[RS_DATA_ROOT_TOTAL], group[RS_GROUP_TOTAL];
} rs_row_format;

#define RS_NO_PIECE SIZE_MAX

static inline size_t rs_piece_numbers(const rs_piece *piece)
{
    return piece->size / rs_type_size(piece->dataset->type);
}

/* *formats: [group_total]; they point into the layout. RS_NO_MEMORY. */
rs_status rs_row_formats(rs_row_format **formats, const rs_layout *layout, rs_error *error);
void rs_row_formats_free(rs_row_format *formats, size_t count); /* accepts NULL */

/* Where piece `piece` of a run's row begins in the file. */
uint64_t rs_row_offset(const rs_layout *layout, const rs_row_format *format, size_t row,
                       size_t piece);

/* What numbers a file has for a parameter's values: of choices, the codes of the file's own words.
 * values[i] is the file's number for our choice i; see rs_results_codes. NULL: our own numbers. */
typedef struct rs_codes {
    const int16_t *of[RS_DATA_SEED + 1]; /* by column; NULL: the same numbers */
    int16_t status[RS_RUN_STOPPED + 1], stop_reason[RS_STOP_REASON_TOTAL];
} rs_codes;

/* Writes the row of a finished run to bytes[format->size], checksums included, but for pieces that
 * are kept: those must stand there. lengths: [result->length_count] of its further tests. The
 * counts of losses and weights in *result must be those of the configuration. */
void rs_row_encode(const rs_layout *layout, const rs_row_format *format, const rs_codes *codes,
                   size_t row, uint32_t run, const rs_run_config *config, const uint32_t *lengths,
                   const rs_run_result *result, double wall_time, void *bytes);

/* Only the further tests of a run, into a row that has the rest; the checksums are not made anew.
 */
void rs_row_encode_tests(const rs_layout *layout, const rs_row_format *format,
                         const rs_run_config *config, const uint32_t *lengths,
                         const rs_run_result *result, void *bytes);

/* Whether a row of a run that is done lacks one of these tests, or one on a set of its data file.
 */
bool rs_row_lacks_tests(const rs_layout *layout, const rs_row_format *format,
                        const rs_run_config *config, size_t length_total, const uint32_t *lengths,
                        const void *bytes);

/* The same of checkpoints: written into a row that has the rest, and whether a row of a finished
 * run lacks one that it came to. */
void rs_row_encode_checkpoints(const rs_layout *layout, const rs_row_format *format,
                               const rs_run_result *result, void *bytes);
bool rs_row_lacks_checkpoints(const rs_layout *layout, const rs_row_format *format,
                              const rs_run_config *config, const rs_checkpoints *wanted,
                              const void *bytes);

/* A number of a row that the root has one of, a known column; `missing` where the file does not
 * have it. */
double rs_row_number(const rs_row_format *format, size_t column, const void *bytes, double missing);

/* The trained weights of a row, as the block of network.h. */
void rs_row_weights(const rs_row_format *format, const void *bytes, double *weights);

/* What is known before the run ends: its number, which is also its run_id, and its configuration.
 */
void rs_row_encode_known(const rs_row_format *format, const rs_codes *codes, uint32_t run,
                         const rs_run_config *config, void *bytes);

/* The first of these alone. */
void rs_row_encode_number(const rs_row_format *format, uint32_t run, void *bytes);

/* All results as a new file has them; parameters that this program does not know at their default,
 * and nothing in pieces that are kept. */
void rs_row_encode_pending(const rs_row_format *format, void *bytes);

/* The same for results alone. */
void rs_row_clear_results(const rs_row_format *format, void *bytes);

/* Writes the checksums, and the check of wall_time. */
void rs_row_seal(const rs_row_format *format, size_t row, void *bytes);

/* The reverse of encoding. loss, checks, weights: room for the run's points, for two numbers of
 * each of layout->checks and four of each of layout->rungs, and for the weights; *result, without
 * further tests and checkpoints, then leads into them. `outcome` is how the run ended, read by the
 * file's own words. What the file does not have is NaN, diverged_at and updates -1; stop_reason is
 * then RS_STOP_REASON_TOTAL. `reason`: the same of stop_reason as `outcome`, -1 where it is not
 * known. */
void rs_row_decode(const rs_layout *layout, const rs_row_format *format, const rs_network *network,
                   const rs_run_config *config, rs_run_outcome outcome, int reason,
                   const void *bytes, rs_run_result *result, double *wall_time, double *loss,
                   double *checks, double *weights);

/* Whether the checksums of a row are those of its bytes. */
bool rs_row_is_intact(const rs_row_format *format, size_t row, const void *bytes);

/* Whether a wall_time of a file of this layout is as it was written: its lowest 16 bits are the two
 * halves of the CRC-32C of the number without them, one exclusive-or the other. Its value without
 * them, NaN where they are wrong. */
bool rs_row_time_is_intact(int32_t version, double stored);
double rs_row_time(int32_t version, double stored);

/* Hash of what the checksum covers. */
rs_hash rs_row_hash(const rs_row_format *format, const void *bytes);

/* Copies `count` elements of `size` bytes, one behind the other, to as many rows of `stride` bytes.
 */
void rs_row_spread(char *rows, size_t stride, const char *elements, size_t size, size_t count);

/* CRC-32C of bytes, after those of which it is `sum`; begin with 0. */
uint32_t rs_checksum(uint32_t sum, const void *bytes, size_t size);

#endif
