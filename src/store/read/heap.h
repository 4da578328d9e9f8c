/* The heap by which sorted lists take turns: heap[0] is the one whose next element comes first. */
#ifndef RS_HEAP_H
#define RS_HEAP_H

#include <stdbool.h>
#include <stddef.h>

typedef bool rs_comes_before(const void *one, const void *other);

/* Moves the element at `at` down to its place; those below it are in theirs. */
static inline void rs_heap_sift_down(void *heap[], size_t count, size_t at,
                                     rs_comes_before *comes_before)
{
    void *moved = heap[at];
    for (size_t child; (child = 2 * at + 1) < count; at = child) {
        if (child + 1 < count && comes_before(heap[child + 1], heap[child]))
            child++;
        if (comes_before(moved, heap[child]))
            break;
        heap[at] = heap[child];
    }
    heap[at] = moved;
}

static inline void rs_heap_make(void *heap[], size_t count, rs_comes_before *comes_before)
{
    for (size_t at = count; at-- > 0;)
        rs_heap_sift_down(heap, count, at, comes_before);
}

#endif
