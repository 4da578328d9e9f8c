#include "layout.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "layout_survey.h"
#include "memory.h"

rs_curve rs_layout_curve(const rs_layout *layout, const rs_run_config *config)
{
    const uint64_t points = rs_run_config_updates(config) / config->loss_interval + 1;
    const size_t stride = layout->interval > 0 ? config->loss_interval / layout->interval : 0;
    const size_t room = stride > 0 ? (layout->steps - 1) / stride + 1 : 0;
    return (rs_curve){.points = points < room ? (size_t)points : room, .stride = stride};
}

/* ---- The datasets of the root ---------------------------------------------------------------- */

static void add_dimension(rs_dataset *dataset, const char *name, uint64_t extent)
{
    dataset->dimensions[dataset->rank] = name;
    dataset->extents[dataset->rank++] = extent;
}

static rs_dataset *begin_root(rs_layout *layout, size_t index, rs_type type, const char *unit,
                              const char *meaning)
{
    rs_dataset *dataset = &layout->datasets[index];
    snprintf(dataset->path, sizeof dataset->path, "/%s", rs_layout_root_name(index));
    dataset->type = type;
    dataset->unit = unit;
    dataset->meaning = meaning;
    return dataset;
}

static rs_dataset *add_column(rs_layout *layout, size_t index, rs_type type, const char *unit,
                              const char *meaning)
{
    rs_dataset *dataset = begin_root(layout, index, type, unit, meaning);
    dataset->per_run = true;
    add_dimension(dataset, "run", layout->runs);
    return dataset;
}

static rs_dataset *add_result(rs_layout *layout, size_t index, rs_type type, const char *unit,
                              double initial, const char *meaning)
{
    rs_dataset *dataset = add_column(layout, index, type, unit, meaning);
    dataset->result = true;
    dataset->initial = initial;
    dataset->described = true;
    return dataset;
}

static void add_parameters(rs_layout *layout, const rs_run_survey *all)
{
    for (size_t i = 0; i < RS_PARAMETER_TOTAL; i++) {
        const rs_parameter *parameter = &rs_parameters[i];
        rs_dataset *column = add_column(layout, RS_DATA_PARAMETERS + i,
                                        rs_layout_parameter_type(parameter, all->real64_data_seed),
                                        parameter->unit, parameter->meaning);
        column->choices = parameter->kind == RS_KIND_FLAG ? "false true" : parameter->choices;
        column->has_default = true;
        column->fallback = rs_layout_to_file(RS_DATA_PARAMETERS + i, parameter->fallback);
    }
    add_column(layout, RS_DATA_SEED, all->real64_seed ? RS_REAL64 : RS_INT32, "1",
               "seed of the run's random stream, numpy.random.RandomState(seed)");
}

static void add_checksums(rs_layout *layout)
{
    add_result(layout, RS_DATA_CRC32C_HEAD, RS_INT32, "1", 0,
               "CRC-32C (its bit pattern) of the run's numbers in the variables of one dimension "
               "that run:rnnsweep_row lists, then of its row, a 64-bit integer")
        ->described = false;
    add_result(layout, RS_DATA_CRC32C, RS_INT32, "1", 0,
               "CRC-32C (its bit pattern) of what crc32c_head takes, of the run's numbers in the "
               "other variables that run:rnnsweep_row lists, of those that run_id:rnnsweep_row "
               "lists in its group of weights, then of its row, a 64-bit integer")
        ->described = false;
}

/* Shares and losses [run, scale]. */
static void add_tests(rs_layout *layout, size_t first, rs_type real, size_t count,
                      const char *accuracy, const char *loss)
{
    const char *scale = first == RS_DATA_TEST_ACCURACY_BY_LENGTH ? "test_length" : "test_set";
    add_dimension(add_result(layout, first, RS_REAL64, "1", NAN, accuracy), scale, count);
    add_dimension(add_result(layout, first + 1, real, "1", NAN, loss), scale, count);
}

