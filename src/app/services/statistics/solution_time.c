#include "solution_time.h"

#include <math.h>
#include <stdlib.h>

#include "memory.h"
#include "statistics.h"

/* Update of the first loss at or below the level, or infinity. */
static double first_reached(size_t steps, const int32_t *step, const double *loss, double level)
{
    for (size_t i = 0; i < steps; i++)
        if (loss[i] <= level)
            return step[i];
    return INFINITY;
}

/* Updates that a run took until it got there or ended. */
static double updates_spent(const rs_results *results, size_t row, double reached)
{
    const rs_results_columns columns = rs_results_read_columns(results);
    rs_run_config config;
    if (isfinite(reached))
        return reached;
    if (columns.status[row] == RS_RUN_DIVERGED)
        return columns.diverged_at[row];
    if (columns.updates[row] >= 0)
        return columns.updates[row];
    rs_results_config(results, row, &config);
    return (double)rs_run_config_updates(&config);
}

static rs_solution_time condense(double *times, size_t count, double spent)
{
    rs_solution_time time = {0};
    for (size_t i = 0; i < count; i++)
        time.reached += isfinite(times[i]);
    rs_sort(times, count);
    time.censored_share = count > 0 ? 1 - (double)time.reached / (double)count : NAN;
    time.lower_quartile = rs_quantile(times, count, 0.25);
    time.median = rs_quantile(times, count, 0.5);
    time.upper_quartile = rs_quantile(times, count, 0.75);
    time.expected = time.reached > 0 ? spent / (double)time.reached : count > 0 ? INFINITY : NAN;
    return time;
}

static bool is_finished(const rs_results *results, size_t row)
{
    const int8_t outcome = rs_results_read_columns(results).status[row];
    return outcome == RS_RUN_DONE || outcome == RS_RUN_DIVERGED;
}

/* Whether a run says when it was solved. */
static bool is_checked(const rs_results *results, size_t row)
{
    return is_finished(results, row) && !isnan(rs_results_read_columns(results).solved_at[row]);
}

bool rs_solution_time_is_checked(const rs_results *results, size_t count, const uint32_t rows[])
{
    for (size_t i = 0; i < count; i++)
        if (is_checked(results, rows[i]))
            return true;
    return false;
}

static rs_status measure_checks(rs_solution_time *time, const rs_results *results, size_t count,
                                const uint32_t rows[], rs_error *error)
{
    const double *solved_at = rs_results_read_columns(results).solved_at;
    double *times = NULL, spent = 0;
    size_t checked = 0;
    rs_status status = rs_allocate((void **)&times, count, sizeof *times, error);
    for (size_t i = 0; status == RS_OK && i < count; i++) {
        if (!is_checked(results, rows[i]))
            continue;
        times[checked] = solved_at[rows[i]] >= 0 ? solved_at[rows[i]] : INFINITY;
        spent += updates_spent(results, rows[i], times[checked]);
        checked++;
    }
    if (status == RS_OK)
        *time = condense(times, checked, spent);
    free(times);
    return status;
}

rs_status rs_solution_time_measure(rs_solution_time *time, const rs_results *results, size_t count,
                                   const uint32_t rows[], double level, rs_error *error)
{
    size_t steps = rs_results_steps(results), finished = 0;
    double *loss = NULL, *times = NULL, spent = 0;
    int32_t *step = NULL;
    rs_status status;
    if (isnan(level))
        return measure_checks(time, results, count, rows, error);
    if ((status = rs_allocate((void **)&loss, steps, sizeof *loss, error)) != RS_OK ||
        (status = rs_allocate((void **)&step, steps, sizeof *step, error)) != RS_OK ||
        (status = rs_allocate((void **)&times, count, sizeof *times, error)) != RS_OK)
        goto done;
    for (size_t i = 0; i < count; i++) {
        if (!is_finished(results, rows[i]))
            continue;
        if ((status = rs_results_curve(results, rows[i], step, loss, error)) != RS_OK)
            goto done;
        times[finished] = first_reached(steps, step, loss, level);
        spent += updates_spent(results, rows[i], times[finished]);
        finished++;
    }
    *time = condense(times, finished, spent);
done:
    free(loss);
    free(step);
    free(times);
    return status;
}
