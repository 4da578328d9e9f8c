#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "commands.h"
#include "console.h"
#include "json_print.h"
#include "levels.h"
#include "memory.h"
#include "notebook.h"
#include "plot.h"
#include "stored_network.h"
#include "task.h"
#include "worked.h"

struct show_values {
    unsigned samples, checkpoint; /* or RS_AT_END */
    bool logarithmic, json;
};

static void print_configuration(const rs_run_config *config)
{
    printf("Configuration (* differs from the default)\n");
    for (size_t i = 0; i < RS_PARAMETER_TOTAL; i++) {
        double value = rs_parameter_get(&rs_parameters[i], config);
        char text[RS_PARAMETER_TEXT];
        rs_parameter_format(&rs_parameters[i], value, text);
        printf("  %-18s %s%s\n", rs_parameters[i].name, text,
               value != rs_parameters[i].fallback ? " *" : "");
    }
    printf("  %-18s %u\n\n", "seed", config->seed);
}

/* Parameters of a file written by a later version. */
static void print_foreign(const rs_results *results, size_t row)
{
    const char *name;
    char text[RS_FOREIGN_TEXT];
    printf("Settings that this version does not know\n");
    for (size_t i = 0; rs_results_foreign_value(results, row, i, &name, text); i++)
        printf("  %-18s %s\n", name, text);
    putchar('\n');
}

/* Why it ended, in a word of the column /stop_reason; NULL where that is not known. */
static const char *stop_reason(const rs_results_columns *columns, size_t row)
{
#define WORD(enumerator, word) [enumerator] = #word,
    static const char *const words[] = {RS_STOP_REASON_LIST(WORD)};
#undef WORD
    return columns->stop_reason[row] >= 0 ? words[columns->stop_reason[row]] : NULL;
}

static void print_stop(const rs_results_columns *columns, size_t row, const rs_run_config *config)
{
    const char *reason = stop_reason(columns, row);
    if (!rs_run_config_is_checked(config) || reason == NULL)
        return;
    printf("  %-18s %.0f\n  %-18s %s\n", "updates", columns->updates[row], "stop_reason", reason);
    if (!isnan(columns->solved_at[row]))
        printf("  %-18s %.0f%s\n", "solved_at", columns->solved_at[row],
               columns->solved_at[row] < 0 ? " (never)" : "");
}

/* Where and when a run was stopped. */
static void print_rung(const rs_results *results, size_t row)
{
    const rs_levels levels = {rs_results_rung_list(results)};
    const uint32_t level = rs_levels_of_run(&levels, results, row);
    char text[RS_LEVEL_TEXT];
    rs_levels_name(&levels, level, text);
    printf(" %u of %zu, after %s", level + 1, levels.rungs.count, text);
}

static void print_outcome(const rs_results *results, size_t row, const rs_run_config *config)
{
    const rs_results_columns read = rs_results_read_columns(results), *columns = &read;
    static const char *const outcomes[] = {[RS_RUN_PENDING] = "pending: not trained yet",
                                           [RS_RUN_DONE] = "done",
                                           [RS_RUN_DIVERGED] = "diverged",
                                           [RS_RUN_FAILED] =
                                               "failed: its gradient check found a difference",
                                           [RS_RUN_STOPPED] = "stopped at rung"};
    rs_run_outcome outcome = (rs_run_outcome)columns->status[row];
    const bool has_results = outcome == RS_RUN_DONE || outcome == RS_RUN_STOPPED;
    printf("Outcome\n  %-18s %s", "status", outcomes[outcome]);
    if (outcome == RS_RUN_STOPPED)
        print_rung(results, row);
    putchar('\n');
    if (outcome == RS_RUN_DIVERGED)
        printf("  %-18s %d\n", "diverged_at", columns->diverged_at[row]);
    print_stop(columns, row, config);
    if (outcome == RS_RUN_DIVERGED || has_results)
        printf("  %-18s %.7g\n", "initial_loss", columns->initial_loss[row]);
    if (has_results)
        printf("  %-18s %.7g\n  %-18s %.7g\n  %-18s %.7g\n", "final_loss", columns->final_loss[row],
               "test_bit_accuracy", columns->test_bit_accuracy[row], "test_accuracy",
               columns->test_accuracy[row]);
    if (has_results && !isnan(columns->test_loss[row]))
        printf("  %-18s %.7g\n", "test_loss", columns->test_loss[row]);
    if (outcome != RS_RUN_PENDING)
        printf("  %-18s %.3g s\n", "wall_time", columns->wall_time[row]);
    putchar('\n');
}

