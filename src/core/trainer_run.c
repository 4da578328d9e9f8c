/* One run from its configuration to its result: data, network, updates, test. */
#include <assert.h>
#include <math.h>
#include <string.h>

#include "gradient_check.h"
#include "initial.h"
#include "numbers.h"
#include "trainer.h"

/* relu's slope jumps where an activation is 0, as it is for first biases and inputs of 0, and there
 * differences say nothing. The network that is checked stands beside it. */
static void leave_kink(const rs_network *network, double *parameters)
{
    const double distance = 0.1;
    const rs_tensor_layout *b_in = &network->tensor[RS_B_IN];
    for (size_t i = 0; network->cell == RS_CELL_RELU && i < b_in->count; i++)
        parameters[b_in->offset + i] += distance;
}

/* The network that is checked, in float64. */
static void draw_checked(rs_trainer *t, const rs_run_config *config, rs_random *random)
{
    rs_initial_draw(&t->network, config, random, t->block[RS_BLOCK_THETA],
                    t->block[RS_BLOCK_GRADIENT]);
}

static rs_gradient_check check_gradient(rs_trainer *t, const rs_run_config *config,
                                        rs_random *random)
{
    const uint32_t samples = rs_trainer_checked_samples(config);
    rs_minibatch batch = rs_trainer_first_samples(t, config, samples);
    draw_checked(t, config, random);
    leave_kink(&t->network, t->block[RS_BLOCK_THETA]);
    return rs_gradient_check_run(rs_isa_kernel(t->isa, RS_FLOAT64), t->scratch, &t->network,
                                 t->block[RS_BLOCK_THETA], &batch, t->block[RS_BLOCK_GRADIENT]);
}

/* All bits of the numbers of trained tensors, where some are not. */
static void mark_trained(rs_trainer *t, size_t number_bytes)
{
    char *marks = t->block[RS_BLOCK_TRAINED];
    for (int i = 0; !rs_network_is_trained(&t->network) && i < RS_TENSOR_TOTAL; i++)
        if (t->network.tensor[i].trained)
            memset(marks + t->network.tensor[i].offset * number_bytes, 0xFF,
                   t->network.tensor[i].count * number_bytes);
}

static void draw_network(rs_trainer *t, const rs_run_config *config, rs_random *random)
{
    rs_initial_draw(&t->network, config, random, t->weights, t->block[RS_BLOCK_GRADIENT]);
    for (int i = 0; i < RS_BLOCK_TOTAL; i++)
        if (t->block[i] != NULL)
            memset(t->block[i], 0, t->block_room[i]);
    rs_numbers_narrow(t->block[RS_BLOCK_THETA], t->weights, t->network.count, config->precision);
    mark_trained(t, rs_number_size(config->precision));
}

/* ---- Beginning ------------------------------------------------------------------------------- */

/* Sets and first network, and the result of a gradient check: a state that the run goes on from has
 * it already. */
static void draw(rs_trainer *t, const rs_run_config *config, const rs_paused *from,
                 rs_run_result *result)
{
    rs_random random;
    rs_trainer_draw_training_set(t, config, &random);
    if (config->gradient_check && from == NULL)
        result->gradient_check = check_gradient(t, config, &random);
    else if (config->gradient_check)
        draw_checked(t, config, &random);
    draw_network(t, config, &random);
    rs_trainer_draw_held_out(t, config, &random);
}

void rs_trainer_begin_run(rs_trainer *t, const rs_run_config *config, const rs_portion *portion,
                          rs_course *course, rs_run_result *result)
{
    rs_paused *from = portion->paused != NULL ? *portion->paused : NULL;
    *result = (rs_run_result){.outcome = RS_RUN_DONE, .diverged_at = -1};
    t->network = rs_run_config_network(config);
    t->epoch.remembers = portion->paused != NULL && portion->rung != SIZE_MAX;
    draw(t, config, from, result);
    rs_course_begin(t, config, course);
    if (from != NULL)
        rs_paused_restore(from, t, config, course, result);
    rs_course_stop_at(t, course, portion->rung);
    rs_paused_free(from);
    if (portion->paused != NULL)
        *portion->paused = NULL;
}

/* ---- End ------------------------------------------------------------------------------------- */

