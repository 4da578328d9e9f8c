#include "goals.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "identity.h"
#include "memory.h"
#include "sweep_runs.h"

/* ---- The configurations of a plan ------------------------------------------------------------ */

/* A run by its configuration, whatever its seed. */
struct setting {
    rs_hash hash;
    uint32_t run;
};

static int compare_settings(const void *a, const void *b)
{
    const struct setting *x = a, *y = b;
    if (x->hash.high != y->hash.high)
        return x->hash.high < y->hash.high ? -1 : 1;
    if (x->hash.low != y->hash.low)
        return x->hash.low < y->hash.low ? -1 : 1;
    return (x->run > y->run) - (x->run < y->run);
}

static bool same_hash(rs_hash a, rs_hash b)
{
    return a.high == b.high && a.low == b.low;
}

/* configuration[run] = the first run of the same setting. */
static void find_first_runs(rs_goals *goals, struct setting *settings)
{
    for (size_t run = 0; run < goals->runs.count; run++) {
        rs_run_config config;
        rs_plan_run(goals->plan, run, &config);
        goals->seed[run] = config.seed;
        config.seed = 0;
        settings[run] = (struct setting){.hash = rs_run_identity(&config), .run = (uint32_t)run};
    }
    qsort(settings, goals->runs.count, sizeof *settings, compare_settings);
    uint32_t first = 0;
    for (size_t i = 0; i < goals->runs.count; i++) {
        if (i == 0 || !same_hash(settings[i].hash, settings[i - 1].hash))
            first = settings[i].run;
        goals->configuration[settings[i].run] = first;
    }
}

/* Numbers the configurations in the order of their first runs. */
static void number_configurations(rs_goals *goals)
{
    for (size_t run = 0; run < goals->runs.count; run++) {
        const size_t first = goals->configuration[run];
        goals->configuration[run] =
            first == run ? (uint32_t)goals->configurations++ : goals->configuration[first];
    }
}

static rs_status find_configurations(rs_goals *goals, rs_error *error)
{
    struct setting *settings = NULL;
    rs_status status = rs_allocate((void **)&settings, goals->runs.count, sizeof *settings, error);
    if (status == RS_OK) {
        find_first_runs(goals, settings);
        number_configurations(goals);
    }
    free(settings);
    return status;
}

rs_status rs_goals_begin(rs_goals *goals, const rs_plan *plan, rs_hash identity, rs_error *error)
{
    rs_status status;
    goals->plan = plan;
    goals->halving = rs_plan_halving(plan);
    goals->runs = rs_sweep_runs(plan, identity);
    const size_t runs = goals->runs.count, rungs = goals->halving->rungs.count;
    if ((status = rs_match_create(&goals->match, &goals->runs, error)) != RS_OK ||
        (status = rs_allocate((void **)&goals->configuration, runs, sizeof *goals->configuration,
                              error)) != RS_OK ||
        (status = rs_allocate((void **)&goals->seed, runs, sizeof *goals->seed, error)) != RS_OK ||
        (status = rs_allocate((void **)&goals->ended, runs, sizeof *goals->ended, error)) !=
            RS_OK ||
        (status = rs_allocate((void **)&goals->updates, runs, sizeof *goals->updates, error)) !=
            RS_OK ||
        (status = rs_allocate((void **)&goals->reached, runs, sizeof *goals->reached, error)) !=
            RS_OK ||
        (status = rs_allocate((void **)&goals->value, runs, rungs * sizeof *goals->value, error)) !=
            RS_OK ||
        (status = rs_allocate((void **)&goals->loss, runs, rungs * sizeof *goals->loss, error)) !=
            RS_OK)
        return status;
    rs_goals_forget(goals);
    return find_configurations(goals, error);
}

