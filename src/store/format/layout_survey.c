#include "layout_survey.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "identity.h"
#include "memory.h"
#include "task_shape.h"

enum { MOST_CHECKS = 10000000 };

static uint32_t greatest_common_divisor(uint32_t a, uint32_t b)
{
    while (b != 0) {
        uint32_t rest = a % b;
        a = b;
        b = rest;
    }
    return a;
}

/* Keys of networks with the inputs and outputs of addition: cell by cell, 0 to states_max states.
 */
size_t rs_survey_known_keys(const rs_run_survey *all)
{
    return RS_CELL_TOTAL * (all->states_max + 1);
}

static size_t key_of(const rs_run_survey *all, const rs_run_config *config)
{
    return config->cell * (all->states_max + 1) + config->states;
}

rs_network rs_survey_network(const rs_run_survey *all, size_t key)
{
    return rs_network_make((rs_cell)(key / (all->states_max + 1)), RS_ADDITION_INPUTS,
                           (uint32_t)(key % (all->states_max + 1)), RS_ADDITION_OUTPUTS);
}

/* *key: the number of the group of other networks, after these. network: NULL where this program
 * does not know it. */
static rs_status find_other_group(rs_run_survey *all, const char *path, const rs_network *network,
                                  size_t *key, rs_error *error)
{
    const size_t first = rs_survey_known_keys(all), total = all->key_total - first;
    for (size_t i = total; i-- > 0;)
        if (strcmp(all->others[i].path, path) == 0) {
            *key = first + i;
            return RS_OK;
        }
    rs_status status =
        rs_grow((void **)&all->others, &all->other_room, total + 1, sizeof *all->others, error);
    if (status == RS_OK)
        status = rs_grow((void **)&all->rows_by_key, &all->key_room, all->key_total + 1,
                         sizeof *all->rows_by_key, error);
    if (status != RS_OK)
        return status;
    all->others[total] = (struct rs_other_group){.network = {0}};
    snprintf(all->others[total].path, RS_DATASET_PATH, "%s", path);
    if (network != NULL)
        all->others[total].network = *network;
    all->rows_by_key[all->key_total] = 0;
    *key = all->key_total++;
    return RS_OK;
}

/* Notes the data file of a run. */
static rs_status note_task(rs_run_survey *all, uint32_t task, rs_error *error)
{
    const rs_task_facts *facts = rs_task_facts_at(task);
    for (size_t i = all->task_total; i-- > 0;)
        if (all->tasks[i] == task)
            return RS_OK;
    if (facts == NULL)
        return rs_fail(error, RS_INTERNAL, "a run has the task %u, which nobody knows", task);
    if (all->task_total == RS_TASKS_IN_FILE)
        return rs_fail(error, RS_BAD_DATA, "a results file holds runs of at most %d data files",
                       RS_TASKS_IN_FILE);
    size_t place = all->task_total++;
    for (; place > 0; place--) {
        const rs_task_facts *before = rs_task_facts_at(all->tasks[place - 1]);
        const int order = strcmp(before->name, facts->name);
        if (order == 0)
            return rs_fail(error, RS_BAD_DATA,
                           "two data files with other contents have the name %s: give one of them "
                           "another name, data: {name: FILE}",
                           facts->name);
        if (order < 0)
            break;
        all->tasks[place] = all->tasks[place - 1];
    }
    all->tasks[place] = task;
    return RS_OK;
}

/* The key of the group of a run's network. */
static rs_status find_key(rs_run_survey *all, const rs_run_config *config, const char *other_path,
                          size_t *key, rs_error *error)
{
    char path[RS_DATASET_PATH];
    *key = key_of(all, config);
    if (other_path != NULL)
        return find_other_group(all, other_path, NULL, key, error);
    if (config->task == RS_TASK_ADDITION)
        return RS_OK;
    const rs_network network = rs_run_config_network(config);
    if (network.inputs == RS_ADDITION_INPUTS && network.outputs == RS_ADDITION_OUTPUTS)
        return RS_OK;
    rs_layout_group_path(&network, path);
    return find_other_group(all, path, &network, key, error);
}

/* The run is the next one of its group. */
static void put_place(rs_run_survey *all, size_t row, size_t key)
{
    const size_t in_group = all->rows_by_key[key]++;
    if (all->places != NULL)
        all->places[row] = (rs_place){.group = (uint32_t)key, .row = (uint32_t)in_group};
}

static int ascending(const void *a, const void *b)
{
    const int32_t x = *(const int32_t *)a, y = *(const int32_t *)b;
    return (x > y) - (x < y);
}

