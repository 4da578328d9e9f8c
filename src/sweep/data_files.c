#include "data_files.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "file_name.h"
#include "value.h"

typedef struct data_reader {
    rs_arena *arena;
    char **text;
    const rs_data_source *source;
    rs_diagnostics *diagnostics;
    const rs_node *key;
    rs_node **names; /* of the files, as scalars */
    size_t count;
} data_reader;

static bool refuse(const data_reader *reader, const rs_node *node, const char *text)
{
    rs_diagnose(reader->diagnostics, RS_SEVERITY_ERROR, node->place, "data: %s", text);
    return false;
}

/* ---- Paths ------------------------------------------------------------------------------------
 */

/* "\n# data: FILE as written is at /absolute/path" */
static const char copy_head[] = "\n# data: ", copy_middle[] = " is at ";

/* The absolute path that a copied sweep has for the file, or NULL. */
static char *find_kept(const data_reader *reader, const char *written)
{
    const size_t length = strlen(written);
    for (const char *line = *reader->text; (line = strstr(line, copy_head)) != NULL;) {
        line += sizeof copy_head - 1;
        if (strncmp(line, written, length) == 0 &&
            strncmp(line + length, copy_middle, sizeof copy_middle - 1) == 0) {
            const char *path = line + length + sizeof copy_middle - 1;
            return rs_arena_copy(reader->arena, path, strcspn(path, "\r\n"));
        }
    }
    return NULL;
}

static bool keep_path(const data_reader *reader, const char *written, const char *path)
{
    char *whole = realpath(path, NULL);
    const size_t room = strlen(*reader->text) + sizeof copy_head + strlen(written) +
                        sizeof copy_middle + (whole != NULL ? strlen(whole) : 0) + 2;
    char *joined = whole != NULL ? rs_arena_take(reader->arena, room, 1) : NULL;
    if (joined != NULL) {
        sprintf(joined, "%s%s%s%s%s\n", *reader->text, copy_head, written, copy_middle, whole);
        *reader->text = joined;
    }
    free(whole);
    return joined != NULL || whole == NULL;
}

/* The path of a file named at a place: that of an override counts from the working folder. */
static char *resolve(const data_reader *reader, const rs_node *node)
{
    const char *from = rs_diagnostics_source_folder(reader->diagnostics, node->place.source);
    const size_t folder = node->text[0] == '/' ? 0 : strlen(from);
    char *path = rs_arena_take(reader->arena, folder + strlen(node->text) + 1, 1);
    if (path != NULL)
        sprintf(path, "%.*s%s", (int)folder, from, node->text);
    return path;
}

/* The file's name without folders and ending. */
static char *stem_of(const data_reader *reader, const rs_node *node)
{
    const char *base = strrchr(node->text, '/') != NULL ? strrchr(node->text, '/') + 1 : node->text;
    const char *dot = strrchr(base, '.');
    const size_t length = dot != NULL && dot > base ? (size_t)(dot - base) : strlen(base);
    return rs_arena_copy(reader->arena, base, length);
}

/* Names stand in the results file and in file names. */
static bool check_name(const data_reader *reader, const rs_node *place, const char *name)
{
    char *valid;
    rs_file_name_make(reader->arena, name, &valid);
    if (valid == NULL)
        return false;
    if (rs_task_is_built_in(name))
        rs_diagnose(reader->diagnostics, RS_SEVERITY_ERROR, place->place,
                    "data: '%s' is the name of a built-in task", name);
    else if (name[0] == '\0' || strcmp(valid, name) != 0 || strlen(name) >= RS_TASK_NAME)
        rs_diagnose(reader->diagnostics, RS_SEVERITY_ERROR, place->place,
                    "data: '%s' cannot be a name: use 1 to %d letters, digits, '_', '-' and '.'",
                    name, RS_TASK_NAME - 1);
    else
        return true;
    rs_diagnose_hint(reader->diagnostics, "give the file another name: data: {name: FILE}");
    return false;
}

static bool add_file(data_reader *reader, const rs_node *named, const char *name,
                     const rs_node *file)
{
    rs_error error;
    uint32_t task;
    if (file->kind != RS_NODE_SCALAR || file->text[0] == '\0')
        return refuse(reader, file, "a file must be given by its path");
    const char *kept = find_kept(reader, file->text);
    char *path = kept != NULL ? (char *)kept : resolve(reader, file);
    if (name == NULL || path == NULL || !check_name(reader, named, name))
        return false;
    if (reader->source->find(reader->source->context, name, path, &task, &error) != RS_OK) {
        rs_diagnose(reader->diagnostics, RS_SEVERITY_ERROR, file->place, "data: %s", error.text);
        return false;
    }
    rs_node *node = rs_arena_take(reader->arena, 1, sizeof *node);
    if (node == NULL || (kept == NULL && !keep_path(reader, file->text, path)))
        return false;
    *node = (rs_node){
        .kind = RS_NODE_SCALAR, .place = named->place, .text = name, .quoted = true, .weight = 1};
    reader->names[reader->count++] = node;
    return true;
}

