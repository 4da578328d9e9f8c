#include "stored_network.h"

#include <inttypes.h>
#include <stdio.h>
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
    if (status == RS_OK && !intact && rs_results_is_replaced(results, row))
        return rs_fail(error, RS_BAD_DATA,
                       "%s: run %d is being trained further, past the rung at which it was "
                       "stopped: ask again",
                       path, rs_results_read_columns(results).run[row]);
    if (status == RS_OK && (!intact || rs_results_is_damaged(results, row)))
        return rs_fail(error, RS_BAD_DATA,
                       "%s: run %d is damaged: its checksum is wrong. `rnnsweep merge NEW FILE` "
                       "leaves it out, and `rnnsweep run` on NEW trains it again",
                       path, rs_results_read_columns(results).run[row]);
    return status;
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

/* ---- Which network --------------------------------------------------------------------------- */

int32_t rs_stored_network_run(const rs_stored_network *network)
{
    return rs_results_read_columns(network->results).run[network->row];
}

static rs_status check_outcome(const rs_stored_network *network, rs_error *error)
{
    const rs_results_columns columns = rs_results_read_columns(network->results);
    const int run = columns.run[network->row];
    switch (columns.status[network->row]) {
    case RS_RUN_DONE:
    case RS_RUN_STOPPED:
        return RS_OK;
    case RS_RUN_DIVERGED:
        if (network->update != RS_AT_END)
            return RS_OK;
        return rs_fail(error, RS_USAGE, "run %d diverged at update %d: its network cannot be used",
                       run, columns.diverged_at[network->row]);
    case RS_RUN_FAILED:
        return rs_fail(error, RS_USAGE, "run %d failed its gradient check and was not trained",
                       run);
    default:
        return rs_fail(error, RS_USAGE, "run %d is not trained yet", run);
    }
}

void rs_checkpoints_write(size_t count, const int32_t *updates, size_t size, char *text)
{
    enum { SHOWN = 24 };
    size_t length = 0;
    text[0] = '\0';
    for (size_t i = 0; i < count && length < size; i++) {
        const bool skipped = count > SHOWN && i == SHOWN / 2;
        if (skipped)
            i = count - SHOWN / 2;
        length += (size_t)snprintf(text + length, size - length, "%s%s%" PRId32, i > 0 ? ", " : "",
                                   skipped ? "..., " : "", updates[i]);
    }
}

static rs_status check_checkpoint(const rs_stored_network *network, rs_error *error)
{
    char list[RS_CHECKPOINTS_TEXT];
    int32_t *updates = NULL;
    size_t count = 0, place = 0;
    const int run = rs_stored_network_run(network);
    rs_status status =
        rs_results_checkpoints(network->results, network->row, &count, &updates, error);
    while (place < count && (uint32_t)updates[place] != network->update)
        place++;
    if (status == RS_OK && count == 0)
        status = rs_fail(error, RS_USAGE,
                         "run %d has no checkpoints: give its sweep `checkpoints: log2`, or a list "
                         "of updates, and run it again",
                         run);
    else if (status == RS_OK && place == count) {
        rs_checkpoints_write(count, updates, sizeof list, list);
        status = rs_fail(error, RS_USAGE,
                         "run %d has no checkpoint at update %u; it has %s. `checkpoints` in its "
                         "sweep file makes others",
                         run, network->update, list);
    }
    free(updates);
    return status;
}

rs_status rs_stored_network_check(const rs_stored_network *network, rs_error *error)
{
    if (rs_results_is_foreign(network->results, network->row))
        return rs_fail(
            error, RS_USAGE,
            "run %d has settings that this version does not know: %s. Its network cannot "
            "be used",
            rs_stored_network_run(network), rs_results_foreign(network->results));
    rs_status status = check_outcome(network, error);
    if (status == RS_OK && network->update != RS_AT_END)
        status = check_checkpoint(network, error);
    return status;
}

/* ---- Asking it ------------------------------------------------------------------------------- */

rs_status rs_stored_network_weights(const rs_stored_network *network, double *weights,
                                    rs_error *error)
{
    return network->update == RS_AT_END
               ? rs_results_weights(network->results, network->row, weights, error)
               : rs_results_weights_at(network->results, network->row, network->update, weights,
                                       error);
}

/* A trainer, and what the network needs. */
typedef struct awakened {
    rs_run_config config;
    rs_trainer *trainer;
    double *weights;
} awakened;

static rs_status wake(awakened *awake, const rs_stored_network *network, rs_error *error)
{
    const rs_isa *isa;
    void *weights = NULL;
    rs_status status;
    *awake = (awakened){.trainer = NULL};
    rs_results_config(network->results, network->row, &awake->config);
    status =
        rs_allocate(&weights, rs_run_config_network(&awake->config).count, sizeof(double), error);
    awake->weights = weights;
    if (status == RS_OK &&
        (status = rs_stored_network_weights(network, awake->weights, error)) == RS_OK &&
        (status = rs_instruction_set_choose(&isa, NULL, error)) == RS_OK)
        status = rs_trainer_create(&awake->trainer, isa, error);
    return status;
}

static void put_away(awakened *awake)
{
    rs_trainer_free(awake->trainer);
    free(awake->weights);
}

rs_status rs_stored_network_predict(const rs_stored_network *network, size_t count,
                                    const uint64_t *a, const uint64_t *b, double *probability,
                                    rs_error *error)
{
    awakened awake;
    rs_status status = wake(&awake, network, error);
    if (status == RS_OK)
        status = rs_predict(awake.trainer, &awake.config, awake.weights, count, a, b, probability,
                            error);
    put_away(&awake);
    return status;
}

rs_status rs_stored_network_answer(const rs_stored_network *network, const rs_data *data,
                                   const rs_data_set *set, double *logit, rs_score *score,
                                   rs_error *error)
{
    awakened awake;
    rs_status status = wake(&awake, network, error);
    if (status == RS_OK)
        status = rs_answer_sequences(awake.trainer, &awake.config, awake.weights, data, set, logit,
                                     score, error);
    put_away(&awake);
    return status;
}

uint64_t rs_answer(const double *probability, uint32_t length)
{
    uint64_t number = 0;
    for (uint32_t k = 0; k < length; k++)
        number |= (uint64_t)(probability[k] > 0.5) << k;
    return number;
}
