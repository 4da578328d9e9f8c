#include "import.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "extras.h"
#include "file_io.h"
#include "heap.h"
#include "lender.h"
#include "memory.h"
#include "origin.h"
#include "results_file.h"
#include "rungs.h"
#include "store_file.h"
#include "translate.h"

enum {
    COMMIT_ROWS = 1 << 18, /* each commit waits for the disk */
    OTHER_FILES = 64       /* files that the process may have open otherwise */
};

typedef struct import {
    rs_store *store;
    rs_match *match;
    rs_import_mode mode;
    rs_imported *imported;
    rs_lenders *lenders;    /* NULL: none */
    rs_row_origin *origins; /* by row of the store */
    bool with_pending;      /* rows that are not finished have something of their own, too */
    bool has_extras;        /* of its rows, some may have measures that others lack */
    void *copy;             /* of a row, for hashes */
    void *recent;           /* with has_extras: the row that was put last */
    size_t copy_room, recent_room, recent_row;
    size_t pending;
    size_t rows[COMMIT_ROWS];
    int8_t codes[COMMIT_ROWS];
} import;

/* A source file. */
typedef struct row_source {
    const char *path;
    rs_results *results;
    rs_translator *translator;
    size_t next;   /* its first row not yet visited */
    size_t target; /* row of the store of that one, or SIZE_MAX */
} row_source;

/* ---- One row --------------------------------------------------------------------------------- */

static rs_status commit(import *importer, rs_error *error)
{
    rs_status status = importer->pending == 0
                           ? RS_OK
                           : rs_store_commit_codes(importer->store, importer->pending,
                                                   importer->rows, importer->codes, error);
    importer->pending = 0;
    return status;
}

/* Makes room for a row that is kept, and for its copy. */
static rs_status reserve(import *importer, size_t row, rs_error *error)
{
    const size_t size = rs_store_format(importer->store, row)->size;
    rs_status status = rs_grow(&importer->copy, &importer->copy_room, size, 1, error);
    return status == RS_OK ? rs_grow(&importer->recent, &importer->recent_room, size, 1, error)
                           : status;
}

static rs_status put(import *importer, size_t row, const rs_translated *run,
                     const rs_row_origin *origin, rs_error *error)
{
    rs_status status = rs_store_put_bytes(importer->store, row, run->bytes, error);
    if (status != RS_OK)
        return status;
    if (importer->has_extras) {
        memmove(importer->recent, run->bytes, rs_store_format(importer->store, row)->size);
        importer->recent_row = row;
    }
    importer->origins[row] = *origin;
    importer->rows[importer->pending] = row;
    importer->codes[importer->pending++] = run->code;
    return importer->pending == COMMIT_ROWS ? commit(importer, error) : RS_OK;
}

static int32_t next_run(const row_source *source)
{
    return rs_results_read_columns(source->results).run[source->next];
}

static rs_run_outcome next_outcome(const row_source *source)
{
    return (rs_run_outcome)rs_results_read_columns(source->results).status[source->next];
}

static bool next_is_pending(const row_source *source)
{
    return next_outcome(source) == RS_RUN_PENDING;
}

/* Whether a row has the weights of a result, bit by bit but for NaNs. */
static bool has_weights(const rs_row_format *format, const char *bytes, const rs_run_result *result,
                        rs_status *status, rs_error *error)
{
    double *weights = NULL;
    *status = rs_allocate((void **)&weights, result->weight_count, sizeof *weights, error);
    bool same = *status == RS_OK;
    if (same)
        rs_row_weights(format, bytes, weights);
    for (size_t i = 0; same && i < result->weight_count; i++)
        same = weights[i] == result->weights[i] || (isnan(weights[i]) && isnan(result->weights[i]));
    free(weights);
    return same;
}

