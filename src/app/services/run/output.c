#include "output.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "rebuild.h"

static rs_status move_aside(const char *path, rs_error *error)
{
    enum { PLACES = 100000 };
    size_t size = strlen(path) + 16;
    char *aside = malloc(size);
    rs_status status = RS_OK;
    int failure = EEXIST;
    if (aside == NULL)
        return rs_fail(error, RS_NO_MEMORY, "out of memory for a file name");
    for (int i = 1; i < PLACES && failure == EEXIST; i++) {
        snprintf(aside, size, "%s.%d", path, i);
        failure = renameat2(AT_FDCWD, path, AT_FDCWD, aside, RENAME_NOREPLACE) == 0 ? 0 : errno;
        if (failure == EINVAL) /* a file system without the flag: look, then rename */
            failure = access(aside, F_OK) == 0 ? EEXIST : rename(path, aside) == 0 ? 0 : errno;
    }
    if (failure != 0)
        status = rs_fail(error, RS_CANNOT_CREATE, "cannot move %s to %s: %s", path, aside,
                         strerror(failure));
    else
        fprintf(stderr, "rnnsweep: moved the old file to %s\n", aside);
    free(aside);
    return status;
}

static void report_damage(size_t rows)
{
    if (rows > 0)
        fprintf(stderr, "rnnsweep: %zu damaged run%s will be trained again\n", rows,
                rows == 1 ? "" : "s");
}

/* When the sweep has grown, its file grows with it: every run of the file must be one of the sweep.
 * *grown stays false when one is not. A compressed file that misses runs becomes a plain one. */
static rs_status grow(const char *path, const rs_store_runs *runs, const rs_provenance *provenance,
                      bool *grown, rs_error *error)
{
    rs_match *match = NULL;
    rs_covered covered = {0};
    rs_adopted adopted;
    rs_status status;
    if ((status = rs_match_create(&match, runs, error)) != RS_OK ||
        (status = rs_rebuild_covered(path, match, &covered, error)) != RS_OK || !covered.all)
        goto done;
    *grown = true;
    status = rs_rebuild(path, RS_REBUILD_PLAIN, runs, provenance->attributes, provenance->count, 1,
                        &path, &adopted, error);
    if (status != RS_OK)
        goto done;
    fprintf(stderr, "rnnsweep: %s: %zu finished runs carried over\n",
            covered.rows < runs->count ? "the sweep has grown"
                                       : "the file was compressed, and is no longer",
            adopted.rows);
    report_damage(adopted.damaged);
done:
    rs_match_free(match);
    return status;
}

static rs_status refuse(const rs_error *refusal, rs_error *error)
{
    return rs_fail(error, refusal->status,
                   "%.1800s\nNothing was changed. Give another file with -o FILE, or move this one "
                   "aside with --fresh.",
                   refusal->text);
}

rs_status rs_output_open(rs_store **store, const char *path, bool fresh, const rs_store_runs *runs,
                         const rs_provenance *provenance, rs_error *error)
{
    rs_error refusal;
    rs_status status = RS_OK;
    bool exists = access(path, F_OK) == 0;
    if (exists && fresh) {
        status = move_aside(path, error);
        exists = false;
    }
    if (status == RS_OK && !exists)
        status = rs_store_create(path, runs, provenance->attributes, provenance->count, error);
    if (status != RS_OK)
        return status;
    status = rs_store_open(store, path, runs, &refusal);
    if (status == RS_BAD_DATA) {
        bool grown = false;
        /* What stands in the way of growing is said by the refusal already, when it is the file. */
        status = grow(path, runs, provenance, &grown, error);
        if (!grown)
            return status == RS_OK || status == RS_BAD_DATA ? refuse(&refusal, error) : status;
        if (status != RS_OK)
            return status;
        status = rs_store_open(store, path, runs, &refusal);
    }
    if (status != RS_OK)
        *error = refusal;
    return status;
}

rs_status rs_output_take_over(rs_store *store, const rs_store_runs *runs, size_t file_count,
                              const char *const files[], rs_error *error)
{
    rs_adopted adopted = {0};
    if (file_count == 0)
        return RS_OK;
    rs_status status =
        rs_adopt_files(store, runs, RS_ADOPT_OWN, file_count, files, &adopted, error);
    if (status != RS_OK)
        return status;
    fprintf(stderr, "rnnsweep: %zu finished runs taken over from %zu file%s\n", adopted.rows,
            file_count, file_count == 1 ? "" : "s");
    report_damage(adopted.damaged);
    return RS_OK;
}
