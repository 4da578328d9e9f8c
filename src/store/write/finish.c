#include "finish.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "directory.h"
#include "file_io.h"
#include "h5.h"
#include "memory.h"
#include "results_file.h"
#include "structure.h"
#include "untime.h"

enum { BLOCK_BYTES = 1 << 20 };

/* ---- Checksums of what never changes --------------------------------------------------------- */

static bool has_attribute(const rs_list *list, const rs_entry *entry, const char *name)
{
    for (uint64_t i = 0; i < entry->attribute_total; i++)
        if (strcmp(list->texts + list->attributes[entry->first_attribute + i].name, name) == 0)
            return true;
    return false;
}

/* Results change, and so may datasets that only other programs know. */
static bool never_changes(const rs_list *list, const rs_entry *entry)
{
    const char *name = strrchr(list->texts + entry->path, '/') + 1;
    const char *dimension = list->texts + entry->dimensions[0];
    const bool per_run = strcmp(dimension, "run") == 0 || strcmp(dimension, "run_id") == 0;
    return !entry->has_fill &&
           (!per_run || strcmp(name, dimension) == 0 || strcmp(name, "seed") == 0 ||
            has_attribute(list, entry, RS_ATTRIBUTE_DEFAULT));
}

static rs_status sum_bytes(int file, const char *path, rs_entry *entry, void *block,
                           rs_error *error)
{
    const uint64_t size = entry->extents[0] * rs_entry_row_bytes(entry);
    rs_status status = RS_OK;
    entry->sum = 0;
    for (uint64_t done = 0; status == RS_OK && done < size; done += BLOCK_BYTES) {
        const size_t here = size - done < BLOCK_BYTES ? (size_t)(size - done) : BLOCK_BYTES;
        status = rs_file_read(file, path, block, here, entry->offset + done, error);
        if (status == RS_OK)
            entry->sum = rs_checksum(entry->sum, block, here);
    }
    return status;
}

static rs_status sum_up(rs_list *list, int file, const char *path, const rs_results *like,
                        rs_error *error)
{
    void *block = NULL;
    rs_status status = rs_allocate(&block, BLOCK_BYTES, 1, error);
    for (size_t i = 0; status == RS_OK && i < list->head.entry_count; i++) {
        rs_entry *entry = &list->entries[i];
        if (!never_changes(list, entry))
            continue;
        entry->has_sum = true;
        if (like == NULL) {
            status = sum_bytes(file, path, entry, block, error);
        } else {
            const rs_entry *same = rs_catalogue_find(like->catalogue, list->texts + entry->path);
            entry->has_sum = same != NULL && rs_catalogue_sum(like->catalogue, same, &entry->sum);
        }
    }
    free(block);
    return status;
}

/* ---- The dataset ----------------------------------------------------------------------------- */

static bool keep_no_times(hid_t properties)
{
    return properties >= 0 && H5Pset_obj_track_times(properties, false) >= 0;
}

static bool create_group(hid_t file)
{
    hid_t group = H5I_INVALID_HID, properties = H5Pcreate(H5P_GROUP_CREATE);
    if (keep_no_times(properties))
        group = H5Gcreate2(file, RS_RESCUE_GROUP, H5P_DEFAULT, properties, H5P_DEFAULT);
    if (properties >= 0)
        H5Pclose(properties);
    return group >= 0 && H5Gclose(group) >= 0;
}

static bool write_dataset(hid_t file, const char *text, size_t size, uint64_t *offset)
{
    hsize_t extent = size;
    bool good = false;
    hid_t space = H5Screate_simple(1, &extent, NULL), properties = H5Pcreate(H5P_DATASET_CREATE);
    hid_t dataset = H5I_INVALID_HID;
    if (space >= 0 && keep_no_times(properties) && H5Pset_layout(properties, H5D_CONTIGUOUS) >= 0 &&
        H5Pset_alloc_time(properties, H5D_ALLOC_TIME_EARLY) >= 0 &&
        H5Pset_fill_time(properties, H5D_FILL_TIME_NEVER) >= 0)
        dataset = H5Dcreate2(file, RS_DIRECTORY_PATH, H5T_STD_U8LE, space, H5P_DEFAULT, properties,
                             H5P_DEFAULT);
    if (dataset >= 0)
        good = H5Dwrite(dataset, H5T_NATIVE_UCHAR, H5S_ALL, H5S_ALL, H5P_DEFAULT, text) >= 0 &&
               (*offset = H5Dget_offset(dataset)) != HADDR_UNDEF;
    if (dataset >= 0)
        good = H5Dclose(dataset) >= 0 && good;
    if (properties >= 0)
        H5Pclose(properties);
    if (space >= 0)
        H5Sclose(space);
    return good;
}