/* Makes the further tests that the row lacks. */
static rs_status complete(import *importer, const row_source *source, size_t row,
                          rs_translated *run, rs_error *error)
{
    const rs_store *store = importer->store;
    const rs_store_runs *runs = &store->runs;
    const rs_row_format *format = rs_store_format(store, row);
    char *bytes = (char *)run->bytes; /* the translator's, which it makes anew for each row */
    rs_run_result result;
    rs_run_config config;
    uint32_t number;
    double *weights = NULL;
    rs_status status;
    const rs_run_outcome outcome = next_outcome(source);
    if (runs->test == NULL || rs_results_is_foreign(source->results, source->next) ||
        (outcome != RS_RUN_DONE && outcome != RS_RUN_STOPPED))
        return RS_OK;
    runs->row(runs->context, row, &number, &config);
    if (!rs_row_lacks_tests(store->layout, format, &config, runs->length_total, runs->lengths,
                            bytes))
        return RS_OK;
    if (runs->stopped != NULL && runs->stopped())
        return rs_fail(error, RS_STOPPED, "%s: stopped while its networks were tested",
                       store->path);
    const rs_network network = rs_run_config_network(&config);
    if ((status = rs_allocate((void **)&weights, network.count, sizeof *weights, error)) != RS_OK)
        return status;
    rs_row_weights(format, bytes, weights);
    if ((status = runs->test(runs->test_context, &config, weights, &result, error)) == RS_OK) {
        rs_row_encode_tests(store->layout, format, &config, runs->lengths, &result, bytes);
        rs_row_seal(format, row, bytes);
        run->hash = rs_row_hash(format, bytes);
        importer->imported->tested++;
    }
    free(weights);
    return status;
}

/* Whether a row lacks what only training can add: checkpoints, or what was measured at rungs. */
static bool lacks_training(const rs_store *store, const row_source *source, size_t row,
                           const rs_run_config *config, const char *bytes)
{
    const rs_store_runs *runs = &store->runs;
    const rs_row_format *format = rs_store_format(store, row);
    const int8_t reason = rs_results_read_columns(source->results).stop_reason[source->next];
    return (runs->checkpoints != NULL &&
            rs_row_lacks_checkpoints(store->layout, format, config, runs->checkpoints, bytes)) ||
           (runs->rungs != NULL && rs_store_has_rungs(store) &&
            rs_row_lacks_rungs(format, config, runs->rungs, reason == RS_STOP_END, bytes));
}

/* Trains the run anew for checkpoints or rungs that its row lacks. Training repeats to the bit,
 * which is checked. */
static rs_status train_again(import *importer, const row_source *source, size_t row,
                             rs_translated *run, rs_error *error)
{
    const rs_store *store = importer->store;
    const rs_store_runs *runs = &store->runs;
    const rs_row_format *format = rs_store_format(store, row);
    char *bytes = (char *)run->bytes;
    const rs_run_outcome outcome = next_outcome(source);
    rs_run_result result;
    rs_run_config config;
    uint32_t number;
    if (runs->train == NULL || rs_results_is_foreign(source->results, source->next) ||
        (outcome != RS_RUN_DONE && outcome != RS_RUN_DIVERGED))
        return RS_OK;
    runs->row(runs->context, row, &number, &config);
    if (!lacks_training(store, source, row, &config, bytes))
        return RS_OK;
    if (runs->stopped != NULL && runs->stopped())
        return rs_fail(error, RS_STOPPED,
                       "%s: stopped while runs were trained for checkpoints or rungs", store->path);
    rs_status status = runs->train(runs->test_context, &config, &result, error);
    if (status != RS_OK)
        return status;
    if (!has_weights(format, bytes, &result, &status, error))
        return status != RS_OK
                   ? status
                   : rs_fail(error, RS_BAD_DATA,
                             "%s: run %u comes out with other weights than it has there: its "
                             "checkpoints and rungs cannot be made by this version",
                             source->path, number);
    rs_row_encode_checkpoints(store->layout, format, &result, bytes);
    if (runs->rungs != NULL && rs_store_has_rungs(store)) {
        rs_row_encode_rungs(format, &result, bytes);
        run->reached = rs_row_rungs_reached(format, bytes);
    }
    rs_row_seal(format, row, bytes);
    run->hash = rs_row_hash(format, bytes);
    importer->imported->retrained++;
    return RS_OK;
}

/* Whether a row of a run that was stopped is of no use: its rung is none of the store, or what only
 * training can add is missing. Such a run is trained anew to its rung. */
