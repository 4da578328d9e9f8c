/* Conditions on runs, as the command line gives them: "states=3,4", "seed=7". */
#ifndef RS_WHERE_H
#define RS_WHERE_H

#include "filter.h"
#include "results.h"

/* Reads the conditions (filter.h), and prints to stderr what is wrong with them. `label` begins the
 * messages: "--where". *filter is NULL when there is none. RS_USAGE; RS_NO_MEMORY. */
rs_status rs_where_read(rs_filter **filter, const char *label, size_t count,
                        const char *const texts[], rs_error *error);

/* Holds the conditions against the runs of a file (rs_filter_settle). RS_USAGE when a value matches
 * none of them; RS_NO_MEMORY. Accepts a filter of NULL. */
rs_status rs_where_settle(rs_filter *filter, const char *label, const rs_results *results,
                          rs_error *error);

#endif
