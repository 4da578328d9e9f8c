/* Finds the row of a run in the groups of weights: the one whose run_id is the run's number. */
#include <stdlib.h>

#include "heap.h"
#include "memory.h"
#include "results_file.h"

/* The run numbers of a group during the search in order. */
typedef struct id_list {
    int32_t *ids;
    size_t count, next;
    uint32_t group;
} id_list;

typedef struct numbered {
    int32_t id;
    uint32_t group, row;
} numbered;

static rs_status read_lists(const rs_results *results, id_list *lists, rs_error *error)
{
    const rs_layout *layout = results->layout;
    rs_status status = RS_OK;
    for (size_t i = 0; status == RS_OK && i < layout->group_total; i++) {
        const rs_group *group = &layout->groups[i];
        id_list *list = &lists[i];
        list->count = group->rows;
        list->group = (uint32_t)i;
        status = rs_allocate((void **)&list->ids, group->rows, sizeof *list->ids, error);
        if (status == RS_OK)
            status = rs_results_read_rows(results,
                                          results->entries[group->first_dataset + RS_GROUP_RUN_ID],
                                          0, group->rows, list->ids, NULL, NULL, error);
    }
    return status;
}

/* ---- In order: files that this program wrote have their rows by rising number everywhere
 * ------ */

static bool comes_before(const void *one, const void *other)
{
    const id_list *first = one, *second = other;
    return first->ids[first->next] < second->ids[second->next];
}

/* Returns the number of rows, from the first, for which this held. */
static size_t walk_in_order(rs_layout *layout, const int32_t *runs, id_list *lists, void *heap[])
{
    size_t left = 0, row = 0;
    for (size_t i = 0; i < layout->group_total; i++)
        if (lists[i].count > 0)
            heap[left++] = &lists[i];
    rs_heap_make(heap, left, comes_before);
    for (; row < layout->runs && left > 0; row++) {
        id_list *first = heap[0];
        if (first->ids[first->next] != runs[row])
            break;
        layout->places[row] = (rs_place){first->group, (uint32_t)first->next++};
        if (first->next == first->count)
            heap[0] = heap[--left];
        if (left > 0)
            rs_heap_sift_down(heap, left, 0, comes_before);
    }
    return row;
}

/* ---- In any order ---------------------------------------------------------------------------- */

static int compare_numbers(const void *a, const void *b)
{
    const numbered *first = a, *second = b;
    if (first->id != second->id)
        return first->id < second->id ? -1 : 1;
    if (first->group != second->group)
        return first->group < second->group ? -1 : 1;
    return (first->row > second->row) - (first->row < second->row);
}

static rs_place find_place(const numbered *sorted, size_t count, int32_t run)
{
    size_t low = 0, high = count;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        if (sorted[middle].id < run)
            low = middle + 1;
        else
            high = middle;
    }
    return low < count && sorted[low].id == run && run >= 0
               ? (rs_place){sorted[low].group, sorted[low].row}
               : (rs_place){RS_NO_GROUP, 0};
}

static rs_status search(rs_layout *layout, const int32_t *runs, const id_list *lists,
                        rs_error *error)
{
    numbered *sorted = NULL;
    size_t count = 0, used = 0;
    for (size_t i = 0; i < layout->group_total; i++)
        count += lists[i].count;
    rs_status status = rs_allocate((void **)&sorted, count, sizeof *sorted, error);
    if (status != RS_OK)
        return status;
    for (size_t i = 0; i < layout->group_total; i++)
        for (size_t row = 0; row < lists[i].count; row++)
            sorted[used++] = (numbered){lists[i].ids[row], lists[i].group, (uint32_t)row};
    qsort(sorted, count, sizeof *sorted, compare_numbers);
    for (size_t row = 0; row < layout->runs; row++)
        layout->places[row] = find_place(sorted, count, runs[row]);
    free(sorted);
    return RS_OK;
}

rs_status rs_results_find_places(rs_results *results, rs_error *error)
{
    rs_layout *layout = results->layout;
    const int32_t *runs = results->columns[RS_DATA_RUN];
    id_list *lists = NULL;
    void **heap = NULL;
    rs_status status;
    if ((status = rs_allocate((void **)&layout->places, layout->runs, sizeof *layout->places,
                              error)) != RS_OK ||
        (status = rs_allocate((void **)&lists, layout->group_total, sizeof *lists, error)) !=
            RS_OK ||
        (status = rs_allocate((void **)&heap, layout->group_total, sizeof *heap, error)) != RS_OK ||
        (status = read_lists(results, lists, error)) != RS_OK)
        goto done;
    if (walk_in_order(layout, runs, lists, heap) < layout->runs)
        status = search(layout, runs, lists, error);
done:
    for (size_t i = 0; lists != NULL && i < layout->group_total; i++)
        free(lists[i].ids);
    free(lists);
    free(heap);
    return status;
}
