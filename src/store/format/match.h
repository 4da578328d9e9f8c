/* Finds runs by their configuration, whatever their numbers: how rows are carried over from shards
 * and from the file of a smaller sweep. */
#ifndef RS_MATCH_H
#define RS_MATCH_H

#include "store.h"

typedef struct rs_match rs_match;

/* The runs are asked for until the match is freed. RS_NO_MEMORY. */
rs_status rs_match_create(rs_match **match, const rs_store_runs *runs, rs_error *error);
void rs_match_free(rs_match *match); /* accepts NULL */

/* Row of the run with this configuration, or SIZE_MAX. `number`, the run's, is looked at first as a
 * row, which it is in a file of the whole sweep. Where runs are told apart by their numbers, that
 * alone counts. Not for several threads at a time. */
size_t rs_match_find(rs_match *match, size_t number, const rs_run_config *config);

#endif
