#include "calibrate.h"

#include <math.h>
#include <stdlib.h>

#include "clock.h"
#include "cost.h"
#include "memory.h"
#include "statistics.h"
#include "task.h"

/* The parameters that determine speed beyond the number of operations. Values are distinguished
 * exactly up to 2^(detail + 1), then in 2^detail steps an octave. States need the finest steps,
 * since they fill vectors of up to 16 lanes. */
enum { STATES, STEPS, BATCH, PRECISION, CELL, SIDES };
static const struct {
    rs_parameter_id parameter;
    uint32_t max;
    unsigned detail;
} sides[SIDES] = {
    [STATES] = {RS_PARAMETER_states, 4096, 5},
    [STEPS] = {RS_PARAMETER_sequence_length, 64, 1},
    [BATCH] = {RS_PARAMETER_batch_size, 1 << 27, 1},
    [PRECISION] = {RS_PARAMETER_precision, 1, 0},
    [CELL] = {RS_PARAMETER_cell, RS_CELL_TOTAL - 1, 3},
};

/* A measured shape. */
struct shape {
    uint32_t task; /* inputs, outputs and loss are its own */
    double side[SIDES];
    double factor; /* measured seconds per nominal second */
};

struct rs_calibration {
    rs_trainer *trainer;
    double budget;
    struct shape *shapes;
    size_t count, room;
    /* By task, NULL where none was seen: of the shapes seen, by slot_of; 0: not seen */
    double *factors[RS_TASKS_MOST];
};

/* Increases by at most one when `value` does. */
static size_t bin(uint32_t value, unsigned fine)
{
    unsigned octave = value >> (fine + 1) == 0 ? 0 : 31 - (unsigned)__builtin_clz(value) - fine;
    return ((size_t)octave << fine) + (value >> octave);
}

static size_t slot_of(const double side[SIDES])
{
    size_t slot = 0;
    for (int i = 0; i < SIDES; i++)
        slot = slot * (bin(sides[i].max, sides[i].detail) + 1) +
               bin((uint32_t)fmin(side[i], sides[i].max), sides[i].detail);
    return slot;
}

static size_t count_slots(void)
{
    size_t count = 1;
    for (int i = 0; i < SIDES; i++)
        count *= bin(sides[i].max, sides[i].detail) + 1;
    return count;
}

rs_status rs_calibration_create(rs_calibration **calibration, const rs_isa *isa, double budget,
                                rs_error *error)
{
    void *fresh;
    rs_status status = rs_allocate(&fresh, 1, sizeof **calibration, error);
    if (status != RS_OK)
        return status;
    rs_calibration *made = fresh;
    made->budget = budget;
    if ((status = rs_trainer_create(&made->trainer, isa, error)) == RS_OK)
        *calibration = made;
    else
        rs_calibration_free(made);
    return status;
}

void rs_calibration_free(rs_calibration *calibration)
{
    if (calibration == NULL)
        return;
    rs_trainer_free(calibration->trainer);
    free(calibration->shapes);
    for (size_t task = 0; task < RS_TASKS_MOST; task++)
        free(calibration->factors[task]);
    free(calibration);
}

static uint32_t scaled(uint32_t count, double share)
{
    return (uint32_t)fmax(1, floor(count * share));
}

/* The same mix of work in about `target` nominal seconds: fewer updates and test samples, and a
 * smaller minibatch if one update takes too long. A tiny learning rate prevents divergence. */
static rs_run_config shortened(const rs_run_config *config, double target)
{
    rs_run_config brief = *config;
    double share = fmin(1, target / rs_cost_predict(config));
    double kept = fmax(1, floor((double)rs_run_config_updates(config) * share));
    const uint32_t epoch = (uint32_t)(rs_run_config_updates(config) / config->epochs); /* updates */
    brief.gradient_check = 0;
    brief.stop_loss = brief.stop_accuracy = -1; /* measured to the end */
    brief.patience = -1;
    brief.train_samples = rs_run_config_fraction(config, config->train_samples);
    brief.train_fraction = 1;
    brief.learning_rate = 1e-6;
    brief.momentum = 0;
    brief.epochs = scaled(1, kept / epoch);
    if (kept < epoch)
        brief.train_samples = config->batch_size * (uint32_t)kept;
    brief.test_samples = scaled(config->test_samples, share);
    double excess = rs_cost_predict(&brief) / target;
    if (kept == 1 && excess > 2) {
        brief.batch_size = scaled(config->batch_size, 1 / excess);
        brief.train_samples = brief.batch_size;
    }
    return brief;
}

