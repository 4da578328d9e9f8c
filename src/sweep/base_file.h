/* base: FILE, one sweep file built on another. */
#ifndef RS_BASE_FILE_H
#define RS_BASE_FILE_H

#include "yaml_doc.h"

/* When the document has the key `base`, *root = the base's document with the keys of this one in
 * the place of its own, `parameters` one by one; name and description are not inherited. The path
 * counts from the folder of `path`, NULL where no file may be read. A base has one document and no
 * base itself. *text = the base's text in the arena, or NULL without one. RS_BAD_DATA with
 * diagnostics, RS_NO_MEMORY. */
rs_status rs_base_file_apply(const rs_node **root, const char **text, rs_arena *arena,
                             const char *path, rs_diagnostics *diagnostics, rs_error *error);

#endif
