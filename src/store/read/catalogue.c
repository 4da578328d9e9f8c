#include "catalogue.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "isolate.h"
#include "memory.h"

typedef struct attribute {
    const char *name, *value;
} attribute;

struct rs_catalogue {
    char *letter; /* as rs_listing_send wrote it; the rest leads into it */
    const rs_listing *head;
    const rs_entry *entries;
    const rs_chunk *chunks;
    attribute *attributes;
};

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

/* ---- The letter: from a process that read an unknown file, so that nothing in it is trusted ----
 */

/* Whether the chunks of an entry may be its bytes, compressed. `bytes` of all the rows. */
static bool good_chunks(const rs_catalogue *catalogue, const rs_entry *entry, uint64_t bytes)
{
    const uint64_t total = entry->extents[0], row_bytes = total > 0 ? bytes / total : 0;
    if (total == 0 || row_bytes == 0 || entry->chunk_rows > RS_CHUNK_BYTES_MAX / row_bytes)
        return false;
    const uint64_t size = entry->chunk_rows * row_bytes;
    const uint64_t count = rs_chunk_count(total, entry->chunk_rows);
    if (entry->first_chunk > catalogue->head->chunk_count ||
        count > catalogue->head->chunk_count - entry->first_chunk)
        return false;
    for (uint64_t i = 0; i < count; i++) {
        const rs_chunk *chunk = &catalogue->chunks[entry->first_chunk + i];
        if (chunk->size > rs_chunk_packed_max(size) || rs_chunk_size_max(chunk->size) < size)
            return false;
    }
    return true;
}

/* Whether all its bytes lie within the file: no product of hostile extents may overflow. */
static bool good_entry(const rs_catalogue *catalogue, const rs_entry *entry, uint64_t file_size)
{
    if (memchr(entry->path, '\0', sizeof entry->path) == NULL || (int)entry->type < RS_INT8 ||
        (int)entry->type > RS_REAL64 || entry->rank < 1 || entry->rank > RS_RANK_MAX)
        return false;
    uint64_t bytes = rs_type_size(entry->type);
    for (int axis = 0; axis < entry->rank; axis++)
        if (__builtin_mul_overflow(bytes, entry->extents[axis], &bytes))
            return false;
    if (entry->chunk_rows > 0)
        return good_chunks(catalogue, entry, bytes);
    return entry->offset <= file_size && bytes <= file_size - entry->offset;
}

/* Chunks lie within the file, and together have no more bytes than it: so what they decompress to
 * is in proportion to the file. */
static bool chunks_fit(const rs_catalogue *catalogue, uint64_t file_size)
{
    uint64_t left = file_size;
    for (size_t i = 0; i < catalogue->head->chunk_count; i++) {
        const rs_chunk *chunk = &catalogue->chunks[i];
        if (chunk->size > left || chunk->offset > file_size - chunk->size)
            return false;
        left -= chunk->size;
    }
    return true;
}

static bool take_entries(rs_catalogue *catalogue, size_t size, uint64_t file_size)
{
    const rs_listing *head = catalogue->head;
    if (size < sizeof *head || head->entry_count > RS_ENTRIES_MAX ||
        head->chunk_count > RS_LISTED_CHUNKS_MAX || head->attribute_count > RS_ATTRIBUTES_MAX ||
        memchr(head->error, '\0', sizeof head->error) == NULL)
        return false;
    const size_t lists = head->entry_count * sizeof *catalogue->entries +
                         head->chunk_count * sizeof *catalogue->chunks;
    if (size - sizeof *head < lists || size - sizeof *head - lists != head->text_size)
        return false;
    catalogue->chunks = (const rs_chunk *)(catalogue->entries + head->entry_count);
    uint64_t chunks = 0;
    for (size_t i = 0; i < head->entry_count; i++) {
        const rs_entry *entry = &catalogue->entries[i];
        if (!good_entry(catalogue, entry, file_size))
            return false;
        chunks += entry->chunk_rows > 0 ? rs_chunk_count(entry->extents[0], entry->chunk_rows) : 0;
    }
    /* No chunk is of two datasets. */
    return chunks <= head->chunk_count && chunks_fit(catalogue, file_size);
}

static bool take_attributes(rs_catalogue *catalogue)
{
    const rs_listing *head = catalogue->head;
    const char *text = (const char *)(catalogue->chunks + head->chunk_count);
    const char *end = text + head->text_size;
    for (size_t i = 0; i < 2 * head->attribute_count; i++) {
        const char *next = memchr(text, '\0', (size_t)(end - text));
        if (next == NULL)
            return false;
        if (i % 2 == 0)
            catalogue->attributes[i / 2].name = text;
        else
            catalogue->attributes[i / 2].value = text;
        text = next + 1;
    }
    return true;
}

/* Far more than HDF5 needs to list a good file of that size; what is damaged may ask for any. */
static rs_isolated_limits limits_of(uint64_t file_size)
{
    const uint64_t megabytes = file_size >> 20, most = 1024;
    const uint64_t counted = megabytes < most ? megabytes : most;
    return (rs_isolated_limits){.seconds = (unsigned)(5 + counted / 20),
                                .bytes = (64 + 2 * counted) << 20};
}

