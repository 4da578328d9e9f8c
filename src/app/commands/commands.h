/* The commands, one source file each: command_<name>.c. */
#ifndef RS_COMMANDS_H
#define RS_COMMANDS_H

#include "options.h"

extern const rs_command rs_command_run;
extern const rs_command rs_command_plan;
extern const rs_command rs_command_show;
extern const rs_command rs_command_predict;
extern const rs_command rs_command_slurm;
extern const rs_command rs_command_summary;
extern const rs_command rs_command_merge;
extern const rs_command rs_command_missing;
extern const rs_command rs_command_status;
extern const rs_command rs_command_verify;
extern const rs_command rs_command_schema;
extern const rs_command rs_command_completion;
extern const rs_command rs_command_bench;

/* All of them, in the order of the help, ending with NULL. */
extern const rs_command *const rs_commands[];

#endif
