/* New netCDF-4 files, which are HDF5 files with dimension scales. Between rs_h5_begin and
 * rs_h5_end (h5.h). */
#ifndef RS_NETCDF_H
#define RS_NETCDF_H

#include <stdint.h>

#include "h5.h"

/* A new file; negative on failure, also where there is one. Links and attributes keep their order,
 * as netCDF needs it. */
hid_t rs_netcdf_create(const char *path);

/* A new dataset without numbers, its axes being scales[0 .. rank - 1]; negative on failure. What is
 * not written of reals is NaN. */
hid_t rs_netcdf_dataset(hid_t file, const char *name, hid_t type, int rank, const hid_t *scales,
                        const char *meaning);

/* The scale of an axis: 0, 1, 2, ..., or numbers[0 .. count - 1]. */
hid_t rs_netcdf_scale(hid_t file, const char *name, uint32_t count, const int32_t *numbers,
                      const char *meaning);

#endif
