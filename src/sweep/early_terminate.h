/* The key early_terminate of a sweep file, in words of its own and in W&B's. */
#ifndef RS_EARLY_TERMINATE_H
#define RS_EARLY_TERMINATE_H

#include "arena.h"
#include "diagnostics.h"
#include "halving.h"
#include "yaml_doc.h"

/* What a sweep says of early termination: rungs in the order of the file, those of W&B's words up
 * to the largest that a run can have. */
typedef struct rs_early_terminate {
    rs_halving halving;
    rs_source_place place; /* of the key */
    bool open_ended;       /* the rungs follow from a rule: those that no run comes to are none */
} rs_early_terminate;

/* The words of `type:`, ending with NULL; and the keys of each, which schema.c describes. */
extern const char *const rs_early_terminate_types[];

/* {type: successive_halving, epochs or updates: [...], keep: ..., statistic: ...}, or {type:
 * hyperband, min_iter or max_iter and s, eta, strict}, whose iterations are epochs. What is wrong
 * is said, and there are no rungs then. */
void rs_early_terminate_read(rs_early_terminate *early, rs_arena *arena,
                             rs_diagnostics *diagnostics, const rs_node *node);

#endif
