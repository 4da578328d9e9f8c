/* The memory of a trainer. */
#include "trainer.h"

#include <stdlib.h>

#include "memory.h"
#include "task_shape.h"

enum { GRADIENT_CHECK_SAMPLES = 100, LANES_LEAST = 8 /* of a logical vector */ };

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
    rs_trainer_free_group(trainer);
    rs_sequences_free(&trainer->train);
    rs_sequences_free(&trainer->test);
    rs_sequences_free(&trainer->validation);
    rs_sequences_free(&trainer->ordered);
    rs_assembly_free(&trainer->assembly);
    rs_drawn_free(&trainer->drawn);
    rs_drawn_free(&trainer->longer);
    rs_sequences_free(&trainer->longer_pairs);
    free(trainer->further);
    free(trainer->kept_updates);
    free(trainer->kept_weights);
    free(trainer->rung);
    rs_kept_free(&trainer->kept);
    rs_epoch_free(&trainer->epoch);
    for (int i = 0; i < RS_BLOCK_TOTAL; i++)
        free(trainer->block[i]);
    free(trainer->scratch);
    free(trainer->loss);
    free(trainer->weights);
    free(trainer->logit);
    free(trainer->checked);
    free(trainer);
}

size_t rs_trainer_loss_count(const rs_run_config *config)
{
    return (size_t)(1 + rs_run_config_updates(config) / config->loss_interval);
}

size_t rs_trainer_check_count(const rs_run_config *config)
{
    return config->validation_samples > 0 ? (size_t)rs_run_config_checks(config) : 0;
}

void rs_trainer_set_checkpoints(rs_trainer *trainer, const rs_checkpoints *checkpoints)
{
    trainer->checkpoints = checkpoints;
}

void rs_trainer_set_rungs(rs_trainer *trainer, const rs_rungs *rungs)
{
    trainer->rungs = rungs;
}

size_t rs_trainer_checkpoint_count(const rs_trainer *trainer, const rs_run_config *config)
{
    return rs_checkpoints_total(trainer->checkpoints, rs_run_config_updates(config));
}

uint32_t rs_trainer_checked_samples(const rs_run_config *config)
{
    const uint32_t held = config->fresh_data ? config->batch_size : config->train_samples;
    return held < GRADIENT_CHECK_SAMPLES ? held : GRADIENT_CHECK_SAMPLES;
}

static rs_status reserve_doubles(double **block, size_t *room, size_t count, rs_error *error)
{
    void *grown = *block;
    rs_status status = rs_grow(&grown, room, count, sizeof(double), error);
    *block = grown;
    return status;
}

/* Of the kernels of either precision; trains: they take the gradient too. */
static size_t scratch_need(const rs_isa *isa, const rs_network *network, uint32_t samples,
                           uint32_t steps, bool trains)
{
    size_t bytes = 0;
    for (uint32_t precision = RS_FLOAT32; precision <= RS_FLOAT64; precision++) {
        const rs_kernel *kernel = rs_isa_kernel(isa, precision);
        size_t wanted = kernel->scratch_bytes(network, samples, steps, trains);
        bytes = wanted > bytes ? wanted : bytes;
    }
    return bytes;
}

/* The batches of a run. Kernels part a batch into chunks of nearly equal size, so that a smaller
 * one may need more scratch: each size counts. */
typedef struct batches {
    uint32_t tested, validated; /* samples that are tested and validated at once */
    uint32_t shortest, longest; /* steps */
} batches;

static size_t larger_need(size_t a, size_t b)
{
    return a > b ? a : b;
}

/* Of `samples` sequences, so many of which are tested at once; 0: there are none. */
static size_t tested_need(const rs_isa *isa, const rs_network *network, uint32_t samples,
                          uint32_t at_once, uint32_t steps)
{
    const uint32_t left = at_once > 0 ? samples % at_once : 0;
    const size_t rest = left > 0 ? scratch_need(isa, network, left, steps, false) : 0;
    return at_once > 0 ? larger_need(rest, scratch_need(isa, network, at_once, steps, false)) : 0;
}

static size_t run_scratch_need(const rs_isa *isa, const rs_run_config *config,
                               const rs_network *network, const batches *of)
{
    const uint32_t checked = rs_trainer_checked_samples(config);
    const uint32_t smaller = rs_run_config_groups_lengths(config) ? config->batch_size : 0;
    size_t most = 0;
    for (uint32_t steps = of->shortest; steps <= of->longest; steps++) {
        const size_t wanted[] = {
            scratch_need(isa, network, config->batch_size, steps, true),
            scratch_need(isa, network, checked, steps, true),
            tested_need(isa, network, config->test_samples, of->tested, steps),
            tested_need(isa, network, config->validation_samples, of->validated, steps)};
        for (size_t i = 0; i < sizeof wanted / sizeof wanted[0]; i++)
            most = larger_need(most, wanted[i]);
        for (uint32_t left_over = 1; left_over < smaller; left_over += LANES_LEAST)
            most = larger_need(most, scratch_need(isa, network, left_over, steps, true));
    }
    return most;
}

