/* Runs side by side. Each lane of the kernels' vectors is a run with a trainer of its own, for its
 * data and its course. The lanes share what kernels work on. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "code_window.h"
#include "memory.h"
#include "numbers.h"
#include "task_shape.h"
#include "trainer.h"

/* What the lanes share, begins as zeros. */
struct rs_run_group {
    rs_trainer *lane[RS_GROUP_LANES_MOST]; /* the first is the trainer that owns the group */
    void *block[RS_GROUP_BLOCKS];
    size_t block_room[RS_GROUP_BLOCKS];
    void *scratch;
    size_t scratch_room;
    rs_assembly assembly;
    rs_code_window codes; /* addition */
};

/* ---- Memory ---------------------------------------------------------------------------------- */

/* Bytes of what the lanes share. */
typedef struct group_need {
    size_t block, scratch, assembly;
} group_need;

static group_need need_of(const rs_isa *isa, const rs_run_config *config)
{
    const rs_network network = rs_run_config_network(config);
    const rs_group_kernel *kernel = rs_isa_kernel(isa, config->precision)->group;
    const uint32_t samples = config->batch_size, steps = rs_task_shape_of(config).train_steps;
    const bool is_addition = config->task == RS_TASK_ADDITION;
    return (group_need){.block = network.count * RS_GROUP_VECTOR_BYTES,
                        .scratch = kernel->scratch_bytes(&network, samples, steps),
                        .assembly =
                            is_addition ? 0 : rs_group_assembly_need(&network, samples, steps)};
}

static rs_status create(rs_trainer *t, rs_error *error)
{
    void *fresh = NULL;
    rs_status status = t->group != NULL ? RS_OK : rs_allocate(&fresh, 1, sizeof *t->group, error);
    if (status == RS_OK && t->group == NULL) {
        t->group = fresh;
        t->group->lane[0] = t;
    }
    return status;
}

static rs_status reserve_lanes(rs_trainer *t, const rs_run_config *config, size_t count,
                               rs_error *error)
{
    rs_status status = RS_OK;
    for (size_t l = 1; l < count && status == RS_OK; l++) {
        if (t->group->lane[l] == NULL)
            status = rs_trainer_create(&t->group->lane[l], t->isa, error);
        if (status != RS_OK)
            return status;
        rs_trainer *lane = t->group->lane[l];
        rs_trainer_set_test_lengths(lane, t->length_count, t->lengths);
        rs_trainer_set_checkpoints(lane, t->checkpoints);
        rs_trainer_set_rungs(lane, t->rungs);
        if ((status = rs_trainer_reserve_lane(lane, config, error)) == RS_OK &&
            (status = rs_trainer_reserve_checkpoints(lane, config, error)) == RS_OK &&
            (status = rs_trainer_reserve_rungs(lane, error)) == RS_OK)
            status = rs_trainer_reserve_further_results(lane, error);
    }
    return status;
}

rs_status rs_trainer_reserve_group(rs_trainer *t, const rs_run_config *config, size_t count,
                                   rs_error *error)
{
    rs_status status = rs_trainer_reserve_alone(t, config, error);
    if (status == RS_OK)
        status = rs_trainer_reserve_further(t, config, error);
    if (status == RS_OK)
        status = rs_trainer_reserve_checkpoints(t, config, error);
    if (status == RS_OK)
        status = rs_trainer_reserve_rungs(t, error);
    if (status != RS_OK || rs_trainer_group_most(config) == 1)
        return status;
    const rs_network network = rs_run_config_network(config);
    const group_need need = need_of(t->isa, config);
    if ((status = create(t, error)) != RS_OK)
        return status;
    rs_run_group *g = t->group;
    for (int i = 0; i < RS_GROUP_BLOCKS && status == RS_OK; i++)
        status = rs_grow(&g->block[i], &g->block_room[i], need.block, 1, error);
    if (status == RS_OK)
        status = rs_grow(&g->scratch, &g->scratch_room, need.scratch, 1, error);
    if (status == RS_OK && need.assembly > 0)
        status = rs_group_assembly_reserve(&g->assembly, &network, config->batch_size,
                                           rs_task_shape_of(config).train_steps, error);
    return status == RS_OK ? reserve_lanes(t, config, count, error) : status;
}

