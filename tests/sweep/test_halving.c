/* Which configurations go on: small cases by hand, and random ones against the rule written
 * naively. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "halving.h"

enum { CONFIGURATIONS_MOST = 12, SEEDS_MOST = 5, RUNGS_MOST = 3 };

struct sweep {
    size_t configurations, seeds, rungs;
    uint32_t at[RUNGS_MOST];
    double keep[RUNGS_MOST];
    uint32_t configuration[CONFIGURATIONS_MOST * SEEDS_MOST];
    uint32_t seed[CONFIGURATIONS_MOST * SEEDS_MOST];
    double value[CONFIGURATIONS_MOST * SEEDS_MOST * RUNGS_MOST];
    double loss[CONFIGURATIONS_MOST * SEEDS_MOST * RUNGS_MOST];
    rs_halving_statistic statistic;
    bool maximize, accuracy;
};

static void decide(const struct sweep *s, rs_halving_decision *decision)
{
    const rs_halving halving = {
        .rungs = {.count = s->rungs, .at = s->at}, .keep = s->keep, .statistic = s->statistic};
    const rs_halving_runs runs = {.count = s->configurations * s->seeds,
                                  .configurations = s->configurations,
                                  .configuration = s->configuration,
                                  .seed = s->seed,
                                  .value = s->value,
                                  .loss = s->loss,
                                  .maximize = s->maximize,
                                  .accuracy = s->accuracy};
    rs_error error;
    assert_int_equal(rs_halving_decide(decision, &halving, &runs, &error), RS_OK);
}

/* One rung, one value for each run: [configurations][seeds]. */
static struct sweep one_rung(size_t configurations, size_t seeds, const double *values, double keep)
{
    struct sweep s = {.configurations = configurations, .seeds = seeds, .rungs = 1, .keep = {keep}};
    for (size_t i = 0; i < configurations * seeds; i++) {
        s.configuration[i] = (uint32_t)(i / seeds);
        s.seed[i] = (uint32_t)(i % seeds);
        s.value[i] = values[i];
    }
    return s;
}

static void expect(const struct sweep *s, const size_t *last, size_t open)
{
    rs_halving_decision decision;
    decide(s, &decision);
    assert_int_equal(decision.open, open);
    for (size_t i = 0; i < s->configurations; i++)
        assert_int_equal(decision.last[i], last[i]);
    free(decision.last);
}

static void share_that_goes_on(void **state)
{
    (void)state;
    const double keep[] = {0.1, 1. / 3, 0.5};
    const rs_halving halving = {.keep = keep, .rungs = {.count = 3}};
    assert_int_equal(rs_halving_kept(&halving, 0, 30), 3);
    assert_int_equal(rs_halving_kept(&halving, 0, 31), 4);
    assert_int_equal(rs_halving_kept(&halving, 0, 1), 1);
    assert_int_equal(rs_halving_kept(&halving, 1, 9), 3);
    assert_int_equal(rs_halving_kept(&halving, 1, 10), 4);
    assert_int_equal(rs_halving_kept(&halving, 2, 5), 3);
}

static void best_by_each_statistic(void **state)
{
    (void)state;
    /* Losses. By the mean 1 is best, by the median 0, by the mean rank 2. */
    const double values[] = {1, 1, 100, 2, 2, 2, 0.5, 50, 1.5};
    const rs_halving_statistic statistics[] = {RS_HALVING_mean, RS_HALVING_median, RS_HALVING_score,
                                               RS_HALVING_mean_rank};
    const size_t last[][3] = {{0, 1, 0}, {1, 0, 0}, {1, 0, 0}, {0, 0, 1}};
    struct sweep s = one_rung(3, 3, values, 0.1);
    for (size_t i = 0; i < 4; i++) {
        s.statistic = statistics[i];
        expect(&s, last[i], 1);
    }
    /* As accuracies, which are summed up by their mean. */
    s.accuracy = s.maximize = true;
    s.statistic = RS_HALVING_score;
    expect(&s, (const size_t[]){1, 0, 0}, 1);
}

static void equals_by_their_number(void **state)
{
    (void)state;
    const double values[] = {0.3, 0.1, 0.2, 0.2, 0.1, 0.3}; /* the same mean on paper */
    struct sweep s = one_rung(3, 2, values, 0.5);
    s.maximize = s.accuracy = true;
    expect(&s, (const size_t[]){1, 1, 0}, 1);
}

