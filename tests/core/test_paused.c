/* Runs that stop at rungs and go on: the numbers of one that was trained without a stop, to the
 * bit, on whatever trainer, in whatever company and however often. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "random_runs.h"

enum { RUNS = RS_GROUP_RUNS_MOST, RUNGS_MOST = 4, TRAINERS = 3 };

/* ---- Allocations, counted and made to fail (the linker wraps aligned_alloc) ------------------ */

static long allocations;
static bool fails;
void *__wrap_aligned_alloc(size_t alignment, size_t bytes);
void *__real_aligned_alloc(size_t alignment, size_t bytes);

void *__wrap_aligned_alloc(size_t alignment, size_t bytes)
{
    allocations++;
    return fails ? NULL : __real_aligned_alloc(alignment, bytes);
}

/* ---- Runs that fit each other ------------------------------------------------------------------
 */

typedef struct family {
    size_t count; /* 1: trained alone */
    rs_run_config config[RUNS];
    uint32_t at[RUNGS_MOST], kept[3];
    rs_rungs rungs;
    rs_checkpoints checkpoints;
    size_t length_count;
    uint32_t lengths[2];
    record whole[RUNS];
    uint64_t per_epoch[RUNS]; /* updates: with a part of each length, not those of another seed */
} family;

static void set_up(const family *f, rs_trainer *trainer)
{
    rs_trainer_set_rungs(trainer, &f->rungs);
    rs_trainer_set_checkpoints(trainer, &f->checkpoints);
    rs_trainer_set_test_lengths(trainer, f->length_count, f->lengths);
}

/* By a run of one epoch that nothing stops. */
static uint64_t updates_per_epoch(rs_trainer *trainer, const rs_run_config *config)
{
    rs_run_config one = *config;
    one.epochs = 1;
    one.learning_rate = 1e-6;
    one.stop_loss = one.stop_accuracy = -1;
    one.patience = -1;
    one.gradient_check = 0;
    return (uint64_t)run_alone(trainer, &one).updates;
}

static void choose_rungs(family *f, rs_random *random)
{
    uint32_t last = 0;
    f->rungs = (rs_rungs){
        .in_epochs = chance(random, 2), .count = 1 + below(random, RUNGS_MOST), .at = f->at};
    const uint32_t span =
        f->rungs.in_epochs ? 1 : (uint32_t)f->per_epoch[0] * f->config[0].epochs / RUNGS_MOST + 1;
    for (size_t i = 0; i < f->rungs.count; i++)
        f->at[i] = last += 1 + below(random, span + 1);
    f->checkpoints =
        (rs_checkpoints){.kind = below(random, 4), .every = 7, .count = 3, .list = f->kept};
    for (uint32_t i = 0; i < 3; i++)
        f->kept[i] = i + below(random, 10) + (i > 0 ? f->kept[i - 1] : 0);
    f->length_count = chance(random, 3) ? 2 : 0;
    f->lengths[0] = 4;
    f->lengths[1] = 12;
}

/* False for forms that are none. */
static bool make_family(family *f, rs_random *random, rs_trainer *reference)
{
    const rs_run_config form = random_form(random);
    *f = (family){.count = rs_trainer_group_most(&form)};
    if (f->count == 1)
        f->count = 2;
    for (uint32_t i = 0; i < f->count; i++) {
        f->config[i] = form;
        random_own(&f->config[i], i, random);
        if (rs_run_config_check(&f->config[i], NULL) != RS_OK)
            return false;
    }
    rs_trainer_set_rungs(reference, NULL);
    rs_trainer_set_checkpoints(reference, NULL);
    rs_trainer_set_test_lengths(reference, 0, NULL);
    for (size_t i = 0; i < f->count; i++)
        f->per_epoch[i] = updates_per_epoch(reference, &f->config[i]);
    choose_rungs(f, random);
    set_up(f, reference);
    for (size_t i = 0; i < f->count; i++) {
        const rs_run_result result = run_alone(reference, &f->config[i]);
        f->whole[i] = record_keep(&result);
    }
    rs_trainer_set_rungs(reference, NULL);
    for (size_t i = 0; i < f->count; i++) {
        const rs_run_result plain = run_alone(reference, &f->config[i]);
        assert_int_equal(plain.rung_count, 0);
        assert_same_end(&plain, &f->whole[i].r);
    }
    return true;
}

static void free_family(family *f)
{
    for (size_t i = 0; i < f->count; i++)
        record_forget(&f->whole[i]);
}

static uint64_t update_of(const family *f, size_t i, size_t rung)
{
    return f->rungs.in_epochs ? f->at[rung] * f->per_epoch[i] : f->at[rung];
}

