#include "yaml_doc.h"

#include <stdlib.h>
#include <string.h>
#include <yaml.h>

#include "excerpt.h"
#include "memory.h"

typedef struct anchor {
    char *name;
    rs_node *node; /* NULL while the node is not complete */
} anchor;

/* A mapping or sequence that has been opened and not yet closed. */
typedef struct frame {
    rs_node *node;
    size_t first;  /* of its children in `pending` */
    size_t anchor; /* index + 1, or 0 */
} frame;

typedef struct loader {
    yaml_parser_t parser;
    rs_arena *arena;
    rs_diagnostics *diagnostics;
    uint32_t source, first_column;
    rs_node **pending; /* complete nodes whose parent is not */
    size_t pending_count, pending_room;
    frame frames[RS_YAML_DEPTH];
    size_t depth;
    anchor anchors[RS_YAML_ANCHORS];
    size_t anchor_count;
    size_t weight; /* of the stream so far */
} loader;

static rs_source_place place_at(const loader *state, const yaml_mark_t *mark)
{
    size_t column = mark->column + (mark->line == 0 ? state->first_column : 0);
    return (rs_source_place){.source = state->source,
                             .line = (uint32_t)mark->line + 1,
                             .column = (uint32_t)column + 1,
                             .length = 1};
}

static rs_source_place place_of_event(const loader *state, const yaml_event_t *event)
{
    rs_source_place place = place_at(state, &event->start_mark);
    if (event->type == YAML_SCALAR_EVENT && event->start_mark.line == event->end_mark.line &&
        event->end_mark.column > event->start_mark.column)
        place.length = (uint32_t)(event->end_mark.column - event->start_mark.column);
    return place;
}

/* Adds an error and returns RS_BAD_DATA. */
#define REFUSE(state, place, ...) \
    (rs_diagnose((state)->diagnostics, RS_SEVERITY_ERROR, (place), __VA_ARGS__), RS_BAD_DATA)

/* ---- Text ------------------------------------------------------------------------------------ */

/* The whole text is UTF-8 without control characters and without the line breaks that only
 * YAML 1.1 knows (they would shift line numbers against those of editors). */
static rs_status check_characters(loader *state, const char *text, size_t size)
{
    rs_source_place place = {
        .source = state->source, .line = 1, .column = state->first_column + 1, .length = 1};
    size_t i = size >= 3 && memcmp(text, "\xEF\xBB\xBF", 3) == 0 ? 3 : 0;
    while (i < size) {
        int32_t point;
        size_t length = rs_utf8_decode(text + i, size - i, &point);
        if (point < 0) {
            rs_diagnose(state->diagnostics, RS_SEVERITY_ERROR, place,
                        "byte 0x%02X is not valid UTF-8", (unsigned char)text[i]);
            rs_diagnose_hint(state->diagnostics, "save the file as UTF-8");
            return RS_BAD_DATA;
        }
        bool control = (point < 0x20 && point != '\t' && point != '\n' && point != '\r') ||
                       (point >= 0x7F && point < 0xA0);
        if (control || point == 0x2028 || point == 0x2029 || point == 0xFEFF || point > 0x10FFFD ||
            point == 0xFFFE || point == 0xFFFF)
            return REFUSE(state, place, "character U+%04X is not allowed in a sweep file",
                          (unsigned)point);
        i += length;
        if (point == '\n' || (point == '\r' && (i == size || text[i] != '\n')))
            place = (rs_source_place){state->source, place.line + 1, 1, 1};
        else
            place.column++;
    }
    return RS_OK;
}

