#include "skeleton.h"

#include <hdf5_hl.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "chunk.h"
#include "h5.h"
#include "memory.h"
#include "number.h"

/* What HDF5 needs for a file, for a dataset, and for each of its dimensions beyond two, whose lists
 * of references are long. Measured with 1 to 30 groups of tanh and lstm, with and without
 * checkpoints. */
enum { BYTES_PER_FILE = 22528, BYTES_PER_DATASET = 1060, BYTES_PER_DIMENSION = 90 };

uint64_t rs_skeleton_bytes(const rs_layout *layout)
{
    uint64_t bytes = BYTES_PER_FILE;
    for (size_t i = 0; i < layout->dataset_total; i++) {
        const int rank = layout->datasets[i].rank;
        if (rank > 0) /* the others are not made */
            bytes += BYTES_PER_DATASET;
        if (rank > 2)
            bytes += (uint64_t)(rank - 2) * BYTES_PER_DIMENSION;
    }
    return bytes;
}

/* Links and attributes keep the order of their creation: netCDF shows variables in that order, and
 * cannot append to files without it. No times: the same runs give the same bytes. */
static bool keep_order(hid_t properties)
{
    const unsigned order = H5P_CRT_ORDER_TRACKED | H5P_CRT_ORDER_INDEXED;
    return properties >= 0 && H5Pset_link_creation_order(properties, order) >= 0 &&
           H5Pset_attr_creation_order(properties, order) >= 0 &&
           H5Pset_obj_track_times(properties, false) >= 0;
}

/* Half the entries of a node in the trees that hold the places of chunks. HDF5's own, 32, takes 3
 * kB for the one chunk that most datasets have. */
enum { CHUNK_TREE_HALF_NODE = 4 };

static hid_t create_file(const char *path, rs_skeleton_form form)
{
    hid_t file = H5I_INVALID_HID, properties = H5Pcreate(H5P_FILE_CREATE);
    hid_t access = rs_h5_access();
    if (keep_order(properties) && access >= 0 &&
        (form == RS_SKELETON_PLAIN || H5Pset_istore_k(properties, CHUNK_TREE_HALF_NODE) >= 0))
        file = H5Fcreate(path, H5F_ACC_EXCL, properties, access);
    if (access >= 0)
        H5Pclose(access);
    if (properties >= 0)
        H5Pclose(properties);
    return file;
}

static bool create_group(hid_t file, const char *path)
{
    hid_t group = H5I_INVALID_HID, properties = H5Pcreate(H5P_GROUP_CREATE);
    if (keep_order(properties))
        group = H5Gcreate2(file, path, H5P_DEFAULT, properties, H5P_DEFAULT);
    if (properties >= 0)
        H5Pclose(properties);
    return group >= 0 && H5Gclose(group) >= 0;
}

/* ---- One dataset ----------------------------------------------------------------------------- */

/* Placed at once, so that its rows have fixed offsets for ever. */
static bool set_contiguous(hid_t properties)
{
    return H5Pset_layout(properties, H5D_CONTIGUOUS) >= 0 &&
           H5Pset_alloc_time(properties, H5D_ALLOC_TIME_EARLY) >= 0;
}

/* chunk.c does the compression: the level is but a note. */
static bool set_chunks(hid_t properties, const rs_dataset *dataset, uint64_t rows)
{
    enum { NOTED_LEVEL = 6 };
    hsize_t extents[RS_RANK_MAX] = {rows};
    for (int axis = 1; axis < dataset->rank; axis++)
        extents[axis] = dataset->extents[axis];
    return H5Pset_chunk(properties, dataset->rank, extents) >= 0 &&
           H5Pset_shuffle(properties) >= 0 && H5Pset_deflate(properties, NOTED_LEVEL) >= 0;
}

/* HDF5 writes no fill values: the caller does, noticing a full disk while that is still
 * harmless. */