static bool is_left_out(const import *importer, const row_source *source, const rs_translated *run)
{
    const rs_store *store = importer->store;
    uint32_t number;
    rs_run_config config;
    if (next_outcome(source) != RS_RUN_STOPPED)
        return false;
    if (!run->placed || (run->reached < 1 && importer->mode == RS_IMPORT_OWN))
        return true;
    store->runs.row(store->runs.context, source->target, &number, &config);
    return store->runs.train != NULL && store->runs.checkpoints != NULL &&
           rs_row_lacks_checkpoints(store->layout, rs_store_format(store, source->target), &config,
                                    store->runs.checkpoints, run->bytes);
}

/* How far a run was trained, for comparison: 0 not at all, then by rungs, then to its end. */
static int32_t progress_of(rs_run_outcome outcome, int32_t reached)
{
    return outcome == RS_RUN_PENDING   ? 0
           : outcome != RS_RUN_STOPPED ? INT32_MAX
                                       : 1 + (reached > 0 ? reached : 0);
}

/* The same of what the store has. */
static int32_t progress_there(const import *importer, size_t row)
{
    const rs_row_origin *origin = &importer->origins[row];
    return origin->path != NULL ? origin->progress
                                : progress_of(rs_store_outcome(importer->store, row),
                                              rs_store_rungs_reached(importer->store, row));
}

/* The row that was put, as importer->recent. Files that are open together give the rows of a run
 * one after the other, and what came from files before them is committed. */
static rs_status recall(import *importer, size_t row, rs_error *error)
{
    if (importer->recent_row == row)
        return RS_OK;
    importer->recent_row = row;
    return rs_store_read_row(importer->store, row, importer->recent, error);
}

/* The row as the file has it, with the further tests and checkpoints that the row there has
 * besides, and the reverse: *run and *here become the preferred one of them. *grown: the row there
 * lacked some. */
static rs_status join(import *importer, size_t row, rs_translated *run, rs_row_origin *here,
                      bool *agrees, bool *grown, rs_error *error)
{
    const rs_row_format *format = rs_store_format(importer->store, row);
    char *bytes = (char *)run->bytes;
    rs_row_origin there = importer->origins[row];
    rs_status status = recall(importer, row, error);
    if (status != RS_OK)
        return status;
    rs_row_add_extras(format, bytes, importer->recent);
    *grown = rs_row_add_extras(format, importer->recent, bytes) > 0;
    rs_origin_note(here, format, bytes, importer->copy);
    rs_origin_note(&there, format, importer->recent, importer->copy);
    *agrees = rs_origin_agrees(here, &there);
    if (!rs_origin_is_preferred(here, &there)) {
        run->bytes = importer->recent;
        *here = there;
    }
    rs_row_seal(format, row, (char *)run->bytes);
    return RS_OK;
}

/* Rows of one run, trained as far, must agree in what both have. *wanted: the row is one to be put,
 * by then with what any of them has. */
static rs_status compare(import *importer, const row_source *source, rs_translated *run,
                         rs_row_origin *here, bool *wanted, rs_error *error)
{
    const rs_row_origin *there = &importer->origins[source->target];
    bool agrees = rs_origin_agrees(there, here), grown = false;
    *wanted = rs_origin_is_preferred(here, there);
    if (!agrees && rs_origin_may_join(there, here)) {
        rs_status status = join(importer, source->target, run, here, &agrees, &grown, error);
        if (status != RS_OK)
            return status;
    }
    *wanted |= grown;
    if (agrees)
        return RS_OK;
    return rs_fail(error, RS_BAD_DATA,
                   "%s: run %d has other results there than in %s: one of the files is "
                   "wrong, or they were made by different versions",
                   source->path, next_run(source), there->path);
}

/* What the row says of itself. */
static rs_status note(import *importer, size_t row, const rs_translated *run, rs_row_origin *here,
                      rs_error *error)
{
    rs_status status;
    here->hash = run->hash;
    here->wall_time = run->wall_time;
    here->reached = run->reached;
    if (!importer->has_extras)
        return RS_OK;
    if ((status = reserve(importer, row, error)) == RS_OK)
        rs_origin_note(here, rs_store_format(importer->store, row), run->bytes, importer->copy);
    return status;
}

