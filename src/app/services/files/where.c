#include "where.h"

#include <stdio.h>

#include "console.h"

rs_status rs_where_read(rs_filter **filter, const char *label, size_t count,
                        const char *const texts[], rs_error *error)
{
    rs_diagnostics *diagnostics;
    rs_status status;
    *filter = NULL;
    if (count == 0)
        return RS_OK;
    if ((status = rs_diagnostics_create(&diagnostics, error)) != RS_OK)
        return status;
    status = rs_filter_read(filter, count, texts, diagnostics, error);
    rs_diagnostics_print(diagnostics, stderr, rs_console_colour(stderr));
    rs_diagnostics_free(diagnostics);
    return status == RS_BAD_DATA
               ? rs_fail(error, RS_USAGE, "%s: a condition cannot be used, see above", label)
               : status;
}

static void config_at(const void *results, size_t row, rs_run_config *config)
{
    rs_results_config(results, row, config);
}

rs_status rs_where_settle(rs_filter *filter, const char *label, const rs_results *results,
                          rs_error *error)
{
    rs_error wrong;
    if (filter == NULL)
        return RS_OK;
    const rs_filter_source source = {rs_results_count(results), results, config_at};
    rs_status status = rs_filter_settle(filter, &source, &wrong);
    return status == RS_OK ? RS_OK : rs_fail(error, status, "%s: %s", label, wrong.text);
}
