#include "listing_block.h"

#include <stdlib.h>
#include <string.h>

#include "memory.h"

/* Whether the chunks of an entry may be its bytes, compressed. `bytes` of all the rows. */
static bool good_chunks(const rs_listing_block *block, const rs_entry *entry, uint64_t bytes)
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
static bool good_names(const rs_listing_block *block, const rs_entry *entry)
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
static bool good_entry(const rs_listing_block *block, const rs_entry *entry, uint64_t file_size)
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
static bool chunks_fit(const rs_listing_block *block, uint64_t file_size)
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

static bool good_attribute(const rs_listing_block *block, const rs_listed_attribute *attribute)
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
static bool find_parts(rs_listing_block *block, size_t size)
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

static bool good_lists(const rs_listing_block *block, uint64_t file_size)
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

bool rs_listing_block_parse(rs_listing_block *block, size_t size, uint64_t file_size)
{
    return find_parts(block, size) && good_lists(block, file_size);
}

rs_status rs_listing_block_attributes(rs_listing_block *block, rs_error *error)
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

void rs_listing_block_free(rs_listing_block *block)
{
    free(block->attributes);
    free(block->bytes);
    *block = (rs_listing_block){0};
}

const rs_entry *rs_listing_block_find(const rs_listing_block *block, const char *path)
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
