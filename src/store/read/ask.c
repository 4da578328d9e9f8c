/* What is asked of open results. */
#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "memory.h"
#include "number.h"
#include "results_file.h"

/* ---- Asking ---------------------------------------------------------------------------------- */

size_t rs_results_count(const rs_results *results)
{
    return results->runs;
}

size_t rs_results_steps(const rs_results *results)
{
    return results->layout->steps;
}

bool rs_results_real64(const rs_results *results)
{
    return results->layout->real64;
}

int32_t rs_results_layout(const rs_results *results)
{
    return results->layout->version;
}

bool rs_results_compressed(const rs_results *results)
{
    for (size_t i = 0; i < results->layout->dataset_total; i++)
        if (results->entries[i] != NULL && results->entries[i]->chunk_rows > 0)
            return true;
    return false;
}

const char *rs_results_attribute(const rs_results *results, const char *name)
{
    return rs_catalogue_attribute(results->catalogue, name);
}

/* The oldest generation of a text like "1; 2"; LONG_MAX where one is not known here. */
static long oldest_generation(const char *kernels)
{
    long oldest = LONG_MAX;
    for (char *end; *kernels != '\0'; kernels = *end == ';' ? end + 1 : end) {
        const long one = strtol(kernels, &end, 10);
        if (end == kernels || one > strtol(RS_KERNEL_GENERATION, NULL, 10))
            return LONG_MAX;
        oldest = one < oldest ? one : oldest;
    }
    return oldest;
}

/* Whether the present kernels give all runs of the file the bits that those of a generation do. */
static bool agrees(const rs_results *results, long generation)
{
    rs_run_config config;
    for (size_t row = 0; row < rs_results_count(results); row++) {
        rs_results_config(results, row, &config);
        if (rs_run_generation(&config) > generation)
            return false;
    }
    return true;
}

const char *rs_results_kernels(const rs_results *results)
{
    const char *kernels = rs_results_attribute(results, RS_KERNEL_ATTRIBUTE);
    if (kernels == NULL)
        kernels = RS_KERNEL_GENERATION_FIRST;
    if (strcmp(kernels, RS_KERNEL_GENERATION) == 0)
        return kernels;
    const long oldest = oldest_generation(kernels);
    return oldest < LONG_MAX && agrees(results, oldest) ? RS_KERNEL_GENERATION : kernels;
}

const char *rs_results_sweep(const rs_results *results)
{
    return rs_results_attribute(results, RS_ATTRIBUTE_SWEEP);
}

bool rs_results_attribute_at(const rs_results *results, size_t index, const char **name,
                             const char **value)
{
    size_t count;
    const rs_attribute *attributes = rs_catalogue_root_attributes(results->catalogue, &count);
    for (size_t i = 0; i < count; i++)
        if (attributes[i].is_text && index-- == 0) {
            *name = attributes[i].name;
            *value = attributes[i].value;
            return true;
        }
    return false;
}

bool rs_results_attribute_is_circumstance(const char *name)
{
    static const char *const names[] = {
        "date_created", "date_modified",      "history",
        "id",           "rnnsweep_command",   "rnnsweep_host",
        "rnnsweep_isa", "rnnsweep_slurm_job", "rnnsweep_threads",
    };
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (strcmp(names[i], name) == 0)
            return true;
    return false;
}

bool rs_results_is_damaged(const rs_results *results, size_t row)
{
    return results->marks[row] & RS_ROW_DAMAGED;
}

bool rs_results_was_finished(const rs_results *results, size_t row)
{
    const int8_t *outcomes = results->columns[RS_DATA_STATUS];
    return outcomes[row] != RS_RUN_PENDING || (results->marks[row] & RS_ROW_FINISHED);
}

bool rs_results_is_foreign(const rs_results *results, size_t row)
{
    return results->marks[row] & RS_ROW_FOREIGN;
}

