/* Attributes of a results file that is made of others. What names programs and machines lists all
 * that had a part. All other texts (title, sweep file, overrides, metric) come from one file as a
 * whole, since they belong together: the one that the user names, else the one that was made last;
 * of files made in the same second, that with the alphabetically first texts, so that the order in
 * which files are given does not show. */
#ifndef RS_MERGED_PROVENANCE_H
#define RS_MERGED_PROVENANCE_H

#include "results.h"
#include "store.h"

/* Words of an attribute that lists them, in the order of their being found. */
typedef struct rs_word_list {
    size_t count, room;
    char **words;
} rs_word_list;

typedef struct rs_merged_provenance {
    size_t count, room;
    rs_store_attribute *attributes; /* names and values belong to this */
    rs_word_list *lists;            /* the words of all files, for each attribute that lists them */
    const char *texts_of;           /* the file that the user named, or NULL */
    char *first;                    /* path of the first file that was added, */
    char *metric, *goal;            /* and what it wants best */
} rs_merged_provenance;

/* Adds a file; *provenance is zero beforehand, but for texts_of. RS_BAD_DATA when it wants
 * something else best than those before it, and texts_of does not decide; RS_NO_MEMORY. */
rs_status rs_merged_provenance_add(rs_merged_provenance *provenance, const rs_results *results,
                                   const char *path, rs_error *error);

/* After the last file: sets the lists, and what tells of the merge itself: date, command, history.
 */
rs_status rs_merged_provenance_finish(rs_merged_provenance *provenance, int argc, char **argv,
                                      rs_error *error);
void rs_merged_provenance_free(rs_merged_provenance *provenance);

#endif