/* The recorded losses of a run. */
struct curve {
    size_t count;
    int32_t *step;
    double *loss;
};

static rs_status read_curve(struct curve *curve, const rs_results *results, size_t row,
                            const rs_run_config *config, rs_error *error)
{
    const size_t steps = rs_results_steps(results);
    /* The curves of runs with fewer updates than the longest one of the file end in NaN. */
    const double made = rs_results_read_columns(results).updates[row];
    const uint64_t updates = made >= 0 ? (uint64_t)made : rs_run_config_updates(config);
    const size_t own = 1 + (size_t)(updates / config->loss_interval);
    rs_status status;
    curve->count = own < steps ? own : steps;
    if ((status = rs_allocate((void **)&curve->step, steps, sizeof(int32_t), error)) == RS_OK &&
        (status = rs_allocate((void **)&curve->loss, steps, sizeof(double), error)) == RS_OK)
        status = rs_results_curve(results, row, curve->step, curve->loss, error);
    return status;
}

static void free_curve(struct curve *curve)
{
    free(curve->step);
    free(curve->loss);
}

static rs_status print_curve(const rs_results *results, size_t row, const rs_run_config *config,
                             bool logarithmic, rs_error *error)
{
    struct curve curve = {0};
    rs_status status = read_curve(&curve, results, row, config, error);
    if (status == RS_OK) {
        printf("Loss of each minibatch %s its update%s\n",
               config->recorded_loss == RS_LOSS_BEFORE ? "before" : "after",
               logarithmic ? ", logarithmic scale" : "");
        rs_plot(curve.count, curve.step, curve.loss, "update", logarithmic, rs_console_unicode(),
                stdout);
        putchar('\n');
    }
    free_curve(&curve);
    return status;
}

/* The first and the last checks. */
static rs_status print_checks(const rs_results *results, size_t row, rs_error *error)
{
    enum { SHOWN = 10 };
    rs_checks checks = {0};
    rs_status status = rs_results_checks(results, row, &checks, error);
    if (status == RS_OK && checks.count > 0)
        printf("Validation set\n  update        loss  accuracy\n");
    for (size_t i = 0; status == RS_OK && i < checks.count; i++)
        if (i < SHOWN / 2 || i + SHOWN / 2 >= checks.count)
            printf("  %6.0f  %10.6g  %8.4g\n", checks.update[i], checks.loss[i],
                   checks.accuracy[i]);
        else if (i == SHOWN / 2)
            printf("  %6s\n", "...");
    if (status == RS_OK && checks.count > 0)
        putchar('\n');
    rs_checks_free(&checks);
    return status;
}

/* Those of which the run's weights are there. */
static rs_status print_checkpoints(const rs_results *results, size_t row, rs_error *error)
{
    char list[RS_CHECKPOINTS_TEXT];
    int32_t *updates = NULL;
    size_t count = 0;
    rs_status status = rs_results_checkpoints(results, row, &count, &updates, error);
    if (status == RS_OK && count > 0) {
        rs_checkpoints_write(count, updates, sizeof list, list);
        printf("Checkpoints of its weights, by updates (--checkpoint U)\n  %s\n\n", list);
    }
    free(updates);
    return status;
}

static bool is_trained(const rs_results *results, size_t row)
{
    const int8_t outcome = rs_results_read_columns(results).status[row];
    return outcome == RS_RUN_DONE || outcome == RS_RUN_DIVERGED || outcome == RS_RUN_STOPPED;
}

/* ---- JSON ------------------------------------------------------------------------------------ */

static json_t *describe_curve(const struct curve *curve)
{
    json_t *steps = json_array(), *losses = json_array();
    for (size_t i = 0; i < curve->count; i++) {
        json_array_append_new(steps, json_integer(curve->step[i]));
        json_array_append_new(losses, rs_json_real(curve->loss[i]));
    }
    return json_pack("{s:o, s:o}", "update", steps, "loss", losses);
}

/* *list: the checks on the validation set. */
static rs_status describe_checks(json_t **list, const rs_results *results, size_t row,
                                 rs_error *error)
{
    rs_checks checks = {0};
    rs_status status = rs_results_checks(results, row, &checks, error);
    *list = status == RS_OK ? json_array() : NULL;
    for (size_t i = 0; status == RS_OK && i < checks.count; i++)
        json_array_append_new(*list,
                              json_pack("{s:I, s:o, s:o}", "update", (json_int_t)checks.update[i],
                                        "loss", rs_json_real(checks.loss[i]), "accuracy",
                                        rs_json_real(checks.accuracy[i])));
    rs_checks_free(&checks);
    return status;
}

