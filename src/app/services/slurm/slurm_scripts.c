#include "slurm_scripts.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "duration.h"
#include "file_io.h"
#include "shell_word.h"
#include "slurm_templates.h"
#include "slurm_time.h"
#include "template.h"

enum { PLACES_MAX = 32 };

/* The values of the templates' placeholders; `made` are those to free. */
struct places {
    rs_template_value values[PLACES_MAX];
    size_t count;
    char *made[PLACES_MAX];
    size_t made_count;
    bool failed; /* out of memory */
};

static void add(struct places *places, const char *name, const char *text)
{
    assert(places->count < PLACES_MAX);
    places->values[places->count++] = (rs_template_value){name, text};
}

/* Adds a text that is the places' to free, NULL when out of memory. */
static void add_made(struct places *places, const char *name, char *text)
{
    places->failed |= text == NULL;
    places->made[places->made_count++] = text;
    add(places, name, text != NULL ? text : "");
}

static void add_number(struct places *places, const char *name, size_t number)
{
    char *text;
    add_made(places, name, asprintf(&text, "%zu", number) < 0 ? NULL : text);
}

static void add_duration(struct places *places, const char *name, double seconds)
{
    char text[RS_DURATION_TEXT];
    rs_format_duration(seconds, text);
    add_made(places, name, strdup(text));
}

static void add_time_limit(struct places *places, const char *name, double seconds)
{
    char text[RS_SLURM_TIME_TEXT];
    rs_slurm_time_format(seconds, text);
    add_made(places, name, strdup(text));
}

static void free_places(struct places *places)
{
    for (size_t i = 0; i < places->made_count; i++)
        free(places->made[i]);
}

/* A word for the shell, and an unquoted suffix. */
static void add_word(struct places *places, const char *name, const char *word, const char *tail)
{
    char *text = NULL;
    size_t size;
    FILE *stream = open_memstream(&text, &size);
    if (stream != NULL) {
        rs_shell_word_write(stream, word);
        fputs(tail, stream);
        if (fclose(stream) != 0) {
            free(text);
            text = NULL;
        }
    }
    add_made(places, name, text);
}

/* The overrides, one word each; --name if the sweep is named after its file, since the copy has
 * another name; and --from with its files. False if out of memory. */
static bool write_words(FILE *stream, const char *overrides, const rs_submission *submission)
{
    const rs_plan *plan = submission->sweep.plan;
    while (*overrides != '\0') {
        size_t length = strcspn(overrides, "\n");
        char *word = strndup(overrides, length);
        if (word == NULL)
            return false;
        fputc(' ', stream);
        rs_shell_word_write(stream, word);
        free(word);
        overrides += length + (overrides[length] == '\n');
    }
    if (!rs_plan_is_named(plan)) {
        fputs(" --name ", stream);
        rs_shell_word_write(stream, rs_plan_name(plan));
    }
    for (size_t i = 0; i < submission->from_count; i++) {
        fputs(i == 0 ? " --from " : " ", stream);
        rs_shell_word_write(stream, submission->from[i]);
    }
    return true;
}

static void add_words(struct places *places, const rs_submission *submission)
{
    char *text = NULL;
    size_t size;
    FILE *stream = open_memstream(&text, &size);
    if (stream != NULL) {
        bool written = write_words(stream, rs_plan_overrides(submission->sweep.plan), submission);
        if (fclose(stream) != 0 || !written) {
            free(text);
            text = NULL;
        }
    }
    add_made(places, "words", text);
}

/* The path of the logs, in which Slurm replaces %a and the like; other % are escaped. */
static char *log_path(const char *folder, bool quoted)
{
    static const char tail[] = "/log";
    char *text = malloc(2 * strlen(folder) + sizeof tail), *end = text;
    for (const char *each = folder; text != NULL && *each != '\0'; each++) {
        if (*each == '%' || (quoted && (*each == '"' || *each == '\\')))
            *end++ = *each == '%' ? '%' : '\\';
        *end++ = *each;
    }
    if (text != NULL)
        memcpy(end, tail, sizeof tail);
    return text;
}

/* The text within double quotes of an #SBATCH line, and as a word for the shell. */
static void add_log_paths(struct places *places, const char *folder)
{
    char *plain = log_path(folder, false);
    add_made(places, "log", log_path(folder, true));
    add_word(places, "log_option", plain != NULL ? plain : "", "");
    places->failed |= plain == NULL;
    free(plain);
}

static void add_shard_files(struct places *places, const rs_frozen_sweep *sweep)
{
    static const char ending[] = ".h5";
    size_t stem = strlen(sweep->results), tail = strlen(ending);
    char *first, pattern[64];
    if (stem > tail && strcmp(sweep->results + stem - tail, ending) == 0)
        stem -= tail;
    snprintf(pattern, sizeof pattern, "[0-9]*-of-%u%s", sweep->shards, ending);
    if (asprintf(&first, "%.*s.", (int)stem, sweep->results) < 0) {
        places->failed = true;
        return;
    }
    add_word(places, "shard_files", first, pattern);
    free(first);
}

/* The time to copy rows: that of reading and writing them on a slow disk. */
double rs_slurm_merge_time(const rs_plan *plan)
{
    const double shortest = 1800, rows_per_second = 1000;
    double copying = (double)rs_plan_runs(plan) / rows_per_second;
    return shortest + copying;
}

