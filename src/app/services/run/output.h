/* The results file that a sweep goes into: created, resumed, grown, or moved aside. */
#ifndef RS_OUTPUT_H
#define RS_OUTPUT_H

#include "claim.h"
#include "options.h"
#include "overlap.h"
#include "provenance.h"

/* An open results file, claimed by this process. */
typedef struct rs_output {
    rs_store *store;
    rs_claim claim;
    rs_store_runs
        runs; /* those of the store: the sweep's, or the file's, of which some are wanted */
    rs_trainer *tester; /* makes further tests of stored networks */
    rs_overlap overlap; /* which the file's runs are read from */
} rs_output;

/* What is asked for beside the runs. */
typedef struct rs_output_wish {
    bool fresh;                 /* an existing file first gets the first free name of path.1, ... */
    const rs_string_list *from; /* files to take finished rows over from, or NULL */
    const rs_isa *isa;          /* for further tests of stored networks */
    bool mix_kernels;           /* also rows of another generation of kernels */
} rs_output_wish;

/* Opens `path` for these runs, and creates it when there is none. With `fresh` an existing file
 * first gets the first free name of path.1, path.2, ...: never onto another file. Runs are found by
 * their configuration. When the file has all of these, in another order or among others, it keeps
 * its own. When its runs are all among these, but are fewer, it is made anew with its finished rows
 * carried over; so it is when the sweep's name, description or metric has changed, with its runs as
 * they are. Finished rows of the files `from` are then imported into the rows that miss them, and
 * their number is printed. A file that does not exist yet is created with them, or not at all if
 * one of them cannot be read. RS_BAD_DATA, with what to do, when the file has other runs and misses
 * some of these, or when rows of another generation of kernels would be imported; then nothing is
 * changed. Before a file with runs of another generation gets more, this is printed and recorded in
 * it. RS_STOPPED as of rs_claim_file. */
rs_status rs_output_open(rs_output *output, const char *path, const rs_output_wish *wish,
                         const rs_store_runs *runs, const rs_provenance *provenance,
                         rs_error *error);

/* Replaces a compressed file by a plain one, to which rows can be written. Errors as of rs_rewrite;
 * RS_IO when it is a plain one that may not be written to. */
rs_status rs_output_unpack(rs_output *output, const char *path, rs_error *error);

/* The number of wanted runs that are finished, of a sweep with rungs also those that were stopped;
 * *total = the number of wanted runs. */
size_t rs_output_finished(const rs_output *output, size_t *total);

/* Accepts an output that is all zero or was not opened. */
void rs_output_close(rs_output *output);

#endif
