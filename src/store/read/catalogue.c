#include "catalogue.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "directory.h"
#include "file_io.h"
#include "isolated_file.h"
#include "listing_block.h"
#include "memory.h"

struct rs_catalogue {
    rs_listing_block file, directory;
    const rs_listing_block *used;
    rs_directory_state state;
    char trouble[RS_ERROR_TEXT];
    rs_attribute *root; /* those of the directory, then those found only by HDF5 */
    size_t root_total;
};

/* ---- Both lists of a file -------------------------------------------------------------------- */

static rs_status file_size(int file, const char *path, uint64_t *size, rs_error *error)
{
    struct stat existing;
    if (fstat(file, &existing) != 0)
        return rs_fail(error, RS_IO, "%s: cannot look at this results file: %s", path,
                       strerror(errno));
    if (!S_ISREG(existing.st_mode))
        return rs_fail(error, RS_BAD_DATA, "%s: is no results file but a folder or device", path);
    *size = (uint64_t)existing.st_size;
    return RS_OK;
}

static rs_status read_by_hdf5(rs_catalogue *catalogue, int file, const char *path, uint64_t size,
                              bool whole, rs_error *error)
{
    rs_listing_block *block = &catalogue->file;
    const rs_listed_file wish = {.path = path, .file = file, .whole = whole};
    size_t block_size;
    rs_status status =
        rs_isolate_file(rs_listing_send, &wish, path, size, &block->bytes, &block_size, error);
    if (status != RS_OK)
        return status;
    if (!rs_listing_block_parse(block, block_size, size))
        return rs_isolated_memory_is_short(size)
                   ? rs_isolated_no_memory(path, error)
                   : rs_fail(error, RS_BAD_DATA,
                             "%s: is damaged: its datasets do not lie within it", path);
    if (block->head->status == RS_BAD_DATA && rs_isolated_memory_is_short(size))
        return rs_isolated_no_memory(path, error);
    if (block->head->status != RS_OK)
        return rs_fail(error, (rs_status)block->head->status, "%s", block->head->error);
    return rs_listing_block_attributes(block, error);
}

static rs_status take_directory(rs_catalogue *catalogue, const rs_list *list, uint64_t size,
                                bool *good, rs_error *error)
{
    size_t block_size;
    rs_status status = rs_list_pack(list, &catalogue->directory.bytes, &block_size, error);
    if (status != RS_OK)
        return status;
    *good = rs_listing_block_parse(&catalogue->directory, block_size, size);
    if (!*good) {
        rs_listing_block_free(&catalogue->directory);
        return RS_OK;
    }
    return rs_listing_block_attributes(&catalogue->directory, error);
}

static bool same_place(const rs_listing_block *one, const rs_entry *entry,
                       const rs_listing_block *other, const rs_entry *otherwise)
{
    if (entry->type != otherwise->type || entry->rank != otherwise->rank ||
        memcmp(entry->extents, otherwise->extents, sizeof entry->extents) != 0 ||
        entry->offset != otherwise->offset || entry->chunk_rows != otherwise->chunk_rows)
        return false;
    const uint64_t chunks =
        entry->chunk_rows > 0 ? rs_chunk_count(entry->extents[0], entry->chunk_rows) : 0;
    return chunks == 0 ||
           memcmp(&one->chunks[entry->first_chunk], &other->chunks[otherwise->first_chunk],
                  chunks * sizeof *one->chunks) == 0;
}

/* Whether HDF5 has every dataset of the directory at its place. */
static bool directory_agrees(const rs_catalogue *catalogue)
{
    const rs_listing_block *directory = &catalogue->directory, *file = &catalogue->file;
    for (size_t i = 0; i < directory->head->entry_count; i++) {
        const rs_entry *entry = &directory->entries[i];
        const rs_entry *other = rs_listing_block_find(file, directory->texts + entry->path);
        if (other == NULL || !same_place(directory, entry, file, other))
            return false;
    }
    return true;
}

/* The directory of a file that HDF5 can read. */
static rs_status read_directory(rs_catalogue *catalogue, int file, const char *path, uint64_t size,
                                rs_error *error)
{
    rs_list list = {0};
    void *text = NULL;
    bool good = false;
    const rs_entry *entry = rs_listing_block_find(&catalogue->file, RS_DIRECTORY_PATH);
    if (entry == NULL)
        return RS_OK;
    catalogue->state = RS_DIRECTORY_DAMAGED;
    if (entry->rank != 1 || rs_type_size((rs_type)entry->type) != 1 || entry->chunk_rows > 0 ||
        entry->extents[0] > RS_TEXTS_MAX)
        return RS_OK;
    rs_status status = rs_allocate(&text, entry->extents[0], 1, error);
    if (status == RS_OK)
        status = rs_file_read(file, path, text, entry->extents[0], entry->offset, error);
    if (status == RS_OK && rs_directory_parse(text, entry->extents[0], &list))
        status = take_directory(catalogue, &list, size, &good, error);
    rs_list_free(&list);
    free(text);
    if (status == RS_OK && good)
        catalogue->state = directory_agrees(catalogue) ? RS_DIRECTORY_INTACT : RS_DIRECTORY_STALE;
    return status;
}

