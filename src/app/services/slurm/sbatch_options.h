/* Options that a user passes on to sbatch, as lines of a batch script. */
#ifndef RS_SBATCH_OPTIONS_H
#define RS_SBATCH_OPTIONS_H

#include <stdio.h>

#include "rnnsweep/status.h"

/* Writes an #SBATCH line for each option among the words, with its value when that is a word of its
 * own; no line break at the end. RS_USAGE when the first word is no option, and for an option that
 * the scripts set themselves or that the size of the array depends on: short (-a1-3), long, or cut
 * short (--arr) as sbatch takes it. */
rs_status rs_sbatch_options_write(FILE *stream, int count, char *const words[], rs_error *error);

#endif
