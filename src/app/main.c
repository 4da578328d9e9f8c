#include <locale.h>
#include <stdio.h>

#include "console.h"
#include "dispatcher.h"
#include "stack.h"
#include "surroundings.h"

static int run(int argc, char **argv)
{
    rs_error error = {0};
    rs_status status = rs_dispatch(argc, argv, &error);
    if (status != RS_OK) {
        fprintf(stderr, "rnnsweep: %s", status == RS_STOPPED ? "" : "error: ");
        rs_console_put(stderr, error.text);
        fputc('\n', stderr);
    }
    const char *trouble = rs_console_flush(stdout);
    if (trouble != NULL && status == RS_OK) {
        fprintf(stderr, "rnnsweep: error: cannot write to standard output: %s\n", trouble);
        status = RS_IO;
    }
    return rs_status_exit_code(status);
}

int main(int argc, char **argv)
{
    if (!rs_surroundings_secure())
        return rs_status_exit_code(RS_IO);
    setlocale(LC_CTYPE, ""); /* the terminal's character set; number formats stay those of C */
    return rs_stack_run(run, argc, argv);
}
