#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "commands.h"
#include "console.h"
#include "memory.h"
#include "reader.h"

struct verify_values {
    const char *against;
};

enum { LISTED = 20 };

/* Prints what is wrong, the first few in full. */
static void complain(size_t *count, const char *path, const char *what, int32_t run)
{
    if (++*count <= LISTED)
        printf("%s: run %d: %s\n", path, run, what);
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
};

/* Recomputes the checksums of every finished row. */
static rs_status check_rows(const rs_results *results, const char *path, size_t *checked,
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
        ++*checked;
        if (!intact || rs_results_is_damaged(results, row))
            complain(&damage->rows, path, "damaged: its checksum is wrong", run);
        else if (!rs_reader_time_is_intact(reader, row))
            complain(&damage->times, path, "its wall_time is damaged, and nothing else", run);
    }
    rs_reader_free(reader);
    return status;
}

struct file_check {
    const char *path;
    size_t count;
};

static void complain_of_file(void *context, const char *what)
{
    struct file_check *check = context;
    if (++check->count <= LISTED)
        printf("%s: %s\n", check->path, what);
}

static rs_status verify_file(const char *path, struct damage *damage, rs_error *error)
{
    rs_results *results = NULL;
    struct file_check check = {.path = path};
    size_t checked = 0, before = damage->rows;
    rs_status status = rs_results_open_to_verify(&results, path, error);
    if (status == RS_OK)
        status = rs_check_file(results, complain_of_file, &check, error);
    if (status == RS_OK)
        status = check_rows(results, path, &checked, damage, error);
    if (status == RS_OK)
        printf("%s: %zu of %zu runs finished, %zu intact, %zu damaged\n", path, checked,
               rs_results_count(results), checked - (damage->rows - before), damage->rows - before);
    damage->parts += check.count;
    rs_results_close(results);
    return status;
}

/* ---- --against ------------------------------------------------------------------------------- */

struct pair {
    const char *path[2];
    rs_results *results[2];
    rs_reader *reader[2];
};

/* Attributes that files of layout 1 lack. Their values follow from the layout, so they are not
 * compared. */
static bool came_later(const char *name, const char *value)
{
    return strcmp(name, "rnnsweep_runs") == 0 ||
           (strcmp(name, "rnnsweep_kernels") == 0 && strcmp(value, "1") == 0);
}

/* Attributes that differ between the files. */
static size_t compare_attributes(const struct pair *pair)
{
    size_t differing = 0;
    for (int side = 0; side < 2; side++) {
        const char *name, *value;
        for (size_t i = 0; rs_results_attribute_at(pair->results[side], i, &name, &value); i++) {
            const char *other = rs_results_attribute(pair->results[!side], name);
            bool same = other != NULL && strcmp(value, other) == 0;
            if (other == NULL && came_later(name, value))
                continue;
            if (same || rs_results_attribute_is_circumstance(name) || (side == 1 && other != NULL))
                continue;
            differing++;
            printf("attribute ");
            rs_console_put(stdout, name);
            printf(" %s\n", other == NULL ? "is in one file only" : "differs");
        }
    }
    return differing;
}

static rs_status compare_row(const struct pair *pair, size_t row, size_t other, size_t *differing,
                             rs_error *error)
{
    rs_stored_run runs[2];
    bool done[2] = {finished(pair->results[0], row), finished(pair->results[1], other)};
    int32_t number = rs_results_read_columns(pair->results[0]).run[row];
    rs_status status;
    if (done[0] != done[1])
        complain(differing, pair->path[1], done[0] ? "is not finished" : "is finished only there",
                 number);
    if (!done[0] || !done[1])
        return RS_OK;
    if ((status = rs_reader_read(pair->reader[0], row, &runs[0], error)) != RS_OK ||
        (status = rs_reader_read(pair->reader[1], other, &runs[1], error)) != RS_OK)
        return status;
    if (runs[0].intact != runs[1].intact ||
        !rs_hash_equal(rs_stored_run_hash(&runs[0]), rs_stored_run_hash(&runs[1])))
        complain(differing, pair->path[1], "differs", number);
    return RS_OK;
}

