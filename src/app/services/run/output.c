#include "output.h"

#include <stdio.h>
#include <string.h>

#include "import.h"
#include "reader.h"
#include "rewrite.h"

/* ---- Generations of kernels ------------------------------------------------------------------ */

enum { KERNELS_TEXT = 256 };

/* Adds those of a list that `kernels` does not have. */
static void add_kernels(char kernels[KERNELS_TEXT], const char *list)
{
    static const char separator[] = "; ";
    for (const char *word = list; word != NULL && *word != '\0';) {
        const char *end = strstr(word, separator);
        const int size = end != NULL ? (int)(end - word) : (int)strlen(word);
        char padded[KERNELS_TEXT + 8], wanted[KERNELS_TEXT + 8];
        snprintf(padded, sizeof padded, "; %s; ", kernels);
        snprintf(wanted, sizeof wanted, "; %.*s; ", size, word);
        const size_t length = strlen(kernels);
        if (strstr(padded, wanted) == NULL)
            snprintf(kernels + length, KERNELS_TEXT - length, "%s%.*s", length > 0 ? separator : "",
                     size, word);
        word = end != NULL ? end + sizeof separator - 1 : NULL;
    }
}

/* ---- Opening --------------------------------------------------------------------------------- */

/* State of one call. */
typedef struct opening {
    const char *path;
    const rs_string_list *from;
    const rs_store_runs *runs;
    const rs_provenance *provenance;
    bool mix_kernels;
    char kernels[KERNELS_TEXT]; /* generations of the rows that come from other files */
    char before[KERNELS_TEXT];  /* those of the file, when it was made anew */
    bool taken_over;            /* rows of `from` came with the creation */
} opening;

static void report_damage(size_t rows)
{
    if (rows > 0)
        fprintf(stderr, "rnnsweep: %zu damaged run%s will be trained again\n", rows,
                rows == 1 ? "" : "s");
}

static void report_stopped(size_t rows)
{
    if (rows > 0)
        fprintf(stderr,
                "rnnsweep: left out %zu run%s stopped at rungs which this sweep does not have, or "
                "without its checkpoints\n",
                rows, rows == 1 ? " that was" : "s that were");
}

static void report_retrained(size_t rows)
{
    if (rows > 0)
        fprintf(stderr, "rnnsweep: trained %zu finished run%s again\n", rows, rows == 1 ? "" : "s");
}

/* Rewrites the file with the sweep's runs in the sweep's order; they include all runs of the file.
 * Prints `why`, with the number of finished runs. */
static rs_status renew(const opening *to, const char *why, rs_error *error)
{
    rs_imported imported;
    rs_status status =
        rs_import_as_new(to->path, RS_IMPORT_PLAIN, to->runs, to->provenance->attributes,
                         to->provenance->count, 1, &to->path, &imported, error);
    if (status != RS_OK)
        return status;
    fprintf(stderr, "rnnsweep: %s: %zu finished runs carried over\n", why, imported.rows);
    report_damage(imported.damaged);
    report_stopped(imported.stopped);
    report_retrained(imported.retrained);
    return RS_OK;
}

/* Rewrites the file behind the store (rewrite.h), and opens it again. */
static rs_status rewrite_store(rs_output *output, const char *path, const rs_results *results,
                               const rs_provenance *provenance, const char *kernels,
                               const rs_store_runs *tests, rs_error *error)
{
    rs_imported imported = {0};
    rs_store_close(output->store, NULL);
    output->store = NULL;
    rs_status status = rs_rewrite(path, results, provenance, kernels, tests, &imported, error);
    report_stopped(imported.stopped);
    report_retrained(imported.retrained);
    return status == RS_OK ? rs_store_open(&output->store, path, &output->runs, error) : status;
}

/* The same file, so that runs can be added to it. */
static rs_status unpack(rs_output *output, const char *path, const rs_results *results,
                        rs_error *error)
{
    rs_status status = rewrite_store(output, path, results, NULL, NULL, NULL, error);
    if (status == RS_OK)
        fprintf(stderr, "rnnsweep: the file was compressed, and is no longer\n");
    return status;
}

static rs_status refuse(const char *reason, rs_error *error)
{
    return rs_fail(error, RS_BAD_DATA,
                   "%.1800s\nNothing was changed. Give another file with -o FILE, or move this one "
                   "aside with --fresh.",
                   reason);
}

