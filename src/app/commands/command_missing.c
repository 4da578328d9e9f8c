#include <stdlib.h>

#include "commands.h"
#include "json_print.h"
#include "parts.h"
#include "shard.h"

struct missing_values {
    bool array, count, json;
};

/* wanted[shard - 1]: whether any run of the shard is missing. */
static rs_status find_shards(const rs_coverage *coverage, unsigned shards, bool *wanted,
                             rs_error *error)
{
    uint16_t *owners = NULL;
    rs_status status = rs_shard_assign(&owners, coverage->plan, shards, error);
    for (size_t run = 0; status == RS_OK && run < coverage->total; run++)
        if (rs_coverage_is_missing(coverage, run))
            wanted[owners[run] - 1] = true;
    free(owners);
    return status;
}

/* "2,5-7", as sbatch --array takes it. */
static rs_status print_shards(const rs_coverage *coverage, unsigned shards, rs_error *error)
{
    bool wanted[RS_SHARDS_MAX] = {false};
    const char *separator = "";
    rs_status status = find_shards(coverage, shards, wanted, error);
    for (unsigned i = 0; status == RS_OK && i < shards; i++) {
        unsigned last = i;
        if (!wanted[i])
            continue;
        while (last + 1 < shards && wanted[last + 1])
            last++;
        printf(last > i ? "%s%u-%u" : "%s%u", separator, i + 1, last + 1);
        separator = ",";
        i = last;
    }
    return status;
}

static rs_status print_json(const rs_coverage *coverage, rs_error *error)
{
    const rs_coverage_count count = rs_coverage_counts(coverage);
    rs_json_list list;
    rs_status status = rs_json_list_begin(&list,
                                          json_pack("{s:I, s:I}", "total", (json_int_t)count.total,
                                                    "missing", (json_int_t)count.missing),
                                          "runs", stdout, error);
    for (size_t run = 0; status == RS_OK && run < coverage->total; run++)
        if (rs_coverage_is_missing(coverage, run))
            status = rs_json_list_add(&list, json_integer((json_int_t)run), error);
    if (status == RS_OK)
        rs_json_list_end(&list);
    return status;
}

/* The number of missing runs. With early termination, that of trainings to a rung or to the end,
 * which falls with each of them, whatever is decided in between. */
static size_t count_lacking(const rs_coverage *coverage)
{
    size_t count = 0;
    for (size_t run = 0; run < coverage->total; run++)
        count += rs_coverage_lacks(coverage, run);
    return count;
}

static rs_status print_missing(const rs_coverage *coverage, const struct missing_values *values,
                               unsigned shards, rs_error *error)
{
    rs_coverage_count count = rs_coverage_counts(coverage);
    size_t missing = count.missing;
    rs_status status = RS_OK;
    if (values->count) {
        printf("%zu\n", count_lacking(coverage));
        return RS_OK;
    }
    if (missing == 0 && !values->json)
        return RS_OK;
    if (values->json)
        status = print_json(coverage, error);
    else if (values->array)
        status = print_shards(coverage, shards, error);
    else
        rs_coverage_print_missing(coverage, SIZE_MAX, stdout);
    if (!values->json)
        putchar('\n');
    if (status != RS_OK || missing == 0)
        return status;
    return rs_fail(error, RS_STOPPED, "%zu of %zu runs are missing", missing, count.total);
}

/* Adds a part. If it is a shard, and no number of shards was known before, *shards = their
 * number. */
static rs_status add_part(rs_coverage *coverage, const char *path, unsigned *shards,
                          rs_error *error)
{
    rs_results *results = NULL;
    rs_shard shard;
    rs_status status = rs_results_open(&results, path, error);
    if (status == RS_OK)
        status = rs_coverage_add(coverage, results, path, error);
    const char *name = status == RS_OK ? rs_results_attribute(results, "rnnsweep_shard") : NULL;
    if (name != NULL && *shards == 0 && rs_shard_parse(&shard, name, NULL) == RS_OK)
        *shards = shard.count;
    rs_results_close(results);
    return status;
}

static rs_status list_missing(const rs_arguments *arguments, const struct missing_values *values,
                              rs_error *error)
{
    rs_parts parts = {0};
    rs_coverage coverage = {0};
    rs_status status;
    if ((status = rs_parts_open(&parts, arguments, error)) != RS_OK ||
        (status = rs_parts_coverage(&parts, &coverage, error)) != RS_OK)
        goto done;
    unsigned shards = parts.frozen.shards;
    for (size_t i = 0; status == RS_OK && i < parts.count; i++)
        if (rs_parts_exists(&parts, i))
            status = add_part(&coverage, parts.paths[i], &shards, error);
    if (status == RS_OK)
        status = rs_coverage_decide(&coverage, error);
    if (status == RS_OK && values->array && shards == 0)
        status = rs_fail(error, RS_USAGE,
                         "--array: none of the files is a shard, made by `run --shard`; name one, "
                         "or the folder of `rnnsweep slurm`");
    if (status == RS_OK && values->array && coverage.plan == NULL)
        status = rs_fail(error, RS_BAD_DATA,
                         "--array: this version of rnnsweep cannot expand the sweep of the files, "
                         "and so does not know the runs of each shard");
    if (status == RS_OK)
        status = print_missing(&coverage, values, shards, error);
done:
    rs_coverage_free(&coverage);
    rs_parts_free(&parts);
    return status;
}

static rs_status run(const rs_invocation *call, rs_error *error)
{
    const struct missing_values *values = call->values;
    if (values->json + values->array + values->count > 1)
        return rs_fail(error, RS_USAGE, "--array, --count and --json exclude each other");
    return list_missing(&call->arguments, call->values, error);
}

#define FIELD(name) offsetof(struct missing_values, name)

static const rs_option options[] = {
    {.name = "array",
     .kind = RS_OPTION_FLAG,
     .offset = FIELD(array),
     .meaning = "print the shards that miss runs, as sbatch --array takes them"},
    {.name = "count",
     .kind = RS_OPTION_FLAG,
     .offset = FIELD(count),
     .meaning = "print how many runs are missing, with early_terminate how many trainings to a "
                "rung or the end are left at most; exit with 0 in any case"},
    {.name = "json",
     .kind = RS_OPTION_FLAG,
     .offset = FIELD(json),
     .meaning = "print JSON instead of ranges"},
};

const rs_command rs_command_missing = {
    .name = "missing",
    .synopsis = "FILE...|DIR",
    .meaning = "list the runs that are not finished yet",
    .description =
        "Reads results files of one sweep, such as shards, and prints the numbers of the runs\n"
        "that are finished in none of them, as ranges: what is left to do. Prints nothing and\n"
        "exits with 0 when all runs are there, else exits with 75. DIR is a folder of `rnnsweep\n"
        "slurm`, and stands for its merged file and its shards.\n",
    .examples = "  rnnsweep missing results/momentum-study.*-of-16.h5\n"
                "  sbatch --array=$(rnnsweep missing --array slurm/momentum-study) "
                "slurm/momentum-study/array.sh\n",
    .options = options,
    .option_count = sizeof options / sizeof options[0],
    .positional_min = 1,
    .positional_max = SIZE_MAX,
    .values_size = sizeof(struct missing_values),
    .run = run,
};
