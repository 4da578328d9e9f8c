/* Writes a results file of the sample sweep, or goes on with one, twenty rows a commit:
 * write_sample FILE RUNS narrow|wide|rungs|stopped; "rungs": runs stop at one rung, then at the
 * next, and are then trained to their ends, but for "stopped". With more arguments, makes it out of
 * those files; with "packed" in place of "wide", compressed. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "rung_sample.h"

/* Twenty rows a commit. */
static rs_status write_rows(const sample_sweep *sample, rs_store *store, bool to_the_end,
                            rs_error *error)
{
    const size_t stride = (sample->runs.count + 19) / 20;
    static const size_t reached[] = {1, 2, RUNG_SAMPLE_WHOLE};
    const bool has_rungs = sample->runs.rungs != NULL;
    const size_t passes = to_the_end ? 3 : 2;
    rs_status status = RS_OK;
    for (size_t i = has_rungs ? 0 : 2; status == RS_OK && i < passes; i++)
        for (size_t first = 0; status == RS_OK && first < stride; first++)
            status = has_rungs ? rung_sample_write(sample, store, first, stride, reached[i], error)
                               : sample_write(sample, store, first, stride, error);
    return status;
}

static rs_status write_file(const sample_sweep *sample, const char *path, bool to_the_end,
                            rs_error *error)
{
    rs_store *store = NULL;
    rs_status status = RS_OK;
    if (access(path, F_OK) != 0)
        status = sample_create(sample, path, error);
    if (status != RS_OK || (status = rs_store_open(&store, path, &sample->runs, error)) != RS_OK)
        return status;
    status = write_rows(sample, store, to_the_end, error);
    rs_status closed = rs_store_close(store, status == RS_OK ? error : NULL);
    return status == RS_OK ? closed : status;
}

int main(int argc, char **argv)
{
    sample_sweep sample;
    rs_error error;
    if (argc < 4)
        return rs_status_exit_code(RS_USAGE);
    const bool packed = strcmp(argv[3], "packed") == 0;
    const bool stopped = strcmp(argv[3], "stopped") == 0;
    if (stopped || strcmp(argv[3], "rungs") == 0)
        rung_sample_init(&sample, strtoul(argv[2], NULL, 10), true);
    else
        sample_init(&sample, strtoul(argv[2], NULL, 10), strcmp(argv[3], "narrow") != 0);
    rs_status status =
        argc == 4
            ? write_file(&sample, argv[1], !stopped, &error)
            : sample_rebuild(&sample, argv[1], packed ? RS_IMPORT_COMPRESSED : RS_IMPORT_PLAIN,
                             (size_t)argc - 4, (const char *const *)argv + 4, &error);
    if (status != RS_OK)
        fprintf(stderr, "%s\n", error.text);
    return rs_status_exit_code(status);
}