size_t rs_trainer_group_need(const rs_isa *isa, const rs_run_config *config, size_t count)
{
    if (rs_trainer_group_most(config) == 1)
        return 0;
    const group_need need = need_of(isa, config);
    return sizeof(rs_run_group) + RS_GROUP_BLOCKS * need.block + need.scratch + need.assembly +
           (count - 1) * rs_trainer_lane_need(config);
}

size_t rs_trainer_group_bytes(const rs_trainer *t)
{
    const rs_run_group *g = t->group;
    if (g == NULL)
        return 0;
    size_t bytes = sizeof *g + g->scratch_room + g->assembly.room;
    for (int i = 0; i < RS_GROUP_BLOCKS; i++)
        bytes += g->block_room[i];
    for (size_t l = 1; l < RS_GROUP_LANES_MOST && g->lane[l] != NULL; l++)
        bytes += rs_trainer_bytes(g->lane[l]); /* it has lent nothing */
    return bytes;
}

void rs_trainer_free_group(rs_trainer *t)
{
    rs_run_group *g = t->group;
    if (g == NULL)
        return;
    for (size_t l = 1; l < RS_GROUP_LANES_MOST; l++)
        rs_trainer_free(g->lane[l]);
    for (int i = 0; i < RS_GROUP_BLOCKS; i++)
        free(g->block[i]);
    free(g->scratch);
    rs_assembly_free(&g->assembly);
    free(g);
}

/* A lane works with the owner's memory for one network, which it gives back. */
static void lend(const rs_trainer *owner, rs_trainer *lane)
{
    for (int i = 0; i < RS_BLOCK_TOTAL; i++) {
        lane->block[i] = owner->block[i];
        lane->block_room[i] = owner->block_room[i];
    }
    lane->scratch = owner->scratch;
    lane->scratch_room = owner->scratch_room;
    lane->logit = owner->logit;
    lane->logit_room = owner->logit_room;
    lane->assembly = owner->assembly;
    lane->longer = owner->longer;
    lane->longer_pairs = owner->longer_pairs;
}

static void take_back(rs_trainer *lane)
{
    for (int i = 0; i < RS_BLOCK_TOTAL; i++) {
        lane->block[i] = NULL;
        lane->block_room[i] = 0;
    }
    lane->scratch = NULL;
    lane->logit = NULL;
    lane->scratch_room = lane->logit_room = 0;
    lane->assembly = (rs_assembly){0};
    lane->longer = (rs_drawn){0};
    lane->longer_pairs = (rs_sequences){0};
}

/* ---- One group while it is trained -------------------------------------------------------------
 */

typedef struct course_of {
    const rs_run_config *config;
    const rs_portion *portion;
    rs_run_result *result;
    rs_course course;
    bool runs;
    /* While updates are plain: the last recorded point of the curve, and updates to the next. */
    size_t recorded;
    uint32_t until_recorded;
} course_of;

typedef struct ensemble {
    rs_trainer *owner;
    rs_run_group *group;
    const rs_kernel *kernel;
    rs_network network;
    size_t count, lanes;
    size_t running;
    uint32_t precision;
    course_of of[RS_GROUP_LANES_MOST];
    rs_group_rules rules;
    rs_group_batch batch;
    double weight_sum[RS_GROUP_LANES_MOST], loss[RS_GROUP_LANES_MOST];
    rs_score score[RS_GROUP_LANES_MOST];
} ensemble;