/* Sorted, each once. */
static void put_in_order(rs_values_of *all)
{
    size_t kept = 0;
    qsort(all->values, all->count, sizeof *all->values, ascending);
    for (size_t i = 0; i < all->count; i++)
        if (kept == 0 || all->values[i] != all->values[kept - 1])
            all->values[kept++] = all->values[i];
    all->count = kept;
}

/* Adds the updates of a run's checks that are not there. */
static rs_status note_checks(rs_run_survey *all, const rs_run_config *config, rs_error *error)
{
    const uint64_t count = rs_run_config_checks(config);
    const uint64_t interval = rs_run_config_check_interval(config);
    rs_values_of *to = &all->checks;
    const size_t before = to->count;
    rs_status status = RS_OK;
    if (count + before > MOST_CHECKS)
        return rs_fail(error, RS_BAD_DATA,
                       "the runs have more than %d different checks: give a larger check_interval",
                       MOST_CHECKS);
    for (uint64_t i = 1; status == RS_OK && i <= count; i++) {
        if (rs_layout_find_value(to->values, before, i * interval) != SIZE_MAX)
            continue;
        status = rs_grow((void **)&to->values, &to->room, to->count + 1, sizeof *to->values, error);
        if (status == RS_OK)
            to->values[to->count++] = (int32_t)(i * interval);
    }
    if (to->count > before)
        put_in_order(to);
    return status;
}

static rs_status add_values(rs_values_of *to, size_t count, const int32_t *values, rs_error *error)
{
    rs_status status =
        rs_grow((void **)&to->values, &to->room, to->count + count, sizeof *to->values, error);
    if (status != RS_OK || count == 0)
        return status;
    memcpy(to->values + to->count, values, count * sizeof *to->values);
    to->count += count;
    put_in_order(to);
    return RS_OK;
}

/* Adds the words of a list that are not there. */
static rs_status add_sets(rs_run_survey *all, const char *list, rs_error *error)
{
    while (list != NULL && *(list += strspn(list, " ")) != '\0') {
        const size_t length = strcspn(list, " ");
        char *joined;
        if (rs_layout_word_index(all->set_words, list, length) == SIZE_MAX &&
            all->set_total <= INT8_MAX) {
            const bool first = all->set_words == NULL;
            if (asprintf(&joined, "%s%s%.*s", first ? "" : all->set_words, first ? "" : " ",
                         (int)length, list) < 0)
                return rs_fail(error, RS_NO_MEMORY, "out of memory");
            free(all->set_words);
            all->set_words = joined;
            all->set_total++;
        }
        list += length;
    }
    return RS_OK;
}

/* The further sets of the runs' data files, as far as these have been read. */
static rs_status note_sets(rs_run_survey *all, rs_error *error)
{
    rs_status status = RS_OK;
    for (size_t i = 0; status == RS_OK && i < all->task_total; i++) {
        const rs_data *data = rs_task_data(all->tasks[i]);
        size_t first;
        const size_t count = rs_data_further_sets(data, &first);
        for (size_t k = 0; status == RS_OK && k < count; k++) {
            char word[RS_DATA_NAME];
            rs_layout_set_word(data->sets[first + k].name, word);
            status = add_sets(all, word, error);
        }
    }
    return status;
}

/* The rungs of the runs; where they have none, those of the files, which must then agree. */
static rs_status note_rungs(rs_run_survey *all, rs_error *error)
{
    const rs_store_runs *runs = all->runs;
    const rs_rungs *rungs = runs->rungs;
    const rs_layout *first = NULL;
    rs_status status = RS_OK;
    for (size_t i = 0; rungs != NULL && status == RS_OK && i < rungs->count; i++)
        status = add_values(&all->rungs, 1, &(int32_t){(int32_t)rungs->at[i]}, error);
    if (rungs != NULL) {
        all->rungs_in_epochs = rungs->in_epochs;
        return status;
    }
    for (size_t i = 0; i < runs->model_total; i++) {
        const rs_layout *model = runs->models[i];
        if (model->rungs > 0 && first != NULL && !rs_layout_same_rungs(first, model))
            return rs_fail(error, RS_BAD_DATA,
                           "/rung has other values in one of the files than in others: their runs "
                           "were stopped at other rungs, and cannot be joined");
        if (model->rungs > 0)
            first = model;
    }
    if (first == NULL)
        return RS_OK;
    all->rungs_in_epochs = first->rungs_in_epochs;
    return add_values(&all->rungs, first->rungs, first->rung_at, error);
}

