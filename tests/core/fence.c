#include "fence.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum { PATTERN = 0x5A };

fence fence_take(size_t bytes, size_t alignment, unsigned char fill)
{
    const size_t page = (size_t)sysconf(_SC_PAGESIZE);
    const size_t room = (bytes + page - 1) / page * page + page; /* a page of pattern in front */
    fence f = {.bytes = bytes, .mapped = room + page};
    f.map = mmap(NULL, f.mapped, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (f.map == MAP_FAILED || mprotect(f.map + room, page, PROT_NONE) != 0) {
        perror("fence_take");
        abort();
    }
    memset(f.map, PATTERN, room);
    f.block = f.map + (room - bytes) / alignment * alignment;
    memset(f.block, fill, bytes);
    return f;
}

static bool all_pattern(const char *from, const char *to)
{
    for (; from < to; from++)
        if (*from != PATTERN)
            return false;
    return true;
}

bool fence_release(fence *f)
{
    const size_t page = (size_t)sysconf(_SC_PAGESIZE);
    bool intact = all_pattern(f->map, f->block) &&
                  all_pattern(f->block + f->bytes, f->map + f->mapped - page);
    munmap(f->map, f->mapped);
    return intact;
}
