#include "queue.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "cost.h"
#include "memory.h"

enum {
    CHUNK_MAX = 32,       /* runs handed out at once: enough to share a data set, few to lose */
    SHARES_PER_THREAD = 8 /* a chunk is at most this fraction of a thread's share of the work */
};

/* A pending run. */
struct pending_run {
    uint32_t round; /* runs of its configuration before it in the file, or groups of them */
    float cost;
    uint32_t kind; /* of those that may be trained side by side: rs_trainer_group_kind */
    uint32_t seed; /* of its data set */
    uint32_t row;
};

static int compare_numbers(uint32_t a, uint32_t b)
{
    return (a > b) - (a < b);
}

static int by_round(const void *a, const void *b)
{
    const struct pending_run *x = a, *y = b;
    if (x->round != y->round)
        return compare_numbers(x->round, y->round);
    if (x->cost > y->cost || x->cost < y->cost)
        return x->cost > y->cost ? -1 : 1;
    if (x->kind != y->kind)
        return compare_numbers(x->kind, y->kind);
    if (x->seed != y->seed)
        return compare_numbers(x->seed, y->seed);
    return compare_numbers(x->row, y->row);
}

static void count_finished(rs_tally *tally, rs_run_outcome outcome, double cost)
{
    tally->finished++;
    tally->diverged += outcome == RS_RUN_DIVERGED;
    tally->failed += outcome == RS_RUN_FAILED;
    tally->work_finished += cost;
}

/* Of a sweep without rungs, runs that another one has stopped at a rung are not finished. */
static bool is_due(const rs_queue *queue, size_t row, rs_run_outcome outcome)
{
    return queue->stage != NULL ? queue->stage->due[row]
                                : outcome == RS_RUN_PENDING ||
                                      (outcome == RS_RUN_STOPPED && queue->runs->rungs == NULL);
}

static double share_of(const rs_queue *queue, size_t row, const rs_run_config *config)
{
    return queue->stage != NULL ? rs_stage_share(queue->stage, row, config) : 1;
}

/* The runs of a configuration are consecutive in a file: seeds vary fastest. */
static size_t collect_pending(const rs_queue *queue, const rs_store *store,
                              struct pending_run *entries, rs_tally *tally, size_t *grouped)
{
    const rs_store_runs *runs = queue->runs;
    size_t count = 0;
    uint32_t most = 1, kind = 0;
    uint32_t round = 0;
    double whole = 0;
    rs_run_config previous = {0};
    *tally = (rs_tally){.total = 0};
    for (size_t row = 0; row < runs->count; row++) {
        rs_run_config config;
        uint32_t run;
        if (runs->wanted != NULL && !runs->wanted[row])
            continue;
        tally->total++;
        memset(&config, 0, sizeof config);
        runs->row(runs->context, row, &run, &config);
        const rs_run_outcome outcome = rs_store_outcome(store, row);
        const uint32_t seed = config.seed;
        config.seed = 0;
        round = memcmp(&config, &previous, sizeof config) == 0 ? round + 1 : 0;
        if (round == 0) { /* the seed costs nothing */
            whole = rs_cost_predict(&config);
            most = rs_trainer_group_most(&config);
            kind = rs_trainer_group_kind(&config);
        }
        memcpy(&previous, &config, sizeof previous);
        const double cost = whole * share_of(queue, row, &config);
        tally->work += cost;
        if (!is_due(queue, row, outcome)) {
            count_finished(tally, outcome, cost);
            continue;
        }
        *grouped += most > 1;
        entries[count++] = (struct pending_run){
            .round = round / most,
            .cost = (float)cost,
            .kind = kind,
            .seed = config.data_seed >= 0 ? (uint32_t)config.data_seed : seed,
            .row = (uint32_t)row,
        };
    }
    return count;
}

/* ---- The order, from its end ----------------------------------------------------------------- */

/* With p threads and before_i the work of the runs ahead of run i, a thread starts run i at
 * before_i / p at the latest, since all threads were busy until then. So all end by max_i (before_i
 * / p + cost_i), which is at most (1 + SLACK) W / p when cost_i <= (SLACK W + after_i) / (p - 1)
 * with after_i the work of the runs behind it. The order is built from its end (E. L. Lawler,
 * Optimal sequencing of a single machine subject to precedence constraints, Management Science 19,
 * 1973): of the runs that meet this bound in the last free place, the last one by rounds; if none
 * does, the cheapest one. */