static rs_status describe_checkpoints(json_t **list, const rs_results *results, size_t row,
                                      rs_error *error)
{
    int32_t *updates = NULL;
    size_t count = 0;
    rs_status status = RS_OK;
    if (is_trained(results, row) && !rs_results_is_foreign(results, row))
        status = rs_results_checkpoints(results, row, &count, &updates, error);
    *list = status == RS_OK ? json_array() : NULL;
    for (size_t i = 0; status == RS_OK && i < count; i++)
        json_array_append_new(*list, json_integer(updates[i]));
    free(updates);
    return status;
}

static json_t *describe_configuration(const rs_run_config *config)
{
    json_t *object = json_object();
    for (size_t i = 0; i < RS_PARAMETER_TOTAL; i++)
        json_object_set_new(object, rs_parameters[i].name,
                            rs_json_parameter(&rs_parameters[i], config));
    return object;
}

static json_t *describe_foreign(const rs_results *results, size_t row)
{
    const char *name;
    char text[RS_FOREIGN_TEXT];
    json_t *object = json_object();
    for (size_t i = 0; rs_results_foreign_value(results, row, i, &name, text); i++)
        json_object_set_new(object, name, json_string(text));
    return object;
}

/* Those of a checkpoint have been checked. */
static bool has_network(const rs_stored_network *network)
{
    const int8_t outcome = rs_results_read_columns(network->results).status[network->row];
    return network->update != RS_AT_END || outcome == RS_RUN_DONE || outcome == RS_RUN_STOPPED;
}

/* Whether worked sequences of the run can be shown; additions are shown in another way. */
static bool is_worked(const rs_results *results, size_t row, const rs_run_config *config)
{
    return !rs_results_is_foreign(results, row) && config->task < RS_TASK_TOTAL &&
           config->task != RS_TASK_ADDITION;
}

/* The first sequences of a set; those of the test with the network's answers, once it is trained.
 */
static rs_status work_through(rs_worked *worked, const rs_stored_network *network, rs_drawn_set set,
                              size_t count, rs_error *error)
{
    rs_status status = rs_worked_draw(worked, network->results, network->row, set, count, error);
    if (status == RS_OK && set == RS_DRAWN_TEST && has_network(network))
        status = rs_worked_answer(worked, network, error);
    return status;
}

/* *list: of the first sequences of a set. */
static rs_status list_sequences(json_t **list, const rs_stored_network *network, rs_drawn_set set,
                                size_t count, rs_error *error)
{
    rs_worked worked;
    rs_status status = work_through(&worked, network, set, count, error);
    *list = status == RS_OK ? json_array() : NULL;
    for (size_t i = 0; status == RS_OK && i < worked.drawn.sets[set].sequences; i++)
        json_array_append_new(*list, rs_worked_json(&worked, i));
    rs_worked_free(&worked);
    return status;
}

/* *object: {"train": [...], "test": [...]}, or null for other tasks. */
static rs_status describe_sequences(json_t **object, const rs_stored_network *network,
                                    const rs_run_config *config, size_t count, rs_error *error)
{
    json_t *train = NULL, *test = NULL;
    rs_status status = RS_OK;
    *object = json_null();
    if (!is_worked(network->results, network->row, config))
        return RS_OK;
    if ((status = list_sequences(&train, network, RS_DRAWN_TRAIN, count, error)) == RS_OK &&
        (status = list_sequences(&test, network, RS_DRAWN_TEST, count, error)) == RS_OK)
        *object = json_pack("{s:o, s:o}", "train", train, "test", test);
    else
        json_decref(train);
    return status;
}

