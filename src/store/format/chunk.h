/* Compressed datasets: blocks of consecutive rows (HDF5's chunks), each of them as HDF5's filters
 * shuffle and deflate make it, so that every reader of HDF5 opens the file. The library does both
 * here, in C and a buffer at a time, because it is faster than HDF5's filters and because reading
 * must not leave the bounds of a buffer whatever the bytes are. */
#ifndef RS_CHUNK_H
#define RS_CHUNK_H

#include "layout.h"

/* Limits for writing and reading. The number is per dataset: HDF5 1.10 takes time proportional to
 * its square to list the places of chunks. */
enum { RS_CHUNK_BYTES_MAX = 1 << 28, RS_CHUNKS_MAX = 4096 };

/* Where a chunk's compressed bytes are in the file. */
typedef struct rs_chunk {
    uint64_t offset, size;
} rs_chunk;

/* Rows of one chunk of a dataset in a compressed file, at most all of them; 0 if the dataset is
 * stored uncompressed, because it is small or its rows are too long. */
uint64_t rs_chunk_rows(const rs_layout *layout, const rs_dataset *dataset);

/* The number of chunks of `rows` rows for `total` rows. The last one may be partly empty, but has
 * its full size. */
uint64_t rs_chunk_count(uint64_t total, uint64_t rows);

/* The most bytes that a chunk of `size` bytes becomes, and the most bytes that one of `packed_size`
 * can have been: no deflated byte stands for more than 1032. */
uint64_t rs_chunk_packed_max(uint64_t size);
uint64_t rs_chunk_size_max(uint64_t packed_size);

/* Compresses and decompresses; one thread at a time. */
typedef struct rs_chunk_coder rs_chunk_coder;
rs_status rs_chunk_coder_create(rs_chunk_coder **coder, rs_error *error);
void rs_chunk_coder_free(rs_chunk_coder *coder); /* accepts NULL */

/* Compresses `size` bytes of elements of the type to *packed, of *packed_size bytes, which belongs
 * to the coder and holds until its next call. The same bytes give the same result on every machine.
 * RS_NO_MEMORY. */
rs_status rs_chunk_pack(rs_chunk_coder *coder, rs_type type, const void *bytes, size_t size,
                        const void **packed, size_t *packed_size, rs_error *error);

/* The reverse. *intact: they are the compressed form of exactly `size` bytes, which are then in
 * bytes[]. RS_NO_MEMORY. */
rs_status rs_chunk_unpack(rs_chunk_coder *coder, rs_type type, const void *packed,
                          size_t packed_size, void *bytes, size_t size, bool *intact,
                          rs_error *error);

#endif
