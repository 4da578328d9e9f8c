#include "overrides.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "excerpt.h"
#include "scalar.h"
#include "value.h"

typedef struct override_reader {
    rs_arena *arena;
    rs_diagnostics *diagnostics;
    const char *text; /* the whole override */
    uint32_t source;
} override_reader;

/* A part of the text: [start, end) in bytes. */
typedef struct span {
    size_t start, end;
} span;

static uint32_t characters(const char *text, size_t start, size_t end)
{
    uint32_t count = 0;
    for (size_t i = start; i < end; count++) {
        int32_t point;
        i += rs_utf8_decode(text + i, end - i, &point);
    }
    return count;
}

static rs_source_place place_of(const override_reader *reader, span part)
{
    uint32_t length = characters(reader->text, part.start, part.end);
    return (rs_source_place){.source = reader->source,
                             .line = 1,
                             .column = characters(reader->text, 0, part.start) + 1,
                             .length = length > 0 ? length : 1};
}

static span trim(const char *text, span part)
{
    while (part.start < part.end && text[part.start] == ' ')
        part.start++;
    while (part.end > part.start && text[part.end - 1] == ' ')
        part.end--;
    return part;
}

/* ---- Nodes ----------------------------------------------------------------------------------- */

static rs_node *make_scalar(const override_reader *reader, span part, const char *text,
                            size_t length, bool quoted)
{
    rs_node *node = rs_arena_take(reader->arena, 1, sizeof *node);
    char *copy = rs_arena_copy(reader->arena, text, length);
    if (node == NULL || copy == NULL)
        return NULL;
    *node = (rs_node){.kind = RS_NODE_SCALAR,
                      .place = place_of(reader, part),
                      .quoted = quoted,
                      .text = copy,
                      .weight = 1};
    return node;
}

static rs_node *make_collection(const override_reader *reader, rs_node_kind kind, span part,
                                size_t count, rs_node **items)
{
    rs_node *node = rs_arena_take(reader->arena, 1, sizeof *node);
    if (node != NULL)
        *node = (rs_node){.kind = kind,
                          .place = place_of(reader, part),
                          .count = count,
                          .weight = 1,
                          .items = items};
    return node;
}

/* A word, or text in '...' or "...". */
static rs_node *read_scalar(const override_reader *reader, span part)
{
    const char *text = reader->text;
    part = trim(text, part);
    size_t length = part.end - part.start;
    char first = length > 0 ? text[part.start] : '\0';
    if (length >= 2 && (first == '\'' || first == '"') && text[part.end - 1] == first)
        return make_scalar(reader, part, text + part.start + 1, length - 2, true);
    return make_scalar(reader, part, text + part.start, length, false);
}

/* End of the item that starts at `i`: the next comma outside quotes and brackets, or part.end. */
static size_t item_end(const char *text, size_t i, size_t end)
{
    char quote = '\0';
    int depth = 0;
    for (; i < end; i++) {
        if (quote != '\0')
            quote = text[i] == quote ? '\0' : quote;
        else if (text[i] == '\'' || text[i] == '"')
            quote = text[i];
        else if (strchr("([{", text[i]) != NULL)
            depth++;
        else if (strchr(")]}", text[i]) != NULL)
            depth--;
        else if (text[i] == ',' && depth <= 0)
            break;
    }
    return i;
}

static size_t count_items(const char *text, span part)
{
    size_t count = 1;
    for (size_t i = item_end(text, part.start, part.end); i < part.end;
         i = item_end(text, i + 1, part.end))
        count++;
    return count;
}

static rs_node *read_items(const override_reader *reader, span whole, span part)
{
    size_t count = count_items(reader->text, part), start = part.start;
    rs_node **items = rs_arena_take(reader->arena, count, sizeof *items);
    for (size_t i = 0; items != NULL && i < count; i++) {
        size_t end = item_end(reader->text, start, part.end);
        if ((items[i] = read_scalar(reader, (span){start, end})) == NULL)
            return NULL;
        start = end + 1;
    }
    return items != NULL ? make_collection(reader, RS_NODE_SEQUENCE, whole, count, items) : NULL;
}

/* ---- range, interval, choice ----------------------------------------------------------------- */

/* range(stop), range(start, stop), range(start, stop, step): start, start + step, ... before stop
 */
