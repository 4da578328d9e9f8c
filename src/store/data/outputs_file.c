#include "outputs_file.h"

#include <unistd.h>

#include "netcdf.h"

enum { RANK = 3 };

static bool write_dataset(hid_t file, const char *name, const char *meaning, int rank,
                          const hid_t *scales, hid_t stored, hid_t given, const void *numbers)
{
    hid_t dataset = rs_netcdf_dataset(file, name, stored, rank, scales, meaning);
    bool good =
        dataset >= 0 && H5Dwrite(dataset, given, H5S_ALL, H5S_ALL, H5P_DEFAULT, numbers) >= 0;
    return (dataset < 0 || H5Dclose(dataset) >= 0) && good;
}

static bool write_all(hid_t file, const rs_outputs *o)
{
    const hid_t scales[RANK] = {
        rs_netcdf_scale(file, "sequence", o->sequences, NULL, "number of the sequence in its set"),
        rs_netcdf_scale(file, "step", o->steps, NULL, "step of the sequence"),
        rs_netcdf_scale(file, "output", o->outputs, NULL, "output, or class")};
    bool good = scales[0] >= 0 && scales[1] >= 0 && scales[2] >= 0;
    good =
        good &&
        write_dataset(file, "length", "steps of the sequence", 1, scales, H5T_STD_I32LE,
                      H5T_NATIVE_INT32, o->lengths) &&
        write_dataset(file, "outputs", o->meaning, RANK, scales,
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
    hid_t file = rs_netcdf_create(path);
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
