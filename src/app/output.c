#include "output.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

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
    if (status == RS_BAD_DATA)
        return rs_fail(error, status,
                       "%.1800s\nNothing was changed. Give another file with -o FILE, or move this "
                       "one aside with --fresh.",
                       refusal.text);
    if (status != RS_OK)
        *error = refusal;
    return status;
}
