#include "commands.h"

const rs_command *const rs_commands[] = {&rs_command_run,     &rs_command_plan,
                                         &rs_command_show,    &rs_command_predict,
                                         &rs_command_summary, &rs_command_merge,
                                         &rs_command_missing, &rs_command_status,
                                         &rs_command_verify,  &rs_command_slurm,
                                         &rs_command_schema,  &rs_command_completion,
                                         &rs_command_bench,   NULL};
