#include "adopt.h"

#include <stdlib.h>

#include "memory.h"
#include "reader.h"

/* Each commit waits for the disk. */
enum { COMMIT_ROWS = 1 << 18 };

/* Where a row came from, the hash of its results and its time. */
typedef struct row_origin {
    const char *path; /* NULL: not there yet */
    rs_hash hash;
    double wall_time;
} row_origin;

struct rs_adopter {
    rs_store *store;
    const rs_match *match;
    rs_adopt_mode mode;
    row_origin *origins; /* by row of the store */
    size_t pending;
    size_t rows[COMMIT_ROWS];
    rs_run_outcome outcomes[COMMIT_ROWS];
};

rs_status rs_adopter_create(rs_adopter **adopter, rs_store *store, const rs_match *match,
                            rs_adopt_mode mode, rs_error *error)
{
    rs_adopter *fresh = NULL;
    rs_status status = rs_allocate((void **)&fresh, 1, sizeof *fresh, error);
    if (status != RS_OK)
        return status;
    status =
        rs_allocate((void **)&fresh->origins, rs_store_count(store), sizeof *fresh->origins, error);
    if (status != RS_OK) {
        free(fresh);
        return status;
    }
    fresh->store = store;
    fresh->match = match;
    fresh->mode = mode;
    *adopter = fresh;
    return RS_OK;
}

void rs_adopter_free(rs_adopter *adopter)
{
    if (adopter == NULL)
        return;
    free(adopter->origins);
    free(adopter);
}

static rs_status commit(rs_adopter *adopter, rs_error *error)
{
    rs_status status = adopter->pending == 0
                           ? RS_OK
                           : rs_store_commit(adopter->store, adopter->pending, adopter->rows,
                                             adopter->outcomes, error);
    adopter->pending = 0;
    return status;
}

static rs_status add(rs_adopter *adopter, size_t row, const rs_stored_run *run, const char *path,
                     rs_error *error)
{
    row_origin *origin = &adopter->origins[row];
    rs_status status = rs_store_put(adopter->store, row, &run->result, run->wall_time, error);
    if (status != RS_OK)
        return status;
    *origin =
        (row_origin){.path = path, .hash = rs_stored_run_hash(run), .wall_time = run->wall_time};
    adopter->rows[adopter->pending] = row;
    adopter->outcomes[adopter->pending++] = run->result.outcome;
    return adopter->pending == COMMIT_ROWS ? commit(adopter, error) : RS_OK;
}

static rs_status take_row(rs_adopter *adopter, const rs_stored_run *run, const char *path,
                          rs_adopted *adopted, rs_error *error)
{
    if (!run->intact) {
        adopted->damaged++;
        return RS_OK;
    }
    size_t row = rs_match_find(adopter->match, &run->config);
    if (row == SIZE_MAX)
        return rs_fail(error, RS_BAD_DATA, "%s: run %u is not one of this sweep", path, run->run);
    const row_origin *origin = &adopter->origins[row];
    if (origin->path == NULL) {
        adopted->rows++;
        return add(adopter, row, run, path, error);
    }
    /* Of a run that was trained twice the shorter time stays, whatever the order of the files. */
    if (rs_hash_equal(origin->hash, rs_stored_run_hash(run)))
        return run->wall_time < origin->wall_time ? add(adopter, row, run, path, error) : RS_OK;
    return rs_fail(error, RS_BAD_DATA,
                   "%s: run %u has other results there than in %s: one of the files is wrong, or "
                   "they were made by different versions",
                   path, run->run, origin->path);
}

/* Whether a row of `from` need not be looked at: the store has no such run, or has it finished from
 * before. */
static bool is_for_others(const rs_adopter *adopter, const rs_results *from, size_t row)
{
    rs_run_config config;
    rs_results_config(from, row, &config);
    size_t own = rs_match_find(adopter->match, &config);
    return own == SIZE_MAX || (adopter->origins[own].path == NULL &&
                               rs_store_outcome(adopter->store, own) != RS_RUN_PENDING);
}

rs_status rs_adopter_take(rs_adopter *adopter, const rs_results *from, const char *path,
                          rs_adopted *adopted, rs_error *error)
{
    rs_reader *reader = NULL;
    rs_status status = rs_reader_create(&reader, from, error);
    const int8_t *outcomes = rs_results_read_columns(from).status;
    for (size_t row = 0; status == RS_OK && row < rs_results_count(from); row++) {
        rs_stored_run run;
        if (outcomes[row] == RS_RUN_PENDING ||
            (adopter->mode == RS_ADOPT_OWN && is_for_others(adopter, from, row)))
            continue;
        status = rs_reader_read(reader, row, &run, error);
        if (status == RS_OK)
            status = take_row(adopter, &run, path, adopted, error);
    }
    rs_reader_free(reader);
    return status == RS_OK ? commit(adopter, error) : status;
}

rs_status rs_adopt_files(rs_store *store, const rs_store_runs *runs, rs_adopt_mode mode,
                         size_t file_count, const char *const files[], rs_adopted *adopted,
                         rs_error *error)
{
    rs_adopter *adopter = NULL;
    rs_match *match = NULL;
    rs_status status;
    if ((status = rs_match_create(&match, runs, error)) != RS_OK)
        return status;
    status = rs_adopter_create(&adopter, store, match, mode, error);
    for (size_t i = 0; status == RS_OK && i < file_count; i++) {
        rs_results *results = NULL;
        status = rs_results_rescue(&results, files[i], error);
        if (status == RS_OK)
            status = rs_adopter_take(adopter, results, files[i], adopted, error);
        rs_results_close(results);
    }
    rs_adopter_free(adopter);
    rs_match_free(match);
    return status;
}