/* Only where runs have rungs. */
static void add_rungs(rs_layout *layout, rs_type real)
{
    static const struct {
        size_t index;
        bool share;
        const char *meaning;
    } arrays[] = {
        {RS_DATA_FINAL_LOSS_BY_RUNG, false,
         "loss of the minibatch before the rung, after its update"},
        {RS_DATA_TEST_LOSS_BY_RUNG, false,
         "loss on the test set at a rung; missing for the addition task"},
        {RS_DATA_TEST_ACCURACY_BY_RUNG, true,
         "share of wholly right sums, or sequences of data, on the test set at a rung"},
        {RS_DATA_TEST_BIT_ACCURACY_BY_RUNG, true,
         "share of right bits on the test set at a rung; of right counted outputs or classes of "
         "data"},
    };
    if (layout->rungs == 0)
        return;
    add_dimension(begin_root(layout, RS_DATA_RUNG, RS_INT32,
                             layout->rungs_in_epochs ? RS_UNIT_EPOCHS : RS_UNIT_UPDATES,
                             "training after which runs are compared, and some stopped"),
                  "rung", layout->rungs);
    add_result(layout, RS_DATA_RUNGS_REACHED, RS_INT32, "1", -1,
               "number of rungs at which the run was measured; -1: not known");
    for (size_t i = 0; i < sizeof arrays / sizeof arrays[0]; i++)
        add_dimension(add_result(layout, arrays[i].index, arrays[i].share ? RS_REAL64 : real, "1",
                                 NAN, arrays[i].meaning),
                      "rung", layout->rungs);
}

/* Tests beside the test set, where there are any. */
static void add_further(rs_layout *layout, rs_type real)
{
    if (layout->checkpoints > 0)
        add_dimension(begin_root(layout, RS_DATA_CHECKPOINT, RS_INT32, "1",
                                 "updates made when weights were kept"),
                      "checkpoint", layout->checkpoints);
    if (layout->lengths > 0) {
        add_dimension(begin_root(layout, RS_DATA_TEST_LENGTH, RS_INT32, "1",
                                 "steps of the sequences of a test"),
                      "test_length", layout->lengths);
        add_tests(layout, RS_DATA_TEST_ACCURACY_BY_LENGTH, real, layout->lengths,
                  "share of wholly right sequences of that many steps; missing where the task has "
                  "none",
                  "loss on sequences of that many steps");
    }
    if (layout->sets > 0) {
        rs_dataset *scale =
            begin_root(layout, RS_DATA_TEST_SET, RS_INT8, "1", "further set of a data file");
        add_dimension(scale, "test_set", layout->sets);
        scale->choices = layout->set_words;
        add_tests(layout, RS_DATA_TEST_ACCURACY_BY_SET, real, layout->sets,
                  "share of wholly right sequences of that set of the run's data file",
                  "loss on that set of the run's data file");
    }
}

/* Arrays of shares, which are float64 in any file. */
static bool is_share(size_t array)
{
    return array == RS_DATA_VALIDATION_ACCURACY || array == RS_DATA_TEST_ACCURACY_BY_LENGTH ||
           array == RS_DATA_TEST_ACCURACY_BY_SET || array == RS_DATA_TEST_ACCURACY_BY_RUNG ||
           array == RS_DATA_TEST_BIT_ACCURACY_BY_RUNG;
}

/* Only where some run has a validation set. */
static void add_checks(rs_layout *layout, const rs_store_runs *runs)
{
    rs_type real = layout->real64 ? RS_REAL64 : RS_REAL32;
    for (size_t i = 0; i < runs->model_total; i++)
        for (size_t array = RS_DATA_VALIDATION_LOSS; array < RS_DATA_ROOT_TOTAL; array++)
            if (!is_share(array) && runs->models[i]->datasets[array].type == RS_REAL64 &&
                runs->models[i]->datasets[array].rank > 0)
                real = RS_REAL64;
    add_further(layout, real);
    add_rungs(layout, real);
    if (layout->checks == 0)
        return;
    add_dimension(begin_root(layout, RS_DATA_CHECK, RS_INT32, "1", "updates made at a check"),
                  "check", layout->checks);
    add_dimension(add_result(layout, RS_DATA_VALIDATION_LOSS, real, "1", NAN,
                             "loss on the validation set at a check"),
                  "check", layout->checks);
    add_dimension(add_result(layout, RS_DATA_VALIDATION_ACCURACY, RS_REAL64, "1", NAN,
                             "share of wholly right sequences of the validation set at a check"),
                  "check", layout->checks);
}

