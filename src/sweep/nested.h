/* Parameters inside parameters, as W&B has them: optimizer: {parameters: {learning_rate: 0.1}}. */
#ifndef RS_NESTED_H
#define RS_NESTED_H

#include "yaml_doc.h"

/* *root = the document with the parameters inside a group directly under `parameters`, in the place
 * of the group and with a note. RS_BAD_DATA with diagnostics when one is given twice or there are
 * more than RS_YAML_KEYS, RS_NO_MEMORY. */
rs_status rs_nested_flatten(const rs_node **root, rs_arena *arena, rs_diagnostics *diagnostics,
                            rs_error *error);

#endif
