/* A summary as people, spreadsheets and programs read it. */
#ifndef RS_SUMMARY_REPORT_H
#define RS_SUMMARY_REPORT_H

#include <stdio.h>

#include "summary.h"

/* The first `limit` groups as a table, and what its marks mean. Where it has not room in `width`
 * letters, the less telling columns are left out; 0: there is room. */
rs_status rs_summary_print_table(rs_summary *summary, size_t limit, unsigned width, FILE *stream,
                                 rs_error *error);

/* The same with all numbers in full. CSV: one line of names, empty cells for what there is not. */
rs_status rs_summary_print_csv(rs_summary *summary, size_t limit, FILE *stream, rs_error *error);
rs_status rs_summary_print_json(rs_summary *summary, size_t limit, FILE *stream, rs_error *error);

/* How many rows are in no group because they are damaged or not known, if any. */
void rs_summary_print_left_out(const rs_results *results, FILE *stream);

#endif
