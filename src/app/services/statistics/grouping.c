#include "grouping.h"

#include <stdlib.h>
#include <string.h>

#include "memory.h"
#include "task.h"
#include "units.h"

#define NO_GROUP UINT32_MAX

static bool differs(size_t parameter, const rs_run_config *one, const rs_run_config *other)
{
    return rs_parameter_get(&rs_parameters[parameter], one) !=
           rs_parameter_get(&rs_parameters[parameter], other);
}

/* The parameters that may differ between rows; returns how many. */
static size_t list_candidates(const rs_results *results, size_t candidates[RS_PARAMETER_TOTAL])
{
    size_t count = 0;
    for (size_t i = 0; i < RS_PARAMETER_TOTAL; i++)
        if (rs_results_varies(results, i))
            candidates[count++] = i;
    return count;
}

/* The values that the first run of each task has of these, and which of them have others, too. */
typedef struct task_values {
    bool seen[RS_TASKS_MOST], varies[RS_PARAMETER_TOTAL];
    double first[RS_TASKS_MOST][RS_PARAMETER_TOTAL];
} task_values;

static void note_task(task_values *tasks, const rs_run_config *config)
{
    for (size_t i = 0; i < RS_PARAMETER_TOTAL; i++) {
        if (!rs_follows_task(&rs_parameters[i]))
            continue;
        double value = rs_parameter_get(&rs_parameters[i], config);
        if (i == RS_PARAMETER_sequence_length && config->task == RS_TASK_COPY_MEMORY)
            value -= config->delay; /* which decides it */
        if (!tasks->seen[config->task])
            tasks->first[config->task][i] = value;
        tasks->varies[i] |= tasks->first[config->task][i] != value;
    }
    tasks->seen[config->task] = true;
}

/* Leaves out of the varying parameters what only follows the task. */
static void leave_out_followers(rs_key_set *varying, const rs_results *results,
                                const rs_filter *filter)
{
    task_values *tasks = NULL;
    rs_run_config config;
    if ((!varying->parameter[RS_PARAMETER_task] && !varying->parameter[RS_PARAMETER_delay]) ||
        rs_allocate((void **)&tasks, 1, sizeof *tasks, NULL) != RS_OK)
        return;
    for (size_t row = 0; row < rs_results_count(results); row++) {
        if (rs_results_is_foreign(results, row) || rs_results_is_damaged(results, row))
            continue;
        rs_results_config(results, row, &config);
        if (filter == NULL || rs_filter_holds(filter, &config))
            note_task(tasks, &config);
    }
    for (size_t i = 0; i < RS_PARAMETER_TOTAL; i++)
        if (rs_follows_task(&rs_parameters[i]))
            varying->parameter[i] &= tasks->varies[i];
    free(tasks);
}

rs_key_set rs_key_set_varying(const rs_results *results, const rs_filter *filter)
{
    rs_key_set varying = {0};
    rs_run_config first, config;
    size_t candidates[RS_PARAMETER_TOTAL];
    size_t left = list_candidates(results, candidates), count = rs_results_count(results);
    bool found = false;
    for (size_t row = 0; row < count && left > 0; row++) {
        if (rs_results_is_foreign(results, row) || rs_results_is_damaged(results, row))
            continue;
        rs_results_config(results, row, &config);
        if (filter != NULL && !rs_filter_holds(filter, &config))
            continue;
        if (!found)
            first = config;
        found = true;
        for (size_t i = left; i-- > 0;)
            if (differs(candidates[i], &config, &first)) {
                varying.parameter[candidates[i]] = true;
                candidates[i] = candidates[--left];
            }
    }
    leave_out_followers(&varying, results, filter);
    return varying;
}

rs_hash rs_key_set_hash(const rs_key_set *by, const rs_run_config *config)
{
    double values[RS_KEY_TOTAL] = {0};
    for (size_t i = 0; i < RS_PARAMETER_TOTAL; i++)
        if (by->parameter[i])
            values[i] = rs_parameter_get(&rs_parameters[i], config);
    if (by->parameter[RS_KEY_SEED])
        values[RS_KEY_SEED] = config->seed;
    return rs_hash_bytes(values, sizeof values);
}

/* Groups found so far, in a hash table by open addressing. */
struct group_table {
    uint32_t *slots;   /* group + 1, or 0; at most half of them taken */
    size_t slot_count; /* a power of two */
    rs_hash *hashes;   /* [room], by group */
    size_t hash_room;
    rs_row_group *groups;
    size_t group_room;
    size_t count;
};

static void insert(struct group_table *table, uint32_t group)
{
    size_t slot = table->hashes[group].low & (table->slot_count - 1);
    while (table->slots[slot] != 0)
        slot = (slot + 1) & (table->slot_count - 1);
    table->slots[slot] = group + 1;
}

static rs_status widen(struct group_table *table, rs_error *error)
{
    enum { SLOTS_FIRST = 1024 };
    size_t slot_count = table->slot_count > 0 ? 2 * table->slot_count : SLOTS_FIRST;
    void *slots;
    rs_status status = rs_allocate(&slots, slot_count, sizeof *table->slots, error);
    if (status != RS_OK)
        return status;
    free(table->slots);
    table->slots = slots;
    table->slot_count = slot_count;
    for (uint32_t group = 0; group < table->count; group++)
        insert(table, group);
    return RS_OK;
}

