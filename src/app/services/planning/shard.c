#include "shard.h"

#include <stdlib.h>
#include <string.h>

#include "cost.h"
#include "memory.h"
#include "options.h"
#include "sweep_runs.h"

rs_status rs_shard_parse(rs_shard *shard, const char *text, rs_error *error)
{
    char index_text[16];
    const char *slash = strchr(text, '/');
    size_t length = slash != NULL ? (size_t)(slash - text) : sizeof index_text;
    unsigned long index, count;
    if (length < sizeof index_text) {
        memcpy(index_text, text, length);
        index_text[length] = '\0';
        if (rs_parse_count(slash + 1, 1, RS_SHARDS_MAX, &count) &&
            rs_parse_count(index_text, 1, count, &index)) {
            *shard = (rs_shard){.index = (unsigned)index, .count = (unsigned)count};
            return RS_OK;
        }
    }
    return rs_fail(error, RS_USAGE,
                   "--shard %s: must be I/N, shard I of N with 1 <= I <= N <= %d, such as 1/16",
                   text, RS_SHARDS_MAX);
}

/* ---- Sharing out ----------------------------------------------------------------------------- */

struct weighed_run {
    double cost;
    uint32_t run;
};

static int compare_weighed(const void *a, const void *b)
{
    const struct weighed_run *x = a, *y = b;
    if (x->cost > y->cost || x->cost < y->cost)
        return x->cost > y->cost ? -1 : 1;
    return (x->run > y->run) - (x->run < y->run);
}

/* A shard and its work so far. */
struct load {
    double work;
    unsigned shard;
};

static bool is_lighter(const struct load *a, const struct load *b)
{
    return a->work < b->work || (a->work <= b->work && a->shard < b->shard);
}

/* Restores the min-heap after the work of its first element has grown. */
static void sink_first(struct load *heap, size_t count)
{
    for (size_t parent = 0;;) {
        size_t least = parent;
        for (size_t child = 2 * parent + 1; child <= 2 * parent + 2 && child < count; child++)
            if (is_lighter(&heap[child], &heap[least]))
                least = child;
        if (least == parent)
            return;
        struct load moved = heap[parent];
        heap[parent] = heap[least];
        heap[least] = moved;
        parent = least;
    }
}

/* Assigns the costliest run first, each to the shard with the least work so far. The heaviest shard
 * then has at most 4/3 of its work in the best division (R. L. Graham, Bounds on multiprocessing
 * timing anomalies, SIAM J. Appl. Math. 17, 1969). */
static void share_out(uint16_t *owners, const struct weighed_run *weighed, size_t runs,
                      struct load *heap, unsigned shards)
{
    for (unsigned i = 0; i < shards; i++)
        heap[i].shard = i + 1;
    for (size_t i = 0; i < runs; i++) {
        owners[weighed[i].run] = (uint16_t)heap[0].shard;
        heap[0].work += weighed[i].cost;
        sink_first(heap, shards);
    }
}

rs_status rs_shard_assign(uint16_t **owners, const rs_plan *plan, unsigned count, rs_error *error)
{
    struct weighed_run *weighed = NULL;
    struct load *heap = NULL;
    uint16_t *made = NULL;
    size_t runs = rs_plan_runs(plan);
    rs_status status;
    if ((status = rs_allocate((void **)&weighed, runs, sizeof *weighed, error)) != RS_OK ||
        (status = rs_allocate((void **)&heap, count, sizeof *heap, error)) != RS_OK ||
        (status = rs_allocate((void **)&made, runs, sizeof *made, error)) != RS_OK)
        goto done;
    for (size_t run = 0; run < runs; run++) {
        rs_run_config config;
        rs_plan_run(plan, run, &config);
        weighed[run] = (struct weighed_run){.cost = rs_cost_predict(&config), .run = (uint32_t)run};
    }
    qsort(weighed, runs, sizeof *weighed, compare_weighed);
    share_out(made, weighed, runs, heap, count);
    *owners = made;
done:
    free(heap);
    free(weighed);
    return status;
}

static void shard_row(const void *context, size_t row, uint32_t *run, rs_run_config *config)
{
    const rs_shard *shard = context;
    *run = shard->runs[row];
    rs_plan_run(shard->plan, shard->runs[row], config);
}

rs_status rs_shard_select(rs_shard *shard, const rs_plan *plan, rs_store_runs *runs,
                          rs_error *error)
{
    uint16_t *owners = NULL;
    rs_status status = rs_shard_assign(&owners, plan, shard->count, error);
    if (status != RS_OK)
        return status;
    size_t count = 0, total = rs_plan_runs(plan);
    for (size_t run = 0; run < total; run++)
        count += owners[run] == shard->index;
    if ((status = rs_allocate((void **)&shard->runs, count, sizeof *shard->runs, error)) != RS_OK)
        goto done;
    shard->plan = plan;
    for (size_t run = 0; run < total; run++)
        if (owners[run] == shard->index)
            shard->runs[shard->run_count++] = (uint32_t)run;
    *runs = (rs_store_runs){
        .count = count, .row = shard_row, .context = shard, .sweep = rs_plan_hash(plan)};
    runs->checkpoints = rs_plan_checkpoints(plan);
    runs->rungs = rs_plan_rungs(plan);
    runs->lengths = rs_plan_test_lengths(plan, &runs->length_total);
done:
    free(owners);
    return status;
}

void rs_shard_free(rs_shard *shard)
{
    free(shard->runs);
    *shard = (rs_shard){0};
}

rs_status rs_shard_path(const rs_shard *shard, const char *whole, char **path, rs_error *error)
{
    static const char ending[] = ".h5";
    size_t stem = strlen(whole), tail = strlen(ending);
    char *text;
    if (stem > tail && strcmp(whole + stem - tail, ending) == 0)
        stem -= tail;
    if (asprintf(&text, "%.*s.%u-of-%u%s", (int)stem, whole, shard->index, shard->count, ending) <
        0)
        return rs_fail(error, RS_NO_MEMORY, "out of memory for a file name");
    *path = text;
    return RS_OK;
}
