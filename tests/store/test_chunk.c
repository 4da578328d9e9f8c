/* Chunks: compressed and back, refused when they are not what they should be. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "chunk.h"
#include "sample.h"

enum { SIZE = 8 * 1000 };

static void fill(unsigned char bytes[SIZE])
{
    uint32_t state = 1;
    for (size_t i = 0; i < SIZE; i++) {
        state = state * 1664525 + 1013904223;
        bytes[i] = (unsigned char)(i % 8 < 4 ? i / 64 : state >> 24);
    }
}

static int create(void **state)
{
    rs_error error;
    return rs_chunk_coder_create((rs_chunk_coder **)state, &error);
}

static int release(void **state)
{
    rs_chunk_coder_free(*state);
    return 0;
}

/* A copy of its own size, so that reading past its end is noticed by a sanitizer. */
static void *pack(rs_chunk_coder *coder, rs_type type, const void *bytes, size_t *size)
{
    const void *packed;
    rs_error error;
    assert_int_equal(rs_chunk_pack(coder, type, bytes, SIZE, &packed, size, &error), RS_OK);
    void *copy = malloc(*size);
    assert_non_null(copy);
    return memcpy(copy, packed, *size);
}

static bool unpacks(rs_chunk_coder *coder, rs_type type, const void *packed, size_t packed_size,
                    void *bytes, size_t size)
{
    bool intact = true;
    rs_error error;
    assert_int_equal(
        rs_chunk_unpack(coder, type, packed, packed_size, bytes, size, &intact, &error), RS_OK);
    return intact;
}

static void what_is_packed_comes_back(void **state)
{
    unsigned char bytes[SIZE], back[SIZE];
    fill(bytes);
    for (int type = RS_INT8; type <= RS_REAL64; type++) {
        size_t size;
        void *packed = pack(*state, (rs_type)type, bytes, &size);
        assert_in_range(size, 1, rs_chunk_packed_max(SIZE));
        assert_true(rs_chunk_size_max(size) >= SIZE);
        assert_true(unpacks(*state, (rs_type)type, packed, size, back, SIZE));
        assert_memory_equal(back, bytes, SIZE);
        free(packed);
    }
}

/* The same bytes each time, whatever the coder did before. */
static void packing_has_no_memory(void **state)
{
    unsigned char bytes[SIZE], zeros[SIZE] = {0};
    size_t first, between, second;
    fill(bytes);
    void *one = pack(*state, RS_REAL32, bytes, &first);
    void *other = pack(*state, RS_REAL32, zeros, &between);
    void *again = pack(*state, RS_REAL32, bytes, &second);
    assert_int_equal(first, second);
    assert_memory_equal(one, again, first);
    assert_true(between < first);
    free(one);
    free(other);
    free(again);
}

/* A stream that stands for more bytes, or fewer, than the chunk has, is damaged: nothing is written
 * beyond the chunk. */
static void another_size_is_damage(void **state)
{
    unsigned char bytes[SIZE];
    size_t size;
    fill(bytes);
    void *packed = pack(*state, RS_REAL64, bytes, &size), *room = malloc(8 * 100);
    assert_false(unpacks(*state, RS_REAL64, packed, size, room, 8 * 100));
    free(room);
    room = malloc(SIZE + 8);
    assert_false(unpacks(*state, RS_REAL64, packed, size, room, SIZE + 8));
    assert_false(unpacks(*state, RS_REAL64, packed, size - 1, room, SIZE));
    assert_false(unpacks(*state, RS_REAL64, packed, 0, room, SIZE));
    free(room);
    free(packed);
}

/* The stream has a checksum of its own, Adler-32: weak, for rows have a better one. */
static void changed_bytes_are_noticed(void **state)
{
    unsigned char bytes[SIZE], back[SIZE];
    size_t size, unnoticed = 0;
    fill(bytes);
    unsigned char *packed = pack(*state, RS_REAL32, bytes, &size);
    for (size_t i = 0; i < size; i++)
        for (int bit = 0; bit < 8; bit += 3) {
            packed[i] ^= (unsigned char)(1 << bit);
            unnoticed += unpacks(*state, RS_REAL32, packed, size, back, SIZE) &&
                         memcmp(back, bytes, SIZE) != 0;
            packed[i] ^= (unsigned char)(1 << bit);
        }
    assert_in_range(unnoticed, 0, size / 500);
    free(packed);
}

/* HDF5 takes no chunk that is longer than its dataset; and see chunk.h. */
static void chunks_keep_their_bounds(void **state)
{
    (void)state;
    static const uint64_t rows[] = {1, 2, 3, 1000, 65537, 1000000, 2147483647};
    static const uint64_t columns[] = {1, 2, 101, 5000, 1000000, 2147483647};
    rs_dataset datasets[RS_DATA_ROOT_TOTAL + 1] = {{.rank = 0}};
    rs_layout layout = {.datasets = datasets};
    for (layout.group_total = 1; layout.group_total <= 4096; layout.group_total *= 8)
        for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
            for (size_t j = 0; j < sizeof columns / sizeof columns[0]; j++)
                for (int place = 0; place <= RS_DATA_ROOT_TOTAL; place += RS_DATA_ROOT_TOTAL) {
                    datasets[place] = (rs_dataset){
                        .type = RS_REAL64, .rank = 2, .extents = {rows[i], columns[j]}};
                    const uint64_t chunk = rs_chunk_rows(&layout, &datasets[place]);
                    if (chunk == 0)
                        continue;
                    assert_in_range(chunk, 1, rows[i]);
                    assert_in_range(chunk * columns[j] * 8, 8, RS_CHUNK_BYTES_MAX);
                    assert_in_range(rs_chunk_count(rows[i], chunk), 1, RS_CHUNKS_MAX);
                }
    datasets[0] = (rs_dataset){.type = RS_REAL64, .rank = 2, .extents = {1000000, 101}};
    assert_in_range(rs_chunk_rows(&layout, &datasets[0]), 300, 400);
    datasets[0] = (rs_dataset){.type = RS_INT8, .rank = 1, .extents = {10}};
    assert_int_equal(rs_chunk_rows(&layout, &datasets[0]), 0);
}

int main(void)
{
#define WITH_CODER(test) cmocka_unit_test_setup_teardown(test, create, release)
    const struct CMUnitTest tests[] = {
        WITH_CODER(what_is_packed_comes_back),      WITH_CODER(packing_has_no_memory),
        WITH_CODER(another_size_is_damage),         WITH_CODER(changed_bytes_are_noticed),
        cmocka_unit_test(chunks_keep_their_bounds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
