#include "adopt.h"

#include <stdlib.h>
#include <sys/resource.h>

#include "carry.h"
#include "memory.h"
#include "store_file.h"

enum {
    COMMIT_ROWS = 1 << 18, /* each commit waits for the disk */
    OTHER_FILES = 64       /* that the process may have open besides */
};

/* Where a row came from, the hash of its results and its time. */
typedef struct row_origin {
    const char *path; /* NULL: not there yet */
    rs_hash hash;
    double wall_time;
} row_origin;

typedef struct adoption {
    rs_store *store;
    rs_match *match;
    rs_adopt_mode mode;
    rs_adopted *adopted;
    row_origin *origins; /* by row of the store */
    size_t pending;
    size_t rows[COMMIT_ROWS];
    rs_run_outcome outcomes[COMMIT_ROWS];
} adoption;

/* A file that rows are taken from. */
typedef struct row_source {
    const char *path;
    rs_results *results;
    rs_carrier *carrier;
    size_t next;   /* its first row that has not been looked at */
    size_t target; /* row of the store of that one, or SIZE_MAX */
} row_source;

/* ---- One row --------------------------------------------------------------------------------- */

static rs_status commit(adoption *adopter, rs_error *error)
{
    rs_status status = adopter->pending == 0
                           ? RS_OK
                           : rs_store_commit(adopter->store, adopter->pending, adopter->rows,
                                             adopter->outcomes, error);
    adopter->pending = 0;
    return status;
}

static rs_status put(adoption *adopter, size_t row, const rs_carried *run, const char *path,
                     rs_error *error)
{
    rs_status status = rs_store_put_bytes(adopter->store, row, run->bytes, error);
    if (status != RS_OK)
        return status;
    adopter->origins[row] =
        (row_origin){.path = path, .hash = run->hash, .wall_time = run->wall_time};
    adopter->rows[adopter->pending] = row;
    adopter->outcomes[adopter->pending++] = run->outcome;
    return adopter->pending == COMMIT_ROWS ? commit(adopter, error) : RS_OK;
}

static int32_t next_run(const row_source *source)
{
    return rs_results_read_columns(source->results).run[source->next];
}

/* The intact row that the source has read. */
static rs_status take(adoption *adopter, const row_source *source, rs_error *error)
{
    rs_carried run;
    const size_t row = source->target;
    const row_origin *origin = &adopter->origins[row];
    rs_status status = rs_carrier_convert(source->carrier, row, &run, error);
    if (status != RS_OK)
        return status;
    if (origin->path != NULL && !rs_hash_equal(origin->hash, run.hash))
        return rs_fail(error, RS_BAD_DATA,
                       "%s: run %d has other results there than in %s: one of the files is wrong, "
                       "or they were made by different versions",
                       source->path, next_run(source), origin->path);
    if (origin->path != NULL && run.wall_time >= origin->wall_time)
        return RS_OK;
    adopter->adopted->rows += origin->path == NULL;
    return put(adopter, row, &run, source->path, error);
}

/* ---- One file -------------------------------------------------------------------------------- */

/* Whether a row need not be looked at: it is not finished, the store has it from before, or it is
 * for others. */
static bool is_of_no_use(const adoption *adopter, const row_source *source)
{
    if (rs_results_read_columns(source->results).status[source->next] == RS_RUN_PENDING)
        return true;
    if (adopter->mode == RS_ADOPT_ALL)
        return false;
    return source->target == SIZE_MAX ||
           (adopter->origins[source->target].path == NULL &&
            rs_store_outcome(adopter->store, source->target) != RS_RUN_PENDING);
}

/* Goes to the first row from `next` on that is of use. */
static void seek(const adoption *adopter, row_source *source)
{
    const int32_t *runs = rs_results_read_columns(source->results).run;
    for (; source->next < rs_results_count(source->results); source->next++) {
        rs_run_config config;
        rs_results_config(source->results, source->next, &config);
        source->target = rs_match_find(adopter->match, (size_t)runs[source->next], &config);
        if (!is_of_no_use(adopter, source))
            return;
    }
}

static rs_status take_next(adoption *adopter, row_source *source, rs_error *error)
{
    bool intact;
    rs_status status = rs_carrier_read(source->carrier, source->next, &intact, error);
    if (status != RS_OK)
        return status;
    if (!intact)
        adopter->adopted->damaged++;
    else if (source->target == SIZE_MAX)
        status = rs_fail(error, RS_BAD_DATA, "%s: run %d is not one of this sweep", source->path,
                         next_run(source));
    else
        status = take(adopter, source, error);
    source->next++;
    seek(adopter, source);
    return status;
}

/* ---- Several files --------------------------------------------------------------------------- */

