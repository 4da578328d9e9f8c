/* The replicates of every configuration. */
#ifndef RS_SEEDS_H
#define RS_SEEDS_H

#include "yaml_doc.h"

/* list[0..count-1], or first, first + 1, ... when list is NULL. */
typedef struct rs_seeds {
    size_t count; /* at least 1 */
    uint32_t first;
    const uint32_t *list;
    const uint32_t *sorted; /* the list in ascending order */
} rs_seeds;

/* N (the seeds 1 to N), a list of different seeds, or {first, count}. false with diagnostics. */
bool rs_seeds_read(rs_seeds *seeds, rs_arena *arena, rs_diagnostics *diagnostics,
                   const rs_node *node);

/* Whether the seed is one of them. The answer is the same for all later seeds below *until, at most
 * 2^32. */
bool rs_seeds_has(const rs_seeds *seeds, uint32_t seed, uint64_t *until);
uint32_t rs_seeds_at(const rs_seeds *seeds, size_t place);

#endif
