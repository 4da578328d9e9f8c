#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "commands.h"
#include "json_print.h"
#include "memory.h"
#include "notebook.h"
#include "set_answers.h"
#include "stored_network.h"
#include "task.h"
#include "worked.h"

struct predict_values {
    const char *set, *data, *output;
    unsigned checkpoint; /* or RS_AT_END */
    bool json;
};

/* Two numbers, and the sum that the network of a row predicts. */
struct prediction {
    uint32_t length; /* bits of a sum */
    uint64_t a, b;
    double *probability; /* [length], of bit 1, least significant first */
};

static rs_status parse_number(const char *text, size_t row, uint32_t length, uint64_t *number,
                              rs_error *error)
{
    const unsigned long largest = (1UL << (length - 1)) - 1;
    unsigned long value;
    if (!rs_parse_count(text, 0, largest, &value))
        return rs_fail(error, RS_USAGE,
                       "'%s' cannot be added: run %zu adds whole numbers from 0 to %lu, in sums of "
                       "%" PRIu32 " bits",
                       text, row, largest, length);
    *number = value;
    return RS_OK;
}

static void print_text(const struct prediction *prediction)
{
    const uint64_t a = prediction->a, b = prediction->b;
    rs_notebook_print_addition(a, b, prediction->probability, prediction->length, stdout);
    printf("\nbit  x1  x2  t  output  y\n");
    for (uint32_t k = 0; k < prediction->length; k++) {
        double output = prediction->probability[k];
        unsigned right = (unsigned)((a + b) >> k & 1), answer = output > 0.5;
        printf("%3" PRIu32 "  %2u  %2u  %u  %6.4f  %u%s\n", k, (unsigned)(a >> k & 1),
               (unsigned)(b >> k & 1), right, output, answer, answer == right ? "" : "  wrong");
    }
}

static rs_status print_json(const struct prediction *prediction, int run, rs_error *error)
{
    const uint64_t sum = prediction->a + prediction->b;
    const uint64_t answer = rs_answer(prediction->probability, prediction->length);
    json_t *outputs = json_array();
    for (uint32_t k = 0; k < prediction->length; k++)
        json_array_append_new(outputs, rs_json_real(prediction->probability[k]));
    return rs_json_print(json_pack("{s:i, s:I, s:I, s:I, s:I, s:b, s:o}", "run", run, "a",
                                   (json_int_t)prediction->a, "b", (json_int_t)prediction->b, "sum",
                                   (json_int_t)sum, "answer", (json_int_t)answer, "right",
                                   answer == sum, "outputs", outputs),
                         "the prediction", stdout, error);
}

static rs_status predict_sum(const rs_stored_network *network, size_t count,
                             const char *const words[], bool json, rs_error *error)
{
    const int run = rs_stored_network_run(network);
    struct prediction prediction = {0};
    rs_run_config config;
    rs_status status;
    rs_results_config(network->results, network->row, &config);
    prediction.length = config.sequence_length;
    if (count != 2)
        return rs_fail(error, RS_USAGE, "run %d adds two numbers, not %zu", run, count);
    if ((status = parse_number(words[0], (size_t)run, prediction.length, &prediction.a, error)) !=
            RS_OK ||
        (status = parse_number(words[1], (size_t)run, prediction.length, &prediction.b, error)) !=
            RS_OK ||
        (status = rs_allocate((void **)&prediction.probability, prediction.length, sizeof(double),
                              error)) != RS_OK)
        return status;
    status = rs_stored_network_predict(network, 1, &prediction.a, &prediction.b,
                                       prediction.probability, error);
    if (status == RS_OK && json)
        status = print_json(&prediction, run, error);
    else if (status == RS_OK)
        print_text(&prediction);
    free(prediction.probability);
    return status;
}

static rs_status predict_sequence(const rs_stored_network *network, size_t count,
                                  const char *const words[], bool json, rs_error *error)
{
    rs_worked worked;
    rs_status status = rs_worked_read(&worked, network->results, network->row, count, words, error);
    if (status == RS_OK)
        status = rs_worked_answer(&worked, network, error);
    if (status == RS_OK && json) {
        json_t *object = rs_worked_json(&worked, 0);
        json_object_set_new(object, "run", json_integer(rs_stored_network_run(network)));
        status = rs_json_print(object, "the prediction", stdout, error);
    } else if (status == RS_OK)
        rs_worked_print(&worked, 0, stdout);
    rs_worked_free(&worked);
    return status;
}

