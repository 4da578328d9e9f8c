#include "frozen_sweep.h"

#include <errno.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "shard.h"
#include "sweep_runs.h"

static char *join_path(const char *folder, const char *name)
{
    char *path;
    return asprintf(&path, "%s/%s", folder, name) < 0 ? NULL : path;
}

bool rs_frozen_sweep_is_folder(const char *path)
{
    struct stat file;
    return stat(path, &file) == 0 && S_ISDIR(file.st_mode);
}

/* ---- plan.json ------------------------------------------------------------------------------- */

/* The contents of plan.json; the texts belong to `json`. */
struct description {
    json_t *json;
    const char *name, *hash, *results;
    size_t runs;
    unsigned shards;
    json_t *overrides;
};

static rs_status refuse(const char *path, const char *reason, rs_error *error)
{
    return rs_fail(error, RS_BAD_DATA, "%s: %s; make the folder anew with `rnnsweep slurm`", path,
                   reason);
}

static rs_status read_description(struct description *found, const char *path, rs_error *error)
{
    json_error_t problem;
    json_int_t runs, shards;
    struct description read = {.json = json_load_file(path, 0, &problem)};
    if (read.json == NULL && access(path, F_OK) != 0 && errno == ENOENT)
        return rs_fail(
            error, RS_BAD_DATA,
            "%s is missing: a folder has to be one that `rnnsweep slurm` made; name results "
            "files one by one, as in %.*s/*.h5",
            path, (int)(strrchr(path, '/') - path), path);
    if (read.json == NULL)
        return refuse(path, problem.text, error);
    if (json_unpack_ex(read.json, &problem, 0, "{s:s, s:s, s:s, s:I, s:I, s:o}", "name", &read.name,
                       "hash", &read.hash, "results", &read.results, "runs", &runs, "shards",
                       &shards, "overrides", &read.overrides) != 0) {
        rs_status status = refuse(path, problem.text, error);
        json_decref(read.json);
        return status;
    }
    if (runs < 1 || runs > INT32_MAX || shards < 1 || shards > RS_SHARDS_MAX ||
        !json_is_array(read.overrides)) {
        json_decref(read.json);
        return refuse(path, "numbers of runs or shards that cannot be", error);
    }
    read.runs = (size_t)runs;
    read.shards = (unsigned)shards;
    *found = read;
    return RS_OK;
}

rs_status rs_frozen_sweep_describe(const rs_frozen_sweep *frozen, char **text, rs_error *error)
{
    char hash[RS_HASH_TEXT];
    rs_hash_format(rs_plan_hash(frozen->plan), hash);
    json_t *overrides = json_array();
    for (const char *line = rs_plan_overrides(frozen->plan); *line != '\0';) {
        size_t length = strcspn(line, "\n");
        json_array_append_new(overrides, json_stringn(line, length));
        line += length + (line[length] == '\n');
    }
    json_t *json =
        json_pack("{s:s, s:s, s:I, s:i, s:s, s:o}", "name", rs_plan_name(frozen->plan), "hash",
                  hash, "runs", (json_int_t)rs_plan_runs(frozen->plan), "shards",
                  (int)frozen->shards, "results", frozen->results, "overrides", overrides);
    char *dumped = json != NULL ? json_dumps(json, JSON_INDENT(2)) : NULL;
    json_decref(json);
    if (dumped == NULL)
        return rs_fail(error, RS_NO_MEMORY, "out of memory for the plan of the sweep");
    *text = dumped;
    return RS_OK;
}

rs_status rs_frozen_sweep_check(const char *folder, rs_hash hash, rs_error *error)
{
    struct description there = {0};
    char expected[RS_HASH_TEXT];
    char *path = join_path(folder, "plan.json");
    if (path == NULL)
        return rs_fail(error, RS_NO_MEMORY, "out of memory for a path");
    rs_status status = access(path, F_OK) == 0 ? read_description(&there, path, error) : RS_IO;
    free(path);
    if (status != RS_OK) /* no plan, or one that every task refuses */
        return RS_OK;
    rs_hash_format(hash, expected);
    if (strcmp(there.hash, expected) != 0)
        status = rs_fail(error, RS_CANNOT_CREATE,
                         "%s holds another sweep (%s, %zu runs), whose tasks may wait in the "
                         "queue: give this one a folder of its own with --directory",
                         folder, there.name, there.runs);
    json_decref(there.json);
    return status;
}

/* ---- The folder ------------------------------------------------------------------------------ */

/* The sweep file at `path` with the overrides of plan.json. */
static rs_status read_plan(rs_plan **plan, const char *path, const json_t *overrides,
                           rs_error *error)
{
    size_t count = json_array_size(overrides);
    const char **words = calloc(count + 1, sizeof *words);
    if (words == NULL)
        return rs_fail(error, RS_NO_MEMORY, "out of memory for overrides");
    words[0] = path;
    for (size_t i = 0; i < count; i++) {
        const char *word = json_string_value(json_array_get(overrides, i));
        words[i + 1] = word != NULL ? word : "";
    }
    rs_arguments arguments = {.positional = words, .count = count + 1};
    rs_status status = rs_sweep_load(plan, &arguments, error);
    free(words);
    return status;
}

static rs_status check_plan(const rs_plan *plan, const struct description *description,
                            const char *path, rs_error *error)
{
    char hash[RS_HASH_TEXT];
    rs_hash_format(rs_plan_hash(plan), hash);
    if (strcmp(hash, description->hash) != 0)
        return rs_fail(
            error, RS_BAD_DATA,
            "%s does not expand to the runs that were submitted: it was changed, or this "
            "is another version of rnnsweep",
            path);
    return RS_OK;
}

rs_status rs_frozen_sweep_open(rs_frozen_sweep *frozen, const char *folder, rs_error *error)
{
    struct description description = {0};
    rs_frozen_sweep read = {0};
    rs_status status;
    char *plan_path = join_path(folder, "plan.json"), *sweep_path = join_path(folder, "sweep.yaml");
    if (plan_path == NULL || sweep_path == NULL)
        status = rs_fail(error, RS_NO_MEMORY, "out of memory for a path");
    else if ((status = read_description(&description, plan_path, error)) == RS_OK &&
             (status = read_plan(&read.plan, sweep_path, description.overrides, error)) == RS_OK &&
             (status = check_plan(read.plan, &description, sweep_path, error)) == RS_OK &&
             (status = rs_plan_rename(read.plan, description.name, error)) == RS_OK) {
        read.shards = description.shards;
        if ((read.results = strdup(description.results)) == NULL)
            status = rs_fail(error, RS_NO_MEMORY, "out of memory for a path");
    }
    if (status == RS_OK)
        *frozen = read;
    else
        rs_frozen_sweep_free(&read);
    json_decref(description.json);
    free(sweep_path);
    free(plan_path);
    return status;
}

void rs_frozen_sweep_free(rs_frozen_sweep *frozen)
{
    free(frozen->results);
    rs_plan_free(frozen->plan);
    *frozen = (rs_frozen_sweep){0};
}