/* The intact row that the source has read. */
static rs_status take(import *importer, const row_source *source, rs_error *error)
{
    rs_translated run;
    const size_t row = source->target;
    const rs_row_origin *there = &importer->origins[row];
    const int32_t before = progress_there(importer, row);
    rs_status status = rs_translator_convert(source->translator, row, &run, error);
    if (status != RS_OK)
        return status;
    if (is_left_out(importer, source, &run)) {
        importer->imported->stopped++;
        return RS_OK;
    }
    rs_row_origin here = {.path = source->path,
                          .progress = progress_of(next_outcome(source), run.reached)};
    if (here.progress < before || (here.progress == before && there->path == NULL))
        return RS_OK;
    if ((importer->lenders != NULL &&
         (status = rs_lenders_fill(importer->lenders, row, &run, error)) != RS_OK) ||
        (status = complete(importer, source, row, &run, error)) != RS_OK ||
        (status = train_again(importer, source, row, &run, error)) != RS_OK ||
        (status = note(importer, row, &run, &here, error)) != RS_OK)
        return status;
    bool wanted = true;
    if (there->path != NULL && here.progress == before &&
        (status = compare(importer, source, &run, &here, &wanted, error)) != RS_OK)
        return status;
    if (!wanted)
        return RS_OK;
    importer->imported->rows += there->path == NULL;
    return put(importer, row, &run, &here, error);
}

/* What a row that is not finished has of datasets that this program does not know. */
static rs_status take_pending(import *importer, const row_source *source, rs_error *error)
{
    rs_translated run;
    if (source->target == SIZE_MAX || importer->origins[source->target].path != NULL ||
        rs_results_is_damaged(source->results, source->next))
        return RS_OK;
    rs_status status = rs_translator_convert(source->translator, source->target, &run, error);
    return status == RS_OK ? rs_store_put_bytes(importer->store, source->target, run.bytes, error)
                           : status;
}

/* ---- One file -------------------------------------------------------------------------------- */

/* Whether a row need not be looked at: it is not finished, the store has it from before, or it is
 * for others. */
static bool is_of_no_use(const import *importer, const row_source *source)
{
    if (next_is_pending(source) && !rs_results_is_damaged(source->results, source->next))
        return !importer->with_pending;
    if (importer->mode == RS_IMPORT_ALL)
        return false;
    return source->target == SIZE_MAX || (importer->origins[source->target].path == NULL &&
                                          progress_there(importer, source->target) == INT32_MAX);
}

static size_t find_target(const import *importer, const row_source *source)
{
    rs_run_config config;
    const size_t number = (size_t)next_run(source);
    if (rs_results_is_damaged(source->results, source->next) ||
        (rs_results_is_foreign(source->results, source->next) && !importer->store->runs.by_number))
        return SIZE_MAX;
    rs_results_config(source->results, source->next, &config);
    return rs_match_find(importer->match, number, &config);
}

/* Advances to the first usable row from `next` on. */
static void seek(import *importer, row_source *source)
{
    for (; source->next < rs_results_count(source->results); source->next++) {
        source->target = find_target(importer, source);
        if (!is_of_no_use(importer, source))
            return;
        importer->imported->foreign +=
            rs_results_is_foreign(source->results, source->next) && !next_is_pending(source);
    }
}

static rs_status take_next(import *importer, row_source *source, rs_error *error)
{
    bool intact;
    rs_status status = rs_translator_read(source->translator, source->next, &intact, error);
    if (status != RS_OK)
        return status;
    if (next_is_pending(source) && !rs_results_is_damaged(source->results, source->next))
        status = take_pending(importer, source, error);
    else if (!intact || rs_results_is_damaged(source->results, source->next))
        importer->imported->damaged += rs_results_was_finished(source->results, source->next) &&
                                       !rs_results_is_replaced(source->results, source->next);
    else if (source->target == SIZE_MAX && rs_results_is_foreign(source->results, source->next))
        status = rs_fail(error, RS_BAD_DATA,
                         "%s: run %d has settings that this version of rnnsweep does not know: %s",
                         source->path, next_run(source), rs_results_foreign(source->results));
    else if (source->target == SIZE_MAX)
        status = rs_fail(error, RS_BAD_DATA, "%s: run %d is not one of this sweep", source->path,
                         next_run(source));
    else
        status = take(importer, source, error);
    source->next++;
    seek(importer, source);
    return status;
}

/* ---- Several files --------------------------------------------------------------------------- */