/* *offset: where the text begins in the file. */
static rs_status write_directory(const char *path, const char *text, size_t size, uint64_t *offset,
                                 rs_error *error)
{
    rs_h5_trouble trouble;
    rs_status status = RS_OK;
    rs_h5_begin(&trouble);
    hid_t access = rs_h5_access();
    hid_t file = access >= 0 ? H5Fopen(path, H5F_ACC_RDWR, access) : H5I_INVALID_HID;
    if (file < 0 || !create_group(file) || !write_dataset(file, text, size, offset))
        status = rs_h5_fail(error, RS_CANNOT_CREATE, path, "cannot write", &trouble);
    if (file >= 0 && H5Fclose(file) < 0 && status == RS_OK)
        status = rs_h5_fail(error, RS_CANNOT_CREATE, path, "cannot write", &trouble);
    if (access >= 0)
        H5Pclose(access);
    rs_h5_end();
    return status;
}

/* ---- The structure, which has the directory's own place by then ------------------------------ */

static rs_status sum_structure(rs_list *list, int file, const char *path, rs_stretch directory,
                               rs_error *error)
{
    const size_t room = list->head.entry_count + list->head.chunk_count + 1;
    rs_stretch *taken = NULL;
    size_t total = 0;
    struct stat info;
    if (fstat(file, &info) != 0)
        return rs_fail(error, RS_IO, "%s: cannot look at this file: %s", path, strerror(errno));
    list->head.structure_size = (uint64_t)info.st_size;
    rs_status status = rs_allocate((void **)&taken, room, sizeof *taken, error);
    if (status != RS_OK)
        return status;
    taken[total++] = directory;
    total += rs_listing_stretches(&list->head, list->entries, list->chunks, taken + total);
    status = rs_structure_sum(file, path, list->head.structure_size, taken, total, UINT64_MAX,
                              &list->head.structure_sum, error);
    free(taken);
    return status;
}

static rs_status write_text(int file, const char *path, const rs_list *list, rs_stretch place,
                            rs_error *error)
{
    char *text = NULL;
    size_t size;
    rs_status status = rs_directory_print(list, &text, &size, error);
    if (status == RS_OK && size != place.end - place.start)
        status = rs_fail(error, RS_INTERNAL, "%s: the directory has changed its size", path);
    if (status == RS_OK)
        status = rs_file_write(file, path, text, size, place.start, error);
    free(text);
    return status;
}

/* ---- The file -------------------------------------------------------------------------------- */

rs_status rs_finish_file(const char *path, const rs_results *like, rs_error *error)
{
    rs_list list = {0};
    char *text = NULL;
    size_t size = 0;
    rs_stretch place = {0, 0};
    rs_status status;
    int file = open(path, O_RDWR | O_CLOEXEC | O_NOFOLLOW);
    if (file < 0)
        return rs_fail(error, RS_CANNOT_CREATE, "%s: cannot open: %s", path, strerror(errno));
    if ((status = rs_listing_collect(&list, file, path, true, error)) == RS_OK &&
        (status = sum_up(&list, file, path, like, error)) == RS_OK &&
        (status = rs_directory_print(&list, &text, &size, error)) == RS_OK)
        status = write_directory(path, text, size, &place.start, error);
    place.end = place.start + size;
    if (status == RS_OK && list.head.chunk_count > 0)
        rs_untime_file(path);
    if (status == RS_OK && (status = sum_structure(&list, file, path, place, error)) == RS_OK)
        status = write_text(file, path, &list, place, error);
    if (status == RS_OK && fsync(file) != 0)
        status = rs_fail(error, RS_CANNOT_CREATE, "%s: cannot sync: %s", path, strerror(errno));
    free(text);
    rs_list_free(&list);
    close(file);
    return status == RS_IO || status == RS_BAD_DATA ? RS_CANNOT_CREATE : status;
}
