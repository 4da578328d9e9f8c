/* One run from its configuration to its result: data, network, updates, test. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "addition.h"
#include "gradient_check.h"
#include "initial.h"
#include "kernel/dispatch.h"
#include "memory.h"
#include "random.h"

enum { GRADIENT_CHECK_SAMPLES = 100 };

/* Parameter blocks, of either precision. */
enum { THETA, VELOCITY, MEAN_SQUARE, GRADIENT, BLOCKS };

struct rs_trainer {
    const rs_isa *isa;
    rs_dataset train, test;
    /* What the training set was drawn from, and the stream's position after it: runs that share it
     * share the set. */
    bool train_valid;
    uint32_t train_seed;
    rs_random after_train;
    void *block[BLOCKS];
    size_t block_room[BLOCKS]; /* in bytes */
    void *scratch;
    size_t scratch_room;
    double *loss, *weights, *logit;
    size_t loss_room, weights_room, logit_room;
};

rs_status rs_trainer_create(rs_trainer **trainer, const rs_isa *isa, rs_error *error)
{
    void *fresh;
    rs_status status = rs_allocate(&fresh, 1, sizeof(rs_trainer), error);
    if (status != RS_OK)
        return status;
    *trainer = fresh;
    (*trainer)->isa = isa;
    return RS_OK;
}

void rs_trainer_free(rs_trainer *trainer)
{
    if (trainer == NULL)
        return;
    rs_dataset_free(&trainer->train);
    rs_dataset_free(&trainer->test);
    for (int i = 0; i < BLOCKS; i++)
        free(trainer->block[i]);
    free(trainer->scratch);
    free(trainer->loss);
    free(trainer->weights);
    free(trainer->logit);
    free(trainer);
}

static rs_network_shape shape_of(const rs_run_config *config)
{
    return rs_network_shape_make(RS_ADDITION_INPUTS, config->states, RS_ADDITION_OUTPUTS);
}

static size_t loss_count(const rs_run_config *config)
{
    return (size_t)(1 + rs_run_config_updates(config) / config->loss_interval);
}

static uint32_t gradient_check_samples(const rs_run_config *config)
{
    return config->train_samples < GRADIENT_CHECK_SAMPLES ? config->train_samples
                                                          : GRADIENT_CHECK_SAMPLES;
}

static rs_status reserve_doubles(double **block, size_t *room, size_t count, rs_error *error)
{
    void *grown = *block;
    rs_status status = rs_grow(&grown, room, count, sizeof(double), error);
    *block = grown;
    return status;
}

static rs_status reserve_scratch(rs_trainer *t, const rs_run_config *config, uint32_t samples,
                                 rs_error *error)
{
    size_t bytes = 0;
    for (uint32_t precision = RS_FLOAT32; precision <= RS_FLOAT64; precision++) {
        size_t wanted = rs_isa_kernel(t->isa, precision)
                            ->scratch_bytes(config->states, samples, config->sequence_length);
        bytes = wanted > bytes ? wanted : bytes;
    }
    return rs_grow(&t->scratch, &t->scratch_room, bytes, 1, error);
}

static rs_status reserve_blocks(rs_trainer *t, const rs_run_config *config, rs_error *error)
{
    rs_network_shape shape = shape_of(config);
    size_t count = shape.offset[RS_TENSOR_TOTAL];
    size_t room = (count + RS_BLOCK_MULTIPLE - 1) / RS_BLOCK_MULTIPLE * RS_BLOCK_MULTIPLE;
    rs_status status = RS_OK;
    for (int i = 0; i < BLOCKS && status == RS_OK; i++)
        status = rs_grow(&t->block[i], &t->block_room[i], room * sizeof(double), 1, error);
    if (status == RS_OK)
        status = reserve_doubles(&t->weights, &t->weights_room, count, error);
    if (status == RS_OK)
        status = reserve_doubles(&t->loss, &t->loss_room, loss_count(config), error);
    return status;
}

