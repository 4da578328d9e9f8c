/* The directory of a results file: its list of datasets with their places, types and extents, the
 * attributes, and checksums of what never changes, once more, outside HDF5's own metadata. Should
 * these be damaged, the directory leads to every row.
 *
 * It is the dataset /rescue/directory, which is a text:
 *
 *     RNNSWEEP DIRECTORY 1 SIZE CRC32C      bytes after this line (10 digits), their CRC-32C (8)
 *     layout 2
 *     attribute text 1 BYTES NAME           of the root; then BYTES bytes and a line break
 *     dataset TYPE RANK EXTENTS... OFFSET CHUNK_ROWS FILL CRC32C PATH
 *     dimension AXIS NAME                   of the dataset before; so are the next two
 *     attribute TYPE COUNT BYTES NAME
 *     chunk OFFSET SIZE
 *     structure SIZE CRC32C                 of the file's first SIZE bytes (20 digits): CRC-32C of
 *                                           those that belong to no dataset, the directory included
 *
 * Lines that begin with another word are of later versions, and are passed over.
 *
 * It is found by its first words, wherever it stands in the file. FILL and CRC32C are "-" where
 * there is none; the latter is over all bytes of a dataset that is complete at creation. */
#ifndef RS_DIRECTORY_H
#define RS_DIRECTORY_H

#include "listing.h"

/* Fills *list, begun by this call, from a directory's text. False when it is damaged, or
 * list->error is set. */
bool rs_directory_parse(const char *text, size_t size, rs_list *list);

/* The text of a list: *size bytes, to be freed. Its size does not depend on what the list says of
 * the structure. RS_NO_MEMORY. */
rs_status rs_directory_print(const rs_list *list, char **text, size_t *size, rs_error *error);

/* Looks through a whole file for an intact directory; *found when *list is one. RS_IO,
 * RS_NO_MEMORY. */
rs_status rs_directory_search(int file, const char *path, rs_list *list, bool *found,
                              rs_error *error);

#endif
