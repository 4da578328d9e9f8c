#include "select.h"

#include <stdlib.h>
#include <string.h>

#include "identity.h"
#include "memory.h"

/* ---- Equal configurations -------------------------------------------------------------------- */

/* The values of a configuration in the order of the table: equal arrays are equal configurations,
 * as no value is NaN or -0. */
typedef struct values {
    double value[RS_PARAMETER_TOTAL];
} values;

static values values_of(const rs_run_config *config)
{
    values all;
    for (size_t i = 0; i < RS_PARAMETER_TOTAL; i++)
        all.value[i] = rs_parameter_get(&rs_parameters[i], config);
    return all;
}

/* A slot holds the number of a configuration plus one and, above it, bits of its hash, which
 * distinguish nearly all unequal configurations without comparing them. */
static const uint32_t number_bits = (UINT32_C(1) << 25) - 1;
_Static_assert(RS_SELECT_CONFIGURATIONS < 1 << 25, "numbers fit a slot");

static bool is_configuration(const rs_sweep *sweep, size_t index, const values *wanted)
{
    rs_run_config config;
    rs_sweep_configuration(sweep, index, &config);
    values found = values_of(&config);
    return memcmp(wanted, &found, sizeof found) == 0;
}

/* The slot of an equal configuration of this sweep, or the empty one where it belongs. *tag = the
 * bits of the hash for a slot. */
static uint32_t *find_slot(const rs_selection *selection, const rs_sweep *sweep,
                           const values *wanted, uint32_t *tag)
{
    rs_hash hash = rs_hash_bytes(wanted, sizeof *wanted);
    size_t slot = (size_t)hash.low & selection->mask;
    *tag = (uint32_t)hash.high & ~number_bits;
    for (; selection->slots[slot] != 0; slot = (slot + 1) & selection->mask) {
        uint32_t held = selection->slots[slot];
        if ((held & ~number_bits) == *tag &&
            is_configuration(sweep, (held & number_bits) - 1, wanted))
            break;
    }
    return &selection->slots[slot];
}

static rs_status create_table(rs_selection *selection, size_t configurations, rs_error *error)
{
    size_t room = 16;
    void *block;
    while (room < 2 * configurations)
        room *= 2;
    rs_status status = rs_allocate(&block, room, sizeof(uint32_t), error);
    if (status == RS_OK) {
        selection->slots = block;
        selection->mask = room - 1;
    }
    return status;
}

/* ---- One sweep ------------------------------------------------------------------------------- */

typedef struct selector {
    rs_selection *selections; /* of all sweeps; the current one is selections[current] */
    const rs_sweep *sweeps;
    size_t current;
    rs_diagnostics *diagnostics;
    rs_error *error;
    bool *matched; /* [exclusion_count] */
    bool partial;  /* some configurations are kept with only some of their seeds */
    bool rule_reported;
    uint64_t earlier; /* the earlier sweeps that have the configuration: bit q is sweep q */
    /* The last result of count_new_seeds, and its sweeps: most configurations share them. */
    uint64_t counted_for;
    size_t counted;
} selector;
_Static_assert(RS_SELECT_SWEEPS <= 64, "a set of sweeps fits a word");

static bool is_excluded(selector *state, const rs_sweep *sweep, const rs_run_config *config)
{
    bool excluded = false;
    for (size_t i = 0; i < sweep->exclusion_count; i++)
        if (rs_conditions_hold(&sweep->exclusions[i], config))
            state->matched[i] = excluded = true;
    return excluded;
}

/* Finds the earlier sweeps that have this configuration; false if none has. */
static bool find_earlier(selector *state, const values *config)
{
    uint32_t tag;
    state->earlier = 0;
    for (size_t q = 0; q < state->current; q++)
        if (*find_slot(&state->selections[q], &state->sweeps[q], config, &tag) != 0)
            state->earlier |= UINT64_C(1) << q;
    return state->earlier != 0;
}

/* Whether one of these sweeps has this seed. The answer is the same for all later seeds below
 * *until. */
static bool is_trained_before(const selector *state, uint32_t seed, uint64_t *until)
{
    *until = UINT64_MAX;
    for (uint64_t left = state->earlier; left != 0; left &= left - 1) {
        uint64_t change;
        if (rs_seeds_has(&state->sweeps[__builtin_ctzll(left)].seeds, seed, &change)) {
            *until = change;
            return true;
        }
        *until = change < *until ? change : *until;
    }
    return false;
}

