#include "queue.h"

#include <stdlib.h>
#include <string.h>

#include "cost.h"
#include "memory.h"

enum {
    CHUNK_MAX = 32,       /* runs handed out at once: enough to share a data set, little to lose */
    SHARES_PER_THREAD = 8 /* a chunk is at most this fraction of a thread's part of the work */
};

struct entry {
    uint64_t key;
    uint32_t row;
};

/* Sorts by falling cost, then by the seed of the data set. The bits of positive floats are ordered
 * as their values are. */
static uint64_t sort_key(const rs_run_config *config, double cost)
{
    float rounded = (float)cost;
    uint32_t bits;
    uint32_t seed = config->data_seed >= 0 ? (uint32_t)config->data_seed : config->seed;
    memcpy(&bits, &rounded, sizeof bits);
    return (uint64_t)~bits << 32 | seed;
}

static int compare_entries(const void *a, const void *b)
{
    const struct entry *x = a, *y = b;
    if (x->key != y->key)
        return x->key < y->key ? -1 : 1;
    return (x->row > y->row) - (x->row < y->row);
}

static void count_finished(rs_tally *tally, rs_run_outcome outcome, double cost)
{
    tally->finished++;
    tally->diverged += outcome == RS_RUN_DIVERGED;
    tally->failed += outcome == RS_RUN_FAILED;
    tally->work_finished += cost;
}

static size_t collect_pending(const rs_store_runs *runs, const rs_store *store,
                              struct entry *entries, rs_tally *tally)
{
    size_t count = 0;
    *tally = (rs_tally){.total = runs->count};
    for (size_t row = 0; row < runs->count; row++) {
        rs_run_config config;
        uint32_t run;
        runs->row(runs->context, row, &run, &config);
        double cost = rs_cost_predict(&config);
        rs_run_outcome outcome = rs_store_outcome(store, row);
        tally->work += cost;
        if (outcome == RS_RUN_PENDING)
            entries[count++] = (struct entry){sort_key(&config, cost), (uint32_t)row};
        else
            count_finished(tally, outcome, cost);
    }
    return count;
}

rs_status rs_queue_create(rs_queue *queue, const rs_store_runs *runs, const rs_store *store,
                          rs_tally *tally, rs_error *error)
{
    void *entries = NULL, *rows = NULL;
    rs_status status;
    if ((status = rs_allocate(&entries, runs->count, sizeof(struct entry), error)) != RS_OK)
        return status;
    size_t count = collect_pending(runs, store, entries, tally);
    if ((status = rs_allocate(&rows, count, sizeof(uint32_t), error)) == RS_OK) {
        const struct entry *sorted = entries;
        qsort(entries, count, sizeof(struct entry), compare_entries);
        *queue = (rs_queue){.runs = runs,
                            .rows = rows,
                            .count = count,
                            .work_left = tally->work - tally->work_finished};
        for (size_t i = 0; i < count; i++)
            queue->rows[i] = sorted[i].row;
    }
    free(entries);
    return status;
}

void rs_queue_free(rs_queue *queue)
{
    free(queue->rows);
    *queue = (rs_queue){0};
}

static double cost_at(const rs_queue *queue, size_t place)
{
    rs_run_config config;
    uint32_t run;
    queue->runs->row(queue->runs->context, queue->rows[place], &run, &config);
    return rs_cost_predict(&config);
}

static void pass_over(rs_queue *queue, double dearest)
{
    while (queue->next < queue->count) {
        double cost = cost_at(queue, queue->next);
        if (cost <= dearest)
            return;
        queue->work_left -= cost;
        queue->next++;
    }
}

size_t rs_queue_take(rs_queue *queue, unsigned threads, double dearest, const uint32_t **rows)
{
    pass_over(queue, dearest);
    double share = queue->work_left / ((double)threads * SHARES_PER_THREAD), work = 0;
    size_t first = queue->next, count = 0;
    while (count < CHUNK_MAX && first + count < queue->count) {
        double cost = cost_at(queue, first + count);
        if (count > 0 && work + cost > share)
            break;
        work += cost;
        count++;
    }
    *rows = queue->rows + first;
    queue->next += count;
    queue->work_left -= work;
    return count;
}
