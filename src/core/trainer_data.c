/* The sets of a run. */
#include "task_shape.h"
#include "trainer.h"

bool rs_trainer_is_drawn(const rs_trainer *t)
{
    return t->data == &t->drawn.data;
}

static void draw_pairs(rs_trainer *t, const rs_run_config *config)
{
    const uint32_t seed = rs_drawn_seed(config);
    const bool held = t->train_valid && t->train_seed == seed &&
                      t->train.samples == config->train_samples &&
                      t->train.steps == config->sequence_length;
    if (held)
        return;
    rs_random_seed(&t->after_train, seed);
    rs_sequences_draw(&t->train, config->train_samples, config->sequence_length, &t->after_train);
    t->train_seed = seed;
    t->train_valid = true;
}

static void draw_sequences(rs_trainer *t, const rs_run_config *config)
{
    if (t->drawn_valid && rs_drawn_is_shared(&t->drawn_for, config))
        return;
    rs_random_seed(&t->after_drawn, rs_drawn_seed(config));
    rs_drawn_begin(&t->drawn, config, RS_DRAWN_TRAIN, config->train_samples);
    if (config->all_sequences)
        rs_drawn_enumerate(&t->drawn, config);
    else
        rs_drawn_fill(&t->drawn, config, RS_DRAWN_TRAIN, 0, config->train_samples,
                      rs_drawn_alike(config), &t->after_drawn);
    t->drawings++;
    t->drawn_for = *config;
    t->drawn_valid = true;
}

/* There is no training set, and what comes after it in the stream comes first. */
static void begin_fresh(rs_trainer *t, const rs_run_config *config)
{
    const uint32_t key[] = {rs_drawn_seed(config), 3};
    rs_random_seed_words(&t->fresh, key, 2);
    if (rs_trainer_is_drawn(t))
        rs_drawn_begin(&t->drawn, config, RS_DRAWN_TRAIN, config->batch_size);
    t->drawn_valid = t->train_valid = false;
    rs_random_seed(rs_trainer_is_drawn(t) ? &t->after_drawn : &t->after_train, key[0]);
    rs_trainer_freshen(t, config);
}

void rs_trainer_freshen(rs_trainer *t, const rs_run_config *config)
{
    if (rs_trainer_is_drawn(t))
        rs_drawn_fill(&t->drawn, config, RS_DRAWN_TRAIN, 0, config->batch_size,
                      rs_drawn_alike(config), &t->fresh);
    else
        rs_sequences_draw(&t->train, config->batch_size, config->sequence_length, &t->fresh);
}

/* Files draw no sets. */
void rs_trainer_draw_training_set(rs_trainer *t, const rs_run_config *config, rs_random *random)
{
    const bool from_file = t->data != NULL && !rs_trainer_is_drawn(t);
    if (!from_file && config->fresh_data)
        begin_fresh(t, config);
    else if (rs_trainer_is_drawn(t))
        draw_sequences(t, config);
    else if (!from_file)
        draw_pairs(t, config);
    if (from_file || config->data_seed >= 0)
        rs_random_seed(random, config->seed);
    else
        *random = rs_trainer_is_drawn(t) ? t->after_drawn : t->after_train;
}

static const rs_data_set *training_set(const rs_trainer *t)
{
    return t->data != NULL ? rs_data_find(t->data, "train") : NULL;
}

/* Whether minibatches of the addition task are not simply parts of the training set. */
static bool has_order(const rs_trainer *t, const rs_run_config *config)
{
    return t->data == NULL && (config->shuffle || config->train_fraction < 1);
}

/* How sequences become minibatches of the run. */
static rs_batch_form batch_form(const rs_trainer *t, const rs_run_config *config)
{
    return (rs_batch_form){.precision = config->precision,
                           .last = rs_task_reads_last(config),
                           .by_number =
                               rs_isa_kernel(t->isa, config->precision)->looks_up(&t->network)};
}