/* Compares the structure with that of the directory; intact where the directory does not have it,
 * or for another size of the file. */
static rs_status compare_structure(const rs_catalogue *catalogue, int file, const char *path,
                                   uint64_t size, rs_structure_state *state, rs_error *error)
{
    const rs_listing_block *block = &catalogue->directory;
    const rs_entry *own = rs_listing_block_find(&catalogue->file, RS_DIRECTORY_PATH);
    rs_stretch *taken = NULL;
    *state = RS_STRUCTURE_INTACT;
    if (!block->head->has_structure || size != block->head->structure_size)
        return RS_OK;
    rs_status status =
        rs_allocate((void **)&taken, block->head->entry_count + block->head->chunk_count + 1,
                    sizeof *taken, error);
    if (status != RS_OK)
        return status;
    taken[0] = (rs_stretch){own->offset, own->offset + own->extents[0]};
    const size_t total =
        1 + rs_listing_stretches(block->head, block->entries, block->chunks, taken + 1);
    status = rs_structure_check(file, path, size, taken, total, block->head->structure_sum, state,
                                error);
    free(taken);
    return status;
}

/* The places of compressed chunks are the only part of the structure that has no checksum of
 * HDF5's. A changed bit there moves a chunk, or makes HDF5 report a dataset that is stored in
 * another way; so does a program that replaces a dataset, which then is not to be read at its old
 * place. One tells them apart by the number of bits that have changed. */
static rs_status overrule_hdf5(rs_catalogue *catalogue, int file, const char *path, uint64_t size,
                               rs_error *error)
{
    rs_structure_state state;
    rs_status status = compare_structure(catalogue, file, path, size, &state, error);
    if (status != RS_OK || state != RS_STRUCTURE_ONE_BIT)
        return status;
    snprintf(catalogue->trouble, sizeof catalogue->trouble,
             "%s: one bit of HDF5's list of datasets has changed", path);
    catalogue->state = RS_DIRECTORY_ALONE;
    catalogue->used = &catalogue->directory;
    return RS_OK;
}

static rs_status take_both(rs_catalogue *catalogue, int file, const char *path, uint64_t size,
                           rs_catalogue_mode mode, rs_error *error)
{
    rs_status status = read_directory(catalogue, file, path, size, error);
    if (status == RS_OK && catalogue->state == RS_DIRECTORY_STALE && mode != RS_CATALOGUE_READ)
        status = overrule_hdf5(catalogue, file, path, size, error);
    return status;
}

/* The directory of a file that HDF5 cannot read, as *trouble says. */
static rs_status rescue_directory(rs_catalogue *catalogue, int file, const char *path,
                                  uint64_t size, rs_error *error)
{
    rs_list list = {0};
    bool good = false;
    rs_error search_error;
    rs_status status = rs_directory_search(file, path, &list, &good, &search_error);
    if (status == RS_OK && good)
        status = take_directory(catalogue, &list, size, &good, &search_error);
    rs_list_free(&list);
    if (status != RS_OK)
        return rs_fail(error, status, "%s", search_error.text);
    if (!good)
        return RS_BAD_DATA; /* *error has the reason */
    memcpy(catalogue->trouble, error->text, sizeof catalogue->trouble);
    catalogue->state = RS_DIRECTORY_ALONE;
    catalogue->used = &catalogue->directory;
    return RS_OK;
}

static bool has_name(const rs_attribute *attributes, size_t count, const char *name)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(attributes[i].name, name) == 0)
            return true;
    return false;
}

static rs_status join_roots(rs_catalogue *catalogue, rs_error *error)
{
    const rs_listing_block *directory = &catalogue->directory, *file = &catalogue->file;
    const size_t own = directory->bytes != NULL ? directory->head->root_attributes : 0;
    const size_t others = catalogue->used == file ? file->head->root_attributes : 0;
    rs_status status =
        rs_allocate((void **)&catalogue->root, own + others, sizeof *catalogue->root, error);
    if (status != RS_OK)
        return status;
    for (size_t i = 0; i < own; i++)
        catalogue->root[i] = directory->attributes[i];
    catalogue->root_total = own;
    for (size_t i = 0; i < others; i++)
        if (!has_name(catalogue->root, own, file->attributes[i].name))
            catalogue->root[catalogue->root_total++] = file->attributes[i];
    return RS_OK;
}

