/* The updates of a run. */
#include <math.h>

#include "exact.h"
#include "trainer.h"

/* Kernels sum a loss in double; that of a float32 run is a float32 number, so that it is the same
 * in a file of float32 as in one of float64. */
static double rounded_loss(const rs_run_config *config, double loss)
{
    return config->precision == RS_FLOAT32 ? (float)loss : loss;
}

static double minibatch_loss(rs_trainer *t, const rs_run_config *config, const rs_minibatch *batch)
{
    return rounded_loss(config,
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
} run_course;

static rs_step next_step(run_course *course, const rs_run_config *config, uint64_t update)
{
    course->power1 *= config->beta1;
    course->power2 *= config->beta2;
    return (rs_step){.rate = scheduled_rate(config, update, course->updates),
                     .correction1 = 1 - course->power1,
                     .correction2 = 1 - course->power2};
}

/* Whether the parameters are finite afterwards. *loss, unless it is NULL: as the gradient was
 * taken. */
static bool make_update(rs_trainer *t, const rs_run_config *config, const rs_step *step,
                        const rs_minibatch *batch, double *loss)
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
    return kernel->descend(&t->network, config, step, &blocks);
}

void rs_trainer_train(rs_trainer *t, const rs_run_config *config, rs_run_result *result)
{
    run_course course = {.power1 = 1, .power2 = 1};
    rs_trainer_begin_epochs(t, config);
    const uint32_t per_epoch = t->epoch.updates;
    course.updates = (uint64_t)config->epochs * per_epoch;
    rs_minibatch batch = rs_trainer_minibatch(t, config, 0);
    double loss = minibatch_loss(t, config, &batch);
    t->loss[0] = result->initial_loss = loss;
    result->diverged_at = isfinite(loss) ? -1 : 0;
    for (uint64_t update = 1; update <= course.updates && result->diverged_at < 0; update++) {
        const uint32_t index = (uint32_t)((update - 1) % per_epoch);
        const bool recorded = update % config->loss_interval == 0;
        const bool wanted = recorded || update == course.updates;
        const bool before = wanted && config->recorded_loss == RS_LOSS_BEFORE;
        const rs_step step = next_step(&course, config, update);
        if (index == 0 && update > 1)
            rs_trainer_next_epoch(t, config);
        if (config->fresh_data && update > 1)
            rs_trainer_freshen(t, config);
        batch = rs_trainer_minibatch(t, config, index);
        bool finite = make_update(t, config, &step, &batch, before ? &loss : NULL);
        if (finite && wanted) {
            loss = before ? rounded_loss(config, loss) : minibatch_loss(t, config, &batch);
            finite = isfinite(loss);
        }
        if (finite && recorded)
            t->loss[update / config->loss_interval] = loss;
        if (!finite)
            result->diverged_at = (int64_t)update;
    }
    result->final_loss = result->diverged_at < 0 ? loss : NAN;
    result->updates = result->diverged_at < 0 ? (int64_t)course.updates : result->diverged_at;
    end_curve(t, config,
              result->diverged_at < 0 ? (int64_t)course.updates + 1 : result->diverged_at);
}
