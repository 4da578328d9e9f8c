/* Which configurations of a sweep are left when an earlier one is equal. */
#ifndef RS_DISTINCT_H
#define RS_DISTINCT_H

#include "spec.h"

/* Largest number of configurations that are compared with each other. */
enum { RS_DISTINCT_CONFIGURATIONS = 1 << 24 };

/* Sets *kept (released with free) to the numbers of the *count configurations that equal no earlier
 * one, ascending. RS_BAD_DATA with more than RS_DISTINCT_CONFIGURATIONS, RS_NO_MEMORY. */
rs_status rs_distinct_find(uint32_t **kept, size_t *count, const rs_sweep *sweep, rs_error *error);

#endif
