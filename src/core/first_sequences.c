#include "first_sequences.h"

#include "initial.h"

/* Sequences drawn at a time where they are only passed over. */
enum { PASSED_AT_ONCE = 256 };

/* Passes over the training set. */
static rs_status skip_training_set(const rs_run_config *config, rs_drawn *drawn, rs_random *random,
                                   rs_error *error)
{
    const uint32_t alike = rs_drawn_alike(config); /* all of them are passed together */
    const uint32_t most = alike < PASSED_AT_ONCE ? PASSED_AT_ONCE / alike * alike : alike;
    rs_run_config small = *config;
    small.train_samples = config->train_samples < most ? config->train_samples : most;
    small.test_samples = 1;
    rs_status status = rs_drawn_reserve(drawn, &small, error);
    if (status != RS_OK || config->fresh_data || config->all_sequences)
        return status;
    rs_drawn_begin(drawn, &small, RS_DRAWN_TRAIN, small.train_samples);
    for (uint32_t first = 0, here; first < config->train_samples; first += here) {
        here = config->train_samples - first;
        here = here < small.train_samples ? here : small.train_samples;
        rs_drawn_fill(drawn, config, RS_DRAWN_TRAIN, 0, here, alike, random);
    }
    return RS_OK;
}

static rs_status find_test_set(const rs_run_config *config, rs_drawn *drawn, rs_random *random,
                               rs_error *error)
{
    const rs_network network = rs_run_config_network(config);
    rs_status status = skip_training_set(config, drawn, random, error);
    for (uint32_t networks = config->gradient_check + 1;
         status == RS_OK && config->data_seed < 0 && networks > 0; networks--)
        rs_initial_draw(&network, config, random, NULL, NULL);
    return status;
}

static void begin_stream(const rs_run_config *config, rs_drawn_set set, rs_random *random)
{
    const uint32_t fresh[] = {rs_drawn_seed(config), 3};
    if (set == RS_DRAWN_TRAIN && config->fresh_data)
        rs_random_seed_words(random, fresh, 2);
    else
        rs_random_seed(random, fresh[0]);
}

rs_status rs_first_sequences(const rs_run_config *config, rs_drawn_set set, uint32_t count,
                             rs_drawn *drawn, rs_error *error)
{
    const uint32_t most = set == RS_DRAWN_TEST ? config->test_samples : config->train_samples;
    rs_run_config few = *config;
    rs_random random;
    rs_status status = rs_run_config_check(config, error);
    if (status != RS_OK)
        return status;
    if (count > most)
        return rs_fail(error, RS_USAGE, "%u sequences wanted, but the run draws %u", count, most);
    begin_stream(config, set, &random);
    if (set == RS_DRAWN_TEST && (status = find_test_set(config, drawn, &random, error)) != RS_OK)
        return status;
    few.fresh_data = 0;
    few.test_samples = count;
    few.train_samples = count;
    if ((status = rs_drawn_reserve(drawn, &few, error)) != RS_OK)
        return status;
    rs_drawn_begin(drawn, &few, set, count);
    if (set == RS_DRAWN_TRAIN && config->all_sequences)
        rs_drawn_enumerate(drawn, config);
    else
        rs_drawn_fill(drawn, config, set, 0, count,
                      set == RS_DRAWN_TRAIN ? rs_drawn_alike(config) : 1, &random);
    return RS_OK;
}
