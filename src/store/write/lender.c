#include "lender.h"

#include <stdlib.h>
#include <string.h>

#include "extras.h"
#include "memory.h"
#include "origin.h"
#include "results_file.h"
#include "store_file.h"

typedef struct lender {
    rs_results *results; /* NULL: it has nothing to lend, and was closed again */
    rs_translator *translator;
    uint32_t *row_of; /* by row of the store; NO_ROW: it has none */
} lender;

static const uint32_t NO_ROW = UINT32_MAX;

struct rs_lenders {
    const rs_store *store;
    size_t count;
    lender *of;
    void *copy; /* of a row, for hashes */
    size_t copy_room;
};

/* Whether a row may have what others lack. */
static bool is_finished(const rs_results *results, size_t row)
{
    return rs_results_read_columns(results).status[row] != RS_RUN_PENDING &&
           !rs_results_is_damaged(results, row) && !rs_results_is_foreign(results, row);
}

static rs_status open_lender(lender *of, const rs_store *store, rs_match *match, const char *path,
                             rs_error *error)
{
    const size_t rows = store->runs.count;
    rs_run_config config;
    rs_status status;
    if ((status = rs_results_rescue_rows(&of->results, path, error)) != RS_OK)
        return status;
    if (!rs_origin_has_extras(of->results->layout)) {
        rs_results_close(of->results);
        of->results = NULL;
        return RS_OK;
    }
    if ((status = rs_translator_create(&of->translator, of->results, store,
                                       store->runs.lender_total, error)) != RS_OK ||
        (status = rs_allocate((void **)&of->row_of, rows, sizeof *of->row_of, error)) != RS_OK)
        return status;
    memset(of->row_of, 0xFF, rows * sizeof *of->row_of); /* NO_ROW */
    for (size_t row = 0; row < rs_results_count(of->results); row++) {
        if (!is_finished(of->results, row))
            continue;
        rs_results_config(of->results, row, &config);
        const size_t target =
            rs_match_find(match, (size_t)rs_results_read_columns(of->results).run[row], &config);
        if (target != SIZE_MAX)
            of->row_of[target] = (uint32_t)row;
    }
    return RS_OK;
}

rs_status rs_lenders_create(rs_lenders **lenders, const rs_store *store, rs_match *match,
                            rs_error *error)
{
    rs_lenders *fresh = NULL;
    const size_t count = store->runs.lender_total;
    rs_status status = rs_allocate((void **)&fresh, 1, sizeof *fresh, error);
    if (status == RS_OK)
        status = rs_allocate((void **)&fresh->of, count, sizeof *fresh->of, error);
    if (status == RS_OK) {
        fresh->store = store;
        fresh->count = count;
    }
    for (size_t i = 0; status == RS_OK && i < count; i++)
        status = open_lender(&fresh->of[i], store, match, store->runs.lenders[i], error);
    if (status == RS_OK) {
        *lenders = fresh;
        fresh = NULL;
    }
    rs_lenders_free(fresh);
    return status;
}

void rs_lenders_free(rs_lenders *lenders)
{
    if (lenders == NULL)
        return;
    for (size_t i = 0; i < lenders->count; i++) {
        rs_translator_free(lenders->of[i].translator);
        rs_results_close(lenders->of[i].results);
        free(lenders->of[i].row_of);
    }
    free(lenders->of);
    free(lenders->copy);
    free(lenders);
}

/* Gives what one file has. */
static rs_status fill(rs_lenders *lenders, const lender *of, size_t row, rs_translated *run,
                      rs_error *error)
{
    const rs_row_format *format = rs_store_format(lenders->store, row);
    rs_row_origin here, there;
    rs_translated lent;
    bool intact;
    rs_status status = rs_translator_read(of->translator, of->row_of[row], &intact, error);
    if (status != RS_OK || !intact ||
        (status = rs_translator_convert(of->translator, row, &lent, error)) != RS_OK)
        return status;
    rs_origin_note(&here, format, run->bytes, lenders->copy);
    rs_origin_note(&there, format, lent.bytes, lenders->copy);
    char *bytes = (char *)run->bytes; /* a translator's, which it makes anew for each row */
    if (rs_origin_may_join(&here, &there) && rs_row_add_extras(format, bytes, lent.bytes) > 0) {
        rs_row_seal(format, row, bytes);
        run->hash = rs_row_hash(format, bytes);
    }
    return RS_OK;
}

rs_status rs_lenders_fill(rs_lenders *lenders, size_t row, rs_translated *run, rs_error *error)
{
    const size_t size = rs_store_format(lenders->store, row)->size;
    rs_status status = rs_grow(&lenders->copy, &lenders->copy_room, size, 1, error);
    for (size_t i = 0; status == RS_OK && i < lenders->count; i++)
        if (lenders->of[i].results != NULL && lenders->of[i].row_of[row] != NO_ROW)
            status = fill(lenders, &lenders->of[i], row, run, error);
    return status;
}
