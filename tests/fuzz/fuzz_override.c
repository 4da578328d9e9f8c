/* libFuzzer target: any bytes as overrides, one a line, of a small grid and a small random sweep.
 */
#include <stdlib.h>
#include <string.h>

#include "plan.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { MOST_OVERRIDES = 8 };

static void try_overrides(const char *text, size_t count, const char *const overrides[])
{
    rs_diagnostics *diagnostics = NULL;
    rs_plan *plan = NULL;
    FILE *null = fopen("/dev/null", "w");
    if (null == NULL || rs_diagnostics_create(&diagnostics, NULL) != RS_OK)
        abort();
    rs_status status = rs_plan_parse(&plan, "fuzz.yaml", text, strlen(text), count, overrides, NULL,
                                     diagnostics, NULL);
    rs_diagnostics_print(diagnostics, null, true);
    if (status == RS_OK) {
        rs_run_config config;
        rs_plan_run(plan, rs_plan_runs(plan) - 1, &config);
        if (rs_run_config_check(&config, NULL) != RS_OK)
            abort();
    } else if (plan != NULL || rs_diagnostics_errors(diagnostics) == 0)
        abort();
    rs_plan_free(plan);
    rs_diagnostics_free(diagnostics);
    fclose(null);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *overrides[MOST_OVERRIDES];
    size_t count = 0;
    char *lines = calloc(size + 1, 1), *rest = NULL;
    if (lines == NULL)
        abort();
    memcpy(lines, data, size);
    for (char *line = strtok_r(lines, "\n", &rest); line != NULL && count < MOST_OVERRIDES;
         line = strtok_r(NULL, "\n", &rest))
        overrides[count++] = line;
    try_overrides("{method: grid, parameters: {states: [2, 3]}}", count, overrides);
    try_overrides("{method: random, run_cap: 3, parameters: {momentum: {min: 0, max: 0.9}}}", count,
                  overrides);
    free(lines);
    return 0;
}
