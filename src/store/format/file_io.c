#include "file_io.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <libgen.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "memory.h"

rs_status rs_file_read(int file, const char *path, void *bytes, size_t size, uint64_t offset,
                       rs_error *error)
{
    for (size_t done = 0; done < size;) {
        ssize_t got = pread(file, (char *)bytes + done, size - done, (off_t)(offset + done));
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return rs_fail(error, RS_IO, "%s: cannot read: %s", path, strerror(errno));
        if (got == 0)
            return rs_fail(error, RS_IO, "%s: the file ends at byte %" PRIu64 ": it is cut short",
                           path, offset + done);
        done += (size_t)got;
    }
    return RS_OK;
}

rs_status rs_file_write(int file, const char *path, const void *bytes, size_t size, uint64_t offset,
                        rs_error *error)
{
    for (size_t done = 0; done < size;) {
        ssize_t put = pwrite(file, (const char *)bytes + done, size - done, (off_t)(offset + done));
        if (put < 0 && errno == EINTR)
            continue;
        if (put <= 0)
            return rs_fail(error, RS_IO, "%s: cannot write: %s%s", path,
                           put < 0 ? strerror(errno) : "the system took no bytes",
                           put < 0 && errno == EFBIG ? " (`ulimit -f`, or the file system)" : "");
        done += (size_t)put;
    }
    return RS_OK;
}

void rs_file_start_writing(int file)
{
    sync_file_range(file, 0, 0, SYNC_FILE_RANGE_WRITE);
}

enum { GATHER_BYTES = 1 << 20 };

struct rs_gather {
    int file;
    const char *path;
    uint64_t offset; /* of bytes[0] in the file */
    size_t used;
    char bytes[GATHER_BYTES];
};

rs_status rs_gather_create(rs_gather **gather, int file, const char *path, rs_error *error)
{
    rs_status status = rs_allocate((void **)gather, 1, sizeof **gather, error);
    if (status != RS_OK)
        return status;
    (*gather)->file = file;
    (*gather)->path = path;
    return RS_OK;
}

void rs_gather_free(rs_gather *gather)
{
    free(gather);
}

rs_status rs_gather_flush(rs_gather *gather, rs_error *error)
{
    size_t size = gather->used;
    gather->used = 0;
    return rs_file_write(gather->file, gather->path, gather->bytes, size, gather->offset, error);
}

rs_status rs_gather_write(rs_gather *gather, const void *bytes, size_t size, uint64_t offset,
                          rs_error *error)
{
    if (offset != gather->offset + gather->used || size > GATHER_BYTES - gather->used) {
        rs_status status = rs_gather_flush(gather, error);
        if (status != RS_OK)
            return status;
        gather->offset = offset;
    }
    if (size > GATHER_BYTES)
        return rs_file_write(gather->file, gather->path, bytes, size, offset, error);
    memcpy(gather->bytes + gather->used, bytes, size);
    gather->used += size;
    return RS_OK;
}

/* Copies the folder part of `path` ("." when it has none). */
static rs_status folder_of(const char *path, char folder[RS_PATH_MAX], rs_error *error)
{
    char copy[RS_PATH_MAX];
    if (strlen(path) >= sizeof copy)
        return rs_fail(error, RS_CANNOT_CREATE, "%.64s...: the path is too long", path);
    memcpy(copy, path, strlen(path) + 1);
    snprintf(folder, RS_PATH_MAX, "%s", dirname(copy));
    return RS_OK;
}

rs_status rs_file_make_folders(const char *path, rs_error *error)
{
    char folder[RS_PATH_MAX];
    rs_status status = folder_of(path, folder, error);
    if (status != RS_OK)
        return status;
    for (char *end = folder + 1; end != NULL;) {
        end = strchr(end, '/');
        if (end != NULL)
            *end = '\0';
        /* Another process may make the same folder meanwhile, hence no check beforehand. */
        if (mkdir(folder, 0777) != 0 && errno != EEXIST && errno != EISDIR)
            return rs_fail(error, RS_CANNOT_CREATE, "%s: cannot create this folder: %s", folder,
                           strerror(errno));
        if (end != NULL)
            *end++ = '/';
    }
    return RS_OK;
}

rs_status rs_file_check_room(const char *path, uint64_t bytes, rs_error *error)
{
    char folder[RS_PATH_MAX];
    struct statvfs disk;
    rs_status status = folder_of(path, folder, error);
    if (status != RS_OK)
        return status;
    if (statvfs(folder, &disk) != 0)
        return rs_fail(error, RS_CANNOT_CREATE, "%s: cannot look at this folder: %s", folder,
                       strerror(errno));
    uint64_t room = (uint64_t)disk.f_bavail * disk.f_frsize;
    if (room < bytes)
        return rs_fail(error, RS_CANNOT_CREATE,
                       "%s: the disk is too full: %" PRIu64 " bytes needed, %" PRIu64
                       " free in %s; make room, or choose another place with -o",
                       path, bytes, room, folder);
    return RS_OK;
}

