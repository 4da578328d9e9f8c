#include "outputs_file.h"

#include <hdf5_hl.h>
#include <stdlib.h>
#include <unistd.h>

#include "h5.h"
#include "memory.h"

enum { RANK = 3 };

/* Links and attributes keep their order, as netCDF needs it. */
static hid_t create_file(const char *path)
{
    const unsigned order = H5P_CRT_ORDER_TRACKED | H5P_CRT_ORDER_INDEXED;
    hid_t file = H5I_INVALID_HID, properties = H5Pcreate(H5P_FILE_CREATE);
    hid_t access = rs_h5_access();
    if (properties >= 0 && access >= 0 && H5Pset_link_creation_order(properties, order) >= 0 &&
        H5Pset_attr_creation_order(properties, order) >= 0)
        file = H5Fcreate(path, H5F_ACC_EXCL, properties, access);
    H5Pclose(access);
    H5Pclose(properties);
    return file;
}

static hid_t create_dataset(hid_t file, const char *name, hid_t type, int rank,
                            const hsize_t *extents, const char *meaning)
{
    hid_t space = H5Screate_simple(rank, extents, NULL);
    hid_t dataset = H5Dcreate2(file, name, type, space, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
    H5Sclose(space);
    if (dataset >= 0 && (rs_h5_write_text(dataset, "long_name", meaning) < 0 ||
                         rs_h5_write_text(dataset, "units", "1") < 0)) {
        H5Dclose(dataset);
        dataset = H5I_INVALID_HID;
    }
    return dataset;
}

/* 0, 1, 2, ... */
static hid_t create_scale(hid_t file, const char *name, uint32_t count, const char *meaning)
{
    const hsize_t extent = count;
    int32_t *numbers = calloc(count, sizeof *numbers);
    hid_t scale = numbers != NULL ? create_dataset(file, name, H5T_STD_I32LE, 1, &extent, meaning)
                                  : H5I_INVALID_HID;
    for (uint32_t i = 0; numbers != NULL && i < count; i++)
        numbers[i] = (int32_t)i;
    if (scale >= 0 &&
        (H5Dwrite(scale, H5T_NATIVE_INT32, H5S_ALL, H5S_ALL, H5P_DEFAULT, numbers) < 0 ||
         H5DSset_scale(scale, name) < 0)) {
        H5Dclose(scale);
        scale = H5I_INVALID_HID;
    }
    free(numbers);
    return scale;
}

static bool write_dataset(hid_t file, const char *name, const char *meaning, int rank,
                          const hsize_t *extents, const hid_t *scales, hid_t stored, hid_t given,
                          const void *numbers)
{
    hid_t dataset = create_dataset(file, name, stored, rank, extents, meaning);
    bool good = dataset >= 0;
    for (int axis = 0; good && axis < rank; axis++)
        good = H5DSattach_scale(dataset, scales[axis], (unsigned)axis) >= 0;
    good = good && H5Dwrite(dataset, given, H5S_ALL, H5S_ALL, H5P_DEFAULT, numbers) >= 0;
    return (dataset < 0 || H5Dclose(dataset) >= 0) && good;
}

static bool write_all(hid_t file, const rs_outputs *o)
{
    const hsize_t extents[RANK] = {o->sequences, o->steps, o->outputs};
    const hid_t scales[RANK] = {
        create_scale(file, "sequence", o->sequences, "number of the sequence in its set"),
        create_scale(file, "step", o->steps, "step of the sequence"),
        create_scale(file, "output", o->outputs, "output, or class")};
    bool good = scales[0] >= 0 && scales[1] >= 0 && scales[2] >= 0;
    good =
        good &&
        write_dataset(file, "length", "steps of the sequence", 1, extents, scales, H5T_STD_I32LE,
                      H5T_NATIVE_INT32, o->lengths) &&
        write_dataset(file, "outputs", o->meaning, RANK, extents, scales,
                      o->real64 ? H5T_IEEE_F64LE : H5T_IEEE_F32LE, H5T_NATIVE_DOUBLE, o->values) &&
        rs_h5_write_text(file, "Conventions", "CF-1.9, ACDD-1.3") >= 0 &&
        rs_h5_write_text(file, "title", o->title) >= 0 &&
        rs_h5_write_text(file, "source", o->source) >= 0;
    for (int i = 0; i < RANK; i++)
        good = (scales[i] < 0 || H5Dclose(scales[i]) >= 0) && good;
    return good;
}

rs_status rs_outputs_write(const char *path, const rs_outputs *outputs, rs_error *error)
{
    rs_status status = RS_OK;
    rs_h5_trouble trouble;
    if (access(path, F_OK) == 0)
        return rs_fail(error, RS_CANNOT_CREATE,
                       "%s: exists, and is not written over: give another name, or remove it",
                       path);
    rs_h5_begin(&trouble);
    hid_t file = create_file(path);
    const bool created = file >= 0;
    if (!created || !write_all(file, outputs))
        status = rs_h5_fail(error, RS_CANNOT_CREATE, path, "cannot create", &trouble);
    if (created && H5Fclose(file) < 0 && status == RS_OK)
        status = rs_h5_fail(error, RS_CANNOT_CREATE, path, "cannot create", &trouble);
    rs_h5_end();
    if (created && status != RS_OK)
        unlink(path);
    return status;
}