/* Explains why a file with runs outside the sweep is not resumed, and what to do. */
static rs_status refuse_others(const opening *to, const rs_overlap *overlap, rs_error *error)
{
    char differences[RS_OVERLAP_TEXT], reason[2 * RS_OVERLAP_TEXT];
    const size_t others = overlap->runs.count - overlap->shared;
    rs_overlap_describe(overlap, to->runs, differences);
    if (overlap->shared == 0) {
        snprintf(reason, sizeof reason, "%s: holds the results of another sweep: %s", to->path,
                 differences);
        return refuse(reason, error);
    }
    return rs_fail(
        error, RS_BAD_DATA,
        "%s: has %zu runs that this sweep does not have, and %zu of its %zu runs: %.900s\n"
        "Nothing was changed. To keep them all in one file, let the sweep have the values of "
        "both. To leave out what this sweep does not have, take the others over into a new "
        "file:\n    rnnsweep run ... -o NEW.h5 --from %s",
        to->path, others, overlap->shared, to->runs->count, differences, to->path);
}

static void report_taken_over(const opening *to, const rs_imported *imported)
{
    fprintf(stderr, "rnnsweep: %zu finished runs taken over from %zu file%s\n", imported->rows,
            to->from->count, to->from->count == 1 ? "" : "s");
    report_damage(imported->damaged);
    report_stopped(imported->stopped);
}

static rs_status create_anew(const opening *to, rs_error *error)
{
    char aside[RS_PATH_MAX];
    rs_status status = rs_store_create_anew(to->path, to->runs, to->provenance->attributes,
                                            to->provenance->count, aside, error);
    if (status != RS_OK)
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
    /* Another process has created the file, on a file system without locks: use that one. */
    if (status == RS_CANNOT_CREATE && rs_file_look_at(to->path).exists)
        status = RS_OK;
    return status;
}

/* Opens a file that has all runs of the sweep in another order or among others. The file keeps its
 * order, and its own runs replace the sweep's. */
static rs_status open_in_its_order(rs_output *output, const opening *to, rs_error *error)
{
    rs_overlap *overlap = &output->overlap;
    rs_store_runs_take_tests(&overlap->runs, to->runs);
    output->runs = overlap->runs;
    rs_status status = rs_store_open(&output->store, to->path, &output->runs, error);
    if (status == RS_BAD_DATA && rs_results_compressed(overlap->results))
        status = unpack(output, to->path, overlap->results, error);
    if (status != RS_OK)
        return status;
    if (overlap->shared == overlap->runs.count)
        fprintf(stderr, "rnnsweep: %s has the runs in another order, and keeps it\n", to->path);
    return RS_OK;
}

/* The file cannot be opened with the sweep's runs because of `refusal`. A shard is rewritten if
 * other parts of its sweep have changed: a file with more runs than the shard looks the same as one
 * of another cut. */
static rs_status open_other(rs_output *output, opening *to, const char *refusal, rs_error *error)
{
    const rs_overlap *overlap = &output->overlap;
    const bool all = overlap->shared + overlap->damaged == overlap->runs.count;
    const bool shard = to->provenance->shard[0] != '\0';
    const char *why = to->runs->count > overlap->runs.count ? "the sweep has grown"
                      : overlap->damaged > 0                ? "the file is damaged, and made anew"
                      : rs_results_compressed(overlap->results)
                          ? "the file was compressed, and is no longer"
                          : "other shards of the sweep have changed";
    rs_status status;
    if (rs_results_foreign(overlap->results)[0] != '\0' || (!all && overlap->damaged > 0))
        return refuse(refusal, error);
    if (overlap->missing == 0 && !shard && !overlap->in_place)
        return open_in_its_order(output, to, error);
    if (!all)
        return refuse_others(to, overlap, error);
    add_kernels(to->before, rs_results_kernels(overlap->results));
    if ((status = renew(to, why, error)) == RS_OK)
        status = rs_store_open(&output->store, to->path, to->runs, error);
    return status;
}

/* Name, description and metric do not affect runs: the sweep's replace the file's. */
static rs_status take_words(rs_output *output, const opening *to, rs_error *error)
{
    rs_results *results = NULL;
    char changed[RS_WORDS_TEXT];
    rs_status status =
        rs_results_open_file(&results, rs_store_file(output->store), to->path, error);
    if (status != RS_OK)
        return status;
    if (rs_rewrite_needed(results, to->provenance, changed)) {
        rs_store_close(output->store, NULL);
        output->store = NULL;
        rs_error trouble;
        rs_imported imported = {0};
        if (rs_rewrite(to->path, results, to->provenance, NULL, to->runs, &imported, &trouble) ==
            RS_OK)
            fprintf(stderr, "rnnsweep: %s changed: written into %s\n", changed, to->path);
        else /* this does not prevent training */
            fprintf(stderr, "rnnsweep: warning: %s changed, but not in %s: %s\n", changed, to->path,
                    trouble.text);
        report_stopped(imported.stopped);
        status = rs_store_open(&output->store, to->path, &output->runs, error);
    }
    rs_results_close(results);
    return status;
}