/* ---- Sets of data files -----------------------------------------------------------------------
 */

static rs_status print_set_json(const rs_set_answers *answers, int run, const char *set,
                                const char *output, rs_error *error)
{
    json_t *object =
        json_pack("{s:i, s:s, s:I, s:b, s:o, s:o, s:o}", "run", run, "set", set, "sequences",
                  (json_int_t)answers->set->sequences, "data_of_run", answers->of_run, "loss",
                  rs_json_real(answers->loss), "accuracy", rs_json_real(answers->accuracy),
                  "bit_accuracy", rs_json_real(answers->bit_accuracy));
    if (output != NULL)
        json_object_set_new(object, "output", json_string(output));
    return rs_json_print(object, "the prediction", stdout, error);
}

static void print_set(const rs_set_answers *answers, int run, const char *set, const char *output)
{
    const rs_task_facts *facts = rs_task_facts_at(answers->config.task);
    printf("run %d on set %s of %s%s\n", run, set, facts->name,
           answers->of_run ? "" : " (not the file that it has learnt)");
    printf("  %-18s %" PRIu32 "\n", "sequences", answers->set->sequences);
    printf("  %-18s %.7g\n", "loss", answers->loss);
    printf("  %-18s %.7g\n", "accuracy", answers->accuracy);
    printf("  %-18s %.7g\n", "bit_accuracy", answers->bit_accuracy);
    if (output != NULL)
        printf("  %-18s %s\n", "outputs", output);
}

static rs_status predict_set(const rs_stored_network *network, const struct predict_values *values,
                             rs_error *error)
{
    const int run = rs_stored_network_run(network);
    rs_set_answers answers = {.data = NULL};
    rs_run_config config;
    char source[96];
    rs_status status;
    rs_results_config(network->results, network->row, &config);
    if (config.task < RS_TASK_TOTAL)
        return rs_fail(error, RS_USAGE,
                       "run %d has learnt no data file: --set is for those; `rnnsweep show` works "
                       "through test sequences of its task",
                       run);
    const int length = snprintf(source, sizeof source, "rnnsweep %s, run %d", rs_version(), run);
    if (network->update != RS_AT_END)
        snprintf(source + length, sizeof source - (size_t)length, ", after %u updates",
                 network->update);
    status = rs_set_answers_make(&answers, network, values->data, values->set, error);
    if (status == RS_OK && values->output != NULL)
        status = rs_set_answers_write(&answers, values->output, source, error);
    if (status == RS_OK && values->json)
        status = print_set_json(&answers, run, values->set, values->output, error);
    else if (status == RS_OK)
        print_set(&answers, run, values->set, values->output);
    rs_set_answers_free(&answers);
    return status;
}

static rs_status predict_words(const rs_stored_network *network, size_t count,
                               const char *const words[], bool json, rs_error *error)
{
    rs_run_config config;
    rs_results_config(network->results, network->row, &config);
    if (config.task >= RS_TASK_TOTAL)
        return rs_fail(error, RS_USAGE,
                       "run %d has learnt the data file %s: --set test asks for one of its sets",
                       rs_stored_network_run(network), rs_task_facts_at(config.task)->name);
    return config.task == RS_TASK_ADDITION ? predict_sum(network, count, words, json, error)
                                           : predict_sequence(network, count, words, json, error);
}

/* The words after FILE that name the run: the first, and conditions after it. */
static size_t count_choice(size_t count, const char *const words[])
{
    size_t choice = 1;
    while (choice < count && strchr(words[choice], '=') != NULL)
        choice++;
    return choice;
}

/* Words are for built-in tasks, sets for data files. */
static rs_status check_words(const struct predict_values *values, size_t words, rs_error *error)
{
    if (values->set == NULL && (values->data != NULL || values->output != NULL))
        return rs_fail(error, RS_USAGE, "--%s goes with --set NAME",
                       values->data != NULL ? "data" : "output");
    if (values->set == NULL && words == 0)
        return rs_fail(error, RS_USAGE,
                       "nothing is asked: give a sequence in the words of the run's task, or, of a "
                       "data file, --set NAME");
    if (values->set != NULL && words > 0)
        return rs_fail(error, RS_USAGE, "--set asks for a whole set, so no words belong here");
    return RS_OK;
}