static void copy_number(const ensemble *e, void *to, size_t at, const void *from, size_t index)
{
    const size_t size = rs_number_size(e->precision);
    memcpy((char *)to + at * size, (const char *)from + index * size, size);
}

/* A lane's numbers of a block into that of the lane's trainer, where tests want the network, and
 * back. */
static void gather(const ensemble *e, size_t l, int block)
{
    for (size_t i = 0; i < e->network.count; i++)
        copy_number(e, e->group->lane[l]->block[block], i, e->group->block[block],
                    i * e->lanes + l);
}

static void scatter(const ensemble *e, size_t l, int block)
{
    for (size_t i = 0; i < e->network.count; i++)
        copy_number(e, e->group->block[block], i * e->lanes + l, e->group->lane[l]->block[block],
                    i);
}

/* Zeros in all blocks of a lane, and rules that leave them finite. */
static void clear_lane(ensemble *e, size_t l)
{
    static const double zero = 0;
    for (int block = 0; block < RS_GROUP_BLOCKS; block++)
        for (size_t i = 0; i < e->network.count; i++)
            copy_number(e, e->group->block[block], i * e->lanes + l, &zero, 0);
    e->rules.rate[l] = e->rules.momentum[l] = e->rules.lambda[l] = e->rules.weight_decay[l] = 0;
    e->rules.beta1[l] = e->rules.beta2[l] = 0;
    e->rules.epsilon[l] = e->rules.correction1[l] = e->rules.correction2[l] = 1;
    e->rules.clip_norm[l] = INFINITY;
    e->weight_sum[l] = 0;
}

static void set_rules(ensemble *e, size_t l, const rs_run_config *config)
{
    rs_group_rules *r = &e->rules;
    r->optimizer = config->optimizer;
    r->nesterov = config->nesterov;
    r->epsilon_in_step = config->epsilon_placement == RS_EPSILON_STEP;
    r->epsilon[l] = config->epsilon;
    r->momentum[l] = config->momentum;
    r->lambda[l] = config->lambda;
    r->beta1[l] = config->beta1;
    r->beta2[l] = config->beta2;
    r->weight_decay[l] = config->weight_decay;
    r->clip_norm[l] = config->clip_norm > 0 ? config->clip_norm : (double)INFINITY;
}

/* ---- Minibatches ----------------------------------------------------------------------------- */

/* The minibatches at hand and the next ones of the runs, `count` in all; of lanes without a run
 * those of another. */
static void put_all_codes(ensemble *e, uint32_t count)
{
    const rs_run_config *config = e->of[0].config;
    rs_minibatch first[RS_GROUP_LANES_MOST];
    size_t any = 0;
    for (size_t l = 0; l < e->count; l++)
        if (e->of[l].runs) {
            first[l] = rs_trainer_minibatch(e->group->lane[l], config, e->of[l].course.index);
            any = l;
        }
    for (size_t l = 0; l < e->lanes; l++)
        if (l >= e->count || !e->of[l].runs)
            first[l] = first[any];
    rs_code_window_fill(&e->group->codes, e->lanes, first, count,
                        config->batching == RS_BATCHING_SLIDING ? 1 : config->batch_size);
    e->batch = (rs_group_batch){.samples = config->batch_size,
                                .steps = config->sequence_length,
                                .code = e->group->codes.code};
}

static void put_all_sequences(ensemble *e)
{
    rs_lane_batch of = {.data = e->owner->data,
                        .precision = e->precision,
                        .last = rs_task_reads_last(e->of[0].config)};
    for (size_t l = 0; l < e->count; l++)
        if (e->of[l].runs) {
            const rs_taken taken =
                rs_trainer_taken(e->group->lane[l], e->of[l].config, e->of[l].course.index);
            of.lane[l].set = taken.set;
            of.lane[l].order = taken.order;
            of.lane[l].samples = taken.samples;
        }
    e->batch = rs_assemble_group(&e->group->assembly, &of, e->lanes, e->weight_sum);
}

