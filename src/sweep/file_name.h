/* Names of sweeps, which become names of files, folders and jobs. */
#ifndef RS_FILE_NAME_H
#define RS_FILE_NAME_H

#include <stdbool.h>

#include "arena.h"

enum { RS_NAME_LENGTH = 100 }; /* bytes */

/* *name = a copy of the text that can be a file name everywhere: letters and digits of any
 * language,
 * '_', '-' and '.', the first one neither '.' nor '-', at most RS_NAME_LENGTH bytes. Blanks become
 * '-', each other character too, and what comes first '_'. True when more than blanks has changed.
 * *name is NULL when memory runs out. */
bool rs_file_name_make(rs_arena *arena, const char *text, char **name);

#endif