static rs_status read_both(rs_catalogue *catalogue, int file, const char *path,
                           rs_catalogue_mode mode, rs_error *error)
{
    uint64_t size = 0;
    rs_error trouble = {0};
    rs_status status = file_size(file, path, &size, error);
    if (status != RS_OK)
        return status;
    catalogue->used = &catalogue->file;
    status = read_by_hdf5(catalogue, file, path, size, mode == RS_CATALOGUE_VERIFY, &trouble);
    if (status == RS_OK)
        status = take_both(catalogue, file, path, size, mode, &trouble);
    else if (status == RS_BAD_DATA && mode != RS_CATALOGUE_READ)
        status = rescue_directory(catalogue, file, path, size, &trouble);
    if (status == RS_OK)
        status = join_roots(catalogue, &trouble);
    return status == RS_OK ? RS_OK : rs_fail(error, status, "%s", trouble.text);
}

rs_status rs_catalogue_read(rs_catalogue **catalogue, int file, const char *path,
                            rs_catalogue_mode mode, rs_error *error)
{
    rs_catalogue *fresh = NULL;
    rs_status status = rs_allocate((void **)&fresh, 1, sizeof *fresh, error);
    if (status != RS_OK)
        return status;
    status = read_both(fresh, file, path, mode, error);
    if (status != RS_OK) {
        rs_catalogue_free(fresh);
        return status;
    }
    *catalogue = fresh;
    return RS_OK;
}

void rs_catalogue_free(rs_catalogue *catalogue)
{
    if (catalogue == NULL)
        return;
    rs_listing_block_free(&catalogue->file);
    rs_listing_block_free(&catalogue->directory);
    free(catalogue->root);
    free(catalogue);
}

/* ---- Asking ---------------------------------------------------------------------------------- */

size_t rs_catalogue_count(const rs_catalogue *catalogue)
{
    return catalogue->used->head->entry_count;
}

const rs_entry *rs_catalogue_entry(const rs_catalogue *catalogue, size_t index)
{
    return &catalogue->used->entries[index];
}

size_t rs_catalogue_index(const rs_catalogue *catalogue, const rs_entry *entry)
{
    return (size_t)(entry - catalogue->used->entries);
}

const rs_chunk *rs_catalogue_chunks(const rs_catalogue *catalogue, const rs_entry *entry)
{
    return catalogue->used->chunks + entry->first_chunk;
}

int32_t rs_catalogue_layout_version(const rs_catalogue *catalogue)
{
    return catalogue->used->head->layout_version;
}

const rs_entry *rs_catalogue_find(const rs_catalogue *catalogue, const char *path)
{
    return rs_listing_block_find(catalogue->used, path);
}

const char *rs_catalogue_path(const rs_catalogue *catalogue, const rs_entry *entry)
{
    return catalogue->used->texts + entry->path;
}

/* The entry of a dataset that tells its dimensions and attributes, and the block that it is in:
 * that of the directory, which has a checksum, where it knows the dataset. */
static const rs_entry *describing_entry(const rs_catalogue *catalogue, const rs_entry *entry,
                                        const rs_listing_block **block)
{
    const char *path = rs_catalogue_path(catalogue, entry);
    const rs_entry *known = rs_listing_block_find(&catalogue->directory, path);
    *block = known != NULL ? &catalogue->directory : catalogue->used;
    return known != NULL ? known : entry;
}

const char *rs_catalogue_dimension(const rs_catalogue *catalogue, const rs_entry *entry, int axis)
{
    const rs_listing_block *block;
    entry = describing_entry(catalogue, entry, &block);
    return axis < entry->rank && entry->dimensions[axis] != 0
               ? block->texts + entry->dimensions[axis]
               : NULL;
}

const rs_attribute *rs_catalogue_attributes(const rs_catalogue *catalogue, const rs_entry *entry,
                                            size_t *count)
{
    const rs_listing_block *block;
    entry = describing_entry(catalogue, entry, &block);
    *count = entry->attribute_total;
    return block->attributes + entry->first_attribute;
}

static const rs_attribute *find_by_name(const rs_attribute *attributes, size_t count,
                                        const char *name)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(attributes[i].name, name) == 0)
            return &attributes[i];
    return NULL;
}

const rs_attribute *rs_catalogue_find_attribute(const rs_catalogue *catalogue,
                                                const rs_entry *entry, const char *name)
{
    size_t count;
    const rs_attribute *attributes = rs_catalogue_attributes(catalogue, entry, &count);
    return find_by_name(attributes, count, name);
}

const rs_attribute *rs_catalogue_root_attributes(const rs_catalogue *catalogue, size_t *count)
{
    *count = catalogue->root_total;
    return catalogue->root;
}

