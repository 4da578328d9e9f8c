#include "chunk.h"

#include <libdeflate.h>
#include <stdlib.h>

#include "memory.h"

enum {
    LEVEL = 6,
    DEFLATE_RATIO = 1032,
    WORTHWHILE_BYTES = 1024,
    /* Fits into HDF5's cache for each open dataset, 1 MB. */
    CHUNK_BYTES = 1 << 18,
    /* Reading row by row keeps a chunk of each dataset of all groups in memory, so many groups have
     * smaller chunks. */
    GROUPS_CHUNK_BYTES = 1 << 22,
    GROUP_CHUNK_BYTES_MIN = 1 << 14
};

struct rs_chunk_coder {
    struct libdeflate_compressor *compressor;
    struct libdeflate_decompressor *decompressor;
    void *shuffled, *packed;
    size_t shuffled_room, packed_room;
};

/* ---- Sizes ----------------------------------------------------------------------------------- */

static uint64_t least(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

static uint64_t most(uint64_t a, uint64_t b)
{
    return a > b ? a : b;
}

uint64_t rs_chunk_count(uint64_t total, uint64_t rows)
{
    return total / rows + (total % rows > 0);
}

uint64_t rs_chunk_rows(const rs_layout *layout, const rs_dataset *dataset)
{
    const uint64_t share = GROUPS_CHUNK_BYTES / (layout->group_total > 0 ? layout->group_total : 1);
    const uint64_t size =
        dataset->of_group ? least(CHUNK_BYTES, most(GROUP_CHUNK_BYTES_MIN, share)) : CHUNK_BYTES;
    const uint64_t row_bytes = rs_dataset_row_bytes(dataset), total = dataset->extents[0];
    const uint64_t rows =
        most(least(most(size / row_bytes, 1), total), rs_chunk_count(total, RS_CHUNKS_MAX));
    if (rs_dataset_bytes(dataset) < WORTHWHILE_BYTES || rows > RS_CHUNK_BYTES_MAX / row_bytes)
        return 0;
    return rows;
}

uint64_t rs_chunk_packed_max(uint64_t size)
{
    return libdeflate_zlib_compress_bound(NULL, size);
}

uint64_t rs_chunk_size_max(uint64_t packed_size)
{
    return packed_size > UINT64_MAX / DEFLATE_RATIO ? UINT64_MAX : packed_size * DEFLATE_RATIO;
}

/* ---- The filters ----------------------------------------------------------------------------- */

rs_status rs_chunk_coder_create(rs_chunk_coder **coder, rs_error *error)
{
    rs_chunk_coder *fresh = NULL;
    rs_status status = rs_allocate((void **)&fresh, 1, sizeof *fresh, error);
    if (status != RS_OK)
        return status;
    fresh->compressor = libdeflate_alloc_compressor(LEVEL);
    fresh->decompressor = libdeflate_alloc_decompressor();
    if (fresh->compressor == NULL || fresh->decompressor == NULL) {
        rs_chunk_coder_free(fresh);
        return rs_fail(error, RS_NO_MEMORY, "out of memory for compression");
    }
    *coder = fresh;
    return RS_OK;
}

void rs_chunk_coder_free(rs_chunk_coder *coder)
{
    if (coder == NULL)
        return;
    libdeflate_free_compressor(coder->compressor);
    libdeflate_free_decompressor(coder->decompressor);
    free(coder->shuffled);
    free(coder->packed);
    free(coder);
}

/* HDF5's shuffle: the first bytes of all elements, then their second bytes, and so on. */
static void shuffle(const unsigned char *from, unsigned char *to, size_t count, size_t size)
{
    for (size_t byte = 0; byte < size; byte++)
        for (size_t i = 0; i < count; i++)
            to[byte * count + i] = from[i * size + byte];
}

static void unshuffle(const unsigned char *from, unsigned char *to, size_t count, size_t size)
{
    for (size_t byte = 0; byte < size; byte++)
        for (size_t i = 0; i < count; i++)
            to[i * size + byte] = from[byte * count + i];
}

rs_status rs_chunk_pack(rs_chunk_coder *coder, rs_type type, const void *bytes, size_t size,
                        const void **packed, size_t *packed_size, rs_error *error)
{
    const size_t element = rs_type_size(type), room = rs_chunk_packed_max(size);
    rs_status status;
    if ((status = rs_grow(&coder->shuffled, &coder->shuffled_room, size, 1, error)) != RS_OK ||
        (status = rs_grow(&coder->packed, &coder->packed_room, room, 1, error)) != RS_OK)
        return status;
    shuffle(bytes, coder->shuffled, size / element, element);
    *packed_size =
        libdeflate_zlib_compress(coder->compressor, coder->shuffled, size, coder->packed, room);
    *packed = coder->packed;
    return *packed_size > 0 ? RS_OK
                            : rs_fail(error, RS_INTERNAL, "cannot compress %zu bytes", size);
}

rs_status rs_chunk_unpack(rs_chunk_coder *coder, rs_type type, const void *packed,
                          size_t packed_size, void *bytes, size_t size, bool *intact,
                          rs_error *error)
{
    const size_t element = rs_type_size(type);
    rs_status status = rs_grow(&coder->shuffled, &coder->shuffled_room, size, 1, error);
    if (status != RS_OK)
        return status;
    *intact = libdeflate_zlib_decompress(coder->decompressor, packed, packed_size, coder->shuffled,
                                         size, NULL) == LIBDEFLATE_SUCCESS;
    if (*intact)
        unshuffle(coder->shuffled, bytes, size / element, element);
    return RS_OK;
}
