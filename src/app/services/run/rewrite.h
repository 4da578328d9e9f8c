/* Rewrites a results file with the same runs and results but a new description. */
#ifndef RS_REWRITE_H
#define RS_REWRITE_H

#include "import.h"
#include "provenance.h"
#include "results.h"
#include "store.h"

/* Whether the name, description or metric of the sweep differ from the file's; `changed` = "metric,
 * description". A name taken from the sweep file's own name does not count. */
enum { RS_WORDS_TEXT = 64 };
bool rs_rewrite_needed(const rs_results *results, const rs_provenance *provenance,
                       char changed[RS_WORDS_TEXT]);

/* Replaces `path`, from which `results` were read, by a file with the same runs in the same order
 * and the same attributes, except for those words (NULL: all stay), the generation of its kernels
 * (NULL: stays) and one more line of history. tests: whose lengths and test the rewritten runs
 * have, or NULL. *imported: what became of the rows. A compressed file stays compressed if all its
 * runs are finished. The new file is written beside the old one and synced first, as by
 * rs_import_as_new; errors as there. */
rs_status rs_rewrite(const char *path, const rs_results *results, const rs_provenance *provenance,
                     const char *kernels, const rs_store_runs *tests, rs_imported *imported,
                     rs_error *error);

#endif
