#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "commands.h"
#include "compare.h"
#include "console.h"
#include "json_print.h"
#include "memory.h"
#include "reader.h"

struct verify_values {
    const char *against;
    bool json;
};

enum { LISTED = 20 };

/* What is found in one file: printed, or, with --json, gathered. */
struct findings {
    const char *path;
    json_t *list;    /* NULL: print */
    bool incomplete; /* memory was short */
};

static void gather(struct findings *findings, json_t *finding)
{
    if (json_array_append_new(findings->list, finding) != 0)
        findings->incomplete = true;
}

/* The first few are printed in full. */
static void complain(struct findings *findings, size_t *count, const char *what, int32_t run)
{
    ++*count;
    if (findings->list != NULL)
        gather(findings, json_pack("{s:i, s:s}", "run", (int)run, "finding", what));
    else if (*count <= LISTED)
        printf("%s: run %d: %s\n", findings->path, run, what);
    else if (*count == LISTED + 1)
        printf("... and more\n");
}

static bool finished(const rs_results *results, size_t row)
{
    return rs_results_was_finished(results, row);
}

/* The faults in all files. */
struct damage {
    size_t rows, times, parts;
    size_t differing; /* from --against */
};

/* Recomputes the checksums of every finished row. */
static rs_status check_rows(const rs_results *results, struct findings *findings, size_t *checked,
                            struct damage *damage, rs_error *error)
{
    rs_reader *reader = NULL;
    rs_status status = rs_reader_create(&reader, results, 1, error);
    for (size_t row = 0; status == RS_OK && row < rs_results_count(results); row++) {
        const void *bytes;
        bool intact;
        const int32_t run = rs_results_read_columns(results).run[row];
        if (!rs_results_was_finished(results, row))
            continue;
        status = rs_reader_read_bytes(reader, row, &bytes, &intact, error);
        if (status != RS_OK)
            break;
        if (!intact &&
            rs_results_is_replaced(results, row)) /* by a process that trains it further */
            continue;
        ++*checked;
        if (!intact || rs_results_is_damaged(results, row))
            complain(findings, &damage->rows, "damaged: its checksum is wrong", run);
        else if (!rs_reader_time_is_intact(reader, row))
            complain(findings, &damage->times, "its wall_time is damaged, and nothing else", run);
    }
    rs_reader_free(reader);
    return status;
}

struct file_check {
    struct findings *findings;
    size_t count;
};

static void complain_of_file(void *context, const char *what)
{
    struct file_check *check = context;
    ++check->count;
    if (check->findings->list != NULL)
        gather(check->findings, json_pack("{s:n, s:s}", "run", "finding", what));
    else if (check->count <= LISTED)
        printf("%s: %s\n", check->findings->path, what);
}

/* What verify_file has counted. */
struct file_counts {
    size_t runs, finished, damaged;
};

static rs_status verify_file(struct findings *findings, struct damage *damage,
                             struct file_counts *counts, rs_error *error)
{
    rs_results *results = NULL;
    struct file_check check = {.findings = findings};
    const size_t before = damage->rows;
    rs_status status = rs_results_open_to_verify(&results, findings->path, error);
    if (status == RS_OK)
        status = rs_check_file(results, complain_of_file, &check, error);
    if (status == RS_OK)
        status = check_rows(results, findings, &counts->finished, damage, error);
    if (status == RS_OK)
        counts->runs = rs_results_count(results);
    counts->damaged = damage->rows - before;
    damage->parts += check.count;
    rs_results_close(results);
    if (status == RS_OK && findings->list == NULL)
        printf("%s: %zu of %zu runs finished, %zu intact, %zu damaged\n", findings->path,
               counts->finished, counts->runs, counts->finished - counts->damaged, counts->damaged);
    return status;
}

/* ---- --against ------------------------------------------------------------------------------- */

/* The other file, and the one that is verified. */
struct pair {
    struct findings findings[2];
    rs_results *results[2];
    rs_reader *reader[2];
};

/* Whether an attribute that is not the same in both files says the same: files of layout 1 lack
 * some, whose values follow from the layout, and generations of kernels may be alike. */
static bool says_the_same(const struct pair *pair, const char *name, const char *other)
{
    return (strcmp(name, "rnnsweep_runs") == 0 && other == NULL) ||
           (strcmp(name, "rnnsweep_kernels") == 0 &&
            strcmp(rs_results_kernels(pair->results[0]), rs_results_kernels(pair->results[1])) ==
                0);
}

