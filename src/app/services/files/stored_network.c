#include "stored_network.h"

#include <stdlib.h>

#include "answer.h"
#include "instruction_set.h"
#include "memory.h"

rs_status rs_stored_run_check(const rs_results *results, const char *path, size_t row,
                              rs_error *error)
{
    bool intact = true;
    const bool finished = rs_results_read_columns(results).status[row] != RS_RUN_PENDING;
    rs_status status = finished ? rs_results_check_row(results, row, &intact, error) : RS_OK;
    if (status == RS_OK && (!intact || rs_results_is_damaged(results, row)))
        return rs_fail(error, RS_BAD_DATA,
                       "%s: run %d is damaged: its checksum is wrong. `rnnsweep merge NEW FILE` "
                       "leaves it out, and `rnnsweep run` on NEW trains it again",
                       path, rs_results_read_columns(results).run[row]);
    return status;
}

rs_status rs_stored_run_check_trained(const rs_results *results, size_t row, rs_error *error)
{
    const rs_results_columns columns = rs_results_read_columns(results);
    int run = columns.run[row];
    if (rs_results_is_foreign(results, row))
        return rs_fail(
            error, RS_USAGE,
            "run %d has settings that this version does not know: %s. Its network cannot "
            "be used",
            run, rs_results_foreign(results));
    switch (columns.status[row]) {
    case RS_RUN_DONE:
        return RS_OK;
    case RS_RUN_DIVERGED:
        return rs_fail(error, RS_USAGE, "run %d diverged at update %d: its network cannot be used",
                       run, columns.diverged_at[row]);
    case RS_RUN_FAILED:
        return rs_fail(error, RS_USAGE, "run %d failed its gradient check and was not trained",
                       run);
    default:
        return rs_fail(error, RS_USAGE, "run %d is not trained yet", run);
    }
}

rs_status rs_stored_run_open(rs_results **results, rs_run_choice *choice, const char *path,
                             size_t count, const char *const words[], rs_error *error)
{
    rs_results *opened = NULL;
    rs_status status;
    if ((status = rs_results_open(&opened, path, error)) == RS_OK &&
        (status = rs_run_choose(choice, opened, path, count, words, error)) == RS_OK &&
        (status = rs_stored_run_check(opened, path, choice->row, error)) == RS_OK)
        *results = opened;
    else
        rs_results_close(opened);
    return status;
}

static rs_status read_weights(const rs_results *results, size_t row, const rs_run_config *config,
                              double **weights, rs_error *error)
{
    rs_network network = rs_run_config_network(config);
    void *block;
    rs_status status = rs_allocate(&block, network.count, sizeof(double), error);
    if (status != RS_OK)
        return status;
    if ((status = rs_results_weights(results, row, block, error)) == RS_OK)
        *weights = block;
    else
        free(block);
    return status;
}

/* A trainer, and what the network of a row needs. */
typedef struct awake {
    rs_run_config config;
    rs_trainer *trainer;
    double *weights;
} awake;

static rs_status wake(awake *network, const rs_results *results, size_t row, rs_error *error)
{
    const rs_isa *isa;
    rs_status status;
    *network = (awake){.trainer = NULL};
    rs_results_config(results, row, &network->config);
    if ((status = read_weights(results, row, &network->config, &network->weights, error)) ==
            RS_OK &&
        (status = rs_instruction_set_choose(&isa, NULL, error)) == RS_OK)
        status = rs_trainer_create(&network->trainer, isa, error);
    return status;
}

static void put_away(awake *network)
{
    rs_trainer_free(network->trainer);
    free(network->weights);
}

rs_status rs_stored_network_predict(const rs_results *results, size_t row, size_t count,
                                    const uint64_t *a, const uint64_t *b, double *probability,
                                    rs_error *error)
{
    awake network;
    rs_status status = wake(&network, results, row, error);
    if (status == RS_OK)
        status = rs_predict(network.trainer, &network.config, network.weights, count, a, b,
                            probability, error);
    put_away(&network);
    return status;
}

rs_status rs_stored_network_answer(const rs_results *results, size_t row, const rs_data *data,
                                   const rs_data_set *set, double *logit, rs_score *score,
                                   rs_error *error)
{
    awake network;
    rs_status status = wake(&network, results, row, error);
    if (status == RS_OK)
        status = rs_answer_sequences(network.trainer, &network.config, network.weights, data, set,
                                     logit, score, error);
    put_away(&network);
    return status;
}

uint64_t rs_answer(const double *probability, uint32_t length)
{
    uint64_t number = 0;
    for (uint32_t k = 0; k < length; k++)
        number |= (uint64_t)(probability[k] > 0.5) << k;
    return number;
}
