/* The memory available to this process. */
#ifndef RS_MEMORY_LIMIT_H
#define RS_MEMORY_LIMIT_H

#include <stdint.h>

typedef struct rs_memory_limit {
    uint64_t bytes;     /* the smallest limit; UINT64_MAX if none can be read */
    const char *source; /* "this machine", ... */
} rs_memory_limit;

/* The smallest of the machine's memory, the limits of this process's control group of version 2 and
 * its ancestors, and `ulimit -v`. Use by other processes is ignored. `root` is a prefix of all
 * paths, "" for the system's own. */
rs_memory_limit rs_memory_limit_read(const char *root);

#endif
