/* The sets of a run. */
#include "task.h"
#include "trainer.h"

/* Files draw no sets. */
void rs_trainer_draw_training_set(rs_trainer *t, const rs_run_config *config, rs_random *random)
{
    if (t->data != NULL) {
        rs_random_seed(random, config->seed);
        return;
    }
    uint32_t seed = config->data_seed >= 0 ? (uint32_t)config->data_seed : config->seed;
    bool held = t->train_valid && t->train_seed == seed &&
                t->train.samples == config->train_samples &&
                t->train.steps == config->sequence_length;
    if (!held) {
        rs_random_seed(&t->after_train, seed);
        rs_sequences_draw(&t->train, config->train_samples, config->sequence_length,
                          &t->after_train);
        t->train_seed = seed;
        t->train_valid = true;
    }
    if (config->data_seed >= 0)
        rs_random_seed(random, config->seed);
    else
        *random = t->after_train;
}

void rs_trainer_begin_epoch(rs_trainer *t, const rs_run_config *config, uint64_t epoch)
{
    const uint32_t key[] = {config->seed, 1};
    for (uint32_t i = 0; t->data != NULL && epoch == 0 && i < config->train_samples; i++)
        t->order[i] = i;
    if (!config->shuffle)
        return;
    if (epoch == 0)
        rs_random_seed_words(&t->shuffles, key, 2);
    rs_random_permutation(&t->shuffles, config->train_samples, t->order);
    if (t->data == NULL)
        rs_sequences_permute(&t->shuffled, &t->train, t->order);
}

void rs_trainer_draw_test_set(rs_trainer *t, const rs_run_config *config, rs_random *random)
{
    rs_random data = t->after_train;
    rs_sequences_draw(&t->test, config->test_samples, config->sequence_length,
                      config->data_seed >= 0 ? &data : random);
}

rs_minibatch rs_trainer_minibatch(rs_trainer *t, const rs_run_config *config, uint32_t first,
                                  uint32_t samples, uint32_t precision)
{
    if (t->data != NULL)
        return rs_assemble(&t->assembly, t->data, rs_data_find(t->data, "train"), t->order + first,
                           samples, config->readout == RS_READOUT_LAST, precision);
    return rs_sequences_minibatch(config->shuffle ? &t->shuffled : &t->train, first, samples);
}

/* ---- Data ------------------------------------------------------------------------------------ */

rs_status rs_trainer_find_data(rs_trainer *trainer, const rs_run_config *config, rs_error *error)
{
    const rs_task_facts *facts = rs_task_facts_at(config->task);
    const rs_data *data = rs_task_data(config->task);
    if (facts != NULL && data == NULL)
        return rs_fail(error, RS_BAD_DATA, "the data file of task %s has not been read",
                       facts->name);
    trainer->data = data;
    return RS_OK;
}

void rs_trainer_test_on_data(rs_trainer *t, const rs_run_config *config, rs_score *score)
{
    uint32_t order[RS_TESTED_AT_ONCE];
    for (uint32_t first = 0, count; first < config->test_samples; first += count) {
        const uint32_t left = config->test_samples - first;
        count = left < RS_TESTED_AT_ONCE ? left : RS_TESTED_AT_ONCE;
        for (uint32_t i = 0; i < count; i++)
            order[i] = first + i;
        const rs_minibatch batch =
            rs_assemble(&t->assembly, t->data, rs_data_find(t->data, "test"), order, count,
                        config->readout == RS_READOUT_LAST, config->precision);
        rs_isa_kernel(t->isa, config->precision)
            ->evaluate(t->scratch, &t->network, t->block[RS_BLOCK_THETA], &batch, score);
    }
}
