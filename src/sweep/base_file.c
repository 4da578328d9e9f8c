#include "base_file.h"

#include <stdlib.h>
#include <string.h>

#include "text_file.h"
#include "value.h"

/* The pairs of `over`, and those of `under` whose key it does not have and that is not left out. */
static rs_node *merge(rs_arena *arena, const rs_node *under, const rs_node *over,
                      const char *const left_out[])
{
    size_t count = 0;
    rs_node *merged = rs_arena_take(arena, 1, sizeof *merged);
    rs_node **items = rs_arena_take(arena, 2 * (under->count + over->count), sizeof(rs_node *));
    if (merged == NULL || items == NULL)
        return NULL;
    for (size_t i = 0; i < under->count; i++) {
        rs_node *key = under->items[2 * i];
        const rs_node *own = rs_node_get(over, key->text);
        if (rs_value_is_among(key->text, left_out))
            continue;
        items[2 * count] = key;
        items[2 * count++ + 1] = own != NULL ? (rs_node *)own : under->items[2 * i + 1];
    }
    for (size_t i = 0; i < over->count; i++) {
        rs_node *key = over->items[2 * i];
        if (strcmp(key->text, "base") == 0 ||
            (rs_node_get(under, key->text) != NULL && !rs_value_is_among(key->text, left_out)))
            continue;
        items[2 * count] = key;
        items[2 * count++ + 1] = over->items[2 * i + 1];
    }
    *merged = *over;
    merged->items = items;
    merged->count = count;
    return merged;
}

/* Merges documents, and their parameters one by one. */
static rs_node *merge_documents(rs_arena *arena, const rs_node *base, const rs_node *over)
{
    static const char *const own[] = {"name", "description", "base", NULL};
    static const char *const none[] = {NULL};
    const rs_node *below = rs_node_get(base, "parameters");
    const rs_node *above = rs_node_get(over, "parameters");
    rs_node *merged = merge(arena, base, over, own);
    if (merged == NULL || below == NULL || above == NULL || below->kind != RS_NODE_MAPPING ||
        above->kind != RS_NODE_MAPPING)
        return merged;
    rs_node *parameters = merge(arena, below, above, none);
    rs_node **items = rs_arena_take(arena, 2 * merged->count, sizeof *items);
    if (parameters == NULL || items == NULL)
        return NULL;
    memcpy(items, merged->items, 2 * merged->count * sizeof *items);
    for (size_t i = 0; i < merged->count; i++)
        if (strcmp(items[2 * i]->text, "parameters") == 0)
            items[2 * i + 1] = parameters;
    merged->items = items;
    return merged;
}

/* `name` counted from the folder of `path`. */
static char *resolve(rs_arena *arena, const char *path, const char *name)
{
    const char *slash = strrchr(path, '/');
    int folder = slash != NULL && name[0] != '/' ? (int)(slash + 1 - path) : 0;
    size_t size = (size_t)folder + strlen(name) + 1;
    char *resolved = rs_arena_take(arena, size, 1);
    if (resolved != NULL)
        snprintf(resolved, size, "%.*s%s", folder, path, name);
    return resolved;
}

static rs_status refuse(rs_diagnostics *diagnostics, rs_error *error, const rs_node *node,
                        const char *text)
{
    rs_diagnose(diagnostics, RS_SEVERITY_ERROR, node->place, "base: %s", text);
    return rs_fail(error, RS_BAD_DATA, "base: %s", text);
}

static rs_status load(const rs_node **base, const char **text, rs_arena *arena, const char *path,
                      const rs_node *node, rs_diagnostics *diagnostics, rs_error *error)
{
    rs_status status;
    rs_yaml_doc doc;
    rs_error reason = {.text = ""};
    char *contents = NULL;
    size_t size = 0;
    uint32_t source;
    status = rs_text_file_read(&contents, &size, path, RS_YAML_BYTES, &reason);
    if (status == RS_NO_MEMORY)
        return rs_fail(error, status, "%s", reason.text);
    if (status != RS_OK)
        return refuse(diagnostics, error, node, reason.text);
    if ((*text = rs_arena_copy(arena, contents, size)) == NULL)
        status = rs_fail(error, RS_NO_MEMORY, "out of memory for %s", path);
    if (status == RS_OK)
        status = rs_diagnostics_add_source(diagnostics, RS_SOURCE_FILE, path, contents, size,
                                           &source, error);
    if (status == RS_OK)
        status = rs_yaml_load(&doc, arena, contents, size, source, 0, diagnostics, error);
    free(contents);
    if (status != RS_OK)
        return status;
    if (doc.count != 1 || doc.roots[0]->kind != RS_NODE_MAPPING)
        return refuse(diagnostics, error, node, "the file does not hold exactly one sweep");
    if (rs_node_get(doc.roots[0], "base") != NULL)
        return refuse(diagnostics, error, node, "the file has a base itself; only one level works");
    *base = doc.roots[0];
    return RS_OK;
}

rs_status rs_base_file_apply(const rs_node **root, const char **text, rs_arena *arena,
                             const char *path, rs_diagnostics *diagnostics, rs_error *error)
{
    const rs_node *node = (*root)->kind == RS_NODE_MAPPING ? rs_node_get(*root, "base") : NULL;
    const rs_node *base = NULL;
    const char *name;
    *text = NULL;
    if (node == NULL)
        return RS_OK;
    if (!rs_value_read_text(diagnostics, "base (the path of another sweep file)", node, &name))
        return rs_fail(error, RS_BAD_DATA, "base is no path");
    if (path == NULL)
        return refuse(diagnostics, error, node, "only a sweep file can have one");
    char *resolved = resolve(arena, path, name);
    if (resolved == NULL)
        return rs_fail(error, RS_NO_MEMORY, "out of memory for a path");
    rs_status status = load(&base, text, arena, resolved, node, diagnostics, error);
    if (status != RS_OK)
        return status;
    const rs_node *merged = merge_documents(arena, base, *root);
    if (merged == NULL)
        return rs_fail(error, RS_NO_MEMORY, "out of memory for the sweep file");
    *root = merged;
    return RS_OK;
}
