#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "claim.h"
#include "commands.h"
#include "coverage.h"
#include "import.h"
#include "memory.h"
#include "merged_provenance.h"

struct merge_values {
    bool compress, mix_kernels;
    const char *texts_of;
};

/* State of one call of the command. */
struct merge {
    const char *out;
    size_t count;
    const char **files; /* the arguments, and OUT if it exists */
    rs_coverage coverage;
    rs_merged_provenance provenance;
    rs_imported imported;
};

static rs_status look_at_files(struct merge *merge, rs_error *error)
{
    rs_status status = RS_OK;
    for (size_t i = 0; status == RS_OK && i < merge->count; i++) {
        rs_results *results = NULL;
        status = rs_results_rescue_rows(&results, merge->files[i], error);
        if (status == RS_OK)
            status = rs_coverage_expect(&merge->coverage, results, merge->files[i], error);
        if (status == RS_OK)
            status = rs_merged_provenance_add(&merge->provenance, results, merge->files[i], error);
        rs_results_close(results);
    }
    return status;
}

/* Reports what OUT holds, damaged rows left out. */
static rs_status look_at_result(struct merge *merge, rs_error *error)
{
    rs_results *results = NULL;
    rs_status status = rs_results_open(&results, merge->out, error);
    if (status == RS_OK)
        status = rs_coverage_add(&merge->coverage, results, merge->out, error);
    if (status == RS_OK)
        status = rs_coverage_decide(&merge->coverage, error);
    rs_results_close(results);
    return status;
}

static rs_status report(const struct merge *merge, rs_error *error)
{
    const rs_coverage_count count = rs_coverage_counts(&merge->coverage);
    const size_t missing = count.missing;
    printf("%s: %zu of %zu runs from %zu file%s: %zu done, %zu diverged, %zu failed\n", merge->out,
           count.total - missing, count.total, merge->count, merge->count == 1 ? "" : "s",
           count.of[RS_RUN_DONE], count.of[RS_RUN_DIVERGED], count.of[RS_RUN_FAILED]);
    if (merge->imported.damaged > 0)
        fprintf(stderr,
                "rnnsweep: left out %zu damaged rows; `rnnsweep verify` on the files names them\n",
                merge->imported.damaged);
    if (merge->imported.stopped > 0)
        fprintf(stderr,
                "rnnsweep: left out %zu runs that were stopped at rungs which the sweep does not "
                "have\n",
                merge->imported.stopped);
    rs_coverage_print_notes(&merge->coverage, stdout);
    if (missing == 0)
        return RS_OK;
    printf("missing: ");
    rs_coverage_print_missing(&merge->coverage, 20, stdout);
    putchar('\n');
    return rs_fail(error, RS_STOPPED,
                   "%zu of %zu runs are missing. To train them: run the sweep with -o %s", missing,
                   count.total, merge->out);
}

/* The runs of the new file: those of the sweep, or those of the files if this program cannot expand
 * the sweep. */
static rs_status import_runs(struct merge *merge, rs_import_form form, rs_error *error)
{
    const rs_store_runs *runs = &merge->coverage.runs;
    rs_file_runs *of_files = NULL;
    rs_status status = RS_OK;
    if (merge->coverage.plan == NULL) {
        status = rs_file_runs_create(&of_files, merge->count, merge->files, error);
        if (status != RS_OK)
            return status;
        runs = rs_file_runs_get(of_files);
        fprintf(stderr,
                "rnnsweep: this version cannot expand the sweep of the files: their runs are "
                "joined by number\n");
    }
    status = rs_import_as_new(merge->out, form, runs, merge->provenance.attributes,
                              merge->provenance.count, merge->count, merge->files, &merge->imported,
                              error);
    rs_file_runs_free(of_files);
    return status;
}

/* texts_of must be one of the files. */
static rs_status check_texts_of(const struct merge *merge, rs_error *error)
{
    const char *texts_of = merge->provenance.texts_of;
    for (size_t i = 0; texts_of != NULL && i < merge->count; i++)
        if (strcmp(merge->files[i], texts_of) == 0)
            return RS_OK;
    return texts_of == NULL ? RS_OK
                            : rs_fail(error, RS_USAGE,
                                      "--texts-of %s: must be one of the files to merge", texts_of);
}

