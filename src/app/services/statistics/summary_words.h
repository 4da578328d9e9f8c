/* The words below the table of a summary: what its numbers mean, and what they say nothing about.
 */
#ifndef RS_SUMMARY_WORDS_H
#define RS_SUMMARY_WORDS_H

#include <stdio.h>

#include "summary.h"

/* What the printed groups are. Begins as zeros. */
typedef struct rs_summary_seen {
    bool tied, undecided, unpaired, decided; /* decided: tied or worse */
    size_t paired_units;                     /* the most of any undecided group */
} rs_summary_seen;

void rs_summary_note(rs_summary_seen *seen, const rs_group_statistics *statistics);

void rs_summary_explain(const rs_summary *summary, const rs_summary_seen *seen, FILE *stream);

#endif
