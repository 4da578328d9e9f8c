#include "skeleton.h"

#include <hdf5_hl.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "chunk.h"
#include "h5.h"

/* Measured with 1 to 200 groups: 37 kB for the first one, then about 830 bytes a dataset. */
enum { BYTES_PER_FILE = 6144, BYTES_PER_DATASET = 864 };

uint64_t rs_skeleton_bytes(const rs_layout *layout)
{
    return BYTES_PER_FILE + layout->dataset_total * BYTES_PER_DATASET;
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

static hid_t create_file(const char *path, rs_skeleton_form form)
{
    hid_t file = H5I_INVALID_HID, properties = H5Pcreate(H5P_FILE_CREATE);
    hid_t access = rs_h5_access(form == RS_SKELETON_COMPRESSED);
    if (keep_order(properties) && access >= 0)
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

/* "states learning_rate ... seed status": makes the parameters xarray coordinates. */
static void list_coordinates(const rs_layout *layout, char *text, size_t size)
{
    text[0] = '\0';
    for (size_t i = RS_DATA_PARAMETERS; i <= RS_DATA_STATUS; i++) {
        size_t length = strlen(text);
        snprintf(text + length, size - length, "%s%s", length > 0 ? " " : "",
                 layout->datasets[i].path + 1);
    }
}

static bool write_flags(hid_t id, const char *choices)
{
    int8_t values[16];
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

/* A missing value: _FillValue has the type of the dataset. */
static bool write_fill_value(hid_t id, rs_type type)
{
    const float narrow = NAN;
    const double wide = NAN;
    return rs_h5_write_numbers(id, "_FillValue", rs_h5_type(type), 1,
                               type == RS_REAL32 ? (const void *)&narrow : &wide) >= 0;
}

static bool describe(hid_t id, const rs_layout *layout, const rs_dataset *dataset)
{
    char coordinates[RS_DATASET_PATH * (RS_DATA_STATUS + 1)];
    if (rs_h5_write_text(id, "long_name", dataset->meaning) < 0 ||
        rs_h5_write_text(id, "units", dataset->unit) < 0)
        return false;
    if (dataset->choices != NULL && !write_flags(id, dataset->choices))
        return false;
    if (dataset->result && isnan(dataset->initial) && !write_fill_value(id, dataset->type))
        return false;
    list_coordinates(layout, coordinates, sizeof coordinates);
    return !dataset->described || rs_h5_write_text(id, "coordinates", coordinates) >= 0;
}

/* ---- A group of datasets that share their scales: the root, or one of /weights --------------- */

static bool attach_scales(const rs_dataset *datasets, const hid_t *ids, size_t count, size_t index)
{
    for (int axis = 0; axis < datasets[index].rank; axis++)
        for (size_t scale = 0; scale < count; scale++)
            if (rs_dataset_is_scale(&datasets[scale]) &&
                strcmp(datasets[scale].dimensions[0], datasets[index].dimensions[axis]) == 0 &&
                H5DSattach_scale(ids[index], ids[scale], (unsigned)axis) < 0)
                return false;
    return true;
}

static bool write_datasets(hid_t file, rs_layout *layout, rs_skeleton_form form, size_t first,
                           size_t count)
{
    hid_t ids[RS_DATA_ROOT_TOTAL];
    rs_dataset *datasets = &layout->datasets[first];
    size_t created = 0;
    bool good = true;
    for (; good && created < count; created += good) {
        rs_dataset *dataset = &datasets[created];
        const uint64_t chunk_rows =
            form == RS_SKELETON_COMPRESSED ? rs_chunk_rows(layout, dataset) : 0;
        ids[created] = create_dataset(file, dataset, chunk_rows);
        good = ids[created] >= 0 && describe(ids[created], layout, dataset) &&
               (!rs_dataset_is_scale(dataset) ||
                H5DSset_scale(ids[created], dataset->dimensions[0]) >= 0);
        dataset->offset = good && chunk_rows == 0 ? H5Dget_offset(ids[created]) : 0;
    }
    for (size_t i = 0; good && i < count; i++)
        good = rs_dataset_is_scale(&datasets[i]) || attach_scales(datasets, ids, count, i);
    for (size_t i = 0; i < created; i++)
        good = H5Dclose(ids[i]) >= 0 && good;
    return good;
}

static bool write_groups(hid_t file, rs_layout *layout, rs_skeleton_form form)
{
    if (!create_group(file, "/weights"))
        return false;
    for (size_t i = 0; i < layout->group_total; i++) {
        const rs_group *group = &layout->groups[i];
        char path[RS_DATASET_PATH];
        snprintf(path, sizeof path, "/weights/states_%u", group->network.states);
        if (!create_group(file, path) ||
            !write_datasets(file, layout, form, group->first_dataset, RS_GROUP_TOTAL))
            return false;
    }
    return true;
}

static bool write_root_attributes(hid_t file, rs_hash sweep, const rs_store_attribute *attributes,
                                  size_t count)
{
    const int32_t version = RS_LAYOUT_VERSION;
    char hash[RS_HASH_TEXT];
    rs_hash_format(sweep, hash);
    if (rs_h5_write_text(file, RS_ATTRIBUTE_CONVENTIONS, RS_CONVENTIONS) < 0 ||
        rs_h5_write_numbers(file, RS_ATTRIBUTE_LAYOUT, H5T_STD_I32LE, 1, &version) < 0 ||
        rs_h5_write_text(file, RS_ATTRIBUTE_SWEEP, hash) < 0)
        return false;
    for (size_t i = 0; i < count; i++)
        if (rs_h5_write_text(file, attributes[i].name, attributes[i].value) < 0)
            return false;
    return true;
}

rs_status rs_skeleton_write(rs_layout *layout, const char *path, rs_skeleton_form form,
                            rs_hash sweep, const rs_store_attribute *attributes,
                            size_t attribute_count, rs_error *error)
{
    rs_status status = RS_OK;
    rs_h5_trouble trouble;
    rs_h5_begin(&trouble);
    hid_t file = create_file(path, form);
    if (file < 0 || !write_datasets(file, layout, form, 0, RS_DATA_ROOT_TOTAL) ||
        !write_groups(file, layout, form) ||
        !write_root_attributes(file, sweep, attributes, attribute_count))
        status = rs_h5_fail(error, RS_CANNOT_CREATE, path, "cannot create", &trouble);
    if (file >= 0 && H5Fclose(file) < 0 && status == RS_OK)
        status = rs_h5_fail(error, RS_CANNOT_CREATE, path, "cannot create", &trouble);
    rs_h5_end();
    return status;
}
