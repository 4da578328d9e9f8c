/* What is independent of what: the unit of every interval, test and standing.
 *
 * Runs of one seed share data and first weights, so in a group that has several of them, of other
 * settings, they are no replicates: they are averaged, and the seed counts once. With a data_seed,
 * data and first weights come from two seeds. Then the data sets are held: what is said holds for
 * these data sets. Where groups do not differ in the seed but in data sets, the data set is the
 * unit, and the seed is held. */
#ifndef RS_UNITS_H
#define RS_UNITS_H

#include "grouping.h"

typedef struct rs_units {
    const char *name; /* "seed" or "data_seed" */
    const char *held; /* the other one, where it is not drawn anew with each unit; NULL: nothing */
    size_t place;     /* of the unit in an rs_key_set */
    size_t count;     /* distinct units */
    uint32_t *of_row; /* [rows of the file] number of the unit, by first appearance; only of rows
                         that the filter lets through */
} rs_units;

/* The units of the rows that the filter (or NULL) lets through, when they are grouped by `by`.
 * RS_NO_MEMORY. */
rs_status rs_units_find(rs_units *units, const rs_results *results, const rs_key_set *by,
                        const rs_filter *filter, rs_error *error);
void rs_units_free(rs_units *units);

/* Whether a parameter decides which data or first weights a seed draws: runs that differ in it have
 * nothing in common but the number of their seed. */
bool rs_decides_draws(const rs_parameter *parameter);

/* Whether a parameter may be what it is because of the task: the extents of its data, and what
 * belongs to some tasks. */
bool rs_follows_task(const rs_parameter *parameter);

#endif