/* The minibatch `index` of every run; of the addition task also the next ones. */
static void put_all(ensemble *e, uint32_t count)
{
    if (e->owner->data == NULL)
        put_all_codes(e, count);
    else
        put_all_sequences(e);
}

static void put_next(ensemble *e)
{
    for (size_t l = 0; l < e->count; l++)
        e->of[l].course.index++;
    if (e->owner->data == NULL)
        e->batch.code += rs_group_code_bytes(&e->batch, e->lanes);
    else
        put_all_sequences(e);
}

/* ---- Losses ---------------------------------------------------------------------------------- */

/* The losses of the minibatch at hand, for the runs that want theirs. */
static void take_losses(ensemble *e)
{
    bool any = false;
    for (size_t l = 0; l < e->count; l++)
        any |= e->of[l].runs && e->of[l].course.wants_loss;
    if (!any)
        return;
    e->kernel->group->loss(e->group->scratch, &e->network, e->group->block[RS_BLOCK_THETA],
                           &e->batch, e->loss);
    for (size_t l = 0; l < e->count; l++)
        if (e->of[l].runs && e->of[l].course.wants_loss)
            rs_course_note_loss(e->of[l].config, &e->of[l].course, e->loss[l]);
}

/* ---- Beginning and end of a run -------------------------------------------------------------- */

static void begin_lane(ensemble *e, size_t l)
{
    course_of *of = &e->of[l];
    rs_trainer_begin_run(e->group->lane[l], of->config, of->portion, &of->course, of->result);
    for (int block = 0; block < (of->course.update > 0 ? RS_BLOCK_GRADIENT : 1); block++)
        scatter(e, l, block); /* at the beginning, the others are 0 */
    set_rules(e, l, of->config);
    of->runs = true;
    e->running++;
}

static void end_lane(ensemble *e, size_t l)
{
    course_of *of = &e->of[l];
    for (int block = 0; block < (rs_course_is_paused(&of->course) ? RS_BLOCK_GRADIENT : 1); block++)
        gather(e, l, block);
    rs_trainer_end_run(e->group->lane[l], of->config, of->portion, &of->course, of->result);
    clear_lane(e, l);
    of->runs = false;
    e->running--;
}

static void end_finished(ensemble *e)
{
    for (size_t l = 0; l < e->count; l++)
        if (e->of[l].runs && !rs_course_goes_on(&e->of[l].course))
            end_lane(e, l);
}

/* ---- An update ------------------------------------------------------------------------------- */

/* What is right of tasks that are judged by the sign of the last output. */
static void score_alone(ensemble *e, size_t l)
{
    rs_trainer *t = e->group->lane[l];
    gather(e, l, RS_BLOCK_THETA);
    const rs_minibatch own = rs_trainer_minibatch(t, e->of[l].config, e->of[l].course.index);
    rs_trainer_score(t, e->of[l].config, &own, &e->score[l]);
}

/* From the minibatch at hand to new parameters. Bit l: those of run l are finite. */
static uint32_t call_kernels(ensemble *e, bool takes_loss, bool takes_score)
{
    const rs_blocks blocks = {.theta = e->group->block[RS_BLOCK_THETA],
                              .velocity = e->group->block[RS_BLOCK_VELOCITY],
                              .squares = e->group->block[RS_BLOCK_SQUARES],
                              .gradient = e->group->block[RS_BLOCK_GRADIENT]};
    double *loss = takes_loss ? e->loss : NULL;
    if (takes_score)
        memset(e->score, 0, sizeof e->score);
    if (!takes_score || !rs_task_shape_of(e->of[0].config).by_sign)
        return e->kernel->group->update(e->group->scratch, &e->network, &e->rules, &blocks,
                                        &e->batch, loss, takes_score ? e->score : NULL);
    e->kernel->group_update->look_ahead(&e->network, &e->rules, &blocks);
    e->kernel->group->gradient(e->group->scratch, &e->network, blocks.theta, &e->batch,
                               blocks.gradient, loss, NULL);
    for (size_t l = 0; l < e->count; l++)
        if (e->of[l].runs)
            score_alone(e, l);
    return e->kernel->group_update->descend(&e->network, &e->rules, &blocks);
}