static void add_results(rs_layout *layout, const rs_store_runs *runs)
{
    const rs_type real = layout->real64 ? RS_REAL64 : RS_REAL32;
    rs_dataset *status = add_result(layout, RS_DATA_STATUS, RS_INT8, "1", RS_RUN_PENDING,
                                    "how the run ended, or pending");
    status->choices = RS_STATUS_WORDS;
    status->described = false;
    add_result(
        layout, RS_DATA_STOP_REASON, RS_INT8, "1", -1,
        "what ended the run: its last update, a stop rule, or that it diverged; -1: not known")
        ->choices = RS_STOP_REASON_WORDS;
    add_result(layout, RS_DATA_INITIAL_LOSS, real, "1", NAN,
               "loss of the first minibatch before training: cross entropy, or squared error");
    add_result(layout, RS_DATA_FINAL_LOSS, real, "1", NAN,
               "loss of the last minibatch after its update");
    add_result(layout, RS_DATA_TEST_BIT_ACCURACY, RS_REAL64, "1", NAN,
               "share of right bits on the test set; of right counted outputs or classes of data");
    add_result(layout, RS_DATA_TEST_ACCURACY, RS_REAL64, "1", NAN,
               "share of wholly right sums, or sequences of data, on the test set");
    add_result(layout, RS_DATA_TEST_LOSS, real, "1", NAN,
               "loss on the test set; missing for the addition task");
    add_result(layout, RS_DATA_DIVERGED_AT, RS_INT32, "1", -1,
               "update at which the run diverged, 0 before training, -1 never");
    add_result(layout, RS_DATA_UPDATES, RS_INT32, "1", -1, "updates made; -1: not known");
    add_result(layout, RS_DATA_SOLVED_AT, RS_REAL64, "1", NAN,
               "update of the first check at which stop_loss or stop_accuracy held, -1 never; "
               "missing where neither was checked");
    add_result(layout, RS_DATA_WALL_TIME, RS_REAL64, "s", NAN,
               "time the run took; its lowest 16 bits are a check of the others");
    add_checksums(layout);
    add_dimension(add_result(layout, RS_DATA_LOSS, real, "1", NAN,
                             "loss of an update's minibatch after the update"),
                  "step", layout->steps);
    add_checks(layout, runs);
}

static void add_root(rs_layout *layout, const rs_run_survey *all)
{
    add_column(layout, RS_DATA_RUN, RS_INT32, "1", "number of the run in the whole sweep");
    add_dimension(
        begin_root(layout, RS_DATA_STEP, RS_INT32, "1", "updates made when the loss was recorded"),
        "step", layout->steps);
    add_parameters(layout, all);
    add_results(layout, all->runs);
}

/* ---- The datasets of a group ----------------------------------------------------------------- */

static rs_dataset *begin_in_group(rs_layout *layout, const rs_group *group, size_t index,
                                  rs_type type, const char *meaning)
{
    rs_dataset *dataset = &layout->datasets[group->first_dataset + index];
    snprintf(dataset->path, sizeof dataset->path, "%.200s/%s", group->path,
             rs_layout_group_name(index));
    dataset->type = type;
    dataset->unit = "1";
    dataset->meaning = meaning;
    dataset->of_group = true;
    return dataset;
}

static void add_scale(rs_layout *layout, const rs_group *group, size_t index, uint64_t extent,
                      const char *meaning)
{
    rs_dataset *scale = begin_in_group(layout, group, index, RS_INT32, meaning);
    scale->per_run = index == RS_GROUP_RUN_ID;
    add_dimension(scale, rs_layout_group_name(index), extent);
}

