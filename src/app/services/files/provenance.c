#include "provenance.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "shell_word.h"

const char *rs_build_compiler(void)
{
    return RNNSWEEP_COMPILER;
}

const char *rs_build_flags(void)
{
    return RNNSWEEP_FLAGS;
}

char *rs_command_line(int argc, char **argv, const char *left_out)
{
    char *text = NULL;
    size_t size;
    FILE *stream = open_memstream(&text, &size);
    if (stream == NULL)
        return NULL;
    fputs("rnnsweep", stream);
    for (int i = 0; i < argc; i++) {
        if (left_out != NULL && strcmp(argv[i], left_out) == 0)
            continue;
        fputc(' ', stream);
        rs_shell_word_write(stream, argv[i]);
    }
    if (fclose(stream) != 0) {
        free(text);
        return NULL;
    }
    return text;
}

/* "123_4" for task 4 of array 123, "123" for a plain job, "" outside Slurm. */
static void format_slurm_job(char *text, size_t size)
{
    const char *array = getenv("SLURM_ARRAY_JOB_ID"), *task = getenv("SLURM_ARRAY_TASK_ID");
    const char *job = getenv("SLURM_JOB_ID");
    if (array != NULL && task != NULL)
        snprintf(text, size, "%s_%s", array, task);
    else
        snprintf(text, size, "%s", job != NULL ? job : "");
}

static void add(rs_provenance *provenance, const char *name, const char *value)
{
    provenance->attributes[provenance->count++] = (rs_store_attribute){name, value};
}

static void add_all(rs_provenance *provenance, const rs_plan *plan, const rs_isa *isa)
{
    const char *description = rs_plan_description(plan);
    add(provenance, "title", rs_plan_name(plan));
    add(provenance, "summary",
        description[0] != '\0' ? description : "Training runs of small recurrent networks");
    add(provenance, "source", "rnnsweep");
    add(provenance, "date_created", provenance->date);
    add(provenance, "history", provenance->history);
    add(provenance, "rnnsweep_version", rs_version());
    add(provenance, "rnnsweep_commit", rs_commit());
    add(provenance, "rnnsweep_compiler", rs_build_compiler());
    add(provenance, "rnnsweep_flags", rs_build_flags());
    add(provenance, "rnnsweep_isa", rs_isa_name(isa));
    add(provenance, "rnnsweep_threads", provenance->threads);
    add(provenance, "rnnsweep_command", provenance->command);
    add(provenance, "rnnsweep_host", provenance->host);
    add(provenance, "rnnsweep_slurm_job", provenance->slurm_job);
    add(provenance, "rnnsweep_config", rs_plan_text(plan));
    add(provenance, "rnnsweep_overrides", rs_plan_overrides(plan));
    add(provenance, "rnnsweep_metric", rs_plan_metric(plan));
    add(provenance, "rnnsweep_goal", rs_plan_maximizes(plan) ? "maximize" : "minimize");
}

void rs_date_now(char text[RS_DATE_TEXT])
{
    time_t now = time(NULL);
    struct tm utc;
    strftime(text, RS_DATE_TEXT, "%Y-%m-%dT%H:%M:%SZ", gmtime_r(&now, &utc));
}

rs_status rs_provenance_collect(rs_provenance *provenance, const rs_plan *plan, const rs_isa *isa,
                                unsigned threads, int argc, char **argv, rs_error *error)
{
    *provenance = (rs_provenance){.named = rs_plan_is_named(plan)};
    rs_date_now(provenance->date);
    if (gethostname(provenance->host, sizeof provenance->host - 1) != 0)
        snprintf(provenance->host, sizeof provenance->host, "unknown");
    snprintf(provenance->threads, sizeof provenance->threads, "%u", threads);
    format_slurm_job(provenance->slurm_job, sizeof provenance->slurm_job);
    provenance->command = rs_command_line(argc, argv, NULL);
    if (provenance->command == NULL ||
        asprintf(&provenance->history, "%s: %s", provenance->date, provenance->command) < 0) {
        provenance->history = NULL;
        rs_provenance_free(provenance);
        return rs_fail(error, RS_NO_MEMORY, "out of memory for the file's attributes");
    }
    add_all(provenance, plan, isa);
    return RS_OK;
}

void rs_provenance_add_shard(rs_provenance *provenance, unsigned index, unsigned count)
{
    snprintf(provenance->shard, sizeof provenance->shard, "%u/%u", index, count);
    add(provenance, "rnnsweep_shard", provenance->shard);
}

void rs_provenance_free(rs_provenance *provenance)
{
    free(provenance->command);
    free(provenance->history);
    *provenance = (rs_provenance){0};
}
