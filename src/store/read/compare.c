#include "compare.h"

#include <string.h>

#include "number.h"
#include "results_file.h"

/* A row of one of the files, as it was read last. */
typedef struct stored_row {
    const rs_layout *layout;
    const rs_row_format *format;
    const void *bytes;
} stored_row;

/* ---- Numbers --------------------------------------------------------------------------------- */

static double number(const stored_row *row, size_t piece, size_t i)
{
    const rs_piece *found = &row->format->pieces[piece];
    return rs_number_load(found->dataset->type, (const char *)row->bytes + found->start, i);
}

/* Every NaN of a file has the same bits. */
static bool same_bits(double one, double other)
{
    return memcmp(&one, &other, sizeof one) == 0;
}

/* Numbers that a run has one of, beside those of rs_stored_run_hash. */
static bool same_counts(const rs_run_result results[2])
{
    const bool known = results[0].updates >= 0 && results[1].updates >= 0;
    return !known || (results[0].updates == results[1].updates &&
                      results[0].stop_reason == results[1].stop_reason &&
                      same_bits(results[0].solved_at, results[1].solved_at));
}

/* ---- Arrays ---------------------------------------------------------------------------------- */

/* Whether two pieces have the same numbers at all places that both files have. A place has several
 * numbers where they are weights. */
static bool same_array(const stored_row both[2], size_t scale, const size_t pieces[2])
{
    const size_t places = rs_layout_places_of(both[0].layout, scale);
    if (places == 0 || pieces[0] == RS_NO_PIECE || pieces[1] == RS_NO_PIECE)
        return true;
    const size_t width = rs_piece_numbers(&both[0].format->pieces[pieces[0]]) / places;
    for (size_t i = 0; i < places; i++) {
        const size_t place = rs_layout_same_place(both[0].layout, both[1].layout, scale, i);
        for (size_t k = 0; place != SIZE_MAX && k < width; k++)
            if (!same_bits(number(&both[0], pieces[0], i * width + k),
                           number(&both[1], pieces[1], place * width + k)))
                return false;
    }
    return true;
}

/* Whether a run came to as many rungs, where both files have the same. */
static bool same_rungs(const stored_row both[2], const rs_run_result results[2])
{
    return !rs_layout_same_rungs(both[0].layout, both[1].layout) ||
           results[0].rung_count == results[1].rung_count;
}

static bool same_arrays(const stored_row both[2])
{
    for (size_t array = RS_DATA_LOSS + 1; array < RS_DATA_ROOT_TOTAL; array++)
        if (!same_array(both, rs_layout_scale_of(array),
                        (size_t[]){both[0].format->root[array], both[1].format->root[array]}))
            return false;
    for (size_t tensor = RS_GROUP_TENSORS_AT; tensor < RS_GROUP_TOTAL; tensor++)
        if (!same_array(both, RS_DATA_CHECKPOINT,
                        (size_t[]){both[0].format->group[tensor], both[1].format->group[tensor]}))
            return false;
    return true;
}

rs_status rs_compare_rows(const rs_results_pair *pair, const size_t rows[2], bool *same,
                          rs_error *error)
{
    stored_row both[2];
    rs_hash hashes[2];
    rs_run_result results[2];
    bool intact[2];
    for (int i = 0; i < 2; i++) {
        rs_stored_run run;
        rs_status status = rs_reader_read(pair->readers[i], rows[i], &run, error);
        if (status != RS_OK)
            return status;
        hashes[i] = rs_stored_run_hash(&run);
        results[i] = run.result;
        both[i] = (stored_row){.layout = pair->results[i]->layout,
                               .format = rs_results_format(pair->results[i], rows[i])};
        status = rs_reader_read_bytes(pair->readers[i], rows[i], &both[i].bytes, &intact[i], error);
        if (status != RS_OK)
            return status;
    }
    *same =
        intact[0] == intact[1] && rs_hash_equal(hashes[0], hashes[1]) &&
        (!intact[0] || (same_counts(results) && same_rungs(both, results) && same_arrays(both)));
    return RS_OK;
}

/* ---- What one file alone has ----------------------------------------------------------------- */

static bool has_all_places(const rs_layout *from, const rs_layout *to, size_t scale)
{
    for (size_t i = 0; i < rs_layout_places_of(from, scale); i++)
        if (rs_layout_same_place(from, to, scale, i) == SIZE_MAX)
            return false;
    return true;
}

const char *rs_compare_find_scale(const rs_results_pair *pair, size_t *index)
{
    static const size_t scales[] = {RS_DATA_CHECK, RS_DATA_TEST_LENGTH, RS_DATA_TEST_SET,
                                    RS_DATA_CHECKPOINT, RS_DATA_RUNG};
    const rs_layout *one = pair->results[0]->layout, *other = pair->results[1]->layout;
    while (*index < sizeof scales / sizeof scales[0]) {
        const size_t scale = scales[(*index)++];
        if (!has_all_places(one, other, scale) || !has_all_places(other, one, scale))
            return rs_layout_root_name(scale);
    }
    return NULL;
}
