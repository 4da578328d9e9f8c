/* The layout of an open file: datasets are found by their names and described by their own types,
 * extents and attributes. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "memory.h"
#include "number.h"
#include "results_file.h"
#include "scan.h"

#define WEIGHTS "/weights/"
enum { WEIGHTS_SIZE = sizeof WEIGHTS - 1 };

/* The datasets of a row in files of layout 1, in the order of their checksum. */
static const char first_root_row[] =
    "run states learning_rate lambda momentum epsilon epsilon_placement precision sequence_length "
    "train_samples test_samples batch_size batching epochs loss_interval gradient_check data_seed "
    "seed status initial_loss final_loss test_bit_accuracy test_accuracy diverged_at loss";
static const char first_group_row[] = "run_id S0 W_in b_in W_rec b_rec W_out b_out";

/* ---- Which datasets there are ---------------------------------------------------------------- */

static bool is_in_root(const char *path)
{
    return strchr(path + 1, '/') == NULL;
}

/* Length of the group's part of "/weights/GROUP/NAME"; 0 of another path. */
static size_t group_length(const char *path)
{
    const char *slash =
        strncmp(path, WEIGHTS, WEIGHTS_SIZE) == 0 ? strchr(path + WEIGHTS_SIZE, '/') : NULL;
    return slash != NULL && slash > path + WEIGHTS_SIZE && strchr(slash + 1, '/') == NULL
               ? (size_t)(slash - path)
               : 0;
}

static size_t root_index(const char *name)
{
    for (size_t i = 0; i < RS_DATA_ROOT_TOTAL; i++)
        if (strcmp(rs_layout_root_name(i), name) == 0)
            return i;
    return SIZE_MAX;
}

static size_t group_index(const char *name)
{
    for (size_t i = 0; i < RS_GROUP_TOTAL; i++)
        if (strcmp(rs_layout_group_name(i), name) == 0)
            return i;
    return SIZE_MAX;
}

/* Whether the first dimension of a dataset counts runs: it has the name, or none and the extent. */
static bool counts_runs(const rs_dataset *dataset, const char *dimension, uint64_t rows)
{
    if (dataset->extents[0] != rows)
        return false;
    return dataset->dimensions[0] == NULL || strcmp(dataset->dimensions[0], dimension) == 0;
}

static void describe(const rs_results *results, const rs_entry *entry, rs_dataset *dataset)
{
    const rs_attribute *fallback =
        rs_catalogue_find_attribute(results->catalogue, entry, RS_ATTRIBUTE_DEFAULT);
    snprintf(dataset->path, sizeof dataset->path, "%s",
             rs_catalogue_path(results->catalogue, entry));
    dataset->type = (rs_type)entry->type;
    dataset->rank = entry->rank;
    memcpy(dataset->extents, entry->extents, sizeof dataset->extents);
    for (int axis = 0; axis < entry->rank; axis++)
        dataset->dimensions[axis] = rs_catalogue_dimension(results->catalogue, entry, axis);
    dataset->offset = entry->offset;
    dataset->result = entry->has_fill;
    dataset->initial = entry->has_fill ? entry->fill : 0;
    dataset->has_default = fallback != NULL && !fallback->is_text && fallback->count == 1;
    if (dataset->has_default)
        dataset->fallback = rs_number_load(fallback->type, fallback->value, 0);
    dataset->kept = rs_catalogue_attributes(results->catalogue, entry, &dataset->kept_total);
}

/* What this program knows of its own datasets, whatever HDF5's fill values say. */
static void describe_root(rs_dataset *dataset, size_t index)
{
    const bool is_result = index >= RS_DATA_STATUS;
    if (is_result && !dataset->result)
        dataset->initial =
            index == RS_DATA_DIVERGED_AT || index == RS_DATA_UPDATES ||
                    index == RS_DATA_STOP_REASON || index == RS_DATA_RUNGS_REACHED
                ? -1
            : index == RS_DATA_STATUS || index == RS_DATA_CRC32C || index == RS_DATA_CRC32C_HEAD
                ? 0
                : (double)NAN;
    dataset->result = is_result;
}

