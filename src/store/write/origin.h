/* Rows of one run in several files: whether they agree, and what each has that the other lacks. */
#ifndef RS_ORIGIN_H
#define RS_ORIGIN_H

#include "row.h"

/* Where a row comes from, the hash of its results, also without some of them, and its time. */
typedef struct rs_row_origin {
    const char *path; /* NULL: not there yet */
    rs_hash hash, but_rungs;
    rs_hash alone; /* without rungs, further tests and checkpoints */
    size_t extras; /* numbers of further tests and checkpoints */
    double wall_time;
    int32_t progress; /* how far the run was trained, for comparison */
    int32_t reached;  /* rungs */
} rs_row_origin;

/* Whether the rows of a file may have measures that those of others lack. */
bool rs_origin_has_extras(const rs_layout *layout);

/* Sets the hashes and extras of such a file's row. copy: room for the row. */
void rs_origin_note(rs_row_origin *origin, const rs_row_format *format, const void *bytes,
                    void *copy);

/* Whether two rows of a run, trained as far, have the same results, but for rungs that only one of
 * them was measured at. */
bool rs_origin_agrees(const rs_row_origin *one, const rs_row_origin *other);

/* Whether they do without further tests and checkpoints, of which there are some. */
bool rs_origin_may_join(const rs_row_origin *one, const rs_row_origin *other);

/* Of two that agree, whether the first is taken: it has more rungs, or as many and a better time.
 */
bool rs_origin_is_preferred(const rs_row_origin *one, const rs_row_origin *other);

#endif
