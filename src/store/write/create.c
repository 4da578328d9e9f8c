#include "create.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "finish.h"
#include "memory.h"
#include "number.h"
#include "skeleton.h"

enum { BLOCK_ROWS = 2048, BLOCK_BYTES = 1 << 20 };
/* Bytes after which what was written is synced, so that no sync takes long. */
enum { SYNC_BYTES = 128 << 20 };

/* A new file while its datasets are filled. */
typedef struct filling {
    int file;
    const char *path;
    const rs_layout *layout;
    char *block; /* BLOCK_BYTES */
    bool (*stopped)(void);
} filling;

static rs_status sync_part(const filling *to, rs_error *error)
{
    return fdatasync(to->file) == 0 ? RS_OK
                                    : rs_fail(error, RS_CANNOT_CREATE, "%s: cannot write: %s",
                                              to->path, strerror(errno));
}

static rs_status check_stop(const filling *to, rs_error *error)
{
    return to->stopped == NULL || !to->stopped()
               ? RS_OK
               : rs_fail(error, RS_STOPPED,
                         "%s: stopped while it was created: it was removed, no run was trained",
                         to->path);
}

/* ---- The same number, many times ------------------------------------------------------------- */

/* Fills the rows from `first` on, or all numbers of a dataset of more dimensions. */
static rs_status fill_numbers(const filling *to, const rs_dataset *dataset, uint64_t first,
                              uint64_t numbers, double value, rs_error *error)
{
    rs_status status = RS_OK;
    const size_t size = rs_type_size(dataset->type);
    const uint64_t bytes = numbers * size, start = dataset->offset + first * size;
    const uint64_t block = bytes < BLOCK_BYTES ? bytes : BLOCK_BYTES;
    rs_numbers_fill(dataset->type, to->block, value, block / size);
    for (uint64_t done = 0; status == RS_OK && done < bytes; done += block) {
        if ((status = check_stop(to, error)) == RS_OK)
            status =
                rs_file_write(to->file, to->path, to->block,
                              bytes - done < block ? bytes - done : block, start + done, error);
        if (status == RS_OK && done / SYNC_BYTES != (done + block) / SYNC_BYTES)
            status = sync_part(to, error);
    }
    return status;
}

static rs_status fill_dataset(const filling *to, const rs_dataset *dataset, double value,
                              rs_error *error)
{
    return fill_numbers(to, dataset, 0, rs_dataset_bytes(dataset) / rs_type_size(dataset->type),
                        value, error);
}

/* ---- Datasets known at creation -------------------------------------------------------------- */

/* Rows of a column that have the same number and are not written yet. */
typedef struct stretch {
    size_t first, rows;
    double value;
} stretch;

/* The configurations of some rows, and what becomes of them. */
typedef struct config_block {
    rs_run_config configs[BLOCK_ROWS];
    char differs[sizeof(rs_run_config)]; /* bytes that are not the same in all of them */
    char column[BLOCK_ROWS * sizeof(double)];
    stretch same[RS_DATA_SEED + 1]; /* by column */
} config_block;

static void ask_for_runs(config_block *block, const rs_store_runs *runs, size_t first, size_t rows,
                         int32_t *run_ids)
{
    memset(block->differs, 0, sizeof block->differs);
    for (size_t i = 0; i < rows; i++) {
        uint32_t run;
        runs->row(runs->context, first + i, &run, &block->configs[i]);
        run_ids[first + i] = (int32_t)run;
        const char *own = (const char *)&block->configs[i], *other = (const char *)block->configs;
        for (size_t byte = 0; byte < sizeof block->differs; byte++)
            block->differs[byte] |= own[byte] ^ other[byte];
    }
}

static bool is_constant(const config_block *block, size_t column)
{
    static const char none[sizeof(double)];
    if (column == RS_DATA_SEED)
        return false;
    const rs_parameter *parameter = &rs_parameters[column - RS_DATA_PARAMETERS];
    const size_t size = parameter->kind == RS_KIND_REAL || parameter->kind == RS_KIND_WHOLE
                            ? sizeof(double)
                            : sizeof(uint32_t);
    return memcmp(block->differs + parameter->offset, none, size) == 0;
}

static double value_in_file(const rs_layout *layout, size_t column, const rs_run_config *config)
{
    return rs_layout_to_file(column,
                             rs_layout_code(layout, column, rs_layout_value(column, config)));
}

static rs_status end_stretch(const filling *to, config_block *block, size_t column, rs_error *error)
{
    stretch *same = &block->same[column];
    const size_t rows = same->rows;
    same->rows = 0;
    return rows == 0 ? RS_OK
                     : fill_numbers(to, &to->layout->datasets[column], same->first, rows,
                                    same->value, error);
}