/* ---- Where runs should stop --------------------------------------------------------------------
 */

static struct {
    size_t paused, resumed, diverged_early, diverged_late, own_stop_later, own_stop_at, groups;
} seen;

/* Whether the run is still on its way after the update of a rung. */
static bool passes(const family *f, size_t i, size_t rung)
{
    const rs_run_result *whole = &f->whole[i].r;
    return rung < f->rungs.count && update_of(f, i, rung) < (uint64_t)whole->updates;
}

static void check_paused(const family *f, size_t i, size_t rung, const rs_run_result *part)
{
    const rs_run_result *whole = &f->whole[i].r;
    const int64_t update = (int64_t)update_of(f, i, rung);
    const size_t interval = f->config[i].loss_interval;
    assert_int_equal(part->outcome,
                     whole->outcome == RS_RUN_FAILED ? RS_RUN_FAILED : RS_RUN_STOPPED);
    assert_int_equal(part->stop_reason, RS_STOP_RUNG);
    assert_int_equal(part->updates, update);
    assert_int_equal(part->diverged_at, -1);
    assert_int_equal(part->rung_count, rung + 1);
    assert_beginning(part, whole);
    const rs_run_config *config = &f->config[i];
    const size_t between =
        config->check_interval > 0 ? (size_t)config->check_interval : (size_t)f->per_epoch[i];
    assert_int_equal(part->check_count,
                     config->validation_samples > 0 ? (size_t)update / between : 0);
    const size_t reached = 1 + (size_t)update / interval;
    assert_all_same(part->loss, whole->loss, reached, "loss curve");
    for (size_t k = reached; k < part->loss_count; k++)
        assert_true(isnan(part->loss[k]));
    for (size_t k = 0; k < whole->checkpoint_count; k++) {
        assert_int_equal(k < part->checkpoint_count, whole->checkpoint_update[k] <= (double)update);
        if (whole->checkpoint_update[k] == (double)update)
            assert_all_same(part->weights, whole->checkpoint_weights + k * whole->weight_count,
                            whole->weight_count, "weights at a rung");
    }
    assert_same(part->final_loss, part->rung_loss[rung], "final loss");
    assert_same(part->test_loss, part->rung_test_loss[rung], "test loss");
    assert_same(part->test_accuracy, part->rung_accuracy[rung], "test accuracy");
    assert_same(part->test_bit_accuracy, part->rung_bit_accuracy[rung], "test bit accuracy");
    if (interval == 1 && isfinite(part->final_loss))
        assert_same(part->final_loss, whole->loss[update], "loss after the rung's update");
}

static void check_ended(const family *f, size_t i, const rs_run_result *part)
{
    const rs_run_result *whole = &f->whole[i].r;
    assert_int_equal(part->rung_count, whole->rung_count);
    assert_int_equal(part->checkpoint_count, whole->checkpoint_count);
    assert_beginning(part, whole);
    assert_same_end(part, whole);
    const uint64_t first = update_of(f, i, 0);
    if (whole->outcome == RS_RUN_DIVERGED)
        *((uint64_t)whole->updates <= first ? &seen.diverged_early : &seen.diverged_late) += 1;
    if (whole->outcome == RS_RUN_DONE && whole->stop_reason != RS_STOP_END) {
        seen.own_stop_later += (uint64_t)whole->updates > first;
        for (size_t rung = 0; rung < f->rungs.count; rung++)
            seen.own_stop_at += (uint64_t)whole->updates == update_of(f, i, rung);
    }
}

static void describe(const rs_run_config *config)
{
    for (int i = 0; i < RS_PARAMETER_TOTAL; i++) {
        char text[RS_PARAMETER_TEXT];
        const double value = rs_parameter_get(&rs_parameters[i], config);
        rs_parameter_format(&rs_parameters[i], value, text);
        if (value != rs_parameters[i].fallback)
            print_message("%s=%s ", rs_parameters[i].name, text);
    }
    print_message("seed=%u\n", config->seed);
}

/* ---- Going from rung to rung -------------------------------------------------------------------
 */

typedef struct journey {
    rs_paused *paused[RUNS];
    size_t next[RUNS]; /* rungs that the state has passed */
    bool ended[RUNS];
} journey;

/* Some of the runs that have not ended, each to a rung of its choice: the next, one further on or
 * the one at which it is; now and then from the beginning. */
