/* Options that the user passes on to sbatch, as lines of a batch script. */
#ifndef RS_SBATCH_OPTIONS_H
#define RS_SBATCH_OPTIONS_H

#include <stdio.h>

#include "rnnsweep/status.h"

/* Writes an #SBATCH line for each option among the words, with its value if that is a separate
 * word; no line break at the end. RS_USAGE if the first word is not an option, and for options that
 * the scripts set themselves or that the size of the array depends on, whether short (-a1-3), long,
 * or abbreviated (--arr). */
rs_status rs_sbatch_options_write(FILE *stream, int count, char *const words[], rs_error *error);

#endif
