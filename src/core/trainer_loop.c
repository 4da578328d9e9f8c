/* The updates of a run. */
#include <math.h>

#include "exact.h"
#include "numbers.h"
#include "stopping.h"
#include "trainer.h"

static double minibatch_loss(rs_trainer *t, const rs_run_config *config, const rs_minibatch *batch)
{
    return rs_isa_kernel(t->isa, config->precision)
        ->loss(t->scratch, &t->network, t->block[RS_BLOCK_THETA], batch);
}

/* The curve from the first point on that the run did not reach: `update` was the first that gave
 * none. */
static void end_curve(rs_trainer *t, const rs_run_config *config, int64_t update)
{
    size_t reached = (size_t)((update + config->loss_interval - 1) / config->loss_interval);
    for (size_t i = reached; i < rs_trainer_loss_count(config); i++)
        t->loss[i] = NAN;
}

/* ---- One update ------------------------------------------------------------------------------ */

/* Of update u of U, from 1. */
static double scheduled_rate(const rs_run_config *config, uint64_t update, uint64_t updates)
{
    const double passed = (double)(update - 1) / (double)updates;
    double rate = config->learning_rate;
    if (config->schedule == RS_SCHEDULE_LINEAR)
        rate *= 1 - passed;
    else if (config->schedule == RS_SCHEDULE_COSINE)
        rate *= (1 + rs_exact_cos_pi(passed)) / 2;
    if (update < config->warmup)
        rate *= (double)update / config->warmup;
    return rate;
}

rs_step rs_course_step(rs_course *course, const rs_run_config *config)
{
    course->power1 *= config->beta1;
    course->power2 *= config->beta2;
    return (rs_step){.rate = scheduled_rate(config, course->update, course->updates),
                     .correction1 = 1 - course->power1,
                     .correction2 = 1 - course->power2};
}

/* Whether the parameters are finite afterwards. As the gradient was taken: *loss and *score, each
 * unless it is NULL; what is right is added. */
static bool make_update(rs_trainer *t, const rs_run_config *config, const rs_step *step,
                        const rs_minibatch *batch, double *loss, rs_score *score)
{
    const rs_kernel *kernel = rs_isa_kernel(t->isa, config->precision);
    const rs_blocks blocks = {
        .theta = t->block[RS_BLOCK_THETA],
        .velocity = t->block[RS_BLOCK_VELOCITY],
        .squares = t->block[RS_BLOCK_SQUARES],
        .gradient = t->block[RS_BLOCK_GRADIENT],
        .trained = rs_network_is_trained(&t->network) ? NULL : t->block[RS_BLOCK_TRAINED]};
    kernel->look_ahead(&t->network, config, &blocks);
    kernel->gradient(t->scratch, &t->network, blocks.theta, batch, blocks.gradient, loss);
    if (score != NULL)
        rs_trainer_score(t, config, batch, score);
    return kernel->descend(&t->network, config, step, &blocks);
}

/* ---- Checks ---------------------------------------------------------------------------------- */

static void note_check(rs_trainer *t, size_t count, const rs_held_out *outcome,
                       rs_run_result *result)
{
    const size_t at = result->check_count++;
    t->checked[RS_CHECKED_LOSS * count + at] = outcome->loss;
    t->checked[RS_CHECKED_ACCURACY * count + at] = outcome->accuracy;
}

/* Whether the run stops after this update; *finite: the loss is. */
static bool check(rs_trainer *t, const rs_run_config *config, rs_stopping *stopping,
                  uint64_t update, bool *finite, rs_run_result *result)
{
    rs_held_out outcome;
    if (config->validation_samples > 0)
        outcome = rs_trainer_validate(t, config);
    else {
        rs_stopping_sum_up(stopping, &outcome.loss, &outcome.accuracy);
        outcome.loss = rs_rounded_loss(config, outcome.loss);
    }
    *finite = isfinite(outcome.loss);
    if (!*finite)
        return false;
    if (config->validation_samples > 0)
        note_check(t, rs_trainer_check_count(config), &outcome, result);
    return rs_stopping_check(stopping, update, outcome.loss, outcome.accuracy);
}

/* ---- Rungs ----------------------------------------------------------------------------------- */

/* UINT64_MAX where the run does not come to it, or ends there anyway. */
static uint64_t update_of_rung(const rs_trainer *t, const rs_course *course, size_t rung)
{
    const bool exists = t->rungs != NULL && rung < t->rungs->count;
    const uint64_t update = exists ? rs_rungs_update(t->rungs, rung, t->epoch.updates) : UINT64_MAX;
    return update < course->updates ? update : UINT64_MAX;
}

