/* A YAML stream as a tree of nodes with source positions; merge keys (<<) are resolved. Refused,
 * each with its position: what is not YAML, repeated keys, keys that are not scalars, tags, aliases
 * to themselves, and anything beyond the limits below, so that time and memory stay bounded for any
 * input. */
#ifndef RS_YAML_DOC_H
#define RS_YAML_DOC_H

#include "arena.h"
#include "diagnostics.h"

enum {
    RS_YAML_BYTES = 16 * 1024 * 1024, /* of a file */
    RS_YAML_NODES = 1000000,          /* of a stream, aliases followed */
    RS_YAML_DEPTH = 32,
    RS_YAML_KEYS = 256,   /* of one mapping */
    RS_YAML_ANCHORS = 256 /* of one document */
};

typedef enum rs_node_kind { RS_NODE_SCALAR, RS_NODE_SEQUENCE, RS_NODE_MAPPING } rs_node_kind;

/* Immutable once loaded. Aliases share the node of their anchor. */
typedef struct rs_node {
    rs_node_kind kind;
    rs_source_place place;
    bool quoted;                  /* scalar: in quotes or a block, so always text */
    const char *text;             /* scalar: its NUL-terminated value, with no NUL inside */
    size_t count;                 /* items of a sequence, pairs of a mapping */
    size_t weight;                /* nodes of the subtree, aliases followed */
    struct rs_node *const *items; /* [count]; of a mapping [count][2]: key, value */
} rs_node;

/* The documents of one stream; the root of an empty one is NULL. */
typedef struct rs_yaml_doc {
    size_t count;
    const rs_node **roots; /* [count] */
} rs_yaml_doc;

/* Loads text of size bytes, already registered as `source`. Nodes and texts live in the arena.
 * RS_BAD_DATA with diagnostics. `column` is added to the columns of the first line, for text inside
 * another one. */
rs_status rs_yaml_load(rs_yaml_doc *doc, rs_arena *arena, const char *text, size_t size,
                       uint32_t source, uint32_t column, rs_diagnostics *diagnostics,
                       rs_error *error);

/* Value of a key of a mapping, or NULL. */
const rs_node *rs_node_get(const rs_node *mapping, const char *key);

#endif
