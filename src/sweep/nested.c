#include "nested.h"

#include <string.h>

typedef struct flattener {
    rs_diagnostics *diagnostics;
    rs_node **items; /* [RS_YAML_KEYS][2] */
    size_t count;
} flattener;

/* The parameters of a group, or NULL when this is none. A group may have the name of a parameter,
 * none of whose forms has this key. */
static const rs_node *group_of(const rs_node *value)
{
    if (value->kind != RS_NODE_MAPPING || value->count != 1)
        return NULL;
    const rs_node *inner = rs_node_get(value, "parameters");
    return inner != NULL && inner->kind == RS_NODE_MAPPING ? inner : NULL;
}

static bool add_pair(flattener *state, rs_node *key, rs_node *value)
{
    for (size_t i = 0; i < state->count; i++)
        if (strcmp(state->items[2 * i]->text, key->text) == 0) {
            rs_diagnose(state->diagnostics, RS_SEVERITY_ERROR, key->place,
                        "'%s' is given twice; it stands already in line %u", key->text,
                        state->items[2 * i]->place.line);
            return false;
        }
    if (state->count == RS_YAML_KEYS) {
        rs_diagnose(state->diagnostics, RS_SEVERITY_ERROR, key->place,
                    "more than %d parameters, groups counted with all they hold", RS_YAML_KEYS);
        return false;
    }
    state->items[2 * state->count] = key;
    state->items[2 * state->count++ + 1] = value;
    return true;
}

/* Groups are as deep as RS_YAML_DEPTH allows. */
static bool add_pairs(flattener *state, const rs_node *parameters)
{
    for (size_t i = 0; i < parameters->count; i++) {
        rs_node *key = parameters->items[2 * i], *value = parameters->items[2 * i + 1];
        const rs_node *group = group_of(value);
        if (group == NULL ? !add_pair(state, key, value) : !add_pairs(state, group))
            return false;
        if (group != NULL)
            rs_diagnose(state->diagnostics, RS_SEVERITY_NOTE, key->place,
                        "the parameters of '%s' are read as if they stood directly under "
                        "parameters:",
                        key->text);
    }
    return true;
}

static bool has_group(const rs_node *parameters)
{
    for (size_t i = 0; i < parameters->count; i++)
        if (group_of(parameters->items[2 * i + 1]) != NULL)
            return true;
    return false;
}

rs_status rs_nested_flatten(const rs_node **root, rs_arena *arena, rs_diagnostics *diagnostics,
                            rs_error *error)
{
    const rs_node *parameters =
        (*root)->kind == RS_NODE_MAPPING ? rs_node_get(*root, "parameters") : NULL;
    if (parameters == NULL || parameters->kind != RS_NODE_MAPPING || !has_group(parameters))
        return RS_OK;
    flattener state = {.diagnostics = diagnostics};
    state.items = rs_arena_take(arena, (size_t)2 * RS_YAML_KEYS, sizeof *state.items);
    rs_node *flat = rs_arena_take(arena, 1, sizeof *flat);
    rs_node *document = rs_arena_take(arena, 1, sizeof *document);
    rs_node **items = rs_arena_take(arena, 2 * (*root)->count, sizeof *items);
    if (rs_arena_failed(arena))
        return rs_fail(error, RS_NO_MEMORY, "out of memory for the parameters");
    if (!add_pairs(&state, parameters))
        return rs_fail(error, RS_BAD_DATA, "wrong groups of parameters");
    *flat = *parameters;
    flat->items = state.items;
    flat->count = state.count;
    memcpy(items, (*root)->items, 2 * (*root)->count * sizeof *items);
    for (size_t i = 0; i < (*root)->count; i++)
        if (items[2 * i + 1] == parameters)
            items[2 * i + 1] = flat;
    *document = **root;
    document->items = items;
    *root = document;
    return RS_OK;
}
