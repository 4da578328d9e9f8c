#include "catalogue.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "h5.h"
#include "memory.h"

/* A results file has 12 datasets a group and at most 4096 groups. */
enum { ENTRIES_MAX = 100000, ATTRIBUTES_MAX = 1000, NAME_MAX_BYTES = 256 };

/* Carried through HDF5's iterations. A failure stops them; `status` tells it from HDF5's own. */
typedef struct listing {
    rs_catalogue *catalogue;
    size_t entry_room, attribute_room;
    uint64_t file_size;
    rs_status status;
    rs_error *error;
} listing;

/* ---- Datasets -------------------------------------------------------------------------------- */

static bool known_type(hid_t dataset, rs_type *type)
{
    bool known = false;
    hid_t stored = H5Dget_type(dataset);
    for (int i = RS_INT8; i <= RS_REAL64 && stored >= 0 && !known; i++)
        if (H5Tequal(stored, rs_h5_type((rs_type)i)) > 0) {
            *type = (rs_type)i;
            known = true;
        }
    if (stored >= 0)
        H5Tclose(stored);
    return known;
}

static bool known_extents(hid_t dataset, rs_entry *entry)
{
    hsize_t extents[H5S_MAX_RANK];
    hid_t space = H5Dget_space(dataset);
    if (space < 0)
        return false;
    int rank = H5Sget_simple_extent_dims(space, extents, NULL);
    H5Sclose(space);
    if (rank < 1 || rank > RS_RANK_MAX)
        return false;
    entry->rank = rank;
    for (int axis = 0; axis < rank; axis++)
        entry->extents[axis] = extents[axis];
    return true;
}

static bool contiguous(hid_t dataset)
{
    hid_t properties = H5Dget_create_plist(dataset);
    bool result = properties >= 0 && H5Pget_layout(properties) == H5D_CONTIGUOUS &&
                  H5Pget_external_count(properties) == 0;
    if (properties >= 0)
        H5Pclose(properties);
    return result;
}

/* Whether all its bytes lie within the file: no product of hostile extents may overflow. */
static bool within_file(const rs_entry *entry, uint64_t file_size)
{
    uint64_t bytes = rs_type_size(entry->type);
    for (int axis = 0; axis < entry->rank; axis++)
        if (__builtin_mul_overflow(bytes, entry->extents[axis], &bytes))
            return false;
    return entry->offset <= file_size && bytes <= file_size - entry->offset;
}

static void look_at_dataset(hid_t dataset, rs_entry *entry, uint64_t file_size)
{
    if (!known_type(dataset, &entry->type) || !known_extents(dataset, entry) ||
        !contiguous(dataset))
        return;
    haddr_t offset = H5Dget_offset(dataset);
    if (offset == HADDR_UNDEF)
        return;
    entry->offset = offset;
    entry->usable = within_file(entry, file_size);
}

static herr_t list_object(hid_t root, const char *name, const H5O_info_t *info, void *context)
{
    listing *list = context;
    rs_catalogue *catalogue = list->catalogue;
    if (info->type != H5O_TYPE_DATASET || strlen(name) + 2 > RS_DATASET_PATH)
        return 0;
    if (catalogue->entry_count == ENTRIES_MAX)
        return -1;
    list->status = rs_grow((void **)&catalogue->entries, &list->entry_room,
                           catalogue->entry_count + 1, sizeof *catalogue->entries, list->error);
    if (list->status != RS_OK)
        return -1;
    hid_t dataset = H5Dopen2(root, name, H5P_DEFAULT);
    if (dataset < 0)
        return -1;
    rs_entry *entry = &catalogue->entries[catalogue->entry_count++];
    memset(entry, 0, sizeof *entry);
    entry->path[0] = '/';
    memcpy(entry->path + 1, name, strlen(name));
    look_at_dataset(dataset, entry, list->file_size);
    return H5Dclose(dataset);
}

/* ---- Attributes ------------------------------------------------------------------------------ */

/* Copies the text of an attribute that is one string of variable length; *text NULL for others. */
static herr_t copy_text(hid_t attribute, char **text)
{
    char *read = NULL;
    herr_t result = 0;
    hid_t type = H5Aget_type(attribute), space = H5Aget_space(attribute);
    if (type >= 0 && space >= 0 && H5Tis_variable_str(type) > 0 &&
        H5Sget_simple_extent_npoints(space) == 1) {
        hid_t memory = H5Tcopy(H5T_C_S1);
        result = memory >= 0 && H5Tset_size(memory, H5T_VARIABLE) >= 0 &&
                         H5Tset_cset(memory, H5Tget_cset(type)) >= 0
                     ? H5Aread(attribute, memory, &read)
                     : -1;
        *text = result >= 0 ? strdup(read != NULL ? read : "") : NULL;
        if (read != NULL)
            H5free_memory(read);
        if (memory >= 0)
            H5Tclose(memory);
    }
    if (space >= 0)
        H5Sclose(space);
    if (type >= 0)
        H5Tclose(type);
    return result;
}

