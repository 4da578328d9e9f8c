/* Times in a new file. HDF5 notes none where it is told not to, but in the extension of the
 * superblock, which files with chunks have. */
#ifndef RS_UNTIME_H
#define RS_UNTIME_H

/* Sets the times of the superblock's extension to 0, so that the same rows give the same bytes, and
 * its checksum to what it then is. What does not look as expected is left as it is. */
void rs_untime_file(const char *path);

#endif