static rs_status print_json(const rs_stored_network *network, size_t samples, rs_error *error)
{
    static const char *const outcomes[] = {[RS_RUN_PENDING] = "pending",
                                           [RS_RUN_DONE] = "done",
                                           [RS_RUN_DIVERGED] = "diverged",
                                           [RS_RUN_FAILED] = "failed",
                                           [RS_RUN_STOPPED] = "stopped"};
    const rs_results *results = network->results;
    const size_t row = network->row;
    const rs_results_columns columns = rs_results_read_columns(results);
    struct curve curve = {0};
    rs_run_config config;
    json_t *sequences, *validation = NULL, *checkpoints = NULL;
    rs_results_config(results, row, &config);
    rs_status status = describe_sequences(&sequences, network, &config, samples, error);
    if (status == RS_OK &&
        ((is_trained(results, row) &&
          (status = read_curve(&curve, results, row, &config, error)) != RS_OK) ||
         (status = describe_checks(&validation, results, row, error)) != RS_OK ||
         (status = describe_checkpoints(&checkpoints, results, row, error)) != RS_OK)) {
        json_decref(sequences);
        json_decref(validation);
    }
    if (status == RS_OK)
        status = rs_json_print(
            json_pack(
                "{s:i, s:I, s:s, s:o, s:o, s:o, s:o, s:s?, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, "
                "s:o, s:o, s:o, s:o, s:o}",
                "run", columns.run[row], "seed", (json_int_t)config.seed, "status",
                outcomes[columns.status[row]], "configuration", describe_configuration(&config),
                "unknown_settings", describe_foreign(results, row), "diverged_at",
                columns.status[row] == RS_RUN_DIVERGED ? json_integer(columns.diverged_at[row])
                                                       : json_null(),
                "updates", rs_json_real(columns.updates[row]), "stop_reason",
                stop_reason(&columns, row), "solved_at", rs_json_real(columns.solved_at[row]),
                "rungs_reached",
                columns.rungs_reached[row] >= 0 ? json_integer(columns.rungs_reached[row])
                                                : json_null(),
                "initial_loss", rs_json_real(columns.initial_loss[row]), "final_loss",
                rs_json_real(columns.final_loss[row]), "test_bit_accuracy",
                rs_json_real(columns.test_bit_accuracy[row]), "test_accuracy",
                rs_json_real(columns.test_accuracy[row]), "test_loss",
                rs_json_real(columns.test_loss[row]), "wall_time",
                rs_json_real(columns.wall_time[row]), "curve", describe_curve(&curve), "validation",
                validation, "checkpoints", checkpoints, "checkpoint",
                network->update == RS_AT_END ? json_null() : json_integer(network->update),
                "sequences", sequences),
            "the run", stdout, error);
    free_curve(&curve);
    return status;
}

/* ---- The command ----------------------------------------------------------------------------- */

static void print_data(uint32_t task)
{
    char line[RS_TASK_LINE];
    rs_task_summarize(task, line);
    printf("Data file %s\n  %s\n  %s\n", rs_task_facts_at(task)->name, rs_task_path(task), line);
}

/* things: what the test is made of. */
static void print_test_heading(const rs_stored_network *network, const rs_run_config *config,
                               const char *things)
{
    if (network->update != RS_AT_END)
        printf("Test %s, and the answers y of the network as it was after %u %s\n", things,
               network->update, network->update == 1 ? "update" : "updates");
    else
        printf("Test %s, and the network's answers y (%.0f of %u are right)\n", things,
               rs_results_read_columns(network->results).test_accuracy[network->row] *
                   config->test_samples,
               config->test_samples);
}

static rs_status print_sequences(const rs_stored_network *network, const rs_run_config *config,
                                 size_t samples, rs_error *error)
{
    rs_worked worked;
    rs_status status = work_through(&worked, network, RS_DRAWN_TRAIN, 1, error);
    printf("First training sequence\n");
    if (status == RS_OK)
        rs_worked_print(&worked, 0, stdout);
    rs_worked_free(&worked);
    if (status != RS_OK || !has_network(network) || samples == 0)
        return status;
    putchar('\n');
    print_test_heading(network, config, "sequences");
    status = work_through(&worked, network, RS_DRAWN_TEST, samples, error);
    for (size_t i = 0; status == RS_OK && i < worked.drawn.sets[RS_DRAWN_TEST].sequences; i++) {
        rs_worked_print(&worked, i, stdout);
        putchar('\n');
    }
    rs_worked_free(&worked);
    return status;
}

static rs_status print_additions(const rs_stored_network *network, const rs_run_config *config,
                                 size_t samples, rs_error *error)
{
    printf("First training sample\n");
    rs_status status = rs_notebook_print_training_sample(config, stdout, error);
    if (status != RS_OK)
        return status;
    putchar('\n');
    if (!has_network(network) || samples == 0)
        return RS_OK;
    print_test_heading(network, config, "additions");
    return rs_notebook_print_additions(network, samples, stdout, error);
}

static rs_status print_run(const rs_stored_network *network, const struct show_values *values,
                           rs_error *error)
{
    const rs_results *results = network->results;
    const size_t row = network->row;
    rs_run_config config;
    rs_status status = RS_OK;
    rs_results_config(results, row, &config);
    print_configuration(&config);
    if (rs_results_is_foreign(results, row))
        print_foreign(results, row);
    print_outcome(results, row, &config);
    if (is_trained(results, row) &&
        ((status = print_curve(results, row, &config, values->logarithmic, error)) != RS_OK ||
         (status = print_checks(results, row, error)) != RS_OK))
        return status;
    if (rs_results_is_foreign(results, row)) {
        printf("Its network is not shown: this version does not know all of its settings.\n");
        return RS_OK;
    }
    if (is_trained(results, row) && (status = print_checkpoints(results, row, error)) != RS_OK)
        return status;
    if (config.task >= RS_TASK_TOTAL) {
        print_data(config.task);
        return RS_OK;
    }
    return config.task == RS_TASK_ADDITION
               ? print_additions(network, &config, values->samples, error)
               : print_sequences(network, &config, values->samples, error);
}