/* The number of consecutive new seeds from the first one at or after *place, to which *place moves;
 * 0: none is left. Ranges take one step, since they may have 2^31 seeds. */
static size_t next_new_seeds(const selector *state, size_t *place)
{
    const rs_seeds *seeds = &state->sweeps[state->current].seeds;
    while (*place < seeds->count) {
        const uint32_t seed = rs_seeds_at(seeds, *place);
        const size_t left = seeds->count - *place;
        uint64_t until;
        const bool before = is_trained_before(state, seed, &until);
        const size_t alike = seeds->list != NULL ? 1 : until - seed < left ? until - seed : left;
        if (!before)
            return alike;
        *place += alike;
    }
    return 0;
}

static size_t count_new_seeds(selector *state)
{
    if (state->earlier != state->counted_for) {
        size_t fresh;
        state->counted_for = state->earlier;
        state->counted = 0;
        for (size_t place = 0; (fresh = next_new_seeds(state, &place)) > 0; place += fresh)
            state->counted += fresh;
    }
    return state->counted;
}

/* Enters configuration `index` into the table; returns how many of its runs are new. */
static size_t enter(selector *state, size_t index, const rs_run_config *config)
{
    rs_selection *selection = &state->selections[state->current];
    values all = values_of(config);
    uint32_t tag, *slot = find_slot(selection, &state->sweeps[state->current], &all, &tag);
    if (*slot != 0)
        return 0;
    *slot = tag | ((uint32_t)index + 1);
    if (find_earlier(state, &all))
        return count_new_seeds(state);
    selection->configurations++;
    return state->sweeps[state->current].seeds.count;
}

/* Whether any run of configuration `index` is to be trained; counts those that are not. */
static bool select_configuration(selector *state, size_t index)
{
    const rs_sweep *sweep = &state->sweeps[state->current];
    rs_selection *selection = &state->selections[state->current];
    rs_run_config config;
    rs_sweep_configuration(sweep, index, &config);
    if (rs_sweep_is_idle(sweep, index, &config))
        return false;
    if (is_excluded(state, sweep, &config)) {
        selection->excluded += sweep->seeds.count;
        return false;
    }
    if (!state->rule_reported)
        state->rule_reported = !rs_sweep_check_rules(sweep, &config, NULL, state->diagnostics);
    size_t fresh = sweep->seeds.count;
    if (selection->slots == NULL)
        selection->configurations++;
    else
        fresh = enter(state, index, &config);
    selection->repeated += sweep->seeds.count - fresh;
    selection->runs += fresh;
    state->partial |= fresh > 0 && fresh < sweep->seeds.count;
    return fresh > 0;
}

/* Replaces the kept configurations by their new runs. */
static rs_status keep_single_runs(selector *state, size_t kept_configurations)
{
    const rs_sweep *sweep = &state->sweeps[state->current];
    rs_selection *selection = &state->selections[state->current];
    void *block;
    if (selection->runs > RS_SELECT_SINGLE_RUNS) {
        rs_diagnose(state->diagnostics, RS_SEVERITY_ERROR, sweep->place,
                    "%zu runs are too many to leave out those that an earlier sweep of the file "
                    "has; the limit is %d",
                    selection->runs, RS_SELECT_SINGLE_RUNS);
        return rs_fail(state->error, RS_BAD_DATA, "too many runs");
    }
    rs_status status = rs_allocate(&block, selection->runs, sizeof(uint32_t), state->error);
    if (status != RS_OK)
        return status;
    uint32_t *runs = block;
    size_t count = 0;
    for (size_t i = 0; i < kept_configurations; i++) {
        rs_run_config config;
        rs_sweep_configuration(sweep, selection->kept[i], &config);
        values all = values_of(&config);
        find_earlier(state, &all);
        const size_t first = selection->kept[i] * sweep->seeds.count;
        size_t fresh;
        for (size_t place = 0; (fresh = next_new_seeds(state, &place)) > 0; place += fresh)
            for (size_t k = 0; k < fresh; k++)
                runs[count++] = (uint32_t)(first + place + k);
    }
    free(selection->kept);
    selection->kept = runs;
    selection->block = 1;
    return RS_OK;
}