static void take_a_step(const family *f, journey *j, rs_trainer *trainer, rs_random *random)
{
    rs_run_config configs[RUNS];
    rs_run_result results[RUNS];
    rs_paused *paused[RUNS];
    size_t rungs[RUNS], who[RUNS], count = 0;
    uint32_t order[RUNS];
    rs_error error;
    const size_t most = rs_trainer_group_most(&f->config[0]);
    rs_random_permutation(random, (uint32_t)f->count, order);
    const size_t wanted = 1 + below(random, (uint32_t)most);
    for (size_t o = 0; o < f->count && count < wanted; o++) {
        const size_t i = order[o];
        if (j->ended[i])
            continue;
        if (chance(random, 12)) {
            rs_paused_free(j->paused[i]);
            j->paused[i] = NULL;
            j->next[i] = 0;
        }
        who[count] = i;
        configs[count] = f->config[i];
        paused[count] = j->paused[i];
        rungs[count] = j->next[i] + below(random, 3);
        if (rungs[count] > j->next[i] + 1)
            rungs[count] = j->next[i] > 0 && chance(random, 2) ? j->next[i] - 1 : j->next[i];
        seen.resumed += j->paused[i] != NULL;
        count++;
    }
    seen.groups += count > 1;
    if (count == 0)
        return;
    if (rs_trainer_run_to(trainer, count, configs, rungs, paused, results, &error) != RS_OK)
        fail_msg("%s", error.text);
    for (size_t c = 0; c < count; c++) {
        const size_t i = who[c];
        j->paused[i] = paused[c];
        j->ended[i] = !passes(f, i, rungs[c]);
        assert_int_equal(paused[c] == NULL, j->ended[i]);
        if (j->ended[i]) {
            check_ended(f, i, &results[c]);
            continue;
        }
        check_paused(f, i, rungs[c], &results[c]);
        assert_true(rs_paused_bytes(paused[c]) > 0);
        j->next[i] = rungs[c] + 1;
        seen.paused++;
    }
}

static void travel(const family *f, rs_trainer *const trainers[TRAINERS], rs_random *random)
{
    journey j = {.next = {0}};
    size_t open = f->count;
    for (int steps = 0; open > 0; steps++) {
        assert_true(steps < 1000);
        const uint32_t which = chance(random, 12) ? 2 : below(random, 2);
        take_a_step(f, &j, trainers[which], random);
        open = 0;
        for (size_t i = 0; i < f->count; i++)
            open += !j.ended[i];
    }
}

static size_t families = 40;
static bool describes; /* says which runs they are */

static void a_run_that_stops_and_goes_on_is_the_run(void **state)
{
    (void)state;
    rs_trainer *reference = new_trainer(false);
    rs_trainer *trainers[TRAINERS] = {new_trainer(false), new_trainer(false), new_trainer(true)};
    rs_random random;
    rs_random_seed(&random, 11);
    for (size_t made = 0, tries = 0; made < families; tries++) {
        family f;
        assert_true(tries < 100 * families);
        if (!make_family(&f, &random, reference))
            continue;
        made++;
        if (describes)
            describe(&f.config[0]);
        for (int i = 0; i < TRAINERS; i++)
            set_up(&f, trainers[i]);
        travel(&f, trainers, &random);
        free_family(&f);
    }
    assert_true(seen.paused > 0 && seen.resumed > 0 && seen.groups > 0);
    assert_true(seen.diverged_early > 0 && seen.diverged_late > 0);
    assert_true(seen.own_stop_later > 0 && seen.own_stop_at > 0);
    rs_trainer_free(reference);
    for (int i = 0; i < TRAINERS; i++)
        rs_trainer_free(trainers[i]);
}

/* ---- Memory and misuse -------------------------------------------------------------------------
 */

static const uint32_t updates_of_rungs[] = {5, 11, 5000};
static const rs_rungs some_rungs = {.count = 3, .at = updates_of_rungs};

static rs_run_config small_config(uint32_t batch_size)
{
    rs_run_config config = rs_run_config_default();
    config.batch_size = batch_size;
    config.train_samples = 20 * batch_size;
    config.test_samples = 50;
    config.epochs = 2;
    config.shuffle = 1;
    return config;
}

/* One block for each run that stops, and nothing besides; without memory for it the run is trained
 * all the same. */