void rs_goals_free(rs_goals *goals)
{
    rs_match_free(goals->match);
    free(goals->configuration);
    free(goals->seed);
    free(goals->ended);
    free(goals->updates);
    free(goals->reached);
    free(goals->value);
    free(goals->loss);
    free(goals->decision.last);
    *goals = (rs_goals){0};
}

/* ---- What files know ------------------------------------------------------------------------- */

void rs_goals_forget(rs_goals *goals)
{
    const size_t runs = goals->runs.count;
    memset(goals->ended, 0, runs * sizeof *goals->ended);
    memset(goals->updates, 0, runs * sizeof *goals->updates);
    memset(goals->reached, 0, runs * sizeof *goals->reached);
    for (size_t i = 0; i < runs * goals->halving->rungs.count; i++)
        goals->value[i] = goals->loss[i] = NAN;
}

/* A result of all rows: at their ends, and at the file's rungs. */
struct metric {
    const double *at_end, *at_rungs;
};

static struct metric find_metric(const char *name, const rs_results *results,
                                 const rs_results_rungs *rungs)
{
    const rs_results_columns columns = rs_results_read_columns(results);
    const struct {
        const char *name;
        struct metric metric;
    } metrics[] = {
        {"test_accuracy", {columns.test_accuracy, rungs->test_accuracy}},
        {"test_bit_accuracy", {columns.test_bit_accuracy, rungs->test_bit_accuracy}},
        {"final_loss", {columns.final_loss, rungs->final_loss}},
        {"test_loss", {columns.test_loss, rungs->test_loss}},
    };
    size_t i = 0;
    while (strcmp(metrics[i].name, name) != 0)
        i++;
    return metrics[i].metric;
}

static bool is_accuracy(const rs_goals *goals)
{
    return strstr(rs_plan_metric(goals->plan), "accuracy") != NULL;
}

/* As in the summary, an accuracy of a run that diverged is 0. */
static double worst(const rs_goals *goals)
{
    if (!rs_plan_maximizes(goals->plan))
        return INFINITY;
    return is_accuracy(goals) ? 0 : -INFINITY;
}

/* The place of a rung of the sweep among a file's, or SIZE_MAX. */
static size_t find_rung(const rs_rungs *ours, size_t rung, const rs_results_rungs *theirs)
{
    for (size_t i = 0; ours->in_epochs == theirs->in_epochs && i < theirs->count; i++)
        if ((uint32_t)theirs->at[i] == ours->at[rung])
            return i;
    return SIZE_MAX;
}

static bool was_measured(const rs_results *results, size_t row, size_t rung)
{
    const int32_t reached = rs_results_read_columns(results).rungs_reached[row];
    return rung != SIZE_MAX && reached > 0 && rung < (size_t)reached;
}

/* A row of a file, and what it is for the rungs of the sweep. */
struct row {
    size_t number, reached; /* rungs at which it was measured */
    bool ended, done;
    const rs_results_rungs *rungs; /* of the file */
};

/* A metric of a run at all rungs of the sweep. */
static void fill(double *values, const rs_rungs *rungs, const struct row *row,
                 const struct metric *metric, double worst)
{
    const bool has_last = row->done && !isnan(metric->at_end[row->number]);
    const double last = has_last ? metric->at_end[row->number] : worst;
    for (size_t i = 0; i < rungs->count; i++) {
        values[i] = row->ended ? last : (double)NAN;
        if (i >= row->reached)
            continue;
        const size_t at = find_rung(rungs, i, row->rungs);
        values[i] = metric->at_rungs[row->number * row->rungs->count + at];
        if (isnan(values[i]))
            values[i] = worst;
    }
}