/* ---- Further tests --------------------------------------------------------------------------- */

static rs_status test_stored(void *context, const rs_run_config *config, const double *weights,
                             rs_run_result *result, rs_error *error)
{
    return rs_trainer_test_further(context, config, weights, result, error);
}

static rs_status train_again(void *context, const rs_run_config *config, rs_run_result *result,
                             rs_error *error)
{
    return rs_trainer_run(context, config, result, error);
}

/* What finished runs are to have that decided no run. */
typedef struct wanting {
    rs_lacking rows;
    bool tests, checkpoints, rungs; /* some run lacks them, or the file has no place for them */
} wanting;

static rs_status find_wanting(const rs_output *output, const rs_results *results, wanting *found,
                              rs_error *error)
{
    const rs_store_runs *runs = &output->runs;
    rs_status status = rs_reader_count_lacking(results, runs->length_total, runs->lengths,
                                               runs->checkpoints, runs->rungs, &found->rows, error);
    found->tests = found->rows.tests > 0 || !rs_store_has_tests(output->store);
    found->checkpoints = found->rows.checkpoints > 0 || !rs_store_has_checkpoints(output->store);
    found->rungs = found->rows.rungs > 0 || !rs_store_has_rungs(output->store);
    return status;
}

/* Tests, checkpoints and rungs decide no run: those that the file lacks are made in a new file that
 * then takes its place. */
static rs_status add_wanting(rs_output *output, const opening *to, rs_error *error)
{
    rs_results *results = NULL;
    wanting found = {.tests = false};
    rs_status status =
        rs_results_open_file(&results, rs_store_file(output->store), to->path, error);
    if (status == RS_OK)
        status = find_wanting(output, results, &found, error);
    if (status == RS_OK && found.tests)
        fprintf(stderr,
                "rnnsweep: further tests: made from the stored weights, without training\n");
    if (status == RS_OK && found.checkpoints)
        fprintf(stderr,
                "rnnsweep: checkpoints: finished runs that lack some are trained again for "
                "them%s, and are kept as they are\n",
                to->from->count > 0 ? " where no file of --from has them" : "");
    if (status == RS_OK && found.rungs)
        fprintf(stderr, "rnnsweep: rungs: finished runs that were not measured at all of them are "
                        "trained again for that, and are kept as they are\n");
    if (status == RS_OK && (found.tests || found.checkpoints || found.rungs))
        status = rewrite_store(output, to->path, results, to->provenance, NULL, to->runs, error);
    rs_results_close(results);
    return status;
}

static rs_status open_or_grow(rs_output *output, opening *to, rs_error *error)
{
    rs_error refusal;
    output->runs = *to->runs;
    rs_status status = rs_store_open(&output->store, to->path, to->runs, &refusal);
    if (status != RS_BAD_DATA) {
        if (status != RS_OK)
            *error = refusal;
        return status;
    }
    status = rs_overlap_find(&output->overlap, to->path, to->runs, error);
    if (status == RS_BAD_DATA) /* the file cannot be read, and the refusal says so already */
        return refuse(refusal.text, error);
    return status == RS_OK ? open_other(output, to, refusal.text, error) : status;
}

static rs_status take_over(rs_output *output, const opening *to, rs_error *error)
{
    rs_imported imported = {0};
    if (to->from->count == 0 || to->taken_over)
        return RS_OK;
    rs_status status = rs_import_files(output->store, &output->runs, RS_IMPORT_OWN, to->from->count,
                                       to->from->text, &imported, error);
    if (status == RS_OK)
        report_taken_over(to, &imported);
    return status;
}

rs_status rs_output_unpack(rs_output *output, const char *path, rs_error *error)
{
    rs_results *results = NULL;
    rs_status status = rs_results_open_file(&results, rs_store_file(output->store), path, error);
    if (status != RS_OK)
        return status;
    if (!rs_results_compressed(results))
        status = rs_fail(error, RS_IO, "%s: has runs to train and may not be written to", path);
    else
        status = unpack(output, path, results, error);
    rs_results_close(results);
    return status;
}

size_t rs_output_finished(const rs_output *output, size_t *total)
{
    const bool *wanted = output->runs.wanted;
    size_t finished = 0;
    *total = 0;
    for (size_t row = 0; row < output->runs.count; row++) {
        const bool counts = wanted == NULL || wanted[row];
        *total += counts;
        const rs_run_outcome outcome = rs_store_outcome(output->store, row);
        finished += counts && outcome != RS_RUN_PENDING && outcome != RS_RUN_STOPPED;
    }
    return finished;
}