const char *rs_catalogue_attribute(const rs_catalogue *catalogue, const char *name)
{
    const rs_attribute *found = find_by_name(catalogue->root, catalogue->root_total, name);
    return found != NULL && found->is_text ? found->value : NULL;
}

rs_directory_state rs_catalogue_directory(const rs_catalogue *catalogue)
{
    return catalogue->state;
}

const char *rs_catalogue_trouble(const rs_catalogue *catalogue)
{
    return catalogue->trouble;
}

bool rs_catalogue_sum(const rs_catalogue *catalogue, const rs_entry *entry, uint32_t *sum)
{
    const rs_entry *found =
        rs_listing_block_find(&catalogue->directory, catalogue->used->texts + entry->path);
    if (found == NULL || !found->has_sum)
        return false;
    *sum = found->sum;
    return true;
}

/* Whether HDF5 lists what the directory does not: added by another program, which changed the
 * structure for it. */
static bool has_additions(const rs_catalogue *catalogue)
{
    const rs_listing_block *directory = &catalogue->directory, *file = &catalogue->file;
    if (file->head->entry_count != directory->head->entry_count + 1 || /* the directory itself */
        file->head->root_attributes > directory->head->root_attributes)
        return true;
    for (size_t i = 0; i < directory->head->entry_count; i++) {
        const rs_entry *entry = &directory->entries[i];
        const rs_entry *other = rs_listing_block_find(file, directory->texts + entry->path);
        if (other == NULL || other->attribute_total > entry->attribute_total)
            return true;
    }
    return false;
}

rs_status rs_catalogue_check_structure(const rs_catalogue *catalogue, int file, const char *path,
                                       bool *intact, rs_error *error)
{
    uint64_t size = 0;
    rs_structure_state state = RS_STRUCTURE_INTACT;
    *intact = true;
    if (catalogue->state != RS_DIRECTORY_INTACT || has_additions(catalogue))
        return RS_OK;
    rs_status status = file_size(file, path, &size, error);
    if (status == RS_OK &&
        (status = compare_structure(catalogue, file, path, size, &state, error)) == RS_OK)
        *intact = state == RS_STRUCTURE_INTACT;
    return status;
}

/* ---- Comparing ------------------------------------------------------------------------------- */

static bool same_attribute(const rs_attribute *one, const rs_attribute *other)
{
    if (one->is_text != other->is_text)
        return false;
    if (one->is_text)
        return strcmp(one->value, other->value) == 0;
    return one->type == other->type && one->count == other->count &&
           memcmp(one->value, other->value, one->count * rs_type_size(one->type)) == 0;
}

static void compare_attributes(const rs_attribute *wanted, size_t wanted_total,
                               const rs_attribute *there, size_t there_total, const char *path,
                               rs_attribute_found *found, void *context)
{
    for (size_t i = 0; i < wanted_total; i++) {
        const rs_attribute *other = find_by_name(there, there_total, wanted[i].name);
        if (other == NULL || !same_attribute(&wanted[i], other))
            found(context, path, wanted[i].name);
    }
}

/* What HDF5's metadata say of a dataset besides its place and its attributes. */
static void compare_shape(const rs_catalogue *catalogue, const rs_entry *wanted,
                          const rs_entry *there, const char *path, rs_attribute_found *found,
                          void *context)
{
    const char *names = catalogue->directory.texts, *others = catalogue->file.texts;
    for (int axis = 0; axis < wanted->rank && axis < there->rank; axis++)
        if (strcmp(names + wanted->dimensions[axis], others + there->dimensions[axis]) != 0) {
            found(context, path, "DIMENSION_LIST");
            break;
        }
    if (wanted->has_fill != there->has_fill ||
        memcmp(&wanted->fill, &there->fill, sizeof wanted->fill) != 0)
        found(context, path, "_FillValue");
}

void rs_catalogue_compare(const rs_catalogue *catalogue, rs_attribute_found *found, void *context)
{
    const rs_listing_block *directory = &catalogue->directory, *file = &catalogue->file;
    if (directory->bytes == NULL || catalogue->used != file)
        return;
    compare_attributes(directory->attributes, directory->head->root_attributes, file->attributes,
                       file->head->root_attributes, "/", found, context);
    for (size_t i = 0; i < directory->head->entry_count; i++) {
        const rs_entry *entry = &directory->entries[i];
        const char *path = directory->texts + entry->path;
        const rs_entry *other = rs_listing_block_find(file, path);
        if (other == NULL)
            continue;
        compare_shape(catalogue, entry, other, path, found, context);
        compare_attributes(directory->attributes + entry->first_attribute, entry->attribute_total,
                           file->attributes + other->first_attribute, other->attribute_total, path,
                           found, context);
    }
}
