/* Attributes of a merged results file. Those that name programs and machines list all that took
 * part. The other texts (title, sweep file, overrides, metric) belong together, so all of them come
 * from one file: the one that the user names, else the latest one. Of files made in the same second
 * it is the one with the alphabetically first texts, so that the order of the arguments does not
 * matter. */
#ifndef RS_MERGED_PROVENANCE_H
#define RS_MERGED_PROVENANCE_H

#include "results.h"
#include "store.h"

/* Words of an attribute that is a list, in the order found. */
typedef struct rs_word_list {
    size_t count, room;
    char **words;
} rs_word_list;

typedef struct rs_merged_provenance {
    size_t count, room;
    rs_store_attribute *attributes; /* names and values belong to this */
    rs_word_list *lists;            /* the words of all files, for each attribute that is a list */
    const char *texts_of;           /* the file that the user named, or NULL */
    bool mix_kernels;               /* files of several generations may be joined */
    char *first;                    /* path of the first file added, */
    char *metric, *goal, *kernels;  /* its metric, and its generation of kernels */
} rs_merged_provenance;

/* Adds a file; before the first, *provenance is zero except for texts_of and mix_kernels.
 * RS_BAD_DATA if its metric differs from that of an earlier file and texts_of does not decide, or
 * its generation of kernels does and mix_kernels is not set; RS_NO_MEMORY. */
rs_status rs_merged_provenance_add(rs_merged_provenance *provenance, const rs_results *results,
                                   const char *path, rs_error *error);

/* Call it after the last file. Sets the lists and the attributes of the merge itself: date,
 * command, history. */
rs_status rs_merged_provenance_finish(rs_merged_provenance *provenance, int argc, char **argv,
                                      rs_error *error);
void rs_merged_provenance_free(rs_merged_provenance *provenance);

#endif