#define SLACK 0.005

struct ordering {
    struct pending_run *entries; /* [count], by rounds */
    size_t left;                 /* entries[left..] are placed or postponed */
    float *least;                /* [i]: no run of entries[0..i] costs less */
    uint32_t *postponed;         /* heap of entries, the cheapest first */
    size_t postponed_count;
};

static bool is_placed(const struct pending_run *entry)
{
    return entry->row == UINT32_MAX;
}

static bool is_cheaper(const struct ordering *o, uint32_t a, uint32_t b)
{
    const float first = o->entries[a].cost, second = o->entries[b].cost;
    return first < second || (first <= second && a > b);
}

static void swap(uint32_t *a, uint32_t *b)
{
    const uint32_t kept = *a;
    *a = *b;
    *b = kept;
}

static void postpone(struct ordering *o, size_t index)
{
    size_t place = o->postponed_count++;
    o->postponed[place] = (uint32_t)index;
    while (place > 0 && is_cheaper(o, o->postponed[place], o->postponed[(place - 1) / 2])) {
        swap(&o->postponed[place], &o->postponed[(place - 1) / 2]);
        place = (place - 1) / 2;
    }
}

static size_t take_postponed(struct ordering *o)
{
    const uint32_t taken = o->postponed[0];
    o->postponed[0] = o->postponed[--o->postponed_count];
    for (size_t place = 0, child = 1; child < o->postponed_count; child = 2 * place + 1) {
        if (child + 1 < o->postponed_count &&
            is_cheaper(o, o->postponed[child + 1], o->postponed[child]))
            child++;
        if (!is_cheaper(o, o->postponed[child], o->postponed[place]))
            break;
        swap(&o->postponed[child], &o->postponed[place]);
        place = child;
    }
    return taken;
}

/* The cheapest run that is neither placed nor postponed, the last of equals; SIZE_MAX if none. */
static size_t find_cheapest(const struct ordering *o)
{
    size_t cheapest = SIZE_MAX;
    for (size_t i = o->left; i-- > 0;)
        if (!is_placed(&o->entries[i]) &&
            (cheapest == SIZE_MAX || o->entries[i].cost < o->entries[cheapest].cost))
            cheapest = i;
    return cheapest;
}

/* Chooses the run that precedes those placed, where a run may cost at most `most`. */
static size_t choose(struct ordering *o, double most)
{
    for (;;) {
        while (o->left > 0 && is_placed(&o->entries[o->left - 1]))
            o->left--;
        const bool waiting = o->postponed_count > 0;
        if (waiting && (o->left == 0 || o->entries[o->postponed[0]].cost <= most))
            return take_postponed(o);
        if (o->entries[o->left - 1].cost <= most)
            return --o->left;
        if (o->least[o->left - 1] > most) {
            const size_t cheapest = find_cheapest(o);
            return waiting && is_cheaper(o, o->postponed[0], (uint32_t)cheapest) ? take_postponed(o)
                                                                                 : cheapest;
        }
        postpone(o, --o->left);
    }
}

/* Sorts by rounds, and finds the costliest run and the least costs. Returns the work of all. */
static double survey(rs_queue *queue, struct ordering *o)
{
    double work = 0;
    float most = -1, least = INFINITY;
    qsort(o->entries, queue->count, sizeof *o->entries, by_round);
    for (size_t i = 0; i < queue->count; i++) {
        const float cost = o->entries[i].cost;
        work += cost;
        if (cost > most)
            queue->costliest = o->entries[i].row;
        most = fmaxf(most, cost);
        least = fminf(least, cost);
        o->least[i] = least;
    }
    return work;
}

/* Fills queue->rows. */
static void put_in_order(rs_queue *queue, struct ordering *o, unsigned threads)
{
    const double work = survey(queue, o);
    double behind = 0;
    for (size_t place = queue->count; place-- > 0;) {
        const double most =
            threads > 1 ? (SLACK * work + behind) / (double)(threads - 1) : INFINITY;
        struct pending_run *next = &o->entries[choose(o, most)];
        queue->rows[place] = next->row;
        behind += next->cost;
        next->row = UINT32_MAX;
    }
}

/* Runs of a group where `count` runs are shared out to threads: all groups take about as long,
 * whatever their number of runs. */
