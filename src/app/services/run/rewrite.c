#include "rewrite.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "import.h"
#include "memory.h"
#include "overlap.h"

/* The attributes of a sweep that do not affect runs. */
static const struct {
    const char *attribute, *word;
} words[] = {
    {"title", "name"},
    {"summary", "description"},
    {"rnnsweep_metric", "metric"},
    {"rnnsweep_goal", "goal"},
};
enum { WORDS = sizeof words / sizeof words[0] };

static const char *value_in(const rs_provenance *provenance, const char *name)
{
    for (size_t i = 0; i < provenance->count; i++)
        if (strcmp(provenance->attributes[i].name, name) == 0)
            return provenance->attributes[i].value;
    return NULL;
}

/* The sweep's value of such an attribute if it differs from the file's, else NULL. */
static const char *changed_word(const rs_results *results, const rs_provenance *provenance,
                                size_t word)
{
    const char *name = words[word].attribute;
    const char *have = rs_results_attribute(results, name), *want = value_in(provenance, name);
    if (want == NULL || (have != NULL && strcmp(have, want) == 0) ||
        (strcmp(name, "title") == 0 && !provenance->named))
        return NULL;
    return want;
}

bool rs_rewrite_needed(const rs_results *results, const rs_provenance *provenance,
                       char changed[RS_WORDS_TEXT])
{
    changed[0] = '\0';
    for (size_t i = 0; i < WORDS; i++)
        if (changed_word(results, provenance, i) != NULL) {
            const size_t length = strlen(changed);
            snprintf(changed + length, RS_WORDS_TEXT - length, "%s%s", length > 0 ? ", " : "",
                     words[i].word);
        }
    return changed[0] != '\0';
}

/* Whether the sweep file of the provenance expands to the runs of the file, in their order, so that
 * its text may replace the file's. */
static bool same_runs(const rs_results *results, const rs_provenance *provenance)
{
    char hash[RS_HASH_TEXT];
    const char *sweep = rs_results_sweep(results);
    rs_hash_format(provenance->sweep, hash);
    return sweep != NULL && strcmp(sweep, hash) == 0;
}

/* The new value of an attribute of the file. */
static const char *new_value(const rs_results *results, const rs_provenance *provenance,
                             const char *name, const char *value, const char *history)
{
    if (provenance == NULL)
        return value;
    for (size_t i = 0; i < WORDS; i++)
        if (strcmp(name, words[i].attribute) == 0) {
            const char *changed = changed_word(results, provenance, i);
            return changed != NULL ? changed : value;
        }
    if (strcmp(name, "history") == 0)
        return history;
    if ((strcmp(name, "rnnsweep_config") == 0 || strcmp(name, "rnnsweep_overrides") == 0) &&
        same_runs(results, provenance))
        return value_in(provenance, name);
    return value;
}

/* Attributes that the store writes itself. */
static bool is_of_store(const char *name)
{
    return strcmp(name, "Conventions") == 0 || strcmp(name, "rnnsweep_sweep_hash") == 0 ||
           strcmp(name, "rnnsweep_runs") == 0;
}

static size_t collect(rs_store_attribute *attributes, const rs_results *results,
                      const rs_provenance *provenance, const char *history, const char *kernels)
{
    const char *name, *value;
    size_t count = 0;
    if (kernels != NULL)
        attributes[count++] = (rs_store_attribute){RS_KERNEL_ATTRIBUTE, kernels};
    for (size_t i = 0; rs_results_attribute_at(results, i, &name, &value); i++)
        if (!is_of_store(name) && (kernels == NULL || strcmp(name, RS_KERNEL_ATTRIBUTE) != 0))
            attributes[count++] =
                (rs_store_attribute){name, new_value(results, provenance, name, value, history)};
    return count;
}

/* Whether no row of the new file is to be written to: runs that were stopped are finished where the
 * rungs stay. */
static bool is_complete(const rs_results *results, const rs_store_runs *tests)
{
    const bool keeps_rungs =
        tests != NULL && tests->rungs != NULL && rs_results_has_rungs(results, tests->rungs);
    const int8_t *status = rs_results_read_columns(results).status;
    for (size_t row = 0; row < rs_results_count(results); row++)
        if (status[row] == RS_RUN_PENDING || (status[row] == RS_RUN_STOPPED && !keeps_rungs))
            return false;
    return true;
}

rs_status rs_rewrite(const char *path, const rs_results *results, const rs_provenance *provenance,
                     const char *kernels, const rs_store_runs *tests, rs_imported *imported,
                     rs_error *error)
{
    const char *name, *value, *before = rs_results_attribute(results, "history");
    rs_store_attribute *attributes = NULL;
    rs_store_runs runs;
    char *history = NULL;
    size_t room = 0;
    rs_status status;
    while (rs_results_attribute_at(results, room, &name, &value))
        room++;
    if ((status = rs_overlap_runs(&runs, results, path, error)) != RS_OK ||
        (status = rs_allocate((void **)&attributes, room + 1, sizeof *attributes, error)) != RS_OK)
        return status;
    if (tests != NULL)
        rs_store_runs_take_tests(&runs, tests);
    if (asprintf(&history, "%s%s%s", before != NULL ? before : "", before != NULL ? "\n" : "",
                 provenance != NULL ? provenance->history : "") < 0) {
        free(attributes);
        return rs_fail(error, RS_NO_MEMORY, "out of memory for the file's attributes");
    }
    const rs_import_form form = rs_results_compressed(results) && is_complete(results, tests)
                                    ? RS_IMPORT_COMPRESSED
                                    : RS_IMPORT_PLAIN;
    status = rs_import_as_new(path, form, &runs, attributes,
                              collect(attributes, results, provenance, history, kernels), 1, &path,
                              imported, error);
    free(history);
    free(attributes);
    return status;
}
