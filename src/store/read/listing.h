/* The contents of an HDF5 file as one block of plain data: its datasets with type, extents and
 * place, and their and the root's attributes. It comes from HDF5 (list_file.c, in a separate
 * process) or from the directory that a results file has besides HDF5's metadata (directory.c). */
#ifndef RS_LISTING_H
#define RS_LISTING_H

#include "chunk.h"
#include "structure.h"

/* One dataset of one of our types and of rank 1 to RS_RANK_MAX: contiguous, or in chunks of whole
 * rows that went through the filters of chunk.h. Texts are places in the block's texts. */
typedef struct rs_entry {
    uint64_t path;
    int32_t type, rank; /* rs_type */
    uint64_t extents[RS_RANK_MAX];
    uint64_t dimensions[RS_RANK_MAX]; /* names of scales; the text at 0 is empty: none */
    uint64_t offset;                  /* when contiguous */
    uint64_t chunk_rows;              /* 0: contiguous */
    uint64_t first_chunk;             /* of all chunks: its own are together, in rising order */
    uint64_t first_attribute, attribute_total;
    double fill;       /* with has_fill: what it holds where nothing was written */
    uint32_t has_fill; /* HDF5's fill value is not its own default */
    uint32_t has_sum;  /* of a directory: `sum` is the CRC-32C of all its bytes */
    uint32_t sum;
    uint32_t zero;
} rs_entry;

uint64_t rs_entry_row_bytes(const rs_entry *entry);

typedef struct rs_listed_attribute {
    uint64_t name, value; /* texts; or numbers, at a multiple of 8 */
    int32_t type;         /* rs_type, or RS_LISTED_TEXT */
    int32_t zero;
    uint64_t count; /* of numbers */
} rs_listed_attribute;

enum { RS_LISTED_TEXT = -1 };

/* Bounds on what is taken from an unknown file. */
enum {
    RS_ENTRIES_MAX = 1 << 20,
    RS_ATTRIBUTES_MAX = 1 << 22,
    RS_LISTED_CHUNKS_MAX = 1 << 22,
    RS_TEXTS_MAX = 1 << 28
};

/* The head of the block. After it come the entries, sorted by path, then the chunks (rs_chunk), the
 * attributes (those of the root first, then those of each entry), and the texts, each ending in
 * NUL. */
typedef struct rs_listing {
    int32_t status;         /* rs_status */
    int32_t layout_version; /* the attribute rnnsweep_layout, 0 without one */
    char error[RS_ERROR_TEXT];
    uint64_t entry_count, chunk_count, attribute_count, root_attributes, text_size;
    /* Of a directory that has it: the file's size, and rs_structure_sum of that much. */
    uint64_t structure_size;
    uint32_t has_structure, structure_sum;
} rs_listing;

/* A listing under construction. */
typedef struct rs_list {
    rs_listing head;
    rs_entry *entries;
    rs_chunk *chunks;
    rs_listed_attribute *attributes;
    char *texts;
    size_t entry_room, chunk_room, attribute_room, text_room;
    size_t text_most; /* bytes of texts */
    rs_error error;
} rs_list;

/* Each adds one and sets list->error when it cannot: too many, or no memory. The first text is
 * empty. Attributes belong to the entry added last. Texts of a good file stand in it once, but
 * others let many attributes share one: together they may have `text_most` bytes. */
bool rs_list_begin(rs_list *list, uint64_t text_most);
rs_entry *rs_list_entry(rs_list *list, const char *path); /* NULL when it fails */
bool rs_list_text(rs_list *list, const char *text, uint64_t *place);
bool rs_list_chunk(rs_list *list, rs_chunk chunk);
bool rs_list_text_attribute(rs_list *list, const char *name, const char *value);
bool rs_list_numbers(rs_list *list, const char *name, rs_type type, const void *numbers,
                     size_t count);
void rs_list_sort(rs_list *list);

/* Where the datasets of a list stand in the file; returns how many stretches. taken:
 * [entry_count + chunk_count]. */
size_t rs_listing_stretches(const rs_listing *head, const rs_entry *entries, const rs_chunk *chunks,
                            rs_stretch *taken);
void rs_list_free(rs_list *list);

/* Makes the block of one: *size bytes, to be freed. RS_NO_MEMORY. */
rs_status rs_list_pack(const rs_list *list, char **block, size_t *size, rs_error *error);

/* Writes the listing of a file to `out`: an rs_isolated_work, of an rs_listed_file. */
typedef struct rs_listed_file {
    const char *path; /* for messages */
    int file;         /* open on it */
    bool whole; /* also what is only for other readers: attributes of datasets that are known */
} rs_listed_file;
bool rs_listing_send(const void *wish, int out);

/* The same in this process, of a file that can be trusted. Not at the same time as another call of
 * this layer. RS_BAD_DATA, RS_NO_MEMORY. */
rs_status rs_listing_collect(rs_list *list, int file, const char *path, bool whole,
                             rs_error *error);

#endif