static hid_t dataset_properties(const rs_dataset *dataset, uint64_t chunk_rows)
{
    hid_t properties = H5Pcreate(H5P_DATASET_CREATE);
    if (properties >= 0 && (!(chunk_rows > 0 ? set_chunks(properties, dataset, chunk_rows)
                                             : set_contiguous(properties)) ||
                            H5Pset_fill_time(properties, H5D_FILL_TIME_NEVER) < 0 ||
                            H5Pset_attr_creation_order(properties, H5P_CRT_ORDER_TRACKED |
                                                                       H5P_CRT_ORDER_INDEXED) < 0 ||
                            H5Pset_obj_track_times(properties, false) < 0 ||
                            (dataset->result && H5Pset_fill_value(properties, H5T_NATIVE_DOUBLE,
                                                                  &dataset->initial) < 0))) {
        H5Pclose(properties);
        return H5I_INVALID_HID;
    }
    return properties;
}

static hid_t create_dataset(hid_t file, const rs_dataset *dataset, uint64_t chunk_rows)
{
    hsize_t extents[RS_RANK_MAX];
    hid_t result = H5I_INVALID_HID;
    for (int axis = 0; axis < dataset->rank; axis++)
        extents[axis] = dataset->extents[axis];
    hid_t space = H5Screate_simple(dataset->rank, extents, NULL);
    hid_t properties = dataset_properties(dataset, chunk_rows);
    if (space >= 0 && properties >= 0)
        result = H5Dcreate2(file, dataset->path, rs_h5_type(dataset->type), space, H5P_DEFAULT,
                            properties, H5P_DEFAULT);
    if (properties >= 0)
        H5Pclose(properties);
    if (space >= 0)
        H5Sclose(space);
    return result;
}

/* "states learning_rate ... seed status": makes the parameters xarray coordinates. The caller frees
 * it; NULL without memory. */
static char *list_coordinates(const rs_layout *layout)
{
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);
    if (out == NULL)
        return NULL;
    for (size_t i = RS_DATA_PARAMETERS; i < layout->root_total; i++) {
        const rs_dataset *dataset = &layout->datasets[i];
        const bool is_parameter = i <= RS_DATA_STATUS || (i >= RS_DATA_ROOT_TOTAL &&
                                                          dataset->per_run && dataset->has_default);
        if (is_parameter)
            fprintf(out, "%s%s", i > RS_DATA_PARAMETERS ? " " : "", rs_dataset_name(dataset));
    }
    return fclose(out) == 0 ? text : NULL;
}

/* The names of datasets that a row's checksum takes, in its order. */
static char *list_row(const rs_layout *layout, const rs_order *order)
{
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);
    if (out == NULL)
        return NULL;
    for (size_t i = 0; i < order->count; i++)
        fprintf(out, "%s%s", i > 0 ? " " : "",
                rs_dataset_name(&layout->datasets[order->datasets[i]]));
    return fclose(out) == 0 ? text : NULL;
}

static bool write_and_free(hid_t id, const char *name, char *text)
{
    const bool good = text != NULL && rs_h5_write_text(id, name, text) >= 0;
    free(text);
    return good;
}

static bool write_flags(hid_t id, const char *choices)
{
    int8_t values[INT8_MAX + 1];
    size_t count = 1;
    for (const char *at = choices; (at = strchr(at, ' ')) != NULL; at++)
        count++;
    if (count > sizeof values)
        return false;
    for (size_t i = 0; i < count; i++)
        values[i] = (int8_t)i;
    return rs_h5_write_numbers(id, "flag_values", H5T_STD_I8LE, count, values) >= 0 &&
           rs_h5_write_text(id, "flag_meanings", choices) >= 0;
}

/* Attributes have the types of their dataset where readers expect that. */
static bool write_number(hid_t id, const char *name, rs_type type, double value)
{
    char number[sizeof(double)];
    rs_number_store(type, number, 0, value);
    return rs_h5_write_numbers(id, name, rs_h5_type(type), 1, number) >= 0;
}

/* Those of a dataset that this program does not know, as they were. */
static bool write_kept(hid_t id, const rs_dataset *dataset)
{
    bool good = true;
    for (size_t i = 0; good && i < dataset->kept_total; i++) {
        const rs_attribute *kept = &dataset->kept[i];
        if (strcmp(kept->name, RS_ATTRIBUTE_ROW) == 0)
            continue;
        good = kept->is_text ? rs_h5_write_text(id, kept->name, kept->value) >= 0
                             : rs_h5_write_numbers(id, kept->name, rs_h5_type(kept->type),
                                                   kept->count, kept->value) >= 0;
    }
    return good;
}

