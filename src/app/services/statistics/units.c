#include "units.h"

#include <stdlib.h>

#include "memory.h"
#include "rules.h"

/* The seeds of the chosen rows, as far as they decide what the unit is. */
struct survey {
    bool found, seed_varies, data_seed_varies, data_seed_given;
};

static struct survey look(const rs_results *results, const rs_filter *filter)
{
    struct survey survey = {0};
    rs_run_config first, config;
    size_t count = rs_results_count(results);
    for (size_t row = 0; row < count; row++) {
        rs_results_config(results, row, &config);
        if (filter != NULL && !rs_filter_holds(filter, &config))
            continue;
        if (!survey.found)
            first = config;
        survey.found = true;
        survey.seed_varies |= config.seed != first.seed;
        survey.data_seed_varies |= config.data_seed != first.data_seed;
        survey.data_seed_given |= config.data_seed >= 0;
    }
    return survey;
}

static void choose_unit(rs_units *units, const struct survey *survey, const rs_key_set *by)
{
    bool seeds = survey->seed_varies && !by->parameter[RS_KEY_SEED];
    bool data_sets = survey->data_seed_varies && !by->parameter[RS_PARAMETER_data_seed];
    if (!seeds && data_sets)
        *units = (rs_units){.name = "data_seed", .held = "seed", .place = RS_PARAMETER_data_seed};
    else
        *units = (rs_units){.name = "seed",
                            .held = survey->data_seed_given ? "data_seed" : NULL,
                            .place = RS_KEY_SEED};
}

/* Open addressing; at most half of the slots are taken. */
struct seen {
    int64_t *values;   /* [slots] */
    uint32_t *numbers; /* [slots] + 1; 0: free */
    size_t slots;      /* a power of two */
};

static size_t place_of(const struct seen *seen, int64_t value)
{
    size_t slot = (size_t)((uint64_t)value * 0x9e3779b97f4a7c15u >> 20) & (seen->slots - 1);
    while (seen->numbers[slot] != 0 && seen->values[slot] != value)
        slot = (slot + 1) & (seen->slots - 1);
    return slot;
}

static void free_seen(struct seen *seen)
{
    free(seen->values);
    free(seen->numbers);
}

static rs_status widen(struct seen *seen, rs_error *error)
{
    enum { SLOTS_FIRST = 1024 };
    struct seen wider = {.slots = seen->slots > 0 ? 2 * seen->slots : SLOTS_FIRST};
    rs_status status;
    if ((status = rs_allocate((void **)&wider.values, wider.slots, sizeof *wider.values, error)) !=
            RS_OK ||
        (status = rs_allocate((void **)&wider.numbers, wider.slots, sizeof *wider.numbers,
                              error)) != RS_OK) {
        free_seen(&wider);
        return status;
    }
    for (size_t slot = 0; slot < seen->slots; slot++) {
        if (seen->numbers[slot] == 0)
            continue;
        size_t place = place_of(&wider, seen->values[slot]);
        wider.values[place] = seen->values[slot];
        wider.numbers[place] = seen->numbers[slot];
    }
    free_seen(seen);
    *seen = wider;
    return RS_OK;
}

static rs_status number_rows(rs_units *units, struct seen *seen, const rs_results *results,
                             const rs_filter *filter, rs_error *error)
{
    size_t count = rs_results_count(results);
    for (size_t row = 0; row < count; row++) {
        rs_run_config config;
        rs_status status;
        rs_results_config(results, row, &config);
        if (filter != NULL && !rs_filter_holds(filter, &config))
            continue;
        if (2 * (units->count + 1) > seen->slots && (status = widen(seen, error)) != RS_OK)
            return status;
        int64_t value = units->place == RS_KEY_SEED ? (int64_t)config.seed : config.data_seed;
        size_t slot = place_of(seen, value);
        if (seen->numbers[slot] == 0) {
            seen->values[slot] = value;
            seen->numbers[slot] = (uint32_t)++units->count;
        }
        units->of_row[row] = seen->numbers[slot] - 1;
    }
    return RS_OK;
}

rs_status rs_units_find(rs_units *units, const rs_results *results, const rs_key_set *by,
                        const rs_filter *filter, rs_error *error)
{
    const struct survey survey = look(results, filter);
    struct seen seen = {0};
    rs_units found;
    choose_unit(&found, &survey, by);
    rs_status status =
        rs_allocate((void **)&found.of_row, rs_results_count(results), sizeof *found.of_row, error);
    if (status == RS_OK)
        status = number_rows(&found, &seen, results, filter, error);
    free_seen(&seen);
    if (status == RS_OK)
        *units = found;
    else
        rs_units_free(&found);
    return status;
}

void rs_units_free(rs_units *units)
{
    free(units->of_row);
    *units = (rs_units){0};
}

bool rs_follows_task(const rs_parameter *parameter)
{
    bool follows = parameter == &rs_parameters[RS_PARAMETER_train_samples] ||
                   parameter == &rs_parameters[RS_PARAMETER_test_samples] ||
                   parameter == &rs_parameters[RS_PARAMETER_validation_samples];
    for (size_t i = 0; !follows && i < rs_scope_count; i++)
        follows = rs_scopes[i].of == RS_PARAMETER_task &&
                  parameter == &rs_parameters[rs_scopes[i].parameter] &&
                  rs_scopes[i].parameter != RS_PARAMETER_data_seed &&
                  rs_scopes[i].parameter != RS_PARAMETER_loss_function &&
                  rs_scopes[i].parameter != RS_PARAMETER_readout;
    return follows;
}

bool rs_decides_draws(const rs_parameter *parameter)
{
    return (rs_follows_task(parameter) && parameter != &rs_parameters[RS_PARAMETER_test_samples] &&
            parameter != &rs_parameters[RS_PARAMETER_validation_samples]) ||
           parameter == &rs_parameters[RS_PARAMETER_task] ||
           parameter == &rs_parameters[RS_PARAMETER_gradient_check] ||
           parameter == &rs_parameters[RS_PARAMETER_data_seed];
}
