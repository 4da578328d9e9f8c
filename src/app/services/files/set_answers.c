#include "set_answers.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "data_file.h"
#include "memory.h"
#include "outputs_file.h"
#include "sequences_asked.h"

/* ---- The file -------------------------------------------------------------------------------- */

static rs_status check_file(rs_set_answers *answers, const char *path, bool chosen, const char *set,
                            rs_error *error)
{
    const rs_task_facts *facts = rs_task_facts_at(answers->config.task);
    rs_data *data = answers->data;
    answers->of_run = rs_hash_equal(data->hash, facts->hash);
    if (!answers->of_run && !chosen)
        return rs_fail(error, RS_BAD_DATA,
                       "%s: has other contents than when the runs were trained; --data FILE names "
                       "the file, or another one",
                       path);
    const rs_task_shape shape = rs_task_shape_of(&answers->config);
    if (!rs_inputs_suit(data, &shape) || !rs_targets_suit(data, &shape))
        return rs_fail(error, RS_BAD_DATA,
                       "%s: its %u inputs and %u outputs, or their kinds, are not those of the "
                       "data file %s that the run has learnt: %u and %u",
                       path, data->inputs, data->outputs, facts->name, facts->inputs,
                       facts->outputs);
    answers->set = rs_data_find(data, set);
    if (answers->set == NULL)
        return rs_data_lacks_set(data, path, set, error);
    data->inputs = facts->inputs;
    data->outputs = facts->outputs;
    return RS_OK;
}

/* ---- Answers --------------------------------------------------------------------------------- */

rs_status rs_set_answers_make(rs_set_answers *answers, const rs_stored_network *network,
                              const char *path, const char *set, rs_error *error)
{
    rs_status status;
    void *values = NULL;
    rs_score score = {.bits = 0};
    *answers = (rs_set_answers){.loss = NAN};
    rs_results_config(network->results, network->row, &answers->config);
    const bool chosen = path != NULL;
    path = chosen ? path : rs_task_path(answers->config.task);
    if ((status = rs_data_read(&answers->data, path, error)) != RS_OK ||
        (status = check_file(answers, path, chosen, set, error)) != RS_OK ||
        (status = rs_allocate(&values, answers->set->sequences,
                              (size_t)answers->set->steps * answers->data->outputs * sizeof(double),
                              error)) != RS_OK)
        return status;
    answers->values = values;
    status = rs_stored_network_answer(network, answers->data, answers->set, answers->values, &score,
                                      error);
    if (status != RS_OK)
        return status;
    rs_answer_finish(answers->data, answers->set, answers->values);
    answers->loss = score.loss / score.weight;
    answers->bit_accuracy = (double)score.bits / (double)score.counted;
    answers->accuracy = (double)score.sums / answers->set->sequences;
    return RS_OK;
}

void rs_set_answers_free(rs_set_answers *answers)
{
    rs_data_free(answers->data);
    free(answers->values);
    *answers = (rs_set_answers){.loss = NAN};
}

rs_status rs_set_answers_write(const rs_set_answers *answers, const char *path, const char *source,
                               rs_error *error)
{
    static const char *const meanings[] = {[RS_TARGET_BITS] = "probability that the bit is 1",
                                           [RS_TARGET_CLASSES] = "probability of the class",
                                           [RS_TARGET_LAST_CLASSES] = "probability of the class",
                                           [RS_TARGET_REALS] = "output of the network"};
    const rs_data_set *set = answers->set;
    char title[RS_TASK_NAME + RS_DATA_NAME + 32];
    void *memory = NULL;
    rs_status status = rs_allocate(&memory, set->sequences, sizeof(int32_t), error);
    if (status != RS_OK)
        return status;
    int32_t *lengths = memory;
    for (size_t n = 0; n < set->sequences; n++)
        lengths[n] = (int32_t)rs_data_length(set, n);
    snprintf(title, sizeof title, "outputs for set %s of %s", set->name,
             rs_task_facts_at(answers->config.task)->name);
    const rs_outputs outputs = {.sequences = set->sequences,
                                .steps = set->steps,
                                .outputs = answers->data->outputs,
                                .real64 = answers->config.precision == RS_FLOAT64,
                                .values = answers->values,
                                .lengths = lengths,
                                .meaning = meanings[answers->data->target_kind],
                                .title = title,
                                .source = source};
    status = rs_outputs_write(path, &outputs, error);
    free(lengths);
    return status;
}