/* One that is shared by all runs, or has a row for each. */
static rs_status add_to_root(rs_results *results, const rs_entry *entry, rs_error *error)
{
    rs_layout *layout = results->layout;
    const char *path = rs_catalogue_path(results->catalogue, entry);
    const size_t known = root_index(path + 1);
    const size_t index = known != SIZE_MAX ? known : layout->root_total++;
    rs_dataset *dataset = &layout->datasets[index];
    describe(results, entry, dataset);
    results->entries[index] = entry;
    if (known == SIZE_MAX) {
        dataset->per_run =
            !rs_dataset_is_scale(dataset) && counts_runs(dataset, "run", results->runs);
        dataset->described = dataset->per_run && dataset->result;
        return RS_OK;
    }
    describe_root(dataset, known);
    dataset->per_run = !rs_data_is_scale(known);
    const bool good = rs_data_is_scale(known) ? dataset->rank == 1
                      : rs_data_is_array(known)
                          ? dataset->rank == 2 && dataset->extents[0] == results->runs
                          : dataset->rank == 1 && dataset->extents[0] == results->runs;
    return good ? RS_OK
                : rs_results_refuse(results, path, "has a wrong type, shape or place", error);
}

/* ---- Groups ---------------------------------------------------------------------------------- */

/* The network that a group of that path is named after. */
static bool network_named(const char *group_path, rs_network *network)
{
    char path[RS_DATASET_PATH];
    for (int cell = 0; cell < RS_CELL_TOTAL; cell++) {
        const char *at = group_path + strlen(WEIGHTS);
        uint32_t inputs = RS_ADDITION_INPUTS, outputs = RS_ADDITION_OUTPUTS, states = 0;
        if (!rs_scan_count(&at, "states_", &states) &&
            (!rs_scan_text(&at, rs_cell_name((rs_cell)cell)) ||
             !rs_scan_count(&at, "_I", &inputs) || !rs_scan_count(&at, "_H", &states) ||
             !rs_scan_count(&at, "_O", &outputs)))
            continue;
        if (inputs < 1 || inputs > RS_DATA_WIDTH_MOST || outputs < 1 ||
            outputs > RS_DATA_WIDTH_MOST || states < 1 ||
            states > rs_parameters[RS_PARAMETER_states].max)
            continue;
        *network = rs_network_make((rs_cell)cell, inputs, states, outputs);
        rs_layout_group_path(network, path);
        if (strcmp(path, group_path) == 0)
            return true;
    }
    return false;
}

/* Whether the group is of networks that this program can use: it is named like one, and its tensors
 * are those of such a network. */
static bool knows_group(const rs_layout *layout, const rs_group *group, rs_network *network)
{
    if (strncmp(group->path, WEIGHTS, strlen(WEIGHTS)) != 0 || !network_named(group->path, network))
        return false;
    for (int tensor = 0; tensor < RS_TENSOR_TOTAL; tensor++) {
        const rs_tensor_layout *shape = &network->tensor[tensor];
        const rs_dataset *dataset =
            &layout->datasets[group->first_dataset + RS_GROUP_TENSORS + (size_t)tensor];
        if (dataset->rank != (shape->rank > 0 ? shape->rank + 1 : 0) ||
            (shape->rank > 0 && dataset->extents[0] != group->rows))
            return false;
        for (int axis = 0; axis < shape->rank; axis++)
            if (dataset->extents[axis + 1] != shape->extent[axis])
                return false;
    }
    return true;
}

