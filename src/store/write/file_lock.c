#include "file_lock.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "file_io.h"
#include "identity.h"

struct rs_file_lock {
    int file;
    char path[RS_PATH_MAX];
};

static bool lock_path(const char *path, char lock[RS_PATH_MAX])
{
    const char *slash = strrchr(path, '/');
    const int folder = slash != NULL ? (int)(slash - path) + 1 : 0;
    const char *name = path + folder;
    const int kept = rs_file_kept_length(name);
    char rest[2 + RS_HASH_TEXT] = ""; /* stands for what a long name loses */
    if (name[kept] != '\0') {
        rest[0] = '.';
        rs_hash_format(rs_hash_bytes(name, strlen(name)), rest + 1);
    }
    return snprintf(lock, RS_PATH_MAX, "%.*s.%.*s%s.lock", folder, path, kept, name, rest) <
           RS_PATH_MAX;
}

/* A lock of the open file description. Unlike a lock of the process, it survives closing another
 * descriptor of the file. */
static bool try_lock(int file)
{
    struct flock whole = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    return fcntl(file, F_OFD_SETLK, &whole) == 0;
}

/* The previous owner may have removed the file between our open and our lock. */
static bool still_has_name(int file, const char *path)
{
    struct stat opened, named;
    return fstat(file, &opened) == 0 && stat(path, &named) == 0 && opened.st_dev == named.st_dev &&
           opened.st_ino == named.st_ino;
}

static void read_owner(int file, char text[RS_LOCK_TEXT])
{
    ssize_t size = pread(file, text, RS_LOCK_TEXT - 1, 0);
    text[size > 0 ? size : 0] = '\0';
    for (char *each = text; *each != '\0'; each++)
        if (*each < ' ' || *each > '~')
            *each = '?';
    if (text[0] == '\0')
        snprintf(text, RS_LOCK_TEXT, "an unknown process");
}

static void write_owner(int file)
{
    char host[65] = "", text[RS_LOCK_TEXT];
    if (gethostname(host, sizeof host - 1) != 0)
        strcpy(host, "an unknown host");
    const int size = snprintf(text, sizeof text, "process %ld on %s", (long)getpid(), host);
    /* For messages only; the lock does not depend on it. */
    if (ftruncate(file, 0) == 0 && pwrite(file, text, (size_t)size, 0) != size)
        errno = 0;
}

rs_lock_outcome rs_file_lock_take(rs_file_lock **lock, const char *path, char text[RS_LOCK_TEXT])
{
    rs_file_lock *fresh = calloc(1, sizeof *fresh);
    if (fresh == NULL || !lock_path(path, fresh->path)) {
        snprintf(text, RS_LOCK_TEXT, "%s",
                 fresh == NULL ? "out of memory" : "the path is too long");
        free(fresh);
        return RS_LOCK_MISSING;
    }
    for (;;) {
        fresh->file =
            open(fresh->path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0666);
        if (fresh->file < 0) {
            snprintf(text, RS_LOCK_TEXT, "cannot open a lock file beside it: %s", strerror(errno));
            break;
        }
        const bool locked = try_lock(fresh->file);
        const int failure = errno;
        if (locked && still_has_name(fresh->file, fresh->path)) {
            write_owner(fresh->file);
            *lock = fresh;
            return RS_LOCK_TAKEN;
        }
        const bool busy = !locked && (failure == EAGAIN || failure == EACCES);
        if (busy)
            read_owner(fresh->file, text);
        if (!locked && !busy) {
            snprintf(text, RS_LOCK_TEXT, "%s", strerror(failure));
            unlink(fresh->path);
        }
        close(fresh->file);
        if (busy) {
            free(fresh);
            return RS_LOCK_BUSY;
        }
        if (!locked)
            break;
    }
    free(fresh);
    return RS_LOCK_MISSING;
}

void rs_file_lock_release(rs_file_lock *lock)
{
    if (lock == NULL)
        return;
    unlink(lock->path); /* while the lock is held: a process that has it open already notices that
                           it lost its name */
    close(lock->file);
    free(lock);
}
