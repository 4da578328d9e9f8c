/* The updates of a run. */
#include <math.h>

#include "exact.h"
#include "stopping.h"
#include "trainer.h"

static double minibatch_loss(rs_trainer *t, const rs_run_config *config, const rs_minibatch *batch)
{
    return rs_rounded_loss(config,
                           rs_isa_kernel(t->isa, config->precision)
                               ->loss(t->scratch, &t->network, t->block[RS_BLOCK_THETA], batch));
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

/* What goes from one update to the next besides the parameter blocks. */
typedef struct run_course {
    uint64_t updates;
    double power1, power2; /* beta1^t, beta2^t as running products */
    rs_stopping stopping;
} run_course;

static rs_step next_step(run_course *course, const rs_run_config *config, uint64_t update)
{
    course->power1 *= config->beta1;
    course->power2 *= config->beta2;
    return (rs_step){.rate = scheduled_rate(config, update, course->updates),
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

static void watch(rs_stopping *stopping, const rs_minibatch *batch, double loss,
                  const rs_score *score)
{
    const double weight = batch->sequences != NULL ? batch->sequences->weight_sum
                                                   : (double)batch->samples * batch->steps;
    rs_stopping_watch(stopping, loss, weight, score->sums, batch->samples);
}

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

/* ---- A run ----------------------------------------------------------------------------------- */

/* What the run has at the end of update `update`. */
typedef struct run_point {
    bool finite, stops;
    double loss; /* of the last update that had one */
} run_point;

static void begin_update(rs_trainer *t, const rs_run_config *config, uint64_t update,
                         uint32_t index)
{
    if (index == 0 && update > 1)
        rs_trainer_next_epoch(t, config);
    if (config->fresh_data && update > 1)
        rs_trainer_freshen(t, config);
}

/* Update `update`, from 1, its loss and its check. */
static void go_on(rs_trainer *t, const rs_run_config *config, run_course *course, uint64_t update,
                  run_point *point, rs_run_result *result)
{
    const uint32_t index = (uint32_t)((update - 1) % t->epoch.updates);
    const bool recorded = update % config->loss_interval == 0;
    const bool wanted = recorded || update == course->updates;
    const bool due = rs_stopping_is_due(&course->stopping, update);
    const bool before = config->recorded_loss == RS_LOSS_BEFORE;
    const bool watches = rs_stopping_watches_loss(config);
    const rs_step step = next_step(course, config, update);
    rs_score score = {.sums = 0};
    double taken = 0; /* the loss as the gradient was taken */
    begin_update(t, config, update, index);
    rs_minibatch batch = rs_trainer_minibatch(t, config, index);
    point->finite = make_update(t, config, &step, &batch,
                                (before && (wanted || due)) || watches ? &taken : NULL,
                                rs_stopping_watches_accuracy(config) ? &score : NULL);
    if (watches)
        watch(&course->stopping, &batch, taken, &score);
    if (point->finite && wanted) {
        point->loss = before ? rs_rounded_loss(config, taken) : minibatch_loss(t, config, &batch);
        point->finite = isfinite(point->loss);
    }
    if (point->finite && recorded)
        t->loss[update / config->loss_interval] = point->loss;
    if (point->finite && due)
        point->stops = check(t, config, &course->stopping, update, &point->finite, result);
    if (!point->stops || wanted)
        return;
    batch = rs_trainer_minibatch(t, config, index); /* a check may have taken its room */
    point->loss = before ? rs_rounded_loss(config, taken) : minibatch_loss(t, config, &batch);
    point->finite = isfinite(point->loss);
}

static void conclude(rs_trainer *t, const rs_run_config *config, const run_course *course,
                     const run_point *point, uint64_t update, rs_run_result *result)
{
    const size_t checks = rs_trainer_check_count(config);
    result->diverged_at = point->finite ? -1 : (int64_t)update;
    result->final_loss = point->finite ? point->loss : (double)NAN;
    result->updates = (int64_t)update;
    result->stop_reason = point->finite ? course->stopping.reason : RS_STOP_DIVERGED;
    result->solved_at = course->stopping.solved_at;
    if (!point->finite && !isnan(result->solved_at))
        result->solved_at = -1;
    result->validation_loss = t->checked + RS_CHECKED_LOSS * checks;
    result->validation_accuracy = t->checked + RS_CHECKED_ACCURACY * checks;
    end_curve(t, config, (int64_t)update + (point->finite ? 1 : 0));
}

void rs_trainer_train(rs_trainer *t, const rs_run_config *config, rs_run_result *result)
{
    run_course course = {.power1 = 1, .power2 = 1};
    run_point point = {.stops = false};
    uint64_t update = 0;
    rs_trainer_begin_epochs(t, config);
    course.updates = (uint64_t)config->epochs * t->epoch.updates;
    rs_stopping_begin(&course.stopping, config, t->epoch.updates);
    const rs_minibatch batch = rs_trainer_minibatch(t, config, 0);
    point.loss = minibatch_loss(t, config, &batch);
    point.finite = isfinite(point.loss);
    t->loss[0] = result->initial_loss = point.loss;
    while (point.finite && !point.stops && update < course.updates)
        go_on(t, config, &course, ++update, &point, result);
    conclude(t, config, &course, &point, update, result);
}
