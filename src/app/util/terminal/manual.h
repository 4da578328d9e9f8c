/* Man pages, from the same tables as --help. */
#ifndef RS_MANUAL_H
#define RS_MANUAL_H

#include "options.h"

/* Prints the page of a command, rnnsweep-<name>(1), in the man macros of troff. Stops at the first
 * error of the stream, which the caller who closes it reports. */
void rs_manual_print_command(const rs_command *command, FILE *stream);

/* Prints the page rnnsweep(1), which lists the commands, an array that ends with NULL. */
void rs_manual_print_program(const rs_command *const commands[], FILE *stream);

#endif
