#include "parts.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "memory.h"
#include "shard.h"

static rs_status copy_path(char **copy, const char *path, rs_error *error)
{
    *copy = strdup(path);
    return *copy != NULL ? RS_OK : rs_fail(error, RS_NO_MEMORY, "out of memory for a path");
}

static rs_status list_folder(rs_parts *parts, rs_error *error)
{
    const rs_frozen_sweep *frozen = &parts->frozen;
    rs_status status = RS_OK;
    for (unsigned i = 0; status == RS_OK && i < frozen->shards; i++) {
        const rs_shard shard = {.index = i + 1, .count = frozen->shards};
        status = rs_shard_path(&shard, frozen->results, &parts->paths[i], error);
    }
    return status == RS_OK ? copy_path(&parts->paths[frozen->shards], frozen->results, error)
                           : status;
}

rs_status rs_parts_open(rs_parts *parts, const rs_arguments *arguments, rs_error *error)
{
    rs_parts open = {.count = arguments->count};
    void *paths = NULL;
    rs_status status = RS_OK;
    bool folder = arguments->count == 1 && rs_frozen_sweep_is_folder(arguments->positional[0]);
    if (folder) {
        if ((status = rs_frozen_sweep_open(&open.frozen, arguments->positional[0], error)) != RS_OK)
            return status;
        open.count = open.frozen.shards + 1;
    }
    if ((status = rs_allocate(&paths, open.count, sizeof *open.paths, error)) == RS_OK) {
        open.paths = paths;
        if (folder)
            status = list_folder(&open, error);
        for (size_t i = 0; !folder && status == RS_OK && i < open.count; i++)
            status = copy_path(&open.paths[i], arguments->positional[i], error);
    }
    if (status == RS_OK)
        *parts = open;
    else
        rs_parts_free(&open);
    return status;
}

void rs_parts_free(rs_parts *parts)
{
    for (size_t i = 0; parts->paths != NULL && i < parts->count; i++)
        free(parts->paths[i]);
    free(parts->paths);
    rs_frozen_sweep_free(&parts->frozen);
    *parts = (rs_parts){0};
}

bool rs_parts_exists(const rs_parts *parts, size_t i)
{
    return parts->frozen.plan == NULL || access(parts->paths[i], F_OK) == 0;
}

rs_status rs_parts_coverage(const rs_parts *parts, rs_coverage *coverage, rs_error *error)
{
    *coverage = (rs_coverage){0};
    if (parts->frozen.plan == NULL)
        return RS_OK;
    const rs_plan *plan = parts->frozen.plan;
    return rs_coverage_begin(coverage, plan, rs_plan_hash(plan), parts->frozen.results, error);
}
