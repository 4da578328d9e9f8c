/* A results file written anew with its runs and results as they are, but other words about them. */
#ifndef RS_REWRITE_H
#define RS_REWRITE_H

#include "provenance.h"
#include "results.h"

/* Whether the name, description or metric of the sweep are others than the file's; `changed` =
 * "metric, description". A name that is only that of the sweep file does not count. */
enum { RS_WORDS_TEXT = 64 };
bool rs_rewrite_needed(const rs_results *results, const rs_provenance *provenance,
                       char changed[RS_WORDS_TEXT]);

/* Puts a file in the place of `path`, which `results` were read from: the same runs in the same
 * order, the same attributes but for those words (NULL: all stay) and a line more of history. It
 * stays compressed when all its runs are finished, and else becomes a plain one. Written beside and
 * synced first, as by rs_import_as_new; errors as there. */
rs_status rs_rewrite(const char *path, const rs_results *results, const rs_provenance *provenance,
                     rs_error *error);

#endif
