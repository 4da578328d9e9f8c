#include "array_size.h"

#include <math.h>

#include "calibrate.h"
#include "duration.h"

/* Times are taken this much longer than predicted. */
static const double margin = 1.4;

/* What a task needs to start, and to stop before its end. */
static double usable_time(double time_limit)
{
    return time_limit - fmin(60, time_limit / 5);
}

/* In steps of ten minutes. */
static double time_for(double seconds)
{
    const double step = 600;
    return ceil((margin * seconds + 60) / step) * step;
}

rs_status rs_workload_predict(rs_workload *workload, const rs_plan *plan, const rs_isa *isa,
                              rs_error *error)
{
    const double budget = 2;
    rs_workload found = {.runs = rs_plan_runs(plan)};
    rs_calibration *calibration;
    rs_status status = rs_calibration_create(&calibration, isa, budget, error);
    if (status != RS_OK)
        return status;
    for (size_t run = 0; run < found.runs && status == RS_OK; run++) {
        rs_run_config config;
        double seconds;
        rs_plan_run(plan, run, &config);
        status = rs_calibration_predict(calibration, &config, &seconds, error);
        if (status != RS_OK)
            break;
        found.seconds += seconds;
        if (seconds > found.dearest_seconds) {
            found.dearest = run;
            found.dearest_seconds = seconds;
        }
    }
    rs_calibration_free(calibration);
    if (status == RS_OK)
        *workload = found;
    return status;
}

/* No core can share the dearest run. */
static double predict_task(const rs_workload *workload, double shards, double cores)
{
    return fmax(workload->seconds / shards / cores, workload->dearest_seconds);
}

static rs_status check_shards(unsigned shards, const rs_workload *workload, unsigned shards_max,
                              rs_error *error)
{
    if (shards > workload->runs)
        return rs_fail(error, RS_USAGE, "--shards %u: the sweep has only %zu run%s", shards,
                       workload->runs, workload->runs == 1 ? "" : "s");
    if (shards > shards_max)
        return rs_fail(error, RS_USAGE,
                       "--shards %u: this Slurm allows arrays of %u tasks (MaxArraySize); give "
                       "each task more cores or more time instead",
                       shards, shards_max);
    return RS_OK;
}

rs_status rs_array_size_choose(rs_array_size *size, const rs_workload *workload, unsigned cores,
                               unsigned shards_max, rs_error *error)
{
    rs_array_size chosen = *size;
    rs_status status = check_shards(size->shards, workload, shards_max, error);
    if (status != RS_OK)
        return status;
    if (size->time_limit <= 0)
        chosen.time_limit = size->shards > 0 ? time_for(predict_task(workload, size->shards, cores))
                                             : fmax(3600, time_for(workload->dearest_seconds));
    double usable = usable_time(chosen.time_limit);
    if (margin * workload->dearest_seconds > usable) {
        char needed[RS_DURATION_TEXT];
        rs_format_duration(time_for(workload->dearest_seconds), needed);
        return rs_fail(error, RS_USAGE, "--time is too short for run %zu: give a task %s for it",
                       workload->dearest, needed);
    }
    double needed = ceil(margin * workload->seconds / cores / usable);
    double most = fmin((double)workload->runs, shards_max);
    if (size->shards == 0)
        chosen.shards = (unsigned)fmin(fmax(needed, 1), most);
    chosen.rounds = (unsigned)ceil(fmax(needed, 1) / chosen.shards);
    chosen.task_seconds = predict_task(workload, chosen.shards, cores);
    *size = chosen;
    return RS_OK;
}
