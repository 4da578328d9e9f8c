#include "output.h"

#include <stdio.h>
#include <string.h>

#include "import.h"

/* What one call opens. */
typedef struct opening {
    const char *path;
    const rs_texts *from;
    const rs_store_runs *runs;
    const rs_provenance *provenance;
    bool taken_over; /* rows of `from` came with the creation */
} opening;

static void report_damage(size_t rows)
{
    if (rows > 0)
        fprintf(stderr, "rnnsweep: %zu damaged run%s will be trained again\n", rows,
                rows == 1 ? "" : "s");
}

/* When the sweep has grown, its file grows with it: every run of the file must be one of the sweep.
 * *grown stays false when one is not. A compressed file that misses runs becomes a plain one. */
static rs_status grow(const char *path, const rs_store_runs *runs, const rs_provenance *provenance,
                      bool *grown, rs_error *error)
{
    rs_match *match = NULL;
    rs_covered covered = {0};
    rs_imported imported;
    rs_status status;
    if ((status = rs_match_create(&match, runs, error)) != RS_OK ||
        (status = rs_import_covered(path, match, &covered, error)) != RS_OK || !covered.all)
        goto done;
    *grown = true;
    status = rs_import_as_new(path, RS_IMPORT_PLAIN, runs, provenance->attributes,
                              provenance->count, 1, &path, &imported, error);
    if (status != RS_OK)
        goto done;
    fprintf(stderr, "rnnsweep: %s: %zu finished runs carried over\n",
            covered.rows < runs->count ? "the sweep has grown"
                                       : "the file was compressed, and is no longer",
            imported.rows);
    report_damage(imported.damaged);
done:
    rs_match_free(match);
    return status;
}

static rs_status refuse(const rs_error *refusal, rs_error *error)
{
    return rs_fail(error, refusal->status,
                   "%.1800s\nNothing was changed. Give another file with -o FILE, or move this one "
                   "aside with --fresh.",
                   refusal->text);
}

static void report_taken_over(const opening *to, const rs_imported *imported)
{
    fprintf(stderr, "rnnsweep: %zu finished runs taken over from %zu file%s\n", imported->rows,
            to->from->count, to->from->count == 1 ? "" : "s");
    report_damage(imported->damaged);
}

/* Whether all files that rows are to come from can be read. */
static rs_status check_sources(const rs_texts *from, rs_error *error)
{
    rs_status status = RS_OK;
    for (size_t i = 0; status == RS_OK && i < from->count; i++) {
        rs_results *results = NULL;
        status = rs_results_rescue(&results, from->text[i], error);
        rs_results_close(results);
    }
    return status;
}

static rs_status create_anew(const opening *to, rs_error *error)
{
    char aside[RS_PATH_MAX];
    rs_status status;
    if ((status = check_sources(to->from, error)) != RS_OK ||
        (status = rs_store_create_anew(to->path, to->runs, to->provenance->attributes,
                                       to->provenance->count, aside, error)) != RS_OK)
        return status;
    fprintf(stderr, "rnnsweep: moved the old file to %s\n", aside);
    return RS_OK;
}

static rs_status create(opening *to, rs_error *error)
{
    const rs_store_attribute *attributes = to->provenance->attributes;
    const size_t count = to->provenance->count;
    rs_imported imported;
    rs_status status;
    if (to->from->count == 0) {
        status = rs_store_create(to->path, to->runs, attributes, count, error);
    } else {
        status = rs_import_new(to->path, to->runs, attributes, count, to->from->count,
                               to->from->text, &imported, error);
        to->taken_over = status == RS_OK;
        if (status == RS_OK)
            report_taken_over(to, &imported);
    }
    /* Another process was faster, on a file system without locks: its file will do. */
    if (status == RS_CANNOT_CREATE && rs_file_look_at(to->path).exists)
        status = RS_OK;
    return status;
}

static rs_status open_or_grow(rs_store **store, const opening *to, rs_error *error)
{
    rs_error refusal;
    bool grown = false;
    rs_status status = rs_store_open(store, to->path, to->runs, &refusal);
    if (status == RS_BAD_DATA) {
        status = grow(to->path, to->runs, to->provenance, &grown, error);
        /* When the file itself cannot be read, the refusal says so already. */
        if (!grown)
            return status == RS_OK || status == RS_BAD_DATA ? refuse(&refusal, error) : status;
        if (status != RS_OK)
            return status;
        status = rs_store_open(store, to->path, to->runs, &refusal);
    }
    if (status != RS_OK)
        *error = refusal;
    return status;
}

static rs_status take_over(rs_store *store, const opening *to, rs_error *error)
{
    rs_imported imported = {0};
    if (to->from->count == 0 || to->taken_over)
        return RS_OK;
    rs_status status = rs_import_files(store, to->runs, RS_IMPORT_OWN, to->from->count,
                                       to->from->text, &imported, error);
    if (status == RS_OK)
        report_taken_over(to, &imported);
    return status;
}

static bool misses_runs(const rs_store *store)
{
    for (size_t row = 0; row < rs_store_count(store); row++)
        if (rs_store_outcome(store, row) == RS_RUN_PENDING)
            return true;
    return false;
}

rs_status rs_output_open(rs_output *output, const char *path, bool fresh, const rs_texts *from,
                         const rs_store_runs *runs, const rs_provenance *provenance,
                         rs_error *error)
{
    static const rs_texts none = {0};
    opening to = {
        .path = path, .from = from != NULL ? from : &none, .runs = runs, .provenance = provenance};
    rs_output fresh_output = {.store = NULL};
    rs_status status = rs_claim_file(&fresh_output.claim, path, error);
    if (status != RS_OK)
        return status;
    const bool exists = rs_file_look_at(path).exists;
    if (exists && fresh)
        status = create_anew(&to, error);
    else if (!exists)
        status = create(&to, error);
    if (status != RS_OK || (status = open_or_grow(&fresh_output.store, &to, error)) != RS_OK)
        goto done;
    if (misses_runs(fresh_output.store))
        rs_claim_warn(&fresh_output.claim, path);
    status = take_over(fresh_output.store, &to, error);
done:
    if (status == RS_OK)
        *output = fresh_output;
    else
        rs_output_close(&fresh_output);
    return status;
}

void rs_output_close(rs_output *output)
{
    rs_store_close(output->store, NULL);
    rs_claim_release(&output->claim);
    *output = (rs_output){.store = NULL};
}
