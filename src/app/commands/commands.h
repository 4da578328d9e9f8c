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

/* The option of a command that looks at networks: its values, of `type`, have `checkpoint`, which
 * is RS_AT_END by default. `text` says what there is of the networks. */
#define RS_CHECKPOINT_OPTION(type, text)                                                     \
    {                                                                                        \
        .name = "checkpoint", .kind = RS_OPTION_COUNT, .offset = offsetof(type, checkpoint), \
        .argument = "U", .min = 0, .max = INT32_MAX, .fallback = "the end",                  \
        .meaning = text " after U updates, one of the sweep's checkpoints"                   \
    }

/* The command of that name, or NULL. */
const rs_command *rs_command_find(const char *name);

#endif
