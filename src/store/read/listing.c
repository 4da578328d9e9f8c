#include "listing.h"

#include <stdlib.h>
#include <string.h>

#include "memory.h"

uint64_t rs_entry_row_bytes(const rs_entry *entry)
{
    uint64_t bytes = rs_type_size((rs_type)entry->type);
    for (int axis = 1; axis < entry->rank; axis++)
        bytes *= entry->extents[axis];
    return bytes;
}

static bool fail(rs_list *list, const char *what)
{
    rs_fail(&list->error, RS_BAD_DATA, "too many %s for a results file", what);
    return false;
}

static bool room_for(rs_list *list, void **block, size_t *room, size_t want, size_t size)
{
    return rs_grow(block, room, want, size, &list->error) == RS_OK;
}

/* Room for `size` bytes of text. */
static char *room_for_text(rs_list *list, size_t size)
{
    const size_t used = list->head.text_size;
    if (size > list->text_most - used) {
        fail(list, "texts");
        return NULL;
    }
    return room_for(list, (void **)&list->texts, &list->text_room, used + size, 1)
               ? list->texts + used
               : NULL;
}

bool rs_list_text(rs_list *list, const char *text, uint64_t *place)
{
    const size_t size = strlen(text) + 1;
    if (size == 1 && list->head.text_size > 0) {
        *place = 0;
        return true;
    }
    char *to = room_for_text(list, size);
    if (to == NULL)
        return false;
    memcpy(to, text, size);
    *place = list->head.text_size;
    list->head.text_size += size;
    return true;
}

bool rs_list_begin(rs_list *list, uint64_t text_most)
{
    uint64_t place;
    *list = (rs_list){.text_most = text_most < RS_TEXTS_MAX ? (size_t)text_most : RS_TEXTS_MAX};
    return rs_list_text(list, "", &place);
}

rs_entry *rs_list_entry(rs_list *list, const char *path)
{
    rs_entry entry = {.first_attribute = list->head.attribute_count,
                      .first_chunk = list->head.chunk_count};
    if (list->head.entry_count == RS_ENTRIES_MAX) {
        fail(list, "datasets");
        return NULL;
    }
    if (!room_for(list, (void **)&list->entries, &list->entry_room, list->head.entry_count + 1,
                  sizeof *list->entries) ||
        !rs_list_text(list, path, &entry.path))
        return NULL;
    list->entries[list->head.entry_count] = entry;
    return &list->entries[list->head.entry_count++];
}

bool rs_list_chunk(rs_list *list, rs_chunk chunk)
{
    if (list->head.chunk_count == RS_LISTED_CHUNKS_MAX)
        return fail(list, "chunks");
    if (!room_for(list, (void **)&list->chunks, &list->chunk_room, list->head.chunk_count + 1,
                  sizeof *list->chunks))
        return false;
    list->chunks[list->head.chunk_count++] = chunk;
    return true;
}

static bool add_attribute(rs_list *list, rs_listed_attribute attribute)
{
    if (list->head.attribute_count == RS_ATTRIBUTES_MAX)
        return fail(list, "attributes");
    if (!room_for(list, (void **)&list->attributes, &list->attribute_room,
                  list->head.attribute_count + 1, sizeof *list->attributes))
        return false;
    list->attributes[list->head.attribute_count++] = attribute;
    if (list->head.entry_count == 0)
        list->head.root_attributes++;
    else
        list->entries[list->head.entry_count - 1].attribute_total++;
    return true;
}

bool rs_list_text_attribute(rs_list *list, const char *name, const char *value)
{
    rs_listed_attribute attribute = {.type = RS_LISTED_TEXT, .count = 1};
    return rs_list_text(list, name, &attribute.name) &&
           rs_list_text(list, value, &attribute.value) && add_attribute(list, attribute);
}

bool rs_list_numbers(rs_list *list, const char *name, rs_type type, const void *numbers,
                     size_t count)
{
    rs_listed_attribute attribute = {.type = (int32_t)type, .count = count};
    const size_t size = rs_type_size(type) * count;
    if (count > RS_TEXTS_MAX / sizeof(double))
        return fail(list, "numbers in an attribute");
    if (!rs_list_text(list, name, &attribute.name))
        return false;
    const size_t padding = -list->head.text_size % 8;
    char *to = room_for_text(list, padding + size + 1);
    if (to == NULL)
        return false;
    memset(to, 0, padding);
    memcpy(to + padding, numbers, size);
    to[padding + size] = '\0';
    attribute.value = list->head.text_size + padding;
    list->head.text_size += padding + size + 1;
    return add_attribute(list, attribute);
}

size_t rs_listing_stretches(const rs_listing *head, const rs_entry *entries, const rs_chunk *chunks,
                            rs_stretch *taken)
{
    size_t total = 0;
    for (size_t i = 0; i < head->entry_count; i++)
        if (entries[i].chunk_rows == 0)
            taken[total++] = (rs_stretch){entries[i].offset,
                                          entries[i].offset + entries[i].extents[0] *
                                                                  rs_entry_row_bytes(&entries[i])};
    for (size_t i = 0; i < head->chunk_count; i++)
        taken[total++] = (rs_stretch){chunks[i].offset, chunks[i].offset + chunks[i].size};
    return total;
}

static int compare_entries(const void *a, const void *b, void *texts)
{
    return strcmp((const char *)texts + ((const rs_entry *)a)->path,
                  (const char *)texts + ((const rs_entry *)b)->path);
}

void rs_list_sort(rs_list *list)
{
    if (list->head.entry_count > 1)
        qsort_r(list->entries, list->head.entry_count, sizeof *list->entries, compare_entries,
                list->texts);
}

void rs_list_free(rs_list *list)
{
    free(list->entries);
    free(list->chunks);
    free(list->attributes);
    free(list->texts);
    *list = (rs_list){0};
}

static char *append(char *to, const void *bytes, size_t size)
{
    if (size > 0)
        memcpy(to, bytes, size);
    return to + size;
}

rs_status rs_list_pack(const rs_list *list, char **block, size_t *size, rs_error *error)
{
    const size_t entries = list->head.entry_count * sizeof *list->entries;
    const size_t chunks = list->head.chunk_count * sizeof *list->chunks;
    const size_t attributes = list->head.attribute_count * sizeof *list->attributes;
    void *packed = NULL;
    *size = sizeof list->head + entries + chunks + attributes + list->head.text_size;
    rs_status status = rs_allocate(&packed, *size, 1, error);
    if (status != RS_OK)
        return status;
    char *to = append(packed, &list->head, sizeof list->head);
    to = append(to, list->entries, entries);
    to = append(to, list->chunks, chunks);
    to = append(to, list->attributes, attributes);
    append(to, list->texts, list->head.text_size);
    *block = packed;
    return RS_OK;
}