/* at: that of the checkpoints. */
static void add_tensor(rs_layout *layout, const rs_group *group, rs_tensor tensor, bool at)
{
    const rs_tensor_layout *shape = &group->network.tensor[tensor];
    if (shape->rank == 0)
        return;
    rs_dataset *dataset =
        begin_in_group(layout, group, (at ? RS_GROUP_TENSORS_AT : RS_GROUP_TENSORS) + tensor,
                       layout->real64 ? RS_REAL64 : RS_REAL32, rs_tensor_meaning(tensor));
    dataset->result = true;
    dataset->initial = NAN;
    dataset->per_run = true;
    add_dimension(dataset, "run_id", group->rows);
    if (at)
        add_dimension(dataset, "checkpoint", layout->checkpoints);
    for (int i = 0; i < shape->rank; i++)
        add_dimension(dataset, rs_tensor_axis_name(shape->axis[i]), shape->extent[i]);
}

static void add_known_group(rs_layout *layout, const rs_group *group)
{
    const rs_network *network = &group->network;
    add_scale(layout, group, RS_GROUP_RUN_ID, group->rows, "number of the run, as in /run");
    add_scale(layout, group, RS_GROUP_STATE, network->states, "index of the state");
    add_scale(layout, group, RS_GROUP_STATE_FROM, network->states,
              "index of the state a weight comes from");
    add_scale(layout, group, RS_GROUP_INPUT, network->inputs, "index of the input");
    add_scale(layout, group, RS_GROUP_OUTPUT, network->outputs, "index of the output");
    if (network->gates > 1)
        add_scale(layout, group, RS_GROUP_GATE, network->gates, rs_cell_gates(network->cell));
    for (int tensor = 0; tensor < RS_TENSOR_TOTAL; tensor++)
        add_tensor(layout, group, (rs_tensor)tensor, false);
    for (int tensor = 0; layout->checkpoints > 0 && tensor < RS_TENSOR_TOTAL; tensor++)
        add_tensor(layout, group, (rs_tensor)tensor, true);
}

/* ---- Datasets that only the models know ------------------------------------------------------ */

static const rs_group *find_group(const rs_layout *layout, const char *path)
{
    for (size_t i = 0; i < layout->group_total; i++)
        if (strcmp(layout->groups[i].path, path) == 0)
            return &layout->groups[i];
    return NULL;
}

static rs_status check_alike(const rs_dataset *one, const rs_dataset *other, rs_error *error)
{
    bool alike =
        one->type == other->type && one->rank == other->rank && one->per_run == other->per_run;
    for (int axis = one->per_run; alike && axis < one->rank; axis++)
        alike = one->extents[axis] == other->extents[axis];
    return alike ? RS_OK
                 : rs_fail(error, RS_BAD_DATA,
                           "%s has another type or shape in one of the files than in others, and "
                           "this version of rnnsweep cannot join them",
                           one->path);
}

/* Takes a dataset of a model at `index`, unless another model has brought it. */
static rs_status take_from_model(rs_layout *layout, size_t index, const rs_dataset *model,
                                 uint64_t rows, rs_error *error)
{
    rs_dataset *dataset = &layout->datasets[index];
    if (dataset->rank > 0)
        return check_alike(dataset, model, error);
    *dataset = *model;
    dataset->offset = 0;
    if (dataset->per_run)
        dataset->extents[0] = rows;
    return RS_OK;
}

/* Further datasets of the root (from 0), or of a group: those of all models, by name. */
static rs_status add_unknown(rs_layout *layout, size_t first, size_t *total, size_t known,
                             const rs_dataset *models, size_t model_total, uint64_t rows,
                             rs_error *error)
{
    rs_status status = RS_OK;
    for (size_t i = known; status == RS_OK && i < model_total; i++) {
        size_t at = known;
        if (models[i].rank == 0)
            continue;
        while (at < *total && strcmp(layout->datasets[first + at].path, models[i].path) != 0)
            at++;
        status = take_from_model(layout, first + at, &models[i], rows, error);
        *total += at == *total;
    }
    return status;
}

