/* The rows of a results file, sorted into groups of equal parameters. */
#ifndef RS_GROUPING_H
#define RS_GROUPING_H

#include "filter.h"
#include "identity.h"
#include "results.h"

/* Some of the parameters; the last place stands for the seed. */
enum { RS_KEY_SEED = RS_PARAMETER_TOTAL, RS_KEY_TOTAL };
typedef struct rs_key_set {
    bool parameter[RS_KEY_TOTAL];
} rs_key_set;

/* The parameters, not the seed, that take more than one value among the rows that the filter lets
 * through; NULL lets all through. */
rs_key_set rs_key_set_varying(const rs_results *results, const rs_filter *filter);

/* Hash of the values of a configuration that `by` names. */
rs_hash rs_key_set_hash(const rs_key_set *by, const rs_run_config *config);

/* rows[first .. first + count - 1] of the grouping. */
typedef struct rs_row_group {
    uint32_t first, count;
} rs_row_group;

typedef struct rs_grouping {
    size_t count;         /* groups */
    rs_row_group *groups; /* [count] by their first row in the file */
    size_t row_count;     /* rows in all groups */
    uint32_t *rows;       /* [row_count] of one group after the other; rising within each */
} rs_grouping;

/* Groups the rows that the filter (or NULL) lets through. RS_NO_MEMORY. */
rs_status rs_grouping_make(rs_grouping *grouping, const rs_results *results, const rs_key_set *by,
                           const rs_filter *filter, rs_error *error);
void rs_grouping_free(rs_grouping *grouping);

/* The parameters that are not in `by`, but vary along with it: they differ between groups, and
 * never within one, as where they are zipped with one that is in `by`. Groups cannot be told apart
 * by `by` alone then. */
rs_key_set rs_grouping_along(const rs_grouping *grouping, const rs_results *results,
                             const rs_key_set *by);

#endif
