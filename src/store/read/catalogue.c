#include "catalogue.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "directory.h"
#include "file_io.h"
#include "isolated_file.h"
#include "memory.h"

/* A listing as one block, with pointers into it. */
typedef struct listing_block {
    char *bytes; /* NULL: none */
    const rs_listing *head;
    const rs_entry *entries;
    const rs_chunk *chunks;
    const rs_listed_attribute *listed;
    const char *texts;
    rs_attribute *attributes; /* [attribute_count] */
} listing_block;

struct rs_catalogue {
    listing_block file, directory;
    const listing_block *used;
    rs_directory_state state;
    char trouble[RS_ERROR_TEXT];
    rs_attribute *root; /* those of the directory, then those found only by HDF5 */
    size_t root_total;
};

/* ---- A block: from a process that read an unknown file, so that nothing in it is trusted
 * ------ */

/* Whether the chunks of an entry may be its bytes, compressed. `bytes` of all the rows. */
static bool good_chunks(const listing_block *block, const rs_entry *entry, uint64_t bytes)
{
    const uint64_t total = entry->extents[0], row_bytes = total > 0 ? bytes / total : 0;
    if (total == 0 || row_bytes == 0 || entry->chunk_rows > RS_CHUNK_BYTES_MAX / row_bytes)
        return false;
    const uint64_t size = entry->chunk_rows * row_bytes;
    const uint64_t count = rs_chunk_count(total, entry->chunk_rows);
    if (entry->first_chunk > block->head->chunk_count ||
        count > block->head->chunk_count - entry->first_chunk)
        return false;
    for (uint64_t i = 0; i < count; i++) {
        const rs_chunk *chunk = &block->chunks[entry->first_chunk + i];
        if (chunk->size > rs_chunk_packed_max(size) || rs_chunk_size_max(chunk->size) < size)
            return false;
    }
    return true;
}

/* Whether all its references are within the block, and its path has a name. */
static bool good_names(const listing_block *block, const rs_entry *entry)
{
    if (entry->path >= block->head->text_size)
        return false;
    const char *path = block->texts + entry->path;
    if (path[0] != '/' || path[1] == '\0' || strlen(path) >= RS_DATASET_PATH)
        return false;
    for (int axis = 0; axis < RS_RANK_MAX; axis++)
        if (entry->dimensions[axis] >= block->head->text_size)
            return false;
    return entry->first_attribute <= block->head->attribute_count &&
           entry->attribute_total <= block->head->attribute_count - entry->first_attribute;
}

/* Whether all its bytes are within the file. Products of hostile extents must not overflow. */
static bool good_entry(const listing_block *block, const rs_entry *entry, uint64_t file_size)
{
    if (entry->type < 0 || entry->type >= RS_TYPE_TOTAL || entry->rank < 1 ||
        entry->rank > RS_RANK_MAX || !good_names(block, entry))
        return false;
    uint64_t bytes = rs_type_size((rs_type)entry->type);
    for (int axis = 0; axis < entry->rank; axis++)
        if (__builtin_mul_overflow(bytes, entry->extents[axis], &bytes))
            return false;
    if (entry->chunk_rows > 0)
        return good_chunks(block, entry, bytes);
    return entry->offset <= file_size && bytes <= file_size - entry->offset;
}

/* Chunks are within the file and together no larger than it, so their decompressed size is bounded
 * by the file's. */
static bool chunks_fit(const listing_block *block, uint64_t file_size)
{
    uint64_t left = file_size;
    for (size_t i = 0; i < block->head->chunk_count; i++) {
        const rs_chunk *chunk = &block->chunks[i];
        if (chunk->size > left || chunk->offset > file_size - chunk->size)
            return false;
        left -= chunk->size;
    }
    return true;
}

static bool good_attribute(const listing_block *block, const rs_listed_attribute *attribute)
{
    const uint64_t room = block->head->text_size;
    if (attribute->name >= room || attribute->value >= room)
        return false;
    if (attribute->type == RS_LISTED_TEXT)
        return true;
    return attribute->type >= 0 && attribute->type < RS_TYPE_TOTAL &&
           attribute->count <= (room - attribute->value) / rs_type_size((rs_type)attribute->type);
}