/* The group whose datasets are the entries first .. first + count - 1; only those with rows. */
static rs_status add_group(rs_results *results, size_t first, size_t count, rs_error *error)
{
    rs_layout *layout = results->layout;
    const rs_catalogue *catalogue = results->catalogue;
    const char *first_path = rs_catalogue_path(catalogue, rs_catalogue_entry(catalogue, first));
    rs_group *group = &layout->groups[layout->group_total];
    char id_path[RS_DATASET_PATH];
    snprintf(group->path, sizeof group->path, "%.*s", (int)group_length(first_path), first_path);
    if (snprintf(id_path, sizeof id_path, "%s/run_id", group->path) >= (int)sizeof id_path)
        return RS_OK;
    const rs_entry *ids = rs_catalogue_find(catalogue, id_path);
    if (ids == NULL)
        return RS_OK;
    if (ids->type != RS_INT32 || ids->rank != 1 || ids->extents[0] > UINT32_MAX)
        return rs_results_refuse(results, id_path, "has a wrong type, shape or place", error);
    group->rows = ids->extents[0];
    group->first_dataset = layout->dataset_total;
    group->dataset_total = RS_GROUP_TOTAL;
    for (size_t i = first; i < first + count; i++) {
        const rs_entry *entry = rs_catalogue_entry(catalogue, i);
        const char *path = rs_catalogue_path(catalogue, entry);
        const size_t known = group_index(strrchr(path, '/') + 1);
        const size_t index =
            group->first_dataset + (known != SIZE_MAX ? known : group->dataset_total++);
        rs_dataset *dataset = &layout->datasets[index];
        describe(results, entry, dataset);
        results->entries[index] = entry;
        dataset->of_group = true;
        dataset->per_run =
            known == RS_GROUP_RUN_ID ||
            ((known == SIZE_MAX || known >= RS_GROUP_TENSORS) && !rs_dataset_is_scale(dataset) &&
             counts_runs(dataset, "run_id", group->rows));
        if (known == RS_GROUP_RUN_ID)
            dataset->result = false;
        if (known != SIZE_MAX && known >= RS_GROUP_TENSORS) {
            dataset->result = true;
            dataset->initial = (double)NAN;
        }
    }
    if (!knows_group(layout, group, &group->network))
        group->network = (rs_network){0};
    layout->dataset_total += group->dataset_total;
    layout->group_total++;
    return RS_OK;
}

/* ---- Orders of checksums --------------------------------------------------------------------- */

static size_t find_named(const rs_layout *layout, size_t first, size_t total, const char *name,
                         size_t length)
{
    for (size_t i = first; i < first + total; i++) {
        const rs_dataset *dataset = &layout->datasets[i];
        if (dataset->rank > 0 && dataset->per_run) {
            const char *own = rs_dataset_name(dataset);
            if (strlen(own) == length && memcmp(own, name, length) == 0)
                return i;
        }
    }
    return SIZE_MAX;
}

/* The datasets first .. first + total - 1 in the order of a list of names. */
static rs_status read_order(const rs_results *results, rs_order *order, size_t first, size_t total,
                            const char *list, const char *where, rs_error *error)
{
    const size_t count = rs_words_count(list);
    rs_status status =
        rs_allocate((void **)&order->datasets, count, sizeof *order->datasets, error);
    list += strspn(list, " ");
    for (size_t i = 0; status == RS_OK && i < count; i++) {
        const size_t length = strcspn(list, " ");
        const size_t index = find_named(results->layout, first, total, list, length);
        if (index == SIZE_MAX) {
            char name[RS_DATASET_PATH];
            snprintf(name, sizeof name, "%s/%.*s", where, length < 200 ? (int)length : 200, list);
            return rs_results_refuse(
                results, name, "is missing, or stored in another way than rnnsweep does", error);
        }
        order->datasets[order->count++] = (uint32_t)index;
        list += length;
        list += strspn(list, " ");
    }
    return status;
}

static const char *find_list(const rs_results *results, size_t scale, const char *first)
{
    const rs_attribute *list =
        results->layout->version == RS_LAYOUT_FIRST
            ? NULL
            : rs_catalogue_find_attribute(results->catalogue, results->entries[scale],
                                          RS_ATTRIBUTE_ROW);
    if (results->layout->version == RS_LAYOUT_FIRST)
        return first;
    return list != NULL && list->is_text ? list->value : NULL;
}

