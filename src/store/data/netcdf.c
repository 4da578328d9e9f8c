#include "netcdf.h"

#include <hdf5_hl.h>
#include <math.h>
#include <stdlib.h>

enum { RANK_MOST = 8 };

hid_t rs_netcdf_create(const char *path)
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

static hid_t create(hid_t file, const char *name, hid_t type, int rank, const hsize_t *extents,
                    const char *meaning)
{
    const double missing = NAN;
    hid_t space = H5Screate_simple(rank, extents, NULL), dataset = H5I_INVALID_HID;
    hid_t properties = H5Pcreate(H5P_DATASET_CREATE);
    if (H5Tget_class(type) != H5T_FLOAT ||
        H5Pset_fill_value(properties, H5T_NATIVE_DOUBLE, &missing) >= 0)
        dataset = H5Dcreate2(file, name, type, space, H5P_DEFAULT, properties, H5P_DEFAULT);
    H5Pclose(properties);
    H5Sclose(space);
    if (dataset >= 0 && (rs_h5_write_text(dataset, "long_name", meaning) < 0 ||
                         rs_h5_write_text(dataset, "units", "1") < 0)) {
        H5Dclose(dataset);
        dataset = H5I_INVALID_HID;
    }
    return dataset;
}

static hsize_t extent_of(hid_t scale)
{
    hid_t space = H5Dget_space(scale);
    const hssize_t count = H5Sget_simple_extent_npoints(space);
    H5Sclose(space);
    return count > 0 ? (hsize_t)count : 0;
}

hid_t rs_netcdf_dataset(hid_t file, const char *name, hid_t type, int rank, const hid_t *scales,
                        const char *meaning)
{
    hsize_t extents[RANK_MOST] = {0};
    for (int axis = 0; axis < rank; axis++)
        extents[axis] = extent_of(scales[axis]);
    hid_t dataset = create(file, name, type, rank, extents, meaning);
    for (int axis = 0; dataset >= 0 && axis < rank; axis++)
        if (H5DSattach_scale(dataset, scales[axis], (unsigned)axis) < 0) {
            H5Dclose(dataset);
            dataset = H5I_INVALID_HID;
        }
    return dataset;
}

hid_t rs_netcdf_scale(hid_t file, const char *name, uint32_t count, const int32_t *numbers,
                      const char *meaning)
{
    const hsize_t extent = count;
    int32_t *counted = numbers == NULL ? calloc(count, sizeof *counted) : NULL;
    hid_t scale = H5I_INVALID_HID;
    if (numbers != NULL || counted != NULL)
        scale = create(file, name, H5T_STD_I32LE, 1, &extent, meaning);
    for (uint32_t i = 0; counted != NULL && i < count; i++)
        counted[i] = (int32_t)i;
    if (scale >= 0 && (H5Dwrite(scale, H5T_NATIVE_INT32, H5S_ALL, H5S_ALL, H5P_DEFAULT,
                                numbers != NULL ? numbers : counted) < 0 ||
                       H5DSset_scale(scale, name) < 0)) {
        H5Dclose(scale);
        scale = H5I_INVALID_HID;
    }
    free(counted);
    return scale;
}
