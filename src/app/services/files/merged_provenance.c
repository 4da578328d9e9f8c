#include "merged_provenance.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "memory.h"
#include "provenance.h"

static const char separator[] = "; ";

/* Attributes whose values are gathered into a list. */
static const char *const listed[] = {"rnnsweep_version", "rnnsweep_commit",    "rnnsweep_compiler",
                                     "rnnsweep_flags",   "rnnsweep_isa",       "rnnsweep_threads",
                                     "rnnsweep_host",    "rnnsweep_slurm_job", RS_KERNEL_ATTRIBUTE};
enum { LISTED = sizeof listed / sizeof listed[0] };

static rs_status no_memory(rs_error *error)
{
    return rs_fail(error, RS_NO_MEMORY, "out of memory for the file's attributes");
}

/* Attributes that the store writes itself, or that describe only one part. */
static bool is_left_out(const char *name)
{
    static const char *const names[] = {"Conventions", "rnnsweep_sweep_hash", "rnnsweep_runs",
                                        "rnnsweep_shard"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (strcmp(names[i], name) == 0)
            return true;
    return false;
}

static size_t list_of(const char *name)
{
    size_t list = 0;
    while (list < LISTED && strcmp(listed[list], name) != 0)
        list++;
    return list;
}

/* ---- Lists ----------------------------------------------------------------------------------- */

static rs_status add_word(rs_word_list *list, const char *word, size_t length, rs_error *error)
{
    void *words = list->words;
    if (length == 0)
        return RS_OK;
    rs_status status = rs_grow(&words, &list->room, list->count + 1, sizeof *list->words, error);
    list->words = words;
    if (status != RS_OK)
        return status;
    list->words[list->count] = strndup(word, length);
    if (list->words[list->count] == NULL)
        return no_memory(error);
    list->count++;
    return RS_OK;
}

/* `value` may itself be a list, of an earlier merge. */
static rs_status add_words(rs_word_list *list, const char *value, rs_error *error)
{
    rs_status status = RS_OK;
    for (const char *word = value; status == RS_OK && word != NULL;) {
        const char *end = strstr(word, separator);
        status = add_word(list, word, end != NULL ? (size_t)(end - word) : strlen(word), error);
        word = end != NULL ? end + strlen(separator) : NULL;
    }
    return status;
}

static int compare_words(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* "a; b; c", sorted and without duplicates. NULL if out of memory. */
static char *join_words(rs_word_list *list)
{
    char *text = NULL;
    size_t size;
    FILE *stream = open_memstream(&text, &size);
    if (stream == NULL)
        return NULL;
    if (list->count > 0)
        qsort(list->words, list->count, sizeof *list->words, compare_words);
    for (size_t i = 0; i < list->count; i++)
        if (i == 0 || strcmp(list->words[i], list->words[i - 1]) != 0)
            fprintf(stream, "%s%s", i > 0 ? separator : "", list->words[i]);
    if (fclose(stream) != 0) {
        free(text);
        return NULL;
    }
    return text;
}

/* ---- Texts of one file ----------------------------------------------------------------------- */

static rs_status set(const char **text, const char *value, rs_error *error)
{
    char *copy = strdup(value);
    if (copy == NULL)
        return no_memory(error);
    free((char *)*text);
    *text = copy;
    return RS_OK;
}

static rs_store_attribute *find(const rs_merged_provenance *provenance, const char *name)
{
    for (size_t i = 0; i < provenance->count; i++)
        if (strcmp(provenance->attributes[i].name, name) == 0)
            return &provenance->attributes[i];
    return NULL;
}

static rs_status put(rs_merged_provenance *provenance, const char *name, const char *value,
                     rs_error *error)
{
    rs_store_attribute *known = find(provenance, name);
    if (known != NULL)
        return set(&known->value, value, error);
    void *attributes = provenance->attributes;
    rs_status status = rs_grow(&attributes, &provenance->room, provenance->count + 1,
                               sizeof *provenance->attributes, error);
    provenance->attributes = attributes;
    if (status != RS_OK)
        return status;
    rs_store_attribute *attribute = &provenance->attributes[provenance->count++];
    *attribute = (rs_store_attribute){NULL, NULL};
    status = set(&attribute->name, name, error);
    return status == RS_OK ? set(&attribute->value, value, error) : status;
}

static void forget_texts(rs_merged_provenance *provenance)
{
    for (size_t i = 0; i < provenance->count; i++) {
        free((char *)provenance->attributes[i].name);
        free((char *)provenance->attributes[i].value);
    }
    provenance->count = 0;
}

static const char *text_or_empty(const rs_results *results, const char *name)
{
    const char *text = rs_results_attribute(results, name);
    return text != NULL ? text : "";
}

/* Whether the texts of this file replace those found so far. Dates are ISO 8601. */
static bool goes_before(const rs_merged_provenance *provenance, const rs_results *results)
{
    const char *name, *value;
    const rs_store_attribute *date = find(provenance, "date_created");
    int order = strcmp(date != NULL ? date->value : "", text_or_empty(results, "date_created"));
    for (size_t i = 0; order == 0 && rs_results_attribute_at(results, i, &name, &value); i++) {
        const rs_store_attribute *there = find(provenance, name);
        if (!is_left_out(name) && list_of(name) == LISTED)
            order = strcmp(value, there != NULL ? there->value : "");
    }
    return order < 0;
}

static rs_status take_texts(rs_merged_provenance *provenance, const rs_results *results,
                            rs_error *error)
{
    const char *name, *value;
    rs_status status = RS_OK;
    forget_texts(provenance);
    for (size_t i = 0; status == RS_OK && rs_results_attribute_at(results, i, &name, &value); i++)
        if (!is_left_out(name))
            status = put(provenance, name, value, error);
    return status;
}

/* ---- Files ----------------------------------------------------------------------------------- */

static rs_status note_first(rs_merged_provenance *provenance, const rs_results *results,
                            const char *path, rs_error *error)
{
    provenance->first = strdup(path);
    provenance->metric = strdup(text_or_empty(results, "rnnsweep_metric"));
    provenance->goal = strdup(text_or_empty(results, "rnnsweep_goal"));
    provenance->kernels = strdup(rs_results_kernels(results));
    if (provenance->first == NULL || provenance->metric == NULL || provenance->goal == NULL ||
        provenance->kernels == NULL)
        return no_memory(error);
    return rs_allocate((void **)&provenance->lists, LISTED, sizeof *provenance->lists, error);
}

static rs_status check_metric(const rs_merged_provenance *provenance, const rs_results *results,
                              const char *path, rs_error *error)
{
    const char *metric = text_or_empty(results, "rnnsweep_metric");
    const char *goal = text_or_empty(results, "rnnsweep_goal");
    if (provenance->texts_of != NULL ||
        (strcmp(metric, provenance->metric) == 0 && strcmp(goal, provenance->goal) == 0))
        return RS_OK;
    return rs_fail(error, RS_BAD_DATA,
                   "%s wants to %s %s, %s to %s %s: say which is right with --texts-of FILE",
                   provenance->first, provenance->goal, provenance->metric, path, goal, metric);
}

static rs_status check_kernels(const rs_merged_provenance *provenance, const rs_results *results,
                               const char *path, rs_error *error)
{
    if (provenance->mix_kernels || strcmp(provenance->kernels, rs_results_kernels(results)) == 0)
        return RS_OK;
    return rs_fail(
        error, RS_BAD_DATA,
        "%s has runs of kernel generation %s, %s of %s: the same run may have other last "
        "bits in the one than in the other. To join them all the same: --mix-kernels",
        provenance->first, provenance->kernels, path, rs_results_kernels(results));
}

rs_status rs_merged_provenance_add(rs_merged_provenance *provenance, const rs_results *results,
                                   const char *path, rs_error *error)
{
    const char *name, *value;
    const bool first = provenance->first == NULL;
    rs_status status = first ? note_first(provenance, results, path, error)
                             : check_metric(provenance, results, path, error);
    if (status == RS_OK && (status = check_kernels(provenance, results, path, error)) == RS_OK &&
        rs_results_attribute(results, RS_KERNEL_ATTRIBUTE) == NULL)
        status = add_words(&provenance->lists[list_of(RS_KERNEL_ATTRIBUTE)],
                           rs_results_kernels(results), error);
    for (size_t i = 0; status == RS_OK && rs_results_attribute_at(results, i, &name, &value); i++)
        if (list_of(name) < LISTED)
            status = add_words(&provenance->lists[list_of(name)], value, error);
    if (status == RS_OK &&
        (provenance->texts_of != NULL ? strcmp(provenance->texts_of, path) == 0
                                      : first || goes_before(provenance, results)))
        status = take_texts(provenance, results, error);
    return status;
}

static rs_status set_lists(rs_merged_provenance *provenance, rs_error *error)
{
    rs_status status = RS_OK;
    for (size_t i = 0; status == RS_OK && provenance->lists != NULL && i < LISTED; i++) {
        char *text = join_words(&provenance->lists[i]);
        if (text == NULL)
            return no_memory(error);
        if (provenance->lists[i].count > 0)
            status = put(provenance, listed[i], text, error);
        free(text);
    }
    return status;
}

rs_status rs_merged_provenance_finish(rs_merged_provenance *provenance, int argc, char **argv,
                                      rs_error *error)
{
    char date[RS_DATE_TEXT], *history = NULL, *command = rs_command_line(argc, argv, NULL);
    rs_status status;
    rs_date_now(date);
    if (command == NULL || asprintf(&history, "%s: %s", date, command) < 0)
        status = no_memory(error);
    else if ((status = set_lists(provenance, error)) == RS_OK &&
             (status = put(provenance, "date_created", date, error)) == RS_OK &&
             (status = put(provenance, "history", history, error)) == RS_OK)
        status = put(provenance, "rnnsweep_command", command, error);
    free(history);
    free(command);
    return status;
}

void rs_merged_provenance_free(rs_merged_provenance *provenance)
{
    for (size_t i = 0; provenance->lists != NULL && i < LISTED; i++) {
        for (size_t word = 0; word < provenance->lists[i].count; word++)
            free(provenance->lists[i].words[word]);
        free(provenance->lists[i].words);
    }
    free(provenance->lists);
    forget_texts(provenance);
    free(provenance->attributes);
    free(provenance->first);
    free(provenance->metric);
    free(provenance->goal);
    free(provenance->kernels);
    *provenance = (rs_merged_provenance){0};
}
