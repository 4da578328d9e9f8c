#include "filter.h"

#include <stdlib.h>
#include <string.h>

#include "condition.h"
#include "memory.h"
#include "overrides.h"
#include "value.h"

struct rs_filter {
    rs_arena *arena;
    rs_conditions conditions;
};

/* The seed of a run as if it were one more parameter. */
static const rs_parameter seed_parameter = {.name = "seed",
                                            .kind = RS_KIND_COUNT,
                                            .max = UINT32_MAX,
                                            .meaning = "seed of the run's random stream",
                                            .offset = offsetof(rs_run_config, seed)};

/* interval(low, high) comes as {distribution: uniform, min: low, max: high}. */
static const rs_node *without_distribution(const rs_node *value, rs_arena *arena)
{
    if (value->kind != RS_NODE_MAPPING || value->count != 3 ||
        strcmp(value->items[0]->text, "distribution") != 0)
        return value;
    rs_node *bounds = rs_arena_take(arena, 1, sizeof *bounds);
    if (bounds == NULL)
        return NULL;
    *bounds = *value;
    bounds->items += 2;
    bounds->count--;
    return bounds;
}

static bool read_condition(rs_condition *condition, rs_arena *arena, rs_diagnostics *diagnostics,
                           const rs_override *written)
{
    const rs_node *value = without_distribution(written->value, arena);
    const rs_parameter *parameter =
        strcmp(written->key->text, seed_parameter.name) == 0
            ? &seed_parameter
            : rs_value_read_parameter(diagnostics, written->key, "a condition");
    return parameter != NULL && value != NULL &&
           rs_condition_read(condition, arena, diagnostics, parameter, value);
}

static rs_status read_all(rs_filter *filter, size_t count, const char *const texts[],
                          rs_diagnostics *diagnostics, rs_error *error)
{
    rs_condition *list = rs_arena_take(filter->arena, count, sizeof *list);
    bool right = list != NULL;
    for (size_t i = 0; i < count && list != NULL; i++) {
        rs_override written;
        rs_status status = rs_override_read(&written, filter->arena, "condition", i + 1, texts[i],
                                            diagnostics, error);
        if (status == RS_NO_MEMORY)
            return status;
        right &= status == RS_OK && read_condition(&list[i], filter->arena, diagnostics, &written);
    }
    if (rs_arena_failed(filter->arena) || rs_diagnostics_failed(diagnostics))
        return rs_fail(error, RS_NO_MEMORY, "out of memory for the conditions");
    if (!right)
        return rs_fail(error, RS_BAD_DATA, "a condition is wrong");
    filter->conditions = (rs_conditions){.count = count, .list = list};
    return RS_OK;
}

rs_status rs_filter_read(rs_filter **filter, size_t count, const char *const texts[],
                         rs_diagnostics *diagnostics, rs_error *error)
{
    rs_filter *fresh = NULL;
    rs_status status;
    if ((status = rs_allocate((void **)&fresh, 1, sizeof *fresh, error)) == RS_OK &&
        (status = rs_arena_create(&fresh->arena, error)) == RS_OK &&
        (status = read_all(fresh, count, texts, diagnostics, error)) == RS_OK) {
        *filter = fresh;
        return RS_OK;
    }
    rs_filter_free(fresh);
    return status;
}

void rs_filter_free(rs_filter *filter)
{
    if (filter == NULL)
        return;
    rs_arena_free(filter->arena);
    free(filter);
}

bool rs_filter_holds(const rs_filter *filter, const rs_run_config *config)
{
    return rs_conditions_hold(&filter->conditions, config);
}
