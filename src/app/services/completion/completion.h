/* Completion scripts for shells, generated from the tables of options and parameters. */
#ifndef RS_COMPLETION_H
#define RS_COMPLETION_H

#include "options.h"

typedef enum rs_shell { RS_SHELL_BASH, RS_SHELL_ZSH, RS_SHELL_FISH, RS_SHELL_TOTAL } rs_shell;

/* The names of the shells. */
extern const char *const rs_shell_names[RS_SHELL_TOTAL];

/* Writes the completion script of a shell for the commands, a list that ends with NULL.
 * RS_NO_MEMORY. */
rs_status rs_completion_write(FILE *stream, rs_shell shell, const rs_command *const commands[],
                              rs_error *error);

#endif