static void complain_of_attribute(struct findings *findings, const char *name, const char *what)
{
    if (findings->list != NULL) {
        json_t *text = json_string(name); /* NULL where it is not UTF-8 */
        gather(findings, json_pack("{s:o, s:s}", "attribute", text != NULL ? text : json_null(),
                                   "finding", what));
        return;
    }
    printf("attribute ");
    rs_console_put(stdout, name);
    printf(" %s\n", what);
}

/* Attributes that differ between the files. */
static size_t compare_attributes(struct pair *pair)
{
    size_t differing = 0;
    for (int side = 0; side < 2; side++) {
        const char *name, *value;
        for (size_t i = 0; rs_results_attribute_at(pair->results[side], i, &name, &value); i++) {
            const char *other = rs_results_attribute(pair->results[!side], name);
            bool same = other != NULL && strcmp(value, other) == 0;
            if (!same && says_the_same(pair, name, other))
                continue;
            if (same || rs_results_attribute_is_circumstance(name) || (side == 1 && other != NULL))
                continue;
            differing++;
            complain_of_attribute(&pair->findings[1], name,
                                  other == NULL ? "is in one file only" : "differs");
        }
    }
    return differing;
}

static rs_results_pair pair_of(const struct pair *pair)
{
    return (rs_results_pair){{pair->results[0], pair->results[1]},
                             {pair->reader[0], pair->reader[1]}};
}

static rs_status compare_row(struct pair *pair, size_t row, size_t other, size_t *differing,
                             rs_error *error)
{
    bool done[2] = {finished(pair->results[0], row), finished(pair->results[1], other)};
    int32_t number = rs_results_read_columns(pair->results[0]).run[row];
    bool same;
    if (done[0] != done[1])
        complain(&pair->findings[1], differing,
                 done[0] ? "is not finished" : "is finished only there", number);
    if (!done[0] || !done[1])
        return RS_OK;
    const rs_results_pair files = pair_of(pair);
    rs_status status = rs_compare_rows(&files, (size_t[]){row, other}, &same, error);
    if (status == RS_OK && !same)
        complain(&pair->findings[1], differing, "differs", number);
    return status;
}

static rs_status compare_rows(struct pair *pair, size_t *differing, rs_error *error)
{
    rs_status status = RS_OK;
    const rs_results_columns columns[2] = {rs_results_read_columns(pair->results[0]),
                                           rs_results_read_columns(pair->results[1])};
    const size_t counts[2] = {rs_results_count(pair->results[0]),
                              rs_results_count(pair->results[1])};
    for (size_t row = 0; status == RS_OK && row < counts[0]; row++) {
        /* Two files of one sweep have the same runs in the same rows. */
        size_t other = row < counts[1] && columns[1].run[row] == columns[0].run[row]
                           ? row
                           : rs_results_find(pair->results[1], (uint32_t)columns[0].run[row]);
        if (other == SIZE_MAX)
            complain(&pair->findings[1], differing, "is missing", columns[0].run[row]);
        else
            status = compare_row(pair, row, other, differing, error);
    }
    for (size_t row = 0; row < counts[1]; row++)
        if ((row >= counts[0] || columns[0].run[row] != columns[1].run[row]) &&
            rs_results_find(pair->results[0], (uint32_t)columns[1].run[row]) == SIZE_MAX)
            complain(&pair->findings[0], differing, "is missing", columns[1].run[row]);
    return status;
}

/* Says which results are not in both files: of tests at other lengths, for example. */
static void note_scales(struct pair *pair)
{
    const rs_results_pair files = pair_of(pair);
    const char *scale;
    for (size_t i = 0; (scale = rs_compare_find_scale(&files, &i)) != NULL;) {
        if (pair->findings[1].list == NULL)
            printf("%s: /%s is not the same as in %s: only what both have was compared\n",
                   pair->findings[1].path, scale, pair->findings[0].path);
        else
            gather(&pair->findings[1],
                   json_pack("{s:s, s:s}", "scale", scale, "finding", "not compared as a whole"));
    }
}

static rs_status compare_files(struct findings *findings, const char *against, size_t *differing,
                               rs_error *error)
{
    const size_t before = *differing;
    struct pair pair = {.findings = {{against, findings->list, false}, *findings}};
    rs_status status = RS_OK;
    for (int side = 0; side < 2 && status == RS_OK; side++)
        if ((status = rs_results_open(&pair.results[side], pair.findings[side].path, error)) ==
            RS_OK)
            status = rs_reader_create(&pair.reader[side], pair.results[side], 2, error);
    if (status == RS_OK) {
        *differing += compare_attributes(&pair);
        status = compare_rows(&pair, differing, error);
    }
    if (status == RS_OK)
        note_scales(&pair);
    for (int side = 0; side < 2; side++) {
        findings->incomplete |= pair.findings[side].incomplete;
        rs_reader_free(pair.reader[side]);
        rs_results_close(pair.results[side]);
    }
    if (status == RS_OK && *differing == before && findings->list == NULL)
        printf("%s: the same results as %s\n", findings->path, against);
    return status;
}