/* The rows of a block in one column: written, or added to the stretch of the rows before. */
static rs_status fill_column(const filling *to, config_block *block, size_t column, size_t first,
                             size_t rows, rs_error *error)
{
    const rs_dataset *dataset = &to->layout->datasets[column];
    stretch *same = &block->same[column];
    const bool constant = is_constant(block, column);
    const double value = value_in_file(to->layout, column, &block->configs[0]);
    rs_status status = RS_OK;
    if (constant && same->rows > 0 && memcmp(&value, &same->value, sizeof value) == 0) {
        same->rows += rows;
        return RS_OK;
    }
    if ((status = end_stretch(to, block, column, error)) != RS_OK)
        return status;
    if (constant) {
        *same = (stretch){.first = first, .rows = rows, .value = value};
        return RS_OK;
    }
    for (size_t i = 0; i < rows; i++)
        rs_number_store(dataset->type, block->column, i,
                        value_in_file(to->layout, column, &block->configs[i]));
    const size_t size = rs_type_size(dataset->type);
    return rs_file_write(to->file, to->path, block->column, rows * size,
                         dataset->offset + first * size, error);
}

/* The parameter columns and /run, block by block of rows, so that each run is asked for once. Most
 * parameters are the same in all rows. */
static rs_status fill_columns(const filling *to, const rs_store_runs *runs, int32_t *run_ids,
                              rs_error *error)
{
    config_block *block = NULL;
    rs_status status = rs_allocate((void **)&block, 1, sizeof *block, error);
    for (size_t first = 0; status == RS_OK && first < runs->count; first += BLOCK_ROWS) {
        if ((status = check_stop(to, error)) != RS_OK)
            break;
        const size_t left = runs->count - first, rows = left < BLOCK_ROWS ? left : BLOCK_ROWS;
        ask_for_runs(block, runs, first, rows, run_ids);
        for (size_t column = RS_DATA_PARAMETERS; status == RS_OK && column <= RS_DATA_SEED;
             column++)
            status = fill_column(to, block, column, first, rows, error);
    }
    for (size_t column = RS_DATA_PARAMETERS; status == RS_OK && column <= RS_DATA_SEED; column++)
        status = end_stretch(to, block, column, error);
    free(block);
    return status;
}

/* Writes the values of a scale of int32, if the file has it. */
static rs_status fill_values(const filling *to, const rs_dataset *dataset, const int32_t *values,
                             rs_error *error)
{
    return dataset->rank == 0 ? RS_OK
                              : rs_file_write(to->file, to->path, values, rs_dataset_bytes(dataset),
                                              dataset->offset, error);
}

/* Writes 0, 1, ... to /test_set, if the file has it. */
static rs_status fill_sets(const filling *to, const rs_dataset *dataset, rs_error *error)
{
    int8_t numbers[INT8_MAX + 1];
    for (int i = 0; i <= INT8_MAX; i++)
        numbers[i] = (int8_t)i;
    return dataset->rank == 0 ? RS_OK
                              : rs_file_write(to->file, to->path, numbers,
                                              rs_dataset_bytes(dataset), dataset->offset, error);
}

/* Writes i * factor for i = 0, 1, ... to an int32 dataset. */
static rs_status fill_multiples(const filling *to, const rs_dataset *dataset, int32_t factor,
                                rs_error *error)
{
    rs_status status = RS_OK;
    int32_t *block = (int32_t *)to->block;
    const uint64_t count = dataset->extents[0], room = BLOCK_BYTES / sizeof *block;
    for (uint64_t first = 0; status == RS_OK && first < count; first += room) {
        uint64_t here = count - first < room ? count - first : room;
        for (uint64_t i = 0; i < here; i++)
            block[i] = (int32_t)(first + i) * factor;
        status = rs_file_write(to->file, to->path, block, here * sizeof *block,
                               dataset->offset + first * sizeof *block, error);
    }
    return status;
}

/* /run, and every group's run_id, which are its rows' run numbers. */
static rs_status fill_run_numbers(const filling *to, const int32_t *run_ids, rs_error *error)
{
    const rs_layout *layout = to->layout;
    int32_t *sorted = NULL;
    size_t *starts = NULL, start = 0;
    rs_status status;
    if ((status = rs_allocate((void **)&sorted, layout->runs, sizeof *sorted, error)) != RS_OK ||
        (status = rs_allocate((void **)&starts, layout->group_total, sizeof *starts, error)) !=
            RS_OK)
        goto done;
    for (size_t i = 0; i < layout->group_total; i++) {
        starts[i] = start;
        start += layout->groups[i].rows;
    }
    for (size_t row = 0; row < layout->runs; row++) {
        const rs_place *place = &layout->places[row];
        sorted[starts[place->group] + place->row] = run_ids[row];
    }
    status = rs_file_write(to->file, to->path, run_ids, layout->runs * sizeof *run_ids,
                           layout->datasets[RS_DATA_RUN].offset, error);
    for (size_t i = 0; status == RS_OK && i < layout->group_total; i++) {
        const rs_group *group = &layout->groups[i];
        status =
            rs_file_write(to->file, to->path, sorted + starts[i], group->rows * sizeof *sorted,
                          layout->datasets[group->first_dataset + RS_GROUP_RUN_ID].offset, error);
    }
done:
    free(starts);
    free(sorted);
    return status;
}

