/* The file-system calls that a durable results file depends on, with error checks. Messages name
 * the file.
 *
 * Writing by offset loops over short writes and EINTR; a write of nothing is an error, so that no
 * loop can hang. */
#ifndef RS_FILE_IO_H
#define RS_FILE_IO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "rnnsweep/status.h"

enum { RS_PATH_MAX = 4096 };

/* Reads or writes exactly `size` bytes at `offset`. `path` is for the message. RS_IO, also when the
 * file ends before. */
rs_status rs_file_read(int file, const char *path, void *bytes, size_t size, uint64_t offset,
                       rs_error *error);
rs_status rs_file_write(int file, const char *path, const void *bytes, size_t size, uint64_t offset,
                        rs_error *error);

/* Starts writing cached data to the disk, so that a later sync takes less time. Only a hint. */
void rs_file_start_writing(int file);

/* Joins consecutive writes into larger ones. The file and the path must outlive it. */
typedef struct rs_gather rs_gather;

rs_status rs_gather_create(rs_gather **gather, int file, const char *path, rs_error *error);
void rs_gather_free(rs_gather *gather); /* drops what is not flushed; accepts NULL */
rs_status rs_gather_write(rs_gather *gather, const void *bytes, size_t size, uint64_t offset,
                          rs_error *error);
rs_status rs_gather_flush(rs_gather *gather, rs_error *error);

/* Room for `size` bytes at `offset`, at most RS_GATHER_BYTES of them, which the caller fills before
 * the next call. NULL on failure. */
enum { RS_GATHER_BYTES = 1 << 20 };
char *rs_gather_room(rs_gather *gather, size_t size, uint64_t offset, rs_error *error);

/* The identity and mode of the file of a name. */
typedef struct rs_file_state {
    bool exists;
    dev_t device;
    ino_t number;
    uint64_t size;
    mode_t mode; /* with the file's type */
    uid_t owner;
    gid_t group;
} rs_file_state;

/* Follows symbolic links. A file that cannot be examined counts as missing. */
rs_file_state rs_file_look_at(const char *path);
rs_status rs_file_look_at_open(int file, const char *path, rs_file_state *state, rs_error *error);

/* Whether both exist and are the same file, whatever its contents. */
bool rs_file_is_same(const rs_file_state *one, const rs_file_state *other);

/* The target of `path` if it is a symbolic link (the target need not exist), else `path`.
 * RS_CANNOT_CREATE for circular links. */
rs_status rs_file_follow_links(const char *path, char target[RS_PATH_MAX], rs_error *error);

/* Whether a new file may replace an existing one, which must be a regular file with write
 * permission. RS_CANNOT_CREATE. */
rs_status rs_file_check_replaceable(const char *path, const rs_file_state *old, rs_error *error);

/* Gives a new file the mode, group and, if possible, owner of the one that it will replace.
 * RS_CANNOT_CREATE. */
rs_status rs_file_take_rights(const char *temporary, const char *path, const rs_file_state *old,
                              rs_error *error);

/* Creates the missing parent folders of `path` and syncs their entries. RS_CANNOT_CREATE. */
rs_status rs_file_make_folders(const char *path, rs_error *error);

/* Checks that the folder of `path` has room for `bytes` more. RS_CANNOT_CREATE states the free
 * space. */
rs_status rs_file_check_room(const char *path, uint64_t bytes, rs_error *error);

/* How many bytes of a file's name go into the names of files that stand beside it for a while,
 * which may be no longer than 255: as many as leave room for 100 others, in whole characters of
 * UTF-8. */
int rs_file_kept_length(const char *name);

/* A hidden name beside `path` that no other process or host uses: .NAME.tmp.HOST.PID.RANDOM. */
rs_status rs_file_temporary_name(const char *path, char temporary[RS_PATH_MAX], rs_error *error);

/* Removes files of such names beside `path` whose processes, on this host, are no more: what a kill
 * left behind. One that cannot be removed does no harm; should one be wrongly taken for dead (of a
 * container with this host's name, say), its writer fails to rename it and has lost nothing. */
void rs_file_remove_leftovers(const char *path);

/* Gives the synced file `temporary` its name `path`, unless something of that name exists, and
 * syncs the folder, so that the name survives a power cut. RS_CANNOT_CREATE; `temporary` then
 * still exists. */
rs_status rs_file_publish(const char *temporary, const char *path, rs_error *error);

/* The same, in the place of whatever has that name. */
rs_status rs_file_replace(const char *temporary, const char *path, rs_error *error);

/* The same, in the place of the file `old`, or of none when that does not exist. RS_CANNOT_CREATE
 * when another one has the name by now. */
rs_status rs_file_replace_known(const char *temporary, const char *path, const rs_file_state *old,
                                rs_error *error);

/* Gives the file `path` the first free name of path.1, path.2, ..., put into `aside`, as well;
 * where the file system has no hard links, instead. RS_CANNOT_CREATE. */
rs_status rs_file_keep_aside(const char *path, char aside[RS_PATH_MAX], rs_error *error);

#endif