/* Finds the parts of the block; false when they are not `size` bytes. */
static bool find_parts(listing_block *block, size_t size)
{
    const rs_listing *head = (const rs_listing *)block->bytes;
    if (size < sizeof *head || memchr(head->error, '\0', sizeof head->error) == NULL ||
        head->entry_count > RS_ENTRIES_MAX || head->chunk_count > RS_LISTED_CHUNKS_MAX ||
        head->attribute_count > RS_ATTRIBUTES_MAX || head->root_attributes > head->attribute_count)
        return false;
    const size_t lists = head->entry_count * sizeof *block->entries +
                         head->chunk_count * sizeof *block->chunks +
                         head->attribute_count * sizeof *block->listed;
    if (size - sizeof *head < lists || size - sizeof *head - lists != head->text_size)
        return false;
    block->head = head;
    block->entries = (const rs_entry *)(block->bytes + sizeof *head);
    block->chunks = (const rs_chunk *)(block->entries + head->entry_count);
    block->listed = (const rs_listed_attribute *)(block->chunks + head->chunk_count);
    block->texts = (const char *)(block->listed + head->attribute_count);
    return head->text_size > 0 && block->texts[head->text_size - 1] == '\0' &&
           block->texts[0] == '\0';
}

static bool good_lists(const listing_block *block, uint64_t file_size)
{
    uint64_t chunks = 0;
    for (size_t i = 0; i < block->head->entry_count; i++) {
        const rs_entry *entry = &block->entries[i];
        if (!good_entry(block, entry, file_size) ||
            (i > 0 && strcmp(block->texts + entry[-1].path, block->texts + entry->path) >= 0))
            return false;
        chunks += entry->chunk_rows > 0 ? rs_chunk_count(entry->extents[0], entry->chunk_rows) : 0;
    }
    for (size_t i = 0; i < block->head->attribute_count; i++)
        if (!good_attribute(block, &block->listed[i]))
            return false;
    /* No chunk belongs to two datasets. */
    return chunks <= block->head->chunk_count && chunks_fit(block, file_size);
}

static rs_status make_attributes(listing_block *block, rs_error *error)
{
    rs_status status = rs_allocate((void **)&block->attributes, block->head->attribute_count,
                                   sizeof *block->attributes, error);
    for (size_t i = 0; status == RS_OK && i < block->head->attribute_count; i++) {
        const rs_listed_attribute *listed = &block->listed[i];
        const bool is_text = listed->type == RS_LISTED_TEXT;
        block->attributes[i] = (rs_attribute){.name = block->texts + listed->name,
                                              .is_text = is_text,
                                              .type = is_text ? RS_INT8 : (rs_type)listed->type,
                                              .count = is_text ? 1 : listed->count,
                                              .value = block->texts + listed->value};
    }
    return status;
}

static void free_block(listing_block *block)
{
    free(block->attributes);
    free(block->bytes);
    *block = (listing_block){0};
}

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
    listing_block *block = &catalogue->file;
    const rs_listed_file wish = {.path = path, .file = file, .whole = whole};
    size_t block_size;
    rs_status status =
        rs_isolate_file(rs_listing_send, &wish, path, size, &block->bytes, &block_size, error);
    if (status != RS_OK)
        return status;
    if (!find_parts(block, block_size) || !good_lists(block, size))
        return rs_isolated_memory_is_short(size)
                   ? rs_isolated_no_memory(path, error)
                   : rs_fail(error, RS_BAD_DATA,
                             "%s: is damaged: its datasets do not lie within it", path);
    if (block->head->status == RS_BAD_DATA && rs_isolated_memory_is_short(size))
        return rs_isolated_no_memory(path, error);
    if (block->head->status != RS_OK)
        return rs_fail(error, (rs_status)block->head->status, "%s", block->head->error);
    return make_attributes(block, error);
}

static rs_status take_directory(rs_catalogue *catalogue, const rs_list *list, uint64_t size,
                                bool *good, rs_error *error)
{
    size_t block_size;
    rs_status status = rs_list_pack(list, &catalogue->directory.bytes, &block_size, error);
    if (status != RS_OK)
        return status;
    *good =
        find_parts(&catalogue->directory, block_size) && good_lists(&catalogue->directory, size);
    if (!*good) {
        free_block(&catalogue->directory);
        return RS_OK;
    }
    return make_attributes(&catalogue->directory, error);
}

static bool same_place(const listing_block *one, const rs_entry *entry, const listing_block *other,
                       const rs_entry *otherwise)
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

static const rs_entry *find_in(const listing_block *block, const char *path)
{
    size_t low = 0, high = block->bytes != NULL ? block->head->entry_count : 0;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        const int order = strcmp(path, block->texts + block->entries[middle].path);
        if (order == 0)
            return &block->entries[middle];
        if (order < 0)
            high = middle;
        else
            low = middle + 1;
    }
    return NULL;
}