static rs_status merge_files(const rs_arguments *arguments, const struct merge_values *values,
                             int argc, char **argv, rs_error *error)
{
    struct merge merge = {
        .out = arguments->positional[0],
        .provenance = {.texts_of = values->texts_of, .mix_kernels = values->mix_kernels}};
    const rs_import_form form = values->compress ? RS_IMPORT_COMPRESSED : RS_IMPORT_PLAIN;
    rs_claim claim;
    void *files = NULL;
    rs_status status = rs_claim_file(&claim, merge.out, error);
    if (status != RS_OK)
        return status;
    if ((status = rs_allocate(&files, arguments->count, sizeof *merge.files, error)) != RS_OK) {
        rs_claim_release(&claim);
        return status;
    }
    rs_claim_warn(&claim, merge.out);
    merge.files = files;
    memcpy(merge.files, arguments->positional + 1, (arguments->count - 1) * sizeof *merge.files);
    merge.count = arguments->count - 1;
    if (access(merge.out, F_OK) == 0)
        merge.files[merge.count++] = merge.out;
    if ((status = check_texts_of(&merge, error)) == RS_OK &&
        (status = look_at_files(&merge, error)) == RS_OK &&
        (status = rs_merged_provenance_finish(&merge.provenance, argc, argv, error)) == RS_OK &&
        (status = import_runs(&merge, form, error)) == RS_OK &&
        (status = look_at_result(&merge, error)) == RS_OK)
        status = report(&merge, error);
    rs_merged_provenance_free(&merge.provenance);
    rs_coverage_free(&merge.coverage);
    free(merge.files);
    rs_claim_release(&claim);
    return status;
}

static rs_status run(const rs_invocation *call, rs_error *error)
{
    const struct merge_values *values = call->values;
    return merge_files(&call->arguments, values, call->argc, call->argv, error);
}

static const rs_option options[] = {
    {.name = "compress",
     .kind = RS_OPTION_FLAG,
     .offset = offsetof(struct merge_values, compress),
     .meaning = "compress OUT (shuffle and deflate, which every reader of HDF5 knows)"},
    {.name = "mix-kernels",
     .kind = RS_OPTION_FLAG,
     .offset = offsetof(struct merge_values, mix_kernels),
     .meaning = "join runs of several generations of kernels"},
    {.name = "texts-of",
     .kind = RS_OPTION_TEXT,
     .offset = offsetof(struct merge_values, texts_of),
     .argument = "FILE",
     .fallback = "the file that was made last",
     .meaning = "take title, sweep file and metric from this one of the files"},
};

const rs_command rs_command_merge = {
    .name = "merge",
    .synopsis = "OUT FILE...",
    .meaning = "merge shards into one file",
    .description =
        "Writes the finished runs of all FILEs, results files of one sweep, to OUT, a file with\n"
        "a row for every run of the sweep. Files may overlap and be given in any order: the\n"
        "results are the same. A run that is in two files with different results is an error\n"
        "that names both.\n"
        "\n"
        "OUT, where it exists, is one more of the files. It is written beside and takes its name\n"
        "at the end; nothing else is changed or removed. Exit code 75 says that runs are\n"
        "missing, or that another rnnsweep writes OUT.\n"
        "\n"
        "Title, sweep file, overrides and metric of OUT are those of one of the files. Files\n"
        "whose metrics differ are refused unless --texts-of says which one is right.\n"
        "\n"
        "With --compress, OUT is smaller, and needs room for a plain OUT beside it meanwhile.\n"
        "All commands read it; `run`, where there are runs to train, first makes a plain file of\n"
        "it.\n",
    .examples = "  rnnsweep merge results/momentum-study.h5 results/momentum-study.*-of-16.h5\n"
                "  rnnsweep merge small.h5 results/momentum-study.h5 --compress\n",
    .options = options,
    .option_count = sizeof options / sizeof options[0],
    .positional_min = 2,
    .positional_max = SIZE_MAX,
    .values_size = sizeof(struct merge_values),
    .run = run,
};
