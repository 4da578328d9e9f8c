#include "halving.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "memory.h"

#define NAME(name) #name,
const char *const rs_halving_statistic_names[] = {RS_HALVING_STATISTIC_LIST(NAME) NULL};
#undef NAME

/* A product such as 0.1 * 30, which lies above 3 by its rounding alone, is not rounded up. */
size_t rs_halving_kept(const rs_halving *halving, size_t rung, size_t count)
{
    return (size_t)ceil(halving->keep[rung] * (double)count * (1 - 1e-12));
}

/* One run at a rung. */
struct entry {
    uint32_t configuration, seed;
    double value; /* the larger the better */
    double loss;
};

/* One configuration at a rung. */
struct contestant {
    uint32_t configuration;
    double score; /* the larger the better */
    double loss;
};

static int compare_numbers(double a, double b)
{
    return (a > b) - (a < b);
}

/* Runs of one configuration from the best to the worst. */
static int by_configuration(const void *a, const void *b)
{
    const struct entry *x = a, *y = b;
    if (x->configuration != y->configuration)
        return x->configuration < y->configuration ? -1 : 1;
    return compare_numbers(y->value, x->value);
}

/* Runs of one configuration by their losses. */
static int by_loss(const void *a, const void *b)
{
    const struct entry *x = a, *y = b;
    return compare_numbers(x->loss, y->loss);
}

/* Runs of one seed from the best to the worst. */
static int by_seed(const void *a, const void *b)
{
    const struct entry *x = a, *y = b;
    if (x->seed != y->seed)
        return x->seed < y->seed ? -1 : 1;
    return compare_numbers(y->value, x->value);
}

static int by_score(const void *a, const void *b)
{
    const struct contestant *x = a, *y = b;
    if (x->score < y->score || x->score > y->score)
        return x->score > y->score ? -1 : 1;
    if (x->loss < y->loss || x->loss > y->loss)
        return x->loss < y->loss ? -1 : 1;
    return (x->configuration > y->configuration) - (x->configuration < y->configuration);
}

/* Replaces the values of entries[0 .. count-1], of one seed and ordered, by the share of the others
 * that are not as good; equals share theirs. */
static void rank_seed(struct entry *entries, size_t count)
{
    for (size_t first = 0, end; first < count; first = end) {
        for (end = first + 1; end < count && entries[end].value == entries[first].value; end++)
            continue;
        const double better = (double)first + (double)(end - first - 1) / 2;
        for (size_t i = first; i < end; i++)
            entries[i].value = count > 1 ? 1 - better / (double)(count - 1) : 1;
    }
}

static void rank_within_seeds(struct entry *entries, size_t count)
{
    qsort(entries, count, sizeof *entries, by_seed);
    for (size_t first = 0, end; first < count; first = end) {
        for (end = first + 1; end < count && entries[end].seed == entries[first].seed; end++)
            continue;
        rank_seed(entries + first, end - first);
    }
}

/* Of entries[0 .. count-1], which it orders by their losses. */
static double median_loss(struct entry *entries, size_t count)
{
    qsort(entries, count, sizeof *entries, by_loss);
    return count % 2 == 1 ? entries[count / 2].loss
                          : (entries[count / 2 - 1].loss + entries[count / 2].loss) / 2;
}

/* Of entries[0 .. count-1], ordered by their values. Means that are equal on paper are equal. */
static double score_of(const struct entry *entries, size_t count, bool median)
{
    double sum = 0;
    if (median)
        return count % 2 == 1 ? entries[count / 2].value
                              : (entries[count / 2 - 1].value + entries[count / 2].value) / 2;
    for (size_t i = 0; i < count; i++)
        sum += entries[i].value;
    const double mean = sum / (double)count;
    return isfinite(mean) && fabs(mean) < 1e3 ? rint(mean * 1e12) * 1e-12 : mean;
}

static bool takes_median(const rs_halving *halving, const rs_halving_runs *runs)
{
    return halving->statistic == RS_HALVING_median ||
           (halving->statistic == RS_HALVING_score && !runs->accuracy);
}

/* Memory of a decision. */
struct table {
    const rs_halving *halving;
    const rs_halving_runs *runs;
    size_t *last;                   /* [configurations] */
    struct entry *entries;          /* [runs] */
    struct contestant *contestants; /* [configurations] */
};

/* Entries of the runs whose configurations are at a rung; SIZE_MAX when some has no value yet. */
static size_t gather(struct table *t, size_t rung)
{
    const rs_halving_runs *runs = t->runs;
    const size_t rungs = t->halving->rungs.count;
    size_t count = 0;
    for (size_t i = 0; i < runs->count; i++) {
        const double value = runs->value[i * rungs + rung];
        if (t->last[runs->configuration[i]] < rungs)
            continue;
        if (isnan(value))
            return SIZE_MAX;
        t->entries[count++] = (struct entry){.configuration = runs->configuration[i],
                                             .seed = runs->seed[i],
                                             .value = runs->maximize ? value : -value,
                                             .loss = runs->loss[i * rungs + rung]};
    }
    return count;
}

/* The contestants of `count` entries, best first. */
static size_t rank(struct table *t, size_t count)
{
    size_t contestants = 0;
    if (t->halving->statistic == RS_HALVING_mean_rank)
        rank_within_seeds(t->entries, count);
    qsort(t->entries, count, sizeof *t->entries, by_configuration);
    for (size_t first = 0, end; first < count; first = end) {
        const uint32_t configuration = t->entries[first].configuration;
        for (end = first + 1; end < count && t->entries[end].configuration == configuration; end++)
            continue;
        struct contestant *contestant = &t->contestants[contestants++];
        contestant->configuration = configuration;
        contestant->score =
            score_of(t->entries + first, end - first, takes_median(t->halving, t->runs));
        contestant->loss = median_loss(t->entries + first, end - first);
    }
    qsort(t->contestants, contestants, sizeof *t->contestants, by_score);
    return contestants;
}

/* All configurations that are still on wait at `rung`. */
static void wait_at(struct table *t, size_t rung)
{
    for (size_t i = 0; i < t->runs->configurations; i++)
        if (t->last[i] == t->halving->rungs.count)
            t->last[i] = rung;
}

/* Returns the open rung. */
static size_t climb(struct table *t)
{
    const size_t rungs = t->halving->rungs.count;
    for (size_t i = 0; i < t->runs->configurations; i++)
        t->last[i] = rungs;
    for (size_t rung = 0; rung < rungs; rung++) {
        const size_t count = gather(t, rung);
        if (count == SIZE_MAX) {
            wait_at(t, rung);
            return rung;
        }
        const size_t contestants = rank(t, count);
        for (size_t i = rs_halving_kept(t->halving, rung, contestants); i < contestants; i++)
            t->last[t->contestants[i].configuration] = rung;
    }
    return rungs;
}

rs_status rs_halving_decide(rs_halving_decision *decision, const rs_halving *halving,
                            const rs_halving_runs *runs, rs_error *error)
{
    struct table table = {.halving = halving, .runs = runs};
    rs_status status;
    if ((status = rs_allocate((void **)&table.last, runs->configurations, sizeof *table.last,
                              error)) == RS_OK &&
        (status = rs_allocate((void **)&table.entries, runs->count, sizeof *table.entries,
                              error)) == RS_OK &&
        (status = rs_allocate((void **)&table.contestants, runs->configurations,
                              sizeof *table.contestants, error)) == RS_OK) {
        *decision = (rs_halving_decision){.open = climb(&table), .last = table.last};
        table.last = NULL;
    }
    free(table.contestants);
    free(table.entries);
    free(table.last);
    return status;
}