rs_status rs_trainer_reserve(rs_trainer *trainer, const rs_run_config *config, rs_error *error)
{
    const uint32_t samples[] = {config->batch_size, config->test_samples,
                                gradient_check_samples(config)};
    const size_t train_room = trainer->train.room;
    rs_status status =
        rs_dataset_reserve(&trainer->train, config->train_samples, config->sequence_length, error);
    if (trainer->train.room != train_room)
        trainer->train_valid = false;
    if (status == RS_OK)
        status = rs_dataset_reserve(&trainer->test, config->test_samples, config->sequence_length,
                                    error);
    for (size_t i = 0; i < sizeof samples / sizeof samples[0] && status == RS_OK; i++)
        status = reserve_scratch(trainer, config, samples[i], error);
    if (status == RS_OK)
        status = reserve_blocks(trainer, config, error);
    return status;
}

size_t rs_trainer_bytes(const rs_trainer *trainer)
{
    size_t doubles = trainer->loss_room + trainer->weights_room + trainer->logit_room;
    size_t bytes = sizeof *trainer + trainer->train.room + trainer->test.room +
                   trainer->scratch_room + doubles * sizeof(double);
    for (int i = 0; i < BLOCKS; i++)
        bytes += trainer->block_room[i];
    return bytes;
}

/* ---- Numbers of either precision ---------------------------------------------------------------
 */

static void narrow_to_precision(void *block, const double *values, size_t count, uint32_t precision)
{
    if (precision == RS_FLOAT64)
        memcpy(block, values, count * sizeof *values);
    else
        for (size_t i = 0; i < count; i++)
            ((float *)block)[i] = (float)values[i];
}

/* NaNs leave with one bit pattern: instruction sets differ in its sign. */
static void widen(double *values, const void *block, size_t count, uint32_t precision)
{
    for (size_t i = 0; i < count; i++) {
        double value = precision == RS_FLOAT64 ? ((const double *)block)[i]
                                               : (double)((const float *)block)[i];
        values[i] = isnan(value) ? NAN : value;
    }
}

/* ---- One run -----------------------------------------------------------------------------------
 */

/* Draws the training set unless the trainer holds it; *random = the run's stream after it. */
static void prepare_training_set(rs_trainer *t, const rs_run_config *config, rs_random *random)
{
    uint32_t seed = config->data_seed >= 0 ? (uint32_t)config->data_seed : config->seed;
    bool held = t->train_valid && t->train_seed == seed &&
                t->train.samples == config->train_samples &&
                t->train.steps == config->sequence_length;
    if (!held) {
        rs_random_seed(&t->after_train, seed);
        rs_dataset_draw(&t->train, config->train_samples, config->sequence_length, &t->after_train);
        t->train_seed = seed;
        t->train_valid = true;
    }
    if (config->data_seed >= 0)
        rs_random_seed(random, config->seed);
    else
        *random = t->after_train;
}

static rs_gradient_check check_gradient(rs_trainer *t, const rs_run_config *config,
                                        rs_random *random)
{
    rs_network_shape shape = shape_of(config);
    rs_batch batch = rs_dataset_batch(&t->train, 0, gradient_check_samples(config));
    rs_initial_draw(&shape, random, t->block[THETA]);
    return rs_gradient_check_run(rs_isa_kernel(t->isa, RS_FLOAT64), t->scratch, &shape,
                                 t->block[THETA], &batch, t->block[GRADIENT]);
}

static void draw_network(rs_trainer *t, const rs_run_config *config, rs_random *random)
{
    rs_network_shape shape = shape_of(config);
    rs_initial_draw(&shape, random, t->weights);
    for (int i = 0; i < BLOCKS; i++)
        memset(t->block[i], 0, t->block_room[i]);
    narrow_to_precision(t->block[THETA], t->weights, shape.offset[RS_TENSOR_TOTAL],
                        config->precision);
}

/* Minibatch of an update of an epoch. */
static rs_batch minibatch(const rs_trainer *t, const rs_run_config *config, uint32_t index)
{
    uint32_t first = config->batching == RS_BATCHING_SLIDING ? index : index * config->batch_size;
    return rs_dataset_batch(&t->train, first, config->batch_size);
}