static rs_node *read_range(const override_reader *reader, span whole, const rs_node *arguments)
{
    double bounds[3] = {0, 0, 1};
    if (arguments->count > 3) {
        rs_diagnose(reader->diagnostics, RS_SEVERITY_ERROR, place_of(reader, whole),
                    "range takes (stop), (start, stop) or (start, stop, step)");
        return NULL;
    }
    for (size_t i = 0; i < arguments->count; i++)
        if (!rs_value_read_number(reader->diagnostics, "range", arguments->items[i],
                                  &bounds[arguments->count == 1 ? 1 : i]))
            return NULL;
    double count = ceil((bounds[1] - bounds[0]) / bounds[2] - 1e-9);
    if (bounds[2] == 0 || !(count >= 1 && count <= RS_YAML_NODES)) {
        rs_diagnose(reader->diagnostics, RS_SEVERITY_ERROR, place_of(reader, whole),
                    "this range has no value or too many; it goes from start to before stop by "
                    "step");
        return NULL;
    }
    rs_node **items = rs_arena_take(reader->arena, (size_t)count, sizeof *items);
    for (size_t i = 0; items != NULL && i < (size_t)count; i++) {
        char spelt[32];
        int length = snprintf(spelt, sizeof spelt, "%.15g", bounds[0] + (double)i * bounds[2]);
        if ((items[i] = make_scalar(reader, whole, spelt, (size_t)length, false)) == NULL)
            return NULL;
    }
    return items != NULL ? make_collection(reader, RS_NODE_SEQUENCE, whole, (size_t)count, items)
                         : NULL;
}

/* interval(low, high) = {distribution: uniform, min: low, max: high}, for the sampling methods. */
static rs_node *read_interval(const override_reader *reader, span whole, const rs_node *arguments)
{
    static const char *const words[] = {"distribution", "uniform", "min", NULL, "max", NULL};
    enum { WORDS = sizeof words / sizeof words[0] };
    if (arguments->count != 2) {
        rs_diagnose(reader->diagnostics, RS_SEVERITY_ERROR, place_of(reader, whole),
                    "interval takes (low, high)");
        return NULL;
    }
    rs_node **items = rs_arena_take(reader->arena, WORDS, sizeof *items);
    for (size_t i = 0; items != NULL && i < WORDS; i++) {
        items[i] = words[i] != NULL ? make_scalar(reader, whole, words[i], strlen(words[i]), false)
                                    : arguments->items[i / 4];
        if (items[i] == NULL)
            return NULL;
    }
    return items != NULL ? make_collection(reader, RS_NODE_MAPPING, whole, WORDS / 2, items) : NULL;
}

static rs_node *read_function(const override_reader *reader, span part, size_t bracket)
{
    static const char *const functions[] = {"range", "interval", "choice", NULL};
    const char *text = reader->text;
    span inner = {bracket + 1, part.end - 1};
    rs_node *name = make_scalar(reader, (span){part.start, bracket}, text + part.start,
                                bracket - part.start, false);
    rs_node *arguments = read_items(reader, part, inner);
    size_t function;
    if (name == NULL || arguments == NULL ||
        !rs_value_read_word(reader->diagnostics, "the function of an override", name, functions,
                            &function))
        return NULL;
    if (function == 0)
        return read_range(reader, part, arguments);
    return function == 1 ? read_interval(reader, part, arguments) : arguments;
}

/* ---- One override ---------------------------------------------------------------------------- */

static rs_status read_flow(const override_reader *reader, span part, const rs_node **value,
                           rs_error *error)
{
    rs_yaml_doc doc;
    rs_status status = rs_yaml_load(
        &doc, reader->arena, reader->text + part.start, part.end - part.start, reader->source,
        characters(reader->text, 0, part.start), reader->diagnostics, error);
    if (status == RS_OK)
        *value = doc.roots[0];
    return status;
}

static rs_status read_value(const override_reader *reader, span part, const rs_node **value,
                            rs_error *error)
{
    const char *text = reader->text;
    part = trim(text, part);
    size_t bracket = part.start + strcspn(text + part.start, "('\" ,[{");
    if (text[part.start] == '[' || text[part.start] == '{')
        return read_flow(reader, part, value, error);
    if (text[bracket] == '(' && text[part.end - 1] != ')') {
        rs_diagnose(reader->diagnostics, RS_SEVERITY_ERROR,
                    place_of(reader, (span){bracket, bracket + 1}), "this bracket is not closed");
        rs_diagnose_hint(reader->diagnostics, "a text with brackets needs quotes");
        return RS_BAD_DATA;
    }
    if (text[bracket] == '(')
        *value = read_function(reader, part, bracket);
    else
        *value = count_items(text, part) > 1 ? read_items(reader, part, part)
                                             : read_scalar(reader, part);
    if (*value != NULL)
        return RS_OK;
    return rs_arena_failed(reader->arena) ? rs_fail(error, RS_NO_MEMORY, "out of memory")
                                          : RS_BAD_DATA;
}