static void a_state_is_one_block_or_none(void **state)
{
    (void)state;
    for (uint32_t batch_size = 2; batch_size <= 20; batch_size += 18) {
        rs_trainer *trainer = new_trainer(false);
        const size_t count = batch_size == 2 ? 3 : 1;
        const size_t rungs[] = {0, 2, 1}, later[] = {1, SIZE_MAX, SIZE_MAX};
        rs_run_config configs[3];
        rs_run_result results[3];
        rs_paused *paused[3] = {NULL};
        for (uint32_t i = 0; i < 3; i++) {
            configs[i] = small_config(batch_size);
            configs[i].seed = i;
        }
        rs_trainer_set_rungs(trainer, &some_rungs);
        assert_int_equal(rs_trainer_reserve_group(trainer, &configs[0], count, NULL), RS_OK);
        allocations = 0;
        fails = true;
        assert_int_equal(rs_trainer_run_to(trainer, count, configs, rungs, paused, results, NULL),
                         RS_OK);
        fails = false;
        for (size_t i = 0; i < count; i++) {
            assert_null(paused[i]);
            assert_int_equal(results[i].outcome, i == 1 ? RS_RUN_DONE : RS_RUN_STOPPED);
        }
        assert_int_equal(allocations, count == 1 ? 1 : 2);
        allocations = 0;
        assert_int_equal(rs_trainer_run_to(trainer, count, configs, rungs, paused, results, NULL),
                         RS_OK);
        assert_int_equal(allocations, count == 1 ? 1 : 2);
        assert_int_equal(rs_trainer_run_to(trainer, count, configs, later, paused, results, NULL),
                         RS_OK);
        assert_int_equal(allocations, count == 1 ? 2 : 3);
        assert_int_equal(results[0].outcome, RS_RUN_STOPPED);
        rs_paused_free(paused[0]);
        rs_trainer_free(trainer);
    }
}

/* No more than parameters, curve and streams. */
static void a_state_is_small(void **state)
{
    (void)state;
    rs_trainer *trainer = new_trainer(false);
    rs_run_config config = small_config(20);
    rs_run_result result;
    const size_t rung = 1;
    size_t bytes[2];
    rs_trainer_set_rungs(trainer, &some_rungs);
    for (uint32_t i = 0; i < 2; i++) {
        rs_paused *paused = NULL;
        config.shuffle = i;
        assert_int_equal(rs_trainer_run_to(trainer, 1, &config, &rung, &paused, &result, NULL),
                         RS_OK);
        bytes[i] = rs_paused_bytes(paused);
        rs_paused_free(paused);
    }
    const size_t numbers = 3 * result.weight_count + 12;
    assert_true(bytes[0] >= numbers * sizeof(float));
    assert_true(bytes[0] < numbers * sizeof(float) + 2048);
    assert_int_equal(bytes[1] - bytes[0], sizeof(rs_random));
    rs_trainer_free(trainer);
}

static void a_state_of_something_else_is_refused(void **state)
{
    (void)state;
    static const uint32_t other_updates[] = {3, 4, 5};
    static const rs_rungs other_rungs = {.count = 3, .at = other_updates};
    const rs_checkpoints checkpoints = {.kind = RS_CHECKPOINTS_LOG2};
    rs_trainer *trainer = new_trainer(false);
    const rs_run_config config = small_config(20);
    rs_run_result result;
    rs_error error;
    rs_paused *paused = NULL;
    const size_t rung = 0;
    rs_trainer_set_rungs(trainer, &some_rungs);
    assert_int_equal(rs_trainer_run_to(trainer, 1, &config, &rung, &paused, &result, NULL), RS_OK);
    rs_paused *const before = paused;
    for (int i = 0; i < 4; i++) {
        rs_run_config asked = config;
        asked.seed += i == 0;
        asked.learning_rate *= i == 1 ? 2 : 1;
        rs_trainer_set_rungs(trainer, i == 2 ? &other_rungs : &some_rungs);
        rs_trainer_set_checkpoints(trainer, i == 3 ? &checkpoints : NULL);
        assert_int_equal(rs_trainer_run_to(trainer, 1, &asked, NULL, &paused, &result, &error),
                         RS_USAGE);
        assert_true(strlen(error.text) > 0);
        assert_ptr_equal(paused, before);
    }
    rs_trainer_set_checkpoints(trainer, NULL);
    assert_int_equal(rs_trainer_run_to(trainer, 1, &config, NULL, &paused, &result, NULL), RS_OK);
    assert_int_equal(result.outcome, RS_RUN_DONE);
    assert_null(paused);
    rs_trainer_free(trainer);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_run_that_stops_and_goes_on_is_the_run),
        cmocka_unit_test(a_state_is_one_block_or_none),
        cmocka_unit_test(a_state_is_small),
        cmocka_unit_test(a_state_of_something_else_is_refused),
    };
    if (argc > 1)
        families = strtoul(argv[1], NULL, 10);
    describes = argc > 2;
    random_runs_begin();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
