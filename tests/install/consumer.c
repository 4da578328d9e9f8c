/* A program of someone else, in C and C++: trains one network twice and expects the same bits. */
#include <rnnsweep/rnnsweep.h>
#include <stdio.h>
#include <string.h>

static int train(double *loss, rs_error *error)
{
    const rs_isa *isa = NULL;
    rs_trainer *trainer = NULL;
    rs_run_config config = rs_run_config_default();
    rs_run_result result;
    rs_status status = rs_isa_select(&isa, NULL, error);
    if (status == RS_OK)
        status = rs_trainer_create(&trainer, isa, error);
    if (status == RS_OK)
        status = rs_trainer_run(trainer, &config, &result, error);
    if (status == RS_OK)
        *loss = result.outcome == RS_RUN_DONE ? result.final_loss : -1;
    rs_trainer_free(trainer);
    return status == RS_OK;
}

int main(void)
{
    rs_error error;
    double first, second;
    memset(&error, 0, sizeof error);
    if (!train(&first, &error) || !train(&second, &error)) {
        printf("%s\n", error.text);
        return 1;
    }
    printf("rnnsweep %s: loss %g\n", rs_version(), first);
    return !(first > 0 && first < 0.71 && first == second);
}