/* The text must be one line of valid UTF-8, since places in it refer to line 1. */
static bool check_text(const override_reader *reader, size_t length)
{
    for (size_t i = 0; i < length;) {
        int32_t point;
        span here = {i, i + 1};
        i += rs_utf8_decode(reader->text + i, length - i, &point);
        if (point >= 0x20 && point != 0x7F)
            continue;
        rs_diagnose(reader->diagnostics, RS_SEVERITY_ERROR, place_of(reader, here),
                    "this has to be one line of UTF-8 without control characters");
        return false;
    }
    return true;
}

rs_status rs_override_read(rs_override *override, rs_arena *arena, const char *word, size_t number,
                           const char *text, rs_diagnostics *diagnostics, rs_error *error)
{
    override_reader reader = {.arena = arena, .diagnostics = diagnostics, .text = text};
    char name[32];
    size_t length = strlen(text), equals = strcspn(text, "=");
    snprintf(name, sizeof name, "%s %zu", word, number);
    rs_status status = rs_diagnostics_add_source(diagnostics, RS_SOURCE_OVERRIDE, name, text,
                                                 length, &reader.source, error);
    if (status != RS_OK)
        return status;
    if (!check_text(&reader, length))
        return RS_BAD_DATA;
    span key = trim(text, (span){0, equals});
    if (equals == length || key.start == key.end) {
        rs_diagnose(diagnostics, RS_SEVERITY_ERROR, place_of(&reader, (span){0, length}),
                    "this has to be key=value");
        rs_diagnose_hint(diagnostics, "for example learning_rate=0.1,0.01 or states=3");
        return RS_BAD_DATA;
    }
    rs_override read = {.key = read_scalar(&reader, key)};
    if (read.key == NULL)
        return rs_fail(error, RS_NO_MEMORY, "out of memory for an override");
    status = read_value(&reader, (span){equals + 1, length}, &read.value, error);
    if (status == RS_OK)
        *override = read;
    return status;
}

/* ---- Applying -------------------------------------------------------------------------------- */

/* Copy of a mapping (or of nothing) with one value set. */
static const rs_node *with_key(rs_arena *arena, const rs_node *mapping, const rs_node *key,
                               const rs_node *value)
{
    size_t count = mapping != NULL ? mapping->count : 0, place = 0;
    rs_node *copy = rs_arena_take(arena, 1, sizeof *copy);
    rs_node **items = rs_arena_take(arena, 2 * count + 2, sizeof *items);
    if (copy == NULL || items == NULL)
        return NULL;
    if (count > 0)
        memcpy(items, mapping->items, 2 * count * sizeof *items);
    while (place < count && strcmp(items[2 * place]->text, key->text) != 0)
        place++;
    items[2 * place] = (rs_node *)key;
    items[2 * place + 1] = (rs_node *)value;
    *copy = mapping != NULL ? *mapping : (rs_node){.kind = RS_NODE_MAPPING, .place = key->place};
    copy->items = items;
    copy->count = place == count ? count + 1 : count;
    return copy;
}

rs_status rs_overrides_apply(const rs_node **root, rs_arena *arena, size_t count,
                             const rs_override overrides[], rs_error *error)
{
    const rs_node *changed = *root;
    if (changed->kind != RS_NODE_MAPPING)
        return RS_OK;
    for (size_t i = 0; i < count && changed != NULL; i++) {
        const rs_node *key = overrides[i].key, *value = overrides[i].value;
        if (rs_parameter_find(key->text, strlen(key->text)) != NULL) {
            const rs_node *parameters = rs_node_get(changed, "parameters");
            if (parameters != NULL && parameters->kind != RS_NODE_MAPPING)
                continue;
            rs_node *name = rs_arena_take(arena, 1, sizeof *name);
            if (name == NULL)
                return rs_fail(error, RS_NO_MEMORY, "out of memory for the overrides");
            *name = *key;
            name->text = "parameters";
            value = with_key(arena, parameters, key, value);
            key = name;
        }
        changed = value != NULL ? with_key(arena, changed, key, value) : NULL;
    }
    if (changed == NULL)
        return rs_fail(error, RS_NO_MEMORY, "out of memory for the overrides");
    *root = changed;
    return RS_OK;
}