static rs_status read_orders(rs_results *results, rs_error *error)
{
    rs_layout *layout = results->layout;
    const char *list = find_list(results, RS_DATA_RUN, first_root_row);
    rs_status status =
        list == NULL ? rs_results_refuse(results, "/run:" RS_ATTRIBUTE_ROW, "is missing", error)
                     : read_order(results, &layout->order, 0, layout->root_total, list, "", error);
    for (size_t i = 0; status == RS_OK && i < layout->group_total; i++) {
        rs_group *group = &layout->groups[i];
        list = find_list(results, group->first_dataset + RS_GROUP_RUN_ID, first_group_row);
        status =
            list == NULL
                ? rs_results_refuse(results, group->path,
                                    "has no list of its datasets, run_id:" RS_ATTRIBUTE_ROW, error)
                : read_order(results, &group->order, group->first_dataset, group->dataset_total,
                             list, group->path, error);
    }
    return status;
}

/* ---- Steps ----------------------------------------------------------------------------------- */

/* The steps are multiples of an interval. One that is not, of many, is damaged. */
static rs_status read_steps(rs_results *results, rs_error *error)
{
    rs_layout *layout = results->layout;
    const rs_entry *entry = results->entries[RS_DATA_STEP];
    int32_t *steps = NULL;
    layout->steps =
        layout->datasets[RS_DATA_LOSS].rank > 0 ? layout->datasets[RS_DATA_LOSS].extents[1] : 0;
    if (entry == NULL || entry->type != RS_INT32 || entry->extents[0] != layout->steps ||
        layout->steps == 0)
        return layout->steps == 0 && entry == NULL
                   ? RS_OK
                   : rs_results_refuse(results, "/step", "has a wrong type, shape or place", error);
    const size_t count = layout->steps;
    rs_status status = rs_allocate((void **)&steps, count, sizeof *steps, error);
    if (status == RS_OK)
        status = rs_rows_read(results->rows, entry, 0, count, steps, error);
    if (status == RS_BAD_DATA && results->rescuing)
        status = RS_OK;
    const int32_t tries[] = {count > 1 ? steps[1] : 1, count > 1 && steps != NULL
                                                           ? steps[count - 1] / (int32_t)(count - 1)
                                                           : 1};
    for (size_t try = 0; status == RS_OK && try < 2 && layout->interval == 0; try++) {
        size_t wrong = 0;
        for (size_t i = 0; i < count; i++)
            wrong += (int64_t)steps[i] != (int64_t)i * tries[try];
        if (tries[try] > 0 && (wrong == 0 || (wrong == 1 && count > 2)))
            layout->interval = (uint32_t)tries[try];
    }
    free(steps);
    return status;
}

/* The values of a scale of int32, if the file has it. */
static rs_status read_values(rs_results *results, size_t scale, size_t *count, int32_t **values,
                             rs_error *error)
{
    const rs_entry *entry = results->entries[scale];
    char path[RS_DATASET_PATH];
    snprintf(path, sizeof path, "/%s", rs_layout_root_name(scale));
    if (entry == NULL)
        return RS_OK;
    if (entry->type != RS_INT32)
        return rs_results_refuse(results, path, "has a wrong type, shape or place", error);
    const size_t extent = (size_t)entry->extents[0];
    rs_status status = rs_allocate((void **)values, extent, sizeof **values, error);
    if (status == RS_OK)
        status = rs_rows_read(results->rows, entry, 0, extent, *values, error);
    if (status == RS_OK || (status == RS_BAD_DATA && results->rescuing))
        *count = extent;
    return status == RS_BAD_DATA && results->rescuing ? RS_OK : status;
}

/* The names of further sets, in the order of /test_set. */
static rs_status read_sets(rs_results *results, rs_error *error)
{
    rs_layout *layout = results->layout;
    const rs_entry *entry = results->entries[RS_DATA_TEST_SET];
    rs_words words = {0};
    if (entry == NULL)
        return RS_OK;
    rs_status status = rs_words_read(&words, results->catalogue, entry, "", NULL, error);
    if (status == RS_OK && words.total != entry->extents[0])
        status = rs_results_refuse(results, "/test_set", "has other words than sets", error);
    if (status == RS_OK) {
        layout->sets = words.total;
        layout->set_words = words.list;
        words.list = NULL;
    }
    rs_words_free(&words);
    return status;
}

