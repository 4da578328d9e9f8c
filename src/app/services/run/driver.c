#include "driver.h"

#include <math.h>
#include <omp.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "calibrate.h"
#include "clock.h"
#include "cost.h"
#include "deadline.h"
#include "memory.h"
#include "queue.h"
#include "stop.h"

/* Seconds and runs after which finished rows are committed. A run that takes longer than this is
 * committed by itself, since no other thread may finish one for as long. */
static const double commit_interval = 2, long_run = 1;
enum { COMMIT_RUNS = 1000 };

/* Rows that were written and wait for their commit. */
struct batch {
    size_t count, rows_room, outcomes_room;
    size_t *rows;
    rs_run_outcome *outcomes;
};

struct driver {
    const rs_job *job;
    unsigned threads;
    atomic_bool failed; /* an error occurred: start no more runs */

    omp_lock_t state; /* guards all of these; held for fractions of a microsecond */
    rs_queue queue;
    rs_tally tally;
    struct batch pending;
    double last_commit;
    rs_progress progress;
    rs_job_report *report;
    rs_status status; /* the first error of any thread */
    rs_error error;

    omp_lock_t committing; /* held by the thread that commits, with its batch */
    struct batch spare;
    omp_lock_t drawing;
};

static void batch_free(struct batch *batch)
{
    free(batch->rows);
    free(batch->outcomes);
}

static rs_status batch_add(struct batch *batch, size_t row, rs_run_outcome outcome, rs_error *error)
{
    void *rows = batch->rows, *outcomes = batch->outcomes;
    rs_status status =
        rs_grow(&rows, &batch->rows_room, batch->count + 1, sizeof *batch->rows, error);
    batch->rows = rows;
    if (status == RS_OK)
        status = rs_grow(&outcomes, &batch->outcomes_room, batch->count + 1,
                         sizeof *batch->outcomes, error);
    batch->outcomes = outcomes;
    if (status == RS_OK) {
        batch->rows[batch->count] = row;
        batch->outcomes[batch->count++] = outcome;
    }
    return status;
}

static bool halted(struct driver *driver)
{
    return rs_stop_signal() != 0 || atomic_load_explicit(&driver->failed, memory_order_relaxed);
}

static size_t take(struct driver *driver, const rs_pace *pace, const uint32_t **rows)
{
    if (halted(driver))
        return 0;
    double largest = rs_pace_largest_cost(pace, driver->job->deadline);
    omp_set_lock(&driver->state);
    size_t count = rs_queue_take(&driver->queue, driver->threads, largest, rows);
    omp_unset_lock(&driver->state);
    return count;
}

/* Commits the pending rows. The caller holds `committing`; other threads fill the spare batch
 * meanwhile. */
static rs_status commit(struct driver *driver, rs_error *error)
{
    omp_set_lock(&driver->state);
    struct batch full = driver->pending;
    driver->pending = driver->spare;
    driver->last_commit = rs_clock();
    omp_unset_lock(&driver->state);
    rs_status status = full.count == 0 ? RS_OK
                                       : rs_store_commit(driver->job->store, full.count, full.rows,
                                                         full.outcomes, error);
    full.count = 0;
    driver->spare = full;
    /* Stops if the file was renamed or overwritten: it must not get more runs. */
    return status == RS_OK ? rs_store_check(driver->job->store, error) : status;
}

static void draw(struct driver *driver, double now)
{
    omp_set_lock(&driver->state);
    rs_tally tally = driver->tally;
    omp_unset_lock(&driver->state);
    rs_progress_draw(&driver->progress, &tally, now);
}

/* Records a finished run. *commit_due and *draw_due tell the caller to commit or to draw
 * progress. */
static rs_status record(struct driver *driver, size_t row, const rs_run_result *result, double cost,
                        double seconds, bool *commit_due, bool *draw_due, rs_error *error)
{
    double now = rs_clock();
    rs_tally *tally = &driver->tally;
    omp_set_lock(&driver->state);
    rs_status status = batch_add(&driver->pending, row, result->outcome, error);
    if (result->outcome == RS_RUN_FAILED && row < driver->report->failed_row) {
        driver->report->failed_row = row;
        driver->report->failed_check = result->gradient_check;
    }
    tally->finished++;
    tally->trained++;
    tally->diverged += result->outcome == RS_RUN_DIVERGED;
    tally->failed += result->outcome == RS_RUN_FAILED;
    tally->work_finished += cost;
    tally->work_trained += cost;
    *commit_due = driver->pending.count >= COMMIT_RUNS || seconds >= long_run ||
                  now - driver->last_commit >= commit_interval;
    *draw_due = rs_progress_due(&driver->progress, now);
    omp_unset_lock(&driver->state);
    return status;
}

