#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "commands.h"
#include "json_print.h"
#include "memory.h"
#include "stored_network.h"
#include "trajectories.h"

struct trajectories_values {
    const char *set, *data, *output;
    unsigned checkpoint; /* or RS_AT_END */
    bool json;
};

static rs_status check_values(const struct trajectories_values *values, int words, rs_error *error)
{
    if (values->output == NULL)
        return rs_fail(error, RS_USAGE, "-o FILE is missing: where to write the states");
    if (words > 0 && (values->set != NULL || values->data != NULL))
        return rs_fail(error, RS_USAGE, "a sequence is given, so --%s does not belong here",
                       values->set != NULL ? "set" : "data");
    return RS_OK;
}

/* Only whole rows with a network are asked. */
static rs_status check_rows(const rs_results *results, const char *path, size_t count,
                            const size_t *rows, unsigned checkpoint, rs_error *error)
{
    rs_status status = RS_OK;
    for (size_t i = 0; i < count && status == RS_OK; i++) {
        const rs_stored_network network = {
            .results = results, .row = rows[i], .update = checkpoint};
        status = rs_stored_run_check(results, path, rows[i], error);
        if (status == RS_OK)
            status = rs_stored_network_check(&network, error);
    }
    return status;
}

static rs_status print_json(const rs_trajectories *written, const rs_results *results, size_t count,
                            const size_t *rows, const struct trajectories_values *values,
                            rs_error *error)
{
    json_t *runs = json_array();
    for (size_t i = 0; i < count; i++)
        json_array_append_new(runs, json_integer(rs_results_read_columns(results).run[rows[i]]));
    return rs_json_print(json_pack("{s:o, s:I, s:I, s:I, s:s}", "runs", runs, "sequences",
                                   (json_int_t)written->sequences, "steps",
                                   (json_int_t)written->steps, "states",
                                   (json_int_t)written->states, "output", values->output),
                         "what was written", stdout, error);
}

static void print_text(const rs_trajectories *written, size_t count, const char *output)
{
    printf("%s: %zu %s on %s, %" PRIu32 " %s of %" PRIu32 " %s\n", output, count,
           count == 1 ? "run" : "runs", written->what, written->sequences,
           written->sequences == 1 ? "sequence" : "sequences", written->steps,
           written->steps == 1 ? "step" : "steps");
}

static rs_status run(const rs_invocation *call, rs_error *error)
{
    const struct trajectories_values *values = call->values;
    const char *const *words = (const char *const *)call->arguments.positional;
    const rs_asked asked = {.set = values->set != NULL ? values->set : "test",
                            .data = values->data,
                            .word_count = (size_t)call->passed_count,
                            .words = (const char *const *)call->passed_on};
    rs_results *results = NULL;
    rs_trajectories written;
    size_t *rows = NULL, count = 0;
    rs_status status = check_values(values, call->passed_count, error);
    if (status == RS_OK)
        status = rs_results_open(&results, words[0], error);
    if (status == RS_OK)
        status = rs_runs_choose(&rows, &count, results, words[0], call->arguments.count - 1,
                                words + 1, error);
    if (status == RS_OK)
        status = check_rows(results, words[0], count, rows, values->checkpoint, error);
    if (status == RS_OK)
        status = rs_trajectories_write(&written, results, count, rows, values->checkpoint, &asked,
                                       values->output, error);
    if (status == RS_OK && values->json)
        status = print_json(&written, results, count, rows, values, error);
    else if (status == RS_OK)
        print_text(&written, count, values->output);
    free(rows);
    rs_results_close(results);
    return status;
}

static const struct trajectories_values defaults = {.checkpoint = RS_AT_END};

static const rs_option options[] = {
    {.name = "output",
     .letter = 'o',
     .kind = RS_OPTION_TEXT,
     .offset = offsetof(struct trajectories_values, output),
     .argument = "FILE",
     .meaning = "the netCDF file to write; there must be none of that name"},
    {.name = "set",
     .kind = RS_OPTION_TEXT,
     .offset = offsetof(struct trajectories_values, set),
     .argument = "NAME",
     .fallback = "test",
     .meaning = "the set that the networks read: test, train, or another of a data file"},
    {.name = "data",
     .kind = RS_OPTION_TEXT,
     .offset = offsetof(struct trajectories_values, data),
     .argument = "FILE",
     .fallback = "the sets of each run",
     .meaning = "a data file to take the set from, for every run"},
    RS_CHECKPOINT_OPTION(struct trajectories_values, "the networks as they were"),
    {.name = "json",
     .kind = RS_OPTION_FLAG,
     .offset = offsetof(struct trajectories_values, json),
     .meaning = "print JSON instead of text"},
};

const rs_command rs_command_trajectories = {
    .name = "trajectories",
    .synopsis = "FILE RUN...|all|best|key=value ... -o FILE [-- WORD...]",
    .meaning = "write the hidden states of trained networks",
    .description =
        "Writes what is in the states of trained networks while they read sequences: the same\n"
        "numbers, to the bit, as in the forward pass of training, for one run or many at once.\n"
        "\n"
        "RUN is a run's number or a range of them, 3..17. `all` and conditions such as states=3\n"
        "name every run that is done and fulfils them; `best` names one, as in `rnnsweep show`.\n"
        "\n"
        "By default each network reads the test set of its run. --set train is its training set,\n"
        "or of a data file any set of it; --data FILE takes the set from a file, the same for all\n"
        "runs, also for networks that have learnt a built-in task; and what follows -- is one\n"
        "sequence, in the words of `rnnsweep predict`.\n"
        "\n"
        "The file is netCDF-4, for xarray, ncdf4, h5py and others: states [run, sequence, step,\n"
        "state] after each step, first_states before the first, memories of lstm, outputs, "
        "inputs,\n"
        "targets and lengths. NaN past a sequence's end. Python: results.trajectories(...).\n",
    .examples =
        "  rnnsweep trajectories results/lab9.h5 0 -o states.nc\n"
        "  rnnsweep trajectories results/flip-flop.h5 cell=gru,lstm -o states.nc\n"
        "  rnnsweep trajectories results/parity.h5 best -o states.nc -- 0110100110\n"
        "  rnnsweep trajectories results/parity.h5 all --checkpoint 64 -o states.nc\n"
        "  rnnsweep trajectories results/yang.h5 all --data probe.nc --set long -o states.nc\n",
    .options = options,
    .option_count = sizeof options / sizeof options[0],
    .positional_min = 2,
    .positional_max = SIZE_MAX,
    .passes_on = true,
    .values_size = sizeof(struct trajectories_values),
    .defaults = &defaults,
    .run = run,
};