/* Advice for a problem that libyaml reports. */
static void hint_at_syntax(loader *state, const char *problem, bool has_tabs)
{
    static const struct {
        const char *problem, *hint;
    } hints[] = {
        {"cannot start any token",
         "a text that begins with a character such as % or @ needs quotes"},
        {"did not find expected key",
         "the keys of one mapping, and the items of one list, begin in the same column"},
        {"did not find expected '-'", "the items of one list begin in the same column"},
        {"mapping values are not allowed", "a text with ': ' in it needs quotes; the keys of one "
                                           "mapping begin in the same column"},
        {"could not find expected ':'", "a key needs a colon and a blank, as in states: 3"},
    };
    const yaml_parser_t *parser = &state->parser;
    if (has_tabs && strstr(problem, "cannot start any token") != NULL) {
        rs_diagnose_hint(state->diagnostics, "YAML indents with spaces, never with tabs");
        return;
    }
    for (size_t i = 0; i < sizeof hints / sizeof hints[0]; i++)
        if (strstr(problem, hints[i].problem) != NULL) {
            rs_diagnose_hint(state->diagnostics, "%s", hints[i].hint);
            return;
        }
    if (parser->context != NULL && parser->context_mark.line < parser->problem_mark.line)
        rs_diagnose_hint(state->diagnostics, "it begins in line %zu",
                         parser->context_mark.line + 1);
}

static rs_status refuse_syntax(loader *state, const char *text, size_t size)
{
    const yaml_parser_t *parser = &state->parser;
    if (parser->error == YAML_MEMORY_ERROR)
        return RS_NO_MEMORY;
    const char *problem = parser->problem != NULL ? parser->problem : "it cannot be read";
    const char *context = parser->context != NULL ? parser->context : "";
    /* What is missing at the end of the text, or of a key, is reported where it began. */
    bool at_end = parser->eof && parser->mark.index >= parser->problem_mark.index &&
                  parser->problem_mark.column == 0 && context[0] != '\0';
    bool at_start = at_end || strstr(problem, "could not find expected ':'") != NULL;
    rs_source_place place =
        place_at(state, at_start ? &parser->context_mark : &parser->problem_mark);
    rs_diagnose(state->diagnostics, RS_SEVERITY_ERROR, place, "not valid YAML: %s%s%s", problem,
                context[0] != '\0' ? " " : "", context);
    if (!at_end)
        hint_at_syntax(state, problem, memchr(text, '\t', size) != NULL);
    return RS_BAD_DATA;
}

/* ---- Nodes ----------------------------------------------------------------------------------- */

static rs_status push(loader *state, rs_node *node)
{
    void *block = state->pending;
    rs_status status =
        rs_grow(&block, &state->pending_room, state->pending_count + 1, sizeof(rs_node *), NULL);
    state->pending = block;
    if (status != RS_OK)
        return status;
    state->weight += node->weight;
    if (state->weight > RS_YAML_NODES)
        return REFUSE(state, node->place, "too large: more than %d values, aliases followed",
                      RS_YAML_NODES);
    state->pending[state->pending_count++] = node;
    return RS_OK;
}

/* *index = the anchor's index + 1, or 0 without an anchor. */
static rs_status add_anchor(loader *state, const yaml_char_t *name, rs_source_place place,
                            size_t *index)
{
    *index = 0;
    if (name == NULL)
        return RS_OK;
    if (state->anchor_count == RS_YAML_ANCHORS)
        return REFUSE(state, place, "more than %d anchors", RS_YAML_ANCHORS);
    char *copy = rs_arena_copy(state->arena, (const char *)name, strlen((const char *)name));
    if (copy == NULL)
        return RS_NO_MEMORY;
    state->anchors[state->anchor_count] = (anchor){.name = copy};
    *index = ++state->anchor_count;
    return RS_OK;
}

static rs_status refuse_tag(loader *state, const yaml_char_t *tag, rs_source_place place)
{
    if (tag == NULL)
        return RS_OK;
    static const char core[] = "tag:yaml.org,2002:"; /* written as !! */
    const char *text = (const char *)tag;
    bool is_core = strncmp(text, core, sizeof core - 1) == 0;
    rs_diagnose(state->diagnostics, RS_SEVERITY_ERROR, place,
                "tag '%s%s' has no meaning in a sweep file", is_core ? "!!" : "",
                is_core ? text + sizeof core - 1 : text);
    rs_diagnose_hint(state->diagnostics, "remove it: types follow from the parameter");
    return RS_BAD_DATA;
}

