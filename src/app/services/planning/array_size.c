#include "array_size.h"

#include <math.h>
#include <stdlib.h>

#include "calibrate.h"
#include "duration.h"
#include "halving_cost.h"

/* Safety factor on predicted times. */
static const double margin = 1.4;

/* Seconds for a task to start, and to stop before its time limit. */
static double usable_time(double time_limit)
{
    return time_limit - fmin(60, time_limit / 5);
}

/* Rounded up to ten minutes. */
static double time_for(double seconds)
{
    const double step = 600;
    return ceil((margin * seconds + 60) / step) * step;
}

double rs_array_size_shortest_time(double costliest_seconds)
{
    return time_for(costliest_seconds);
}

/* Early termination: what the arrays train, from the beginning of each run. */
static rs_status split_into_arrays(rs_workload *workload, const rs_plan *plan, rs_error *error)
{
    rs_halving_cost cost;
    workload->arrays = 1;
    workload->array_seconds = workload->seconds;
    if (rs_plan_halving(plan) == NULL)
        return RS_OK;
    const rs_status status = rs_halving_cost_make(&cost, plan, error);
    if (status != RS_OK)
        return status;
    workload->arrays = rs_plan_halving(plan)->rungs.count + 1;
    workload->array_seconds = cost.largest_job * workload->seconds;
    workload->seconds *= cost.in_jobs.most;
    free(cost.configurations);
    return RS_OK;
}

rs_status rs_workload_predict(rs_workload *workload, const rs_plan *plan, const rs_isa *isa,
                              rs_error *error)
{
    const double budget = 2;
    size_t length_count;
    const uint32_t *lengths = rs_plan_test_lengths(plan, &length_count);
    rs_workload found = {.runs = rs_plan_runs(plan)};
    rs_calibration *calibration;
    rs_status status = rs_calibration_create(&calibration, isa, budget, error);
    if (status != RS_OK)
        return status;
    for (size_t run = 0; run < found.runs && status == RS_OK; run++) {
        rs_run_config config;
        double seconds;
        rs_plan_run(plan, run, &config);
        status =
            rs_calibration_predict(calibration, &config, length_count, lengths, &seconds, error);
        if (status != RS_OK)
            break;
        found.seconds += seconds;
        if (seconds > found.costliest_seconds) {
            found.costliest = run;
            found.costliest_seconds = seconds;
        }
    }
    rs_calibration_free(calibration);
    if (status == RS_OK)
        status = split_into_arrays(&found, plan, error);
    if (status == RS_OK)
        *workload = found;
    return status;
}

/* The costliest run needs one core for its whole time. */
static double predict_task(const rs_workload *workload, double shards, double cores)
{
    return fmax(workload->array_seconds / shards / cores, workload->costliest_seconds);
}

static rs_status check_shards(unsigned shards, const rs_workload *workload, unsigned shards_max,
                              rs_error *error)
{
    if (shards > workload->runs)
        return rs_fail(error, RS_USAGE, "--shards %u: the sweep has only %zu run%s", shards,
                       workload->runs, workload->runs == 1 ? "" : "s");
    if (shards > shards_max)
        return rs_fail(error, RS_USAGE,
                       "--shards %u: at most %u are possible; give each task more cores or more "
                       "time instead",
                       shards, shards_max);
    return RS_OK;
}

static rs_status check_time(double time_limit, const rs_workload *workload,
                            const rs_array_limits *limits, rs_error *error)
{
    char needed[RS_DURATION_TEXT], alone[RS_DURATION_TEXT], allowed[RS_DURATION_TEXT];
    const double shortest = rs_array_size_shortest_time(workload->costliest_seconds);
    rs_format_duration(shortest, needed);
    rs_format_duration(workload->costliest_seconds, alone);
    rs_format_duration(limits->time, allowed);
    if (time_limit > limits->time)
        return rs_fail(error, RS_USAGE, "--time is longer than the %s that %s allows", allowed,
                       limits->time_source);
    if (margin * workload->costliest_seconds <= usable_time(time_limit))
        return RS_OK;
    if (shortest > limits->time)
        return rs_fail(error, RS_USAGE,
                       "run %zu would never end: it takes about %s on one core and needs a task of "
                       "%s, but %s allows %s",
                       workload->costliest, alone, needed, limits->time_source, allowed);
    return rs_fail(error, RS_USAGE,
                   "--time is too short for run %zu, which would never end: it takes about %s on "
                   "one core; give a task %s",
                   workload->costliest, alone, needed);
}

rs_status rs_array_size_choose(rs_array_size *size, const rs_workload *workload, unsigned cores,
                               const rs_array_limits *limits, rs_error *error)
{
    rs_array_size chosen = *size;
    rs_status status = check_shards(size->shards, workload, limits->shards, error);
    if (status != RS_OK)
        return status;
    if (size->time_limit <= 0) {
        double wanted = size->shards > 0 ? time_for(predict_task(workload, size->shards, cores))
                                         : fmax(3600, time_for(workload->costliest_seconds));
        chosen.time_limit = fmin(wanted, limits->time);
    }
    if ((status = check_time(chosen.time_limit, workload, limits, error)) != RS_OK)
        return status;
    double needed = ceil(margin * workload->array_seconds / cores / usable_time(chosen.time_limit));
    double most = fmin(fmin((double)workload->runs, limits->shards), limits->queued);
    if (size->shards == 0)
        chosen.shards = (unsigned)fmin(fmax(needed, 1), most);
    chosen.rounds = (unsigned)fmax(ceil(needed / fmin(chosen.shards, limits->queued)),
                                   ceil((double)chosen.shards / limits->queued)) +
                    (unsigned)(workload->arrays - 1);
    chosen.task_seconds = predict_task(workload, chosen.shards, cores);
    *size = chosen;
    return RS_OK;
}