static void begin_kept(rs_trainer *t, const rs_run_config *config)
{
    const rs_kept_key key = {.data = t->data,
                             .version = t->drawings,
                             .by_number = batch_form(t, config).by_number,
                             .config = *config};
    rs_kept_begin(&t->kept, &key, rs_task_shape_of(config).train_steps);
}

void rs_trainer_begin_epochs(rs_trainer *t, const rs_run_config *config)
{
    rs_epoch_begin_run(&t->epoch, config, training_set(t));
    if (t->data != NULL)
        begin_kept(t, config);
    if (has_order(t, config))
        rs_sequences_permute(&t->ordered, &t->train, t->epoch.order, t->epoch.used);
}

void rs_trainer_next_epoch(rs_trainer *t, const rs_run_config *config)
{
    rs_epoch_next(&t->epoch, config, training_set(t));
    if (config->shuffle && t->data == NULL)
        rs_sequences_permute(&t->ordered, &t->train, t->epoch.order, t->epoch.used);
}

void rs_trainer_restore_epoch(rs_trainer *t, const rs_run_config *config)
{
    if (!config->shuffle)
        return;
    t->epoch.shuffles = t->epoch.before;
    rs_trainer_next_epoch(t, config);
}

rs_taken rs_trainer_taken(const rs_trainer *t, const rs_run_config *config, uint32_t k)
{
    const uint32_t first = config->fresh_data ? 0 : t->epoch.first[k];
    return (rs_taken){.set = training_set(t),
                      .order = t->epoch.order + first,
                      .samples = rs_epoch_samples(&t->epoch, config, k)};
}

static rs_minibatch assemble(const rs_trainer *t, const rs_run_config *config, uint32_t k,
                             rs_assembly *assembly)
{
    const rs_taken taken = rs_trainer_taken(t, config, k);
    return rs_assemble(assembly, t->data, taken.set, taken.order, taken.samples,
                       batch_form(t, config));
}

rs_minibatch rs_trainer_minibatch(rs_trainer *t, const rs_run_config *config, uint32_t k)
{
    rs_kept_batch *kept = t->data != NULL ? rs_kept_at(&t->kept, k) : NULL;
    if (t->data == NULL)
        return rs_sequences_minibatch(has_order(t, config) ? &t->ordered : &t->train,
                                      config->fresh_data ? 0 : t->epoch.first[k],
                                      rs_epoch_samples(&t->epoch, config, k));
    if (kept == NULL)
        return assemble(t, config, k, &t->assembly);
    if (!kept->is_made)
        kept->batch = assemble(t, config, k, &kept->assembly);
    kept->is_made = true;
    return kept->batch;
}

rs_minibatch rs_trainer_assemble(rs_trainer *t, const rs_run_config *config, const rs_data *data,
                                 const rs_data_set *set, uint32_t first, uint32_t count)
{
    uint32_t order[RS_TESTED_AT_ONCE];
    for (uint32_t i = 0; i < count; i++)
        order[i] = first + i;
    return rs_assemble(&t->assembly, data, set, order, count, batch_form(t, config));
}

rs_minibatch rs_trainer_first_samples(rs_trainer *t, const rs_run_config *config, uint32_t samples)
{
    if (t->data == NULL)
        return rs_sequences_minibatch(&t->train, 0, samples);
    for (uint32_t i = 0; i < samples; i++)
        t->epoch.order[i] = i;
    const rs_batch_form form = {.precision = RS_FLOAT64, .last = rs_task_reads_last(config)};
    return rs_assemble(&t->assembly, t->data, training_set(t), t->epoch.order, samples, form);
}

/* ---- Data ------------------------------------------------------------------------------------ */

rs_status rs_trainer_find_data(rs_trainer *trainer, const rs_run_config *config, rs_error *error)
{
    const rs_task_facts *facts = rs_task_facts_at(config->task);
    const rs_data *data = rs_task_data(config->task);
    if (facts != NULL && data == NULL)
        return rs_fail(error, RS_BAD_DATA, "the data file of task %s has not been read",
                       facts->name);
    trainer->data = facts == NULL && config->task != RS_TASK_ADDITION ? &trainer->drawn.data : data;
    return RS_OK;
}
