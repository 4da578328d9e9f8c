#include "calibrate.h"

#include <math.h>
#include <stdlib.h>

#include "cost.h"
#include "memory.h"
#include "progress.h"

/* What decides speed beyond the count of operations. */
struct shape {
    uint32_t states, sequence_length, batch_size, precision;
    double factor; /* measured seconds for each predicted one */
};

struct rs_calibration {
    rs_trainer *trainer;
    double budget;
    struct shape *shapes;
    size_t count, room, last;
};

rs_status rs_calibration_create(rs_calibration **calibration, const rs_isa *isa, double budget,
                                rs_error *error)
{
    void *fresh;
    rs_status status = rs_allocate(&fresh, 1, sizeof **calibration, error);
    if (status != RS_OK)
        return status;
    rs_calibration *made = fresh;
    made->budget = budget;
    if ((status = rs_trainer_create(&made->trainer, isa, error)) != RS_OK) {
        free(made);
        return status;
    }
    *calibration = made;
    return RS_OK;
}

void rs_calibration_free(rs_calibration *calibration)
{
    if (calibration == NULL)
        return;
    rs_trainer_free(calibration->trainer);
    free(calibration->shapes);
    free(calibration);
}

static bool same_shape(const struct shape *shape, const rs_run_config *config)
{
    return shape->states == config->states && shape->sequence_length == config->sequence_length &&
           shape->batch_size == config->batch_size && shape->precision == config->precision;
}

static uint32_t scaled(uint32_t count, double share)
{
    return (uint32_t)fmax(1, floor(count * share));
}

/* The same mix of work in about `target` predicted seconds: fewer updates and test samples, and
 * when one update is too much, a smaller minibatch. A tiny step cannot diverge. */
static rs_run_config shortened(const rs_run_config *config, double target)
{
    rs_run_config brief = *config;
    double updates = (double)rs_run_config_updates(config);
    double share = fmin(1, target / rs_cost_predict(config));
    double kept = fmax(1, floor(updates * share));
    uint32_t epoch = config->train_samples / config->batch_size;
    brief.gradient_check = 0;
    brief.learning_rate = 1e-6;
    brief.momentum = 0;
    brief.epochs = 1;
    brief.train_samples = config->batch_size * (uint32_t)fmin(kept, epoch);
    brief.test_samples = scaled(config->test_samples, share);
    double excess = rs_cost_predict(&brief) / target;
    if (kept == 1 && excess > 2) {
        brief.batch_size = scaled(config->batch_size, 1 / excess);
        brief.train_samples = brief.batch_size;
    }
    return brief;
}

static rs_status measure(rs_calibration *calibration, const rs_run_config *config, double *factor,
                         rs_error *error)
{
    enum { REPEATS = 3 };
    const double target = 5e-3;
    rs_run_config brief = shortened(config, target);
    rs_run_result result;
    double best = INFINITY;
    for (int i = 0; i < REPEATS; i++) {
        double start = rs_clock();
        rs_status status = rs_trainer_run(calibration->trainer, &brief, &result, error);
        double seconds = rs_clock() - start;
        if (status != RS_OK)
            return status;
        best = fmin(best, seconds);
        calibration->budget -= seconds;
    }
    *factor = best / rs_cost_predict(&brief);
    return RS_OK;
}

/* Of equal precision when there is one, and of the most similar width. */
static double nearest_factor(const rs_calibration *calibration, const rs_run_config *config)
{
    double best = INFINITY, factor = 1;
    for (size_t i = 0; i < calibration->count; i++) {
        const struct shape *shape = &calibration->shapes[i];
        double distance = fabs(log((double)shape->states / config->states)) +
                          (shape->precision != config->precision ? 100 : 0);
        if (distance < best) {
            best = distance;
            factor = shape->factor;
        }
    }
    return factor;
}

static rs_status add_shape(rs_calibration *calibration, const rs_run_config *config,
                           rs_error *error)
{
    void *shapes = calibration->shapes;
    struct shape shape = {.states = config->states,
                          .sequence_length = config->sequence_length,
                          .batch_size = config->batch_size,
                          .precision = config->precision};
    rs_status status = RS_OK;
    if (calibration->budget > 0)
        status = measure(calibration, config, &shape.factor, error);
    else
        shape.factor = nearest_factor(calibration, config);
    if (status != RS_OK || (status = rs_grow(&shapes, &calibration->room, calibration->count + 1,
                                             sizeof shape, error)) != RS_OK)
        return status;
    calibration->shapes = shapes;
    calibration->shapes[calibration->count++] = shape;
    return RS_OK;
}

rs_status rs_calibration_predict(rs_calibration *calibration, const rs_run_config *config,
                                 double *seconds, rs_error *error)
{
    size_t i = calibration->last;
    if (i >= calibration->count || !same_shape(&calibration->shapes[i], config)) {
        for (i = 0; i < calibration->count && !same_shape(&calibration->shapes[i], config);)
            i++;
        if (i == calibration->count) {
            rs_status status = add_shape(calibration, config, error);
            if (status != RS_OK)
                return status;
        }
        calibration->last = i;
    }
    *seconds = rs_cost_predict(config) * calibration->shapes[i].factor;
    return RS_OK;
}
