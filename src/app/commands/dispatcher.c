#include "dispatcher.h"

#include <stdio.h>
#include <string.h>

#include "commands.h"
#include "provenance.h"
#include "rnnsweep/rnnsweep.h"
#include "suggest.h"

static void print_help(FILE *stream)
{
    fprintf(stream, "rnnsweep trains very many small recurrent networks in parallel and keeps the\n"
                    "results in one HDF5 file.\n\n"
                    "Usage: rnnsweep COMMAND [options] ...\n\nCommands:\n");
    int width = 0;
    for (size_t i = 0; i < RS_COMMAND_TOTAL; i++)
        if ((int)strlen(rs_commands[i]->name) > width)
            width = (int)strlen(rs_commands[i]->name);
    for (size_t i = 0; i < RS_COMMAND_TOTAL; i++)
        fprintf(stream, "  %-*s  %s\n", width, rs_commands[i]->name, rs_commands[i]->meaning);
    fprintf(stream, "\nrnnsweep COMMAND --help explains a command, rnnsweep --version the build.\n"
                    "\nExit codes:\n");
    for (int status = 0; status < RS_STATUS_TOTAL; status++)
        if (status != RS_NO_MEMORY) /* shares its code with RS_INTERNAL */
            fprintf(stream, "  %2d  %s\n", rs_status_exit_code((rs_status)status),
                    rs_status_meaning((rs_status)status));
}

static void print_version(FILE *stream)
{
    static const char *const states[] = {[RS_ISA_USABLE] = "",
                                         [RS_ISA_MISSING] = " (not on this CPU)",
                                         [RS_ISA_DISAGREES] = " (fails its self-check)"};
    const rs_isa *isa;
    fprintf(stream, "rnnsweep %s (commit %s)\ncompiler: %s %s\ninstruction sets:", rs_version(),
            rs_commit(), rs_build_compiler(), rs_build_flags());
    for (size_t i = 0; (isa = rs_isa_at(i)) != NULL; i++)
        fprintf(stream, " %s%s", rs_isa_name(isa), states[rs_isa_check(isa)]);
    fputc('\n', stream);
}

static rs_status refuse_command(const char *name, rs_error *error)
{
    const char *names[RS_COMMAND_TOTAL];
    for (size_t i = 0; i < RS_COMMAND_TOTAL; i++)
        names[i] = rs_commands[i]->name;
    const char *near = rs_suggest(name, strlen(name), names, RS_COMMAND_TOTAL);
    return rs_fail(error, RS_USAGE, "unknown command '%s'; %s%s%s`rnnsweep --help`", name,
                   near != NULL ? "did you mean " : "see ", near != NULL ? near : "",
                   near != NULL ? "? See " : "");
}

rs_status rs_dispatch(int argc, char **argv, rs_error *error)
{
    const char *name = argc > 1 ? argv[1] : "";
    if (argc < 2) {
        print_help(stderr);
        return rs_fail(error, RS_USAGE, "a command is missing");
    }
    if (strcmp(name, "--help") == 0 || strcmp(name, "-h") == 0) {
        print_help(stdout);
        return RS_OK;
    }
    if (strcmp(name, "--version") == 0 || strcmp(name, "-V") == 0) {
        print_version(stdout);
        return RS_OK;
    }
    const rs_command *command = rs_command_find(name);
    return command != NULL ? rs_command_call(command, argc - 1, argv + 1, error)
                           : refuse_command(name, error);
}
