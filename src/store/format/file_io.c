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

struct rs_gather {
    int file;
    const char *path;
    uint64_t offset; /* of bytes[0] in the file */
    size_t used;
    char bytes[RS_GATHER_BYTES];
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

char *rs_gather_room(rs_gather *gather, size_t size, uint64_t offset, rs_error *error)
{
    if (offset != gather->offset + gather->used || size > RS_GATHER_BYTES - gather->used) {
        if (rs_gather_flush(gather, error) != RS_OK)
            return NULL;
        gather->offset = offset;
    }
    char *room = gather->bytes + gather->used;
    gather->used += size;
    return room;
}

rs_status rs_gather_write(rs_gather *gather, const void *bytes, size_t size, uint64_t offset,
                          rs_error *error)
{
    rs_error failure;
    if (size > RS_GATHER_BYTES) {
        rs_status status = rs_gather_flush(gather, error);
        return status == RS_OK
                   ? rs_file_write(gather->file, gather->path, bytes, size, offset, error)
                   : status;
    }
    char *room = rs_gather_room(gather, size, offset, &failure);
    if (room == NULL)
        return rs_fail(error, failure.status, "%s", failure.text);
    memcpy(room, bytes, size);
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

/* ---- Which file ------------------------------------------------------------------------------ */

static rs_file_state describe(const struct stat *file)
{
    return (rs_file_state){.exists = true,
                           .device = file->st_dev,
                           .number = file->st_ino,
                           .size = (uint64_t)file->st_size,
                           .mode = file->st_mode,
                           .owner = file->st_uid,
                           .group = file->st_gid};
}

rs_file_state rs_file_look_at(const char *path)
{
    struct stat file;
    return stat(path, &file) == 0 ? describe(&file) : (rs_file_state){.exists = false};
}

rs_status rs_file_look_at_open(int file, const char *path, rs_file_state *state, rs_error *error)
{
    struct stat opened;
    if (fstat(file, &opened) != 0)
        return rs_fail(error, RS_IO, "%s: cannot look at this file: %s", path, strerror(errno));
    *state = describe(&opened);
    return RS_OK;
}

bool rs_file_is_same(const rs_file_state *one, const rs_file_state *other)
{
    return one->exists && other->exists && one->device == other->device &&
           one->number == other->number;
}

rs_status rs_file_follow_links(const char *path, char target[RS_PATH_MAX], rs_error *error)
{
    enum { LINKS = 40 };
    char link[RS_PATH_MAX], folder[RS_PATH_MAX], next[RS_PATH_MAX];
    rs_status status = folder_of(path, folder, error);
    if (status != RS_OK)
        return status;
    snprintf(target, RS_PATH_MAX, "%s", path);
    for (int i = 0; i < LINKS; i++) {
        const ssize_t length = readlink(target, link, sizeof link - 1);
        if (length < 0)
            return RS_OK; /* no link, or not there */
        link[length] = '\0';
        if ((status = folder_of(target, folder, error)) != RS_OK)
            return status;
        if (snprintf(next, sizeof next, "%s%s%s", link[0] == '/' ? "" : folder,
                     link[0] == '/' ? "" : "/", link) >= RS_PATH_MAX)
            return rs_fail(error, RS_CANNOT_CREATE, "%.64s...: the path is too long", next);
        memcpy(target, next, sizeof next);
    }
    return rs_fail(error, RS_CANNOT_CREATE, "%s: too many symbolic links", path);
}

/* ---- Rights ---------------------------------------------------------------------------------- */

rs_status rs_file_check_replaceable(const char *path, const rs_file_state *old, rs_error *error)
{
    if (!old->exists)
        return RS_OK;
    if (!S_ISREG(old->mode))
        return rs_fail(error, RS_CANNOT_CREATE, "%s: is no file but a folder or device", path);
    /* Root may write to everything, but a file without write permission counts as protected. */
    if ((old->mode & 0222) == 0 || faccessat(AT_FDCWD, path, W_OK, AT_EACCESS) != 0)
        return rs_fail(error, RS_CANNOT_CREATE,
                       "%s: is write-protected and left as it is; give another file, or make it "
                       "writable with chmod",
                       path);
    return RS_OK;
}

rs_status rs_file_take_rights(const char *temporary, const char *path, const rs_file_state *old,
                              rs_error *error)
{
    const rs_file_state now = rs_file_look_at(temporary);
    if (!old->exists)
        return RS_OK;
    /* Somebody who may write to another user's file becomes the owner of its replacement. */
    if (now.owner != old->owner && chown(temporary, old->owner, (gid_t)-1) != 0)
        errno = 0;
    if ((now.group != old->group && chown(temporary, (uid_t)-1, old->group) != 0) ||
        chmod(temporary, old->mode & 07777) != 0)
        return rs_fail(error, RS_CANNOT_CREATE,
                       "%s: cannot replace it, since the new file cannot be given its group and "
                       "mode: %s",
                       path, strerror(errno));
    return RS_OK;
}

/* ---- Folders and names ----------------------------------------------------------------------- */

static rs_status sync_folder(const char *path, rs_error *error);

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
        /* Not checked beforehand: another process may make the same folder meanwhile. */
        if (mkdir(folder, 0777) == 0)
            status = sync_folder(folder, error);
        else if (errno != EEXIST && errno != EISDIR)
            status = rs_fail(error, RS_CANNOT_CREATE, "%s: cannot create this folder: %s", folder,
                             strerror(errno));
        if (status != RS_OK)
            return status;
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
                       " free in %s; make room, or choose another place",
                       path, bytes, room, folder);
    return RS_OK;
}