/* The scale of the rows of the root, or of a group, lists what their checksums take. */
static bool write_row(hid_t id, const rs_layout *layout, const rs_dataset *dataset)
{
    if (dataset == &layout->datasets[RS_DATA_RUN])
        return write_and_free(id, RS_ATTRIBUTE_ROW, list_row(layout, &layout->order));
    for (size_t i = 0; i < layout->group_total; i++)
        if (dataset == &layout->datasets[layout->groups[i].first_dataset + RS_GROUP_RUN_ID])
            return write_and_free(id, RS_ATTRIBUTE_ROW, list_row(layout, &layout->groups[i].order));
    return true;
}

static bool describe(hid_t id, const rs_layout *layout, const rs_dataset *dataset)
{
    if (dataset->meaning == NULL)
        return write_kept(id, dataset) && write_row(id, layout, dataset);
    if (rs_h5_write_text(id, "long_name", dataset->meaning) < 0 ||
        rs_h5_write_text(id, "units", dataset->unit) < 0)
        return false;
    if (dataset->choices != NULL && !write_flags(id, dataset->choices))
        return false;
    if (dataset->has_default &&
        !write_number(id, RS_ATTRIBUTE_DEFAULT, dataset->type, dataset->fallback))
        return false;
    if (dataset->result && isnan(dataset->initial) &&
        !write_number(id, "_FillValue", dataset->type, NAN))
        return false;
    if (!write_row(id, layout, dataset))
        return false;
    return !dataset->described || write_and_free(id, "coordinates", list_coordinates(layout));
}

/* ---- A group of datasets that share their scales: the root, or one of /weights --------------- */

/* The scale of a name among those of the group, or else of the root: /step is of all. */
static hid_t find_scale(const rs_layout *layout, const hid_t *ids, size_t first, size_t count,
                        const char *name)
{
    for (size_t i = first; i < first + count; i++)
        if (layout->datasets[i].rank > 0 && rs_dataset_is_scale(&layout->datasets[i]) &&
            strcmp(layout->datasets[i].dimensions[0], name) == 0)
            return ids[i];
    return first > 0 ? find_scale(layout, ids, 0, layout->root_total, name) : H5I_INVALID_HID;
}

static bool attach_scales(const rs_layout *layout, const hid_t *ids, size_t first, size_t count,
                          size_t index)
{
    const rs_dataset *dataset = &layout->datasets[index];
    for (int axis = 0; axis < dataset->rank; axis++) {
        const char *name = dataset->dimensions[axis];
        const hid_t scale =
            name != NULL ? find_scale(layout, ids, first, count, name) : H5I_INVALID_HID;
        if (scale >= 0 && H5DSattach_scale(ids[index], scale, (unsigned)axis) < 0)
            return false;
    }
    return true;
}

static bool write_dataset(hid_t file, rs_layout *layout, rs_skeleton_form form, size_t index,
                          hid_t *id)
{
    rs_dataset *dataset = &layout->datasets[index];
    const uint64_t chunk_rows = form == RS_SKELETON_COMPRESSED ? rs_chunk_rows(layout, dataset) : 0;
    *id = create_dataset(file, dataset, chunk_rows);
    const bool good =
        *id >= 0 && describe(*id, layout, dataset) &&
        (!rs_dataset_is_scale(dataset) || H5DSset_scale(*id, dataset->dimensions[0]) >= 0);
    dataset->offset = good && chunk_rows == 0 ? H5Dget_offset(*id) : 0;
    return good;
}

/* The datasets of the root, or of a group; ids[] of all datasets of the layout. Those of a group
 * are closed. */
static bool write_datasets(hid_t file, rs_layout *layout, rs_skeleton_form form, hid_t *ids,
                           size_t first, size_t count)
{
    bool good = true;
    for (size_t i = first; good && i < first + count; i++)
        if (layout->datasets[i].rank > 0)
            good = write_dataset(file, layout, form, i, &ids[i]);
    for (size_t i = first; good && i < first + count; i++)
        if (layout->datasets[i].rank > 0 && !rs_dataset_is_scale(&layout->datasets[i]))
            good = attach_scales(layout, ids, first, count, i);
    return good;
}

static bool close_datasets(hid_t *ids, size_t first, size_t count)
{
    bool good = true;
    for (size_t i = first; i < first + count; i++) {
        good = (ids[i] < 0 || H5Dclose(ids[i]) >= 0) && good;
        ids[i] = H5I_INVALID_HID;
    }
    return good;
}

