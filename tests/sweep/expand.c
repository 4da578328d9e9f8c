/* expand FILE [key=value ...]: what the sweep layer says about a sweep file, for tests from
 * outside.
 *
 * Diagnostics go to stdout, then, when the file is right, one line of totals, one of the rungs and
 * the shares that they keep, if there are any, and one line for each of the first 1000 runs: the
 * parameters that vary and the seed. The exit code is the program's. */
#include <stdio.h>
#include <unistd.h>

#include "plan.h"

static void print_rungs(const rs_halving *halving)
{
    printf("rungs in %s by %s:", halving->rungs.in_epochs ? "epochs" : "updates",
           rs_halving_statistic_names[halving->statistic]);
    for (size_t i = 0; i < halving->rungs.count; i++)
        printf(" %u (%.6g)", halving->rungs.at[i], halving->keep[i]);
    putchar('\n');
}

static void print_runs(const rs_plan *plan)
{
    char hash[RS_HASH_TEXT];
    rs_hash_format(rs_plan_hash(plan), hash);
    printf("%s: %zu runs, %zu configurations, %zu duplicates, %s %s, %s\n", rs_plan_name(plan),
           rs_plan_runs(plan), rs_plan_configurations(plan), rs_plan_duplicates(plan),
           rs_plan_maximizes(plan) ? "maximize" : "minimize", rs_plan_metric(plan), hash);
    if (rs_plan_halving(plan) != NULL)
        print_rungs(rs_plan_halving(plan));
    for (size_t run = 0; run < rs_plan_runs(plan) && run < 1000; run++) {
        rs_run_config config;
        rs_plan_run(plan, run, &config);
        printf("%zu:", run);
        for (size_t i = 0; i < RS_PARAMETER_TOTAL; i++) {
            char text[RS_PARAMETER_TEXT];
            if (!rs_plan_varies(plan, (rs_parameter_id)i))
                continue;
            rs_parameter_format(&rs_parameters[i], rs_parameter_get(&rs_parameters[i], &config),
                                text);
            printf(" %s=%s", rs_parameters[i].name, text);
        }
        printf(" seed=%u\n", config.seed);
    }
}

int main(int count, char *arguments[])
{
    rs_diagnostics *diagnostics = NULL;
    rs_plan *plan = NULL;
    rs_error error = {.text = ""};
    if (count < 2)
        return rs_status_exit_code(RS_USAGE);
    rs_status status = rs_diagnostics_create(&diagnostics, &error);
    if (status == RS_OK) {
        status = rs_plan_read(&plan, arguments[1], (size_t)count - 2,
                              (const char *const *)arguments + 2, NULL, diagnostics, &error);
        rs_diagnostics_print(diagnostics, stdout, isatty(STDOUT_FILENO));
    }
    if (status == RS_OK)
        print_runs(plan);
    else
        printf("%s\n", error.text);
    rs_plan_free(plan);
    rs_diagnostics_free(diagnostics);
    return rs_status_exit_code(status);
}