static rs_status reserve_scratch(rs_trainer *t, size_t bytes, rs_error *error)
{
    return rs_grow(&t->scratch, &t->scratch_room, bytes, 1, error);
}

/* Of either precision, with the room past its end that kernels may write. */
static size_t block_need(size_t count)
{
    return rs_padded(count) * sizeof(double);
}

static rs_status reserve_block(rs_trainer *t, int block, size_t count, rs_error *error)
{
    return rs_grow(&t->block[block], &t->block_room[block], block_need(count), 1, error);
}

/* What a run leaves behind. */
static rs_status reserve_results(rs_trainer *t, const rs_run_config *config, rs_error *error)
{
    const rs_network network = rs_run_config_network(config);
    rs_status status = reserve_doubles(&t->weights, &t->weights_room, network.count, error);
    if (status == RS_OK)
        status = reserve_doubles(&t->loss, &t->loss_room, rs_trainer_loss_count(config), error);
    if (status == RS_OK)
        status = reserve_doubles(&t->checked, &t->checked_room,
                                 RS_CHECKED_TOTAL * rs_trainer_check_count(config), error);
    return status;
}

static rs_status reserve_blocks(rs_trainer *t, const rs_run_config *config, rs_error *error)
{
    const rs_network network = rs_run_config_network(config);
    rs_status status = RS_OK;
    for (int i = 0; i < RS_BLOCK_TOTAL && status == RS_OK; i++)
        if (i != RS_BLOCK_TRAINED || !rs_network_is_trained(&network))
            status = reserve_block(t, i, network.count, error);
    return status;
}

/* Whether the training set of the addition task is needed in an order of the run's own. */
static bool has_order(const rs_run_config *config)
{
    return config->shuffle || config->train_fraction < 1;
}

static uint32_t larger(uint32_t a, uint32_t b)
{
    return a > b ? a : b;
}

/* What runs on data need room for: minibatches are assembled one at a time. */
typedef struct data_need {
    uint32_t samples; /* at once, at most */
    batches batches;
} data_need;

/* Whether minibatches may be shorter than the longest sequence. */
static bool is_ragged(uint32_t task, const rs_task_shape *shape)
{
    const rs_data *data = rs_task_data(task);
    bool ragged = shape->ragged || (task >= RS_TASK_TOTAL && data == NULL);
    for (size_t i = 0; data != NULL && i < data->set_count; i++)
        ragged |= data->sets[i].lengths.values != NULL;
    return ragged;
}

static uint32_t at_once(uint32_t samples)
{
    return samples < RS_TESTED_AT_ONCE ? samples : RS_TESTED_AT_ONCE;
}

static data_need need_of(const rs_run_config *config)
{
    const rs_task_shape shape = rs_task_shape_of(config);
    const uint32_t tested = at_once(config->test_samples);
    const uint32_t validated = at_once(config->validation_samples);
    const uint32_t longest = larger(shape.train_steps, shape.test_steps);
    const uint32_t shortest =
        is_ragged(config->task, &shape)
            ? 1
            : (shape.train_steps < longest ? shape.train_steps : shape.test_steps);
    return (data_need){
        .samples = larger(larger(config->batch_size, larger(tested, validated)),
                          rs_trainer_checked_samples(config)),
        .batches = {
            .tested = tested, .validated = validated, .shortest = shortest, .longest = longest}};
}

static rs_status reserve_drawn(rs_trainer *t, const rs_run_config *config, rs_error *error)
{
    const void *before = t->drawn.bytes[RS_DRAWN_TRAIN];
    rs_status status = rs_drawn_reserve(&t->drawn, config, error);
    t->drawn_valid &= status == RS_OK && t->drawn.bytes[RS_DRAWN_TRAIN] == before;
    return status;
}

/* What a run on data needs of its own. */
static rs_status reserve_data(rs_trainer *t, const rs_run_config *config, rs_error *error)
{
    rs_status status = t->data == &t->drawn.data ? reserve_drawn(t, config, error) : RS_OK;
    if (status == RS_OK)
        status = rs_epoch_reserve(&t->epoch, config, rs_task_shape_of(config).train_steps, error);
    return status;
}