/* A run that stopped at a rung was tested there. */
static rs_held_out outcome_of(rs_trainer *t, const rs_run_config *config,
                              const rs_run_result *result)
{
    const size_t last = result->rung_count - 1;
    return result->stop_reason == RS_STOP_RUNG
               ? (rs_held_out){.accuracy = result->rung_accuracy[last],
                               .bit_accuracy = result->rung_bit_accuracy[last],
                               .loss = result->rung_test_loss[last]}
               : rs_trainer_test(t, config);
}

static void test(rs_trainer *t, const rs_run_config *config, rs_run_result *result)
{
    const rs_held_out outcome = outcome_of(t, config, result);
    result->test_accuracy = outcome.accuracy;
    result->test_bit_accuracy = outcome.bit_accuracy;
    result->test_loss = outcome.loss;
    rs_trainer_run_further(t, config, result);
}

void rs_trainer_end_run(rs_trainer *t, const rs_run_config *config, const rs_portion *portion,
                        const rs_course *course, rs_run_result *result)
{
    rs_course_conclude(t, config, course, result);
    result->test_accuracy = result->test_bit_accuracy = result->test_loss = NAN;
    rs_trainer_leave_further(t, result);
    if (result->diverged_at >= 0)
        result->outcome = RS_RUN_DIVERGED;
    else
        test(t, config, result);
    if (result->stop_reason == RS_STOP_RUNG)
        result->outcome = RS_RUN_STOPPED;
    if (config->gradient_check && !result->gradient_check.agrees)
        result->outcome = RS_RUN_FAILED;
    result->loss = t->loss;
    result->loss_count = rs_trainer_loss_count(config);
    result->weight_count = t->network.count;
    result->weights = t->weights;
    rs_numbers_widen(t->weights, t->block[RS_BLOCK_THETA], result->weight_count, config->precision);
    if (result->stop_reason == RS_STOP_RUNG && portion->paused != NULL)
        *portion->paused = rs_paused_make(t, config, course, result);
}

/* ---- Calls ----------------------------------------------------------------------------------- */

static rs_status check(const rs_trainer *t, const rs_run_config *config, const rs_paused *paused,
                       rs_error *error)
{
    const rs_status status = rs_run_config_check(config, error);
    if (status == RS_OK && paused != NULL && !rs_paused_fits(paused, t, config))
        return rs_fail(error, RS_USAGE,
                       "a run cannot go on from the state of another configuration, or with other "
                       "rungs or checkpoints");
    return status;
}

static void train_alone(rs_trainer *t, const rs_run_config *config, const rs_portion *portion,
                        rs_run_result *result)
{
    rs_course course;
    rs_trainer_begin_run(t, config, portion, &course, result);
    rs_trainer_train(t, config, &course, result);
    rs_trainer_end_run(t, config, portion, &course, result);
}

rs_status rs_trainer_run_to(rs_trainer *trainer, size_t count, const rs_run_config *configs,
                            const size_t *rungs, rs_paused **paused, rs_run_result *results,
                            rs_error *error)
{
    rs_portion portions[RS_GROUP_RUNS_MOST];
    rs_status status = RS_OK;
    assert(count >= 1 && count <= RS_GROUP_RUNS_MOST);
    for (size_t i = 0; i < count && status == RS_OK; i++) {
        status = check(trainer, &configs[i], paused != NULL ? paused[i] : NULL, error);
        portions[i] = (rs_portion){.rung = rungs != NULL ? rungs[i] : SIZE_MAX,
                                   .paused = paused != NULL ? &paused[i] : NULL};
    }
    if (status == RS_OK)
        status = rs_trainer_reserve_group(trainer, &configs[0], count, error);
    if (status != RS_OK)
        return status;
    if (rs_trainer_group_most(&configs[0]) > 1)
        return rs_trainer_train_group(trainer, count, configs, portions, results, error);
    train_alone(trainer, &configs[0], &portions[0], &results[0]);
    return RS_OK;
}

rs_status rs_trainer_run_group(rs_trainer *trainer, size_t count, const rs_run_config *configs,
                               rs_run_result *results, rs_error *error)
{
    return rs_trainer_run_to(trainer, count, configs, NULL, NULL, results, error);
}

rs_status rs_trainer_run(rs_trainer *trainer, const rs_run_config *config, rs_run_result *result,
                         rs_error *error)
{
    return rs_trainer_run_to(trainer, 1, config, NULL, NULL, result, error);
}
