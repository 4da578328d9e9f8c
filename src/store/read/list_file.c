/* The listing of a file by HDF5. */
#include <errno.h>
#include <hdf5_hl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "h5.h"
#include "h5_descriptor.h"
#include "listing.h"
#include "memory.h"

/* ---- Attributes ------------------------------------------------------------------------------ */

/* Carried through HDF5's iterations over attributes. */
typedef struct attribute_walk {
    rs_list *list;
    int32_t *layout_version; /* of the root: noted when it comes by */
} attribute_walk;

/* What HDF5 and netCDF keep for themselves, and make anew for a new file. */
static bool is_bookkeeping(const char *name)
{
    static const char *const names[] = {"CLASS",          "NAME",          "DIMENSION_LIST",
                                        "REFERENCE_LIST", "_Netcdf4Dimid", "_Netcdf4Coordinates",
                                        "_NCProperties",  "_nc3_strict"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (strcmp(name, names[i]) == 0)
            return true;
    return false;
}

static bool known_type(hid_t stored, rs_type *type)
{
    for (int i = 0; i < RS_TYPE_TOTAL; i++)
        if (H5Tequal(stored, rs_h5_type((rs_type)i)) > 0) {
            *type = (rs_type)i;
            return true;
        }
    return false;
}

/* A text of variable length. */
static herr_t add_long_text(rs_list *list, const char *name, hid_t attribute, hid_t type)
{
    char *value = NULL;
    hid_t memory = H5Tcopy(H5T_C_S1);
    if (memory < 0)
        return -1;
    herr_t result = H5Tset_size(memory, H5T_VARIABLE);
    if (result >= 0)
        result = H5Tset_cset(memory, H5Tget_cset(type));
    if (result >= 0)
        result = H5Aread(attribute, memory, &value);
    H5Tclose(memory);
    if (result >= 0 && !rs_list_text_attribute(list, name, value != NULL ? value : ""))
        result = -1;
    H5free_memory(value);
    return result;
}

static herr_t add_short_text(rs_list *list, const char *name, hid_t attribute, hid_t type)
{
    const size_t size = H5Tget_size(type);
    char *value = size < RS_TEXTS_MAX ? calloc(size + 1, 1) : NULL;
    if (value == NULL)
        return -1;
    herr_t result = H5Aread(attribute, type, value);
    if (result >= 0 && !rs_list_text_attribute(list, name, value))
        result = -1;
    free(value);
    return result;
}

static herr_t add_numbers(rs_list *list, const char *name, hid_t attribute, rs_type type,
                          size_t count)
{
    void *numbers = NULL;
    if (rs_allocate(&numbers, count, rs_type_size(type), &list->error) != RS_OK)
        return -1;
    herr_t result = H5Aread(attribute, rs_h5_type(type), numbers);
    if (result >= 0 && !rs_list_numbers(list, name, type, numbers, count))
        result = -1;
    free(numbers);
    return result;
}

static herr_t add_attribute(const attribute_walk *walk, const char *name, hid_t attribute)
{
    herr_t result = 0;
    rs_type number;
    hid_t type = H5Aget_type(attribute), space = H5Aget_space(attribute);
    const hssize_t count = space >= 0 ? H5Sget_simple_extent_npoints(space) : -1;
    if (type < 0 || count < 0)
        result = -1;
    else if (H5Tget_class(type) == H5T_STRING && count == 1)
        result = H5Tis_variable_str(type) > 0 ? add_long_text(walk->list, name, attribute, type)
                                              : add_short_text(walk->list, name, attribute, type);
    else if (count > 0 && count < RS_TEXTS_MAX / (hssize_t)sizeof(double) &&
             known_type(type, &number))
        result = add_numbers(walk->list, name, attribute, number, (size_t)count);
    if (result >= 0 && walk->layout_version != NULL && count == 1 &&
        strcmp(name, RS_ATTRIBUTE_LAYOUT) == 0)
        result = H5Aread(attribute, H5T_NATIVE_INT32, walk->layout_version);
    if (space >= 0)
        H5Sclose(space);
    if (type >= 0)
        H5Tclose(type);
    return result;
}

static herr_t list_attribute(hid_t object, const char *name, const H5A_info_t *info, void *context)
{
    (void)info;
    if (is_bookkeeping(name))
        return 0;
    hid_t attribute = H5Aopen(object, name, H5P_DEFAULT);
    if (attribute < 0)
        return -1;
    herr_t result = add_attribute(context, name, attribute);
    return H5Aclose(attribute) < 0 ? -1 : result;
}

static herr_t list_attributes(hid_t object, hid_t properties, attribute_walk *walk)
{
    unsigned order = 0;
    if (properties < 0 || H5Pget_attr_creation_order(properties, &order) < 0)
        return -1;
    return H5Aiterate2(object, order & H5P_CRT_ORDER_INDEXED ? H5_INDEX_CRT_ORDER : H5_INDEX_NAME,
                       H5_ITER_INC, NULL, list_attribute, walk);
}

/* ---- Datasets -------------------------------------------------------------------------------- */

typedef struct dataset_walk {
    rs_list *list;
    bool whole;
} dataset_walk;

static bool find_type(hid_t dataset, rs_entry *entry)
{
    rs_type type = RS_INT8;
    hid_t stored = H5Dget_type(dataset);
    const bool known = stored >= 0 && known_type(stored, &type);
    entry->type = (int32_t)type;
    if (stored >= 0)
        H5Tclose(stored);
    return known;
}

static bool find_extents(hid_t dataset, rs_entry *entry)
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

static bool known_filters(hid_t properties)
{
    static const H5Z_filter_t known[] = {H5Z_FILTER_SHUFFLE, H5Z_FILTER_DEFLATE};
    enum { KNOWN = sizeof known / sizeof known[0] };
    bool good = H5Pget_nfilters(properties) == KNOWN;
    for (unsigned i = 0; good && i < KNOWN; i++) {
        unsigned flags, values[8], config;
        size_t count = sizeof values / sizeof values[0];
        good = H5Pget_filter2(properties, i, &flags, &count, values, 0, NULL, &config) == known[i];
    }
    return good;
}

/* Chunks of whole rows. */
static bool known_chunks(hid_t properties, rs_entry *entry)
{
    hsize_t extents[H5S_MAX_RANK];
    if (H5Pget_chunk(properties, H5S_MAX_RANK, extents) != entry->rank || extents[0] == 0)
        return false;
    for (int axis = 1; axis < entry->rank; axis++)
        if (extents[axis] != entry->extents[axis])
            return false;
    entry->chunk_rows = extents[0];
    return known_filters(properties);
}

/* Adds the places of all chunks; there must be one for every row. Negative when HDF5 cannot tell
 * them, which is damage, not another way of storing. */
static htri_t list_chunks(rs_list *list, hid_t dataset, hid_t space, const rs_entry *entry)
{
    const uint64_t count = rs_chunk_count(entry->extents[0], entry->chunk_rows);
    const size_t first = list->head.chunk_count;
    hsize_t stored;
    if (H5Dget_num_chunks(dataset, space, &stored) < 0)
        return -1;
    if (stored != count || count == 0 || count > RS_CHUNKS_MAX)
        return false;
    for (hsize_t i = 0; i < count; i++)
        if (!rs_list_chunk(list, (rs_chunk){0}))
            return -1;
    for (hsize_t i = 0; i < count; i++) {
        hsize_t start[H5S_MAX_RANK], size;
        unsigned skipped;
        haddr_t offset;
        if (H5Dget_chunk_info(dataset, space, i, start, &skipped, &offset, &size) < 0)
            return -1;
        const uint64_t number = start[0] / entry->chunk_rows;
        if (skipped != 0 || offset == HADDR_UNDEF || number >= count ||
            list->chunks[first + number].size != 0)
            return false;
        list->chunks[first + number] = (rs_chunk){.offset = offset, .size = size};
    }
    return true;
}

static htri_t find_chunks(rs_list *list, hid_t dataset, const rs_entry *entry)
{
    hid_t space = H5Dget_space(dataset);
    htri_t found = space >= 0 ? list_chunks(list, dataset, space, entry) : -1;
    if (space >= 0)
        H5Sclose(space);
    return found;
}

static htri_t find_storage(rs_list *list, hid_t dataset, hid_t properties, rs_entry *entry)
{
    switch (H5Pget_layout(properties)) {
    case H5D_CONTIGUOUS:
        entry->offset = H5Dget_offset(dataset);
        return entry->offset != HADDR_UNDEF && H5Pget_external_count(properties) == 0;
    case H5D_CHUNKED:
        return known_chunks(properties, entry) ? find_chunks(list, dataset, entry) : false;
    default:
        return false;
    }
}

static bool find_fill(hid_t properties, rs_entry *entry)
{
    H5D_fill_value_t defined;
    if (H5Pfill_value_defined(properties, &defined) < 0)
        return false;
    entry->has_fill = defined == H5D_FILL_VALUE_USER_DEFINED;
    return !entry->has_fill || H5Pget_fill_value(properties, H5T_NATIVE_DOUBLE, &entry->fill) >= 0;
}

/* Whether it is stored in our way; negative when HDF5 cannot tell. */
static htri_t look_at_dataset(rs_list *list, hid_t dataset, hid_t properties, rs_entry *entry)
{
    if (properties < 0 || !find_type(dataset, entry) || !find_extents(dataset, entry))
        return false;
    const htri_t stored = find_storage(list, dataset, properties, entry);
    return stored > 0 ? find_fill(properties, entry) : stored;
}

/* ---- Names of dimensions, of datasets that this program does not know ------------------------ */

static herr_t note_scale(hid_t dataset, unsigned axis, hid_t scale, void *name)
{
    (void)dataset;
    (void)axis;
    char path[RS_DATASET_PATH];
    if (H5Iget_name(scale, path, sizeof path) >= (ssize_t)sizeof path)
        return -1;
    const char *slash = strrchr(path, '/');
    memcpy(name, slash != NULL ? slash + 1 : path, strlen(slash != NULL ? slash + 1 : path) + 1);
    return 1; /* the first one is enough */
}

static herr_t list_dimensions(rs_list *list, hid_t dataset, const char *name, rs_entry *entry)
{
    if (H5DSis_scale(dataset) > 0)
        return rs_list_text(list, name, &entry->dimensions[0]) ? 0 : -1;
    for (int axis = 0; axis < entry->rank; axis++) {
        char scale[RS_DATASET_PATH] = "";
        const int scales = H5DSget_num_scales(dataset, (unsigned)axis);
        if (scales < 0 || (scales > 0 && H5DSiterate_scales(dataset, (unsigned)axis, NULL,
                                                            note_scale, scale) < 0))
            return -1;
        if (!rs_list_text(list, scale, &entry->dimensions[axis]))
            return -1;
    }
    return 0;
}

static bool is_known(const char *path)
{
    const char *slash = strrchr(path, '/');
    if (slash == path) {
        for (size_t i = 0; i < RS_DATA_ROOT_TOTAL; i++)
            if (strcmp(path + 1, rs_layout_root_name(i)) == 0)
                return true;
        return false;
    }
    for (size_t i = 0; i < RS_GROUP_TOTAL; i++)
        if (strncmp(path, "/weights/", 9) == 0 && strcmp(slash + 1, rs_layout_group_name(i)) == 0)
            return true;
    return false;
}

/* Attributes of known datasets are looked at where they decide something: in the root, and those
 * of run_id. */
static bool decides(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash == path || strcmp(slash + 1, rs_layout_group_name(RS_GROUP_RUN_ID)) == 0;
}

/* ---- The file -------------------------------------------------------------------------------- */

static herr_t list_dataset(const dataset_walk *walk, hid_t dataset, const char *path)
{
    rs_list *list = walk->list;
    attribute_walk attributes = {.list = list};
    herr_t result = 0;
    const size_t chunks = list->head.chunk_count;
    rs_entry found = {0};
    hid_t properties = H5Dget_create_plist(dataset);
    const htri_t good = look_at_dataset(list, dataset, properties, &found);
    if (good <= 0) { /* stored in a way that is not ours, or damaged */
        list->head.chunk_count = chunks;
        result = good < 0 ? -1 : 0;
    } else {
        const bool known = is_known(path);
        rs_entry *entry = rs_list_entry(list, path);
        if (entry == NULL) {
            result = -1;
        } else {
            found.path = entry->path;
            found.first_attribute = entry->first_attribute;
            found.first_chunk = chunks;
            *entry = found;
            if (!known || walk->whole)
                result = list_dimensions(list, dataset, strrchr(path, '/') + 1, entry);
            if (result >= 0 && (!known || walk->whole || decides(path)))
                result = list_attributes(dataset, properties, &attributes);
        }
    }
    if (properties >= 0)
        H5Pclose(properties);
    return list->error.status != RS_OK ? -1 : result;
}

static herr_t list_object(hid_t root, const char *name, const H5O_info_t *info, void *context)
{
    char path[RS_DATASET_PATH];
    if (info->type != H5O_TYPE_DATASET || strlen(name) + 2 > sizeof path)
        return 0;
    snprintf(path, sizeof path, "/%s", name);
    if (strncmp(path, RS_RESCUE_GROUP "/", strlen(RS_RESCUE_GROUP) + 1) == 0 &&
        strcmp(path, RS_DIRECTORY_PATH) != 0)
        return 0;
    hid_t dataset = H5Dopen2(root, name, H5P_DEFAULT);
    if (dataset < 0)
        return -1;
    herr_t result = list_dataset(context, dataset, path);
    return H5Dclose(dataset) < 0 ? -1 : result;
}

static herr_t list_root(rs_list *list, hid_t file)
{
    attribute_walk walk = {.list = list, .layout_version = &list->head.layout_version};
    /* The properties of an open file do not tell the order; those of its root group do. */
    hid_t root = H5Gopen2(file, "/", H5P_DEFAULT);
    hid_t properties = root >= 0 ? H5Gget_create_plist(root) : H5I_INVALID_HID;
    herr_t result = list_attributes(file, properties, &walk);
    if (properties >= 0)
        H5Pclose(properties);
    if (root >= 0)
        H5Gclose(root);
    return result;
}

static rs_status list_open_file(rs_list *list, hid_t file, const char *path, bool whole,
                                const rs_h5_trouble *trouble)
{
    dataset_walk walk = {.list = list, .whole = whole};
    if (list_root(list, file) >= 0 &&
        H5Ovisit2(file, H5_INDEX_NAME, H5_ITER_NATIVE, list_object, &walk, H5O_INFO_BASIC) >= 0) {
        rs_list_sort(list);
        return RS_OK;
    }
    return list->error.status != RS_OK
               ? list->error.status
               : rs_h5_fail(&list->error, RS_BAD_DATA, path, "is damaged", trouble);
}

static bool begin(rs_list *list, int file)
{
    enum { SPARE_TEXT = 4096 };
    struct stat found;
    return fstat(file, &found) == 0 && rs_list_begin(list, (uint64_t)found.st_size + SPARE_TEXT);
}

/* HDF5 does not tell a disk that fails from a file that is damaged. */
static rs_status collect(rs_list *list, int file, const char *path, bool whole)
{
    rs_h5_trouble trouble;
    int failure;
    rs_h5_begin(&trouble);
    hid_t opened = rs_h5_open_descriptor(file, &failure);
    rs_status status = opened >= 0 ? list_open_file(list, opened, path, whole, &trouble)
                                   : rs_h5_fail(&list->error, RS_BAD_DATA, path,
                                                "is no results file, or is damaged", &trouble);
    if (status == RS_OK)
        H5Fclose(opened); /* what is damaged may not even be closed */
    if (failure == ENOMEM)
        return rs_fail(&list->error, RS_NO_MEMORY, "%s: cannot be read: memory is short", path);
    if (failure != 0)
        return rs_fail(&list->error, RS_IO, "%s: cannot be read: %s", path, strerror(failure));
    return status;
}

rs_status rs_listing_collect(rs_list *list, int file, const char *path, bool whole, rs_error *error)
{
    if (!begin(list, file))
        return rs_fail(error, RS_NO_MEMORY, "out of memory for the list of datasets");
    rs_status status = collect(list, file, path, whole);
    rs_h5_end();
    return status == RS_OK ? RS_OK : rs_fail(error, status, "%s", list->error.text);
}

static bool send(FILE *stream, const void *bytes, size_t size)
{
    return size == 0 || fwrite(bytes, size, 1, stream) == 1;
}

/* The process ends with this call: nothing is freed, and HDF5 is not asked to close what may be
 * damaged. */
bool rs_listing_send(const void *context, int out)
{
    const rs_listed_file *wish = context;
    rs_list list;
    FILE *stream = fdopen(out, "wb");
    if (stream == NULL || !begin(&list, wish->file))
        return false;
    const rs_status status = collect(&list, wish->file, wish->path, wish->whole);
    list.head.status = (int32_t)status;
    memcpy(list.head.error, list.error.text, sizeof list.head.error);
    return send(stream, &list.head, sizeof list.head) &&
           send(stream, list.entries, list.head.entry_count * sizeof *list.entries) &&
           send(stream, list.chunks, list.head.chunk_count * sizeof *list.chunks) &&
           send(stream, list.attributes, list.head.attribute_count * sizeof *list.attributes) &&
           send(stream, list.texts, list.head.text_size) && fflush(stream) == 0;
}
