#include "seeds.h"

#include <stdlib.h>

#include "value.h"

static int compare_seeds(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return x < y ? -1 : x > y;
}

/* Reports a seed that is repeated in the list. */
static bool check_repetition(rs_diagnostics *diagnostics, const rs_node *node, const uint32_t *list,
                             const uint32_t *sorted)
{
    for (size_t i = 1; i < node->count; i++) {
        size_t second = node->count - 1;
        if (sorted[i] != sorted[i - 1])
            continue;
        while (list[second] != sorted[i])
            second--;
        rs_diagnose(diagnostics, RS_SEVERITY_ERROR, node->items[second]->place,
                    "seed %u is repeated: a replicate with the same seed is the same run",
                    sorted[i]);
        return false;
    }
    return true;
}

static bool read_list(rs_seeds *seeds, rs_arena *arena, rs_diagnostics *diagnostics,
                      const rs_node *node)
{
    bool right = true;
    if (node->count == 0) {
        rs_diagnose(diagnostics, RS_SEVERITY_ERROR, node->place,
                    "an empty list of seeds leaves no run");
        return false;
    }
    uint32_t *list = rs_arena_take(arena, node->count, sizeof *list);
    uint32_t *sorted = rs_arena_take(arena, node->count, sizeof *sorted);
    if (list == NULL || sorted == NULL)
        return false;
    for (size_t i = 0; i < node->count && !rs_diagnostics_full(diagnostics); i++) {
        double value = 0;
        right &= rs_value_read_whole(diagnostics, "a seed", node->items[i], 0, UINT32_MAX, &value);
        list[i] = sorted[i] = (uint32_t)value;
    }
    qsort(sorted, node->count, sizeof *sorted, compare_seeds);
    if (!right || !check_repetition(diagnostics, node, list, sorted))
        return false;
    *seeds = (rs_seeds){.count = node->count, .list = list, .sorted = sorted};
    return true;
}

static bool read_range(rs_seeds *seeds, rs_diagnostics *diagnostics, const rs_node *node)
{
    static const char *const keys[] = {"first", "count", NULL};
    const rs_node *first_node = rs_node_get(node, "first"),
                  *count_node = rs_node_get(node, "count");
    double first = 1, count = 0;
    bool right = rs_value_check_keys(diagnostics, node, "seeds", keys);
    if (first_node != NULL)
        right &=
            rs_value_read_whole(diagnostics, "seeds: first", first_node, 0, UINT32_MAX, &first);
    if (count_node != NULL)
        right &= rs_value_read_whole(diagnostics, "seeds: count", count_node, 1, INT32_MAX, &count);
    else if (right) {
        rs_diagnose(diagnostics, RS_SEVERITY_ERROR, node->place, "seeds: count is missing");
        right = false;
    }
    if (right && first + count - 1 > UINT32_MAX) {
        rs_diagnose(diagnostics, RS_SEVERITY_ERROR, count_node->place,
                    "the last seed would be %.0f; seeds go up to %u", first + count - 1,
                    UINT32_MAX);
        right = false;
    }
    if (right)
        *seeds = (rs_seeds){.count = (size_t)count, .first = (uint32_t)first};
    return right;
}

bool rs_seeds_read(rs_seeds *seeds, rs_arena *arena, rs_diagnostics *diagnostics,
                   const rs_node *node)
{
    double count;
    if (node->kind == RS_NODE_SEQUENCE)
        return read_list(seeds, arena, diagnostics, node);
    if (node->kind == RS_NODE_MAPPING)
        return read_range(seeds, diagnostics, node);
    if (!rs_value_read_whole(diagnostics, "seeds (replicates of every configuration)", node, 1,
                             INT32_MAX, &count))
        return false;
    *seeds = (rs_seeds){.count = (size_t)count, .first = 1};
    return true;
}

static const uint64_t after_all = (uint64_t)UINT32_MAX + 1;

static bool list_has(const rs_seeds *seeds, uint32_t seed, uint64_t *until)
{
    size_t low = 0, high = seeds->count; /* bounds of the first one that is not below the seed */
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (seeds->sorted[middle] < seed)
            low = middle + 1;
        else
            high = middle;
    }
    const bool found = low < seeds->count && seeds->sorted[low] == seed;
    *until = found ? (uint64_t)seed + 1 : low < seeds->count ? seeds->sorted[low] : after_all;
    return found;
}

bool rs_seeds_has(const rs_seeds *seeds, uint32_t seed, uint64_t *until)
{
    const uint64_t first = seeds->first, after = first + seeds->count;
    if (seeds->list != NULL)
        return list_has(seeds, seed, until);
    *until = seed < first ? first : seed < after ? after : after_all;
    return seed >= first && seed < after;
}

uint32_t rs_seeds_at(const rs_seeds *seeds, size_t place)
{
    return seeds->list != NULL ? seeds->list[place] : seeds->first + (uint32_t)place;
}
