#include <inttypes.h>
#include <stdlib.h>

#include "commands.h"
#include "json_print.h"
#include "memory.h"
#include "notebook.h"
#include "stored_network.h"
#include "task.h"

struct predict_values {
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

static rs_status check_trained(const rs_results *results, size_t row, rs_error *error)
{
    const rs_results_columns columns = rs_results_read_columns(results);
    int run = columns.run[row];
    if (rs_results_is_foreign(results, row))
        return rs_fail(
            error, RS_USAGE,
            "run %d has settings that this version does not know: %s. Its network cannot "
            "be used",
            run, rs_results_foreign(results));
    switch (columns.status[row]) {
    case RS_RUN_DONE:
        return RS_OK;
    case RS_RUN_DIVERGED:
        return rs_fail(error, RS_USAGE, "run %d diverged at update %d: its network cannot be used",
                       run, columns.diverged_at[row]);
    case RS_RUN_FAILED:
        return rs_fail(error, RS_USAGE, "run %d failed its gradient check and was not trained",
                       run);
    default:
        return rs_fail(error, RS_USAGE, "run %d is not trained yet", run);
    }
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

static rs_status predict_row(const rs_results *results, size_t row, const char *const numbers[2],
                             bool json, rs_error *error)
{
    const int run = rs_results_read_columns(results).run[row];
    struct prediction prediction = {0};
    rs_run_config config;
    rs_status status;
    rs_results_config(results, row, &config);
    prediction.length = config.sequence_length;
    if (config.task != RS_TASK_ADDITION)
        return rs_fail(error, RS_USAGE,
                       "run %d has learnt the data file %s, not to add: in Python, "
                       "rnnsweep.open_results(FILE).network(%d) takes inputs of any kind",
                       run, rs_task_facts_at(config.task)->name, run);
    if ((status = check_trained(results, row, error)) != RS_OK ||
        (status = parse_number(numbers[0], (size_t)run, prediction.length, &prediction.a, error)) !=
            RS_OK ||
        (status = parse_number(numbers[1], (size_t)run, prediction.length, &prediction.b, error)) !=
            RS_OK ||
        (status = rs_allocate((void **)&prediction.probability, prediction.length, sizeof(double),
                              error)) != RS_OK)
        return status;
    status = rs_stored_network_predict(results, row, 1, &prediction.a, &prediction.b,
                                       prediction.probability, error);
    if (status == RS_OK && json)
        status = print_json(&prediction, run, error);
    else if (status == RS_OK)
        print_text(&prediction);
    free(prediction.probability);
    return status;
}

static rs_status predict(const rs_arguments *arguments, bool json, rs_error *error)
{
    rs_results *results = NULL;
    rs_run_choice choice;
    rs_status status = rs_stored_run_open(&results, &choice, arguments->positional[0],
                                          arguments->count - 3, arguments->positional + 1, error);
    if (status == RS_OK)
        status = predict_row(results, choice.row, arguments->positional + arguments->count - 2,
                             json, error);
    rs_results_close(results);
    return status;
}

static rs_status run(const rs_invocation *call, rs_error *error)
{
    const struct predict_values *values = call->values;
    return predict(&call->arguments, values->json, error);
}

static const rs_option options[] = {
    {.name = "json",
     .kind = RS_OPTION_FLAG,
     .offset = offsetof(struct predict_values, json),
     .meaning = "print JSON instead of text"},
};

const rs_command rs_command_predict = {
    .name = "predict",
    .synopsis = "FILE RUN|best [key=value ...] A B",
    .meaning = "add two numbers with a trained network",
    .description =
        "Lets the trained network of one run add A and B. Prints the numbers, the right sum t\n"
        "and the network's answer y, bits least significant first; then, bit by bit, its output:\n"
        "the probability of a 1, which is taken for a 1 above one half. A and B are whole numbers\n"
        "below 2^(sequence_length - 1), as in training. RUN is chosen as in `rnnsweep show`.\n",
    .examples = "  rnnsweep predict results/lab9.h5 0 123 456\n"
                "  rnnsweep predict results/momentum.h5 best states=3 123 456 --json\n",
    .options = options,
    .option_count = sizeof options / sizeof options[0],
    .positional_min = 4,
    .positional_max = SIZE_MAX,
    .values_size = sizeof(struct predict_values),
    .run = run,
};
