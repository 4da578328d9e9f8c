#include <stdlib.h>
#include <string.h>

#include "commands.h"
#include "completion.h"

static rs_status write_script(const char *name, rs_error *error)
{
    for (size_t i = 0; i < RS_SHELL_TOTAL; i++)
        if (strcmp(rs_shell_names[i], name) == 0)
            return rs_completion_write(stdout, (rs_shell)i, rs_commands, error);
    return rs_fail(error, RS_USAGE, "completion %s: must be one of: bash, zsh, fish", name);
}

static rs_status run(const rs_invocation *call, rs_error *error)
{
    return write_script(call->arguments.positional[0], error);
}

const rs_command rs_command_completion = {
    .name = "completion",
    .synopsis = "bash|zsh|fish",
    .meaning = "print a script that lets a shell complete commands",
    .description =
        "Prints a script with which the Tab key completes commands, options, their values, files\n"
        "and key=value. An installed rnnsweep brings the scripts along; else add to the shell's\n"
        "start-up file (~/.bashrc, ~/.zshrc behind compinit, ~/.config/fish/config.fish) the line\n"
        "of the examples.\n",
    .examples = "  source <(rnnsweep completion bash)\n"
                "  source <(rnnsweep completion zsh)\n"
                "  rnnsweep completion fish | source\n",
    .positional_min = 1,
    .positional_max = 1,
    .run = run,
};