bool rs_results_is_replaced(const rs_results *results, size_t row)
{
    const rs_entry *status = results->entries[RS_DATA_STATUS];
    const rs_entry *reached = results->entries[RS_DATA_RUNGS_REACHED];
    int8_t code;
    int32_t rungs = ((const int32_t *)results->columns[RS_DATA_RUNGS_REACHED])[row];
    if (((const int8_t *)results->columns[RS_DATA_STATUS])[row] != RS_RUN_STOPPED ||
        (results->marks[row] & (RS_ROW_FOREIGN | RS_ROW_DAMAGED)))
        return false;
    return rs_rows_read(results->rows, status, row, 1, &code, NULL) == RS_OK &&
           (reached == NULL ||
            rs_rows_read(results->rows, reached, row, 1, &rungs, NULL) == RS_OK) &&
           rs_results_was_moved(results, row, code, rungs);
}

const char *rs_results_foreign(const rs_results *results)
{
    return results->foreign;
}

/* The word of a column for a number, or the number. */
static void write_value(const rs_results *results, size_t dataset, double value,
                        char text[RS_FOREIGN_TEXT])
{
    rs_words words = {0};
    snprintf(text, RS_FOREIGN_TEXT, "%.15g", value);
    if (rs_words_read(&words, results->catalogue, results->entries[dataset], "", NULL, NULL) ==
        RS_OK) {
        const char *word = words.list;
        for (size_t i = 0; i < words.total; i++) {
            const size_t length = strcspn(word, " ");
            if (words.codes[i] == value)
                snprintf(text, RS_FOREIGN_TEXT, "%.*s", (int)(length < 60 ? length : 60), word);
            word += length;
            word += strspn(word, " ");
        }
    }
    rs_words_free(&words);
}

bool rs_results_foreign_value(const rs_results *results, size_t row, size_t index,
                              const char **name, char text[RS_FOREIGN_TEXT])
{
    const rs_layout *layout = results->layout;
    for (size_t i = RS_DATA_ROOT_TOTAL; i < layout->root_total; i++) {
        const rs_dataset *dataset = &layout->datasets[i];
        char bytes[sizeof(double)];
        if (!dataset->per_run || dataset->rank != 1 || !dataset->has_default || index-- > 0)
            continue;
        *name = rs_dataset_name(dataset);
        if (rs_rows_read(results->rows, results->entries[i], row, 1, bytes, NULL) == RS_OK)
            write_value(results, i, rs_number_load(dataset->type, bytes, 0), text);
        else
            snprintf(text, RS_FOREIGN_TEXT, "?");
        return true;
    }
    return false;
}

/* Nearly all rows have allowed values everywhere: those need not be judged again. */
static double known_value(const rs_results *results, size_t column, size_t row)
{
    const rs_words *words = &results->words[column];
    const double value =
        rs_layout_from_file(column, rs_number_load(results->types[column], results->columns[column],
                                                   row * results->strides[column]));
    return words->total == 0 || words->same ? value : rs_words_find(words, value);
}

void rs_results_config(const rs_results *results, size_t row, rs_run_config *config)
{
    const bool is_known = (results->marks[row] & (RS_ROW_DAMAGED | RS_ROW_FOREIGN)) == 0;
    memcpy(config, &results->common, sizeof *config);
    for (size_t i = 0; i < results->varying_total; i++) {
        const size_t column = results->varying[i];
        int marked = 0;
        const double value = is_known ? known_value(results, column, row)
                                      : rs_results_value(results, column, row, &marked);
        if (marked == 0)
            rs_layout_set_value(column, config, value);
    }
}

bool rs_results_varies(const rs_results *results, size_t parameter)
{
    const size_t column = RS_DATA_PARAMETERS + parameter;
    return results->columns[column] != NULL && results->strides[column] != 0;
}

rs_results_columns rs_results_read_columns(const rs_results *results)
{
    return (rs_results_columns){
        .run = results->columns[RS_DATA_RUN],
        .status = results->columns[RS_DATA_STATUS],
        .initial_loss = results->columns[RS_DATA_INITIAL_LOSS],
        .final_loss = results->columns[RS_DATA_FINAL_LOSS],
        .test_bit_accuracy = results->columns[RS_DATA_TEST_BIT_ACCURACY],
        .test_accuracy = results->columns[RS_DATA_TEST_ACCURACY],
        .test_loss = results->columns[RS_DATA_TEST_LOSS],
        .wall_time = results->columns[RS_DATA_WALL_TIME],
        .diverged_at = results->columns[RS_DATA_DIVERGED_AT],
        .rungs_reached = results->columns[RS_DATA_RUNGS_REACHED],
        .updates = results->columns[RS_DATA_UPDATES],
        .stop_reason = results->columns[RS_DATA_STOP_REASON],
        .solved_at = results->columns[RS_DATA_SOLVED_AT],
    };
}