static rs_status fill_known(const filling *to, const rs_store_runs *runs, rs_error *error)
{
    const rs_layout *layout = to->layout;
    int32_t *run_ids = NULL;
    rs_status status;
    if ((status = rs_allocate((void **)&run_ids, layout->runs, sizeof *run_ids, error)) != RS_OK ||
        (status = fill_columns(to, runs, run_ids, error)) != RS_OK ||
        (status = fill_run_numbers(to, run_ids, error)) != RS_OK ||
        (status = fill_multiples(to, &layout->datasets[RS_DATA_STEP], (int32_t)layout->interval,
                                 error)) != RS_OK ||
        (status = fill_values(to, &layout->datasets[RS_DATA_CHECK], layout->check_at, error)) !=
            RS_OK ||
        (status = fill_values(to, &layout->datasets[RS_DATA_TEST_LENGTH], layout->length_at,
                              error)) != RS_OK ||
        (status = fill_values(to, &layout->datasets[RS_DATA_CHECKPOINT], layout->checkpoint_at,
                              error)) != RS_OK ||
        (status = fill_values(to, &layout->datasets[RS_DATA_RUNG], layout->rung_at, error)) !=
            RS_OK ||
        (status = fill_sets(to, &layout->datasets[RS_DATA_TEST_SET], error)) != RS_OK)
        goto done;
    for (size_t i = 0; status == RS_OK && i < layout->group_total; i++)
        for (size_t scale = RS_GROUP_STATE; status == RS_OK && scale < RS_GROUP_TENSORS; scale++)
            if (layout->groups[i].network.states > 0)
                status = fill_multiples(
                    to, &layout->datasets[layout->groups[i].first_dataset + scale], 1, error);
done:
    free(run_ids);
    return status;
}

/* ---- Results: nothing yet -------------------------------------------------------------------- */

static rs_status fill_results(const filling *to, rs_error *error)
{
    rs_status status = RS_OK;
    for (size_t i = 0; status == RS_OK && i < to->layout->dataset_total; i++) {
        const rs_dataset *dataset = &to->layout->datasets[i];
        if (dataset->rank > 0 && dataset->result)
            status = fill_dataset(to, dataset, dataset->initial, error);
    }
    return status;
}

/* Parameters that this program does not know are at their default, until rows say otherwise. */
static rs_status fill_unknown(const filling *to, rs_error *error)
{
    rs_status status = RS_OK;
    for (size_t i = RS_DATA_ROOT_TOTAL; status == RS_OK && i < to->layout->root_total; i++) {
        const rs_dataset *dataset = &to->layout->datasets[i];
        if (dataset->rank > 0 && dataset->per_run && dataset->has_default)
            status = fill_dataset(to, dataset, dataset->fallback, error);
    }
    return status;
}

static int allocate_room(int file, off_t size)
{
    int failed;
    do
        failed = fallocate(file, 0, 0, size);
    while (failed != 0 && errno == EINTR);
    return failed;
}

/* Takes the room that the results will need from the disk. A file system that cannot do that leaves
 * it to the writes, which then may fail. */
static rs_status reserve(const filling *to, rs_error *error)
{
    struct stat file;
    if (fstat(to->file, &file) != 0 ||
        (allocate_room(to->file, file.st_size) != 0 && errno != EOPNOTSUPP && errno != ENOSYS))
        return rs_fail(error, RS_CANNOT_CREATE, "%s: cannot take room for it: %s", to->path,
                       strerror(errno));
    return RS_OK;
}

static rs_status fill(const rs_layout *layout, const rs_store_runs *runs, const char *path,
                      rs_create_purpose purpose, rs_error *error)
{
    filling to = {.file = open(path, O_WRONLY | O_CLOEXEC | O_NOFOLLOW),
                  .path = path,
                  .layout = layout,
                  .stopped = runs->stopped};
    rs_status status;
    if (to.file < 0)
        return rs_fail(error, RS_CANNOT_CREATE, "%s: cannot open: %s", path, strerror(errno));
    if ((status = rs_allocate((void **)&to.block, BLOCK_BYTES, 1, error)) != RS_OK ||
        (purpose == RS_CREATE_TO_IMPORT && (status = reserve(&to, error)) != RS_OK) ||
        (status = fill_known(&to, runs, error)) != RS_OK ||
        (status = fill_unknown(&to, error)) != RS_OK ||
        (purpose == RS_CREATE_TO_RUN && (status = fill_results(&to, error)) != RS_OK))
        goto done;
done:
    if (close(to.file) != 0 && status == RS_OK)
        status = rs_fail(error, RS_CANNOT_CREATE, "%s: cannot close: %s", path, strerror(errno));
    free(to.block);
    return status == RS_IO ? RS_CANNOT_CREATE : status;
}