static rs_status open_source(adoption *adopter, row_source *source, size_t sharing, rs_error *error)
{
    rs_status status = rs_results_rescue(&source->results, source->path, error);
    if (status == RS_OK)
        status =
            rs_carrier_create(&source->carrier, source->results, adopter->store, sharing, error);
    if (status == RS_OK)
        seek(adopter, source);
    return status;
}

/* Rows are written fast when their neighbours are written with them, and shards hold every other
 * run or so: the sources, in a heap, take turns in the order of the store's rows, and of the files
 * where several have one. A row for which the store has no place comes first, to be refused. */
static bool comes_before(const row_source *one, const row_source *other)
{
    const size_t first = one->target + 1, second = other->target + 1; /* SIZE_MAX becomes 0 */
    return first != second ? first < second : one < other;
}

static void sift_down(row_source *heap[], size_t count, size_t at)
{
    row_source *moved = heap[at];
    for (size_t child; (child = 2 * at + 1) < count; at = child) {
        if (child + 1 < count && comes_before(heap[child + 1], heap[child]))
            child++;
        if (comes_before(moved, heap[child]))
            break;
        heap[at] = heap[child];
    }
    heap[at] = moved;
}

static bool has_more(const row_source *source)
{
    return source->next < rs_results_count(source->results);
}

/* heap: room for `count` sources. */
static rs_status take_in_order(adoption *adopter, row_source *sources, row_source *heap[],
                               size_t count, rs_error *error)
{
    size_t left = 0;
    rs_status status = RS_OK;
    for (size_t i = 0; i < count; i++)
        if (has_more(&sources[i]))
            heap[left++] = &sources[i];
    for (size_t i = left; i-- > 0;)
        sift_down(heap, left, i);
    while (status == RS_OK && left > 0) {
        status = take_next(adopter, heap[0], error);
        if (!has_more(heap[0]))
            heap[0] = heap[--left];
        if (left > 0)
            sift_down(heap, left, 0);
    }
    return status == RS_OK ? commit(adopter, error) : status;
}

/* The writer is there only while rows are taken: opening a file forks. */
static rs_status take_and_write(adoption *adopter, row_source *sources, row_source *heap[],
                                size_t count, rs_error *error)
{
    rs_status status = rs_batch_start_writer(adopter->store->batch, error);
    if (status != RS_OK)
        return status;
    status = take_in_order(adopter, sources, heap, count, error);
    rs_batch_stop_writer(adopter->store->batch);
    return status;
}

static rs_status take_together(adoption *adopter, const char *const files[], size_t count,
                               rs_error *error)
{
    row_source *sources = NULL, **heap = NULL;
    rs_status status;
    if ((status = rs_allocate((void **)&sources, count, sizeof *sources, error)) != RS_OK ||
        (status = rs_allocate((void **)&heap, count, sizeof *heap, error)) != RS_OK)
        goto done;
    for (size_t i = 0; status == RS_OK && i < count; i++) {
        sources[i].path = files[i];
        status = open_source(adopter, &sources[i], count, error);
    }
    if (status == RS_OK)
        status = take_and_write(adopter, sources, heap, count, error);
done:
    for (size_t i = 0; sources != NULL && i < count; i++) {
        rs_carrier_free(sources[i].carrier);
        rs_results_close(sources[i].results);
    }
    free(heap);
    free(sources);
    return status;
}

/* How many of `count` files may be open at the same time, at least one. */
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

static rs_status create_adopter(adoption **adopter, rs_store *store, const rs_store_runs *runs,
                                rs_adopt_mode mode, rs_adopted *adopted, rs_error *error)
{
    rs_status status = rs_allocate((void **)adopter, 1, sizeof **adopter, error);
    if (status != RS_OK)
        return status;
    (*adopter)->store = store;
    (*adopter)->mode = mode;
    (*adopter)->adopted = adopted;
    if ((status = rs_match_create(&(*adopter)->match, runs, error)) != RS_OK)
        return status;
    return rs_allocate((void **)&(*adopter)->origins, runs->count, sizeof *(*adopter)->origins,
                       error);
}

static void free_adopter(adoption *adopter)
{
    if (adopter == NULL)
        return;
    rs_match_free(adopter->match);
    free(adopter->origins);
    free(adopter);
}

rs_status rs_adopt_files(rs_store *store, const rs_store_runs *runs, rs_adopt_mode mode,
                         size_t file_count, const char *const files[], rs_adopted *adopted,
                         rs_error *error)
{
    adoption *adopter = NULL;
    const size_t at_once = files_at_once(file_count);
    rs_status status = create_adopter(&adopter, store, runs, mode, adopted, error);
    for (size_t first = 0; status == RS_OK && first < file_count; first += at_once) {
        const size_t left = file_count - first;
        status = take_together(adopter, files + first, left < at_once ? left : at_once, error);
    }
    free_adopter(adopter);
    return status;
}
