/* Writes a results file of the sample sweep: write_sample FILE RUNS narrow|wide. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sample.h"

int main(int argc, char **argv)
{
    sample_sweep sample;
    rs_error error;
    if (argc != 4)
        return rs_status_exit_code(RS_USAGE);
    sample_init(&sample, strtoul(argv[2], NULL, 10), strcmp(argv[3], "wide") == 0);
    rs_status status = sample_create(&sample, argv[1], &error);
    if (status == RS_OK)
        status = sample_fill(&sample, argv[1], &error);
    if (status != RS_OK)
        fprintf(stderr, "%s\n", error.text);
    return rs_status_exit_code(status);
}
