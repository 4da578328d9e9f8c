#include "carry.h"

#include <stdlib.h>
#include <string.h>

#include "memory.h"
#include "number.h"
#include "results_file.h"
#include "store_file.h"

struct rs_carrier {
    const rs_results *from;
    const rs_store *to;
    rs_reader *reader;
    size_t row;        /* the one read last */
    const void *bytes; /* as they stand in its file */
    void *encoded;     /* in the form of the store */
    size_t encoded_room;
};

rs_status rs_carrier_create(rs_carrier **carrier, const rs_results *from, const rs_store *to,
                            size_t sharing, rs_error *error)
{
    rs_carrier *fresh = NULL;
    rs_status status = rs_allocate((void **)&fresh, 1, sizeof *fresh, error);
    if (status != RS_OK)
        return status;
    fresh->from = from;
    fresh->to = to;
    if ((status = rs_reader_create(&fresh->reader, from, sharing, error)) != RS_OK) {
        rs_carrier_free(fresh);
        return status;
    }
    *carrier = fresh;
    return RS_OK;
}

void rs_carrier_free(rs_carrier *carrier)
{
    if (carrier == NULL)
        return;
    rs_reader_free(carrier->reader);
    free(carrier->encoded);
    free(carrier);
}

rs_status rs_carrier_read(rs_carrier *carrier, size_t row, bool *intact, rs_error *error)
{
    carrier->row = row;
    return rs_reader_read_bytes(carrier->reader, row, &carrier->bytes, intact, error);
}

/* Whether the bytes of a row mean the same in both files: the pieces have the same sizes. No
 * dataset has two types of one size; and as the store's longest run is at least as long as the
 * file's, and its interval of losses divides the file's, as many steps are the same steps. */
static bool forms_agree(const rs_row_format *from, const rs_row_format *to)
{
    for (int i = 0; i < RS_PIECE_TOTAL; i++)
        if (from->pieces[i].size != to->pieces[i].size)
            return false;
    return true;
}

/* The checksum covers run number and configuration too: they must be the store's own to the bit. */
static bool has_known_bytes(const rs_carrier *carrier, const rs_row_format *format, size_t target)
{
    uint32_t run;
    rs_run_config config;
    char known[RS_ROW_KNOWN_MAX];
    const rs_piece *id = &format->pieces[RS_PIECE_RUN_ID];
    const char *bytes = carrier->bytes;
    carrier->to->runs.row(carrier->to->runs.context, target, &run, &config);
    rs_row_encode_known(format, run, &config, known);
    return memcmp(bytes, known, format->pieces[RS_PIECE_STATUS].start) == 0 &&
           memcmp(bytes + id->start, known, id->size) == 0;
}

static rs_status encode_anew(rs_carrier *carrier, size_t target, const void **bytes,
                             rs_error *error)
{
    rs_stored_run run;
    rs_status status;
    if ((status = rs_reader_read(carrier->reader, carrier->row, &run, error)) != RS_OK ||
        (status = rs_grow(&carrier->encoded, &carrier->encoded_room,
                          rs_store_format(carrier->to, target)->size, 1, error)) != RS_OK ||
        (status = rs_store_encode(carrier->to, target, &run.result, run.wall_time, carrier->encoded,
                                  error)) != RS_OK)
        return status;
    *bytes = carrier->encoded;
    return RS_OK;
}

rs_status rs_carrier_convert(rs_carrier *carrier, size_t target, rs_carried *carried,
                             rs_error *error)
{
    const rs_row_format *from = rs_results_format(carrier->from, carrier->row);
    const rs_row_format *to = rs_store_format(carrier->to, target);
    const void *bytes = carrier->bytes;
    rs_status status = RS_OK;
    if (!forms_agree(from, to) || !has_known_bytes(carrier, to, target))
        status = encode_anew(carrier, target, &bytes, error);
    if (status != RS_OK)
        return status;
    *carried = (rs_carried){
        .bytes = bytes,
        .hash = rs_row_hash(to, bytes),
        .wall_time = rs_number_load(RS_REAL64,
                                    (const char *)bytes + to->pieces[RS_PIECE_WALL_TIME].start, 0),
        .outcome = (rs_run_outcome)((const int8_t *)bytes)[to->pieces[RS_PIECE_STATUS].start],
    };
    return RS_OK;
}