static bool misses_runs(const rs_output *output)
{
    size_t total;
    return rs_output_finished(output, &total) < total;
}

/* Adds the generations of the files that rows are to come from. All of them can be read. */
static rs_status look_at_sources(opening *to, rs_error *error)
{
    rs_status status = RS_OK;
    for (size_t i = 0; status == RS_OK && i < to->from->count; i++) {
        const char *path = to->from->text[i];
        rs_results *results = NULL;
        if ((status = rs_results_rescue(&results, path, error)) != RS_OK)
            return status;
        const char *own = rs_results_kernels(results);
        if (!to->mix_kernels && strcmp(own, RS_KERNEL_GENERATION) != 0)
            status = rs_fail(error, RS_BAD_DATA,
                             "%s: has runs of kernel generation %s, and this version is of %s: the "
                             "same run may have other last bits. To take them over all the same: "
                             "--mix-kernels",
                             path, own, RS_KERNEL_GENERATION);
        add_kernels(to->kernels, own);
        rs_results_close(results);
    }
    return status;
}

/* Has the file say of which generations its runs are, before it gets more. */
static rs_status record_kernels(rs_output *output, const opening *to, rs_error *error)
{
    rs_results *results = NULL;
    char all[KERNELS_TEXT] = "";
    rs_status status =
        rs_results_open_file(&results, rs_store_file(output->store), to->path, error);
    if (status != RS_OK)
        return status;
    const char *said = rs_results_kernels(results);
    const char *own = to->before[0] != '\0' ? to->before : said;
    add_kernels(all, own);
    add_kernels(all, RS_KERNEL_GENERATION);
    if (strcmp(all, own) != 0)
        fprintf(stderr,
                "rnnsweep: warning: %s has runs of kernel generation %s, and this version trains "
                "those of %s: the last bits of a run may differ between them\n",
                to->path, own, RS_KERNEL_GENERATION);
    add_kernels(all, to->kernels);
    if (strcmp(all, said) != 0)
        status = rewrite_store(output, to->path, results, NULL, all, NULL, error);
    rs_results_close(results);
    return status;
}

/* ---- The whole ------------------------------------------------------------------------------- */

rs_status rs_output_open(rs_output *output, const char *path, const rs_output_wish *wish,
                         const rs_store_runs *runs, const rs_provenance *provenance,
                         rs_error *error)
{
    static const rs_string_list none = {0};
    rs_store_runs with_tests = *runs;
    opening to = {.path = path,
                  .from = wish->from != NULL ? wish->from : &none,
                  .runs = &with_tests,
                  .provenance = provenance,
                  .mix_kernels = wish->mix_kernels};
    rs_output fresh_output = {.store = NULL};
    rs_status status = rs_claim_file(&fresh_output.claim, path, error);
    if (status != RS_OK)
        return status;
    if ((status = rs_trainer_create(&fresh_output.tester, wish->isa, error)) != RS_OK)
        goto done;
    rs_trainer_set_test_lengths(fresh_output.tester, runs->length_total, runs->lengths);
    rs_trainer_set_checkpoints(fresh_output.tester, runs->checkpoints);
    rs_trainer_set_rungs(fresh_output.tester, runs->rungs);
    with_tests.test = test_stored;
    with_tests.train = train_again;
    with_tests.test_context = fresh_output.tester;
    const bool exists = rs_file_look_at(path).exists;
    if ((status = look_at_sources(&to, error)) != RS_OK)
        goto done;
    if (exists && !wish->fresh) { /* a new file takes the rows themselves */
        with_tests.lender_total = to.from->count;
        with_tests.lenders = to.from->text;
    }
    if (exists && wish->fresh)
        status = create_anew(&to, error);
    else if (!exists)
        status = create(&to, error);
    if (status != RS_OK || (status = open_or_grow(&fresh_output, &to, error)) != RS_OK ||
        (exists && !wish->fresh && (status = take_words(&fresh_output, &to, error)) != RS_OK) ||
        (exists && !wish->fresh && (status = add_wanting(&fresh_output, &to, error)) != RS_OK))
        goto done;
    const bool goes_on = misses_runs(&fresh_output);
    if (goes_on)
        rs_claim_warn(&fresh_output.claim, path);
    if ((goes_on || to.from->count > 0) &&
        (status = record_kernels(&fresh_output, &to, error)) != RS_OK)
        goto done;
    status = take_over(&fresh_output, &to, error);
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
    rs_overlap_free(&output->overlap);
    rs_claim_release(&output->claim);
    rs_trainer_free(output->tester);
    *output = (rs_output){.store = NULL};
}