static rs_status add_scalar(loader *state, const yaml_event_t *event)
{
    rs_status status;
    size_t index;
    const char *value = (const char *)event->data.scalar.value;
    rs_source_place place = place_of_event(state, event);
    if ((status = refuse_tag(state, event->data.scalar.tag, place)) != RS_OK ||
        (status = add_anchor(state, event->data.scalar.anchor, place, &index)) != RS_OK)
        return status;
    if (memchr(value, '\0', event->data.scalar.length) != NULL)
        return REFUSE(state, place, "a text must not contain the character NUL");
    rs_node *node = rs_arena_take(state->arena, 1, sizeof *node);
    char *text = rs_arena_copy(state->arena, value, event->data.scalar.length);
    if (node == NULL || text == NULL)
        return RS_NO_MEMORY;
    *node = (rs_node){.kind = RS_NODE_SCALAR,
                      .place = place,
                      .quoted = event->data.scalar.style != YAML_PLAIN_SCALAR_STYLE,
                      .text = text,
                      .weight = 1};
    if (index > 0)
        state->anchors[index - 1].node = node;
    return push(state, node);
}

static rs_status add_alias(loader *state, const yaml_event_t *event)
{
    const char *name = (const char *)event->data.alias.anchor;
    rs_source_place place = place_of_event(state, event);
    for (size_t i = state->anchor_count; i > 0; i--) {
        const anchor *each = &state->anchors[i - 1];
        if (strcmp(each->name, name) != 0)
            continue;
        if (each->node == NULL)
            return REFUSE(state, place, "alias '*%s' stands inside its own anchor", name);
        return push(state, each->node);
    }
    return REFUSE(state, place, "alias '*%s' has no anchor '&%s' before it", name, name);
}

static rs_status open_collection(loader *state, const yaml_event_t *event, rs_node_kind kind,
                                 const yaml_char_t *anchor_name, const yaml_char_t *tag)
{
    rs_status status;
    rs_source_place place = place_of_event(state, event);
    frame opened = {.first = state->pending_count};
    if (state->depth == RS_YAML_DEPTH)
        return REFUSE(state, place, "nested deeper than %d levels", RS_YAML_DEPTH);
    if ((status = refuse_tag(state, tag, place)) != RS_OK ||
        (status = add_anchor(state, anchor_name, place, &opened.anchor)) != RS_OK)
        return status;
    if ((opened.node = rs_arena_take(state->arena, 1, sizeof(rs_node))) == NULL)
        return RS_NO_MEMORY;
    *opened.node = (rs_node){.kind = kind, .place = place, .weight = 1};
    state->frames[state->depth++] = opened;
    return RS_OK;
}

static bool is_merge_key(const rs_node *key)
{
    return !key->quoted && strcmp(key->text, "<<") == 0;
}

static rs_status check_keys(loader *state, const rs_node *mapping)
{
    if (mapping->count > RS_YAML_KEYS)
        return REFUSE(state, mapping->place, "more than %d keys in one mapping", RS_YAML_KEYS);
    for (size_t i = 0; i < mapping->count; i++) {
        const rs_node *key = mapping->items[2 * i];
        if (key->kind != RS_NODE_SCALAR)
            return REFUSE(state, key->place, "a key must be a word, not a list or a mapping");
        for (size_t j = 0; j < i; j++)
            if (strcmp(key->text, mapping->items[2 * j]->text) == 0) {
                rs_diagnose(state->diagnostics, RS_SEVERITY_ERROR, key->place,
                            "key '%s' is repeated; it stands already in line %u", key->text,
                            mapping->items[2 * j]->place.line);
                rs_diagnose_hint(state->diagnostics, is_merge_key(key)
                                                         ? "merge several in a list: <<: [*a, *b]"
                                                         : "keep one of the two");
                break;
            }
    }
    return RS_OK;
}