/* And one of the addition task. */
static rs_status reserve_pairs(rs_trainer *t, const rs_run_config *config, rs_error *error)
{
    const uint32_t steps = config->sequence_length;
    const size_t train_room = t->train.room;
    rs_status status = rs_sequences_reserve(&t->train, config->train_samples, steps, error);
    if (t->train.room != train_room)
        t->train_valid = false;
    if (status == RS_OK)
        status = rs_sequences_reserve(&t->test, config->test_samples, steps, error);
    if (status == RS_OK && config->validation_samples > 0)
        status = rs_sequences_reserve(&t->validation, config->validation_samples, steps, error);
    if (status == RS_OK)
        status = rs_epoch_reserve(&t->epoch, config, 1, error);
    if (status == RS_OK && has_order(config))
        status = rs_sequences_reserve(&t->ordered, config->train_samples, steps, error);
    return status;
}

rs_status rs_trainer_reserve_lane(rs_trainer *t, const rs_run_config *config, rs_error *error)
{
    rs_status status = rs_trainer_find_data(t, config, error);
    if (status == RS_OK)
        status = t->data != NULL ? reserve_data(t, config, error) : reserve_pairs(t, config, error);
    return status == RS_OK ? reserve_results(t, config, error) : status;
}

/* What runs on data work with, one after the other. */
static rs_status reserve_for_data(rs_trainer *t, const rs_run_config *config, rs_error *error)
{
    const rs_network network = rs_run_config_network(config);
    const data_need need = need_of(config);
    rs_status status =
        rs_assembly_reserve(&t->assembly, &network, need.samples, need.batches.longest, error);
    if (status == RS_OK)
        status = rs_kept_reserve(&t->kept, config, rs_task_shape_of(config).train_steps, error);
    if (status == RS_OK)
        status =
            reserve_scratch(t, run_scratch_need(t->isa, config, &network, &need.batches), error);
    return status;
}

/* The batches of runs of the addition task. */
static batches batches_of_pairs(const rs_run_config *config)
{
    return (batches){.tested = config->test_samples,
                     .validated = config->validation_samples,
                     .shortest = config->sequence_length,
                     .longest = config->sequence_length};
}

rs_status rs_trainer_reserve_alone(rs_trainer *t, const rs_run_config *config, rs_error *error)
{
    const rs_network network = rs_run_config_network(config);
    const batches whole = batches_of_pairs(config);
    rs_status status = rs_trainer_reserve_lane(t, config, error);
    if (status == RS_OK && t->data != NULL)
        status = reserve_for_data(t, config, error);
    else if (status == RS_OK)
        status = reserve_scratch(t, run_scratch_need(t->isa, config, &network, &whole), error);
    return status == RS_OK ? reserve_blocks(t, config, error) : status;
}

rs_status rs_trainer_reserve_batches(rs_trainer *t, const rs_run_config *config, uint32_t samples,
                                     uint32_t steps, rs_error *error)
{
    const rs_network network = rs_run_config_network(config);
    rs_status status = RS_OK;
    if (t->data != NULL)
        status = rs_assembly_reserve(&t->assembly, &network, samples, steps, error);
    return status == RS_OK
               ? reserve_scratch(t, rs_trainer_test_need(t->isa, config, samples, steps).scratch,
                                 error)
               : status;
}

rs_status rs_trainer_reserve_checkpoints(rs_trainer *t, const rs_run_config *config,
                                         rs_error *error)
{
    const size_t count = rs_trainer_checkpoint_count(t, config);
    rs_status status = reserve_doubles(&t->kept_updates, &t->kept_updates_room, count, error);
    return status != RS_OK ? status
                           : reserve_doubles(&t->kept_weights, &t->kept_weights_room,
                                             count * rs_run_config_network(config).count, error);
}

rs_status rs_trainer_reserve_rungs(rs_trainer *t, rs_error *error)
{
    const size_t count = t->rungs != NULL ? t->rungs->count : 0;
    return reserve_doubles(&t->rung, &t->rung_room, RS_RUNG_TOTAL * count, error);
}

rs_status rs_trainer_reserve(rs_trainer *trainer, const rs_run_config *config, rs_error *error)
{
    return rs_trainer_reserve_group(trainer, config, 1, error);
}

rs_status rs_trainer_reserve_predictions(rs_trainer *t, const rs_run_config *config, uint32_t count,
                                         size_t logit_stride, rs_error *error)
{
    const rs_network network = rs_run_config_network(config);
    const uint32_t steps = config->sequence_length;
    rs_status status = rs_sequences_reserve(&t->test, count, steps, error);
    if (status == RS_OK)
        status = reserve_scratch(t, scratch_need(t->isa, &network, count, steps, false), error);
    if (status == RS_OK)
        status = reserve_block(t, RS_BLOCK_THETA, network.count, error);
    if (status == RS_OK)
        status = reserve_doubles(&t->logit, &t->logit_room, logit_stride * steps, error);
    return status;
}

