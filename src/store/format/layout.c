#include "layout.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "memory.h"

/* What one look at every run says about the whole file. Places are made on the way, with the number
 * of states for the group and the loss interval for the stride. */
typedef struct survey {
    uint64_t updates; /* the most of any run */
    uint32_t interval;
    bool wide;
    bool wide_seed, wide_data_seed;
    size_t *rows_by_states; /* [states_max + 1] */
    size_t states_max;
    rs_place *places; /* [runs] */
} survey;

size_t rs_type_size(rs_type type)
{
    switch (type) {
    case RS_INT8:
        return 1;
    case RS_INT32:
    case RS_REAL32:
        return 4;
    case RS_REAL64:
        break;
    }
    return 8;
}

rs_type rs_layout_parameter_type(const rs_parameter *parameter, bool wide_seeds)
{
    switch (parameter->kind) {
    case RS_KIND_COUNT:
        return RS_INT32;
    case RS_KIND_CHOICE:
    case RS_KIND_FLAG:
        return RS_INT8;
    case RS_KIND_SEED:
        return wide_seeds ? RS_REAL64 : RS_INT32;
    case RS_KIND_REAL:
        break;
    }
    return RS_REAL64;
}

uint64_t rs_dataset_row_bytes(const rs_dataset *dataset)
{
    uint64_t bytes = rs_type_size(dataset->type);
    for (int axis = 1; axis < dataset->rank; axis++)
        bytes *= dataset->extents[axis];
    return bytes;
}

uint64_t rs_dataset_bytes(const rs_dataset *dataset)
{
    return dataset->extents[0] * rs_dataset_row_bytes(dataset);
}

bool rs_dataset_is_scale(const rs_dataset *dataset)
{
    return dataset->rank == 1 &&
           strcmp(strrchr(dataset->path, '/') + 1, dataset->dimensions[0]) == 0;
}

double rs_layout_value(size_t column, const rs_run_config *config)
{
    return column == RS_DATA_SEED
               ? (double)config->seed
               : rs_parameter_get(&rs_parameters[column - RS_DATA_PARAMETERS], config);
}

void rs_layout_set_value(size_t column, rs_run_config *config, double value)
{
    if (column == RS_DATA_SEED)
        config->seed = (uint32_t)value;
    else
        rs_parameter_set(&rs_parameters[column - RS_DATA_PARAMETERS], config, value);
}

static uint32_t greatest_common_divisor(uint32_t a, uint32_t b)
{
    while (b != 0) {
        uint32_t rest = a % b;
        a = b;
        b = rest;
    }
    return a;
}

static rs_status look_at_runs(survey *all, const rs_store_runs *runs, rs_error *error)
{
    for (size_t row = 0; row < runs->count; row++) {
        uint32_t run;
        rs_run_config config;
        runs->row(runs->context, row, &run, &config);
        uint64_t updates = rs_run_config_updates(&config);
        if (updates > INT32_MAX || run > INT32_MAX || config.states > all->states_max)
            return rs_fail(error, RS_BAD_DATA,
                           "run %" PRIu32 " has %" PRIu64 " updates and %" PRIu32
                           " states: a results file holds at most %" PRId32
                           " updates, as many runs and %zu states",
                           run, updates, config.states, INT32_MAX, all->states_max);
        if (updates > all->updates)
            all->updates = updates;
        all->interval = greatest_common_divisor(config.loss_interval, all->interval);
        all->wide |= config.precision == RS_FLOAT64;
        all->wide_seed |= config.seed > INT32_MAX;
        all->wide_data_seed |= config.data_seed > INT32_MAX;
        all->places[row] = (rs_place){
            .group = config.states,
            .row = (uint32_t)all->rows_by_states[config.states]++,
            .points = (uint32_t)(updates / config.loss_interval) + 1,
            .stride = config.loss_interval,
        };
    }
    return RS_OK;
}

/* ---- The list of datasets -------------------------------------------------------------------- */

static rs_dataset *add(rs_layout *layout, rs_type type, const char *unit, const char *meaning)
{
    rs_dataset *dataset = &layout->datasets[layout->dataset_total++];
    dataset->type = type;
    dataset->unit = unit;
    dataset->meaning = meaning;
    return dataset;
}

