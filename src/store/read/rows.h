/* Reads rows of a dataset, compressed or not. */
#ifndef RS_ROWS_H
#define RS_ROWS_H

#include "catalogue.h"

/* Keeps the last chunk of each compressed dataset: rows in rising order are decompressed once. One
 * thread at a time. */
typedef struct rs_rows rs_rows;

/* The file, the path and the catalogue must outlive it. RS_NO_MEMORY. */
rs_status rs_rows_create(rs_rows **rows, int file, const char *path, const rs_catalogue *catalogue,
                         rs_error *error);
void rs_rows_free(rs_rows *rows); /* accepts NULL */

/* Reads `count` rows from row `first` into bytes[]. RS_IO; RS_BAD_DATA if and only if compressed
 * bytes are damaged; RS_NO_MEMORY. */
rs_status rs_rows_read(rs_rows *rows, const rs_entry *entry, uint64_t first, uint64_t count,
                       void *bytes, rs_error *error);

#endif
