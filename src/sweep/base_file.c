#include "base_file.h"

#include <stdlib.h>
#include <string.h>

#include "nested.h"
#include "text_file.h"
#include "value.h"

/* The pairs of `over`, and those of `under` whose key `over` lacks and that are not left out. */
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

/* `name` relative to the folder of `path`. */
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

/* ---- Copies ---------------------------------------------------------------------------------- */

static const char copy_head[] = "\n# base: ", copy_mark[] = "#|";

char *rs_base_file_keep(rs_arena *arena, const char *text, const char *name, const char *base)
{
    size_t lines = 1;
    for (const char *each = base; *each != '\0'; each++)
        lines += *each == '\n' || *each == '\r';
    char *joined = rs_arena_take(arena,
                                 strlen(text) + sizeof copy_head + strlen(name) + strlen(base) +
                                     lines * (sizeof copy_mark + 1) + 3,
                                 1);
    if (joined == NULL)
        return NULL;
    char *end = stpcpy(stpcpy(stpcpy(joined, text), copy_head), name);
    for (const char *each = base; *each != '\0';) {
        size_t length = strcspn(each, "\r\n");
        *end++ = '\n';
        end = stpcpy(end, copy_mark);
        *end++ = ' ';
        end = mempcpy(end, each, length);
        each += length;
        each += *each == '\r';
        each += *each == '\n';
    }
    *end++ = '\n';
    *end = '\0';
    return joined;
}

/* The copy of the base of that name in the comments of the sweep file, or NULL. */
static char *find_copy(rs_arena *arena, const char *text, const char *name)
{
    const char *found = text;
    size_t head = strlen(copy_head), length = strlen(name);
    while ((found = strstr(found, copy_head)) != NULL &&
           (strncmp(found + head, name, length) != 0 || found[head + length] != '\n'))
        found += head;
    char *copy = found != NULL ? rs_arena_take(arena, strlen(found) + 1, 1) : NULL, *end = copy;
    if (copy == NULL)
        return NULL;
    for (const char *line = found + head + length + 1;
         strncmp(line, copy_mark, strlen(copy_mark)) == 0;) {
        line += strlen(copy_mark);
        line += *line == ' ';
        const char *next = strchrnul(line, '\n');
        next += *next == '\n';
        end = mempcpy(end, line, (size_t)(next - line));
        line = next;
    }
    *end = '\0';
    return copy;
}

/* ---- Reading --------------------------------------------------------------------------------- */

/* The one document of the base, whose text is `contents`. */
static rs_status parse(const rs_node **base, rs_arena *arena, const char *path,
                       const char *contents, size_t size, const rs_node *node,
                       rs_diagnostics *diagnostics, rs_error *error)
{
    rs_yaml_doc doc;
    uint32_t source;
    rs_status status = rs_diagnostics_add_source(diagnostics, RS_SOURCE_FILE, path, contents, size,
                                                 &source, error);
    if (status == RS_OK)
        status = rs_yaml_load(&doc, arena, contents, size, source, 0, diagnostics, error);
    if (status != RS_OK)
        return status;
    if (doc.count != 1 || doc.roots[0]->kind != RS_NODE_MAPPING)
        return refuse(diagnostics, error, node, "the file does not hold exactly one sweep");
    if (rs_node_get(doc.roots[0], "base") != NULL)
        return refuse(diagnostics, error, node, "the file has a base itself; only one level works");
    *base = doc.roots[0];
    return rs_nested_flatten(base, arena, diagnostics, error);
}

static rs_status load(const rs_node **base, const char **text, rs_arena *arena, const char *path,
                      const rs_node *node, rs_diagnostics *diagnostics, rs_error *error)
{
    rs_status status;
    rs_error reason = {.text = ""};
    char *contents = NULL;
    size_t size = 0;
    status = rs_text_file_read(&contents, &size, path, RS_YAML_BYTES, &reason);
    if (status == RS_NO_MEMORY)
        return rs_fail(error, status, "%s", reason.text);
    if (status != RS_OK)
        return refuse(diagnostics, error, node, reason.text);
    if ((*text = rs_arena_copy(arena, contents, size)) == NULL)
        status = rs_fail(error, RS_NO_MEMORY, "out of memory for %s", path);
    else
        status = parse(base, arena, path, contents, size, node, diagnostics, error);
    free(contents);
    return status;
}

rs_status rs_base_file_apply(const rs_node **root, const char **base, rs_arena *arena,
                             const char *text, const char *path, rs_diagnostics *diagnostics,
                             rs_error *error)
{
    const rs_node *node = (*root)->kind == RS_NODE_MAPPING ? rs_node_get(*root, "base") : NULL;
    const rs_node *below = NULL;
    const char *name;
    rs_status status;
    *base = NULL;
    if (node == NULL)
        return RS_OK;
    if (!rs_value_read_text(diagnostics, "base (the path of another sweep file)", node, &name))
        return rs_fail(error, RS_BAD_DATA, "base is no path");
    const char *copy = find_copy(arena, text, name);
    if (copy != NULL) {
        status = parse(&below, arena, name, copy, strlen(copy), node, diagnostics, error);
    } else if (path == NULL) {
        status = refuse(diagnostics, error, node, "only a sweep file can have one");
    } else {
        char *resolved = resolve(arena, path, name);
        status = resolved != NULL ? load(&below, base, arena, resolved, node, diagnostics, error)
                                  : rs_fail(error, RS_NO_MEMORY, "out of memory for a path");
    }
    if (status != RS_OK)
        return status;
    const rs_node *merged = merge_documents(arena, below, *root);
    if (merged == NULL)
        return rs_fail(error, RS_NO_MEMORY, "out of memory for the sweep file");
    *root = merged;
    return RS_OK;
}
