/* A listing (listing.h) as one block of bytes, with pointers into it. The block may come from a
 * process that read an unknown file: nothing in it is trusted. */
#ifndef RS_LISTING_BLOCK_H
#define RS_LISTING_BLOCK_H

#include "listing.h"

typedef struct rs_listing_block {
    char *bytes; /* owned; NULL: none */
    const rs_listing *head;
    const rs_entry *entries;
    const rs_chunk *chunks;
    const rs_listed_attribute *listed;
    const char *texts;
    rs_attribute *attributes; /* [attribute_count], owned */
} rs_listing_block;

/* Finds the parts of block->bytes, of `size` bytes. False when these are no listing, or one whose
 * datasets do not lie within a file of `file_size` bytes. */
bool rs_listing_block_parse(rs_listing_block *block, size_t size, uint64_t file_size);

/* Makes block->attributes[] of a block that was parsed. RS_NO_MEMORY. */
rs_status rs_listing_block_attributes(rs_listing_block *block, rs_error *error);

/* The entry of a path, or NULL; also of a block that is none. */
const rs_entry *rs_listing_block_find(const rs_listing_block *block, const char *path);

/* Frees what the block owns, and clears it. */
void rs_listing_block_free(rs_listing_block *block);

#endif
