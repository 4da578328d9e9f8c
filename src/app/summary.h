/* Statistics over seeds: runs grouped by configuration, or by any parameters. */
#ifndef RS_SUMMARY_H
#define RS_SUMMARY_H

#include <jansson.h>

#include "results.h"
#include "statistics.h"

/* The last place stands for the seed. */
enum { RS_BY_SEED = RS_PARAMETER_TOTAL, RS_BY_TOTAL };
typedef struct rs_by {
    bool parameter[RS_BY_TOTAL];
} rs_by;

/* What to group by and what counts as solved. */
typedef struct rs_summary_question {
    rs_by by;
    double threshold; /* solved: test_accuracy at or above it */
} rs_summary_question;

typedef struct rs_group {
    size_t first_row;
    size_t runs; /* finished: done and diverged */
    size_t pending, diverged, failed, solved;
    rs_interval solved_interval; /* Wilson, 95 %; a diverged run is not solved */
    double accuracy_mean, accuracy_median, loss_mean, loss_median; /* of the runs done */
    double score;
} rs_group;

typedef struct rs_summary {
    const rs_results *results;
    rs_summary_question question;
    const char *metric; /* what orders the groups */
    bool maximizes;
    size_t count;
    rs_group *groups; /* best first, then by first row; groups with no finished run last */
} rs_summary;

/* The parameters that take more than one value in the file. */
rs_by rs_summary_varying(const rs_results *results);

/* Groups and orders. An accuracy is ranked by its mean, with diverged runs as 0; a loss by its
 * median, with diverged runs as infinite. RS_NO_MEMORY, RS_BAD_DATA for a metric of another kind.
 */
rs_status rs_summary_make(rs_summary *summary, const rs_results *results,
                          const rs_summary_question *question, rs_error *error);
void rs_summary_free(rs_summary *summary);

/* The first `limit` groups as a table. */
rs_status rs_summary_print(const rs_summary *summary, size_t limit, FILE *stream, rs_error *error);

/* The whole as JSON, or NULL when memory runs out; the caller's to release. */
json_t *rs_summary_json(const rs_summary *summary);

/* A parameter's value as JSON: number, text, true, false or null. */
json_t *rs_parameter_json(const rs_parameter *parameter, const rs_run_config *config);

#endif