static rs_status open_source(import *importer, row_source *source, size_t sharing, rs_error *error)
{
    rs_status status = rs_results_rescue_rows(&source->results, source->path, error);
    if (status == RS_OK)
        status = rs_translator_create(&source->translator, source->results, importer->store,
                                      sharing, error);
    if (status == RS_OK)
        seek(importer, source);
    return status;
}

/* Rows are written fast when their neighbours are written with them, and shards hold every other
 * run or so: the sources, in a heap, take turns in the order of the store's rows, and of the files
 * where several have one. A row for which the store has no place comes first, to be refused. */
static bool comes_before(const void *one, const void *other)
{
    const row_source *source = one, *second = other;
    const size_t row = source->target + 1, other_row = second->target + 1; /* SIZE_MAX becomes 0 */
    return row != other_row ? row < other_row : source < second;
}

static bool has_more(const row_source *source)
{
    return source->next < rs_results_count(source->results);
}

/* heap: room for `count` sources. */
static rs_status take_in_order(import *importer, row_source *sources, void *heap[], size_t count,
                               rs_error *error)
{
    size_t left = 0;
    rs_status status = RS_OK;
    for (size_t i = 0; i < count; i++)
        if (has_more(&sources[i]))
            heap[left++] = &sources[i];
    rs_heap_make(heap, left, comes_before);
    while (status == RS_OK && left > 0) {
        status = take_next(importer, heap[0], error);
        if (!has_more(heap[0]))
            heap[0] = heap[--left];
        if (left > 0)
            rs_heap_sift_down(heap, left, 0, comes_before);
    }
    return status == RS_OK ? commit(importer, error) : status;
}

/* The writer thread runs only while rows are read, since opening a file forks. */
static rs_status take_and_write(import *importer, row_source *sources, void *heap[], size_t count,
                                rs_error *error)
{
    rs_status status = rs_batch_start_writer(importer->store->batch, error);
    if (status != RS_OK)
        return status;
    status = take_in_order(importer, sources, heap, count, error);
    rs_batch_stop_writer(importer->store->batch);
    return status;
}

/* Datasets that are not per run, and that this program does not know, are the same in all files. */
static rs_status copy_shared_dataset(const import *importer, size_t index, row_source *source,
                                     bool compare, rs_error *error)
{
    const rs_dataset *dataset = &importer->store->layout->datasets[index];
    const rs_entry *entry = rs_catalogue_find(source->results->catalogue, dataset->path);
    const size_t size = (size_t)rs_dataset_bytes(dataset);
    void *bytes = NULL, *there = NULL;
    rs_status status;
    if (entry == NULL || entry->type != (int32_t)dataset->type || entry->rank != dataset->rank ||
        memcmp(entry->extents, dataset->extents, sizeof entry->extents) != 0)
        return RS_OK; /* of other extents: rs_layout_build has refused that */
    if ((status = rs_allocate(&bytes, size, 1, error)) == RS_OK &&
        (status = rs_allocate(&there, size, 1, error)) == RS_OK &&
        (status = rs_results_read_rows(source->results, entry, 0, entry->extents[0], bytes, NULL,
                                       NULL, error)) == RS_OK &&
        compare)
        status = rs_file_read(importer->store->file, importer->store->path, there, size,
                              dataset->offset, error);
    if (status == RS_OK && compare && memcmp(bytes, there, size) != 0)
        status = rs_fail(error, RS_BAD_DATA,
                         "%s: %s has other values than in the other files, and this version of "
                         "rnnsweep cannot join them",
                         source->path, dataset->path);
    else if (status == RS_OK && !compare)
        status = rs_file_write(importer->store->file, importer->store->path, bytes, size,
                               dataset->offset, error);
    free(bytes);
    free(there);
    return status;
}

static bool is_shared(const rs_layout *layout, size_t index)
{
    const rs_dataset *dataset = &layout->datasets[index];
    if (dataset->rank == 0 || dataset->per_run)
        return false;
    if (!dataset->of_group)
        return index >= RS_DATA_ROOT_TOTAL;
    for (size_t i = 0; i < layout->group_total; i++) {
        const rs_group *group = &layout->groups[i];
        if (index - group->first_dataset < group->dataset_total)
            return group->network.states == 0 || index - group->first_dataset >= RS_GROUP_TOTAL;
    }
    return false;
}