static rs_status compare_rows(const struct pair *pair, size_t *differing, rs_error *error)
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
            complain(differing, pair->path[1], "is missing", columns[0].run[row]);
        else
            status = compare_row(pair, row, other, differing, error);
    }
    for (size_t row = 0; row < counts[1]; row++)
        if ((row >= counts[0] || columns[0].run[row] != columns[1].run[row]) &&
            rs_results_find(pair->results[0], (uint32_t)columns[1].run[row]) == SIZE_MAX)
            complain(differing, pair->path[0], "is missing", columns[1].run[row]);
    return status;
}

static rs_status compare_files(const char *path, const char *against, size_t *differing,
                               rs_error *error)
{
    struct pair pair = {.path = {against, path}};
    rs_status status = RS_OK;
    for (int side = 0; side < 2 && status == RS_OK; side++)
        if ((status = rs_results_open(&pair.results[side], pair.path[side], error)) == RS_OK)
            status = rs_reader_create(&pair.reader[side], pair.results[side], 2, error);
    if (status == RS_OK) {
        *differing = compare_attributes(&pair);
        status = compare_rows(&pair, differing, error);
    }
    for (int side = 0; side < 2; side++) {
        rs_reader_free(pair.reader[side]);
        rs_results_close(pair.results[side]);
    }
    if (status == RS_OK && *differing == 0)
        printf("%s: the same results as %s\n", path, against);
    return status;
}

/* ---- The command ----------------------------------------------------------------------------- */

static rs_status report(const struct damage *damage, size_t differing, rs_error *error)
{
    if (damage->rows > 0)
        return rs_fail(error, RS_BAD_DATA,
                       "%zu rows are damaged. `rnnsweep merge NEW FILE` leaves them out, and "
                       "`rnnsweep run` on NEW trains them again",
                       damage->rows);
    if (damage->parts > 0 || damage->times > 0)
        return rs_fail(error, RS_BAD_DATA,
                       "all finished rows are intact, but not all around them. `rnnsweep merge NEW "
                       "FILE` makes a whole file of them");
    if (differing > 0)
        return rs_fail(error, RS_BAD_DATA, "the results differ in %zu places", differing);
    return RS_OK;
}

static rs_status verify(const rs_arguments *arguments, const char *against, rs_error *error)
{
    struct damage damage = {0};
    size_t differing = 0;
    rs_status status = RS_OK;
    for (size_t i = 0; status == RS_OK && i < arguments->count; i++) {
        status = verify_file(arguments->positional[i], &damage, error);
        if (status == RS_OK && against != NULL)
            status = compare_files(arguments->positional[i], against, &differing, error);
    }
    return status == RS_OK ? report(&damage, differing, error) : status;
}

static rs_status run(const rs_invocation *call, rs_error *error)
{
    const struct verify_values *values = call->values;
    return verify(&call->arguments, values->against, error);
}

static const rs_option options[] = {
    {.name = "against",
     .kind = RS_OPTION_TEXT,
     .offset = offsetof(struct verify_values, against),
     .argument = "OTHER",
     .meaning = "compare with another results file, times and hosts aside"},
};

const rs_command rs_command_verify = {
    .name = "verify",
    .synopsis = "FILE...",
    .meaning = "check the checksum of every finished run",
    .description =
        "Reads every finished run of the results files and recomputes its CRC-32C, which covers\n"
        "its parameters, outcome, numbers, curve and weights. With --against, also compares each\n"
        "file with OTHER, run by run and bit by bit: only wall_time and the attributes that tell\n"
        "of time, host and process may differ. Exit code 65 when something is damaged or "
        "differs.\n",
    .examples = "  rnnsweep verify results/momentum-study.h5\n"
                "  rnnsweep verify results/merged.h5 --against results/elsewhere.h5\n",
    .options = options,
    .option_count = sizeof options / sizeof options[0],
    .positional_min = 1,
    .positional_max = SIZE_MAX,
    .values_size = sizeof(struct verify_values),
    .run = run,
};
