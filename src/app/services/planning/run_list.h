/* Every run of a plan as comma-separated values. */
#ifndef RS_RUN_LIST_H
#define RS_RUN_LIST_H

#include <stdio.h>

#include "plan.h"

/* Prints a line of names, then a line for each run: its number, every parameter as the sweep file
 * spells it, its seed and its identity (identity.h). Stops at the first error of the stream, which
 * the caller who closes it reports. */
void rs_run_list_print(const rs_plan *plan, FILE *stream);

#endif