/* Whether this process could not have what the child needed: no fault of the file. */
static bool memory_is_short(uint64_t bytes)
{
    void *probe = malloc(bytes);
    free(probe);
    return probe == NULL;
}

static rs_status no_memory(const char *path, rs_error *error)
{
    return rs_fail(error, RS_NO_MEMORY,
                   "%s: cannot be read: memory is short (`ulimit -v`, or the limit of the job)",
                   path);
}

/* Says why there is no listing. The file is blamed only for what is its fault. */
static rs_status explain_end(rs_isolated_end end, const rs_isolated_limits *limits,
                             const char *path, rs_error *error)
{
    if (end == RS_ISOLATED_SLOW)
        return rs_fail(error, RS_BAD_DATA,
                       "%s: is damaged: the HDF5 library is not done with it after %u s", path,
                       limits->seconds);
    if (end == RS_ISOLATED_KILLED)
        return rs_fail(error, RS_IO,
                       "%s: cannot be read: the process that read it was killed, as the system "
                       "does when memory or a limit of CPU time runs out; the file may be whole",
                       path);
    return rs_fail(error, RS_BAD_DATA, "%s: is damaged: the HDF5 library crashes on it", path);
}

static rs_status read_letter(rs_catalogue *catalogue, int file, const char *path, uint64_t size,
                             rs_error *error)
{
    const rs_listed_file listed = {.file = file, .path = path};
    size_t letter_size;
    rs_isolated_end end;
    const rs_isolated_limits limits = limits_of(size);
    rs_status status = rs_isolate(rs_listing_send, &listed, &limits, &catalogue->letter,
                                  &letter_size, &end, error);
    if (status != RS_OK)
        return status;
    catalogue->head = (const rs_listing *)catalogue->letter;
    catalogue->entries = (const rs_entry *)(catalogue->letter + sizeof *catalogue->head);
    if (end == RS_ISOLATED_CRASHED && memory_is_short(limits.bytes))
        return no_memory(path, error);
    if (end != RS_ISOLATED_WELL)
        return explain_end(end, &limits, path, error);
    if (!take_entries(catalogue, letter_size, size))
        return rs_fail(error, RS_BAD_DATA, "%s: is damaged: its datasets do not lie within it",
                       path);
    if (catalogue->head->status == RS_BAD_DATA && memory_is_short(limits.bytes))
        return no_memory(path, error);
    if (catalogue->head->status != RS_OK)
        return rs_fail(error, catalogue->head->status, "%s", catalogue->head->error);
    if ((status = rs_allocate((void **)&catalogue->attributes, catalogue->head->attribute_count,
                              sizeof *catalogue->attributes, error)) != RS_OK)
        return status;
    if (!take_attributes(catalogue))
        return rs_fail(error, RS_BAD_DATA, "%s: is damaged: its attributes are no texts", path);
    return RS_OK;
}

rs_status rs_catalogue_read(rs_catalogue **catalogue, int file, const char *path, rs_error *error)
{
    rs_catalogue *fresh = NULL;
    uint64_t size = 0;
    rs_status status;
    if ((status = file_size(file, path, &size, error)) != RS_OK ||
        (status = rs_allocate((void **)&fresh, 1, sizeof *fresh, error)) != RS_OK)
        return status;
    status = read_letter(fresh, file, path, size, error);
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
    free(catalogue->attributes);
    free(catalogue->letter);
    free(catalogue);
}

/* ---- Asking ---------------------------------------------------------------------------------- */

size_t rs_catalogue_count(const rs_catalogue *catalogue)
{
    return catalogue->head->entry_count;
}

size_t rs_catalogue_index(const rs_catalogue *catalogue, const rs_entry *entry)
{
    return (size_t)(entry - catalogue->entries);
}

const rs_chunk *rs_catalogue_chunks(const rs_catalogue *catalogue, const rs_entry *entry)
{
    return catalogue->chunks + entry->first_chunk;
}

uint64_t rs_entry_row_bytes(const rs_entry *entry)
{
    uint64_t bytes = rs_type_size(entry->type);
    for (int axis = 1; axis < entry->rank; axis++)
        bytes *= entry->extents[axis];
    return bytes;
}

int32_t rs_catalogue_layout_version(const rs_catalogue *catalogue)
{
    return catalogue->head->layout_version;
}

static int compare_path(const void *path, const void *entry)
{
    return strcmp(path, ((const rs_entry *)entry)->path);
}

const rs_entry *rs_catalogue_find(const rs_catalogue *catalogue, const char *path)
{
    return bsearch(path, catalogue->entries, catalogue->head->entry_count,
                   sizeof *catalogue->entries, compare_path);
}

const char *rs_catalogue_attribute(const rs_catalogue *catalogue, const char *name)
{
    for (size_t i = 0; i < catalogue->head->attribute_count; i++)
        if (strcmp(catalogue->attributes[i].name, name) == 0)
            return catalogue->attributes[i].value;
    return NULL;
}

bool rs_catalogue_attribute_at(const rs_catalogue *catalogue, size_t index, const char **name,
                               const char **value)
{
    if (index >= catalogue->head->attribute_count)
        return false;
    *name = catalogue->attributes[index].name;
    *value = catalogue->attributes[index].value;
    return true;
}
