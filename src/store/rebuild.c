#include "rebuild.h"

#include <unistd.h>

#include "create.h"

rs_status rs_rebuild_covered(const char *path, const rs_match *match, bool *covered,
                             rs_error *error)
{
    rs_results *results = NULL;
    rs_status status = rs_results_open(&results, path, error);
    if (status != RS_OK)
        return status;
    size_t row = 0;
    rs_run_config config;
    for (; row < rs_results_count(results); row++) {
        rs_results_config(results, row, &config);
        if (rs_match_find(match, &config) == SIZE_MAX)
            break;
    }
    *covered = row == rs_results_count(results);
    rs_results_close(results);
    return RS_OK;
}

static rs_status fill_beside(const char *beside, const rs_store_runs *runs, size_t file_count,
                             const char *const files[], rs_adopted *adopted, rs_error *error)
{
    rs_store *store = NULL;
    rs_error close_error;
    rs_status status = rs_store_open(&store, beside, runs, error);
    if (status != RS_OK)
        return status;
    status = rs_adopt_files(store, runs, RS_ADOPT_ALL, file_count, files, adopted, error);
    rs_status closed = rs_store_close(store, &close_error);
    if (status == RS_OK && closed != RS_OK)
        status = rs_fail(error, closed, "%s", close_error.text);
    return status;
}

rs_status rs_rebuild(const char *path, const rs_store_runs *runs,
                     const rs_store_attribute *attributes, size_t attribute_count,
                     size_t file_count, const char *const files[], rs_adopted *adopted,
                     rs_error *error)
{
    char beside[RS_PATH_MAX];
    rs_adopted carried = {0};
    rs_status status;
    if ((status = rs_create_beside(path, runs, attributes, attribute_count, beside, error)) !=
        RS_OK)
        return status;
    if ((status = fill_beside(beside, runs, file_count, files, &carried, error)) != RS_OK ||
        (status = rs_file_replace(beside, path, error)) != RS_OK) {
        unlink(beside);
        return status;
    }
    *adopted = carried;
    return RS_OK;
}