/* A run that ended there with a loss that is not finite would have diverged. */
static void measure(rs_trainer *t, const rs_run_config *config, rs_course *course,
                    rs_run_result *result)
{
    const bool is_finite = isfinite(course->loss);
    const rs_held_out none = {.accuracy = NAN, .bit_accuracy = NAN, .loss = NAN};
    const rs_held_out outcome = is_finite ? rs_trainer_test(t, config) : none;
    double *at = t->rung + course->rungs;
    at[RS_RUNG_LOSS * t->rungs->count] = is_finite ? course->loss : (double)NAN;
    at[RS_RUNG_TEST_LOSS * t->rungs->count] = outcome.loss;
    at[RS_RUNG_ACCURACY * t->rungs->count] = outcome.accuracy;
    at[RS_RUNG_BIT_ACCURACY * t->rungs->count] = outcome.bit_accuracy;
    result->rung_count = ++course->rungs;
    course->next_rung = update_of_rung(t, course, course->rungs);
}

static void lead_to_rungs(const rs_trainer *t, rs_run_result *result)
{
    const size_t count = t->rungs != NULL ? t->rungs->count : 0;
    result->rung_loss = rs_numbers_from(t->rung, RS_RUNG_LOSS * count);
    result->rung_test_loss = rs_numbers_from(t->rung, RS_RUNG_TEST_LOSS * count);
    result->rung_accuracy = rs_numbers_from(t->rung, RS_RUNG_ACCURACY * count);
    result->rung_bit_accuracy = rs_numbers_from(t->rung, RS_RUNG_BIT_ACCURACY * count);
}

void rs_course_stop_at(const rs_trainer *t, rs_course *course, size_t rung)
{
    course->stop_at = update_of_rung(t, course, rung);
}

bool rs_course_is_paused(const rs_course *course)
{
    return course->finite && !course->stops && course->update >= course->stop_at;
}

/* ---- The course of a run, whoever calls the kernels -------------------------------------------
 */

void rs_course_begin(rs_trainer *t, const rs_run_config *config, rs_course *course)
{
    *course = (rs_course){
        .power1 = 1, .power2 = 1, .wanted = true, .wants_loss = true, .stop_at = UINT64_MAX};
    rs_trainer_begin_epochs(t, config);
    course->updates = (uint64_t)config->epochs * t->epoch.updates;
    rs_stopping_begin(&course->stopping, config, t->epoch.updates);
    course->next_checkpoint = t->checkpoints != NULL
                                  ? rs_checkpoints_next(t->checkpoints, -1, course->updates)
                                  : UINT64_MAX;
    course->next_rung = update_of_rung(t, course, 0);
}

bool rs_course_keeps(const rs_course *course)
{
    return course->finite &&
           (course->update == course->next_checkpoint || course->update == course->next_rung);
}

static void keep_weights(rs_trainer *t, const rs_run_config *config, rs_course *course,
                         rs_run_result *result)
{
    const size_t count = t->network.count, at = result->checkpoint_count++;
    t->kept_updates[at] = (double)course->update;
    rs_numbers_widen(t->kept_weights + at * count, t->block[RS_BLOCK_THETA], count,
                     config->precision);
    course->next_checkpoint =
        rs_checkpoints_next(t->checkpoints, (int64_t)course->update, course->updates);
}

void rs_course_keep(rs_trainer *t, const rs_run_config *config, rs_course *course,
                    rs_run_result *result)
{
    if (course->update == course->next_checkpoint)
        keep_weights(t, config, course, result);
    if (course->update == course->next_rung)
        measure(t, config, course, result);
}

void rs_course_first(rs_trainer *t, const rs_course *course, rs_run_result *result)
{
    t->loss[0] = result->initial_loss = course->loss;
}

bool rs_course_goes_on(const rs_course *course)
{
    return course->finite && !course->stops && course->update < course->updates &&
           course->update < course->stop_at;
}

rs_step rs_course_next(rs_trainer *t, const rs_run_config *config, rs_course *course)
{
    const uint64_t update = ++course->update;
    const bool before = config->recorded_loss == RS_LOSS_BEFORE;
    const bool watches = rs_stopping_watches_loss(config);
    course->index = (uint32_t)((update - 1) % t->epoch.updates);
    course->recorded = update % config->loss_interval == 0;
    course->wanted = course->recorded || update == course->updates;
    course->due = rs_stopping_is_due(&course->stopping, update);
    course->measured = update == course->next_rung;
    course->takes_loss = (before && (course->wanted || course->due || course->measured)) || watches;
    course->takes_score = rs_stopping_watches_accuracy(config);
    if (course->index == 0 && update > 1)
        rs_trainer_next_epoch(t, config);
    if (config->fresh_data && update > 1)
        rs_trainer_freshen(t, config);
    return rs_course_step(course, config);
}