/* Which run it is, where no number was given. */
static void print_choice(const rs_results *results, const rs_run_choice *choice)
{
    const int run = rs_results_read_columns(results).run[choice->row];
    if (choice->metric != NULL)
        printf("Run %d, the best of %zu by %s\n\n", run, choice->candidates, choice->metric);
    else if (choice->candidates > 0)
        printf("Run %d\n\n", run);
}

/* Of a run of a data file, no sequences are shown. */
static rs_status check_checkpoint(const rs_stored_network *network, rs_error *error)
{
    rs_run_config config;
    rs_status status = rs_stored_network_check(network, error);
    rs_results_config(network->results, network->row, &config);
    if (status == RS_OK && config.task >= RS_TASK_TOTAL)
        status = rs_fail(error, RS_USAGE,
                         "run %d has learnt a data file, of which no sequences are shown: "
                         "`rnnsweep predict FILE %d --set test --checkpoint %u` asks its network",
                         rs_stored_network_run(network), rs_stored_network_run(network),
                         network->update);
    return status;
}

static rs_status show(const rs_arguments *arguments, const struct show_values *values,
                      rs_error *error)
{
    rs_results *results = NULL;
    rs_run_choice choice;
    rs_status status = rs_stored_run_open(&results, &choice, arguments->positional[0],
                                          arguments->count - 1, arguments->positional + 1, error);
    const rs_stored_network network = {
        .results = results, .row = status == RS_OK ? choice.row : 0, .update = values->checkpoint};
    if (status == RS_OK && values->checkpoint != RS_AT_END)
        status = check_checkpoint(&network, error);
    if (status == RS_OK && values->json)
        status = print_json(&network, values->samples, error);
    else if (status == RS_OK) {
        print_choice(results, &choice);
        status = print_run(&network, values, error);
    }
    rs_results_close(results);
    return status;
}

static rs_status run(const rs_invocation *call, rs_error *error)
{
    return show(&call->arguments, call->values, error);
}

static const struct show_values defaults = {.samples = 5, .checkpoint = RS_AT_END};

static const rs_option options[] = {
    {.name = "samples",
     .letter = 'n',
     .kind = RS_OPTION_COUNT,
     .offset = offsetof(struct show_values, samples),
     .argument = "N",
     .min = 0,
     .max = 1000000,
     .fallback = "5",
     .meaning = "test sequences to work through"},
    RS_CHECKPOINT_OPTION(struct show_values, "answers of the network as it was"),
    {.name = "log",
     .kind = RS_OPTION_FLAG,
     .offset = offsetof(struct show_values, logarithmic),
     .meaning = "plot the loss on a logarithmic scale"},
    {.name = "json",
     .kind = RS_OPTION_FLAG,
     .offset = offsetof(struct show_values, json),
     .meaning = "print JSON instead of text"},
};

const rs_command rs_command_show = {
    .name = "show",
    .synopsis = "FILE RUN|best [key=value ...]",
    .meaning = "show one run: configuration, outcome, loss curve, worked examples",
    .description =
        "Prints one run of a results file: its whole configuration, how it ended, its loss curve,\n"
        "its first training sequence, and test sequences with the trained network's answers: "
        "inputs\n"
        "x, targets t, answers y, and a mark under each wrong one. Bits of numbers are written "
        "least\n"
        "significant first. RUN is a run's number, or conditions that one run fulfils, as for\n"
        "`summary --where`; `best` is the one with the best metric of the sweep, of those that\n"
        "fulfil the conditions.\n",
    .examples = "  rnnsweep show results/lab9.h5 0\n"
                "  rnnsweep show results/momentum.h5 best states=3\n"
                "  rnnsweep show results/momentum.h5 states=3 learning_rate=0.1 momentum=0 seed=7\n"
                "  rnnsweep show results/momentum-study.h5 1234 --samples 20 --log\n"
                "  rnnsweep show results/parity.h5 7 --checkpoint 64\n",
    .options = options,
    .option_count = sizeof options / sizeof options[0],
    .positional_min = 2,
    .positional_max = SIZE_MAX,
    .values_size = sizeof(struct show_values),
    .defaults = &defaults,
    .run = run,
};
