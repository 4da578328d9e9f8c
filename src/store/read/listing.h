/* Lists an HDF5 file: the part of reading that is HDF5's. Run by catalogue.c in a child process. */
#ifndef RS_LISTING_H
#define RS_LISTING_H

#include "chunk.h"

/* One dataset of one of our types and of rank 1 to RS_RANK_MAX: contiguous, or in chunks of whole
 * rows that went through the filters of chunk.h. */
typedef struct rs_entry {
    char path[RS_DATASET_PATH];
    rs_type type;
    int rank;
    uint64_t extents[RS_RANK_MAX];
    uint64_t offset;      /* when contiguous */
    uint64_t chunk_rows;  /* 0: contiguous */
    uint64_t first_chunk; /* of the chunks that are sent: its own are together, in rising order */
} rs_entry;

/* A results file has at most 4096 groups of 12 datasets. */
enum { RS_ENTRIES_MAX = 100000, RS_ATTRIBUTES_MAX = 1000, RS_LISTED_CHUNKS_MAX = 1 << 22 };

/* The head of what is sent. After it come the entries, sorted by path, then the chunks (rs_chunk),
 * and then for each text attribute of the root its name and value, each ending in NUL: text_size
 * bytes in all. */
typedef struct rs_listing {
    rs_status status;
    char error[RS_ERROR_TEXT];
    int32_t layout_version; /* the attribute rnnsweep_layout, 0 without one */
    size_t entry_count, chunk_count, attribute_count, text_size;
} rs_listing;

/* A file to list; `path` is for messages. */
typedef struct rs_listed_file {
    int file;
    const char *path;
} rs_listed_file;

/* Writes the listing of a file (const rs_listed_file *) to `out`: an rs_isolated_work. */
bool rs_listing_send(const void *listed, int out);

#endif