/* ".NAME.tmp.HOST.", with which the temporary names of this host for `path` begin. Returns its
 * length, which may exceed the room as with snprintf. */
static int temporary_prefix(const char *path, char prefix[RS_PATH_MAX])
{
    char host[65] = "host";
    const char *slash = strrchr(path, '/');
    if (gethostname(host, sizeof host - 1) != 0)
        strcpy(host, "host");
    return snprintf(prefix, RS_PATH_MAX, ".%s.tmp.%s.", slash != NULL ? slash + 1 : path, host);
}

rs_status rs_file_temporary_name(const char *path, char temporary[RS_PATH_MAX], rs_error *error)
{
    char folder[RS_PATH_MAX], prefix[RS_PATH_MAX];
    uint64_t number;
    rs_status status = folder_of(path, folder, error);
    if (status != RS_OK)
        return status;
    if (getrandom(&number, sizeof number, 0) != (ssize_t)sizeof number)
        return rs_fail(error, RS_IO, "cannot draw a random file name: %s", strerror(errno));
    if (temporary_prefix(path, prefix) >= RS_PATH_MAX ||
        snprintf(temporary, RS_PATH_MAX, "%s/%s%ld.%08" PRIx64, folder, prefix, (long)getpid(),
                 number & 0xffffffff) >= RS_PATH_MAX)
        return rs_fail(error, RS_CANNOT_CREATE, "%.64s...: the path is too long", path);
    return RS_OK;
}

void rs_file_remove_leftovers(const char *path)
{
    char folder[RS_PATH_MAX], prefix[RS_PATH_MAX];
    const int length = temporary_prefix(path, prefix);
    if (length >= RS_PATH_MAX || folder_of(path, folder, NULL) != RS_OK)
        return;
    DIR *listing = opendir(folder);
    const struct dirent *entry;
    while (listing != NULL && (entry = readdir(listing)) != NULL) {
        char *end;
        if (strncmp(entry->d_name, prefix, (size_t)length) != 0)
            continue;
        long process = strtol(entry->d_name + length, &end, 10);
        if (*end == '.' && process > 0 && kill((pid_t)process, 0) != 0 && errno == ESRCH)
            unlinkat(dirfd(listing), entry->d_name, 0);
    }
    if (listing != NULL)
        closedir(listing);
}

static rs_status sync_folder(const char *path, rs_error *error)
{
    char folder[RS_PATH_MAX];
    rs_status status = folder_of(path, folder, error);
    if (status != RS_OK)
        return status;
    int handle = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (handle < 0)
        return rs_fail(error, RS_CANNOT_CREATE, "%s: cannot open this folder: %s", folder,
                       strerror(errno));
    /* Some file systems cannot sync a folder and say so with EINVAL: nothing more can be done. */
    if (fsync(handle) != 0 && errno != EINVAL)
        status = rs_fail(error, RS_CANNOT_CREATE, "%s: cannot sync this folder: %s", folder,
                         strerror(errno));
    close(handle);
    return status;
}

/* rename(2) that refuses to replace. Where the file system cannot do that (NFS, Lustre), a hard
 * link refuses in the same way. */
static int rename_to_free_name(const char *from, const char *to)
{
    if (renameat2(AT_FDCWD, from, AT_FDCWD, to, RENAME_NOREPLACE) == 0)
        return 0;
    if (errno != EINVAL && errno != ENOSYS)
        return -1;
    return link(from, to) == 0 ? unlink(from) : -1;
}

static rs_status sync_or_withdraw(const char *path, rs_error *error)
{
    rs_status status = sync_folder(path, error);
    if (status != RS_OK)
        unlink(path);
    return status;
}

rs_status rs_file_publish(const char *temporary, const char *path, rs_error *error)
{
    if (rename_to_free_name(temporary, path) == 0)
        return sync_or_withdraw(path, error);
    if (errno == EEXIST)
        return rs_fail(error, RS_CANNOT_CREATE,
                       "%s: exists already and is left as it is; choose another name with -o",
                       path);
    return rs_fail(error, RS_CANNOT_CREATE, "%s: cannot create: %s", path, strerror(errno));
}

rs_status rs_file_replace(const char *temporary, const char *path, rs_error *error)
{
    if (rename(temporary, path) == 0)
        return sync_folder(path, error);
    return rs_fail(error, RS_CANNOT_CREATE, "%s: cannot replace: %s", path, strerror(errno));
}
