#include "rebuild.h"

#include <string.h>
#include <unistd.h>

#include "create.h"
#include "pack.h"
#include "store_file.h"

rs_status rs_rebuild_covered(const char *path, const rs_match *match, rs_covered *covered,
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
        if (rs_match_find(match, row, &config) == SIZE_MAX)
            break;
    }
    const size_t rows = rs_results_count(results);
    *covered = (rs_covered){.rows = rows, .all = row == rows};
    rs_results_close(results);
    return RS_OK;
}

static rs_status fill_beside(const char *beside, rs_adopt_mode mode, const rs_store_runs *runs,
                             size_t file_count, const char *const files[], rs_adopted *adopted,
                             rs_error *error)
{
    rs_store *store = NULL;
    rs_error close_error;
    rs_status status = rs_store_open(&store, beside, runs, error);
    if (status != RS_OK)
        return status;
    status = rs_adopt_files(store, runs, mode, file_count, files, adopted, error);
    if (status == RS_OK)
        status = rs_store_fill_pending(store, error);
    rs_status closed = rs_store_close(store, &close_error);
    if (status == RS_OK && closed != RS_OK)
        status = rs_fail(error, closed, "%s", close_error.text);
    return status;
}

/* Puts a compressed file in the place of the plain one `beside`, which goes. */
static rs_status compress_beside(const char *path, const rs_file_state *old,
                                 const rs_store_runs *runs, const rs_store_attribute *attributes,
                                 size_t attribute_count, char beside[RS_PATH_MAX], rs_error *error)
{
    char plain[RS_PATH_MAX];
    memcpy(plain, beside, sizeof plain);
    rs_status status =
        rs_pack_beside(path, plain, runs, attributes, attribute_count, beside, error);
    if (status == RS_OK)
        status = rs_file_take_rights(beside, path, old, error);
    unlink(plain);
    return status;
}

/* Puts it in the place of the file `old`, or of none. */
static rs_status rebuild(const char *target, const rs_file_state *old, rs_rebuild_form form,
                         rs_adopt_mode mode, const rs_store_runs *runs,
                         const rs_store_attribute *attributes, size_t attribute_count,
                         size_t file_count, const char *const files[], rs_adopted *adopted,
                         rs_error *error)
{
    char beside[RS_PATH_MAX];
    rs_adopted carried = {0};
    rs_status status;
    if ((status = rs_create_beside(target, old, runs, attributes, attribute_count,
                                   RS_CREATE_TO_ADOPT, beside, error)) != RS_OK)
        return status;
    status = fill_beside(beside, mode, runs, file_count, files, &carried, error);
    if (status == RS_OK && form == RS_REBUILD_COMPRESSED)
        status = compress_beside(target, old, runs, attributes, attribute_count, beside, error);
    if (status == RS_OK)
        status = rs_file_replace_known(beside, target, old, error);
    if (status != RS_OK) {
        unlink(beside);
        return status;
    }
    *adopted = carried;
    return RS_OK;
}

rs_status rs_rebuild(const char *path, rs_rebuild_form form, const rs_store_runs *runs,
                     const rs_store_attribute *attributes, size_t attribute_count,
                     size_t file_count, const char *const files[], rs_adopted *adopted,
                     rs_error *error)
{
    char target[RS_PATH_MAX];
    rs_status status = rs_file_follow_links(path, target, error);
    if (status != RS_OK)
        return status;
    const rs_file_state old = rs_file_look_at(target);
    if ((status = rs_file_check_replaceable(path, &old, error)) != RS_OK)
        return status;
    return rebuild(target, &old, form, RS_ADOPT_ALL, runs, attributes, attribute_count, file_count,
                   files, adopted, error);
}

rs_status rs_rebuild_new(const char *path, const rs_store_runs *runs,
                         const rs_store_attribute *attributes, size_t attribute_count,
                         size_t file_count, const char *const files[], rs_adopted *adopted,
                         rs_error *error)
{
    char target[RS_PATH_MAX];
    const rs_file_state none = {.exists = false};
    rs_status status = rs_file_follow_links(path, target, error);
    if (status != RS_OK)
        return status;
    return rebuild(target, &none, RS_REBUILD_PLAIN, RS_ADOPT_OWN, runs, attributes, attribute_count,
                   file_count, files, adopted, error);
}
