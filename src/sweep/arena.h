/* Memory for many small blocks that are freed together. */
#ifndef RS_ARENA_H
#define RS_ARENA_H

#include <stdbool.h>
#include <stddef.h>

#include "rnnsweep/status.h"

typedef struct rs_arena rs_arena;

rs_status rs_arena_create(rs_arena **arena, rs_error *error);
void rs_arena_free(rs_arena *arena); /* accepts NULL */

/* Zeroed memory for count elements of size bytes, aligned for every type; NULL if out of memory.
 * rs_arena_failed remembers a failure, so that callers may check once at the end. */
void *rs_arena_take(rs_arena *arena, size_t count, size_t size);
bool rs_arena_failed(const rs_arena *arena);

/* Copy of length bytes, with a NUL behind; NULL as above. */
char *rs_arena_copy(rs_arena *arena, const char *text, size_t length);

#endif