int rs_file_kept_length(const char *name)
{
    enum { MOST = 150 };
    size_t length = strlen(name);
    if (length <= MOST)
        return (int)length;
    for (length = MOST; length > MOST - 4 && ((unsigned char)name[length] & 0xC0) == 0x80;)
        length--;
    return (int)length;
}

/* ".NAME.tmp.HOST.", the prefix of this host's temporary names for `path`. Returns its length,
 * which may exceed the buffer, as snprintf does. */
static int temporary_prefix(const char *path, char prefix[RS_PATH_MAX])
{
    char host[65] = "host";
    const char *slash = strrchr(path, '/');
    if (gethostname(host, sizeof host - 1) != 0)
        strcpy(host, "host");
    const char *name = slash != NULL ? slash + 1 : path;
    return snprintf(prefix, RS_PATH_MAX, ".%.*s.tmp.%s.", rs_file_kept_length(name), name, host);
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
    /* Some file systems cannot sync a folder and return EINVAL; nothing more can be done. */
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
                       "%s: exists already and is left as it is; choose another name", path);
    return rs_fail(error, RS_CANNOT_CREATE, "%s: cannot create: %s", path, strerror(errno));
}

rs_status rs_file_replace(const char *temporary, const char *path, rs_error *error)
{
    if (rename(temporary, path) == 0)
        return sync_folder(path, error);
    return rs_fail(error, RS_CANNOT_CREATE, "%s: cannot replace: %s", path, strerror(errno));
}

rs_status rs_file_replace_known(const char *temporary, const char *path, const rs_file_state *old,
                                rs_error *error)
{
    if (!old->exists)
        return rs_file_publish(temporary, path, error);
    const rs_file_state now = rs_file_look_at(path);
    if (!rs_file_is_same(&now, old))
        return rs_fail(error, RS_CANNOT_CREATE,
                       "%s: was replaced or removed by another program meanwhile and is left as it "
                       "is; try again",
                       path);
    return rs_file_replace(temporary, path, error);
}

/* 0, or errno. */
static int link_or_rename(const char *path, const char *aside)
{
    if (link(path, aside) == 0)
        return 0;
    if (errno == EEXIST || errno == ENOENT)
        return errno;
    if (renameat2(AT_FDCWD, path, AT_FDCWD, aside, RENAME_NOREPLACE) == 0)
        return 0;
    if (errno != EINVAL && errno != ENOSYS)
        return errno;
    /* A file system without either: look, then rename. */
    return access(aside, F_OK) == 0 ? EEXIST : rename(path, aside) == 0 ? 0 : errno;
}

rs_status rs_file_keep_aside(const char *path, char aside[RS_PATH_MAX], rs_error *error)
{
    enum { PLACES = 100000 };
    int failure = EEXIST;
    for (int i = 1; i < PLACES && failure == EEXIST; i++) {
        if (snprintf(aside, RS_PATH_MAX, "%s.%d", path, i) >= RS_PATH_MAX)
            return rs_fail(error, RS_CANNOT_CREATE, "%.64s...: the path is too long", path);
        failure = link_or_rename(path, aside);
    }
    if (failure != 0)
        return rs_fail(error, RS_CANNOT_CREATE, "cannot move %s to %s: %s", path, aside,
                       strerror(failure));
    return RS_OK;
}