/* Kernels sum a loss in double; that of a float32 run is a float32 number, so that it is the same
 * in a file of float32 as in one of float64. */
static double minibatch_loss(rs_trainer *t, const rs_run_config *config, const rs_batch *batch)
{
    double loss = rs_isa_kernel(t->isa, config->precision)
                      ->loss(t->scratch, config->states, t->block[THETA], batch);
    return config->precision == RS_FLOAT32 ? (float)loss : loss;
}

/* All updates. Sets loss curve, initial and final loss, diverged_at. */
static void train(rs_trainer *t, const rs_run_config *config, rs_run_result *result)
{
    const rs_kernel *kernel = rs_isa_kernel(t->isa, config->precision);
    const rs_optimizer optimizer = {.learning_rate = config->learning_rate,
                                    .lambda = config->lambda,
                                    .momentum = config->momentum,
                                    .epsilon = config->epsilon,
                                    .epsilon_in_step =
                                        config->epsilon_placement == RS_EPSILON_STEP};
    const size_t count = shape_of(config).offset[RS_TENSOR_TOTAL];
    const uint64_t updates = rs_run_config_updates(config);
    const uint32_t per_epoch = config->train_samples / config->batch_size;
    rs_batch batch = minibatch(t, config, 0);
    double loss = minibatch_loss(t, config, &batch);
    t->loss[0] = result->initial_loss = loss;
    result->diverged_at = isfinite(loss) ? -1 : 0;
    for (uint64_t update = 1; update <= updates && result->diverged_at < 0; update++) {
        batch = minibatch(t, config, (uint32_t)((update - 1) % per_epoch));
        kernel->look_ahead(count, &optimizer, t->block[THETA], t->block[VELOCITY]);
        kernel->gradient(t->scratch, config->states, t->block[THETA], &batch, t->block[GRADIENT]);
        bool finite = kernel->descend(count, &optimizer, t->block[THETA], t->block[VELOCITY],
                                      t->block[MEAN_SQUARE], t->block[GRADIENT]);
        bool recorded = update % config->loss_interval == 0;
        if (finite && (recorded || update == updates)) {
            loss = minibatch_loss(t, config, &batch);
            finite = isfinite(loss);
        }
        if (finite && recorded)
            t->loss[update / config->loss_interval] = loss;
        if (!finite)
            result->diverged_at = (int64_t)update;
    }
    result->final_loss = result->diverged_at < 0 ? loss : NAN;
}

/* The curve from the first point that the run did not reach. */
static void end_curve(rs_trainer *t, const rs_run_config *config, const rs_run_result *result)
{
    size_t reached =
        (size_t)((result->diverged_at + config->loss_interval - 1) / config->loss_interval);
    for (size_t i = reached; i < loss_count(config); i++)
        t->loss[i] = NAN;
}

static void test(rs_trainer *t, const rs_run_config *config, rs_random *random,
                 rs_run_result *result)
{
    rs_score score = {0, 0};
    rs_random data = t->after_train;
    rs_dataset_draw(&t->test, config->test_samples, config->sequence_length,
                    config->data_seed >= 0 ? &data : random);
    rs_batch batch = rs_dataset_batch(&t->test, 0, config->test_samples);
    rs_isa_kernel(t->isa, config->precision)
        ->evaluate(t->scratch, config->states, t->block[THETA], &batch, &score);
    result->test_accuracy = (double)score.sums / config->test_samples;
    result->test_bit_accuracy =
        (double)score.bits / ((double)config->test_samples * config->sequence_length);
}

