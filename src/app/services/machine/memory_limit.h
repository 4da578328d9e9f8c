/* How much memory this process may have. */
#ifndef RS_MEMORY_LIMIT_H
#define RS_MEMORY_LIMIT_H

#include <stdint.h>

typedef struct rs_memory_limit {
    uint64_t bytes;     /* the smallest limit; UINT64_MAX when none can be read */
    const char *source; /* "this machine", ... */
} rs_memory_limit;

/* The smallest of the machine's memory, the limits of this process's control group of version 2 and
 * of those above it, and `ulimit -v`. What others use of it does not count. `root` stands before
 * all paths: "" for the system's own. */
rs_memory_limit rs_memory_limit_read(const char *root);

#endif
