/* Reading one document of a sweep file. */
#ifndef RS_SPEC_H
#define RS_SPEC_H

#include "plan.h"
#include "sweep.h"

/* The names of the methods and metrics, and the keys of a sweep file with what they mean, each
 * ending with NULL. */
extern const char *const rs_method_names[];
extern const char *const rs_metric_names[];
extern const char *const rs_sweep_keys[];
extern const char *const rs_sweep_key_meanings[];

/* Reads a document; text: of the whole file, and source: for the key `data`. RS_BAD_DATA with
 * diagnostics, RS_NO_MEMORY. */
rs_status rs_spec_read(rs_sweep *sweep, rs_arena *arena, const rs_node *root, char **text,
                       const rs_data_source *source, rs_diagnostics *diagnostics, rs_error *error);

#endif
