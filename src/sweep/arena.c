#include "arena.h"

#include <stdalign.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "memory.h"

enum { CHUNK_BYTES = 64 * 1024 };

typedef struct chunk {
    struct chunk *next;
    size_t used, size;
    alignas(max_align_t) unsigned char bytes[];
} chunk;

struct rs_arena {
    chunk *chunks; /* the first has the free space */
    bool failed;
};

rs_status rs_arena_create(rs_arena **arena, rs_error *error)
{
    void *block;
    rs_status status = rs_allocate(&block, 1, sizeof(rs_arena), error);
    if (status == RS_OK)
        *arena = block;
    return status;
}

void rs_arena_free(rs_arena *arena)
{
    if (arena == NULL)
        return;
    for (chunk *each = arena->chunks, *next; each != NULL; each = next) {
        next = each->next;
        free(each);
    }
    free(arena);
}

static chunk *add_chunk(rs_arena *arena, size_t bytes)
{
    size_t size = bytes > CHUNK_BYTES ? bytes : CHUNK_BYTES;
    void *block;
    if (size > SIZE_MAX - sizeof(chunk) ||
        rs_allocate(&block, 1, sizeof(chunk) + size, NULL) != RS_OK)
        return NULL;
    chunk *fresh = block;
    *fresh = (chunk){.next = arena->chunks, .size = size};
    arena->chunks = fresh;
    return fresh;
}

void *rs_arena_take(rs_arena *arena, size_t count, size_t size)
{
    const size_t align = alignof(max_align_t);
    chunk *current = arena->chunks;
    size_t bytes;
    if (__builtin_mul_overflow(count, size, &bytes) || bytes > SIZE_MAX - align) {
        arena->failed = true;
        return NULL;
    }
    bytes = (bytes + align - 1) / align * align;
    if (current == NULL || current->size - current->used < bytes)
        current = add_chunk(arena, bytes);
    if (current == NULL) {
        arena->failed = true;
        return NULL;
    }
    void *block = current->bytes + current->used;
    current->used += bytes;
    return block;
}

bool rs_arena_failed(const rs_arena *arena)
{
    return arena->failed;
}

char *rs_arena_copy(rs_arena *arena, const char *text, size_t length)
{
    char *copy = rs_arena_take(arena, length + 1, 1);
    if (copy != NULL)
        memcpy(copy, text, length);
    return copy;
}
