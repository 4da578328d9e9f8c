/* The commands, one source file each: command_<name>.c. */
#ifndef RS_COMMANDS_H
#define RS_COMMANDS_H

#include "options.h"

/* In the order of the help. */
#define RS_COMMANDS(COMMAND) \
    COMMAND(run)             \
    COMMAND(plan)            \
    COMMAND(show)            \
    COMMAND(predict)         \
    COMMAND(trajectories)    \
    COMMAND(summary)         \
    COMMAND(merge)           \
    COMMAND(missing)         \
    COMMAND(status)          \
    COMMAND(watch)           \
    COMMAND(verify)          \
    COMMAND(slurm)           \
    COMMAND(parameters)      \
    COMMAND(schema)          \
    COMMAND(completion)      \
    COMMAND(bench)           \
    COMMAND(help)

#define DECLARE(name) extern const rs_command rs_command_##name;
RS_COMMANDS(DECLARE)
#undef DECLARE

#define COUNT(name) +1
enum { RS_COMMAND_TOTAL = 0 RS_COMMANDS(COUNT) };
#undef COUNT

/* All commands, terminated by NULL. */
extern const rs_command *const rs_commands[RS_COMMAND_TOTAL + 1];

/* The command of that name, or NULL. */
const rs_command *rs_command_find(const char *name);

#endif