static bool read_files(data_reader *reader, const rs_node *value)
{
    bool right = true;
    const size_t count = value->kind == RS_NODE_MAPPING ? value->count : 1;
    if (value->kind == RS_NODE_SEQUENCE || count == 0 || count > RS_TASKS_IN_FILE)
        return refuse(reader, value, "must be a file, or a mapping {name: FILE, ...}");
    reader->names = rs_arena_take(reader->arena, count, sizeof(rs_node *));
    if (reader->names == NULL)
        return false;
    if (value->kind == RS_NODE_SCALAR)
        return add_file(reader, value, stem_of(reader, value), value);
    for (size_t i = 0; i < count; i++) {
        const rs_node *name = value->items[2 * i];
        right &= add_file(reader, name, name->text, value->items[2 * i + 1]);
    }
    return right;
}

/* ---- Where no task is given ------------------------------------------------------------------ */

static bool names_task(const rs_node *root)
{
    const rs_node *parameters = rs_node_get(root, "parameters");
    const rs_node *list = rs_node_get(root, "configurations");
    bool found = parameters != NULL && parameters->kind == RS_NODE_MAPPING &&
                 rs_node_get(parameters, "task") != NULL;
    for (size_t i = 0; list != NULL && list->kind == RS_NODE_SEQUENCE && i < list->count; i++)
        found |=
            list->items[i]->kind == RS_NODE_MAPPING && rs_node_get(list->items[i], "task") != NULL;
    return found;
}

/* A copy of a mapping with a key more, or with another value of that key. */
static rs_node *with_key(const data_reader *reader, const rs_node *mapping, const char *key,
                         const rs_node *value)
{
    rs_node *copy = rs_arena_take(reader->arena, 1, sizeof *copy);
    rs_node *key_node = rs_arena_take(reader->arena, 1, sizeof *key_node);
    rs_node **items = rs_arena_take(reader->arena, 2 * (mapping->count + 1), sizeof *items);
    if (copy == NULL || key_node == NULL || items == NULL)
        return NULL;
    size_t at = 0;
    memcpy(items, mapping->items, 2 * mapping->count * sizeof *items);
    while (at < mapping->count && strcmp(items[2 * at]->text, key) != 0)
        at++;
    *key_node =
        (rs_node){.kind = RS_NODE_SCALAR, .place = reader->key->place, .text = key, .weight = 1};
    if (at == mapping->count)
        items[2 * at] = key_node;
    items[2 * at + 1] = (rs_node *)value;
    *copy = *mapping;
    copy->items = items;
    copy->count += at == mapping->count;
    return copy;
}

static bool train_on_all(const data_reader *reader, const rs_node **root)
{
    const rs_node *parameters = rs_node_get(*root, "parameters");
    const rs_node none = {.kind = RS_NODE_MAPPING, .place = reader->key->place};
    rs_node *task = rs_arena_take(reader->arena, 1, sizeof *task);
    if (task == NULL || (parameters != NULL && parameters->kind != RS_NODE_MAPPING))
        return task != NULL;
    *task = (rs_node){.kind = RS_NODE_SEQUENCE,
                      .place = reader->key->place,
                      .items = reader->names,
                      .count = reader->count,
                      .weight = reader->count + 1};
    if (reader->count == 1)
        task = reader->names[0];
    const rs_node *more = with_key(reader, parameters != NULL ? parameters : &none, "task", task);
    const rs_node *whole = more != NULL ? with_key(reader, *root, "parameters", more) : NULL;
    if (whole != NULL)
        *root = whole;
    return whole != NULL;
}

bool rs_data_files_read(const rs_node **root, rs_arena *arena, char **text,
                        const rs_data_source *source, rs_diagnostics *diagnostics)
{
    data_reader reader = {
        .arena = arena, .text = text, .source = source, .diagnostics = diagnostics};
    const rs_node *value = rs_node_get(*root, "data");
    if (value == NULL)
        return true;
    for (size_t i = 0; i < (*root)->count; i++)
        if ((*root)->items[2 * i + 1] == value)
            reader.key = (*root)->items[2 * i];
    if (source == NULL)
        return refuse(&reader, reader.key, "cannot be read here");
    return read_files(&reader, value) && (names_task(*root) || train_on_all(&reader, root));
}