static rs_status add_group(rs_layout *layout, rs_group *group, const rs_store_runs *runs,
                           rs_error *error)
{
    rs_status status = RS_OK;
    group->first_dataset = layout->dataset_total;
    group->dataset_total = RS_GROUP_TOTAL;
    if (group->network.states > 0)
        add_known_group(layout, group);
    for (size_t i = 0; status == RS_OK && i < runs->model_total; i++) {
        const rs_group *model = find_group(runs->models[i], group->path);
        if (model == NULL)
            continue;
        const rs_dataset *datasets = &runs->models[i]->datasets[model->first_dataset];
        for (size_t known = 0; status == RS_OK && known < RS_GROUP_TOTAL; known++)
            if (group->network.states == 0 && datasets[known].rank > 0)
                status = take_from_model(layout, group->first_dataset + known, &datasets[known],
                                         group->rows, error);
        if (status == RS_OK)
            status =
                add_unknown(layout, group->first_dataset, &group->dataset_total, RS_GROUP_TOTAL,
                            datasets, model->dataset_total, group->rows, error);
    }
    layout->dataset_total += group->dataset_total;
    return status;
}

/* ---- Words ------------------------------------------------------------------------------------
 */

/* The names of data files follow those of the built-in tasks. */
static rs_status name_tasks(rs_layout *layout, rs_error *error)
{
    const size_t column = RS_DATA_PARAMETERS + RS_PARAMETER_task;
    char *names = NULL;
    size_t size;
    FILE *out = layout->task_total > 0 ? open_memstream(&names, &size) : NULL;
    if (layout->task_total == 0)
        return RS_OK;
    if (out == NULL)
        return rs_fail(error, RS_NO_MEMORY, "out of memory");
    fputs(layout->datasets[column].choices, out);
    for (size_t i = 0; i < layout->task_total; i++)
        fprintf(out, " %s", rs_task_facts_at(layout->tasks[i])->name);
    if (fclose(out) != 0) {
        free(names);
        return rs_fail(error, RS_NO_MEMORY, "out of memory");
    }
    layout->datasets[column].choices = layout->joined[column] = names;
    return RS_OK;
}

double rs_layout_code(const rs_layout *layout, size_t column, double value)
{
    if (column == RS_DATA_PARAMETERS + RS_PARAMETER_task && value >= RS_TASK_TOTAL)
        for (size_t i = 0; i < layout->task_total; i++)
            if (layout->tasks[i] == (uint32_t)value)
                return RS_TASK_TOTAL + (double)i;
    return value;
}

static bool names_data(const rs_layout *model, const char *word, size_t length)
{
    for (size_t i = 0; i < model->task_total; i++) {
        const char *name = rs_task_facts_at(model->tasks[i])->name;
        if (strlen(name) == length && memcmp(name, word, length) == 0)
            return true;
    }
    return false;
}

/* Adds to the choices of a dataset the words that a model has beside them; of its data files, those
 * that runs name are there. */
static rs_status join_words(rs_layout *layout, size_t index, const rs_layout *model,
                            const char *more, rs_error *error)
{
    rs_dataset *dataset = &layout->datasets[index];
    while (*(more += strspn(more, " ")) != '\0') {
        const size_t length = strcspn(more, " ");
        char *joined;
        if (rs_layout_word_index(dataset->choices, more, length) == SIZE_MAX &&
            !(index == RS_DATA_PARAMETERS + RS_PARAMETER_task && names_data(model, more, length))) {
            if (asprintf(&joined, "%s %.*s", dataset->choices, (int)length, more) < 0)
                return rs_fail(error, RS_NO_MEMORY, "out of memory");
            free(layout->joined[index]);
            dataset->choices = layout->joined[index] = joined;
        }
        more += length;
    }
    return RS_OK;
}