/* ---- The file -------------------------------------------------------------------------------- */

static uint64_t whole_size(const rs_layout *layout)
{
    uint64_t bytes = rs_skeleton_bytes(layout);
    for (size_t i = 0; i < layout->dataset_total; i++)
        bytes += rs_dataset_bytes(&layout->datasets[i]);
    return bytes;
}

uint64_t rs_store_bytes(const rs_store_runs *runs, rs_error *error)
{
    rs_layout *layout = NULL;
    if (rs_layout_outline(&layout, runs, error) != RS_OK)
        return 0;
    uint64_t bytes = whole_size(layout);
    rs_layout_free(layout);
    return bytes;
}

static rs_status check_free_name(const char *path, rs_error *error)
{
    struct stat existing;
    if (lstat(path, &existing) == 0)
        return rs_fail(error, RS_CANNOT_CREATE, "%s: exists already and is left as it is", path);
    return RS_OK;
}

rs_status rs_create_beside(const char *path, const rs_file_state *old, const rs_store_runs *runs,
                           const rs_store_attribute *attributes, size_t attribute_count,
                           rs_create_purpose purpose, char beside[RS_PATH_MAX], rs_error *error)
{
    rs_layout *layout = NULL;
    rs_status status;
    uint64_t bytes;
    if ((status = rs_layout_build(&layout, runs, error)) != RS_OK ||
        (status = rs_file_make_folders(path, error)) != RS_OK)
        goto done;
    rs_file_remove_leftovers(path);
    bytes = whole_size(layout);
    for (size_t i = 0; i < attribute_count; i++)
        bytes += 2 * strlen(attributes[i].value); /* and in the directory */
    if ((status = rs_file_check_room(path, bytes, error)) != RS_OK ||
        (status = rs_file_temporary_name(path, beside, error)) != RS_OK)
        goto done;
    if ((status = rs_skeleton_write(layout, beside, RS_SKELETON_PLAIN, runs, attributes,
                                    attribute_count, error)) != RS_OK ||
        (status = rs_file_take_rights(beside, path, old, error)) != RS_OK ||
        (status = fill(layout, runs, beside, purpose, error)) != RS_OK ||
        (purpose == RS_CREATE_TO_RUN && (status = rs_finish_file(beside, NULL, error)) != RS_OK))
        unlink(beside);
done:
    rs_layout_free(layout);
    return status;
}

rs_status rs_store_create(const char *path, const rs_store_runs *runs,
                          const rs_store_attribute *attributes, size_t attribute_count,
                          rs_error *error)
{
    char target[RS_PATH_MAX], beside[RS_PATH_MAX];
    const rs_file_state none = {.exists = false};
    rs_status status;
    if ((status = rs_file_follow_links(path, target, error)) != RS_OK ||
        (status = check_free_name(target, error)) != RS_OK ||
        (status = rs_create_beside(target, &none, runs, attributes, attribute_count,
                                   RS_CREATE_TO_RUN, beside, error)) != RS_OK)
        return status;
    if ((status = rs_file_publish(beside, target, error)) != RS_OK)
        unlink(beside);
    return status;
}

rs_status rs_store_create_anew(const char *path, const rs_store_runs *runs,
                               const rs_store_attribute *attributes, size_t attribute_count,
                               char aside[RS_PATH_MAX], rs_error *error)
{
    char target[RS_PATH_MAX], beside[RS_PATH_MAX];
    rs_status status;
    if ((status = rs_file_follow_links(path, target, error)) != RS_OK)
        return status;
    const rs_file_state old = rs_file_look_at(target);
    if ((status = rs_file_check_replaceable(path, &old, error)) != RS_OK ||
        (status = rs_create_beside(target, &old, runs, attributes, attribute_count,
                                   RS_CREATE_TO_RUN, beside, error)) != RS_OK)
        return status;
    if ((status = rs_file_keep_aside(target, aside, error)) == RS_OK) {
        const rs_file_state kept = rs_file_look_at(aside), now = rs_file_look_at(target);
        if (!rs_file_is_same(&kept, &old))
            status =
                rs_fail(error, RS_CANNOT_CREATE,
                        "%s: was replaced by another program meanwhile; it is %s now", path, aside);
        else
            status = rs_file_replace_known(beside, target, &now, error);
    }
    if (status != RS_OK)
        unlink(beside);
    return status;
}