static void take_row(rs_goals *goals, size_t run, const rs_results *results, size_t number,
                     const rs_results_rungs *rungs)
{
    const rs_rungs *ours = &goals->halving->rungs;
    const rs_results_columns columns = rs_results_read_columns(results);
    struct row row = {.number = number,
                      .ended = columns.status[number] != RS_RUN_STOPPED,
                      .done = columns.status[number] == RS_RUN_DONE,
                      .rungs = rungs};
    while (row.reached < ours->count &&
           was_measured(results, number, find_rung(ours, row.reached, rungs)))
        row.reached++;
    /* Of a run from a file without this rung it is not known what it was there. */
    const bool known =
        row.reached == ours->count || find_rung(ours, row.reached, rungs) != SIZE_MAX;
    if (goals->ended[run] || (row.ended && !known) ||
        (!row.ended && row.reached <= goals->reached[run]))
        return;
    goals->ended[run] = row.ended;
    goals->updates[run] = columns.updates[number];
    goals->reached[run] = (uint32_t)row.reached;
    const struct metric metric = find_metric(rs_plan_metric(goals->plan), results, rungs);
    const struct metric loss = find_metric("final_loss", results, rungs);
    fill(goals->value + run * ours->count, ours, &row, &metric, worst(goals));
    fill(goals->loss + run * ours->count, ours, &row, &loss, INFINITY);
}

rs_status rs_goals_add(rs_goals *goals, const rs_results *results, rs_error *error)
{
    rs_results_rungs rungs = {.count = 0};
    rs_status status = rs_results_read_rungs(results, &rungs, error);
    if (status != RS_OK)
        return status;
    const rs_results_columns columns = rs_results_read_columns(results);
    for (size_t row = 0; row < rs_results_count(results); row++) {
        rs_run_config config;
        if (columns.status[row] == RS_RUN_PENDING || rs_results_is_damaged(results, row) ||
            rs_results_is_foreign(results, row))
            continue;
        rs_results_config(results, row, &config);
        const size_t run = rs_match_find(goals->match, (size_t)columns.run[row], &config);
        if (run != SIZE_MAX)
            take_row(goals, run, results, row, &rungs);
    }
    rs_results_rungs_free(&rungs);
    return RS_OK;
}

/* ---- Decisions ------------------------------------------------------------------------------- */

rs_status rs_goals_decide(rs_goals *goals, rs_error *error)
{
    const rs_halving_runs runs = {.count = goals->runs.count,
                                  .configurations = goals->configurations,
                                  .configuration = goals->configuration,
                                  .seed = goals->seed,
                                  .value = goals->value,
                                  .loss = goals->loss,
                                  .maximize = rs_plan_maximizes(goals->plan),
                                  .accuracy = is_accuracy(goals)};
    free(goals->decision.last);
    goals->decision = (rs_halving_decision){.last = NULL};
    return rs_halving_decide(&goals->decision, goals->halving, &runs, error);
}

size_t rs_goals_find(const rs_goals *goals, size_t number, const rs_run_config *config)
{
    return rs_match_find(goals->match, number, config);
}

size_t rs_goals_rung(const rs_goals *goals, size_t run)
{
    return goals->decision.last[goals->configuration[run]];
}

bool rs_goals_is_met(const rs_goals *goals, size_t run)
{
    return goals->ended[run] || rs_goals_rung(goals, run) < goals->reached[run];
}

size_t rs_goals_open(const rs_goals *goals)
{
    return goals->decision.open;
}

size_t rs_goals_stopped(const rs_goals *goals, size_t rung)
{
    size_t count = 0;
    for (size_t i = 0; i < goals->configurations; i++)
        count += goals->decision.last[i] == rung;
    return count;
}

size_t rs_goals_on(const rs_goals *goals, size_t rung)
{
    size_t count = 0;
    for (size_t i = 0; i < goals->configurations; i++)
        count += goals->decision.last[i] >= rung;
    return count;
}

double rs_goals_share_made(const rs_goals *goals)
{
    double made = 0, all = 0;
    for (size_t run = 0; run < goals->runs.count; run++) {
        rs_run_config config;
        rs_plan_run(goals->plan, run, &config);
        all += (double)rs_run_config_updates(&config);
        made += goals->updates[run];
    }
    return made / all;
}
