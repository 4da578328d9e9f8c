/* libFuzzer target: any bytes as a sweep file. A plan that comes of it has to be a sound one. */
#include <stdlib.h>

#include "plan.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Every run asked for must be inside its ranges; asking for all of many would only take time. */
static void check_plan(const rs_plan *plan)
{
    size_t runs = rs_plan_runs(plan), step = runs / 16 + 1;
    if (runs < 1 || rs_plan_configurations(plan) > runs)
        abort();
    for (size_t run = 0; run < runs; run += step) {
        rs_run_config config;
        rs_plan_run(plan, run, &config);
        if (rs_run_config_check(&config, NULL) != RS_OK)
            abort();
    }
    if (runs < 1000)
        rs_plan_hash(plan);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    rs_diagnostics *diagnostics = NULL;
    rs_plan *plan = NULL;
    FILE *null = fopen("/dev/null", "w");
    if (null == NULL || rs_diagnostics_create(&diagnostics, NULL) != RS_OK)
        abort();
    rs_status status = rs_plan_parse(&plan, "fuzz.yaml", (const char *)data, size, 0, NULL, NULL,
                                     diagnostics, NULL);
    rs_diagnostics_print(diagnostics, null, true);
    if (status == RS_OK)
        check_plan(plan);
    else if (plan != NULL || rs_diagnostics_errors(diagnostics) == 0)
        abort();
    rs_plan_free(plan);
    rs_diagnostics_free(diagnostics);
    fclose(null);
    return 0;
}