static void set_step(ensemble *e, size_t l, const rs_step *step)
{
    e->rules.rate[l] = step->rate;
    e->rules.correction1[l] = step->correction1;
    e->rules.correction2[l] = step->correction2;
}

/* What came with the gradient of a run. */
static rs_taken_part part_of(const ensemble *e, size_t l)
{
    return (rs_taken_part){.loss = e->loss[l],
                           .weight = e->owner->data == NULL
                                         ? (double)e->batch.samples * e->batch.steps
                                         : e->weight_sum[l],
                           .right = e->score[l].sums,
                           .sequences = rs_epoch_samples(&e->group->lane[l]->epoch, e->of[l].config,
                                                         e->of[l].course.index)};
}

static void update(ensemble *e)
{
    bool any_loss = false, any_score = false;
    for (size_t l = 0; l < e->count; l++)
        if (e->of[l].runs) {
            rs_course *course = &e->of[l].course;
            const rs_step step = rs_course_next(e->group->lane[l], e->of[l].config, course);
            set_step(e, l, &step);
            any_loss |= course->takes_loss;
            any_score |= course->takes_score;
        }
    put_all(e, 1);
    const uint32_t finite = call_kernels(e, any_loss, any_score);
    for (size_t l = 0; l < e->count; l++)
        if (e->of[l].runs) {
            const rs_taken_part part = part_of(e, l);
            rs_course_updated(e->of[l].config, &e->of[l].course, finite >> l & 1, &part);
        }
}

static void check(ensemble *e)
{
    for (size_t l = 0; l < e->count; l++)
        if (e->of[l].runs) {
            if (e->of[l].course.due && e->of[l].config->validation_samples > 0)
                gather(e, l, RS_BLOCK_THETA);
            rs_course_check(e->group->lane[l], e->of[l].config, &e->of[l].course, e->of[l].result);
        }
}

static void keep(ensemble *e)
{
    for (size_t l = 0; l < e->count; l++)
        if (e->of[l].runs && rs_course_keeps(&e->of[l].course)) {
            gather(e, l, RS_BLOCK_THETA);
            rs_course_keep(e->group->lane[l], e->of[l].config, &e->of[l].course, e->of[l].result);
        }
}

/* ---- Plain updates ---------------------------------------------------------------------------
 */

/* How many of the next updates are plain in all runs, as far as minibatches are put together at a
 * time. */
static uint32_t plain_updates(const ensemble *e)
{
    uint64_t count = rs_code_window_most(e->of[0].config->batch_size);
    for (size_t l = 0; l < e->count && count > 0; l++)
        if (e->of[l].runs) {
            const uint64_t own =
                rs_course_plain(e->group->lane[l], e->of[l].config, &e->of[l].course);
            count = own < count ? own : count;
        }
    return (uint32_t)count;
}

/* Whether rates or corrections change from update to update. */
static bool begin_plain(ensemble *e)
{
    bool changes = false;
    for (size_t l = 0; l < e->count; l++)
        if (e->of[l].runs) {
            course_of *of = &e->of[l];
            const uint32_t interval = of->config->loss_interval;
            of->course.index = (uint32_t)(of->course.update % e->group->lane[l]->epoch.updates);
            of->recorded = (size_t)(of->course.update / interval);
            of->until_recorded = interval - (uint32_t)(of->course.update % interval);
            changes |= rs_course_changes(of->config);
            if (!rs_course_changes(of->config))
                e->rules.rate[l] = of->config->learning_rate;
        }
    return changes;
}