/* ---- The command ----------------------------------------------------------------------------- */

static rs_status report(const struct damage *damage, rs_error *error)
{
    if (damage->rows > 0)
        return rs_fail(error, RS_BAD_DATA,
                       "%zu row%s damaged. `rnnsweep merge NEW FILE` leaves %s out, and "
                       "`rnnsweep run` on NEW trains %s again",
                       damage->rows, damage->rows == 1 ? " is" : "s are",
                       damage->rows == 1 ? "it" : "them", damage->rows == 1 ? "it" : "them");
    if (damage->parts > 0 || damage->times > 0)
        return rs_fail(error, RS_BAD_DATA,
                       "all finished rows are intact, but not all around them. `rnnsweep merge NEW "
                       "FILE` makes a whole file of them");
    if (damage->differing > 0)
        return rs_fail(error, RS_BAD_DATA, "the results differ in %zu places", damage->differing);
    return RS_OK;
}

/* One file, and what --json says of it: added to `files`, unless that is NULL. */
static rs_status verify_one(const char *path, const char *against, struct damage *damage,
                            json_t *files, rs_error *error)
{
    struct findings findings = {.path = path, .list = files != NULL ? json_array() : NULL};
    struct file_counts counts = {0};
    const size_t before = damage->differing;
    if (files != NULL && findings.list == NULL)
        return rs_fail(error, RS_NO_MEMORY, "out of memory for the findings");
    rs_status status = verify_file(&findings, damage, &counts, error);
    if (status == RS_OK && against != NULL)
        status = compare_files(&findings, against, &damage->differing, error);
    if (status != RS_OK || files == NULL) {
        json_decref(findings.list);
        return status;
    }
    json_t *file = json_pack(
        "{s:s, s:I, s:I, s:I, s:I, s:o, s:o}", "file", path, "runs", (json_int_t)counts.runs,
        "finished", (json_int_t)counts.finished, "intact",
        (json_int_t)(counts.finished - counts.damaged), "damaged", (json_int_t)counts.damaged,
        "differing",
        against != NULL ? json_integer((json_int_t)(damage->differing - before)) : json_null(),
        "findings", findings.list);
    if (json_array_append_new(files, file) != 0 || findings.incomplete)
        return rs_fail(error, RS_NO_MEMORY, "out of memory for the findings");
    return RS_OK;
}

static rs_status verify(const rs_arguments *arguments, const struct verify_values *values,
                        rs_error *error)
{
    struct damage damage = {0};
    json_t *files = values->json ? json_array() : NULL;
    rs_status status = RS_OK;
    for (size_t i = 0; status == RS_OK && i < arguments->count; i++)
        status = verify_one(arguments->positional[i], values->against, &damage, files, error);
    if (status == RS_OK && values->json)
        return (status = rs_json_print(json_pack("{s:o}", "files", files), "the findings", stdout,
                                       error)) == RS_OK
                   ? report(&damage, error)
                   : status;
    json_decref(files);
    return status == RS_OK ? report(&damage, error) : status;
}

static rs_status run(const rs_invocation *call, rs_error *error)
{
    return verify(&call->arguments, call->values, error);
}

static const rs_option options[] = {
    {.name = "against",
     .kind = RS_OPTION_TEXT,
     .offset = offsetof(struct verify_values, against),
     .argument = "OTHER",
     .meaning = "compare with another results file, times and hosts aside"},
    {.name = "json",
     .kind = RS_OPTION_FLAG,
     .offset = offsetof(struct verify_values, json),
     .meaning = "print counts and findings as JSON (docs/commands.md)"},
};

const rs_command rs_command_verify = {
    .name = "verify",
    .synopsis = "FILE...",
    .meaning = "check the checksum of every finished run",
    .description =
        "Reads every finished run of the results files and recomputes its CRC-32C, which covers\n"
        "its parameters, outcome, numbers, curve and weights. --against also compares each file\n"
        "with OTHER, run by run and bit by bit: only wall_time and the attributes that tell of\n"
        "time, host and process may differ. Exit code 65 when something is damaged or differs.\n",
    .examples = "  rnnsweep verify results/momentum-study.h5\n"
                "  rnnsweep verify results/merged.h5 --against results/elsewhere.h5\n",
    .options = options,
    .option_count = sizeof options / sizeof options[0],
    .positional_min = 1,
    .positional_max = SIZE_MAX,
    .values_size = sizeof(struct verify_values),
    .run = run,
};