rs_status rs_trainer_reserve_answers(rs_trainer *t, const rs_run_config *config, uint32_t sequences,
                                     uint32_t at_once, uint32_t steps, rs_error *error)
{
    const rs_network network = rs_run_config_network(config);
    const uint32_t tested = sequences < at_once ? sequences : at_once;
    size_t scratch = 0;
    for (uint32_t k = 1; k <= steps; k++)
        scratch = larger_need(scratch, tested_need(t->isa, &network, sequences, tested, k));
    rs_status status = rs_assembly_reserve(&t->assembly, &network, tested, steps, error);
    if (status == RS_OK)
        status = reserve_scratch(t, scratch, error);
    if (status == RS_OK)
        status = reserve_block(t, RS_BLOCK_THETA, network.count, error);
    if (status == RS_OK)
        status = reserve_doubles(&t->logit, &t->logit_room,
                                 rs_padded(tested) * steps * network.outputs, error);
    return status;
}

size_t rs_trainer_lane_need(const rs_run_config *config)
{
    const rs_network network = rs_run_config_network(config);
    const size_t doubles = network.count + rs_trainer_loss_count(config) +
                           RS_CHECKED_TOTAL * rs_trainer_check_count(config);
    const size_t always = sizeof(rs_trainer) + doubles * sizeof(double);
    const uint32_t steps = config->sequence_length;
    const size_t train = rs_sequences_need(config->train_samples, steps);
    if (config->task != RS_TASK_ADDITION)
        return always + rs_epoch_need(config, rs_task_shape_of(config).train_steps) +
               (config->task < RS_TASK_TOTAL ? rs_drawn_need(config) : 0);
    return always + train + rs_epoch_need(config, 1) + (has_order(config) ? train : 0) +
           rs_sequences_need(config->test_samples, steps) +
           (config->validation_samples > 0 ? rs_sequences_need(config->validation_samples, steps)
                                           : 0);
}

rs_batch_need rs_trainer_run_need(const rs_isa *isa, const rs_run_config *config)
{
    const rs_network network = rs_run_config_network(config);
    const batches whole = batches_of_pairs(config);
    if (config->task == RS_TASK_ADDITION)
        return (rs_batch_need){.scratch = run_scratch_need(isa, config, &network, &whole)};
    const data_need need = need_of(config);
    return (rs_batch_need){.scratch = run_scratch_need(isa, config, &network, &need.batches),
                           .assembly =
                               rs_assembly_need(&network, need.samples, need.batches.longest)};
}

rs_batch_need rs_trainer_test_need(const rs_isa *isa, const rs_run_config *config, uint32_t samples,
                                   uint32_t steps)
{
    const rs_network network = rs_run_config_network(config);
    rs_batch_need need = {.scratch = scratch_need(isa, &network, samples, steps, false)};
    for (uint32_t count = 1; count <= samples; count += LANES_LEAST)
        need.scratch = larger_need(need.scratch, scratch_need(isa, &network, count, steps, false));
    if (config->task != RS_TASK_ADDITION)
        need.assembly = rs_assembly_need(&network, samples, steps);
    return need;
}

/* Of a run whose lanes are samples or states. */
static size_t need_alone(const rs_isa *isa, const rs_run_config *config)
{
    const rs_network network = rs_run_config_network(config);
    const size_t blocks = RS_BLOCK_TOTAL - (rs_network_is_trained(&network) ? 1 : 0);
    const rs_batch_need need = rs_trainer_run_need(isa, config);
    const size_t kept = config->task != RS_TASK_ADDITION
                            ? rs_kept_need(config, rs_task_shape_of(config).train_steps)
                            : 0;
    return rs_trainer_lane_need(config) + blocks * block_need(network.count) + kept + need.scratch +
           need.assembly;
}

size_t rs_trainer_need(const rs_isa *isa, const rs_run_config *config, size_t count)
{
    return need_alone(isa, config) + rs_trainer_group_need(isa, config, count);
}

size_t rs_trainer_bytes(const rs_trainer *trainer)
{
    size_t doubles = trainer->loss_room + trainer->weights_room + trainer->logit_room +
                     trainer->checked_room + trainer->further_room + trainer->kept_updates_room +
                     trainer->kept_weights_room + trainer->rung_room;
    size_t bytes =
        sizeof *trainer + trainer->train.room + trainer->test.room + trainer->validation.room +
        trainer->ordered.room + rs_epoch_bytes(&trainer->epoch) + trainer->kept.room +
        trainer->kept.batch_room * sizeof *trainer->kept.batches + trainer->scratch_room +
        trainer->assembly.room + trainer->drawn.scratch_room + doubles * sizeof(double);
    for (int set = 0; set < RS_DRAWN_TOTAL; set++)
        bytes += trainer->drawn.room[set] + trainer->longer.room[set];
    bytes += trainer->longer.scratch_room + trainer->longer_pairs.room;
    for (int i = 0; i < RS_BLOCK_TOTAL; i++)
        bytes += trainer->block_room[i];
    return bytes + rs_trainer_group_bytes(trainer);
}