static uint64_t least(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

uint64_t rs_course_plain(const rs_trainer *t, const rs_run_config *config, const rs_course *course)
{
    const uint64_t update = course->update, interval = course->stopping.interval;
    const uint64_t left = t->epoch.updates - update % t->epoch.updates;
    uint64_t end = least(least(course->updates, course->stop_at),
                         least(course->next_checkpoint, course->next_rung));
    if (config->fresh_data || rs_stopping_watches_loss(config) ||
        (config->shuffle && update > 0 && left == t->epoch.updates))
        return 0;
    if (interval > 0)
        end = least(end, (update / interval + 1) * interval);
    return least(end - 1 - update, left);
}

bool rs_course_changes(const rs_run_config *config)
{
    return config->optimizer == RS_OPTIMIZER_ADAM || config->schedule != RS_SCHEDULE_CONSTANT ||
           config->warmup > 0;
}

void rs_course_record(rs_trainer *t, const rs_run_config *config, rs_course *course, double loss,
                      size_t at)
{
    course->loss = rs_rounded_loss(config, loss);
    course->finite = isfinite(course->loss);
    if (course->finite)
        t->loss[at] = course->loss;
}

void rs_course_note_loss(const rs_run_config *config, rs_course *course, double loss)
{
    course->loss = rs_rounded_loss(config, loss);
    if (course->wanted || course->stops) /* a rung decides nothing */
        course->finite = isfinite(course->loss);
    course->wants_loss = false;
}

/* The loss that is recorded of this update: that of its gradient, or one that is yet to be taken.
 */
static void want_loss(const rs_run_config *config, rs_course *course)
{
    if (config->recorded_loss == RS_LOSS_BEFORE)
        rs_course_note_loss(config, course, course->taken);
    else
        course->wants_loss = true;
}

void rs_course_updated(const rs_run_config *config, rs_course *course, bool finite,
                       const rs_taken_part *part)
{
    course->finite = finite;
    course->taken = part->loss;
    if (rs_stopping_watches_loss(config))
        rs_stopping_watch(&course->stopping, part->loss, part->weight, part->right,
                          part->sequences);
    if (finite && (course->wanted || course->measured))
        want_loss(config, course);
}

void rs_course_check(rs_trainer *t, const rs_run_config *config, rs_course *course,
                     rs_run_result *result)
{
    if (course->finite && course->recorded)
        t->loss[course->update / config->loss_interval] = course->loss;
    if (course->finite && course->due)
        course->stops =
            check(t, config, &course->stopping, course->update, &course->finite, result);
    if (course->stops && !course->wanted)
        want_loss(config, course);
}

void rs_course_conclude(rs_trainer *t, const rs_run_config *config, const rs_course *course,
                        rs_run_result *result)
{
    const int64_t update = (int64_t)course->update;
    const size_t checks = rs_trainer_check_count(config);
    result->diverged_at = course->finite ? -1 : update;
    result->final_loss = course->finite && isfinite(course->loss) ? course->loss : (double)NAN;
    result->updates = update;
    result->stop_reason = !course->finite               ? RS_STOP_DIVERGED
                          : rs_course_is_paused(course) ? RS_STOP_RUNG
                                                        : course->stopping.reason;
    result->solved_at = course->stopping.solved_at;
    if (!course->finite && !isnan(result->solved_at))
        result->solved_at = -1;
    result->validation_loss = rs_numbers_from(t->checked, RS_CHECKED_LOSS * checks);
    result->validation_accuracy = rs_numbers_from(t->checked, RS_CHECKED_ACCURACY * checks);
    result->checkpoint_update = t->kept_updates;
    result->checkpoint_weights = t->kept_weights;
    lead_to_rungs(t, result);
    end_curve(t, config, update + (course->finite ? 1 : 0));
}

/* ---- A run alone ----------------------------------------------------------------------------- */

static void take_loss(rs_trainer *t, const rs_run_config *config, rs_course *course)
{
    /* A check may have taken the room of the minibatch. */
    const rs_minibatch batch = rs_trainer_minibatch(t, config, course->index);
    if (course->wants_loss)
        rs_course_note_loss(config, course, minibatch_loss(t, config, &batch));
}

static void go_on(rs_trainer *t, const rs_run_config *config, rs_course *course,
                  rs_run_result *result)
{
    const rs_step step = rs_course_next(t, config, course);
    const rs_minibatch batch = rs_trainer_minibatch(t, config, course->index);
    rs_score score = {.sums = 0};
    rs_taken_part part = {.sequences = batch.samples,
                          .weight = batch.sequences != NULL ? batch.sequences->weight_sum
                                                            : (double)batch.samples * batch.steps};
    const bool finite =
        make_update(t, config, &step, &batch, course->takes_loss ? &part.loss : NULL,
                    course->takes_score ? &score : NULL);
    part.right = score.sums;
    rs_course_updated(config, course, finite, &part);
    if (course->wants_loss)
        rs_course_note_loss(config, course, minibatch_loss(t, config, &batch));
    rs_course_check(t, config, course, result);
    if (course->wants_loss)
        take_loss(t, config, course);
}

void rs_trainer_train(rs_trainer *t, const rs_run_config *config, rs_course *course,
                      rs_run_result *result)
{
    if (course->wants_loss) {
        take_loss(t, config, course);
        rs_course_first(t, course, result);
    }
    if (rs_course_keeps(course))
        rs_course_keep(t, config, course, result);
    while (rs_course_goes_on(course)) {
        go_on(t, config, course, result);
        if (rs_course_keeps(course))
            rs_course_keep(t, config, course, result);
    }
}
