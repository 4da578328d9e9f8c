#include "trajectories.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "answer.h"
#include "instruction_set.h"
#include "memory.h"
#include "states.h"
#include "stored_network.h"
#include "task_shape.h"
#include "trajectory_file.h"

typedef struct writer {
    const rs_results *results;
    const rs_asked *asked;
    size_t count;
    const size_t *rows;
    unsigned update;
    rs_trainer *trainer;
    rs_trajectory_file *file;
    rs_asked_sequences sequences;
    uint32_t states; /* of the run with the most */
    bool real64, memories;
    /* Of the sequences of the first run */
    rs_data data;
    rs_data_set set;
    /* Of the run at hand */
    double *weights, *carry, *outputs;
    size_t weights_room, carry_room, outputs_room;
} writer;

static int run_of(const writer *w, size_t row)
{
    return rs_results_read_columns(w->results).run[row];
}

/* What the file must have room for. */
static void survey(writer *w)
{
    for (size_t i = 0; i < w->count; i++) {
        rs_run_config config;
        rs_results_config(w->results, w->rows[i], &config);
        const rs_network network = rs_run_config_network(&config);
        w->states = network.states > w->states ? network.states : w->states;
        w->real64 |= config.precision == RS_FLOAT64;
        w->memories |= rs_states_carried(&network) > network.states;
    }
}

static void describe(const writer *w, rs_trajectories *written)
{
    const rs_run_config *config = &w->sequences.config;
    const rs_task_facts *facts = rs_task_facts_at(config->task);
    char task[RS_PARAMETER_TEXT];
    const rs_parameter *parameter = rs_parameter_find("task", 4);
    rs_parameter_format(parameter, rs_parameter_get(parameter, config), task);
    *written = (rs_trajectories){
        .sequences = w->set.sequences, .steps = w->set.steps, .states = w->states};
    if (w->asked->word_count > 0)
        snprintf(written->what, sizeof written->what, "a sequence given");
    else if (w->asked->data != NULL)
        snprintf(written->what, sizeof written->what, "set %s of a file", w->asked->set);
    else
        snprintf(written->what, sizeof written->what, "set %s of %s", w->asked->set,
                 facts != NULL ? facts->name : task);
    if (w->update != RS_AT_END) {
        const size_t length = strlen(written->what);
        snprintf(written->what + length, sizeof written->what - length, ", after %u %s", w->update,
                 w->update == 1 ? "update" : "updates");
    }
}

static rs_status create(writer *w, const char *path, rs_trajectories *written, rs_error *error)
{
    void *memory = NULL;
    char title[sizeof written->what + 32], source[64];
    rs_status status = rs_allocate(&memory, w->count, sizeof(int32_t), error);
    if (status != RS_OK)
        return status;
    int32_t *runs = memory;
    for (size_t i = 0; i < w->count; i++)
        runs[i] = run_of(w, w->rows[i]);
    w->data = *w->sequences.data;
    w->set = *w->sequences.set;
    describe(w, written);
    snprintf(title, sizeof title, "states of networks on %s", written->what);
    snprintf(source, sizeof source, "rnnsweep %s", rs_version());
    const rs_trajectory_shape shape = {.runs = (uint32_t)w->count,
                                       .states = w->states,
                                       .run = runs,
                                       .shared = w->sequences.shared,
                                       .targets = w->sequences.has_targets,
                                       .real64 = w->real64,
                                       .memories = w->memories,
                                       .data = &w->data,
                                       .set = &w->set,
                                       .title = title,
                                       .source = source};
    status = rs_trajectory_file_create(&w->file, path, &shape, error);
    free(runs);
    return status;
}

