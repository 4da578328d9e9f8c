#include "overview.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "cost.h"
#include "memory.h"
#include "shard.h"

static unsigned thread_count(const rs_results *results)
{
    const char *text = rs_results_attribute(results, "rnnsweep_threads");
    unsigned long threads;
    return text != NULL && rs_parse_count(text, 1, 1000000, &threads) ? (unsigned)threads : 1;
}

/* The cost of runs one after the other: many differ in nothing but their seed. */
struct costs {
    rs_run_config of;
    double cost;
};

static double cost_of(struct costs *last, const rs_run_config *config)
{
    rs_run_config any_seed = *config;
    any_seed.seed = 0;
    if (last->cost == 0 || memcmp(&any_seed, &last->of, sizeof any_seed) != 0)
        *last = (struct costs){any_seed, rs_cost_predict(config)};
    return last->cost;
}

static void add_run(rs_part_progress *part, rs_run_outcome outcome, double cost)
{
    part->runs++;
    part->of[outcome]++;
    if (outcome == RS_RUN_PENDING)
        part->cost_left += cost;
    else
        part->cost_finished += cost;
}

/* What part of a run's cost is made at the last of `reached` rungs. */
static double share_of(const rs_goals *goals, uint32_t reached, const rs_run_config *config)
{
    return reached > 0 ? rs_rungs_share(&goals->halving->rungs, reached - 1, config) : 0;
}

/* The cost of a run of the plan up to where it is to be trained now: its end or a rung. A process
 * alone has the states of most runs that stopped at a rung; others train them anew. */
static double cost_ahead(const rs_overview *overview, size_t run, const rs_run_config *config,
                         double cost)
{
    const rs_goals *goals = &overview->coverage.goals;
    if (goals->halving == NULL)
        return cost;
    const double begun =
        overview->parts.count > 1 ? 0 : share_of(goals, goals->reached[run], config);
    return cost *
           (rs_rungs_share(&goals->halving->rungs, rs_goals_rung(goals, run), config) - begun);
}

/* A run that stopped at a rung is pending where it was decided that it goes on. */
static void add_row(rs_part_progress *part, const rs_overview *overview, struct costs *last,
                    const rs_run_config *config, size_t number, rs_run_outcome outcome)
{
    const rs_goals *goals = &overview->coverage.goals;
    double cost = cost_of(last, config);
    const size_t run = goals->halving != NULL ? rs_goals_find(goals, number, config) : SIZE_MAX;
    if (run != SIZE_MAX && outcome == RS_RUN_STOPPED && !rs_goals_is_met(goals, run))
        outcome = RS_RUN_PENDING;
    if (run != SIZE_MAX && outcome == RS_RUN_PENDING)
        cost = cost_ahead(overview, run, config, cost);
    else if (run != SIZE_MAX && outcome == RS_RUN_STOPPED)
        cost *= share_of(goals, goals->reached[run], config);
    add_run(part, outcome, cost);
}

static void measure(rs_part_progress *part, const rs_overview *overview, const rs_results *results,
                    const char *path)
{
    const rs_results_columns columns = rs_results_read_columns(results);
    struct stat file;
    struct costs last = {.cost = 0};
    part->exists = true;
    part->threads = thread_count(results);
    /* The file may be of another node, whose clock is ahead of this one's. */
    part->age = stat(path, &file) == 0 ? fmax(difftime(time(NULL), file.st_mtime), 0) : 0;
    for (size_t row = 0; row < rs_results_count(results); row++) {
        rs_run_config config;
        rs_results_config(results, row, &config);
        add_row(part, overview, &last, &config, columns.run[row],
                (rs_run_outcome)columns.status[row]);
        if (columns.status[row] != RS_RUN_PENDING && !isnan(columns.wall_time[row]))
            part->seconds += columns.wall_time[row];
    }
}

/* The runs and the work of a folder's shards that have no file yet. */
static rs_status measure_absent(rs_overview *overview, rs_error *error)
{
    const rs_frozen_sweep *frozen = &overview->parts.frozen;
    uint16_t *owners = NULL;
    struct costs last = {.cost = 0};
    rs_status status = frozen->plan == NULL
                           ? RS_OK
                           : rs_shard_assign(&owners, frozen->plan, frozen->shards, error);
    for (size_t run = 0; owners != NULL && run < rs_plan_runs(frozen->plan); run++) {
        rs_part_progress *part = &overview->progress[owners[run] - 1];
        rs_run_config config;
        rs_plan_run(frozen->plan, run, &config);
        if (!part->exists)
            add_run(part, RS_RUN_PENDING,
                    cost_ahead(overview, run, &config, cost_of(&last, &config)));
    }
    free(owners);
    return status;
}

