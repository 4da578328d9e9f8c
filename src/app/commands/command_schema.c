#include <stdlib.h>

#include "commands.h"
#include "schema.h"

static rs_status run(const rs_command *command, int argc, char **argv, rs_error *error)
{
    rs_arguments arguments = {0};
    rs_status status = rs_options_parse(command, argc, argv, NULL, &arguments, error);
    if (status == RS_OK && arguments.help)
        rs_options_help(command, stdout);
    else if (status == RS_OK)
        status = rs_schema_write(stdout, error);
    free(arguments.positional);
    return status;
}

const rs_command rs_command_schema = {
    .name = "schema",
    .synopsis = "",
    .meaning = "the JSON Schema of sweep files, for editors",
    .description =
        "Prints a JSON Schema (draft 7) of what a sweep file may hold. An editor with a YAML\n"
        "language server then completes names, shows meanings and marks mistakes while you type,\n"
        "in a file that begins with the line\n\n"
        "  # yaml-language-server: $schema=rnnsweep.schema.json\n\n"
        "The schema knows keys, types and ranges; `rnnsweep plan` also knows how they go "
        "together.\n",
    .examples = "  rnnsweep schema > rnnsweep.schema.json\n",
    .run = run,
};