/* The rungs, and whether they count epochs. */
static rs_status read_rungs(rs_results *results, rs_error *error)
{
    rs_layout *layout = results->layout;
    const rs_entry *entry = results->entries[RS_DATA_RUNG];
    const rs_attribute *unit =
        entry != NULL ? rs_catalogue_find_attribute(results->catalogue, entry, "units") : NULL;
    layout->rungs_in_epochs =
        unit != NULL && unit->is_text && strcmp(unit->value, RS_UNIT_EPOCHS) == 0;
    return read_values(results, RS_DATA_RUNG, &layout->rungs, &layout->rung_at, error);
}

/* Whether a tensor at checkpoints is as large as the tensor is, that many times. */
static bool fits_checkpoints(const rs_layout *layout, const rs_group *group, size_t tensor)
{
    const rs_dataset *one = &layout->datasets[group->first_dataset + RS_GROUP_TENSORS + tensor];
    const rs_dataset *all = &layout->datasets[group->first_dataset + RS_GROUP_TENSORS_AT + tensor];
    return all->rank == 0 ||
           (all->rank == one->rank + 1 && all->extents[0] == group->rows &&
            all->extents[1] == layout->checkpoints &&
            rs_dataset_row_bytes(all) / rs_type_size(all->type) ==
                layout->checkpoints * (rs_dataset_row_bytes(one) / rs_type_size(one->type)));
}

/* The scales of the second dimensions. */
static rs_status read_scales(rs_results *results, rs_error *error)
{
    rs_layout *layout = results->layout;
    rs_status status;
    if ((status = read_values(results, RS_DATA_CHECK, &layout->checks, &layout->check_at, error)) !=
            RS_OK ||
        (status = read_values(results, RS_DATA_TEST_LENGTH, &layout->lengths, &layout->length_at,
                              error)) != RS_OK ||
        (status = read_values(results, RS_DATA_CHECKPOINT, &layout->checkpoints,
                              &layout->checkpoint_at, error)) != RS_OK ||
        (status = read_rungs(results, error)) != RS_OK ||
        (status = read_sets(results, error)) != RS_OK)
        return status;
    for (size_t i = 0; i < layout->group_total; i++)
        for (size_t tensor = 0; tensor < RS_TENSOR_TOTAL; tensor++)
            if (!fits_checkpoints(layout, &layout->groups[i], tensor))
                return rs_results_refuse(results, layout->groups[i].path,
                                         "has weights at checkpoints of a wrong shape", error);
    for (size_t array = RS_DATA_VALIDATION_LOSS; array < RS_DATA_ROOT_TOTAL; array++)
        if (layout->datasets[array].rank > 0 &&
            layout->datasets[array].extents[1] !=
                rs_layout_places_of(layout, rs_layout_scale_of(array)))
            return rs_results_refuse(results, layout->datasets[array].path,
                                     "has a wrong type, shape or place", error);
    return RS_OK;
}

/* ---- The whole ------------------------------------------------------------------------------- */

static rs_status check_known(const rs_results *results, rs_error *error)
{
    static const struct {
        size_t index;
        rs_type type;
    } fixed[] = {{RS_DATA_RUN, RS_INT32},         {RS_DATA_CRC32C, RS_INT32},
                 {RS_DATA_CRC32C_HEAD, RS_INT32}, {RS_DATA_STATUS, RS_INT8},
                 {RS_DATA_STOP_REASON, RS_INT8},  {RS_DATA_DIVERGED_AT, RS_INT32},
                 {RS_DATA_WALL_TIME, RS_REAL64},  {RS_DATA_RUNGS_REACHED, RS_INT32}};
    for (size_t i = 0; i < sizeof fixed / sizeof fixed[0]; i++) {
        const rs_dataset *dataset = &results->layout->datasets[fixed[i].index];
        const bool needed =
            fixed[i].index != RS_DATA_DIVERGED_AT && fixed[i].index != RS_DATA_WALL_TIME &&
            fixed[i].index != RS_DATA_STOP_REASON && fixed[i].index != RS_DATA_RUNGS_REACHED &&
            (fixed[i].index != RS_DATA_CRC32C_HEAD || results->layout->version > RS_LAYOUT_FIRST);
        if (dataset->rank == 0 ? needed : dataset->type != fixed[i].type) {
            char path[RS_DATASET_PATH];
            snprintf(path, sizeof path, "/%s", rs_layout_root_name(fixed[i].index));
            return rs_results_refuse(results, path,
                                     dataset->rank == 0
                                         ? "is missing, or stored in another way than rnnsweep does"
                                         : "has a wrong type, shape or place",
                                     error);
        }
    }
    return RS_OK;
}