static void warn_of_idle_exclusions(const selector *state)
{
    const rs_sweep *sweep = &state->sweeps[state->current];
    for (size_t i = 0; i < sweep->exclusion_count; i++)
        if (!state->matched[i])
            rs_diagnose(state->diagnostics, RS_SEVERITY_WARNING, sweep->exclusions[i].place,
                        "this entry of exclude matches no configuration");
}

/* alone: the file has no other sweep. */
static rs_status select_each(selector *state, bool alone)
{
    const rs_sweep *sweep = &state->sweeps[state->current];
    rs_selection *selection = &state->selections[state->current];
    void *block = NULL;
    size_t kept = 0;
    rs_status status = RS_OK;
    if (sweep->may_repeat || !alone)
        status = create_table(selection, sweep->configurations, state->error);
    if (status == RS_OK)
        status = rs_allocate(&block, sweep->configurations, sizeof(uint32_t), state->error);
    if (status != RS_OK)
        return status;
    selection->kept = block;
    for (size_t i = 0; i < sweep->configurations; i++)
        if (select_configuration(state, i))
            selection->kept[kept++] = (uint32_t)i;
    warn_of_idle_exclusions(state);
    return state->partial ? keep_single_runs(state, kept) : RS_OK;
}

static bool may_look_at_each(const selector *state)
{
    const rs_sweep *sweep = &state->sweeps[state->current];
    size_t total = 0;
    for (size_t i = 0; i <= state->current; i++)
        total += state->sweeps[i].configurations;
    if (total <= RS_SELECT_CONFIGURATIONS)
        return true;
    rs_diagnose(state->diagnostics, RS_SEVERITY_ERROR, sweep->place,
                "%zu configurations are too many to look at one by one, as exclude, when, "
                "repeated values and several sweeps need it; the limit is %d",
                total, RS_SELECT_CONFIGURATIONS);
    return false;
}

static rs_status select_sweep(selector *state, bool alone)
{
    const rs_sweep *sweep = &state->sweeps[state->current];
    rs_selection *selection = &state->selections[state->current];
    size_t errors = rs_diagnostics_errors(state->diagnostics);
    selection->block = sweep->seeds.count;
    if (alone && !sweep->select) {
        selection->configurations = sweep->configurations;
        selection->runs = sweep->configurations * sweep->seeds.count;
        return RS_OK;
    }
    if (!may_look_at_each(state))
        return rs_fail(state->error, RS_BAD_DATA, "too many configurations");
    rs_status status = select_each(state, alone);
    if (status == RS_OK && rs_diagnostics_errors(state->diagnostics) > errors)
        status = rs_fail(state->error, RS_BAD_DATA, "wrong configurations");
    return status;
}

/* ---- All sweeps ------------------------------------------------------------------------------ */

rs_status rs_select(rs_selection selections[], const rs_sweep sweeps[], size_t count,
                    rs_diagnostics *diagnostics, rs_error *error)
{
    size_t runs = 0;
    for (size_t i = 0; i < count; i++) {
        selector state = {.selections = selections,
                          .sweeps = sweeps,
                          .current = i,
                          .diagnostics = diagnostics,
                          .error = error};
        void *matched;
        rs_status status = rs_allocate(&matched, sweeps[i].exclusion_count, sizeof(bool), error);
        if (status != RS_OK)
            return status;
        state.matched = matched;
        status = select_sweep(&state, count == 1);
        free(matched);
        if (status != RS_OK)
            return status;
        runs += selections[i].runs;
    }
    for (size_t i = 0; i < count; i++) { /* the tables are no longer needed */
        free(selections[i].slots);
        selections[i].slots = NULL;
    }
    if (runs > 0 && runs <= RS_SPEC_RUNS)
        return RS_OK;
    if (runs == 0)
        rs_diagnose(diagnostics, RS_SEVERITY_ERROR, sweeps[0].place,
                    "every configuration is excluded: no run is left");
    else
        rs_diagnose(diagnostics, RS_SEVERITY_ERROR, sweeps[0].place,
                    "the sweeps have %zu runs together; the limit is %zu", runs, RS_SPEC_RUNS);
    return rs_fail(error, RS_BAD_DATA, "no runs or too many");
}

void rs_selection_free(rs_selection *selection)
{
    free(selection->kept);
    free(selection->slots);
}

size_t rs_selection_run(const rs_selection *selection, size_t run)
{
    if (selection->kept == NULL)
        return run;
    return selection->kept[run / selection->block] * selection->block + run % selection->block;
}
