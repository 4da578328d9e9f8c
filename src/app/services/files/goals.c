#include "goals.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "comparison.h"
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

static bool is_accuracy(const rs_goals *goals)
{
    return strstr(rs_plan_metric(goals->plan), "accuracy") != NULL;
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
    bool ended;
    const rs_results *results;
    const rs_results_rungs *rungs; /* of the file */
};

/* A metric of a run at all rungs of the sweep; of one that ended before, in the end. */
static void fill(double *values, const rs_rungs *rungs, const struct row *row,
                 const rs_metric *metric)
{
    for (size_t i = 0; i < rungs->count; i++) {
        const bool is_measured = i < row->reached;
        if (is_measured)
            values[i] =
                metric->at_rungs[row->number * row->rungs->count + find_rung(rungs, i, row->rungs)];
        else
            values[i] = rs_metric_value(metric, row->results, row->number);
        if (isnan(values[i]) && (is_measured || row->ended))
            values[i] = rs_metric_worst(metric);
    }
}

/* The metric of the sweep, and the loss that orders equals. */
struct metrics {
    rs_metric own, loss;
};

static rs_status find_metrics(struct metrics *metrics, const rs_goals *goals,
                              const rs_results *results, const rs_results_rungs *rungs,
                              rs_error *error)
{
    rs_status status;
    if ((status = rs_metric_find(&metrics->own, results, rs_plan_metric(goals->plan), error)) !=
            RS_OK ||
        (status = rs_metric_find(&metrics->loss, results, "final_loss", error)) != RS_OK)
        return status;
    metrics->own.maximizes = rs_plan_maximizes(goals->plan);
    metrics->loss.maximizes = false;
    rs_metric_take_rungs(&metrics->own, rungs);
    rs_metric_take_rungs(&metrics->loss, rungs);
    return RS_OK;
}

static void take_row(rs_goals *goals, size_t run, struct row *row, const struct metrics *metrics)
{
    const rs_rungs *ours = &goals->halving->rungs;
    while (row->reached < ours->count &&
           was_measured(row->results, row->number, find_rung(ours, row->reached, row->rungs)))
        row->reached++;
    /* Of a run from a file without this rung it is not known what it was there. */
    const bool known =
        row->reached == ours->count || find_rung(ours, row->reached, row->rungs) != SIZE_MAX;
    if (goals->ended[run] || (row->ended && !known) ||
        (!row->ended && row->reached <= goals->reached[run]))
        return;
    goals->ended[run] = row->ended;
    goals->updates[run] = rs_results_read_columns(row->results).updates[row->number];
    goals->reached[run] = (uint32_t)row->reached;
    fill(goals->value + run * ours->count, ours, row, &metrics->own);
    fill(goals->loss + run * ours->count, ours, row, &metrics->loss);
}

rs_status rs_goals_add(rs_goals *goals, const rs_results *results, rs_error *error)
{
    rs_results_rungs rungs = {.count = 0};
    struct metrics metrics;
    rs_status status = rs_results_read_rungs(results, &rungs, error);
    if (status == RS_OK)
        status = find_metrics(&metrics, goals, results, &rungs, error);
    const rs_results_columns columns = rs_results_read_columns(results);
    for (size_t i = 0; status == RS_OK && i < rs_results_count(results); i++) {
        rs_run_config config;
        if (columns.status[i] == RS_RUN_PENDING || rs_results_is_damaged(results, i) ||
            rs_results_is_foreign(results, i))
            continue;
        rs_results_config(results, i, &config);
        const size_t run = rs_match_find(goals->match, (size_t)columns.run[i], &config);
        struct row row = {.number = i,
                          .ended = columns.status[i] != RS_RUN_STOPPED,
                          .results = results,
                          .rungs = &rungs};
        if (run != SIZE_MAX)
            take_row(goals, run, &row, &metrics);
    }
    rs_results_rungs_free(&rungs);
    return status;
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

size_t rs_goals_lacks(const rs_goals *goals, size_t run)
{
    const size_t last = rs_goals_rung(goals, run);
    const size_t most = last < rs_goals_open(goals) ? last + 1 : goals->halving->rungs.count + 1;
    return goals->ended[run] || goals->reached[run] >= most ? 0 : most - goals->reached[run];
}

size_t rs_goals_open(const rs_goals *goals)
{
    return goals->decision.open;
}

bool rs_goals_wait(const rs_goals *goals)
{
    return goals->halving != NULL && rs_goals_open(goals) < goals->halving->rungs.count;
}

void rs_goals_name_rung(const rs_goals *goals, size_t rung, char text[RS_GOALS_RUNG_TEXT])
{
    const rs_rungs *rungs = &goals->halving->rungs;
    char at[RS_RUNG_TEXT];
    rs_rung_name(rungs->in_epochs, rungs->at[rung], at);
    snprintf(text, RS_GOALS_RUNG_TEXT, "rung %zu of %zu, at %s", rung + 1, rungs->count, at);
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
