/* What a run's row says of the rungs that the run came to: their number, and what was measured at
 * each. */
#ifndef RS_STORE_RUNGS_H
#define RS_STORE_RUNGS_H

#include "row.h"

/* Writes both into a row that has the rest; the checksums are not made anew. The rungs of the
 * result are the first ones of the file. */
void rs_row_encode_rungs(const rs_row_format *format, const rs_run_result *result, void *bytes);

/* The number of rungs of a row, -1 where it is not known. */
int32_t rs_row_rungs_reached(const rs_row_format *format, const void *bytes);

/* Makes it the number, and what was measured at later rungs missing. */
void rs_row_cut_rungs(const rs_row_format *format, int32_t reached, void *bytes);

/* Whether the row of a run that was not stopped lacks a rung that the run came to before its end.
 * to_its_end: it made all its updates. */
bool rs_row_lacks_rungs(const rs_row_format *format, const rs_run_config *config,
                        const rs_rungs *wanted, bool to_its_end, const void *bytes);

/* The reverse of encoding. numbers: room for four of each rung, into which *result leads then. */
void rs_row_decode_rungs(const rs_layout *layout, const rs_row_format *format, const void *bytes,
                         double *numbers, rs_run_result *result);

/* As rs_row_hash, but for what is said of rungs, as rs_row_cut_rungs makes it of none. copy: room
 * for the row. */
rs_hash rs_row_hash_but_rungs(const rs_row_format *format, const void *bytes, void *copy);

#endif
