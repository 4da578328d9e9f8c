/* The key `data` of a sweep file: the user's own files. */
#ifndef RS_DATA_FILES_H
#define RS_DATA_FILES_H

#include "plan.h"
#include "yaml_doc.h"

/* Reads `data: FILE` or `data: {name: FILE, ...}` and asks the source for each file; its path is
 * relative to the folder of the file that names it. *text, the sweep file, gets a comment with the
 * absolute path, by which a copy of it finds the file wherever the copy lies. Where the document
 * says nothing of `task`, *root becomes one whose `parameters` have all files as the values of
 * `task`. false with diagnostics. */
bool rs_data_files_read(const rs_node **root, rs_arena *arena, char **text,
                        const rs_data_source *source, rs_diagnostics *diagnostics);

#endif