/* The row of a number among rising ones. */
static size_t find_in_order(const int32_t *runs, size_t count, uint32_t run)
{
    size_t low = 0, high = count;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        if ((uint32_t)runs[middle] < run)
            low = middle + 1;
        else
            high = middle;
    }
    return low < count && (uint32_t)runs[low] == run ? low : SIZE_MAX;
}

size_t rs_results_find(const rs_results *results, uint32_t run)
{
    const int32_t *runs = results->columns[RS_DATA_RUN];
    if (results->in_order)
        return find_in_order(runs, results->runs, run);
    for (size_t row = 0; row < results->runs; row++)
        if ((uint32_t)runs[row] == run)
            return row;
    return SIZE_MAX;
}

/* ---- One run --------------------------------------------------------------------------------- */

/* Reads a row of a dataset as doubles. */
static rs_status read_numbers(const rs_results *results, size_t dataset_index, size_t row,
                              double *numbers, rs_error *error)
{
    void *bytes = NULL;
    const rs_dataset *dataset = &results->layout->datasets[dataset_index];
    const size_t size = (size_t)rs_dataset_row_bytes(dataset);
    rs_status status = rs_allocate(&bytes, size, 1, error);
    if (status == RS_OK)
        status = rs_rows_read(results->rows, results->entries[dataset_index], row, 1, bytes, error);
    if (status == RS_OK)
        rs_numbers_load(dataset->type, bytes, 0, numbers, size / rs_type_size(dataset->type));
    free(bytes);
    return status;
}

rs_status rs_results_curve(const rs_results *results, size_t row, int32_t *step, double *loss,
                           rs_error *error)
{
    const rs_layout *layout = results->layout;
    rs_status status =
        layout->steps == 0 ? RS_OK : read_numbers(results, RS_DATA_LOSS, row, loss, error);
    for (size_t i = 0; status == RS_OK && i < layout->steps; i++)
        step[i] = (int32_t)(i * layout->interval);
    return status;
}

size_t rs_results_test_count(const rs_results *results)
{
    return results->layout->lengths + results->layout->sets;
}

bool rs_results_test_is_length(const rs_results *results, size_t test)
{
    return test < results->layout->lengths;
}

void rs_results_test_label(const rs_results *results, size_t test, char text[RS_TEST_LABEL])
{
    const rs_layout *layout = results->layout;
    const char *word = layout->set_words;
    if (test < layout->lengths) {
        snprintf(text, RS_TEST_LABEL, "%d", (int)layout->length_at[test]);
        return;
    }
    for (test -= layout->lengths; test > 0; test--) {
        word += strcspn(word, " ");
        word += strspn(word, " ");
    }
    snprintf(text, RS_TEST_LABEL, "%.*s", (int)strcspn(word, " "), word);
}

/* `count` numbers from `place` on of each row of an array of the root, [rows][count]; NaN where the
 * file does not have it. */
static rs_status read_array(const rs_results *results, size_t index, size_t place, size_t count,
                            double *numbers, rs_error *error)
{
    const rs_dataset *dataset = &results->layout->datasets[index];
    char *block = NULL;
    if (dataset->rank == 0) {
        for (size_t i = 0; i < results->runs * count; i++)
            numbers[i] = (double)NAN;
        return RS_OK;
    }
    const size_t bytes = (size_t)rs_dataset_row_bytes(dataset), at_once = (1 << 20) / bytes + 1;
    rs_status status = rs_allocate((void **)&block, at_once, bytes, error);
    for (size_t first = 0; status == RS_OK && first < results->runs; first += at_once) {
        const size_t left = results->runs - first, rows = left < at_once ? left : at_once;
        status = rs_results_read_rows(results, results->entries[index], first, rows, block, NULL,
                                      NULL, error);
        for (size_t i = 0; status == RS_OK && i < rows; i++)
            rs_numbers_load(dataset->type, block + i * bytes, place, numbers + (first + i) * count,
                            count);
    }
    free(block);
    return status;
}

