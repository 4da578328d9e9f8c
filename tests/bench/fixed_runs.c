/* A fixed small workload, for counting its instructions. Usage: fixed_runs ISA STATES PRECISION */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "rnnsweep/rnnsweep.h"

int main(int argc, char **argv)
{
    const rs_isa *isa;
    rs_trainer *trainer = NULL;
    rs_run_result result;
    rs_error error;
    rs_run_config config = rs_run_config_default();
    if (argc != 4)
        return 64;
    config.states = (uint32_t)strtoul(argv[2], NULL, 10);
    config.precision = strcmp(argv[3], "float64") == 0 ? RS_FLOAT64 : RS_FLOAT32;
    config.train_samples = 400;
    config.test_samples = 200;
    config.epochs = 2;
    rs_status status = rs_isa_select(&isa, argv[1], &error);
    if (status == RS_OK)
        status = rs_trainer_create(&trainer, isa, &error);
    if (status == RS_OK)
        status = rs_trainer_run(trainer, &config, &result, &error);
    rs_trainer_free(trainer);
    if (status != RS_OK) {
        fprintf(stderr, "%s\n", error.text);
        return rs_status_exit_code(status);
    }
    printf("%.17g\n", result.final_loss);
    return 0;
}
