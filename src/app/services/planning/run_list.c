#include "run_list.h"

#include <string.h>

/* The text of a parameter's last value, kept because most runs differ from the one before in
 * few. */
struct spelling {
    double value;
    bool known;
    char text[RS_PARAMETER_TEXT];
};

static void print_names(FILE *stream)
{
    fputs("run", stream);
    for (size_t i = 0; i < RS_PARAMETER_TOTAL; i++)
        fprintf(stream, ",%s", rs_parameters[i].name);
    fputs(",seed,identity\n", stream);
}

static void print_run(size_t run, const rs_run_config *config,
                      struct spelling spellings[RS_PARAMETER_TOTAL], FILE *stream)
{
    char identity[RS_HASH_TEXT];
    fprintf(stream, "%zu", run);
    for (size_t i = 0; i < RS_PARAMETER_TOTAL; i++) {
        struct spelling *spelling = &spellings[i];
        double value = rs_parameter_get(&rs_parameters[i], config);
        if (!spelling->known || value != spelling->value) {
            rs_parameter_format(&rs_parameters[i], value, spelling->text);
            spelling->value = value;
            spelling->known = true;
        }
        putc(',', stream);
        fputs(spelling->text, stream);
    }
    rs_hash_format(rs_run_identity(config), identity);
    fprintf(stream, ",%u,%s\n", config->seed, identity);
}

void rs_run_list_print(const rs_plan *plan, FILE *stream)
{
    struct spelling spellings[RS_PARAMETER_TOTAL] = {0};
    print_names(stream);
    for (size_t run = 0; run < rs_plan_runs(plan) && !ferror(stream); run++) {
        rs_run_config config;
        rs_plan_run(plan, run, &config);
        print_run(run, &config, spellings, stream);
    }
}
