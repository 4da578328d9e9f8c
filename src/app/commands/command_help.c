#include "commands.h"
#include "dispatcher.h"
#include "manual.h"

struct help_values {
    bool man;
};

static rs_status run(const rs_invocation *call, rs_error *error)
{
    const struct help_values *values = call->values;
    const bool named = call->arguments.count > 0;
    const rs_command *command = named ? rs_command_find(call->arguments.positional[0]) : NULL;
    if (values->man && !named)
        rs_manual_print_program(rs_commands, stdout);
    else if (values->man && command != NULL)
        rs_manual_print_command(command, stdout);
    else { /* as if --help had been given */
        char program[] = "rnnsweep", help[] = "--help";
        char *argv[] = {program, named ? (char *)call->arguments.positional[0] : help, help, NULL};
        return rs_dispatch(named ? 3 : 2, argv, error);
    }
    return RS_OK;
}

static const rs_option options[] = {
    {.name = "man",
     .kind = RS_OPTION_FLAG,
     .offset = offsetof(struct help_values, man),
     .meaning = "print the man page, for `man -l -`"},
};

const rs_command rs_command_help = {
    .name = "help",
    .synopsis = "[COMMAND]",
    .meaning = "explain the program or a command",
    .description =
        "Prints what `rnnsweep --help` or `rnnsweep COMMAND --help` prints, or the man page.\n",
    .examples = "  rnnsweep help run\n"
                "  rnnsweep help --man run | man -l -\n",
    .options = options,
    .option_count = sizeof options / sizeof options[0],
    .positional_max = 1,
    .values_size = sizeof(struct help_values),
    .run = run,
};