/* What is tested, and the places of the files whose datasets a new one takes. */
static rs_status note_tests(rs_run_survey *all, rs_error *error)
{
    const rs_store_runs *runs = all->runs;
    rs_status status = note_sets(all, error);
    for (size_t i = 0; status == RS_OK && i < runs->length_total; i++)
        status = add_values(&all->lengths, 1, &(int32_t){(int32_t)runs->lengths[i]}, error);
    for (size_t i = 0; status == RS_OK && i < runs->model_total; i++) {
        const rs_layout *model = runs->models[i];
        if ((status = add_values(&all->checks, model->checks, model->check_at, error)) == RS_OK &&
            (status = add_values(&all->lengths, model->lengths, model->length_at, error)) ==
                RS_OK &&
            (status = add_values(&all->checkpoints, model->checkpoints, model->checkpoint_at,
                                 error)) == RS_OK)
            status = add_sets(all, model->set_words, error);
    }
    return status;
}

/* Adds the checkpoints of a run that are not there. */
static rs_status note_checkpoints(rs_run_survey *all, uint64_t last, rs_error *error)
{
    const rs_checkpoints *wanted = all->runs->checkpoints;
    const size_t before = all->checkpoints.count;
    rs_values_of *to = &all->checkpoints;
    rs_status status = RS_OK;
    if (wanted == NULL)
        return RS_OK;
    for (uint64_t at = rs_checkpoints_next(wanted, -1, last);
         status == RS_OK && at != UINT64_MAX && to->count < MOST_CHECKS;
         at = rs_checkpoints_next(wanted, (int64_t)at, last)) {
        if (rs_layout_find_value(to->values, before, at) != SIZE_MAX)
            continue;
        status = rs_grow((void **)&to->values, &to->room, to->count + 1, sizeof *to->values, error);
        if (status == RS_OK)
            to->values[to->count++] = (int32_t)at;
    }
    if (to->count > before)
        put_in_order(to);
    return status;
}

static rs_status survey_row(rs_run_survey *all, size_t row, rs_error *error)
{
    uint32_t run;
    rs_run_config config;
    const rs_store_runs *runs = all->runs;
    runs->row(runs->context, row, &run, &config);
    const char *path = runs->group != NULL ? runs->group(runs->context, row) : NULL;
    if (path == NULL && run <= INT32_MAX && all->last_key != SIZE_MAX &&
        rs_identity_same_setting(&config, &all->last)) {
        all->real64_seed |= config.seed > INT32_MAX;
        put_place(all, row, all->last_key);
        return RS_OK;
    }
    const uint64_t updates = rs_run_config_updates(&config);
    size_t key;
    if (updates > INT32_MAX || run > INT32_MAX || config.states > all->states_max)
        return rs_fail(error, RS_BAD_DATA,
                       "run %" PRIu32 " has %" PRIu64 " updates and %" PRIu32
                       " states: a results file holds at most %" PRId32
                       " updates, as many runs and %zu states",
                       run, updates, config.states, INT32_MAX, all->states_max);
    rs_status status = config.task >= RS_TASK_TOTAL ? note_task(all, config.task, error) : RS_OK;
    if (status != RS_OK || (status = find_key(all, &config, path, &key, error)) != RS_OK)
        return status;
    if (updates > all->updates)
        all->updates = updates;
    if ((status = note_checkpoints(all, updates, error)) != RS_OK)
        return status;
    if (config.validation_samples > 0 && (status = note_checks(all, &config, error)) != RS_OK)
        return status;
    all->interval = greatest_common_divisor(config.loss_interval, all->interval);
    all->real64 |= config.precision == RS_FLOAT64;
    all->real64_seed |= config.seed > INT32_MAX;
    all->real64_data_seed |= config.data_seed > INT32_MAX;
    put_place(all, row, key);
    all->last = config;
    all->last_key = path == NULL ? key : SIZE_MAX;
    return RS_OK;
}

rs_status rs_survey_runs(rs_run_survey *all, bool with_places, rs_error *error)
{
    rs_status status;
    all->states_max = (size_t)rs_parameters[RS_PARAMETER_states].max;
    all->key_total = rs_survey_known_keys(all);
    if ((status = rs_grow((void **)&all->rows_by_key, &all->key_room, all->key_total,
                          sizeof *all->rows_by_key, error)) != RS_OK ||
        (with_places && (status = rs_allocate((void **)&all->places, all->runs->count,
                                              sizeof *all->places, error)) != RS_OK))
        return status;
    all->last_key = SIZE_MAX;
    memset(all->rows_by_key, 0, all->key_total * sizeof *all->rows_by_key);
    for (size_t row = 0; status == RS_OK && row < all->runs->count; row++)
        status = survey_row(all, row, error);
    if (status == RS_OK)
        status = note_tests(all, error);
    return status == RS_OK ? note_rungs(all, error) : status;
}

void rs_survey_free(rs_run_survey *all)
{
    free(all->checks.values);
    free(all->lengths.values);
    free(all->checkpoints.values);
    free(all->rungs.values);
    free(all->set_words);
    free(all->places);
    free(all->rows_by_key);
    free(all->others);
}