/* Adds each file to the coverage and measures it; with early termination it is measured once it is
 * decided which runs go on, which all files together say. */
static rs_status look_at_files(rs_overview *overview, bool decided, rs_error *error)
{
    rs_status status = RS_OK;
    for (size_t i = 0; status == RS_OK && i < overview->parts.count; i++) {
        const char *path = overview->parts.paths[i];
        rs_results *results = NULL;
        overview->progress[i] = (rs_part_progress){0};
        if (!rs_parts_exists(&overview->parts, i))
            continue;
        status = rs_results_open(&results, path, error);
        if (status == RS_OK && !decided)
            status = rs_coverage_add(&overview->coverage, results, path, error);
        if (status == RS_OK && (decided || overview->coverage.goals.halving == NULL))
            measure(&overview->progress[i], overview, results, path);
        rs_results_close(results);
    }
    return status;
}

static rs_status look(rs_overview *overview, rs_error *error)
{
    rs_status status = rs_parts_coverage(&overview->parts, &overview->coverage, error);
    if (status == RS_OK)
        status = look_at_files(overview, false, error);
    if (status == RS_OK)
        status = rs_coverage_decide(&overview->coverage, error);
    if (status == RS_OK && overview->coverage.goals.halving != NULL)
        status = look_at_files(overview, true, error);
    return status == RS_OK ? measure_absent(overview, error) : status;
}

rs_status rs_overview_create(rs_overview *overview, const rs_arguments *arguments, rs_error *error)
{
    void *progress = NULL;
    *overview = (rs_overview){0};
    rs_status status = rs_parts_open(&overview->parts, arguments, error);
    if (status == RS_OK)
        status = rs_allocate(&progress, overview->parts.count, sizeof *overview->progress, error);
    overview->progress = progress;
    if (status == RS_OK)
        status = look(overview, error);
    if (status != RS_OK)
        rs_overview_free(overview);
    return status;
}

void rs_overview_free(rs_overview *overview)
{
    rs_coverage_free(&overview->coverage);
    free(overview->progress);
    rs_parts_free(&overview->parts);
    *overview = (rs_overview){0};
}

/* ---- Time left ------------------------------------------------------------------------------- */

/* The merged file of a folder is written once its shards are done. */
static bool is_merged(const rs_parts *parts, size_t i)
{
    return parts->frozen.plan != NULL && i == parts->frozen.shards;
}

double rs_part_seconds_left(const rs_part_progress *part)
{
    return part->seconds / part->cost_finished * part->cost_left / part->threads;
}

static double cost_missing(const rs_overview *overview)
{
    const rs_coverage *coverage = &overview->coverage;
    double cost = 0;
    struct costs last = {.cost = 0};
    for (size_t run = 0; coverage->plan != NULL && run < coverage->total; run++) {
        rs_run_config config;
        if (!rs_coverage_is_missing(coverage, run))
            continue;
        rs_plan_run(coverage->plan, run, &config);
        cost += cost_ahead(overview, run, &config, cost_of(&last, &config));
    }
    return cost;
}

rs_time_left rs_overview_time_left(const rs_overview *overview)
{
    const double lately = 300;
    double seconds = 0, cost_finished = 0, slowest = 0;
    rs_time_left left = {.core = NAN, .wall = NAN};
    for (size_t i = 0; i < overview->parts.count; i++) {
        const rs_part_progress *part = &overview->progress[i];
        seconds += part->seconds;
        cost_finished += part->cost_finished;
        if (part->of[RS_RUN_PENDING] == 0 || !part->exists || part->age > lately ||
            is_merged(&overview->parts, i))
            continue;
        left.active++;
        left.threads += part->threads;
        if (part->cost_finished > 0 && rs_part_seconds_left(part) > slowest)
            slowest = rs_part_seconds_left(part);
    }
    if (cost_finished > 0)
        left.core = seconds / cost_finished * cost_missing(overview);
    if (left.active > 0)
        left.wall = fmax(left.core / left.threads, slowest);
    return left;
}

void rs_overview_name_goal(const rs_overview *overview, char text[RS_OVERVIEW_GOAL_TEXT])
{
    const rs_goals *goals = &overview->coverage.goals;
    char rung[RS_GOALS_RUNG_TEXT];
    text[0] = '\0';
    if (!rs_goals_wait(goals))
        return;
    rs_goals_name_rung(goals, rs_goals_open(goals), rung);
    snprintf(text, RS_OVERVIEW_GOAL_TEXT, ", to %s", rung);
}