static rs_status predict(const rs_arguments *arguments, const struct predict_values *values,
                         rs_error *error)
{
    rs_results *results = NULL;
    rs_run_choice choice;
    const char *const *words = (const char *const *)arguments->positional + 1;
    const size_t count = arguments->count - 1, chosen = count_choice(count, words);
    rs_status status = check_words(values, count - chosen, error);
    if (status == RS_OK)
        status =
            rs_stored_run_open(&results, &choice, arguments->positional[0], chosen, words, error);
    const rs_stored_network network = {
        .results = results, .row = status == RS_OK ? choice.row : 0, .update = values->checkpoint};
    if (status == RS_OK)
        status = rs_stored_network_check(&network, error);
    if (status == RS_OK && values->set != NULL)
        status = predict_set(&network, values, error);
    else if (status == RS_OK)
        status = predict_words(&network, count - chosen, words + chosen, values->json, error);
    rs_results_close(results);
    return status;
}

static rs_status run(const rs_invocation *call, rs_error *error)
{
    const struct predict_values *values = call->values;
    return predict(&call->arguments, values, error);
}

static const struct predict_values defaults = {.checkpoint = RS_AT_END};

static const rs_option options[] = {
    {.name = "set",
     .kind = RS_OPTION_TEXT,
     .offset = offsetof(struct predict_values, set),
     .argument = "NAME",
     .meaning = "ask for a set of the run's data file, test or another"},
    {.name = "data",
     .kind = RS_OPTION_TEXT,
     .offset = offsetof(struct predict_values, data),
     .argument = "FILE",
     .fallback = "where it was when the run was trained",
     .meaning = "the data file, or another one of the same kind"},
    {.name = "output",
     .letter = 'o',
     .kind = RS_OPTION_TEXT,
     .offset = offsetof(struct predict_values, output),
     .argument = "FILE",
     .meaning = "write the outputs for all sequences and steps to a new netCDF file"},
    RS_CHECKPOINT_OPTION(struct predict_values, "the network as it was"),
    {.name = "json",
     .kind = RS_OPTION_FLAG,
     .offset = offsetof(struct predict_values, json),
     .meaning = "print JSON instead of text"},
};

const rs_command rs_command_predict = {
    .name = "predict",
    .synopsis = "FILE RUN|best [key=value ...] WORD... | --set NAME",
    .meaning = "ask a trained network",
    .description =
        "Gives the trained network of one run a sequence, in the words of its task, and prints "
        "the\n"
        "inputs x, the targets t, the network's answers y, and marks under the wrong ones.\n"
        "\n"
        "  addition             two numbers below 2^(sequence_length - 1): 123 456\n"
        "  parity, tomita       0110          even_pairs        abba\n"
        "  cycle_navigation     0++-          modular_sum       30142, or 3 0 12 for larger "
        "symbols\n"
        "  reverse, duplicate   0110, the part that is to come back\n"
        "  copy_memory          1234567812    counting          aaabbbccc, or its beginning\n"
        "  dyck                 ([]), or its beginning; further kinds {} <> Aa Bb Cc Dd\n"
        "  adding               0.5 0.1* 0.7 0.2*\n"
        "  flip_flop            a word for each channel: +..- +.-. -..+\n"
        "  context_integration  both coherences, and which one counts: 0.2 -0.1 1\n"
        "\n"
        "For an addition it prints the network's answer, bits least significant first, and bit by\n"
        "bit the probability of a 1, which is taken for a 1 above one half. Write -- before the "
        "words\n"
        "where one begins with -. RUN is chosen as in `rnnsweep show`.\n"
        "\n"
        "Of a data file, --set NAME asks for all sequences of a set, and prints the loss and how\n"
        "much is right; -o FILE has the outputs: probabilities of bits and classes, or numbers.\n",
    .examples = "  rnnsweep predict results/lab9.h5 0 123 456\n"
                "  rnnsweep predict results/momentum.h5 best states=3 123 456 --json\n"
                "  rnnsweep predict results/parity.h5 best 0110100110\n"
                "  rnnsweep predict results/parity.h5 best 0110100110 --checkpoint 64\n"
                "  rnnsweep predict results/yang.h5 best --set test -o outputs.nc\n",
    .options = options,
    .option_count = sizeof options / sizeof options[0],
    .positional_min = 2,
    .positional_max = SIZE_MAX,
    .values_size = sizeof(struct predict_values),
    .defaults = &defaults,
    .run = run,
};
