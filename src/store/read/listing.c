#include "listing.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "h5.h"
#include "h5_descriptor.h"
#include "memory.h"

/* Carried through HDF5's iterations. A failure stops them; `status` tells ours from HDF5's. */
typedef struct collection {
    rs_entry *entries;
    size_t entry_count, entry_room;
    rs_chunk *chunks;
    size_t chunk_count, chunk_room;
    char *texts; /* name and value in turn */
    size_t attribute_count, text_size, text_room, text_most;
    rs_status status;
    rs_error error;
} collection;

static herr_t too_many(collection *all, const char *what)
{
    all->status = rs_fail(&all->error, RS_BAD_DATA, "too many %s for a results file", what);
    return -1;
}

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

/* Adds the places of all chunks; there must be one for every row. */
static bool list_chunks(collection *all, hid_t dataset, hid_t space, rs_entry *entry)
{
    const uint64_t count = rs_chunk_count(entry->extents[0], entry->chunk_rows);
    hsize_t stored;
    if (H5Dget_num_chunks(dataset, space, &stored) < 0 || stored != count || count == 0 ||
        count > RS_CHUNKS_MAX || all->chunk_count + count > RS_LISTED_CHUNKS_MAX ||
        rs_grow((void **)&all->chunks, &all->chunk_room, all->chunk_count + count,
                sizeof *all->chunks, NULL) != RS_OK)
        return false;
    rs_chunk *chunks = all->chunks + all->chunk_count;
    memset(chunks, 0, count * sizeof *chunks);
    for (hsize_t i = 0; i < count; i++) {
        hsize_t start[H5S_MAX_RANK], size;
        unsigned skipped;
        haddr_t offset;
        if (H5Dget_chunk_info(dataset, space, i, start, &skipped, &offset, &size) < 0)
            return false;
        const uint64_t number = start[0] / entry->chunk_rows;
        if (skipped != 0 || offset == HADDR_UNDEF || number >= count || chunks[number].size != 0)
            return false;
        chunks[number] = (rs_chunk){.offset = offset, .size = size};
    }
    entry->first_chunk = all->chunk_count;
    all->chunk_count += count;
    return true;
}

static bool find_chunks(collection *all, hid_t dataset, rs_entry *entry)
{
    hid_t space = H5Dget_space(dataset);
    bool found = space >= 0 && list_chunks(all, dataset, space, entry);
    if (space >= 0)
        H5Sclose(space);
    return found;
}

static bool find_storage(collection *all, hid_t dataset, rs_entry *entry)
{
    bool found = false;
    hid_t properties = H5Dget_create_plist(dataset);
    if (properties < 0)
        return false;
    switch (H5Pget_layout(properties)) {
    case H5D_CONTIGUOUS:
        entry->offset = H5Dget_offset(dataset);
        found = entry->offset != HADDR_UNDEF && H5Pget_external_count(properties) == 0;
        break;
    case H5D_CHUNKED:
        found = known_chunks(properties, entry) && find_chunks(all, dataset, entry);
        break;
    default:
        break;
    }
    H5Pclose(properties);
    return found;
}

static bool look_at_dataset(collection *all, hid_t dataset, rs_entry *entry)
{
    return known_type(dataset, &entry->type) && known_extents(dataset, entry) &&
           find_storage(all, dataset, entry);
}

static herr_t list_object(hid_t root, const char *name, const H5O_info_t *info, void *context)
{
    collection *all = context;
    if (info->type != H5O_TYPE_DATASET || strlen(name) + 2 > RS_DATASET_PATH)
        return 0;
    if (all->entry_count == RS_ENTRIES_MAX)
        return too_many(all, "datasets");
    all->status = rs_grow((void **)&all->entries, &all->entry_room, all->entry_count + 1,
                          sizeof *all->entries, &all->error);
    hid_t dataset = all->status == RS_OK ? H5Dopen2(root, name, H5P_DEFAULT) : H5I_INVALID_HID;
    if (dataset < 0)
        return -1;
    rs_entry *entry = &all->entries[all->entry_count];
    memset(entry, 0, sizeof *entry);
    snprintf(entry->path, sizeof entry->path, "/%s", name);
    all->entry_count += look_at_dataset(all, dataset, entry);
    return H5Dclose(dataset);
}

static int compare_entries(const void *a, const void *b)
{
    return strcmp(((const rs_entry *)a)->path, ((const rs_entry *)b)->path);
}

/* ---- Attributes ------------------------------------------------------------------------------ */

static herr_t add_text(collection *all, const char *text)
{
    size_t size = strlen(text) + 1;
    /* Each of a good file stands in it once; others let many attributes share one. */
    if (size > all->text_most - all->text_size)
        return too_many(all, "texts");
    all->status =
        rs_grow((void **)&all->texts, &all->text_room, all->text_size + size, 1, &all->error);
    if (all->status != RS_OK)
        return -1;
    memcpy(all->texts + all->text_size, text, size);
    all->text_size += size;
    return 0;
}

/* *text: the value of an attribute that is one string of variable length, to be freed with
 * H5free_memory; NULL for others. */
