/* Creates a file from the rows of others. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "create.h"
#include "finish.h"
#include "import.h"
#include "memory.h"
#include "pack.h"
#include "results_file.h"
#include "store_file.h"

rs_status rs_import_covered(const char *path, rs_match *match, rs_covered *covered, rs_error *error)
{
    rs_results *results = NULL;
    rs_status status = rs_results_rescue(&results, path, error);
    if (status != RS_OK)
        return status;
    const int32_t *runs = rs_results_read_columns(results).run;
    const size_t rows = rs_results_count(results);
    bool all = true;
    for (size_t row = 0; all && row < rows; row++) {
        rs_run_config config;
        if (rs_results_is_damaged(results, row))
            continue;
        rs_results_config(results, row, &config);
        all = !rs_results_is_foreign(results, row) &&
              rs_match_find(match, (size_t)runs[row], &config) != SIZE_MAX;
    }
    *covered = (rs_covered){.rows = rows, .all = all};
    rs_results_close(results);
    return RS_OK;
}

/* ---- Files that have more than a new one would ----------------------------------------------- */

/* Whether a file has tests, sets, checkpoints or rungs that no run's configuration speaks of. */
static bool has_places(const rs_layout *layout)
{
    return layout->lengths > 0 || layout->sets > 0 || layout->checkpoints > 0 || layout->rungs > 0;
}

typedef struct models {
    size_t count;
    rs_results **files;
    const rs_layout **layouts;
} models;

static void close_models(models *all)
{
    for (size_t i = 0; i < all->count; i++)
        rs_results_close(all->files[i]);
    free(all->files);
    free(all->layouts);
}

static rs_status open_models(models *all, size_t file_count, const char *const files[],
                             rs_error *error)
{
    rs_status status;
    if ((status = rs_allocate((void **)&all->files, file_count, sizeof *all->files, error)) !=
            RS_OK ||
        (status = rs_allocate((void **)&all->layouts, file_count, sizeof *all->layouts, error)) !=
            RS_OK)
        return status;
    for (size_t i = 0; status == RS_OK && i < file_count; i++) {
        rs_results *file = NULL;
        bool has_unknown = false;
        status = rs_results_describe(&file, files[i], &has_unknown, error);
        if (status == RS_OK && (has_unknown || has_places(file->layout))) {
            all->layouts[all->count] = file->layout;
            all->files[all->count++] = file;
        } else {
            rs_results_close(file);
        }
    }
    return status;
}

/* ---- The file -------------------------------------------------------------------------------- */

static rs_status fill_beside(const char *beside, rs_import_mode mode, const rs_store_runs *runs,
                             size_t file_count, const char *const files[], rs_imported *imported,
                             rs_error *error)
{
    rs_store *store = NULL;
    rs_error close_error;
    rs_status status = rs_store_open(&store, beside, runs, error);
    if (status != RS_OK)
        return status;
    /* First, since rows that are not finished may have something of their own. */
    const bool keeps = rs_store_keeps(store);
    if (keeps)
        status = rs_store_fill_pending(store, error);
    if (status == RS_OK)
        status = rs_import_files(store, runs, mode, file_count, files, imported, error);
    if (status == RS_OK && !keeps)
        status = rs_store_fill_pending(store, error);
    rs_status closed = rs_store_close(store, &close_error);
    if (status == RS_OK && closed != RS_OK)
        status = rs_fail(error, closed, "%s", close_error.text);
    return status == RS_OK ? rs_finish_file(beside, NULL, error) : status;
}

/* What a new file is to be. */
typedef struct making {
    const char *target;
    const rs_file_state *old; /* the file whose place it takes, or none */
    rs_import_form form;
    rs_import_mode mode;
    const rs_store_runs *runs;
    const rs_store_attribute *attributes;
    size_t attribute_count;
    size_t file_count;
    const char *const *files;
} making;

/* Replaces the plain file `beside` by a compressed one and removes it. */
static rs_status compress_beside(const making *wanted, char beside[RS_PATH_MAX], rs_error *error)
{
    char plain[RS_PATH_MAX];
    memcpy(plain, beside, sizeof plain);
    rs_status status = rs_pack_beside(wanted->target, plain, wanted->runs, wanted->attributes,
                                      wanted->attribute_count, beside, error);
    if (status == RS_OK)
        status = rs_file_take_rights(beside, wanted->target, wanted->old, error);
    unlink(plain);
    return status;
}

static rs_status make(const making *wanted, rs_imported *imported, rs_error *error)
{
    char beside[RS_PATH_MAX];
    rs_imported taken = {0};
    rs_status status =
        rs_create_beside(wanted->target, wanted->old, wanted->runs, wanted->attributes,
                         wanted->attribute_count, RS_CREATE_TO_IMPORT, beside, error);
    if (status != RS_OK)
        return status;
    status = fill_beside(beside, wanted->mode, wanted->runs, wanted->file_count, wanted->files,
                         &taken, error);
    if (status == RS_OK && wanted->form == RS_IMPORT_COMPRESSED)
        status = compress_beside(wanted, beside, error);
    if (status == RS_OK)
        status = rs_file_replace_known(beside, wanted->target, wanted->old, error);
    if (status != RS_OK)
        unlink(beside);
    else
        *imported = taken;
    return status;
}

