#include "pooled.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "import.h"
#include "memory.h"
#include "merged_provenance.h"

static void copy_path(const rs_pooled *pooled, char path[sizeof pooled->folder + 16])
{
    snprintf(path, sizeof pooled->folder + 16, "%s/pooled.h5", pooled->folder);
}

static rs_status make_folder(rs_pooled *pooled, rs_error *error)
{
    const char *below = getenv("TMPDIR");
    const size_t size = sizeof pooled->folder;
    static const char *const name = "rnnsweep-watch-XXXXXX";
    if (below == NULL || strlen(below) + 1 + strlen(name) >= size)
        below = "/tmp";
    snprintf(pooled->folder, size, "%s/%s", below, name);
    if (mkdtemp(pooled->folder) != NULL)
        return RS_OK;
    pooled->folder[0] = '\0';
    return rs_fail(error, RS_CANNOT_CREATE, "%s: no folder for the results of all files: %s", below,
                   strerror(errno));
}

static rs_status gather_texts(rs_merged_provenance *provenance, size_t count,
                              const char *const files[], rs_error *error)
{
    rs_status status = RS_OK;
    for (size_t i = 0; status == RS_OK && i < count; i++) {
        rs_results *results = NULL;
        status = rs_results_open(&results, files[i], error);
        if (status == RS_OK)
            status = rs_merged_provenance_add(provenance, results, files[i], error);
        rs_results_close(results);
    }
    return status;
}

static rs_status merge(rs_pooled *pooled, const rs_overview *overview, size_t count,
                       const char *const files[], rs_error *error)
{
    rs_merged_provenance provenance = {.mix_kernels = true};
    rs_imported imported = {0};
    char path[sizeof pooled->folder + 16];
    char *command[] = {"rnnsweep", "watch", NULL};
    rs_status status = make_folder(pooled, error);
    copy_path(pooled, path);
    if (status == RS_OK && (status = gather_texts(&provenance, count, files, error)) == RS_OK &&
        (status = rs_merged_provenance_finish(&provenance, 2, command, error)) == RS_OK &&
        (status = rs_import_as_new(path, RS_IMPORT_PLAIN, &overview->coverage.runs,
                                   provenance.attributes, provenance.count, count, files, &imported,
                                   error)) == RS_OK)
        status = rs_results_open(&pooled->results, path, error);
    rs_merged_provenance_free(&provenance);
    return status;
}

rs_status rs_pooled_open(rs_pooled *pooled, const rs_overview *overview, rs_error *error)
{
    const char **files;
    void *room = NULL;
    size_t count = 0;
    *pooled = (rs_pooled){0};
    rs_status status = rs_allocate(&room, overview->parts.count, sizeof *files, error);
    files = room;
    for (size_t i = 0; status == RS_OK && i < overview->parts.count; i++)
        if (rs_parts_exists(&overview->parts, i))
            files[count++] = overview->parts.paths[i];
    if (status == RS_OK && count == 1)
        status = rs_results_open(&pooled->results, files[0], error);
    else if (status == RS_OK && count > 1 && overview->coverage.plan != NULL)
        status = merge(pooled, overview, count, files, error);
    free(room);
    if (status != RS_OK)
        rs_pooled_close(pooled);
    return status;
}

void rs_pooled_close(rs_pooled *pooled)
{
    rs_results_close(pooled->results);
    if (pooled->folder[0] != '\0') {
        char path[sizeof pooled->folder + 16];
        copy_path(pooled, path);
        unlink(path);
        rmdir(pooled->folder);
    }
    *pooled = (rs_pooled){0};
}
