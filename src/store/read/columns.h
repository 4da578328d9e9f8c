/* The columns of a results file that is being opened: what each run has one number of. They need
 * the layout. Each fills its part of the rs_results, marks rows of which something is wrong or not
 * known, and fails with RS_IO, RS_BAD_DATA or RS_NO_MEMORY. */
#ifndef RS_COLUMNS_H
#define RS_COLUMNS_H

#include "results_file.h"

/* The file's numbers of /status become ours. Read it before the other columns: what it calls
 * finished was on the disk before it. */
rs_status rs_columns_read_status(rs_results *results, rs_error *error);

/* The data files that the runs name, before their words are read. */
rs_status rs_columns_find_tasks(rs_results *results, rs_error *error);

rs_status rs_columns_read_runs(rs_results *results, rs_error *error);
rs_status rs_columns_read_parameters(rs_results *results, rs_error *error);
rs_status rs_columns_read_outcomes(rs_results *results, rs_error *error);

/* Marks the rows that have no place in a group of weights, and those of networks that this program
 * does not know. */
rs_status rs_columns_mark_places(rs_results *results, rs_error *error);

/* Damaged rows count as not trained from then on. */
void rs_columns_hide_damaged(rs_results *results);

/* Reads the words of all choices; *unknown: a word, dataset or group is none that this program
 * knows. */
rs_status rs_columns_look_for_unknown(rs_results *results, bool *unknown, rs_error *error);

#endif