rs_status rs_import_as_new(const char *path, rs_import_form form, const rs_store_runs *runs,
                           const rs_store_attribute *attributes, size_t attribute_count,
                           size_t file_count, const char *const files[], rs_imported *imported,
                           rs_error *error)
{
    char target[RS_PATH_MAX];
    models all = {0};
    rs_store_runs with_models = *runs;
    rs_status status = rs_file_follow_links(path, target, error);
    if (status != RS_OK)
        return status;
    const rs_file_state old = rs_file_look_at(target);
    const making wanted = {target,          &old,         form,
                           RS_IMPORT_ALL,   &with_models, attributes,
                           attribute_count, file_count,   files};
    if ((status = rs_file_check_replaceable(path, &old, error)) == RS_OK)
        status = open_models(&all, file_count, files, error);
    with_models.model_total = all.count;
    with_models.models = all.layouts;
    if (status == RS_OK)
        status = make(&wanted, imported, error);
    close_models(&all);
    return status;
}

rs_status rs_import_new(const char *path, const rs_store_runs *runs,
                        const rs_store_attribute *attributes, size_t attribute_count,
                        size_t file_count, const char *const files[], rs_imported *imported,
                        rs_error *error)
{
    char target[RS_PATH_MAX];
    const rs_file_state none = {.exists = false};
    rs_status status = rs_file_follow_links(path, target, error);
    const making wanted = {target,     &none,           RS_IMPORT_PLAIN, RS_IMPORT_OWN, runs,
                           attributes, attribute_count, file_count,      files};
    return status == RS_OK ? make(&wanted, imported, error) : status;
}

/* ---- Runs that only their files know --------------------------------------------------------- */

typedef struct known_run {
    int32_t run;
    bool finished;
    uint32_t file, row;
} known_run;

struct rs_file_runs {
    size_t file_count, count;
    rs_results **files;
    known_run *runs; /* by ascending number */
    rs_store_runs wanted;
};

static void row_of_file(const void *context, size_t row, uint32_t *run, rs_run_config *config)
{
    const rs_file_runs *runs = context;
    const known_run *known = &runs->runs[row];
    *run = (uint32_t)known->run;
    rs_results_config(runs->files[known->file], known->row, config);
}

static const char *group_of_file(const void *context, size_t row)
{
    const rs_file_runs *runs = context;
    const known_run *known = &runs->runs[row];
    const rs_layout *layout = runs->files[known->file]->layout;
    const rs_group *group = &layout->groups[layout->places[known->row].group];
    return group->network.states == 0 ? group->path : NULL;
}

/* Of rows of one run, a finished one first. */
static int compare_runs(const void *a, const void *b)
{
    const known_run *first = a, *second = b;
    if (first->run != second->run)
        return first->run < second->run ? -1 : 1;
    if (first->finished != second->finished)
        return first->finished ? -1 : 1;
    if (first->file != second->file)
        return first->file < second->file ? -1 : 1;
    return (first->row > second->row) - (first->row < second->row);
}

static rs_status gather_runs(rs_file_runs *runs, rs_error *error)
{
    size_t total = 0;
    for (size_t i = 0; i < runs->file_count; i++)
        total += runs->files[i]->runs;
    rs_status status = rs_allocate((void **)&runs->runs, total, sizeof *runs->runs, error);
    for (size_t i = 0; status == RS_OK && i < runs->file_count; i++) {
        const rs_results_columns columns = rs_results_read_columns(runs->files[i]);
        for (size_t row = 0; row < runs->files[i]->runs; row++)
            if (!rs_results_is_damaged(runs->files[i], row))
                runs->runs[runs->count++] =
                    (known_run){columns.run[row], columns.status[row] != RS_RUN_PENDING,
                                (uint32_t)i, (uint32_t)row};
    }
    if (status != RS_OK || runs->count == 0)
        return status;
    qsort(runs->runs, runs->count, sizeof *runs->runs, compare_runs);
    size_t used = 1;
    for (size_t i = 1; i < runs->count; i++)
        if (runs->runs[i].run != runs->runs[used - 1].run)
            runs->runs[used++] = runs->runs[i];
    runs->count = used;
    return RS_OK;
}

rs_status rs_file_runs_create(rs_file_runs **runs, size_t file_count, const char *const files[],
                              rs_error *error)
{
    rs_file_runs *fresh = NULL;
    rs_status status;
    if ((status = rs_allocate((void **)&fresh, 1, sizeof *fresh, error)) != RS_OK ||
        (status = rs_allocate((void **)&fresh->files, file_count, sizeof *fresh->files, error)) !=
            RS_OK)
        goto done;
    for (; status == RS_OK && fresh->file_count < file_count;
         fresh->file_count += status == RS_OK) {
        status =
            rs_results_rescue(&fresh->files[fresh->file_count], files[fresh->file_count], error);
        if (status == RS_OK)
            rs_results_close_file(fresh->files[fresh->file_count]);
    }
    if (status == RS_OK)
        status = gather_runs(fresh, error);
    if (status != RS_OK)
        goto done;
    const char *whole = rs_results_attribute(fresh->files[0], RS_ATTRIBUTE_RUNS);
    rs_hash sweep = {0};
    rs_hash_parse(rs_results_sweep(fresh->files[0]), &sweep);
    fresh->wanted =
        (rs_store_runs){.count = fresh->count,
                        .row = row_of_file,
                        .context = fresh,
                        .sweep = sweep,
                        .whole = whole != NULL ? strtoul(whole, NULL, 10) : fresh->count,
                        .by_number = true,
                        .group = group_of_file};
    *runs = fresh;
    fresh = NULL;
done:
    rs_file_runs_free(fresh);
    return status;
}

const rs_store_runs *rs_file_runs_get(const rs_file_runs *runs)
{
    return &runs->wanted;
}

void rs_file_runs_free(rs_file_runs *runs)
{
    if (runs == NULL)
        return;
    for (size_t i = 0; i < runs->file_count; i++)
        rs_results_close(runs->files[i]);
    free(runs->files);
    free(runs->runs);
    free(runs);
}