static void fill_in(struct places *places, const rs_submission *submission)
{
    const rs_frozen_sweep *sweep = &submission->sweep;
    char hash[RS_HASH_TEXT], limit[16] = "";
    if (submission->concurrent > 0)
        snprintf(limit, sizeof limit, "%%%u", submission->concurrent);
    rs_hash_format(rs_plan_hash(sweep->plan), hash);
    add(places, "name", rs_plan_name(sweep->plan));
    add(places, "command", submission->command);
    add(places, "options", submission->directives);
    add(places, "results_plain", sweep->results);
    add(places, "again", submission->again ? "yes" : "no");
    add(places, "chain_note",
        submission->again
            ? "It then submits the missing shards again by itself, until all runs are "
              "there or a round has brought none."
            : "`submit.sh` then submits what is missing.");
    add_made(places, "hash", strdup(hash));
    add_made(places, "limit", strdup(limit));
    add_number(places, "runs", rs_plan_runs(sweep->plan));
    add_number(places, "shards", sweep->shards);
    add_number(places, "cpus", submission->cores);
    add_number(places, "array_size", submission->array_size);
    add_number(places, "queued", submission->queued);
    add_number(places, "first_tasks",
               submission->array_size < sweep->shards ? submission->array_size : sweep->shards);
    add_time_limit(places, "time", submission->size.time_limit);
    add_time_limit(places, "merge_time", submission->merge_time);
    add_made(places, "at_most", strdup(submission->workload.arrays > 1 ? "at most " : ""));
    add_duration(places, "core_time", submission->workload.seconds);
    add_duration(places, "task_time", submission->size.task_seconds);
    add_word(places, "directory", submission->folder, "");
    add_word(places, "log_jobs", submission->folder, "/log/jobs");
    add_word(places, "program", submission->program, "");
    add_word(places, "results", sweep->results, "");
    add_words(places, submission);
    add_log_paths(places, submission->folder);
    add_shard_files(places, sweep);
}

/* ---- Writing --------------------------------------------------------------------------------- */

static rs_status close_file(FILE *file, mode_t mode, const char *path, rs_error *error)
{
    bool failed = fchmod(fileno(file), mode) != 0 || fflush(file) != 0 || ferror(file) ||
                  fsync(fileno(file)) != 0;
    int reason = errno;
    if (fclose(file) != 0 && !failed) {
        failed = true;
        reason = errno;
    }
    return failed ? rs_fail(error, RS_IO, "cannot write %s: %s", path, strerror(reason)) : RS_OK;
}

/* Writes folder/name: a template with its placeholders replaced, or a plain text if there are no
 * values. */
static rs_status write_file(const char *folder, const char *name, mode_t mode, const char *text,
                            const struct places *places, rs_error *error)
{
    char path[RS_PATH_MAX], temporary[RS_PATH_MAX];
    rs_status status;
    if (snprintf(path, sizeof path, "%s/%s", folder, name) >= (int)sizeof path)
        return rs_fail(error, RS_CANNOT_CREATE, "the path %s/%s is too long", folder, name);
    if ((status = rs_file_temporary_name(path, temporary, error)) != RS_OK)
        return status;
    FILE *file = fopen(temporary, "wx");
    if (file == NULL)
        return rs_fail(error, RS_CANNOT_CREATE, "cannot create %s: %s", path, strerror(errno));
    if (places != NULL)
        status = rs_template_write(file, text, places->count, places->values, error);
    else
        fputs(text, file);
    rs_status closed = close_file(file, mode, path, status == RS_OK ? error : NULL);
    status = status == RS_OK ? closed : status;
    if (status == RS_OK)
        status = rs_file_replace(temporary, path, error);
    if (status != RS_OK)
        unlink(temporary);
    return status;
}

static rs_status write_all(const rs_submission *submission, const struct places *places,
                           const char *description, rs_error *error)
{
    enum { FIXED = 0444, TEXT = 0644, SCRIPT = 0755 };
    const char *folder = submission->folder;
    rs_status status;
    if ((status = write_file(folder, "sweep.yaml", FIXED, rs_plan_text(submission->sweep.plan),
                             NULL, error)) != RS_OK ||
        (status = write_file(folder, "plan.json", FIXED, description, NULL, error)) != RS_OK ||
        (status = write_file(folder, "array.sh", SCRIPT, rs_slurm_array_sh, places, error)) !=
            RS_OK ||
        (status = write_file(folder, "merge.sh", SCRIPT, rs_slurm_merge_sh, places, error)) !=
            RS_OK ||
        (status = write_file(folder, "README.md", TEXT, rs_slurm_README_md, places, error)) !=
            RS_OK)
        return status;
    return write_file(folder, "submit.sh", SCRIPT, rs_slurm_submit_sh, places, error);
}

rs_status rs_slurm_scripts_write(const rs_submission *submission, rs_error *error)
{
    char log[RS_PATH_MAX];
    char *description = NULL;
    struct places places = {0};
    rs_status status;
    if (snprintf(log, sizeof log, "%s/log/merge.log", submission->folder) >= (int)sizeof log)
        return rs_fail(error, RS_CANNOT_CREATE, "the path %s is too long", submission->folder);
    fill_in(&places, submission);
    if (places.failed)
        status = rs_fail(error, RS_NO_MEMORY, "out of memory for the scripts");
    else if ((status = rs_file_make_folders(log, error)) == RS_OK &&
             (status = rs_frozen_sweep_describe(&submission->sweep, &description, error)) == RS_OK)
        status = write_all(submission, &places, description, error);
    free(description);
    free_places(&places);
    return status;
}