static herr_t read_text(hid_t attribute, hid_t type, char **text)
{
    hid_t memory = H5Tcopy(H5T_C_S1);
    if (memory < 0)
        return -1;
    herr_t result = H5Tset_size(memory, H5T_VARIABLE);
    if (result >= 0)
        result = H5Tset_cset(memory, H5Tget_cset(type));
    if (result >= 0)
        result = H5Aread(attribute, memory, text);
    H5Tclose(memory);
    return result;
}

static herr_t add_attribute(collection *all, const char *name, hid_t attribute)
{
    char *value = NULL;
    herr_t result = 0;
    hid_t type = H5Aget_type(attribute), space = H5Aget_space(attribute);
    if (type < 0 || space < 0)
        result = -1;
    else if (H5Tis_variable_str(type) > 0 && H5Sget_simple_extent_npoints(space) == 1) {
        result = read_text(attribute, type, &value);
        if (result >= 0)
            result = add_text(all, name);
        if (result >= 0)
            result = add_text(all, value != NULL ? value : "");
        all->attribute_count += result >= 0;
    }
    H5free_memory(value);
    if (space >= 0)
        H5Sclose(space);
    if (type >= 0)
        H5Tclose(type);
    return result;
}

static herr_t list_attribute(hid_t root, const char *name, const H5A_info_t *info, void *context)
{
    (void)info;
    collection *all = context;
    if (all->attribute_count == RS_ATTRIBUTES_MAX)
        return too_many(all, "attributes");
    hid_t attribute = H5Aopen(root, name, H5P_DEFAULT);
    if (attribute < 0)
        return -1;
    herr_t result = add_attribute(all, name, attribute);
    return H5Aclose(attribute) < 0 ? -1 : result;
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

/* Attributes in the order of their creation, where the file keeps one. */
static herr_t list_attributes(hid_t file, collection *all)
{
    unsigned order = 0;
    herr_t result = -1;
    /* The properties of an open file do not tell; those of its root group do. */
    hid_t root = H5Gopen2(file, "/", H5P_DEFAULT);
    hid_t properties = root >= 0 ? H5Gget_create_plist(root) : H5I_INVALID_HID;
    if (properties >= 0)
        result = H5Pget_attr_creation_order(properties, &order);
    if (properties >= 0)
        H5Pclose(properties);
    if (root >= 0)
        H5Gclose(root);
    if (result < 0)
        return -1;
    return H5Aiterate2(file, order & H5P_CRT_ORDER_INDEXED ? H5_INDEX_CRT_ORDER : H5_INDEX_NAME,
                       H5_ITER_INC, NULL, list_attribute, all);
}

static bool bound_texts(int file, collection *all)
{
    struct stat found;
    if (fstat(file, &found) != 0)
        return false;
    all->text_most = (size_t)found.st_size;
    return true;
}

static rs_status collect(collection *all, const rs_listed_file *listed, int32_t *layout_version)
{
    const char *path = listed->path;
    rs_h5_trouble trouble;
    rs_h5_begin(&trouble);
    hid_t file = rs_h5_open_descriptor(listed->file);
    if (file < 0)
        return rs_h5_fail(&all->error, RS_BAD_DATA, path, "is no results file, or is damaged",
                          &trouble);
    if (H5Ovisit2(file, H5_INDEX_NAME, H5_ITER_NATIVE, list_object, all, H5O_INFO_BASIC) < 0 ||
        !bound_texts(listed->file, all) || list_attributes(file, all) < 0 ||
        read_layout_version(file, layout_version) < 0)
        return all->status != RS_OK
                   ? all->status
                   : rs_h5_fail(&all->error, RS_BAD_DATA, path, "is damaged", &trouble);
    if (all->entry_count > 0)
        qsort(all->entries, all->entry_count, sizeof *all->entries, compare_entries);
    return RS_OK;
}

static bool send(FILE *stream, const void *bytes, size_t size)
{
    return size == 0 || fwrite(bytes, size, 1, stream) == 1;
}

static bool send_all(int out, const rs_listing *head, const collection *all)
{
    FILE *stream = fdopen(out, "wb");
    return stream != NULL && send(stream, head, sizeof *head) &&
           send(stream, all->entries, all->entry_count * sizeof *all->entries) &&
           send(stream, all->chunks, all->chunk_count * sizeof *all->chunks) &&
           send(stream, all->texts, all->text_size) && fflush(stream) == 0;
}

/* The process ends with this call: nothing is freed, and HDF5 is not asked to close what may be
 * damaged. */
bool rs_listing_send(const void *listed, int out)
{
    collection all = {.status = RS_OK};
    rs_listing head = {.layout_version = 0};
    head.status = collect(&all, listed, &head.layout_version);
    memcpy(head.error, all.error.text, sizeof head.error);
    head.entry_count = all.entry_count;
    head.chunk_count = all.chunk_count;
    head.attribute_count = all.attribute_count;
    head.text_size = all.text_size;
    return send_all(out, &head, &all);
}
