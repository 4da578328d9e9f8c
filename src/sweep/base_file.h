/* The key base: FILE, by which a sweep file extends another. */
#ifndef RS_BASE_FILE_H
#define RS_BASE_FILE_H

#include "yaml_doc.h"

/* If the document has the key `base`, *root = the base's document with its keys overridden by this
 * document's, `parameters` one by one; name and description are not inherited. If `text`, the whole
 * sweep file, holds a copy of the base (rs_base_file_keep), the copy is used, so that a frozen
 * sweep stays as it is. Otherwise the path is relative to the folder of `path`, which is NULL if no
 * file may be read. A base has one document and no base itself. *base = the base's text in the
 * arena if it was read from its file, else NULL. RS_BAD_DATA with diagnostics, RS_NO_MEMORY. */
rs_status rs_base_file_apply(const rs_node **root, const char **base, rs_arena *arena,
                             const char *text, const char *path, rs_diagnostics *diagnostics,
                             rs_error *error);

/* The text of a sweep file followed by a copy of its base `name`, as comments. NULL if out of
 * memory. */
char *rs_base_file_keep(rs_arena *arena, const char *text, const char *name, const char *base);

#endif
