#include "halving_cost.h"

#include <stdlib.h>

#include "cost.h"
#include "memory.h"

/* The work of all configurations, [configurations] for each rung and the end: as far as there from
 * the beginning of the runs. */
struct table {
    size_t stages, configurations;
    double *work; /* [stages][configurations] */
    double *scratch;
};

static void fill(struct table *table, const rs_plan *plan)
{
    const rs_rungs *rungs = rs_plan_rungs(plan);
    rs_run_config last = {0};
    for (size_t run = 0, i = 0; run < rs_plan_runs(plan); run++) {
        rs_run_config config;
        rs_plan_run(plan, run, &config);
        if (run > 0 && !rs_identity_same_setting(&config, &last) && i + 1 < table->configurations)
            i++;
        for (size_t stage = 0; stage < table->stages; stage++)
            table->work[stage * table->configurations + i] +=
                rs_cost_predict(&config) * rs_rungs_share(rungs, stage, &config);
        last = config;
    }
}

static int ascending(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* The work of one stage where `count` configurations are in it, from the last rung on or from the
 * beginning of the runs. */
static rs_work_share stage_work(const struct table *table, size_t stage, size_t count, bool anew)
{
    const double *to = table->work + stage * table->configurations;
    const double *from = stage > 0 && !anew ? to - table->configurations : NULL;
    rs_work_share work = {0};
    for (size_t i = 0; i < table->configurations; i++)
        table->scratch[i] = to[i] - (from != NULL ? from[i] : 0);
    qsort(table->scratch, table->configurations, sizeof *table->scratch, ascending);
    for (size_t i = 0; i < count; i++) {
        work.least += table->scratch[i];
        work.most += table->scratch[table->configurations - 1 - i];
    }
    return work;
}

/* *largest: the most of one stage; NULL: not asked for. */
static rs_work_share total(const struct table *table, const size_t *configurations, bool anew,
                           double *largest)
{
    rs_work_share sum = {0};
    const double whole = stage_work(table, table->stages - 1, table->configurations, true).least;
    for (size_t stage = 0; stage < table->stages; stage++) {
        const rs_work_share work = stage_work(table, stage, configurations[stage], anew);
        sum.least += work.least / whole;
        sum.most += work.most / whole;
        if (largest != NULL && work.most / whole > *largest)
            *largest = work.most / whole;
    }
    return sum;
}

rs_status rs_halving_cost_make(rs_halving_cost *cost, const rs_plan *plan, rs_error *error)
{
    const rs_halving *halving = rs_plan_halving(plan);
    struct table table = {.stages = halving->rungs.count + 1,
                          .configurations = rs_plan_configurations(plan)};
    size_t *counts = NULL;
    rs_status status;
    if ((status = rs_allocate((void **)&counts, table.stages, sizeof *counts, error)) == RS_OK &&
        (status = rs_allocate((void **)&table.work, table.configurations,
                              table.stages * sizeof *table.work, error)) == RS_OK &&
        (status = rs_allocate((void **)&table.scratch, table.configurations, sizeof *table.scratch,
                              error)) == RS_OK) {
        fill(&table, plan);
        counts[0] = table.configurations;
        for (size_t rung = 0; rung < halving->rungs.count; rung++)
            counts[rung + 1] = rs_halving_kept(halving, rung, counts[rung]);
        *cost = (rs_halving_cost){.configurations = counts};
        cost->at_once = total(&table, counts, false, NULL);
        cost->in_jobs = total(&table, counts, true, &cost->largest_job);
        counts = NULL;
    }
    free(table.scratch);
    free(table.work);
    free(counts);
    return status;
}