/* Does what is due after runs were recorded, unless another thread is at it. */
static rs_status follow_up(struct driver *driver, bool commit_due, bool draw_due, rs_error *error)
{
    rs_status status = RS_OK;
    if (commit_due && omp_test_lock(&driver->committing)) {
        status = commit(driver, error);
        omp_unset_lock(&driver->committing);
    }
    if (draw_due && omp_test_lock(&driver->drawing)) {
        draw(driver, rs_clock());
        omp_unset_lock(&driver->drawing);
    }
    return status;
}

/* The rungs of runs that are handed out, and their states, out of the stage. */
static void take_states(struct driver *driver, const uint32_t *rows, size_t count, size_t *rungs,
                        rs_paused **paused)
{
    rs_stage *stage = driver->job->stage;
    omp_set_lock(&driver->state);
    for (size_t i = 0; i < count; i++) {
        rungs[i] = stage->rung[rows[i]];
        paused[i] = rs_stage_take(stage, rows[i]);
    }
    omp_unset_lock(&driver->state);
}

/* Back into the stage. */
static void keep_states(struct driver *driver, const uint32_t *rows, size_t count,
                        rs_paused **paused)
{
    omp_set_lock(&driver->state);
    for (size_t i = 0; i < count; i++)
        rs_stage_keep(driver->job->stage, rows[i], paused[i]);
    omp_unset_lock(&driver->state);
}

/* The training alone. */
static rs_status train_runs(struct driver *driver, rs_trainer *trainer, const uint32_t *rows,
                            size_t count, const rs_run_config *configs, rs_run_result *results,
                            rs_error *error)
{
    const rs_job *job = driver->job;
    size_t rungs[RS_GROUP_RUNS_MOST];
    rs_paused *paused[RS_GROUP_RUNS_MOST];
    if (job->stage == NULL)
        return job->train(trainer, count, configs, NULL, NULL, results, error);
    take_states(driver, rows, count, rungs, paused);
    rs_status status = job->train(trainer, count, configs, rungs, paused, results, error);
    keep_states(driver, rows, count, paused);
    return status;
}

/* Trains runs side by side, or one, unless they can no longer end before the deadline. */
static rs_status train(struct driver *driver, rs_trainer *trainer, rs_pace *pace,
                       const uint32_t *rows, size_t count, rs_error *error)
{
    const rs_job *job = driver->job;
    rs_run_config configs[RS_GROUP_RUNS_MOST];
    rs_run_result results[RS_GROUP_RUNS_MOST];
    uint32_t run;
    bool commit_due = false, draw_due = false;
    double cost = 0, costs[RS_GROUP_RUNS_MOST];
    rs_status status;
    for (size_t i = 0; i < count; i++) {
        job->runs->row(job->runs->context, rows[i], &run, &configs[i]);
        costs[i] = rs_queue_cost(&driver->queue, rows[i], &configs[i]);
        cost = fmax(cost, rs_queue_cost_of_group(&driver->queue, rows[i], &configs[i]));
    }
    if (cost > rs_pace_largest_cost(pace, job->deadline))
        return RS_OK;
    double start = rs_clock();
    if ((status = train_runs(driver, trainer, rows, count, configs, results, error)) != RS_OK)
        return status;
    double seconds = rs_clock() - start;
    rs_pace_note(pace, cost, seconds);
    for (size_t i = 0; i < count && status == RS_OK; i++) {
        bool commits = false, draws = false;
        status = rs_store_put(job->store, rows[i], &configs[i], &results[i],
                              seconds / (double)count, error);
        if (status == RS_OK)
            status =
                record(driver, rows[i], &results[i], costs[i], seconds, &commits, &draws, error);
        commit_due |= commits;
        draw_due |= draws;
    }
    return status == RS_OK ? follow_up(driver, commit_due, draw_due, error) : status;
}

/* Trains runs that were handed out together. */
static rs_status train_all(struct driver *driver, rs_trainer *trainer, rs_pace *pace,
                           const uint32_t *rows, size_t count, rs_error *error)
{
    rs_run_config first;
    uint32_t run;
    driver->job->runs->row(driver->job->runs->context, rows[0], &run, &first);
    const size_t together = rs_trainer_group_most(&first) > 1 ? count : 1;
    rs_status status = RS_OK;
    for (size_t i = 0; i < count && status == RS_OK && !halted(driver); i += together)
        status = train(driver, trainer, pace, rows + i, together, error);
    return status;
}

static void record_failure(struct driver *driver, rs_status status, const rs_error *error)
{
    omp_set_lock(&driver->state);
    if (driver->status == RS_OK) {
        driver->status = status;
        driver->error = *error;
    }
    atomic_store(&driver->failed, true);
    omp_unset_lock(&driver->state);
}

