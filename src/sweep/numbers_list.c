#include "numbers_list.h"

#include <stdlib.h>

#include "value.h"

enum { MOST_NUMBERS = 10000 };

static int ascending(const void *a, const void *b)
{
    const uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return (x > y) - (x < y);
}

static size_t put_in_order(uint32_t *values, size_t count)
{
    size_t kept = 0;
    qsort(values, count, sizeof *values, ascending);
    for (size_t i = 0; i < count; i++)
        if (kept == 0 || values[i] != values[kept - 1])
            values[kept++] = values[i];
    return kept;
}

static bool read_one(uint32_t *value, rs_diagnostics *diagnostics, const char *key,
                     const rs_node *node, uint32_t min, uint32_t max)
{
    double number;
    if (!rs_value_read_whole(diagnostics, key, node, min, max, &number))
        return false;
    *value = (uint32_t)number;
    return true;
}

static void refuse(rs_diagnostics *diagnostics, const char *key, const rs_node *node,
                   const char *reason)
{
    rs_diagnose(diagnostics, RS_SEVERITY_ERROR, node->place, "%s %s", key, reason);
    rs_diagnose_hint(diagnostics, "write %s: [16, 32, 64], or %s: {min: 10, max: 100, step: 10}",
                     key, key);
}

static size_t read_range(uint32_t **values, rs_arena *arena, rs_diagnostics *diagnostics,
                         const char *key, const rs_node *node, uint32_t min, uint32_t max)
{
    static const char *const keys[] = {"min", "max", "step", NULL};
    const rs_node *first = rs_node_get(node, "min"), *last = rs_node_get(node, "max");
    const rs_node *step_node = rs_node_get(node, "step");
    uint32_t from = 0, to = 0, step = 1;
    if (!rs_value_check_keys(diagnostics, node, key, keys))
        return 0;
    if (first == NULL || last == NULL) {
        refuse(diagnostics, key, node, "needs min and max");
        return 0;
    }
    if (!read_one(&from, diagnostics, key, first, min, max) ||
        !read_one(&to, diagnostics, key, last, min, max) ||
        (step_node != NULL && !read_one(&step, diagnostics, key, step_node, 1, max)))
        return 0;
    if (from > to) {
        refuse(diagnostics, key, last, "has a max below its min");
        return 0;
    }
    const size_t count = (to - from) / step + 1;
    if (count > MOST_NUMBERS) {
        refuse(diagnostics, key, node, "has more than 10000 numbers");
        return 0;
    }
    if ((*values = rs_arena_take(arena, count, sizeof **values)) == NULL)
        return 0;
    for (size_t i = 0; i < count; i++)
        (*values)[i] = from + (uint32_t)i * step;
    return count;
}

static size_t read_items(uint32_t **values, rs_arena *arena, rs_diagnostics *diagnostics,
                         const char *key, const rs_node *node, uint32_t min, uint32_t max)
{
    size_t count = 0;
    if (node->count > MOST_NUMBERS) {
        refuse(diagnostics, key, node, "has more than 10000 numbers");
        return 0;
    }
    if ((*values = rs_arena_take(arena, node->count, sizeof **values)) == NULL)
        return 0;
    while (count < node->count &&
           read_one(*values + count, diagnostics, key, node->items[count], min, max))
        count++;
    return put_in_order(*values, count);
}

void rs_numbers_list_read(uint32_t **values, size_t *count, rs_arena *arena,
                          rs_diagnostics *diagnostics, const char *key, const rs_node *node,
                          uint32_t min, uint32_t max)
{
    *count = 0;
    if (node->kind == RS_NODE_MAPPING)
        *count = read_range(values, arena, diagnostics, key, node, min, max);
    else if (node->kind == RS_NODE_SEQUENCE)
        *count = read_items(values, arena, diagnostics, key, node, min, max);
    else if ((*values = rs_arena_take(arena, 1, sizeof **values)) != NULL)
        *count = read_one(*values, diagnostics, key, node, min, max);
}