static void next_steps(ensemble *e)
{
    for (size_t l = 0; l < e->count; l++)
        if (e->of[l].runs) {
            const rs_step step = rs_course_step(&e->of[l].course, e->of[l].config);
            set_step(e, l, &step);
        }
}

/* Counts an update for all runs. Whether one of them records its loss. */
static bool count_update(ensemble *e)
{
    bool any = false;
    for (size_t l = 0; l < e->count; l++)
        if (e->of[l].runs) {
            e->of[l].course.update++;
            any |= --e->of[l].until_recorded == 0;
        }
    return any;
}

/* Whether all runs go on. */
static bool record(ensemble *e, uint32_t finite)
{
    bool all = true;
    for (size_t l = 0; l < e->count; l++)
        if (e->of[l].runs) {
            course_of *of = &e->of[l];
            of->course.finite = finite >> l & 1;
            if (of->course.finite && of->until_recorded == 0) {
                of->until_recorded = of->config->loss_interval;
                rs_course_record(e->group->lane[l], of->config, &of->course, e->loss[l],
                                 ++of->recorded);
            }
            all &= of->course.finite;
        }
    return all;
}

/* Until all are made, or a run ends. */
static void make_plain_updates(ensemble *e, uint32_t count)
{
    const bool changes = begin_plain(e), before = e->of[0].config->recorded_loss == RS_LOSS_BEFORE;
    bool go_on = true;
    put_all(e, count);
    for (uint32_t i = 0; i < count && go_on; i++) {
        if (i > 0)
            put_next(e);
        const bool records = count_update(e);
        if (changes)
            next_steps(e);
        const uint32_t finite = call_kernels(e, records && before, false);
        if (records && !before)
            e->kernel->group->loss(e->group->scratch, &e->network, e->group->block[RS_BLOCK_THETA],
                                   &e->batch, e->loss);
        go_on = record(e, finite);
    }
}

/* ---- All updates ----------------------------------------------------------------------------- */

static void begin(ensemble *e)
{
    for (size_t l = 0; l < e->lanes; l++)
        clear_lane(e, l);
    for (size_t l = 0; l < e->count; l++)
        begin_lane(e, l);
    put_all(e, 1);
    take_losses(e);
    for (size_t l = 0; l < e->count; l++)
        if (e->of[l].course.update == 0)
            rs_course_first(e->group->lane[l], &e->of[l].course, e->of[l].result);
    keep(e);
}

static void train(ensemble *e)
{
    begin(e);
    for (end_finished(e); e->running > 0; end_finished(e)) {
        const uint32_t plain = plain_updates(e);
        if (plain > 0) {
            make_plain_updates(e, plain);
            continue;
        }
        update(e);
        take_losses(e);
        check(e);
        take_losses(e);
        keep(e);
    }
}

rs_status rs_trainer_train_group(rs_trainer *t, size_t count, const rs_run_config *configs,
                                 const rs_portion *portions, rs_run_result *results,
                                 rs_error *error)
{
    rs_status status = RS_OK;
    for (size_t l = 1; l < count && status == RS_OK; l++)
        status = rs_trainer_find_data(t->group->lane[l], &configs[l], error);
    if (status != RS_OK)
        return status;
    ensemble e = {.owner = t,
                  .group = t->group,
                  .kernel = rs_isa_kernel(t->isa, configs[0].precision),
                  .network = rs_run_config_network(&configs[0]),
                  .count = count,
                  .precision = configs[0].precision};
    e.lanes = e.kernel->group->lanes;
    for (size_t l = 0; l < count; l++) {
        e.of[l].config = &configs[l];
        e.of[l].portion = &portions[l];
        e.of[l].result = &results[l];
        if (l > 0)
            lend(t, t->group->lane[l]);
    }
    train(&e);
    for (size_t l = 1; l < count; l++)
        take_back(t->group->lane[l]);
    return RS_OK;
}
