/* Tests at other lengths than the trained ones, and on further sets of data files. */
#include <math.h>

#include "memory.h"
#include "numbers.h"
#include "task.h"
#include "task_shape.h"
#include "trainer.h"

void rs_trainer_set_test_lengths(rs_trainer *trainer, size_t count, const uint32_t *lengths)
{
    trainer->length_count = count;
    trainer->lengths = lengths;
}

/* The sets of the run's file; a built-in task has none. */
static size_t count_sets(const rs_trainer *t, size_t *first)
{
    return rs_data_further_sets(rs_trainer_is_drawn(t) ? NULL : t->data, first);
}

static size_t count_tests(const rs_trainer *t)
{
    size_t first;
    return t->length_count + count_sets(t, &first);
}

/* ---- Memory ---------------------------------------------------------------------------------- */

/* A configuration that draws a few of the test sequences at a time. */
static bool some_of(const rs_run_config *config, uint32_t steps, rs_run_config *some)
{
    if (!rs_run_config_at_length(config, steps, some))
        return false;
    if (some->test_samples > RS_TESTED_LONG_AT_ONCE)
        some->test_samples = RS_TESTED_LONG_AT_ONCE;
    return true;
}

static rs_status reserve_length(rs_trainer *t, const rs_run_config *config, uint32_t steps,
                                rs_error *error)
{
    rs_run_config some;
    rs_status status;
    if (!some_of(config, steps, &some))
        return RS_OK;
    if (t->data == NULL)
        status = rs_sequences_reserve(&t->longer_pairs, some.test_samples, steps, error);
    else
        status = rs_drawn_reserve(&t->longer, &some, error);
    return status != RS_OK ? status
                           : rs_trainer_reserve_batches(t, config, some.test_samples, steps, error);
}

rs_status rs_trainer_reserve_further_results(rs_trainer *t, rs_error *error)
{
    void *further = t->further;
    rs_status status = rs_grow(&further, &t->further_room, RS_FURTHER_TOTAL * count_tests(t),
                               sizeof(double), error);
    t->further = further;
    return status;
}

rs_status rs_trainer_reserve_further(rs_trainer *t, const rs_run_config *config, rs_error *error)
{
    size_t first;
    const size_t sets = count_sets(t, &first);
    rs_status status = rs_trainer_reserve_further_results(t, error);
    for (size_t i = 0; status == RS_OK && i < t->length_count; i++)
        status = reserve_length(t, config, t->lengths[i], error);
    for (size_t i = 0; status == RS_OK && i < sets; i++)
        status = rs_trainer_reserve_batches(t, config, RS_TESTED_LONG_AT_ONCE,
                                            t->data->sets[first + i].steps, error);
    return status;
}

static size_t larger(size_t a, size_t b)
{
    return a > b ? a : b;
}

static void add_test(rs_batch_need *need, const rs_isa *isa, const rs_run_config *config,
                     uint32_t samples, uint32_t steps)
{
    const rs_batch_need one = rs_trainer_test_need(isa, config, samples, steps);
    need->scratch = larger(need->scratch, one.scratch);
    need->assembly = larger(need->assembly, one.assembly);
}

/* Of tests: what they are read with beyond what the run needs, and their sequences. */
static size_t tests_need(const rs_isa *isa, const rs_run_config *config, size_t length_count,
                         const uint32_t *lengths, const rs_data *data)
{
    const rs_batch_need own = rs_trainer_run_need(isa, config);
    rs_batch_need need = own;
    size_t first, sequences = 0;
    const size_t sets = rs_data_further_sets(data, &first);
    for (size_t i = 0; i < length_count; i++) {
        rs_run_config some;
        if (!some_of(config, lengths[i], &some))
            continue;
        add_test(&need, isa, config, some.test_samples, lengths[i]);
        sequences = larger(sequences, config->task == RS_TASK_ADDITION
                                          ? rs_sequences_need(some.test_samples, lengths[i])
                                          : rs_drawn_need(&some));
    }
    for (size_t i = 0; i < sets; i++)
        add_test(&need, isa, config, RS_TESTED_LONG_AT_ONCE, data->sets[first + i].steps);
    return sequences + need.scratch - own.scratch + need.assembly - own.assembly;
}

size_t rs_trainer_need_extras(const rs_isa *isa, const rs_run_config *config, size_t count,
                              const rs_trainer_extras *extras)
{
    size_t first;
    const rs_data *data = rs_task_data(config->task);
    const size_t tests = extras->length_count + rs_data_further_sets(data, &first);
    const size_t kept = rs_checkpoints_total(extras->checkpoints, rs_run_config_updates(config));
    const size_t rungs = extras->rungs != NULL ? extras->rungs->count : 0;
    const size_t results = RS_FURTHER_TOTAL * tests + RS_RUNG_TOTAL * rungs +
                           kept * (1 + rs_run_config_network(config).count);
    const size_t lanes = rs_trainer_group_most(config) > 1 ? count : 1;
    return lanes * results * sizeof(double) +
           tests_need(isa, config, extras->length_count, extras->lengths, data);
}

