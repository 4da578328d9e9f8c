#include "notebook.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "memory.h"

enum { BITS_TEXT = 64 }; /* sequence_length is at most 62 */

/* Bits of `number`, least significant first. */
static void format_bits(uint64_t number, uint32_t length, char text[BITS_TEXT])
{
    for (uint32_t k = 0; k < length; k++)
        text[k] = (char)('0' + (number >> k & 1));
    text[length] = '\0';
}

static void print_sum(uint64_t a, uint64_t b, uint32_t length, FILE *stream)
{
    char x1[BITS_TEXT], x2[BITS_TEXT], t[BITS_TEXT];
    format_bits(a, length, x1);
    format_bits(b, length, x2);
    format_bits(a + b, length, t);
    fprintf(stream, "x1:   %s   %2" PRIu64 "\n", x1, a);
    fprintf(stream, "x2: + %s   %2" PRIu64 "\n", x2, b);
    fprintf(stream, "      -------   --\n");
    fprintf(stream, "t:  = %s   %2" PRIu64 "\n", t, a + b);
}

/* The network's answer, with a mark under each wrong bit. */
static void print_answer(uint64_t answer, uint64_t right, uint32_t length, FILE *stream)
{
    char y[BITS_TEXT], marks[BITS_TEXT];
    format_bits(answer, length, y);
    fprintf(stream, "y:  = %s   %2" PRIu64 "\n", y, answer);
    if (answer == right)
        return;
    for (uint32_t k = 0; k < length; k++)
        marks[k] = (answer ^ right) >> k & 1 ? '^' : ' ';
    marks[length] = '\0';
    fprintf(stream, "      %s   wrong\n", marks);
}

void rs_notebook_print_addition(uint64_t a, uint64_t b, const double *probability, uint32_t length,
                                FILE *stream)
{
    print_sum(a, b, length, stream);
    print_answer(rs_answer(probability, length), a + b, length, stream);
}

rs_status rs_notebook_print_training_sample(const rs_run_config *config, FILE *stream,
                                            rs_error *error)
{
    uint64_t a, b;
    rs_status status = rs_addition_pairs(config, RS_TRAIN_SET, 1, &a, &b, error);
    if (status == RS_OK)
        print_sum(a, b, config->sequence_length, stream);
    return status;
}

/* Test pairs of one run and the trained network's answers to them. */
struct additions {
    size_t count;
    uint64_t *a, *b;     /* [count] */
    double *probability; /* [count][sequence_length] */
};

static rs_status allocate_additions(struct additions *additions, uint32_t length, rs_error *error)
{
    void *a = NULL, *b = NULL, *probability = NULL;
    rs_status status;
    if ((status = rs_allocate(&a, additions->count, sizeof(uint64_t), error)) == RS_OK &&
        (status = rs_allocate(&b, additions->count, sizeof(uint64_t), error)) == RS_OK)
        status = rs_allocate(&probability, additions->count, length * sizeof(double), error);
    additions->a = a;
    additions->b = b;
    additions->probability = probability;
    return status;
}

rs_status rs_notebook_print_additions(const rs_stored_network *network, size_t count, FILE *stream,
                                      rs_error *error)
{
    struct additions additions = {0};
    rs_run_config config;
    rs_status status;
    rs_results_config(network->results, network->row, &config);
    additions.count = count < config.test_samples ? count : config.test_samples;
    if ((status = allocate_additions(&additions, config.sequence_length, error)) != RS_OK ||
        (status = rs_addition_pairs(&config, RS_TEST_SET, additions.count, additions.a, additions.b,
                                    error)) != RS_OK ||
        (status = rs_stored_network_predict(network, additions.count, additions.a, additions.b,
                                            additions.probability, error)) != RS_OK)
        goto done;
    for (size_t i = 0; i < additions.count; i++) {
        rs_notebook_print_addition(additions.a[i], additions.b[i],
                                   additions.probability + i * config.sequence_length,
                                   config.sequence_length, stream);
        fputc('\n', stream);
    }
done:
    free(additions.a);
    free(additions.b);
    free(additions.probability);
    return status;
}

rs_status rs_notebook_print_report(const rs_results *results, size_t row, FILE *stream,
                                   rs_error *error)
{
    enum { ADDITIONS = 5 };
    rs_results_columns columns = rs_results_read_columns(results);
    rs_run_config config;
    rs_results_config(results, row, &config);
    rs_status status = rs_notebook_print_training_sample(&config, stream, error);
    if (status != RS_OK)
        return status;
    fputc('\n', stream);
    if (columns.status[row] == RS_RUN_FAILED) {
        fprintf(stream, "Gradient errors found: this run was not trained\n");
        return RS_OK;
    }
    if (config.gradient_check)
        fprintf(stream, "No gradient errors found\n");
    fprintf(stream, "loss at start: %.6f\n", columns.initial_loss[row]);
    if (columns.status[row] == RS_RUN_DIVERGED) {
        fprintf(stream, "diverged at update %d\n", columns.diverged_at[row]);
        return RS_OK;
    }
    fprintf(stream, "loss at end:   %.6g\n", columns.final_loss[row]);
    fprintf(stream, "right sums:    %.4g %% of %u test additions\n\n",
            100 * columns.test_accuracy[row], config.test_samples);
    const rs_stored_network network = {.results = results, .row = row, .update = RS_AT_END};
    return rs_notebook_print_additions(&network, ADDITIONS, stream, error);
}
