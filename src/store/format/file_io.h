/* The few file-system calls that a durable results file rests on, checked. Messages name the file.
 *
 * Writing by offset loops over short writes and EINTR; a write of nothing is an error, so that no
 * loop can hang. */
#ifndef RS_FILE_IO_H
#define RS_FILE_IO_H

#include <stddef.h>
#include <stdint.h>

#include "rnnsweep/status.h"

enum { RS_PATH_MAX = 4096 };

/* Reads or writes exactly `size` bytes at `offset`. `path` is for the message. RS_IO, also when the
 * file ends before. */
rs_status rs_file_read(int file, const char *path, void *bytes, size_t size, uint64_t offset,
                       rs_error *error);
rs_status rs_file_write(int file, const char *path, const void *bytes, size_t size, uint64_t offset,
                        rs_error *error);

/* Has the system begin to write to the disk what it holds of the file, so that a later sync finds
 * less to wait for. Nothing depends on it. */
void rs_file_start_writing(int file);

/* Joins writes that follow each other in the file into larger ones. The file and the path must
 * outlive it. */
typedef struct rs_gather rs_gather;

rs_status rs_gather_create(rs_gather **gather, int file, const char *path, rs_error *error);
void rs_gather_free(rs_gather *gather); /* drops what is not flushed; accepts NULL */
rs_status rs_gather_write(rs_gather *gather, const void *bytes, size_t size, uint64_t offset,
                          rs_error *error);
rs_status rs_gather_flush(rs_gather *gather, rs_error *error);

/* Creates the folders above `path` that are missing. RS_CANNOT_CREATE. */
rs_status rs_file_make_folders(const char *path, rs_error *error);

/* Whether the folder of `path` has room for `bytes` more. RS_CANNOT_CREATE says how much it has. */
rs_status rs_file_check_room(const char *path, uint64_t bytes, rs_error *error);

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

#endif
