#include "sweep_cost.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "driver.h"
#include "output.h"
#include "sweep_runs.h"

static double seconds_of(struct timeval time)
{
    return (double)time.tv_sec + 1e-6 * (double)time.tv_usec;
}

/* CPU time of the process and of the children it has waited for. */
static double cpu_clock(void)
{
    static const int whose[] = {RUSAGE_SELF, RUSAGE_CHILDREN};
    double seconds = 0;
    for (size_t i = 0; i < sizeof whose / sizeof whose[0]; i++) {
        struct rusage usage;
        getrusage(whose[i], &usage);
        seconds += seconds_of(usage.ru_utime) + seconds_of(usage.ru_stime);
    }
    return seconds;
}

/* The CPU time since *last, which becomes now. */
static double lap(double *last)
{
    double now = cpu_clock(), passed = now - *last;
    *last = now;
    return passed;
}

/* Stands in for rs_trainer_run_group: the result of a run that learnt nothing, at no cost. */
static rs_status skip_training(rs_trainer *trainer, size_t count, const rs_run_config *config,
                               const size_t *rungs, rs_paused **paused, rs_run_result *result,
                               rs_error *error)
{
    enum { LOSSES = 101 };
    static const double zeros[LOSSES];
    const size_t weights = rs_run_config_network(config).count;
    (void)trainer, (void)count, (void)rungs,
        (void)paused; /* of one run, as batches are not small */
    if (rs_run_config_updates(config) + 1 != LOSSES || weights > LOSSES)
        return rs_fail(error, RS_INTERNAL, "the overhead is measured with default runs only");
    *result = (rs_run_result){.outcome = RS_RUN_DONE,
                              .diverged_at = -1,
                              .loss_count = LOSSES,
                              .loss = zeros,
                              .weight_count = weights,
                              .weights = zeros};
    return RS_OK;
}

static rs_status drive(const sweep_cost *sweep, const rs_plan *plan, const char *path,
                       sweep_times *times, rs_error *error)
{
    char word[] = "bench";
    char *arguments[] = {word};
    rs_provenance provenance;
    rs_output output;
    rs_job_report report;
    double last = cpu_clock();
    rs_store_runs runs = rs_sweep_runs(plan, rs_plan_hash(plan));
    rs_status status =
        rs_provenance_collect(&provenance, plan, sweep->isa, sweep->threads, 1, arguments, error);
    if (status != RS_OK)
        return status;
    status =
        rs_output_open(&output, path, &(rs_output_wish){.from = NULL}, &runs, &provenance, error);
    rs_provenance_free(&provenance);
    times->create = lap(&last);
    if (status != RS_OK)
        return status;
    rs_job job = {.store = output.store,
                  .runs = &runs,
                  .isa = sweep->isa,
                  .threads = sweep->threads,
                  .progress = RS_PROGRESS_NONE,
                  .deadline = INFINITY,
                  .train = sweep->train ? rs_trainer_run_to : skip_training};
    status = rs_drive(&job, &report, error);
    times->drive = lap(&last);
    times->wall = report.seconds;
    times->runs = runs.count;
    rs_status closed = rs_store_finish(output.store, status == RS_OK ? error : NULL);
    rs_output_close(&output);
    times->close = lap(&last);
    return status != RS_OK ? status : closed;
}

/* <folder>/rnnsweep-bench-XXXXXX, made; the caller's to free. */
static rs_status make_folder(const char *parent, char **folder, rs_error *error)
{
    char *path;
    if (asprintf(&path, "%s/rnnsweep-bench-XXXXXX", parent) < 0)
        return rs_fail(error, RS_NO_MEMORY, "out of memory for a file name");
    if (mkdtemp(path) == NULL) {
        free(path);
        return rs_fail(error, RS_CANNOT_CREATE, "%s: cannot make a folder in it: %s", parent,
                       strerror(errno));
    }
    *folder = path;
    return RS_OK;
}

rs_status sweep_cost_measure(const sweep_cost *sweep, sweep_times *times, rs_error *error)
{
    sweep_times measured = {0};
    rs_diagnostics *diagnostics = NULL;
    rs_plan *plan = NULL;
    char *folder = NULL, *path = NULL;
    rs_status status;
    if ((status = make_folder(sweep->folder, &folder, error)) != RS_OK)
        return status;
    if (asprintf(&path, "%s/bench.h5", folder) < 0) {
        path = NULL;
        status = rs_fail(error, RS_NO_MEMORY, "out of memory for a file name");
        goto done;
    }
    double last = cpu_clock();
    if ((status = rs_diagnostics_create(&diagnostics, error)) != RS_OK ||
        (status = rs_plan_parse(&plan, "bench", sweep->text, strlen(sweep->text), 0, NULL, NULL,
                                diagnostics, error)) != RS_OK)
        goto done;
    measured.plan = lap(&last);
    status = drive(sweep, plan, path, &measured, error);
    if (status == RS_OK)
        *times = measured;
done:
    if (path != NULL)
        unlink(path);
    rmdir(folder);
    rs_plan_free(plan);
    rs_diagnostics_free(diagnostics);
    free(path);
    free(folder);
    return status;
}