/* A run, or a full group of runs that are trained side by side. */
static rs_status train_once(rs_calibration *calibration, const rs_run_config *config, size_t count,
                            rs_error *error)
{
    rs_run_config configs[RS_GROUP_RUNS_MOST];
    rs_run_result results[RS_GROUP_RUNS_MOST];
    for (size_t i = 0; i < count; i++) {
        configs[i] = *config;
        configs[i].seed += (uint32_t)i;
    }
    return rs_trainer_run_group(calibration->trainer, count, configs, results, error);
}

/* The first run allocates memory and warms up caches. Each further one has a seed of its own and
 * draws its data anew, like the runs of a sweep. */
static rs_status measure(rs_calibration *calibration, const rs_run_config *config, double *factor,
                         rs_error *error)
{
    enum { FEWEST = 3, MOST = 15 };
    const double target = 4e-3;
    const size_t group = rs_trainer_group_most(config);
    rs_run_config brief = shortened(config, target / (double)group);
    double seconds[MOST], spent = 0;
    size_t count = 0;
    rs_status status = train_once(calibration, &brief, group, error);
    while (status == RS_OK && count < MOST && (count < FEWEST || spent < FEWEST * target)) {
        brief.seed += (uint32_t)group;
        double start = rs_thread_clock();
        status = train_once(calibration, &brief, group, error);
        seconds[count] = rs_thread_clock() - start;
        spent += seconds[count++];
    }
    calibration->budget -= spent;
    if (status == RS_OK)
        *factor = rs_median(seconds, count) / (rs_cost_predict(&brief) * (double)group);
    return status;
}

static rs_status add_shape(rs_calibration *calibration, const rs_run_config *config,
                           const struct shape *shape, rs_error *error)
{
    void *shapes = calibration->shapes;
    double factor;
    rs_status status = measure(calibration, config, &factor, error);
    if (status != RS_OK || (status = rs_grow(&shapes, &calibration->room, calibration->count + 1,
                                             sizeof *shape, error)) != RS_OK)
        return status;
    calibration->shapes = shapes;
    calibration->shapes[calibration->count] = *shape;
    calibration->shapes[calibration->count++].factor = factor;
    return RS_OK;
}

/* The factor of the most similar shape. A factor of two in the states counts as much as one of four
 * in steps or minibatch; another precision, cell or task is the greatest distance. */
static double nearest_factor(const rs_calibration *calibration, const struct shape *wanted)
{
    static const double weight[SIDES] = {
        [STATES] = 2, [STEPS] = 1, [BATCH] = 1, [PRECISION] = 100, [CELL] = 100};
    double best = INFINITY, factor = 1;
    for (size_t i = 0; i < calibration->count; i++) {
        const struct shape *shape = &calibration->shapes[i];
        double distance = shape->task == wanted->task ? 0 : 1000;
        for (int k = 0; k < SIDES; k++)
            distance += weight[k] * fabs(log((shape->side[k] + 1) / (wanted->side[k] + 1)));
        if (distance < best) {
            best = distance;
            factor = shape->factor;
        }
    }
    return factor;
}

static rs_status find_factor(rs_calibration *calibration, const rs_run_config *config,
                             double *factor, rs_error *error)
{
    struct shape shape = {.task = config->task};
    void *factors = calibration->factors[config->task];
    if (factors == NULL) {
        rs_status status = rs_allocate(&factors, count_slots(), sizeof(double), error);
        if (status != RS_OK)
            return status;
        calibration->factors[config->task] = factors;
    }
    for (int i = 0; i < SIDES; i++)
        shape.side[i] = rs_parameter_get(&rs_parameters[sides[i].parameter], config);
    double *known = &calibration->factors[config->task][slot_of(shape.side)];
    if (*known == 0 && calibration->budget > 0) {
        rs_status status = add_shape(calibration, config, &shape, error);
        if (status != RS_OK)
            return status;
    }
    if (*known == 0)
        *known = nearest_factor(calibration, &shape);
    *factor = *known;
    return RS_OK;
}

rs_status rs_calibration_predict(rs_calibration *calibration, const rs_run_config *config,
                                 size_t length_count, const uint32_t *lengths, double *seconds,
                                 rs_error *error)
{
    rs_run_config plain = *config;
    plain.gradient_check = 0;
    double factor = 0, cost = rs_cost_predict(&plain);
    rs_status status = find_factor(calibration, &plain, &factor, error);
    double total = (cost + rs_cost_further(config, length_count, lengths)) * factor;
    if (status == RS_OK && config->gradient_check) {
        plain.precision = RS_FLOAT64; /* the precision of every gradient check */
        status = find_factor(calibration, &plain, &factor, error);
        total += (rs_cost_predict(config) - cost) * factor;
    }
    if (status == RS_OK)
        *seconds = total;
    return status;
}