static rs_status join_choices(rs_layout *layout, const rs_layout *model, rs_error *error)
{
    rs_status status = RS_OK;
    for (size_t i = RS_DATA_PARAMETERS; status == RS_OK && i < RS_DATA_WORDS_END; i++) {
        const rs_dataset *dataset = &model->datasets[i];
        for (size_t k = 0; layout->datasets[i].choices != NULL && k < dataset->kept_total; k++)
            if (status == RS_OK && dataset->kept[k].is_text && model->version > RS_LAYOUT_FIRST &&
                strcmp(dataset->kept[k].name, "flag_meanings") == 0)
                status = join_words(layout, i, model, dataset->kept[k].value, error);
    }
    return status;
}

/* At most so many datasets: each model may bring its own. */
static size_t dataset_room(const rs_layout *layout, const rs_store_runs *runs)
{
    size_t room = RS_DATA_ROOT_TOTAL + layout->group_total * RS_GROUP_TOTAL;
    for (size_t i = 0; i < runs->model_total; i++) {
        const rs_layout *model = runs->models[i];
        room += model->root_total - RS_DATA_ROOT_TOTAL;
        for (size_t group = 0; group < model->group_total; group++)
            room += model->groups[group].dataset_total - RS_GROUP_TOTAL;
    }
    return room;
}

/* ---- Orders of checksums --------------------------------------------------------------------- */

static bool is_in_checksum(size_t index, const rs_dataset *dataset)
{
    if (dataset->rank == 0 || !dataset->per_run)
        return false;
    if (dataset->of_group || index >= RS_DATA_ROOT_TOTAL) /* what this program knows nothing of, */
        return dataset->result || dataset->has_default || /* another one may change */
               strcmp(rs_dataset_name(dataset), "run_id") == 0;
    return index != RS_DATA_WALL_TIME && index != RS_DATA_CRC32C && index != RS_DATA_CRC32C_HEAD;
}

static rs_status put_in_order(const rs_layout *layout, rs_order *order, size_t first, size_t total,
                              rs_error *error)
{
    rs_status status =
        rs_allocate((void **)&order->datasets, total, sizeof *order->datasets, error);
    for (size_t i = 0; status == RS_OK && i < total; i++)
        if (is_in_checksum(first + i, &layout->datasets[first + i]))
            order->datasets[order->count++] = (uint32_t)(first + i);
    return status;
}

/* ---- The whole ------------------------------------------------------------------------------- */

static rs_status add_groups(rs_layout *layout, const rs_run_survey *all, rs_error *error)
{
    uint32_t *group_by_key = NULL, next = 0;
    rs_status status =
        rs_allocate((void **)&group_by_key, all->key_total, sizeof *group_by_key, error);
    for (size_t key = 0; status == RS_OK && key < all->key_total; key++) {
        rs_group *group = &layout->groups[next];
        if (all->rows_by_key[key] == 0)
            continue;
        group->rows = all->rows_by_key[key];
        if (key < rs_survey_known_keys(all)) {
            group->network = rs_survey_network(all, key);
            rs_layout_group_path(&group->network, group->path);
        } else {
            const struct rs_other_group *other = &all->others[key - rs_survey_known_keys(all)];
            group->network = other->network;
            memcpy(group->path, other->path, sizeof group->path);
        }
        if ((status = add_group(layout, group, all->runs, error)) == RS_OK)
            status = put_in_order(layout, &group->order, group->first_dataset, group->dataset_total,
                                  error);
        group_by_key[key] = next++;
    }
    for (size_t row = 0; status == RS_OK && layout->places != NULL && row < layout->runs; row++)
        layout->places[row].group = group_by_key[layout->places[row].group];
    free(group_by_key);
    return status;
}