static rs_status find_group(struct group_table *table, rs_hash hash, uint32_t *group,
                            rs_error *error)
{
    rs_status status = RS_OK;
    if (2 * (table->count + 1) > table->slot_count && (status = widen(table, error)) != RS_OK)
        return status;
    for (size_t slot = hash.low & (table->slot_count - 1); table->slots[slot] != 0;
         slot = (slot + 1) & (table->slot_count - 1))
        if (rs_hash_equal(table->hashes[table->slots[slot] - 1], hash)) {
            *group = table->slots[slot] - 1;
            return RS_OK;
        }
    if ((status = rs_grow((void **)&table->hashes, &table->hash_room, table->count + 1,
                          sizeof *table->hashes, error)) != RS_OK ||
        (status = rs_grow((void **)&table->groups, &table->group_room, table->count + 1,
                          sizeof *table->groups, error)) != RS_OK)
        return status;
    *group = (uint32_t)table->count++;
    table->hashes[*group] = hash;
    table->groups[*group] = (rs_row_group){0};
    insert(table, *group);
    return RS_OK;
}

/* Whether two runs are of one group for sure: they differ in their seed at most, which does not
 * tell groups apart. */
static bool same_but_for_seed(const rs_key_set *by, const rs_run_config *one,
                              const rs_run_config *other)
{
    rs_run_config like_other;
    memcpy(&like_other, one, sizeof like_other);
    like_other.seed = other->seed;
    return !by->parameter[RS_KEY_SEED] && memcmp(&like_other, other, sizeof like_other) == 0;
}

static rs_status assign_groups(struct group_table *table, uint32_t *group_of_row,
                               const rs_results *results, const rs_key_set *by,
                               const rs_filter *filter, rs_error *error)
{
    size_t count = rs_results_count(results);
    uint32_t last_group = NO_GROUP;
    rs_run_config last, config;
    rs_status status = RS_OK;
    for (size_t row = 0; row < count && status == RS_OK; row++) {
        group_of_row[row] = NO_GROUP;
        if (rs_results_is_foreign(results, row) || rs_results_is_damaged(results, row))
            continue;
        rs_results_config(results, row, &config);
        if (filter != NULL && !rs_filter_holds(filter, &config))
            continue;
        if (last_group == NO_GROUP || !same_but_for_seed(by, &last, &config))
            status = find_group(table, rs_key_set_hash(by, &config), &last_group, error);
        if (status != RS_OK)
            return status;
        group_of_row[row] = last_group;
        table->groups[last_group].count++;
        memcpy(&last, &config, sizeof last);
    }
    return status;
}

/* Counting sort of the rows by group; returns how many are in one. */
static size_t place_rows(const struct group_table *table, const uint32_t *group_of_row,
                         size_t count, uint32_t *rows)
{
    uint32_t first = 0;
    for (size_t i = 0; i < table->count; i++) {
        table->groups[i].first = first;
        first += table->groups[i].count;
        table->groups[i].count = 0;
    }
    for (size_t row = 0; row < count; row++)
        if (group_of_row[row] != NO_GROUP) {
            rs_row_group *group = &table->groups[group_of_row[row]];
            rows[group->first + group->count++] = (uint32_t)row;
        }
    return first;
}

rs_status rs_grouping_make(rs_grouping *grouping, const rs_results *results, const rs_key_set *by,
                           const rs_filter *filter, rs_error *error)
{
    struct group_table table = {0};
    size_t count = rs_results_count(results);
    uint32_t *group_of_row = NULL;
    void *rows = NULL;
    rs_status status;
    if ((status = rs_allocate((void **)&group_of_row, count, sizeof *group_of_row, error)) !=
            RS_OK ||
        (status = assign_groups(&table, group_of_row, results, by, filter, error)) != RS_OK ||
        (status = rs_allocate(&rows, count, sizeof *grouping->rows, error)) != RS_OK)
        goto done;
    *grouping = (rs_grouping){.count = table.count,
                              .groups = table.groups,
                              .row_count = place_rows(&table, group_of_row, count, rows),
                              .rows = rows};
    table.groups = NULL;
done:
    free(table.groups);
    free(table.hashes);
    free(table.slots);
    free(group_of_row);
    return status;
}

static bool differs_within(const rs_grouping *grouping, const rs_results *results, size_t parameter)
{
    for (size_t group = 0; group < grouping->count; group++) {
        const uint32_t *rows = grouping->rows + grouping->groups[group].first;
        rs_run_config head, config;
        rs_results_config(results, rows[0], &head);
        for (size_t i = 1; i < grouping->groups[group].count; i++) {
            rs_results_config(results, rows[i], &config);
            if (differs(parameter, &head, &config))
                return true;
        }
    }
    return false;
}

rs_key_set rs_grouping_along(const rs_grouping *grouping, const rs_results *results,
                             const rs_key_set *by)
{
    rs_key_set along = {0};
    rs_run_config first, head;
    for (size_t group = 0; group < grouping->count; group++) {
        rs_results_config(results, grouping->rows[grouping->groups[group].first], &head);
        if (group == 0)
            first = head;
        for (size_t i = 0; i < RS_PARAMETER_TOTAL; i++)
            along.parameter[i] |= !by->parameter[i] && differs(i, &first, &head);
    }
    for (size_t i = 0; i < RS_PARAMETER_TOTAL; i++)
        if (along.parameter[i])
            along.parameter[i] = !differs_within(grouping, results, i);
    return along;
}

void rs_grouping_free(rs_grouping *grouping)
{
    free(grouping->groups);
    free(grouping->rows);
    *grouping = (rs_grouping){0};
}
