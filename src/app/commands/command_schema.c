#include <stdlib.h>

#include "commands.h"
#include "schema.h"

static rs_status run(const rs_invocation *call, rs_error *error)
{
    (void)call;
    return rs_schema_write(stdout, error);
}

const rs_command rs_command_schema = {
    .name = "schema",
    .synopsis = "",
    .meaning = "print the JSON Schema of sweep files, for editors",
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
