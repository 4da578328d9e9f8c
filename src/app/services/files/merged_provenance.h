/* Attributes of a results file that is made of others. What names programs and machines lists all
 * that had a part; of other texts that differ, such as comments in the sweep file, the
 * alphabetically first is taken: the order of the files does not show. */
#ifndef RS_MERGED_PROVENANCE_H
#define RS_MERGED_PROVENANCE_H

#include "results.h"
#include "store.h"

typedef struct rs_merged_provenance {
    size_t count, room;
    rs_store_attribute *attributes; /* names and values belong to this */
} rs_merged_provenance;

/* Adds a file; *provenance is zero beforehand. */
rs_status rs_merged_provenance_add(rs_merged_provenance *provenance, const rs_results *results,
                                   rs_error *error);

/* Sets what tells of the merge itself: date, command, history. */
rs_status rs_merged_provenance_finish(rs_merged_provenance *provenance, int argc, char **argv,
                                      rs_error *error);
void rs_merged_provenance_free(rs_merged_provenance *provenance);

#endif
