/* The sets of a run. */
#include "trainer.h"

void rs_trainer_draw_training_set(rs_trainer *t, const rs_run_config *config, rs_random *random)
{
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
    if (!config->shuffle)
        return;
    if (epoch == 0)
        rs_random_seed_words(&t->shuffles, key, 2);
    rs_random_permutation(&t->shuffles, config->train_samples, t->order);
    rs_sequences_permute(&t->shuffled, &t->train, t->order);
}

void rs_trainer_draw_test_set(rs_trainer *t, const rs_run_config *config, rs_random *random)
{
    rs_random data = t->after_train;
    rs_sequences_draw(&t->test, config->test_samples, config->sequence_length,
                      config->data_seed >= 0 ? &data : random);
}