/* ---- Merge keys (yaml.org/type/merge.html) --------------------------------------------------- */

/* Adds the pairs of a mapping whose key is not among the first `count`, where the keys of the
 * mapping `own` take precedence; returns the new number. */
static size_t merge_pairs(rs_node **items, size_t count, const rs_node *own, const rs_node *mapping)
{
    for (size_t i = 0; i < mapping->count && count <= RS_YAML_KEYS; i++) {
        rs_node *key = mapping->items[2 * i];
        size_t j = 0;
        while (j < count && strcmp(items[2 * j]->text, key->text) != 0)
            j++;
        if (j < count)
            continue;
        const rs_node *value = rs_node_get(own, key->text);
        items[2 * count] = key;
        items[2 * count++ + 1] = value != NULL ? (rs_node *)value : mapping->items[2 * i + 1];
    }
    return count;
}

static rs_status refuse_merge(loader *state, const rs_node *value)
{
    rs_diagnose(state->diagnostics, RS_SEVERITY_ERROR, value->place,
                "'<<' merges a mapping or a list of mappings");
    rs_diagnose_hint(state->diagnostics, "for example <<: *base, or <<: [*one, *other]");
    return RS_BAD_DATA;
}

/* Replaces a merge key by the pairs of the mappings that it names. They come first, in order; the
 * mapping's own values take precedence, then those of the first mapping that has the key. */
static rs_status merge_mappings(loader *state, rs_node *node)
{
    const rs_node *value = NULL;
    for (size_t i = 0; i < node->count; i++)
        if (is_merge_key(node->items[2 * i]))
            value = node->items[2 * i + 1];
    if (value == NULL)
        return RS_OK;
    const bool list = value->kind == RS_NODE_SEQUENCE;
    const size_t mappings = list ? value->count : 1;
    const rs_node *const *all = list ? (const rs_node *const *)value->items : &value;
    size_t count = 0, room = node->count;
    for (size_t k = 0; k < mappings; k++) {
        if (all[k]->kind != RS_NODE_MAPPING)
            return refuse_merge(state, all[k]);
        room += all[k]->count;
    }
    room = room <= RS_YAML_KEYS ? room : RS_YAML_KEYS + 1;
    rs_node **items = rs_arena_take(state->arena, 2 * room, sizeof *items);
    if (items == NULL)
        return RS_NO_MEMORY;
    for (size_t k = 0; k < mappings && count <= RS_YAML_KEYS; k++)
        count = merge_pairs(items, count, node, all[k]);
    for (size_t i = 0; i < node->count && count <= RS_YAML_KEYS; i++) {
        rs_node *key = node->items[2 * i];
        size_t j = 0;
        while (j < count && strcmp(items[2 * j]->text, key->text) != 0)
            j++;
        if (j < count) {
            items[2 * j] = key; /* messages refer to the mapping itself */
        } else if (!is_merge_key(key)) {
            items[2 * count] = key;
            items[2 * count++ + 1] = node->items[2 * i + 1];
        }
    }
    if (count > RS_YAML_KEYS)
        return REFUSE(state, node->place, "more than %d keys in one mapping", RS_YAML_KEYS);
    node->items = items; /* its weight still includes what was merged, since the work was done */
    node->count = count;
    return RS_OK;
}

static rs_status close_collection(loader *state)
{
    frame *closed = &state->frames[--state->depth];
    rs_node *node = closed->node;
    size_t children = state->pending_count - closed->first;
    rs_node **items = rs_arena_take(state->arena, children, sizeof(rs_node *));
    if (items == NULL)
        return RS_NO_MEMORY;
    for (size_t i = 0; i < children; i++) {
        items[i] = state->pending[closed->first + i];
        node->weight += items[i]->weight;
    }
    state->pending_count = closed->first;
    state->weight -= node->weight - 1; /* counted again with the node itself */
    node->items = items;
    node->count = node->kind == RS_NODE_MAPPING ? children / 2 : children;
    if (node->kind == RS_NODE_MAPPING) {
        rs_status status = check_keys(state, node);
        if (status == RS_OK)
            status = merge_mappings(state, node);
        if (status != RS_OK)
            return status;
    }
    if (closed->anchor > 0)
        state->anchors[closed->anchor - 1].node = node;
    return push(state, node);
}

