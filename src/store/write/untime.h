/* Removes times from a new file. HDF5 can be told to record none, except in the extension of the
 * superblock, which files with chunks have. */
#ifndef RS_UNTIME_H
#define RS_UNTIME_H

/* Sets the times of the superblock's extension to 0, so that the same rows give the same bytes, and
 * updates its checksum. Unexpected structures are left unchanged. */
void rs_untime_file(const char *path);

#endif
