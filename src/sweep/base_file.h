/* base: FILE, one sweep file built on another. */
#ifndef RS_BASE_FILE_H
#define RS_BASE_FILE_H

#include "yaml_doc.h"

/* When the document has the key `base`, *root = the base's document with the keys of this one in
 * the place of its own, `parameters` one by one; name and description are not inherited. When
 * `text`, the whole of the sweep file, keeps a copy of the base (rs_base_file_keep), that is taken:
 * what was frozen is not thawed. Else the path counts from the folder of `path`, NULL where no file
 * may be read. A base has one document and no base itself. *base = the base's text in the arena
 * when it was read from its file, else NULL. RS_BAD_DATA with diagnostics, RS_NO_MEMORY. */
rs_status rs_base_file_apply(const rs_node **root, const char **base, rs_arena *arena,
                             const char *text, const char *path, rs_diagnostics *diagnostics,
                             rs_error *error);

/* The text of a sweep file with a copy of its base `name` behind it, as comments. NULL when memory
 * runs out. */
char *rs_base_file_keep(rs_arena *arena, const char *text, const char *name, const char *base);

#endif