/* ---- Tests ----------------------------------------------------------------------------------- */

static rs_held_out sum_up(const rs_run_config *config, const rs_score *score, uint32_t samples)
{
    return (rs_held_out){.accuracy = (double)score->sums / samples,
                         .loss = rs_rounded_loss(config, score->loss / score->weight)};
}

/* Some pairs; the loss of addition is no part of its score. */
static void test_pairs(rs_trainer *t, const rs_run_config *at, uint32_t count, rs_random *random,
                       rs_score *score)
{
    rs_sequences_draw(&t->longer_pairs, count, at->sequence_length, random);
    const rs_minibatch batch = rs_sequences_minibatch(&t->longer_pairs, 0, count);
    rs_trainer_score(t, at, &batch, score);
    score->loss += count * rs_isa_kernel(t->isa, at->precision)
                               ->loss(t->scratch, &t->network, t->block[RS_BLOCK_THETA], &batch);
    score->weight += count;
}

static void test_drawn(rs_trainer *t, const rs_run_config *at, uint32_t count, rs_random *random,
                       rs_score *score)
{
    rs_drawn_begin(&t->longer, at, RS_DRAWN_TEST, count);
    rs_drawn_fill_length(&t->longer, at, RS_DRAWN_TEST, count, at->sequence_length, random);
    rs_trainer_score_set(t, at, &t->longer.data, &t->longer.sets[RS_DRAWN_TEST], count, count,
                         score);
}

/* Sequences are drawn, tested and forgotten, some at a time. */
static rs_held_out test_length(rs_trainer *t, const rs_run_config *config, uint32_t steps)
{
    const uint32_t key[] = {rs_drawn_seed(config), 2, steps};
    rs_score score = {.bits = 0};
    rs_random random;
    rs_run_config at;
    if (!rs_run_config_at_length(config, steps, &at))
        return (rs_held_out){.accuracy = NAN, .loss = NAN};
    rs_random_seed_words(&random, key, 3);
    for (uint32_t first = 0, count; first < at.test_samples; first += count) {
        const uint32_t left = at.test_samples - first;
        count = left < RS_TESTED_LONG_AT_ONCE ? left : RS_TESTED_LONG_AT_ONCE;
        if (t->data == NULL)
            test_pairs(t, &at, count, &random, &score);
        else
            test_drawn(t, &at, count, &random, &score);
    }
    return sum_up(config, &score, at.test_samples);
}

static void lead_to_results(rs_trainer *t, rs_run_result *result)
{
    size_t first;
    const size_t tests = count_tests(t);
    result->length_count = t->length_count;
    result->set_count = count_sets(t, &first);
    result->length_accuracy = rs_numbers_from(t->further, RS_FURTHER_ACCURACY * tests);
    result->length_loss = rs_numbers_from(t->further, RS_FURTHER_LOSS * tests);
    result->set_accuracy =
        rs_numbers_from(t->further, RS_FURTHER_ACCURACY * tests + t->length_count);
    result->set_loss = rs_numbers_from(t->further, RS_FURTHER_LOSS * tests + t->length_count);
}

void rs_trainer_leave_further(rs_trainer *t, rs_run_result *result)
{
    for (size_t i = 0; i < RS_FURTHER_TOTAL * count_tests(t); i++)
        t->further[i] = NAN;
    lead_to_results(t, result);
}

void rs_trainer_run_further(rs_trainer *t, const rs_run_config *config, rs_run_result *result)
{
    size_t first;
    const size_t tests = count_tests(t);
    count_sets(t, &first);
    for (size_t i = 0; i < tests; i++) {
        rs_held_out outcome;
        if (i < t->length_count)
            outcome = test_length(t, config, t->lengths[i]);
        else {
            const rs_data_set *set = &t->data->sets[first + i - t->length_count];
            rs_score score = {.bits = 0};
            rs_trainer_score_set(t, config, t->data, set, set->sequences, RS_TESTED_LONG_AT_ONCE,
                                 &score);
            outcome = sum_up(config, &score, set->sequences);
        }
        t->further[RS_FURTHER_ACCURACY * tests + i] = outcome.accuracy;
        t->further[RS_FURTHER_LOSS * tests + i] = outcome.loss;
    }
    lead_to_results(t, result);
}

rs_status rs_trainer_test_further(rs_trainer *t, const rs_run_config *config, const double *weights,
                                  rs_run_result *result, rs_error *error)
{
    rs_status status = rs_run_config_check(config, error);
    if (status == RS_OK)
        status = rs_trainer_reserve(t, config, error);
    if (status != RS_OK)
        return status;
    t->network = rs_run_config_network(config);
    rs_numbers_narrow(t->block[RS_BLOCK_THETA], weights, t->network.count, config->precision);
    rs_trainer_run_further(t, config, result);
    return RS_OK;
}
