/* Rows from other results files: shards of the sweep, an earlier file of it, or a damaged one. Runs
 * are matched by configuration. The order and number of the files does not matter: a run that comes
 * twice must come with the same bits, its time aside, of which the shortest is kept; where it was
 * stopped at a rung in one of them, the one that was trained further counts. Rows whose
 * checksum is wrong are left out, as if they had never been trained. Rows with settings that this
 * program does not know match no run of a sweep that it can expand. */
#ifndef RS_IMPORT_H
#define RS_IMPORT_H

#include "match.h"
#include "results.h"

/* What to do with rows of runs that the store does not have. */
typedef enum rs_import_mode {
    RS_IMPORT_ALL, /* an error: the files are parts of what the store is to hold */
    RS_IMPORT_OWN  /* left where they are: the store is one part of many */
} rs_import_mode;

/* What became of the rows. */
typedef struct rs_imported {
    size_t rows;      /* new in the store */
    size_t tested;    /* of them, on which further tests were made */
    size_t retrained; /* of them, for their checkpoints or rungs */
    size_t stopped;   /* left out: stopped at rungs that the store does not have, or, where runs can
                         be   trained, without its checkpoints */
    size_t damaged;   /* left out */
    size_t foreign;   /* finished, of settings that this program does not know, and left out */
} rs_imported;

/* ---- Into an open store ---------------------------------------------------------------------- */

/* Puts and commits all finished rows of the files that the store, of these runs, did not have
 * before, and adds to *imported. Nobody else may put or commit meanwhile. The files are open at the
 * same time, as far as the system allows: its limit on open files is raised for the process.
 * RS_BAD_DATA, with both files named, when a run has other results in one file than in another; or
 * when the store has no such run, with RS_IMPORT_ALL. RS_IO, RS_NO_MEMORY. */
rs_status rs_import_files(rs_store *store, const rs_store_runs *runs, rs_import_mode mode,
                          size_t file_count, const char *const files[], rs_imported *imported,
                          rs_error *error);

/* ---- As a new file --------------------------------------------------------------------------- */

/* What a file has of a sweep's runs. */
typedef struct rs_covered {
    size_t rows;
    bool all; /* every row's run, finished or not, is one of those matched; damaged ones aside */
} rs_covered;

/* RS_IO, RS_BAD_DATA when the file `path` is no results file. */
rs_status rs_import_covered(const char *path, rs_match *match, rs_covered *covered,
                            rs_error *error);

/* How the new file is stored: ready to be resumed, or smaller. */
typedef enum rs_import_form { RS_IMPORT_PLAIN, RS_IMPORT_COMPRESSED } rs_import_form;

/* Puts a file of `runs` with finished rows of `files` in the place of `path`, which may be one of
 * them or not exist. Datasets of the files that this program does not know are copied, too. A
 * symbolic link stays one, and the mode and group of a file that is replaced are kept; one that is
 * write-protected, or that another program replaces meanwhile, is not replaced. It is written
 * beside and takes the name at the end, synced: whatever happens before, `path` is as it was.
 * Nothing else is removed. A compressed file is made out of a plain one beside it, which needs
 * room, too, meanwhile. Errors as of rs_store_create and rs_import_files. */
rs_status rs_import_as_new(const char *path, rs_import_form form, const rs_store_runs *runs,
                           const rs_store_attribute *attributes, size_t attribute_count,
                           size_t file_count, const char *const files[], rs_imported *imported,
                           rs_error *error);

/* Creates `path`, ready to be written to, with those finished rows of `files` that it has a place
 * for. Errors as of rs_store_create and rs_import_files; then there is no such file. */
rs_status rs_import_new(const char *path, const rs_store_runs *runs,
                        const rs_store_attribute *attributes, size_t attribute_count,
                        size_t file_count, const char *const files[], rs_imported *imported,
                        rs_error *error);

/* ---- Runs that only their files know --------------------------------------------------------- */

/* The runs of files of one sweep, by their numbers, each as the first intact row of it says. For
 * sweeps that this program cannot expand, because it does not know their settings. */
typedef struct rs_file_runs rs_file_runs;
rs_status rs_file_runs_create(rs_file_runs **runs, size_t file_count, const char *const files[],
                              rs_error *error);
const rs_store_runs *rs_file_runs_get(const rs_file_runs *runs);
void rs_file_runs_free(rs_file_runs *runs); /* accepts NULL */

#endif