static size_t group_size(size_t count, unsigned threads)
{
    const size_t full = (size_t)threads * RS_GROUP_RUNS_MOST;
    const size_t rounds = (count + full - 1) / full;
    const size_t groups = rounds * threads;
    return count == 0 ? 1 : (count + groups - 1) / groups;
}

rs_status rs_queue_create(rs_queue *queue, const rs_store_runs *runs, const rs_store *store,
                          const rs_stage *stage, unsigned threads, rs_tally *tally, rs_error *error)
{
    struct ordering o = {0};
    uint32_t *rows = NULL;
    rs_status status;
    if ((status = rs_allocate((void **)&o.entries, runs->count, sizeof *o.entries, error)) != RS_OK)
        return status;
    size_t grouped = 0;
    *queue = (rs_queue){.runs = runs, .stage = stage};
    const size_t count = o.left = collect_pending(queue, store, o.entries, tally, &grouped);
    if ((status = rs_allocate((void **)&o.least, count, sizeof *o.least, error)) == RS_OK &&
        (status = rs_allocate((void **)&o.postponed, count, sizeof *o.postponed, error)) == RS_OK &&
        (status = rs_allocate((void **)&rows, count, sizeof *rows, error)) == RS_OK) {
        queue->rows = rows;
        queue->count = count;
        queue->group = group_size(grouped, threads);
        queue->work_left = tally->work - tally->work_finished;
        put_in_order(queue, &o, threads);
    }
    free(o.postponed);
    free(o.least);
    free(o.entries);
    return status;
}

void rs_queue_free(rs_queue *queue)
{
    free(queue->rows);
    *queue = (rs_queue){0};
}

double rs_queue_cost(const rs_queue *queue, size_t row, const rs_run_config *config)
{
    return rs_cost_predict(config) * share_of(queue, row, config);
}

double rs_queue_cost_of_group(const rs_queue *queue, size_t row, const rs_run_config *config)
{
    return rs_queue_cost(queue, row, config) * rs_trainer_group_most(config);
}

static rs_run_config config_at(const rs_queue *queue, size_t place)
{
    rs_run_config config;
    uint32_t run;
    queue->runs->row(queue->runs->context, queue->rows[place], &run, &config);
    return config;
}

static void pass_over(rs_queue *queue, double largest)
{
    while (queue->next < queue->count) {
        const rs_run_config config = config_at(queue, queue->next);
        const size_t row = queue->rows[queue->next];
        if (rs_queue_cost_of_group(queue, row, &config) <= largest)
            return;
        queue->work_left -= rs_queue_cost(queue, row, &config);
        queue->next++;
    }
}

/* Runs from queue->next on that are trained side by side; 1: none. */
static size_t take_group(const rs_queue *queue, double *work)
{
    const rs_run_config first = config_at(queue, queue->next);
    const size_t most = rs_trainer_group_most(&first);
    size_t count = 1;
    *work = rs_queue_cost(queue, queue->rows[queue->next], &first);
    while (count < queue->group && count < most && queue->next + count < queue->count) {
        const rs_run_config config = config_at(queue, queue->next + count);
        if (!rs_trainer_group_fits(&first, &config))
            break;
        *work += rs_queue_cost(queue, queue->rows[queue->next + count], &config);
        count++;
    }
    return count;
}

/* Runs from queue->next on that are trained one after the other. */
static size_t take_chunk(const rs_queue *queue, unsigned threads, double largest, double *work)
{
    const double share = queue->work_left / ((double)threads * SHARES_PER_THREAD);
    size_t count = 0;
    *work = 0;
    while (count < CHUNK_MAX && queue->next + count < queue->count) {
        const rs_run_config config = config_at(queue, queue->next + count);
        const double cost = rs_queue_cost(queue, queue->rows[queue->next + count], &config);
        if (count > 0 &&
            (*work + cost > share || cost > largest || rs_trainer_group_most(&config) > 1))
            break;
        *work += cost;
        count++;
    }
    return count;
}

size_t rs_queue_take(rs_queue *queue, unsigned threads, double largest, const uint32_t **rows)
{
    double work;
    pass_over(queue, largest);
    *rows = queue->rows + queue->next;
    if (queue->next == queue->count)
        return 0;
    const rs_run_config first = config_at(queue, queue->next);
    const size_t count = rs_trainer_group_most(&first) > 1
                             ? take_group(queue, &work)
                             : take_chunk(queue, threads, largest, &work);
    queue->next += count;
    queue->work_left -= work;
    return count;
}