static herr_t list_attribute(hid_t root, const char *name, const H5A_info_t *info, void *context)
{
    (void)info;
    listing *list = context;
    rs_catalogue *catalogue = list->catalogue;
    char *value = NULL;
    hid_t attribute = H5Aopen(root, name, H5P_DEFAULT);
    if (attribute < 0 || catalogue->attribute_count == ATTRIBUTES_MAX)
        return -1;
    herr_t result = copy_text(attribute, &value);
    if (H5Aclose(attribute) < 0 || result < 0 || value == NULL) {
        free(value);
        return result;
    }
    list->status =
        rs_grow((void **)&catalogue->attributes, &list->attribute_room,
                catalogue->attribute_count + 1, sizeof *catalogue->attributes, list->error);
    char *copy = strdup(name);
    if (list->status != RS_OK || copy == NULL) {
        free(value);
        free(copy);
        return -1;
    }
    catalogue->attributes[catalogue->attribute_count].name = copy;
    catalogue->attributes[catalogue->attribute_count++].value = value;
    return 0;
}

static herr_t read_layout_version(hid_t root, int32_t *version)
{
    htri_t exists = H5Aexists(root, RS_ATTRIBUTE_LAYOUT);
    if (exists <= 0)
        return exists;
    hid_t attribute = H5Aopen(root, RS_ATTRIBUTE_LAYOUT, H5P_DEFAULT);
    if (attribute < 0)
        return -1;
    hid_t space = H5Aget_space(attribute);
    herr_t result = -1;
    if (space >= 0 && H5Sget_simple_extent_npoints(space) == 1)
        result = H5Aread(attribute, H5T_NATIVE_INT32, version);
    if (space >= 0)
        H5Sclose(space);
    return H5Aclose(attribute) < 0 ? -1 : result;
}

/* ---- The file -------------------------------------------------------------------------------- */

static rs_status file_size(const char *path, uint64_t *size, rs_error *error)
{
    struct stat existing;
    int file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (file < 0 || fstat(file, &existing) != 0) {
        rs_status status =
            rs_fail(error, RS_IO, "%s: cannot open this results file: %s", path, strerror(errno));
        if (file >= 0)
            close(file);
        return status;
    }
    close(file);
    if (!S_ISREG(existing.st_mode))
        return rs_fail(error, RS_BAD_DATA, "%s: is no results file but a folder or device", path);
    *size = (uint64_t)existing.st_size;
    return RS_OK;
}

static hid_t open_file(const char *path)
{
    hid_t access = rs_h5_access();
    if (access < 0)
        return access;
    hid_t file = H5Fopen(path, H5F_ACC_RDONLY, access);
    H5Pclose(access);
    return file;
}

static int compare_entries(const void *a, const void *b)
{
    return strcmp(((const rs_entry *)a)->path, ((const rs_entry *)b)->path);
}

rs_status rs_catalogue_read(rs_catalogue **catalogue, const char *path, rs_error *error)
{
    listing list = {.error = error};
    hid_t file = H5I_INVALID_HID;
    rs_status status;
    if ((status = file_size(path, &list.file_size, error)) != RS_OK ||
        (status = rs_allocate((void **)&list.catalogue, 1, sizeof *list.catalogue, error)) != RS_OK)
        return status;
    rs_h5_begin();
    if ((file = open_file(path)) < 0) {
        status = rs_h5_fail(error, RS_BAD_DATA, path, "is no results file, or is damaged");
        goto done;
    }
    if (H5Ovisit2(file, H5_INDEX_NAME, H5_ITER_NATIVE, list_object, &list, H5O_INFO_BASIC) < 0 ||
        H5Aiterate2(file, H5_INDEX_NAME, H5_ITER_NATIVE, NULL, list_attribute, &list) < 0 ||
        read_layout_version(file, &list.catalogue->layout_version) < 0) {
        status =
            list.status != RS_OK ? list.status : rs_h5_fail(error, RS_BAD_DATA, path, "is damaged");
        goto done;
    }
    qsort(list.catalogue->entries, list.catalogue->entry_count, sizeof *list.catalogue->entries,
          compare_entries);
    *catalogue = list.catalogue;
    list.catalogue = NULL;
done:
    if (file >= 0)
        H5Fclose(file);
    rs_catalogue_free(list.catalogue);
    return status;
}

void rs_catalogue_free(rs_catalogue *catalogue)
{
    if (catalogue == NULL)
        return;
    for (size_t i = 0; i < catalogue->attribute_count; i++) {
        free(catalogue->attributes[i].name);
        free(catalogue->attributes[i].value);
    }
    free(catalogue->attributes);
    free(catalogue->entries);
    free(catalogue);
}

const rs_entry *rs_catalogue_find(const rs_catalogue *catalogue, const char *path)
{
    rs_entry key;
    snprintf(key.path, sizeof key.path, "%s", path);
    return catalogue->entry_count == 0 ? NULL
                                       : bsearch(&key, catalogue->entries, catalogue->entry_count,
                                                 sizeof key, compare_entries);
}

const char *rs_catalogue_attribute(const rs_catalogue *catalogue, const char *name)
{
    for (size_t i = 0; i < catalogue->attribute_count; i++)
        if (strcmp(catalogue->attributes[i].name, name) == 0)
            return catalogue->attributes[i].value;
    return NULL;
}