static bool write_groups(hid_t file, rs_layout *layout, rs_skeleton_form form, hid_t *ids)
{
    if (!create_group(file, "/weights"))
        return false;
    for (size_t i = 0; i < layout->group_total; i++) {
        const rs_group *group = &layout->groups[i];
        if (!create_group(file, group->path) ||
            !write_datasets(file, layout, form, ids, group->first_dataset, group->dataset_total) ||
            !close_datasets(ids, group->first_dataset, group->dataset_total))
            return false;
    }
    return true;
}

static bool write_all_datasets(hid_t file, rs_layout *layout, rs_skeleton_form form)
{
    hid_t *ids = NULL;
    if (rs_allocate((void **)&ids, layout->dataset_total, sizeof *ids, NULL) != RS_OK)
        return false;
    for (size_t i = 0; i < layout->dataset_total; i++)
        ids[i] = H5I_INVALID_HID;
    bool good = write_datasets(file, layout, form, ids, 0, layout->root_total) &&
                write_groups(file, layout, form, ids);
    good = close_datasets(ids, 0, layout->dataset_total) && good;
    free(ids);
    return good;
}

static bool is_given(const rs_store_attribute *attributes, size_t count, const char *name)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(attributes[i].name, name) == 0)
            return true;
    return false;
}

static bool write_tasks(hid_t file, const rs_layout *layout)
{
    char *lines = NULL;
    size_t size;
    FILE *out = open_memstream(&lines, &size);
    if (out == NULL)
        return false;
    for (size_t i = 0; i < layout->task_total; i++) {
        char line[RS_TASK_LINE];
        rs_task_describe(layout->tasks[i], line);
        fprintf(out, "%s%s", i > 0 ? "\n" : "", line);
    }
    if (fclose(out) != 0) {
        free(lines);
        return false;
    }
    return write_and_free(file, RS_ATTRIBUTE_DATA, lines);
}

static bool write_root_attributes(hid_t file, const rs_layout *layout, const rs_store_runs *runs,
                                  const rs_store_attribute *attributes, size_t count)
{
    const int32_t version = RS_LAYOUT_VERSION;
    char hash[RS_HASH_TEXT], whole[24];
    rs_hash_format(runs->sweep, hash);
    snprintf(whole, sizeof whole, "%zu", runs->whole > 0 ? runs->whole : runs->count);
    if (rs_h5_write_text(file, RS_ATTRIBUTE_CONVENTIONS, RS_CONVENTIONS) < 0 ||
        rs_h5_write_numbers(file, RS_ATTRIBUTE_LAYOUT, H5T_STD_I32LE, 1, &version) < 0 ||
        rs_h5_write_text(file, RS_ATTRIBUTE_SWEEP, hash) < 0 ||
        rs_h5_write_text(file, RS_ATTRIBUTE_RUNS, whole) < 0)
        return false;
    if (!is_given(attributes, count, RS_KERNEL_ATTRIBUTE) &&
        rs_h5_write_text(file, RS_KERNEL_ATTRIBUTE, RS_KERNEL_GENERATION) < 0)
        return false;
    if (layout->task_total > 0 && !write_tasks(file, layout))
        return false;
    for (size_t i = 0; i < count; i++)
        if (strcmp(attributes[i].name, RS_ATTRIBUTE_DATA) != 0 &&
            rs_h5_write_text(file, attributes[i].name, attributes[i].value) < 0)
            return false;
    return true;
}

rs_status rs_skeleton_write(rs_layout *layout, const char *path, rs_skeleton_form form,
                            const rs_store_runs *runs, const rs_store_attribute *attributes,
                            size_t attribute_count, rs_error *error)
{
    rs_status status = RS_OK;
    rs_h5_trouble trouble;
    rs_h5_begin(&trouble);
    hid_t file = create_file(path, form);
    if (file < 0 || !write_all_datasets(file, layout, form) ||
        !write_root_attributes(file, layout, runs, attributes, attribute_count))
        status = rs_h5_fail(error, RS_CANNOT_CREATE, path, "cannot create", &trouble);
    if (file >= 0 && H5Fclose(file) < 0 && status == RS_OK)
        status = rs_h5_fail(error, RS_CANNOT_CREATE, path, "cannot create", &trouble);
    rs_h5_end();
    return status;
}