static rs_status copy_shared(const import *importer, row_source *sources, size_t count,
                             rs_error *error)
{
    const rs_layout *layout = importer->store->layout;
    rs_status status = RS_OK;
    for (size_t index = RS_DATA_ROOT_TOTAL; status == RS_OK && index < layout->dataset_total;
         index++) {
        bool copied = importer->imported->rows > 0;
        if (!is_shared(layout, index) || importer->mode == RS_IMPORT_OWN)
            continue;
        for (size_t i = 0; status == RS_OK && i < count; i++)
            if (rs_catalogue_find(sources[i].results->catalogue, layout->datasets[index].path) !=
                NULL) {
                status = copy_shared_dataset(importer, index, &sources[i], copied, error);
                copied = true;
            }
    }
    return status;
}

static rs_status take_together(import *importer, const char *const files[], size_t count,
                               rs_error *error)
{
    row_source *sources = NULL;
    void **heap = NULL;
    rs_status status;
    if ((status = rs_allocate((void **)&sources, count, sizeof *sources, error)) != RS_OK ||
        (status = rs_allocate((void **)&heap, count, sizeof *heap, error)) != RS_OK)
        goto done;
    for (size_t i = 0; status == RS_OK && i < count; i++) {
        sources[i].path = files[i];
        status = open_source(importer, &sources[i], count, error);
    }
    if (status == RS_OK)
        status = copy_shared(importer, sources, count, error);
    if (status == RS_OK)
        status = take_and_write(importer, sources, heap, count, error);
done:
    for (size_t i = 0; sources != NULL && i < count; i++) {
        rs_translator_free(sources[i].translator);
        rs_results_close(sources[i].results);
    }
    free(heap);
    free(sources);
    return status;
}

/* How many files may be open at the same time, at least one: `count` if the system allows it. */
static size_t files_at_once(size_t count)
{
    struct rlimit limit;
    const rlim_t wanted = count + OTHER_FILES;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
        return 1;
    if (limit.rlim_cur < wanted) {
        limit.rlim_cur = wanted < limit.rlim_max ? wanted : limit.rlim_max;
        setrlimit(RLIMIT_NOFILE, &limit);
        getrlimit(RLIMIT_NOFILE, &limit);
    }
    return limit.rlim_cur > OTHER_FILES + 1 ? (size_t)limit.rlim_cur - OTHER_FILES : 1;
}

static rs_status create_import(import **importer, rs_store *store, const rs_store_runs *runs,
                               rs_import_mode mode, rs_imported *imported, rs_error *error)
{
    rs_status status = rs_allocate((void **)importer, 1, sizeof **importer, error);
    if (status != RS_OK)
        return status;
    (*importer)->store = store;
    (*importer)->mode = mode;
    (*importer)->with_pending = mode == RS_IMPORT_ALL && rs_store_keeps(store);
    (*importer)->has_extras = rs_origin_has_extras(store->layout);
    (*importer)->recent_row = SIZE_MAX;
    (*importer)->imported = imported;
    if ((status = rs_match_create(&(*importer)->match, runs, error)) != RS_OK ||
        (runs->lender_total > 0 && (*importer)->has_extras &&
         (status = rs_lenders_create(&(*importer)->lenders, store, (*importer)->match, error)) !=
             RS_OK))
        return status;
    return rs_allocate((void **)&(*importer)->origins, runs->count, sizeof *(*importer)->origins,
                       error);
}

static void free_import(import *importer)
{
    if (importer == NULL)
        return;
    rs_lenders_free(importer->lenders);
    rs_match_free(importer->match);
    free(importer->origins);
    free(importer->copy);
    free(importer->recent);
    free(importer);
}

rs_status rs_import_files(rs_store *store, const rs_store_runs *runs, rs_import_mode mode,
                          size_t file_count, const char *const files[], rs_imported *imported,
                          rs_error *error)
{
    import *importer = NULL;
    const size_t open = files_at_once(file_count + runs->lender_total);
    const size_t at_once = open > runs->lender_total ? open - runs->lender_total : 1;
    rs_status status = create_import(&importer, store, runs, mode, imported, error);
    for (size_t first = 0; status == RS_OK && first < file_count; first += at_once) {
        const size_t left = file_count - first;
        status = take_together(importer, files + first, left < at_once ? left : at_once, error);
    }
    free_import(importer);
    return status;
}