/* Room for every entry of the catalogue beside the known ones. */
static rs_status allocate(rs_results *results, rs_error *error)
{
    const size_t count = rs_catalogue_count(results->catalogue);
    size_t groups = 0;
    rs_status status;
    for (size_t i = 0; i < count; i++) {
        const char *path =
            rs_catalogue_path(results->catalogue, rs_catalogue_entry(results->catalogue, i));
        groups += group_length(path) > 0 && strcmp(strrchr(path, '/'), "/run_id") == 0;
    }
    const size_t room = RS_DATA_ROOT_TOTAL + (groups + 1) * RS_GROUP_TOTAL + count;
    rs_layout *layout = NULL;
    if ((status = rs_allocate((void **)&layout, 1, sizeof *layout, error)) != RS_OK)
        return status;
    results->layout = layout;
    if ((status = rs_allocate((void **)&layout->datasets, room, sizeof *layout->datasets, error)) !=
            RS_OK ||
        (status = rs_allocate((void **)&layout->groups, groups + 1, sizeof *layout->groups,
                              error)) != RS_OK)
        return status;
    return rs_allocate((void **)&results->entries, room, sizeof *results->entries, error);
}

static rs_status add_root(rs_results *results, rs_error *error)
{
    rs_status status = RS_OK;
    const size_t count = rs_catalogue_count(results->catalogue);
    results->layout->root_total = RS_DATA_ROOT_TOTAL;
    for (size_t i = 0; status == RS_OK && i < count; i++) {
        const rs_entry *entry = rs_catalogue_entry(results->catalogue, i);
        if (is_in_root(rs_catalogue_path(results->catalogue, entry)))
            status = add_to_root(results, entry, error);
    }
    results->layout->dataset_total = results->layout->root_total;
    return status;
}

/* Entries are sorted by path, so that those of a group are together. */
static rs_status add_groups(rs_results *results, rs_error *error)
{
    rs_status status = RS_OK;
    const rs_catalogue *catalogue = results->catalogue;
    const size_t count = rs_catalogue_count(catalogue);
    for (size_t first = 0, next; status == RS_OK && first < count; first = next) {
        const char *path = rs_catalogue_path(catalogue, rs_catalogue_entry(catalogue, first));
        const size_t length = group_length(path);
        next = first + 1;
        if (length == 0)
            continue;
        while (next < count) {
            const char *other = rs_catalogue_path(catalogue, rs_catalogue_entry(catalogue, next));
            if (group_length(other) != length || memcmp(path, other, length) != 0)
                break;
            next++;
        }
        status = add_group(results, first, next - first, error);
    }
    return status;
}

rs_status rs_results_find_layout(rs_results *results, rs_error *error)
{
    rs_status status = allocate(results, error);
    if (status != RS_OK)
        return status;
    results->layout->version = rs_catalogue_layout_version(results->catalogue);
    results->layout->runs = results->runs;
    if ((status = add_root(results, error)) != RS_OK ||
        (status = check_known(results, error)) != RS_OK ||
        (status = add_groups(results, error)) != RS_OK ||
        (status = read_orders(results, error)) != RS_OK ||
        (status = read_steps(results, error)) != RS_OK ||
        (status = read_scales(results, error)) != RS_OK)
        return status;
    results->layout->real64 = results->layout->datasets[RS_DATA_LOSS].type == RS_REAL64;
    return RS_OK;
}
