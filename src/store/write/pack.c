#include "pack.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "finish.h"
#include "h5.h"
#include "memory.h"
#include "results_file.h"
#include "skeleton.h"

enum { COPY_BYTES = 1 << 20 };

/* Both files while datasets are copied. */
typedef struct packing {
    const rs_results *from;
    const rs_layout *layout; /* of the new file */
    const char *path;        /* the new file */
    rs_chunk_coder *coder;
    void *bytes;
    size_t room;
} packing;

static rs_status read_rows(packing *pack, size_t index, uint64_t first, uint64_t count,
                           rs_error *error)
{
    const rs_entry *entry =
        rs_catalogue_find(pack->from->catalogue, pack->layout->datasets[index].path);
    if (entry == NULL)
        return rs_fail(error, RS_INTERNAL, "%s is not in the plain file",
                       pack->layout->datasets[index].path);
    return rs_rows_read(pack->from->rows, entry, first, count, pack->bytes, error);
}

/* ---- Datasets with chunks: HDF5 keeps the list of their places ------------------------------- */

static rs_status write_chunks(packing *pack, size_t index, hid_t dataset,
                              const rs_h5_trouble *trouble, rs_error *error)
{
    const rs_dataset *wanted = &pack->layout->datasets[index];
    const uint64_t total = wanted->extents[0], rows = rs_chunk_rows(pack->layout, wanted);
    const size_t row_bytes = (size_t)rs_dataset_row_bytes(wanted), size = rows * row_bytes;
    rs_status status = rs_grow(&pack->bytes, &pack->room, size, 1, error);
    for (uint64_t first = 0; status == RS_OK && first < total; first += rows) {
        const hsize_t start[RS_RANK_MAX] = {first};
        const uint64_t here = total - first < rows ? total - first : rows;
        const void *packed;
        size_t packed_size;
        memset((char *)pack->bytes + here * row_bytes, 0, (rows - here) * row_bytes);
        if ((status = read_rows(pack, index, first, here, error)) != RS_OK ||
            (status = rs_chunk_pack(pack->coder, wanted->type, pack->bytes, size, &packed,
                                    &packed_size, error)) != RS_OK)
            return status;
        if (H5Dwrite_chunk(dataset, H5P_DEFAULT, 0, start, packed_size, packed) < 0)
            return rs_h5_fail(error, RS_CANNOT_CREATE, pack->path, "cannot write", trouble);
    }
    return status;
}

static rs_status write_chunked(packing *pack, size_t index, hid_t file,
                               const rs_h5_trouble *trouble, rs_error *error)
{
    hid_t dataset = H5Dopen2(file, pack->layout->datasets[index].path, H5P_DEFAULT);
    if (dataset < 0)
        return rs_h5_fail(error, RS_CANNOT_CREATE, pack->path, "cannot write", trouble);
    rs_status status = write_chunks(pack, index, dataset, trouble, error);
    if (H5Dclose(dataset) < 0 && status == RS_OK)
        status = rs_h5_fail(error, RS_CANNOT_CREATE, pack->path, "cannot write", trouble);
    return status;
}

static rs_status write_all_chunked(packing *pack, rs_error *error)
{
    rs_h5_trouble trouble;
    rs_status status = RS_OK;
    rs_h5_begin(&trouble);
    hid_t access = rs_h5_access();
    hid_t file = access >= 0 ? H5Fopen(pack->path, H5F_ACC_RDWR, access) : H5I_INVALID_HID;
    if (file < 0)
        status = rs_h5_fail(error, RS_CANNOT_CREATE, pack->path, "cannot open", &trouble);
    for (size_t i = 0; status == RS_OK && i < pack->layout->dataset_total; i++)
        if (pack->layout->datasets[i].rank > 0 &&
            rs_chunk_rows(pack->layout, &pack->layout->datasets[i]) > 0)
            status = write_chunked(pack, i, file, &trouble, error);
    if (file >= 0 && H5Fclose(file) < 0 && status == RS_OK)
        status = rs_h5_fail(error, RS_CANNOT_CREATE, pack->path, "cannot close", &trouble);
    if (access >= 0)
        H5Pclose(access);
    rs_h5_end();
    return status;
}

/* ---- The others: by offset ------------------------------------------------------------------- */

static rs_status copy_rows(packing *pack, size_t index, int to, rs_error *error)
{
    const rs_dataset *wanted = &pack->layout->datasets[index];
    const size_t row_bytes = (size_t)rs_dataset_row_bytes(wanted);
    const uint64_t rows = row_bytes < COPY_BYTES ? COPY_BYTES / row_bytes : 1;
    rs_status status = rs_grow(&pack->bytes, &pack->room, rows * row_bytes, 1, error);
    for (uint64_t first = 0; status == RS_OK && first < wanted->extents[0]; first += rows) {
        const uint64_t left = wanted->extents[0] - first, here = left < rows ? left : rows;
        status = read_rows(pack, index, first, here, error);
        if (status == RS_OK)
            status = rs_file_write(to, pack->path, pack->bytes, here * row_bytes,
                                   wanted->offset + first * row_bytes, error);
    }
    return status;
}

static rs_status copy_others(packing *pack, rs_error *error)
{
    rs_status status = RS_OK;
    int to = open(pack->path, O_WRONLY | O_CLOEXEC | O_NOFOLLOW);
    if (to < 0)
        return rs_fail(error, RS_CANNOT_CREATE, "%s: cannot open: %s", pack->path, strerror(errno));
    for (size_t i = 0; status == RS_OK && i < pack->layout->dataset_total; i++)
        if (pack->layout->datasets[i].rank > 0 &&
            rs_chunk_rows(pack->layout, &pack->layout->datasets[i]) == 0)
            status = copy_rows(pack, i, to, error);
    if (close(to) != 0 && status == RS_OK)
        status =
            rs_fail(error, RS_CANNOT_CREATE, "%s: cannot close: %s", pack->path, strerror(errno));
    return status;
}

/* ---- The file -------------------------------------------------------------------------------- */

static rs_status fill(const rs_layout *layout, const char *plain, const char *path, rs_error *error)
{
    packing pack = {.layout = layout, .path = path};
    rs_results *from = NULL;
    rs_status status;
    if ((status = rs_results_open(&from, plain, error)) != RS_OK)
        return status;
    pack.from = from;
    if ((status = rs_chunk_coder_create(&pack.coder, error)) == RS_OK &&
        (status = write_all_chunked(&pack, error)) == RS_OK)
        status = copy_others(&pack, error);
    if (status == RS_OK)
        status = rs_finish_file(path, from, error);
    rs_chunk_coder_free(pack.coder);
    free(pack.bytes);
    rs_results_close(from);
    return status;
}

rs_status rs_pack_beside(const char *path, const char *plain, const rs_store_runs *runs,
                         const rs_store_attribute *attributes, size_t attribute_count,
                         char beside[RS_PATH_MAX], rs_error *error)
{
    rs_layout *layout = NULL;
    rs_status status;
    if ((status = rs_layout_build(&layout, runs, error)) != RS_OK ||
        (status = rs_file_temporary_name(path, beside, error)) != RS_OK)
        goto done;
    if ((status = rs_skeleton_write(layout, beside, RS_SKELETON_COMPRESSED, runs, attributes,
                                    attribute_count, error)) != RS_OK ||
        (status = fill(layout, plain, beside, error)) != RS_OK)
        unlink(beside);
done:
    rs_layout_free(layout);
    return status;
}
