/* Checked allocation. */
#ifndef RS_MEMORY_H
#define RS_MEMORY_H

#include <stddef.h>

#include "rnnsweep/status.h"

enum { RS_ALIGNMENT = 64 }; /* of every block: one logical vector, one cache line */

/* *block = zeroed memory for count elements of size bytes, aligned to RS_ALIGNMENT; released with
 * free(). RS_NO_MEMORY also when the product overflows. count or size 0 gives a block too.
 */
rs_status rs_allocate(void **block, size_t count, size_t size, rs_error *error);

/* Grows *block (from rs_allocate or NULL) from `have` to at least `want` elements of size bytes,
 * keeping its contents; on failure *block is as before. */
rs_status rs_grow(void **block, size_t *have, size_t want, size_t size, rs_error *error);

#endif