/* Against the first run. */
static rs_status check_alike(const writer *w, size_t row, rs_error *error)
{
    const rs_data *data = w->sequences.data;
    const rs_data_set *set = w->sequences.set;
    if (set->sequences != w->set.sequences || set->steps != w->set.steps)
        return rs_fail(error, RS_USAGE,
                       "run %d reads %u sequences of %u steps, but run %d %u of %u: choose runs "
                       "that are alike, or --data FILE for all",
                       run_of(w, w->rows[0]), w->set.sequences, w->set.steps, run_of(w, row),
                       set->sequences, set->steps);
    if (data->input_kind != w->data.input_kind || data->target_kind != w->data.target_kind ||
        data->inputs != w->data.inputs || data->outputs != w->data.outputs)
        return rs_fail(error, RS_USAGE,
                       "run %d has other inputs or outputs than run %d: choose runs of one task",
                       run_of(w, row), run_of(w, w->rows[0]));
    return RS_OK;
}

/* NaN past a sequence's end. */
static void end_states(const rs_data_set *set, size_t carried, double *carry)
{
    for (size_t n = 0; n < set->sequences; n++) {
        const size_t length = rs_data_length(set, n);
        for (size_t i = (n * set->steps + length) * carried; i < (n + 1) * set->steps * carried;
             i++)
            carry[i] = NAN;
    }
}

static rs_status grow(double **block, size_t *room, size_t count, rs_error *error)
{
    void *grown = *block;
    rs_status status = rs_grow(&grown, room, count, sizeof(double), error);
    *block = grown;
    return status;
}

static rs_status add_run(writer *w, size_t index, rs_error *error)
{
    const size_t row = w->rows[index];
    const rs_run_config *config = &w->sequences.config;
    const rs_data_set *set = w->sequences.set;
    const rs_stored_network stored = {.results = w->results, .row = row, .update = w->update};
    const rs_network network = rs_run_config_network(config);
    const size_t carried = rs_states_carried(&network);
    const size_t steps = (size_t)set->sequences * set->steps;
    rs_status status = grow(&w->weights, &w->weights_room, network.count, error);
    if (status == RS_OK)
        status = grow(&w->carry, &w->carry_room, steps * carried, error);
    if (status == RS_OK)
        status = grow(&w->outputs, &w->outputs_room, steps * network.outputs, error);
    if (status == RS_OK)
        status = rs_stored_network_weights(&stored, w->weights, error);
    if (status == RS_OK)
        status = rs_states_of_sequences(w->trainer, config, w->weights, w->sequences.data, set,
                                        w->carry, w->outputs, error);
    if (status != RS_OK)
        return status;
    end_states(set, carried, w->carry);
    rs_answer_finish(w->sequences.data, set, w->outputs);
    const rs_trajectory trajectory = {.states = network.states,
                                      .carried = carried,
                                      .first = w->weights + network.tensor[RS_S0].offset,
                                      .carry = w->carry,
                                      .outputs = w->outputs,
                                      .set = set};
    return rs_trajectory_file_add(w->file, (uint32_t)index, &trajectory, error);
}

static rs_status write_runs(writer *w, const char *path, rs_trajectories *written, rs_error *error)
{
    rs_status status = RS_OK;
    for (size_t i = 0; i < w->count && status == RS_OK; i++) {
        status = rs_asked_sequences_find(&w->sequences, w->results, w->rows[i], w->asked, error);
        if (status == RS_OK)
            status = i == 0 ? create(w, path, written, error) : check_alike(w, w->rows[i], error);
        if (status == RS_OK)
            status = add_run(w, i, error);
    }
    return status;
}

rs_status rs_trajectories_write(rs_trajectories *written, const rs_results *results, size_t count,
                                const size_t rows[], unsigned update, const rs_asked *asked,
                                const char *path, rs_error *error)
{
    const rs_isa *isa;
    writer w = {.results = results, .asked = asked, .count = count, .rows = rows, .update = update};
    survey(&w);
    rs_status status = rs_instruction_set_choose(&isa, NULL, error);
    if (status == RS_OK)
        status = rs_trainer_create(&w.trainer, isa, error);
    if (status == RS_OK)
        status = write_runs(&w, path, written, error);
    rs_trajectory_file_end(w.file, &status, error);
    rs_asked_sequences_free(&w.sequences);
    rs_trainer_free(w.trainer);
    free(w.weights);
    free(w.carry);
    free(w.outputs);
    return status;
}
