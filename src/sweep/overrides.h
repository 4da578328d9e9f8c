/* Overrides from the command line in Hydra's words, "key=value" with
 *   value:  0.1   0.1,0.01   range(4,65,4)   interval(0.8,0.99)   choice(a,b)
 * or any flow of YAML in [...] or {...}. They become nodes that replace those of the file, so one
 * reader checks both. */
#ifndef RS_OVERRIDES_H
#define RS_OVERRIDES_H

#include "yaml_doc.h"

typedef struct rs_override {
    const rs_node *key, *value;
} rs_override;

/* Reads one override, registered as a source "<word> <number>". RS_BAD_DATA with diagnostics. */
rs_status rs_override_read(rs_override *override, rs_arena *arena, const char *word, size_t number,
                           const char *text, rs_diagnostics *diagnostics, rs_error *error);

/* *root = `root` with the overrides applied: parameters under `parameters`, other keys at the top
 * level. The reader of the document reports those that fit nowhere. */
rs_status rs_overrides_apply(const rs_node **root, rs_arena *arena, size_t count,
                             const rs_override overrides[], rs_error *error);

#endif