static rs_status fill_layout(rs_layout *layout, rs_run_survey *all, rs_error *error)
{
    rs_status status;
    layout->version = RS_LAYOUT_VERSION;
    layout->runs = all->runs->count;
    layout->interval = all->interval;
    layout->steps = (size_t)(all->updates / all->interval) + 1;
    layout->checks = all->checks.count;
    layout->check_at = all->checks.values;
    all->checks = (rs_values_of){0};
    layout->lengths = all->lengths.count;
    layout->length_at = all->lengths.values;
    all->lengths = (rs_values_of){0};
    layout->checkpoints = all->checkpoints.count;
    layout->checkpoint_at = all->checkpoints.values;
    all->checkpoints = (rs_values_of){0};
    layout->rungs = all->rungs.count;
    layout->rung_at = all->rungs.values;
    layout->rungs_in_epochs = all->rungs_in_epochs;
    all->rungs = (rs_values_of){0};
    layout->set_words = all->set_words;
    layout->sets = all->set_total;
    all->set_words = NULL;
    layout->real64 = all->real64;
    layout->places = all->places;
    all->places = NULL;
    for (size_t key = 0; key < all->key_total; key++)
        layout->group_total += all->rows_by_key[key] > 0;
    if ((status = rs_allocate((void **)&layout->groups, layout->group_total, sizeof *layout->groups,
                              error)) != RS_OK ||
        (status = rs_allocate((void **)&layout->datasets, dataset_room(layout, all->runs),
                              sizeof *layout->datasets, error)) != RS_OK)
        return status;
    layout->task_total = all->task_total;
    memcpy(layout->tasks, all->tasks, sizeof layout->tasks);
    add_root(layout, all);
    if ((status = name_tasks(layout, error)) != RS_OK)
        return status;
    layout->root_total = RS_DATA_ROOT_TOTAL;
    for (size_t i = 0; status == RS_OK && i < all->runs->model_total; i++)
        status = add_unknown(layout, 0, &layout->root_total, RS_DATA_ROOT_TOTAL,
                             all->runs->models[i]->datasets, all->runs->models[i]->root_total,
                             layout->runs, error);
    for (size_t i = 0; status == RS_OK && i < all->runs->model_total; i++)
        status = join_choices(layout, all->runs->models[i], error);
    layout->dataset_total = layout->root_total;
    if (status == RS_OK)
        status = put_in_order(layout, &layout->order, 0, layout->root_total, error);
    return status == RS_OK ? add_groups(layout, all, error) : status;
}

static rs_status build(rs_layout **layout, const rs_store_runs *runs, bool with_places,
                       rs_error *error)
{
    rs_run_survey all = {.runs = runs};
    rs_layout *fresh = NULL;
    rs_status status;
    if (runs->count == 0)
        return rs_fail(error, RS_BAD_DATA, "a results file needs at least one run");
    if ((status = rs_survey_runs(&all, with_places, error)) != RS_OK ||
        (status = rs_allocate((void **)&fresh, 1, sizeof *fresh, error)) != RS_OK ||
        (status = fill_layout(fresh, &all, error)) != RS_OK)
        goto done;
    *layout = fresh;
    fresh = NULL;
done:
    rs_layout_free(fresh);
    rs_survey_free(&all);
    return status;
}

rs_status rs_layout_build(rs_layout **layout, const rs_store_runs *runs, rs_error *error)
{
    return build(layout, runs, true, error);
}

rs_status rs_layout_outline(rs_layout **layout, const rs_store_runs *runs, rs_error *error)
{
    return build(layout, runs, false, error);
}

void rs_layout_free(rs_layout *layout)
{
    if (layout == NULL)
        return;
    for (size_t i = 0; layout->groups != NULL && i < layout->group_total; i++)
        free(layout->groups[i].order.datasets);
    for (size_t i = 0; i < RS_DATA_WORDS_END; i++)
        free(layout->joined[i]);
    free(layout->order.datasets);
    free(layout->check_at);
    free(layout->length_at);
    free(layout->checkpoint_at);
    free(layout->rung_at);
    free(layout->set_words);
    free(layout->datasets);
    free(layout->places);
    free(layout->groups);
    free(layout);
}