rs_status rs_results_test_accuracy(const rs_results *results, size_t test, double *accuracy,
                                   rs_error *error)
{
    const size_t lengths = results->layout->lengths;
    return test < lengths
               ? read_array(results, RS_DATA_TEST_ACCURACY_BY_LENGTH, test, 1, accuracy, error)
               : read_array(results, RS_DATA_TEST_ACCURACY_BY_SET, test - lengths, 1, accuracy,
                            error);
}

/* ---- Rungs ----------------------------------------------------------------------------------- */

bool rs_results_has_rungs(const rs_results *results, const rs_rungs *rungs)
{
    return rs_layout_has_rungs(results->layout, rungs);
}

rs_results_rungs rs_results_rung_list(const rs_results *results)
{
    const rs_layout *layout = results->layout;
    return (rs_results_rungs){
        .in_epochs = layout->rungs_in_epochs, .count = layout->rungs, .at = layout->rung_at};
}

rs_status rs_results_read_rungs(const rs_results *results, rs_results_rungs *rungs, rs_error *error)
{
    const size_t count = results->layout->rungs;
    *rungs = rs_results_rung_list(results);
    double **arrays[] = {&rungs->final_loss, &rungs->test_loss, &rungs->test_accuracy,
                         &rungs->test_bit_accuracy};
    rs_status status = RS_OK;
    for (size_t i = 0; count > 0 && status == RS_OK && i < sizeof arrays / sizeof arrays[0]; i++) {
        status = rs_allocate((void **)arrays[i], results->runs, count * sizeof **arrays[i], error);
        if (status == RS_OK)
            status =
                read_array(results, RS_DATA_FINAL_LOSS_BY_RUNG + i, 0, count, *arrays[i], error);
    }
    if (status != RS_OK)
        rs_results_rungs_free(rungs);
    return status;
}

void rs_results_rungs_free(rs_results_rungs *rungs)
{
    free(rungs->final_loss);
    free(rungs->test_loss);
    free(rungs->test_accuracy);
    free(rungs->test_bit_accuracy);
    *rungs = (rs_results_rungs){0};
}

/* ---- Checks ---------------------------------------------------------------------------------- */

void rs_checks_free(rs_checks *checks)
{
    free(checks->update);
    *checks = (rs_checks){0};
}

rs_status rs_results_checks(const rs_results *results, size_t row, rs_checks *checks,
                            rs_error *error)
{
    const rs_layout *layout = results->layout;
    const size_t room = layout->checks;
    double *numbers = NULL;
    rs_status status = rs_allocate((void **)&numbers, 3 * room, sizeof *numbers, error);
    if (status != RS_OK)
        return status;
    *checks =
        (rs_checks){.update = numbers, .loss = numbers + room, .accuracy = numbers + 2 * room};
    for (size_t i = 0; i < 2 * room; i++)
        checks->loss[i] = (double)NAN; /* and the accuracies, which follow */
    if (layout->datasets[RS_DATA_VALIDATION_LOSS].rank > 0)
        status = read_numbers(results, RS_DATA_VALIDATION_LOSS, row, checks->loss, error);
    if (status == RS_OK && layout->datasets[RS_DATA_VALIDATION_ACCURACY].rank > 0)
        status = read_numbers(results, RS_DATA_VALIDATION_ACCURACY, row, checks->accuracy, error);
    for (size_t i = 0; status == RS_OK && i < room; i++) {
        const size_t at = checks->count;
        if (isnan(checks->loss[i]))
            continue;
        checks->update[at] = layout->check_at[i];
        checks->loss[at] = checks->loss[i];
        checks->accuracy[at] = checks->accuracy[i];
        checks->count++;
    }
    if (status != RS_OK)
        rs_checks_free(checks);
    return status;
}

static bool same_shape(const rs_network *a, const rs_network *b)
{
    return a->cell == b->cell && a->inputs == b->inputs && a->states == b->states &&
           a->outputs == b->outputs;
}

/* The first dataset of the group of a run's network; RS_BAD_DATA when the file has those of a
 * network of another shape. */
static rs_status find_tensors(const rs_results *results, size_t row, size_t *first, rs_error *error)
{
    rs_run_config config;
    rs_results_config(results, row, &config);
    const rs_network network = rs_run_config_network(&config);
    const rs_place *place = &results->layout->places[row];
    if (place->group == RS_NO_GROUP ||
        !same_shape(&network, &results->layout->groups[place->group].network))
        return rs_fail(error, RS_BAD_DATA, "%s: row %zu has no network of a kind that is known",
                       results->path, row);
    *first = results->layout->groups[place->group].first_dataset;
    return RS_OK;
}