static void equals_by_their_median_loss(void **state)
{
    (void)state;
    const double values[] = {0, 0, 0, 0, 0, 0, 0, 0, 0.5};
    const double losses[] = {1, 9, 2, 0.1, 3, 4, 1, 1.5, 9};
    struct sweep s = one_rung(3, 3, values, 0.5);
    s.maximize = s.accuracy = true;
    memcpy(s.loss, losses, sizeof losses);
    expect(&s, (const size_t[]){1, 0, 1}, 1);
    s.loss[0] = INFINITY;
    s.loss[2] = INFINITY;
    expect(&s, (const size_t[]){0, 1, 1}, 1);
}

static void diverged_runs_are_worst(void **state)
{
    (void)state;
    const double values[] = {1, INFINITY, 3, 4, INFINITY, INFINITY};
    struct sweep s = one_rung(3, 2, values, 0.3);
    s.statistic = RS_HALVING_mean;
    expect(&s, (const size_t[]){0, 1, 0}, 1);
    s.keep[0] = 0.5;
    expect(&s, (const size_t[]){1, 1, 0}, 1);
}

static void waits_for_all_values(void **state)
{
    (void)state;
    const double values[] = {1, 2, 3, NAN};
    struct sweep s = one_rung(2, 2, values, 0.5);
    expect(&s, (const size_t[]){0, 0}, 0);
}

/* ---- Random sweeps --------------------------------------------------------------------------- */

static uint32_t draw(uint32_t *state, uint32_t below)
{
    *state = *state * 1664525 + 1013904223;
    return (*state >> 8) % below;
}

static double value_of(const struct sweep *s, size_t configuration, size_t seed, size_t rung)
{
    for (size_t i = 0; i < s->configurations * s->seeds; i++)
        if (s->configuration[i] == configuration && s->seed[i] == seed)
            return s->value[i * s->rungs + rung] * (s->maximize ? 1 : -1);
    fail();
    return NAN;
}

static void put_in_order(double *values, size_t count)
{
    for (size_t i = 0; i < count; i++)
        for (size_t j = i + 1; j < count; j++)
            if (values[j] > values[i]) {
                const double kept = values[i];
                values[i] = values[j];
                values[j] = kept;
            }
}

static double naive_median(double *values, size_t count)
{
    put_in_order(values, count);
    return count % 2 == 1 ? values[count / 2] : (values[count / 2 - 1] + values[count / 2]) / 2;
}

static double naive_loss(const struct sweep *s, size_t configuration, size_t rung)
{
    double values[SEEDS_MOST];
    size_t count = 0;
    for (size_t i = 0; i < s->configurations * s->seeds; i++)
        if (s->configuration[i] == configuration)
            values[count++] = s->loss[i * s->rungs + rung];
    return naive_median(values, count);
}

static double naive_score(const struct sweep *s, const size_t *last, size_t configuration,
                          size_t rung)
{
    double values[SEEDS_MOST], sum = 0;
    for (size_t k = 0; k < s->seeds; k++) {
        values[k] = value_of(s, configuration, k, rung);
        if (s->statistic == RS_HALVING_mean_rank) {
            double better = 0, others = 0;
            for (size_t c = 0; c < s->configurations; c++) {
                if (last[c] < s->rungs || c == configuration)
                    continue;
                const double other = value_of(s, c, k, rung);
                others++;
                better += other > values[k] ? 1 : other == values[k] ? 0.5 : 0;
            }
            values[k] = others > 0 ? 1 - better / others : 1;
        }
        sum += values[k];
    }
    if (s->statistic != RS_HALVING_median && (s->statistic != RS_HALVING_score || s->accuracy))
        return sum / (double)s->seeds;
    return naive_median(values, s->seeds);
}

/* Configuration a goes on before b. Values are small whole numbers, so that means may differ by
 * rounding only. */
static bool precedes(const struct sweep *s, const double *scores, size_t rung, size_t first,
                     size_t second)
{
    const double one = naive_loss(s, first, rung), other = naive_loss(s, second, rung);
    if (fabs(scores[first] - scores[second]) > 1e-9)
        return scores[first] > scores[second];
    return one < other || (one == other && first < second);
}

