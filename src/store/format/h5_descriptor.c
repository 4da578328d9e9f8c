#include "h5_descriptor.h"

#if __has_include(<H5FDdevelop.h>)
#include <H5FDdevelop.h> /* drivers, from HDF5 1.14 on */
#endif

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "h5.h"

/* An open file as HDF5 sees it; the first member is HDF5's own. */
typedef struct descriptor_file {
    H5FD_t base;
    int file;
    int *failure;
    haddr_t end_of_addresses, end_of_file;
} descriptor_file;

/* The driver's configuration, which HDF5 copies. */
typedef struct descriptor_info {
    int file;
    int *failure;
} descriptor_info;

static H5FD_t *open_file(const char *name, unsigned flags, hid_t access, haddr_t most)
{
    const descriptor_info *info = H5Pget_driver_info(access);
    struct stat status;
    (void)name;
    (void)most;
    if (info == NULL || (flags & H5F_ACC_RDWR) != 0)
        return NULL;
    descriptor_file *opened = calloc(1, sizeof *opened);
    if (opened == NULL || fstat(info->file, &status) != 0) {
        *info->failure = errno;
        free(opened);
        return NULL;
    }
    opened->file = info->file;
    opened->failure = info->failure;
    opened->end_of_file = (haddr_t)status.st_size;
    return &opened->base;
}

static herr_t close_file(H5FD_t *base)
{
    free(base);
    return 0;
}

static herr_t query(const H5FD_t *base, unsigned long *flags)
{
    (void)base;
    *flags = H5FD_FEAT_ACCUMULATE_METADATA | H5FD_FEAT_DATA_SIEVE | H5FD_FEAT_IGNORE_DRVRINFO;
    return 0;
}

static haddr_t get_end_of_addresses(const H5FD_t *base, H5FD_mem_t type)
{
    (void)type;
    return ((const descriptor_file *)base)->end_of_addresses;
}

static herr_t set_end_of_addresses(H5FD_t *base, H5FD_mem_t type, haddr_t end)
{
    (void)type;
    ((descriptor_file *)base)->end_of_addresses = end;
    return 0;
}

static haddr_t get_end_of_file(const H5FD_t *base, H5FD_mem_t type)
{
    (void)type;
    return ((const descriptor_file *)base)->end_of_file;
}

/* Bytes past the end of the file read as zero, as in HDF5's own drivers. */
static herr_t read_bytes(H5FD_t *base, H5FD_mem_t type, hid_t transfer, haddr_t address,
                         size_t size, void *bytes)
{
    const descriptor_file *opened = (const descriptor_file *)base;
    (void)type;
    (void)transfer;
    for (size_t done = 0; done < size;) {
        ssize_t got =
            pread(opened->file, (char *)bytes + done, size - done, (off_t)(address + done));
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0) {
            *opened->failure = errno;
            return -1;
        }
        if (got == 0) {
            memset((char *)bytes + done, 0, size - done);
            break;
        }
        done += (size_t)got;
    }
    return 0;
}

static herr_t refuse_to_write(H5FD_t *base, H5FD_mem_t type, hid_t transfer, haddr_t address,
                              size_t size, const void *bytes)
{
    (void)base;
    (void)type;
    (void)transfer;
    (void)address;
    (void)size;
    (void)bytes;
    return -1;
}

static const H5FD_class_t driver = {
#ifdef H5FD_CLASS_VERSION
    .version = H5FD_CLASS_VERSION,
    .value = (H5FD_class_value_t)512, /* the first for private use */
#endif
    .name = "descriptor",
    .maxaddr = INT64_MAX,
    .fc_degree = H5F_CLOSE_WEAK,
    .fapl_size = sizeof(descriptor_info),
    .open = open_file,
    .close = close_file,
    .query = query,
    .get_eoa = get_end_of_addresses,
    .set_eoa = set_end_of_addresses,
    .get_eof = get_end_of_file,
    .read = read_bytes,
    .write = refuse_to_write,
    .fl_map = H5FD_FLMAP_DICHOTOMY,
};

hid_t rs_h5_open_descriptor(int file, int *failure)
{
    const descriptor_info info = {file, failure};
    *failure = 0;
    hid_t opened = H5I_INVALID_HID, access = rs_h5_access(), id = H5FDregister(&driver);
    if (access >= 0 && id >= 0 && H5Pset_driver(access, id, &info) >= 0)
        opened = H5Fopen("descriptor", H5F_ACC_RDONLY, access);
    if (access >= 0)
        H5Pclose(access);
    if (id >= 0)
        H5FDunregister(id);
    return opened;
}