static size_t row_numbers(const rs_dataset *dataset)
{
    return (size_t)rs_dataset_row_bytes(dataset) / rs_type_size(dataset->type);
}

rs_status rs_results_weights(const rs_results *results, size_t row, double *weights,
                             rs_error *error)
{
    size_t first = 0;
    rs_status status = find_tensors(results, row, &first, error);
    for (size_t i = RS_GROUP_TENSORS; status == RS_OK && i < RS_GROUP_TENSORS_AT; i++) {
        const rs_dataset *dataset = &results->layout->datasets[first + i];
        if (dataset->rank == 0) /* the cell lacks this tensor */
            continue;
        status = read_numbers(results, first + i, results->layout->places[row].row, weights, error);
        weights += row_numbers(dataset);
    }
    return status;
}

/* ---- Checkpoints ----------------------------------------------------------------------------- */

/* *numbers: a tensor of a run at all checkpoints; NULL where the file has none. The caller frees
 * it.
 */
static rs_status read_at_all(const rs_results *results, size_t first, size_t tensor, size_t row,
                             double **numbers, rs_error *error)
{
    const size_t index = first + RS_GROUP_TENSORS_AT + tensor;
    const rs_dataset *dataset = &results->layout->datasets[index];
    double *all = NULL;
    *numbers = NULL;
    if (dataset->rank == 0 || results->layout->checkpoints == 0)
        return RS_OK;
    rs_status status = rs_allocate((void **)&all, row_numbers(dataset), sizeof *all, error);
    if (status == RS_OK)
        status = read_numbers(results, index, results->layout->places[row].row, all, error);
    if (status == RS_OK)
        *numbers = all;
    else
        free(all);
    return status;
}

rs_status rs_results_checkpoints(const rs_results *results, size_t row, size_t *count,
                                 int32_t **updates, rs_error *error)
{
    const rs_layout *layout = results->layout;
    const size_t total = layout->checkpoints;
    double *biases = NULL; /* those of the outputs stand for all */
    int32_t *found = NULL;
    size_t first = 0, kept = 0;
    rs_status status = find_tensors(results, row, &first, error);
    if (status == RS_OK)
        status = read_at_all(results, first, RS_B_OUT, row, &biases, error);
    if (status == RS_OK)
        status = rs_allocate((void **)&found, total, sizeof *found, error);
    if (status == RS_OK && biases != NULL) {
        const size_t outputs =
            row_numbers(&layout->datasets[first + RS_GROUP_TENSORS_AT + RS_B_OUT]) / total;
        for (size_t i = 0; i < total; i++)
            if (!isnan(biases[i * outputs]))
                found[kept++] = layout->checkpoint_at[i];
    }
    free(biases);
    if (status != RS_OK)
        return status;
    *count = kept;
    *updates = found;
    return RS_OK;
}

rs_status rs_results_weights_at(const rs_results *results, size_t row, uint32_t update,
                                double *weights, rs_error *error)
{
    const rs_layout *layout = results->layout;
    const size_t place = rs_layout_find_value(layout->checkpoint_at, layout->checkpoints, update);
    bool kept = place != SIZE_MAX;
    size_t first = 0;
    rs_status status = find_tensors(results, row, &first, error);
    for (size_t i = 0; kept && status == RS_OK && i < RS_TENSOR_TOTAL; i++) {
        const rs_dataset *tensor = &layout->datasets[first + RS_GROUP_TENSORS + i];
        const size_t count = tensor->rank > 0 ? row_numbers(tensor) : 0;
        double *all = NULL;
        if (tensor->rank == 0) /* the cell lacks it */
            continue;
        status = read_at_all(results, first, i, row, &all, error);
        kept = all != NULL && !isnan(all[place * count]);
        if (kept)
            memcpy(weights, all + place * count, count * sizeof *weights);
        weights += count;
        free(all);
    }
    if (status == RS_OK && !kept)
        return rs_fail(error, RS_USAGE, "%s: row %zu has no weights of update %u", results->path,
                       row, update);
    return status;
}