static void add_dimension(rs_dataset *dataset, const char *name, uint64_t extent)
{
    dataset->dimensions[dataset->rank] = name;
    dataset->extents[dataset->rank++] = extent;
}

static rs_dataset *add_column(rs_layout *layout, const char *name, rs_type type, const char *unit,
                              const char *meaning)
{
    rs_dataset *dataset = add(layout, type, unit, meaning);
    snprintf(dataset->path, sizeof dataset->path, "/%s", name);
    add_dimension(dataset, "run", layout->runs);
    return dataset;
}

static rs_dataset *add_result(rs_layout *layout, const char *name, rs_type type, const char *unit,
                              double initial, const char *meaning)
{
    rs_dataset *dataset = add_column(layout, name, type, unit, meaning);
    dataset->result = true;
    dataset->initial = initial;
    dataset->described = true;
    return dataset;
}

static void add_root(rs_layout *layout, const survey *all)
{
    rs_type real = layout->wide ? RS_REAL64 : RS_REAL32;
    add_column(layout, "run", RS_INT32, "1", "number of the run in the whole sweep");
    rs_dataset *step = add(layout, RS_INT32, "1", "updates made when the loss was recorded");
    strcpy(step->path, "/step");
    add_dimension(step, "step", layout->steps);
    for (size_t i = 0; i < RS_PARAMETER_TOTAL; i++) {
        const rs_parameter *parameter = &rs_parameters[i];
        rs_dataset *column = add_column(layout, parameter->name,
                                        rs_layout_parameter_type(parameter, all->wide_data_seed),
                                        parameter->unit, parameter->meaning);
        column->choices = parameter->kind == RS_KIND_FLAG ? "false true" : parameter->choices;
    }
    add_column(layout, "seed", all->wide_seed ? RS_REAL64 : RS_INT32, "1",
               "seed of the run's random stream, numpy.random.RandomState(seed)");
    rs_dataset *status =
        add_result(layout, "status", RS_INT8, "1", RS_RUN_PENDING, "how the run ended, or pending");
    status->choices = "pending done diverged failed";
    status->described = false;
    add_result(layout, "initial_loss", real, "1", NAN,
               "cross entropy of the first minibatch before training");
    add_result(layout, "final_loss", real, "1", NAN,
               "cross entropy of the last minibatch after its update");
    add_result(layout, "test_bit_accuracy", RS_REAL64, "1", NAN,
               "share of right bits on the test set");
    add_result(layout, "test_accuracy", RS_REAL64, "1", NAN,
               "share of wholly right sums on the test set");
    add_result(layout, "diverged_at", RS_INT32, "1", -1,
               "update at which the run diverged, 0 before training, -1 never");
    add_result(layout, "wall_time", RS_REAL64, "s", NAN, "time the run took");
    add_result(
        layout, "crc32c", RS_INT32, "1", 0,
        "CRC-32C (its bit pattern) over the bytes of this run's row of every dataset in file "
        "order, weights included, wall_time and crc32c left out")
        ->described = false;
    add_dimension(add_result(layout, "loss", real, "1", NAN,
                             "cross entropy of an update's minibatch after the update"),
                  "step", layout->steps);
}

static rs_dataset *add_to_group(rs_layout *layout, const rs_group *group, const char *name,
                                rs_type type, const char *meaning)
{
    rs_dataset *dataset = add(layout, type, "1", meaning);
    snprintf(dataset->path, sizeof dataset->path, "/weights/states_%" PRIu32 "/%s",
             group->network.states, name);
    return dataset;
}

static void add_scale(rs_layout *layout, const rs_group *group, const char *name, uint64_t extent,
                      const char *meaning)
{
    add_dimension(add_to_group(layout, group, name, RS_INT32, meaning), name, extent);
}

static void add_tensor(rs_layout *layout, const rs_group *group, rs_tensor tensor)
{
    const rs_tensor_layout *shape = &group->network.tensor[tensor];
    rs_dataset *dataset =
        add_to_group(layout, group, rs_tensor_name(tensor), layout->wide ? RS_REAL64 : RS_REAL32,
                     rs_tensor_meaning(tensor));
    dataset->result = true;
    dataset->initial = NAN;
    add_dimension(dataset, "run_id", group->rows);
    for (int i = 0; i < shape->rank; i++)
        add_dimension(dataset, rs_tensor_axis_name(shape->axis[i]), shape->extent[i]);
}

