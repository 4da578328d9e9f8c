/* What a dataset's own description says. */
#include <string.h>

#include "layout.h"

size_t rs_type_size(rs_type type)
{
    static const unsigned char sizes[RS_TYPE_TOTAL] = {
        [RS_INT8] = 1,   [RS_INT16] = 2,  [RS_INT32] = 4,  [RS_INT64] = 8,  [RS_UINT8] = 1,
        [RS_UINT16] = 2, [RS_UINT32] = 4, [RS_UINT64] = 8, [RS_REAL32] = 4, [RS_REAL64] = 8};
    return sizes[type];
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
    return dataset->rank == 0 ? 0 : dataset->extents[0] * rs_dataset_row_bytes(dataset);
}

const char *rs_dataset_name(const rs_dataset *dataset)
{
    return strrchr(dataset->path, '/') + 1;
}

bool rs_dataset_is_scale(const rs_dataset *dataset)
{
    return dataset->rank == 1 && dataset->dimensions[0] != NULL &&
           strcmp(rs_dataset_name(dataset), dataset->dimensions[0]) == 0;
}