/* ---- Stream ---------------------------------------------------------------------------------- */

static rs_status add_event(loader *state, const yaml_event_t *event)
{
    switch (event->type) {
    case YAML_SCALAR_EVENT:
        return add_scalar(state, event);
    case YAML_ALIAS_EVENT:
        return add_alias(state, event);
    case YAML_SEQUENCE_START_EVENT:
        return open_collection(state, event, RS_NODE_SEQUENCE, event->data.sequence_start.anchor,
                               event->data.sequence_start.tag);
    case YAML_MAPPING_START_EVENT:
        return open_collection(state, event, RS_NODE_MAPPING, event->data.mapping_start.anchor,
                               event->data.mapping_start.tag);
    case YAML_SEQUENCE_END_EVENT:
    case YAML_MAPPING_END_EVENT:
        return close_collection(state);
    case YAML_DOCUMENT_START_EVENT:
        state->anchor_count = 0;
        return RS_OK;
    default:
        return RS_OK;
    }
}

static rs_status load_events(loader *state, const char *text, size_t size)
{
    rs_status status = RS_OK;
    bool more = true;
    while (more && status == RS_OK) {
        yaml_event_t event;
        if (!yaml_parser_parse(&state->parser, &event))
            return refuse_syntax(state, text, size);
        more = event.type != YAML_STREAM_END_EVENT;
        status = add_event(state, &event);
        yaml_event_delete(&event);
    }
    return status;
}

rs_status rs_yaml_load(rs_yaml_doc *doc, rs_arena *arena, const char *text, size_t size,
                       uint32_t source, uint32_t column, rs_diagnostics *diagnostics,
                       rs_error *error)
{
    void *block = NULL;
    rs_status status = rs_allocate(&block, 1, sizeof(loader), error);
    if (status != RS_OK)
        return status;
    loader *state = block;
    state->arena = arena;
    state->diagnostics = diagnostics;
    state->source = source;
    state->first_column = column;
    size_t errors = rs_diagnostics_errors(diagnostics);

    if (!yaml_parser_initialize(&state->parser)) {
        free(state);
        return rs_fail(error, RS_NO_MEMORY, "out of memory for the YAML reader");
    }
    yaml_parser_set_encoding(&state->parser, YAML_UTF8_ENCODING);
    size_t mark = size >= 3 && memcmp(text, "\xEF\xBB\xBF", 3) == 0 ? 3 : 0;
    yaml_parser_set_input_string(&state->parser, (const unsigned char *)text + mark, size - mark);
    if ((status = check_characters(state, text, size)) == RS_OK)
        status = load_events(state, text, size);
    if (status == RS_OK && rs_diagnostics_errors(diagnostics) > errors)
        status = RS_BAD_DATA;
    if (status == RS_OK) {
        const rs_node **roots = rs_arena_take(arena, state->pending_count, sizeof *roots);
        for (size_t i = 0; roots != NULL && i < state->pending_count; i++)
            roots[i] = state->pending[i];
        if (roots != NULL)
            *doc = (rs_yaml_doc){.count = state->pending_count, .roots = roots};
        else
            status = RS_NO_MEMORY;
    }
    if (status == RS_NO_MEMORY)
        rs_fail(error, status, "out of memory for the sweep file");
    if (status == RS_BAD_DATA)
        rs_fail(error, status, "the sweep file is not valid YAML");
    yaml_parser_delete(&state->parser);
    free(state->pending);
    free(state);
    return status;
}

const rs_node *rs_node_get(const rs_node *mapping, const char *key)
{
    for (size_t i = 0; i < mapping->count; i++)
        if (strcmp(mapping->items[2 * i]->text, key) == 0)
            return mapping->items[2 * i + 1];
    return NULL;
}