static size_t naive(const struct sweep *s, size_t *last)
{
    for (size_t c = 0; c < s->configurations; c++)
        last[c] = s->rungs;
    for (size_t rung = 0; rung < s->rungs; rung++) {
        double score[CONFIGURATIONS_MOST];
        size_t alive = 0, next[CONFIGURATIONS_MOST];
        for (size_t c = 0; c < s->configurations; c++)
            for (size_t k = 0; k < s->seeds; k++)
                if (last[c] == s->rungs && isnan(value_of(s, c, k, rung))) {
                    for (size_t all = 0; all < s->configurations; all++)
                        last[all] = last[all] == s->rungs ? rung : last[all];
                    return rung;
                }
        for (size_t c = 0; c < s->configurations; c++) {
            alive += last[c] == s->rungs;
            score[c] = last[c] == s->rungs ? naive_score(s, last, c, rung) : 0;
        }
        memcpy(next, last, sizeof next);
        for (size_t c = 0; c < s->configurations; c++) {
            size_t ahead = 0;
            if (last[c] < s->rungs)
                continue;
            for (size_t d = 0; d < s->configurations; d++)
                ahead += d != c && last[d] == s->rungs && precedes(s, score, rung, d, c);
            if (ahead >= ceil(s->keep[rung] * (double)alive))
                next[c] = rung;
        }
        memcpy(last, next, sizeof next);
    }
    return s->rungs;
}

static struct sweep draw_sweep(uint32_t *state)
{
    struct sweep s = {.configurations = 1 + draw(state, CONFIGURATIONS_MOST),
                      .seeds = 1 + draw(state, SEEDS_MOST),
                      .rungs = 1 + draw(state, RUNGS_MOST),
                      .statistic = draw(state, 4),
                      .maximize = draw(state, 2),
                      .accuracy = draw(state, 2)};
    const size_t runs = s.configurations * s.seeds;
    for (size_t i = 0; i < s.rungs; i++)
        s.keep[i] = (1 + draw(state, 7)) / 8.;
    for (size_t i = 0; i < runs; i++) {
        s.configuration[i] = (uint32_t)(i / s.seeds);
        s.seed[i] = (uint32_t)(i % s.seeds);
        for (size_t k = 0; k < s.rungs; k++)
            s.value[i * s.rungs + k] = draw(state, 4), s.loss[i * s.rungs + k] = draw(state, 3);
    }
    if (draw(state, 4) == 0)
        s.value[draw(state, (uint32_t)(runs * s.rungs))] = NAN;
    if (draw(state, 4) == 0)
        s.value[draw(state, (uint32_t)(runs * s.rungs))] = s.maximize ? -INFINITY : INFINITY;
    return s;
}

/* The same runs in another order. */
static void shuffle(struct sweep *s, uint32_t *state)
{
    for (size_t i = s->configurations * s->seeds; i > 1; i--) {
        const size_t a = i - 1, b = draw(state, (uint32_t)i);
        const struct sweep old = *s;
        s->configuration[a] = old.configuration[b];
        s->configuration[b] = old.configuration[a];
        s->seed[a] = old.seed[b];
        s->seed[b] = old.seed[a];
        for (size_t k = 0; k < s->rungs; k++) {
            s->value[a * s->rungs + k] = old.value[b * s->rungs + k];
            s->value[b * s->rungs + k] = old.value[a * s->rungs + k];
            s->loss[a * s->rungs + k] = old.loss[b * s->rungs + k];
            s->loss[b * s->rungs + k] = old.loss[a * s->rungs + k];
        }
    }
}

static void as_the_naive_rule(void **state)
{
    (void)state;
    uint32_t random = 1;
    for (int trial = 0; trial < 5000; trial++) {
        size_t last[CONFIGURATIONS_MOST];
        struct sweep s = draw_sweep(&random);
        const size_t open = naive(&s, last);
        expect(&s, last, open);
        shuffle(&s, &random);
        expect(&s, last, open);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(share_that_goes_on),      cmocka_unit_test(best_by_each_statistic),
        cmocka_unit_test(equals_by_their_number),  cmocka_unit_test(equals_by_their_median_loss),
        cmocka_unit_test(diverged_runs_are_worst), cmocka_unit_test(waits_for_all_values),
        cmocka_unit_test(as_the_naive_rule),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