/* Whether HDF5 has every dataset of the directory at its place. */
static bool directory_agrees(const rs_catalogue *catalogue)
{
    const listing_block *directory = &catalogue->directory, *file = &catalogue->file;
    for (size_t i = 0; i < directory->head->entry_count; i++) {
        const rs_entry *entry = &directory->entries[i];
        const rs_entry *other = find_in(file, directory->texts + entry->path);
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
    const rs_entry *entry = find_in(&catalogue->file, RS_DIRECTORY_PATH);
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
    const listing_block *directory = &catalogue->directory, *file = &catalogue->file;
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
        status = read_directory(catalogue, file, path, size, &trouble);
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
    free_block(&catalogue->file);
    free_block(&catalogue->directory);
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
    return find_in(catalogue->used, path);
}

const char *rs_catalogue_path(const rs_catalogue *catalogue, const rs_entry *entry)
{
    return catalogue->used->texts + entry->path;
}

const char *rs_catalogue_dimension(const rs_catalogue *catalogue, const rs_entry *entry, int axis)
{
    const listing_block *block = catalogue->used;
    const rs_entry *other = find_in(&catalogue->directory, block->texts + entry->path);
    if (entry->dimensions[axis] == 0 && other != NULL && axis < other->rank) {
        block = &catalogue->directory;
        entry = other;
    }
    return entry->dimensions[axis] != 0 ? block->texts + entry->dimensions[axis] : NULL;
}

const rs_attribute *rs_catalogue_attributes(const rs_catalogue *catalogue, const rs_entry *entry,
                                            size_t *count)
{
    const listing_block *block = catalogue->used;
    const rs_entry *other = find_in(&catalogue->directory, block->texts + entry->path);
    if (other != NULL) {
        block = &catalogue->directory;
        entry = other;
    }
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
    const rs_entry *found = find_in(&catalogue->directory, catalogue->used->texts + entry->path);
    if (found == NULL || !found->has_sum)
        return false;
    *sum = found->sum;
    return true;
}

/* Whether HDF5 lists what the directory does not: added by another program, which changed the
 * structure for it. */
static bool has_additions(const rs_catalogue *catalogue)
{
    const listing_block *directory = &catalogue->directory, *file = &catalogue->file;
    if (file->head->entry_count != directory->head->entry_count + 1 || /* the directory itself */
        file->head->root_attributes > directory->head->root_attributes)
        return true;
    for (size_t i = 0; i < directory->head->entry_count; i++) {
        const rs_entry *entry = &directory->entries[i];
        const rs_entry *other = find_in(file, directory->texts + entry->path);
        if (other == NULL || other->attribute_total > entry->attribute_total)
            return true;
    }
    return false;
}

rs_status rs_catalogue_check_structure(const rs_catalogue *catalogue, int file, const char *path,
                                       bool *intact, rs_error *error)
{
    const listing_block *block = &catalogue->directory;
    uint64_t size;
    rs_stretch *taken = NULL;
    uint32_t sum = 0;
    *intact = true;
    if (catalogue->state != RS_DIRECTORY_INTACT || !block->head->has_structure ||
        has_additions(catalogue))
        return RS_OK;
    rs_status status = file_size(file, path, &size, error);
    if (status != RS_OK || size != block->head->structure_size)
        return status;
    status = rs_allocate((void **)&taken, block->head->entry_count + block->head->chunk_count + 1,
                         sizeof *taken, error);
    if (status != RS_OK)
        return status;
    const rs_entry *own = find_in(&catalogue->file, RS_DIRECTORY_PATH);
    taken[0] = (rs_stretch){own->offset, own->offset + own->extents[0]};
    const size_t total =
        1 + rs_listing_stretches(block->head, block->entries, block->chunks, taken + 1);
    status = rs_structure_sum(file, path, block->head->structure_size, taken, total, UINT64_MAX,
                              &sum, error);
    if (status == RS_OK)
        *intact = sum == block->head->structure_sum;
    free(taken);
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
    const listing_block *directory = &catalogue->directory, *file = &catalogue->file;
    if (directory->bytes == NULL || catalogue->used != file)
        return;
    compare_attributes(directory->attributes, directory->head->root_attributes, file->attributes,
                       file->head->root_attributes, "/", found, context);
    for (size_t i = 0; i < directory->head->entry_count; i++) {
        const rs_entry *entry = &directory->entries[i];
        const char *path = directory->texts + entry->path;
        const rs_entry *other = find_in(file, path);
        if (other == NULL)
            continue;
        compare_shape(catalogue, entry, other, path, found, context);
        compare_attributes(directory->attributes + entry->first_attribute, entry->attribute_total,
                           file->attributes + other->first_attribute, other->attribute_total, path,
                           found, context);
    }
}