rs_status rs_trainer_run(rs_trainer *trainer, const rs_run_config *config, rs_run_result *result,
                         rs_error *error)
{
    rs_status status = rs_run_config_check(config, error);
    if (status == RS_OK)
        status = rs_trainer_reserve(trainer, config, error);
    if (status != RS_OK)
        return status;
    rs_random random;
    rs_run_result r = {.outcome = RS_RUN_DONE, .diverged_at = -1};
    prepare_training_set(trainer, config, &random);
    if (config->gradient_check)
        r.gradient_check = check_gradient(trainer, config, &random);
    draw_network(trainer, config, &random);
    train(trainer, config, &r);
    r.test_accuracy = r.test_bit_accuracy = NAN;
    if (r.diverged_at >= 0) {
        r.outcome = RS_RUN_DIVERGED;
        end_curve(trainer, config, &r);
    } else
        test(trainer, config, &random, &r);
    if (config->gradient_check && !r.gradient_check.agrees)
        r.outcome = RS_RUN_FAILED;
    r.loss = trainer->loss;
    r.loss_count = loss_count(config);
    r.weight_count = shape_of(config).offset[RS_TENSOR_TOTAL];
    r.weights = trainer->weights;
    widen(trainer->weights, trainer->block[THETA], r.weight_count, config->precision);
    *result = r;
    return RS_OK;
}

/* ---- Prediction --------------------------------------------------------------------------------
 */

/* Room for the answers to `pairs` alone: no training set, no gradients. */
static rs_status reserve_prediction(rs_trainer *t, const rs_run_config *config, uint32_t pairs,
                                    size_t stride, rs_error *error)
{
    const uint32_t steps = config->sequence_length;
    size_t room = shape_of(config).offset[RS_TENSOR_TOTAL];
    room = (room + RS_BLOCK_MULTIPLE - 1) / RS_BLOCK_MULTIPLE * RS_BLOCK_MULTIPLE;
    rs_status status = rs_dataset_reserve(&t->test, pairs, steps, error);
    if (status == RS_OK)
        status = reserve_scratch(t, config, pairs, error);
    if (status == RS_OK)
        status = rs_grow(&t->block[THETA], &t->block_room[THETA], room * sizeof(double), 1, error);
    if (status == RS_OK)
        status = reserve_doubles(&t->logit, &t->logit_room, stride * steps, error);
    return status;
}

/* Of bit 1. A logit too small to move the quotient from one half still says on which side it is, so
 * that an answer read from probabilities is the one that tests score. */
static double probability_of(double z)
{
    double p = 1 / (1 + exp(-z));
    return z > 0 ? fmax(p, nextafter(0.5, 1)) : p > 0.5 ? 0.5 : p;
}

rs_status rs_predict(rs_trainer *trainer, const rs_run_config *config, const double *weights,
                     size_t count, const uint64_t *a, const uint64_t *b, double *probability,
                     rs_error *error)
{
    const uint32_t steps = config->sequence_length;
    if (count == 0)
        return RS_OK;
    if (count > UINT32_MAX - RS_CODE_PADDING)
        return rs_fail(error, RS_USAGE, "%zu pairs at once are too many", count);
    for (size_t i = 0; i < count; i++)
        if ((a[i] | b[i]) >> (steps - 1) != 0)
            return rs_fail(error, RS_USAGE, "%llu + %llu: each number must be below 2^%u",
                           (unsigned long long)a[i], (unsigned long long)b[i], steps - 1);
    const uint32_t pairs = (uint32_t)count;
    size_t stride = (count + RS_BLOCK_MULTIPLE - 1) / RS_BLOCK_MULTIPLE * RS_BLOCK_MULTIPLE;
    rs_status status = reserve_prediction(trainer, config, pairs, stride, error);
    if (status != RS_OK)
        return status;
    rs_dataset_pack(&trainer->test, pairs, steps, a, b);
    rs_batch batch = rs_dataset_batch(&trainer->test, 0, pairs);
    narrow_to_precision(trainer->block[THETA], weights, shape_of(config).offset[RS_TENSOR_TOTAL],
                        config->precision);
    rs_isa_kernel(trainer->isa, config->precision)
        ->logits(trainer->scratch, config->states, trainer->block[THETA], &batch, trainer->logit,
                 stride);
    for (size_t i = 0; i < count; i++)
        for (size_t k = 0; k < steps; k++) {
            double z = config->precision == RS_FLOAT64
                           ? trainer->logit[k * stride + i]
                           : (double)((const float *)trainer->logit)[k * stride + i];
            probability[i * steps + k] = probability_of(z);
        }
    return RS_OK;
}
