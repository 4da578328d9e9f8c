#include "merged_provenance.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "memory.h"
#include "provenance.h"

static const char separator[] = "; ";

static bool in_list(const char *name, const char *const list[], size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(list[i], name) == 0)
            return true;
    return false;
}

/* Attributes whose values are gathered into a list. */
static bool is_gathered(const char *name)
{
    static const char *const names[] = {
        "rnnsweep_version", "rnnsweep_commit",  "rnnsweep_compiler", "rnnsweep_flags",
        "rnnsweep_isa",     "rnnsweep_threads", "rnnsweep_host",     "rnnsweep_slurm_job"};
    return in_list(name, names, sizeof names / sizeof names[0]);
}

/* Attributes that the store writes itself, or that are of a part only. */
static bool is_left_out(const char *name)
{
    static const char *const names[] = {"Conventions", "rnnsweep_sweep_hash", "rnnsweep_runs",
                                        "rnnsweep_shard"};
    return in_list(name, names, sizeof names / sizeof names[0]);
}

/* Where `value` belongs in the sorted list "a; b; c": the place of the first word not below it. */
static const char *place_in_list(const char *list, const char *value, bool *present)
{
    *present = false;
    for (const char *word = list; *word != '\0';) {
        const char *end = strstr(word, separator);
        size_t length = end != NULL ? (size_t)(end - word) : strlen(word);
        int order = strncmp(word, value, length);
        if (order == 0 && value[length] != '\0')
            order = -1;
        *present = order == 0;
        if (order >= 0)
            return word;
        word += length + (end != NULL ? strlen(separator) : 0);
    }
    return list + strlen(list);
}

static rs_status gather_word(const char **list, const char *value, rs_error *error)
{
    bool present;
    char *joined;
    const char *place = place_in_list(*list, value, &present);
    if (present || value[0] == '\0')
        return RS_OK;
    int before = (int)(place - *list);
    bool last = *place == '\0';
    if (asprintf(&joined, "%.*s%s%s%s%s", before, *list, last && before > 0 ? separator : "", value,
                 last ? "" : separator, place) < 0)
        return rs_fail(error, RS_NO_MEMORY, "out of memory for the file's attributes");
    free((char *)*list);
    *list = joined;
    return RS_OK;
}

/* `value` may itself be a list, of an earlier merge. */
static rs_status gather(const char **list, const char *value, rs_error *error)
{
    char *copy = strdup(value);
    if (copy == NULL)
        return rs_fail(error, RS_NO_MEMORY, "out of memory for the file's attributes");
    rs_status status = RS_OK;
    for (char *word = copy; status == RS_OK && word != NULL;) {
        char *end = strstr(word, separator);
        if (end != NULL)
            *end = '\0';
        status = gather_word(list, word, error);
        word = end != NULL ? end + strlen(separator) : NULL;
    }
    free(copy);
    return status;
}

static rs_status set(const char **text, const char *value, rs_error *error)
{
    char *copy = strdup(value);
    if (copy == NULL)
        return rs_fail(error, RS_NO_MEMORY, "out of memory for the file's attributes");
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

static rs_status add_new(rs_merged_provenance *provenance, const char *name, const char *value,
                         rs_error *error)
{
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

rs_status rs_merged_provenance_add(rs_merged_provenance *provenance, const rs_results *results,
                                   rs_error *error)
{
    const char *name, *value;
    rs_status status = RS_OK;
    for (size_t i = 0; status == RS_OK && rs_results_attribute_at(results, i, &name, &value); i++) {
        rs_store_attribute *known = find(provenance, name);
        if (is_left_out(name))
            continue;
        if (known == NULL)
            status = add_new(provenance, name, value, error);
        else if (is_gathered(name))
            status = gather(&known->value, value, error);
        else if (strcmp(value, known->value) < 0)
            status = set(&known->value, value, error);
    }
    return status;
}

static rs_status put(rs_merged_provenance *provenance, const char *name, const char *value,
                     rs_error *error)
{
    rs_store_attribute *known = find(provenance, name);
    return known != NULL ? set(&known->value, value, error)
                         : add_new(provenance, name, value, error);
}

rs_status rs_merged_provenance_finish(rs_merged_provenance *provenance, int argc, char **argv,
                                      rs_error *error)
{
    char date[RS_DATE_TEXT], *history = NULL, *command = rs_command_line(argc, argv, NULL);
    rs_status status;
    rs_date_now(date);
    if (command == NULL || asprintf(&history, "%s: %s", date, command) < 0)
        status = rs_fail(error, RS_NO_MEMORY, "out of memory for the file's attributes");
    else if ((status = put(provenance, "date_created", date, error)) == RS_OK &&
             (status = put(provenance, "history", history, error)) == RS_OK)
        status = put(provenance, "rnnsweep_command", command, error);
    free(history);
    free(command);
    return status;
}

void rs_merged_provenance_free(rs_merged_provenance *provenance)
{
    for (size_t i = 0; i < provenance->count; i++) {
        free((char *)provenance->attributes[i].name);
        free((char *)provenance->attributes[i].value);
    }
    free(provenance->attributes);
    *provenance = (rs_merged_provenance){0};
}