static bool stops_early(const struct driver *driver)
{
    return rs_stop_signal() != 0 || isfinite(driver->job->deadline);
}

/* If the process may be killed soon, a thread that runs out of work commits at once instead of
 * waiting for threads with longer runs. */
static rs_status commit_last(struct driver *driver, rs_error *error)
{
    omp_set_lock(&driver->committing);
    rs_status status = commit(driver, error);
    omp_unset_lock(&driver->committing);
    return status;
}

/* Estimates this thread's speed before its first run, on the costliest one. All threads measure at
 * the same time, and in wall time, which exceeds CPU time on shared cores. Needed only with a
 * deadline. */
static rs_status expect_pace(const struct driver *driver, const rs_run_config *costliest,
                             rs_pace *pace, rs_error *error)
{
    const double budget = 0.1;
    rs_calibration *calibration;
    double seconds = 0;
    rs_status status;
    if (isinf(driver->job->deadline))
        return RS_OK;
    if ((status = rs_calibration_create(&calibration, driver->job->isa, budget, error)) != RS_OK)
        return status;
    double start = rs_clock(), cpu_start = rs_thread_clock();
    status = rs_calibration_predict(calibration, costliest, driver->job->runs->length_total,
                                    driver->job->runs->lengths, &seconds, error);
    double stretch = (rs_clock() - start) / (rs_thread_clock() - cpu_start);
    rs_calibration_free(calibration);
    pace->slowest = seconds * fmax(stretch, 1) / rs_cost_predict(costliest);
    return status;
}

/* The work of one thread. It creates its own trainer, with room for the costliest run, so that the
 * memory is local to its core. */
static void work(struct driver *driver)
{
    rs_trainer *trainer = NULL;
    rs_run_config costliest;
    rs_error error;
    const uint32_t *rows;
    uint32_t run;
    size_t count;
    rs_pace pace = {0};
    const rs_job *job = driver->job;
    job->runs->row(job->runs->context, driver->queue.costliest, &run, &costliest);
    rs_status status = expect_pace(driver, &costliest, &pace, &error);
    if (status == RS_OK)
        status = rs_trainer_create(&trainer, job->isa, &error);
    if (status == RS_OK) {
        rs_trainer_set_checkpoints(trainer, job->runs->checkpoints);
        rs_trainer_set_test_lengths(trainer, job->runs->length_total, job->runs->lengths);
        rs_trainer_set_rungs(trainer, job->runs->rungs);
        status = rs_trainer_reserve_group(trainer, &costliest, driver->queue.group, &error);
    }
    while (status == RS_OK && (count = take(driver, &pace, &rows)) > 0)
        status = train_all(driver, trainer, &pace, rows, count, &error);
    if (status == RS_OK && stops_early(driver))
        status = commit_last(driver, &error);
    if (status != RS_OK)
        record_failure(driver, status, &error);
    rs_trainer_free(trainer);
}

static void run_threads(struct driver *driver)
{
    omp_init_lock(&driver->state);
    omp_init_lock(&driver->committing);
    omp_init_lock(&driver->drawing);
    omp_set_dynamic(0);
#pragma omp parallel num_threads((int)driver->threads)
    work(driver);
    rs_error error;
    rs_status status = commit(driver, &error);
    if (status != RS_OK)
        record_failure(driver, status, &error);
    omp_destroy_lock(&driver->drawing);
    omp_destroy_lock(&driver->committing);
    omp_destroy_lock(&driver->state);
}

rs_status rs_drive(const rs_job *job, rs_job_report *report, rs_error *error)
{
    struct driver driver = {.job = job, .threads = job->threads, .report = report};
    *report = (rs_job_report){.failed_row = SIZE_MAX};
    rs_status status = rs_queue_create(&driver.queue, job->runs, job->store, job->stage,
                                       job->threads, &driver.tally, error);
    if (status != RS_OK)
        return status;
    driver.progress = rs_progress_begin(job->progress);
    driver.last_commit = driver.progress.start;
    if (driver.queue.count < driver.threads)
        driver.threads = (unsigned)driver.queue.count;
    if (driver.queue.count > 0) {
        run_threads(&driver);
        rs_progress_end(&driver.progress, &driver.tally);
    }
    report->tally = driver.tally;
    report->seconds = rs_clock() - driver.progress.start;
    report->stopped = driver.status == RS_OK && driver.tally.finished < driver.tally.total;
    if (driver.status != RS_OK && error != NULL)
        *error = driver.error;
    rs_queue_free(&driver.queue);
    batch_free(&driver.pending);
    batch_free(&driver.spare);
    return driver.status;
}