static void add_group(rs_layout *layout, rs_group *group)
{
    const rs_network *network = &group->network;
    group->first_dataset = layout->dataset_total;
    add_scale(layout, group, "run_id", group->rows, "number of the run, as in /run");
    add_scale(layout, group, "state", network->states, "index of the state");
    add_scale(layout, group, "state_from", network->states,
              "index of the state a weight comes from");
    add_scale(layout, group, "input", network->inputs, "index of the input");
    add_scale(layout, group, "output", network->outputs, "index of the output");
    for (int tensor = 0; tensor < RS_TENSOR_TOTAL; tensor++)
        add_tensor(layout, group, (rs_tensor)tensor);
}

/* ---- The whole ------------------------------------------------------------------------------- */

static rs_status allocate_parts(rs_layout *layout, rs_error *error)
{
    rs_status status =
        rs_allocate((void **)&layout->groups, layout->group_total, sizeof *layout->groups, error);
    if (status == RS_OK)
        status = rs_allocate((void **)&layout->datasets,
                             RS_DATA_ROOT_TOTAL + layout->group_total * RS_GROUP_TOTAL,
                             sizeof *layout->datasets, error);
    return status;
}

static rs_status add_groups(rs_layout *layout, const survey *all, rs_error *error)
{
    uint32_t *group_by_states = NULL, group = 0;
    rs_status status =
        rs_allocate((void **)&group_by_states, all->states_max + 1, sizeof *group_by_states, error);
    for (uint32_t states = 0; status == RS_OK && states <= all->states_max; states++) {
        if (all->rows_by_states[states] == 0)
            continue;
        layout->groups[group].network =
            rs_network_make(RS_CELL_TANH, RS_ADDITION_INPUTS, states, RS_ADDITION_OUTPUTS);
        layout->groups[group].rows = all->rows_by_states[states];
        add_group(layout, &layout->groups[group]);
        group_by_states[states] = group++;
    }
    for (size_t row = 0; status == RS_OK && row < layout->runs; row++) {
        layout->places[row].group = group_by_states[layout->places[row].group];
        layout->places[row].stride /= layout->interval;
    }
    free(group_by_states);
    return status;
}

static rs_status fill_layout(rs_layout *layout, survey *all, rs_error *error)
{
    layout->interval = all->interval;
    layout->steps = (size_t)(all->updates / all->interval) + 1;
    layout->wide = all->wide;
    layout->places = all->places;
    all->places = NULL;
    for (size_t states = 0; states <= all->states_max; states++)
        layout->group_total += all->rows_by_states[states] > 0;
    rs_status status = allocate_parts(layout, error);
    if (status != RS_OK)
        return status;
    add_root(layout, all);
    return add_groups(layout, all, error);
}

rs_status rs_layout_build(rs_layout **layout, const rs_store_runs *runs, rs_error *error)
{
    survey all = {.states_max = (size_t)rs_parameters[RS_PARAMETER_states].max};
    rs_layout *fresh = NULL;
    rs_status status;
    if (runs->count == 0)
        return rs_fail(error, RS_BAD_DATA, "a results file needs at least one run");
    if ((status = rs_allocate((void **)&all.rows_by_states, all.states_max + 1,
                              sizeof *all.rows_by_states, error)) != RS_OK ||
        (status = rs_allocate((void **)&all.places, runs->count, sizeof *all.places, error)) !=
            RS_OK ||
        (status = look_at_runs(&all, runs, error)) != RS_OK ||
        (status = rs_allocate((void **)&fresh, 1, sizeof *fresh, error)) != RS_OK)
        goto done;
    fresh->runs = runs->count;
    if ((status = fill_layout(fresh, &all, error)) != RS_OK)
        goto done;
    *layout = fresh;
    fresh = NULL;
done:
    rs_layout_free(fresh);
    free(all.places);
    free(all.rows_by_states);
    return status;
}

void rs_layout_free(rs_layout *layout)
{
    if (layout == NULL)
        return;
    free(layout->datasets);
    free(layout->places);
    free(layout->groups);
    free(layout);
}
