#include "columns.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "memory.h"
#include "number.h"

rs_status rs_results_refuse(const rs_results *results, const char *path, const char *what,
                            rs_error *error)
{
    return rs_fail(error, RS_BAD_DATA, "%s: is damaged, or no results file: %s %s", results->path,
                   path, what);
}

/* ---- Marks ----------------------------------------------------------------------------------- */

static void mark_damaged(void *context, size_t row)
{
    const rs_results *results = context;
    results->marks[row] |= RS_ROW_DAMAGED;
}

/* Marks the rows of an element: all of them when there is one for all. */
static void mark(const rs_results *results, size_t row, bool all, int what)
{
    const size_t end = all ? results->runs : row + 1;
    for (; row < end; row++)
        results->marks[row] |= (unsigned char)what;
}

static rs_status name_foreign(rs_results *results, const char *name, rs_error *error)
{
    char *joined;
    if (asprintf(&joined, "%s%s%s", results->foreign, results->foreign[0] != '\0' ? ", " : "",
                 name) < 0)
        return rs_fail(error, RS_NO_MEMORY, "out of memory");
    free(results->foreign);
    results->foreign = joined;
    return RS_OK;
}

/* ---- Columns --------------------------------------------------------------------------------- */

/* Rows chunk by chunk, so that those of a damaged one are all that is lost. */
static rs_status read_by_chunk(const rs_results *results, const rs_entry *entry, size_t first,
                               size_t count, char *bytes, rs_row_spoilt *spoilt, void *context,
                               rs_error *error)
{
    const size_t size = (size_t)rs_entry_row_bytes(entry), end = first + count;
    for (size_t row = first, next; row < end; row = next) {
        next = (row / entry->chunk_rows + 1) * entry->chunk_rows;
        next = next < end ? next : end;
        char *to = bytes + (row - first) * size;
        rs_status status = rs_rows_read(results->rows, entry, row, next - row, to, error);
        if (status == RS_BAD_DATA)
            memset(to, 0, (next - row) * size);
        else if (status != RS_OK)
            return status;
        for (size_t i = row; status == RS_BAD_DATA && spoilt != NULL && i < next; i++)
            spoilt(context, i);
    }
    return RS_OK;
}

rs_status rs_results_read_rows(const rs_results *results, const rs_entry *entry, size_t first,
                               size_t count, void *bytes, rs_row_spoilt *spoilt, void *context,
                               rs_error *error)
{
    if (results->rescuing && entry->chunk_rows > 0)
        return read_by_chunk(results, entry, first, count, bytes, spoilt, context, error);
    return rs_rows_read(results->rows, entry, first, count, bytes, error);
}

/* Reads the first `count` elements of a column as they stand. */
static rs_status read_elements(rs_results *results, size_t column, const rs_entry *entry,
                               size_t count, rs_error *error)
{
    size_t size = rs_type_size((rs_type)entry->type);
    rs_status status = rs_allocate(&results->columns[column], count, size, error);
    results->types[column] = (rs_type)entry->type;
    results->strides[column] = count > 1;
    if (status != RS_OK)
        return status;
    return rs_results_read_rows(results, entry, 0, count, results->columns[column], mark_damaged,
                                results, error);
}

/* What is read of a file at once where it need not be kept. */
enum { PIECE_BYTES = 1 << 16, BLOCK_ROWS = 1 << 12 };

/* *constant: all elements have the same bytes. */
static rs_status look_for_change(const rs_results *results, const rs_entry *entry, bool *constant,
                                 rs_error *error)
{
    unsigned char piece[PIECE_BYTES], first[sizeof(double)];
    const size_t size = rs_type_size((rs_type)entry->type), at_once = PIECE_BYTES / size;
    bool same = true;
    for (size_t row = 0; row < results->runs && same; row += at_once) {
        size_t count = results->runs - row < at_once ? results->runs - row : at_once;
        rs_status status =
            rs_results_read_rows(results, entry, row, count, piece, NULL, NULL, error);
        if (status != RS_OK)
            return status;
        if (row == 0)
            memcpy(first, piece, size);
        /* Each element equals the one before it. */
        same =
            memcmp(piece, first, size) == 0 && memcmp(piece, piece + size, (count - 1) * size) == 0;
    }
    *constant = same;
    return RS_OK;
}

/* Results that are kept as whole numbers. */
static bool is_count(size_t column)
{
    return column == RS_DATA_DIVERGED_AT || column == RS_DATA_RUNGS_REACHED;
}

/* A result that the file does not have is missing in every run. */
static rs_status fill_missing(rs_results *results, size_t column, rs_error *error)
{
    const rs_type type = is_count(column) ? RS_INT32 : RS_REAL64;
    const bool is_update = is_count(column) || column == RS_DATA_UPDATES;
    rs_status status =
        rs_allocate(&results->columns[column], results->runs, rs_type_size(type), error);
    results->types[column] = type;
    results->strides[column] = 1;
    if (status == RS_OK)
        rs_numbers_fill(type, results->columns[column], is_update ? -1 : (double)NAN,
                        results->runs);
    return status;
}

/* All other results are kept as doubles, whatever the file has. */
static rs_status read_reals(rs_results *results, size_t column, const rs_entry *entry,
                            rs_error *error)
{
    unsigned char piece[PIECE_BYTES];
    const rs_type type = (rs_type)entry->type;
    const size_t at_once = PIECE_BYTES / rs_type_size(type);
    rs_status status = rs_allocate(&results->columns[column], results->runs, sizeof(double), error);
    double *values = results->columns[column];
    results->types[column] = RS_REAL64;
    results->strides[column] = 1;
    for (size_t row = 0; status == RS_OK && row < results->runs; row += at_once) {
        size_t count = results->runs - row < at_once ? results->runs - row : at_once;
        status =
            rs_results_read_rows(results, entry, row, count, piece, mark_damaged, results, error);
        if (status == RS_OK)
            rs_numbers_load(type, piece, 0, values + row, count);
    }
    return status;
}

/* Times without the bits that check them; a damaged one is NaN. */
static void clean_times(rs_results *results)
{
    double *times = results->columns[RS_DATA_WALL_TIME];
    const int32_t version = results->layout->version;
    for (size_t row = 0; version > RS_LAYOUT_FIRST && row < results->runs; row++)
        times[row] = rs_row_time(version, times[row]);
}

/* ---- Parameters ------------------------------------------------------------------------------ */

static bool has_words(size_t column)
{
    if (column == RS_DATA_STATUS || column == RS_DATA_STOP_REASON)
        return true;
    if (column < RS_DATA_PARAMETERS || column >= RS_DATA_SEED)
        return false;
    const rs_parameter_kind kind = rs_parameters[column - RS_DATA_PARAMETERS].kind;
    return kind == RS_KIND_CHOICE || kind == RS_KIND_FLAG;
}

static const char *our_words(size_t column)
{
    if (column == RS_DATA_STATUS)
        return RS_STATUS_WORDS;
    if (column == RS_DATA_STOP_REASON)
        return RS_STOP_REASON_WORDS;
    const rs_parameter *parameter = &rs_parameters[column - RS_DATA_PARAMETERS];
    return parameter->kind == RS_KIND_FLAG ? "false true" : parameter->choices;
}

/* Those of layout 1, which never change. */
static const char *first_words(size_t column)
{
    static const struct {
        const char *name, *words;
    } choices[] = {{"epsilon_placement", "denominator step"},
                   {"precision", "float32 float64"},
                   {"batching", "disjoint sliding"},
                   {"gradient_check", "false true"},
                   {"status", "pending done diverged failed"}};
    for (size_t i = 0; i < sizeof choices / sizeof choices[0]; i++)
        if (strcmp(choices[i].name, rs_layout_root_name(column)) == 0)
            return choices[i].words;
    return NULL;
}

/* The data files that the file's runs name. A line that says nothing is left: runs of that name are
 * foreign then. */
rs_status rs_columns_find_tasks(rs_results *results, rs_error *error)
{
    const char *line = rs_catalogue_attribute(results->catalogue, RS_ATTRIBUTE_DATA), *path;
    rs_layout *layout = results->layout;
    rs_status status = RS_OK;
    while (line != NULL && *line != '\0' && status == RS_OK &&
           layout->task_total < RS_TASKS_IN_FILE) {
        const size_t length = strcspn(line, "\n");
        rs_task_facts facts;
        if (rs_task_parse(line, length, &facts, &path)) {
            char *copy = strndup(path, (size_t)(line + length - path));
            status = copy == NULL ? rs_fail(error, RS_NO_MEMORY, "out of memory")
                                  : rs_task_add(&facts, copy, NULL,
                                                &layout->tasks[layout->task_total], error);
            layout->task_total += status == RS_OK;
            free(copy);
        }
        line += length + (line[length] == '\n');
    }
    return status;
}

/* Our numbers of the words that are data files. */
static void number_tasks(const rs_layout *layout, rs_words *words)
{
    const char *word = words->list;
    words->same = true;
    for (size_t i = 0; i < words->total; i++) {
        word += strspn(word, " ");
        const size_t length = strcspn(word, " ");
        for (size_t k = 0; k < layout->task_total; k++) {
            const char *name = rs_task_facts_at(layout->tasks[k])->name;
            if (strlen(name) == length && memcmp(name, word, length) == 0)
                words->ours[i] = (int16_t)layout->tasks[k];
        }
        words->same &= (double)words->ours[i] == words->codes[i];
        word += length;
    }
}

static rs_status read_words(rs_results *results, size_t column, rs_error *error)
{
    const bool is_first = results->layout->version == RS_LAYOUT_FIRST;
    rs_words *words = &results->words[column];
    rs_status status =
        rs_words_read(words, results->catalogue, results->entries[column], our_words(column),
                      is_first ? first_words(column) : NULL, error);
    if (status == RS_OK && column == RS_DATA_PARAMETERS + RS_PARAMETER_task)
        number_tasks(results->layout, words);
    return status;
}

/* The file's number for each of our words. */
static rs_status make_codes(rs_results *results, size_t column, rs_error *error)
{
    const size_t total = column == RS_DATA_PARAMETERS + RS_PARAMETER_task
                             ? RS_TASKS_MOST
                             : rs_words_count(our_words(column));
    int16_t *codes = NULL;
    if (results->words[column].same)
        return RS_OK;
    rs_status status = rs_allocate((void **)&codes, total, sizeof *codes, error);
    for (size_t i = 0; status == RS_OK && i < total; i++)
        codes[i] = rs_words_code(&results->words[column], (int)i);
    results->codes.of[column] = codes;
    return status;
}

static bool is_allowed(size_t column, double value)
{
    if (column == RS_DATA_SEED)
        return value >= 0 && value <= UINT32_MAX && value == floor(value);
    return rs_parameter_allows(&rs_parameters[column - RS_DATA_PARAMETERS], value);
}

double rs_results_value(const rs_results *results, size_t column, size_t row, int *marked)
{
    double value = rs_number_load(results->types[column], results->columns[column],
                                  row * results->strides[column]);
    value = rs_layout_from_file(column, value);
    *marked = 0;
    if (has_words(column)) {
        const int ours = rs_words_find(&results->words[column], value);
        *marked = ours == RS_WORD_UNKNOWN ? RS_ROW_FOREIGN : ours < 0 ? RS_ROW_DAMAGED : 0;
        value = ours;
    } else if (!is_allowed(column, value)) {
        *marked = RS_ROW_DAMAGED;
    }
    return value;
}

/* Marks the rows of which a value is not allowed, or not known: all that follows trusts the
 * others. */
static rs_status check_values(rs_results *results, size_t column, rs_error *error)
{
    const bool all = results->strides[column] == 0;
    bool foreign = false;
    int marked = 0;
    double last = (double)NAN;
    for (size_t row = 0; row < (all ? 1 : results->runs); row++) {
        const double value = rs_number_load(results->types[column], results->columns[column], row);
        if (value != last)
            rs_results_value(results, column, row, &marked);
        last = value;
        if (marked != 0)
            mark(results, row, all, marked);
        foreign |= marked == RS_ROW_FOREIGN;
    }
    return foreign ? name_foreign(results, rs_layout_root_name(column), error) : RS_OK;
}

static void sort_parameter(rs_results *results, size_t column)
{
    int marked;
    if (results->strides[column] == 0) {
        const double value = rs_results_value(results, column, 0, &marked);
        if (marked == 0)
            rs_layout_set_value(column, &results->common, value);
    } else {
        results->varying[results->varying_total++] = column;
    }
}

/* Most parameters of a sweep are the same in all its runs. One that the file does not have has its
 * default in all. */
static rs_status read_parameter(rs_results *results, size_t column, rs_error *error)
{
    const rs_entry *entry = results->entries[column];
    bool constant;
    rs_status status = RS_OK;
    if (entry == NULL)
        return column == RS_DATA_SEED
                   ? rs_results_refuse(results, "/seed",
                                       "is missing, or stored in another way than rnnsweep does",
                                       error)
                   : RS_OK;
    if (has_words(column) && ((status = read_words(results, column, error)) != RS_OK ||
                              (status = make_codes(results, column, error)) != RS_OK))
        return status;
    if ((status = look_for_change(results, entry, &constant, error)) != RS_OK ||
        (status = read_elements(results, column, entry, constant ? 1 : results->runs, error)) !=
            RS_OK ||
        (status = check_values(results, column, error)) != RS_OK)
        return status;
    sort_parameter(results, column);
    return RS_OK;
}

static bool same_number(double one, double other)
{
    return one == other || (isnan(one) && isnan(other));
}

/* A parameter of a later version: rows where it is not at its default are of no run of ours. */
static rs_status read_unknown_parameter(rs_results *results, size_t index, rs_error *error)
{
    unsigned char piece[PIECE_BYTES];
    const rs_entry *entry = results->entries[index];
    const rs_dataset *dataset = &results->layout->datasets[index];
    const size_t at_once = PIECE_BYTES / rs_type_size(dataset->type);
    bool foreign = false;
    for (size_t first = 0; first < results->runs; first += at_once) {
        size_t count = results->runs - first < at_once ? results->runs - first : at_once;
        rs_status status =
            rs_results_read_rows(results, entry, first, count, piece, mark_damaged, results, error);
        if (status != RS_OK)
            return status;
        for (size_t i = 0; i < count; i++)
            if (!same_number(rs_number_load(dataset->type, piece, i), dataset->fallback)) {
                foreign = true;
                mark(results, first + i, false, RS_ROW_FOREIGN);
            }
    }
    return foreign ? name_foreign(results, rs_dataset_name(dataset), error) : RS_OK;
}

rs_status rs_columns_read_parameters(rs_results *results, rs_error *error)
{
    const rs_layout *layout = results->layout;
    rs_status status = RS_OK;
    /* Value by value, so that the gaps between them stay zero and runs can be compared as bytes. */
    results->common.seed = 1;
    for (size_t i = 0; i < RS_PARAMETER_TOTAL; i++)
        rs_parameter_set(&rs_parameters[i], &results->common, rs_parameters[i].fallback);
    for (size_t column = RS_DATA_PARAMETERS; status == RS_OK && column <= RS_DATA_SEED; column++)
        status = read_parameter(results, column, error);
    for (size_t i = RS_DATA_ROOT_TOTAL; status == RS_OK && i < layout->root_total; i++)
        if (layout->datasets[i].per_run && layout->datasets[i].rank == 1 &&
            layout->datasets[i].has_default)
            status = read_unknown_parameter(results, i, error);
    return status;
}

/* ---- Outcomes ----------------------------------------------------------------------------------
 */

/* Our numbers; -1 where it is not known. */
static rs_status read_stop_reasons(rs_results *results, rs_error *error)
{
    const size_t column = RS_DATA_STOP_REASON;
    const rs_entry *entry = results->entries[column];
    rs_status status = entry != NULL ? read_elements(results, column, entry, results->runs, error)
                                     : rs_allocate(&results->columns[column], results->runs,
                                                   sizeof(int8_t), error);
    if (status == RS_OK && entry != NULL)
        status = read_words(results, column, error);
    if (status != RS_OK)
        return status;
    for (int i = 0; i < RS_STOP_REASON_TOTAL; i++)
        results->codes.stop_reason[i] = rs_words_code(&results->words[column], i);
    results->types[column] = RS_INT8;
    results->strides[column] = 1;
    int8_t *reasons = results->columns[column];
    for (size_t row = 0; row < results->runs; row++) {
        const int ours = entry != NULL ? rs_words_find(&results->words[column], reasons[row]) : -1;
        reasons[row] = (int8_t)(ours >= 0 ? ours : -1);
    }
    return RS_OK;
}

/* A run that was stopped at a rung came to one, and none came to more than there are. Other
 * programs may not know to how many (-1). */
static void check_rungs(const rs_results *results)
{
    const int8_t *outcomes = results->columns[RS_DATA_STATUS];
    const int32_t *reached = results->columns[RS_DATA_RUNGS_REACHED];
    for (size_t row = 0; results->layout->rungs > 0 && row < results->runs; row++)
        if (outcomes[row] != RS_RUN_PENDING &&
            (reached[row] < -1 || reached[row] > (int64_t)results->layout->rungs ||
             (outcomes[row] == RS_RUN_STOPPED && reached[row] == 0)))
            mark(results, row, false, RS_ROW_DAMAGED);
}

/* A row that was replaced while the columns were read is not known: its status, and to how many
 * rungs it came, are read before the others and, here, once more. */
static rs_status hide_replaced(rs_results *results, rs_error *error)
{
    int8_t *outcomes = results->columns[RS_DATA_STATUS];
    const rs_entry *reached = results->entries[RS_DATA_RUNGS_REACHED];
    bool stopped = false;
    for (size_t row = 0; !stopped && row < results->runs; row++)
        stopped = outcomes[row] == RS_RUN_STOPPED;
    if (!stopped || reached == NULL)
        return RS_OK;
    int8_t codes[BLOCK_ROWS];
    int32_t rungs[BLOCK_ROWS];
    rs_status status = RS_OK;
    for (size_t first = 0; status == RS_OK && first < results->runs; first += BLOCK_ROWS) {
        const size_t left = results->runs - first, count = left < BLOCK_ROWS ? left : BLOCK_ROWS;
        if ((status = rs_results_read_rows(results, results->entries[RS_DATA_STATUS], first, count,
                                           codes, NULL, NULL, error)) == RS_OK)
            status = rs_results_read_rows(results, reached, first, count, rungs, NULL, NULL, error);
        for (size_t i = 0; status == RS_OK && i < count; i++)
            if (outcomes[first + i] == RS_RUN_STOPPED &&
                !(results->marks[first + i] & (RS_ROW_FOREIGN | RS_ROW_DAMAGED)) &&
                rs_results_was_moved(results, first + i, codes[i], rungs[i]))
                outcomes[first + i] = RS_RUN_PENDING;
    }
    return status;
}

static rs_status read_outcome(rs_results *results, size_t column, rs_error *error)
{
    const rs_entry *entry = results->entries[column];
    return entry == NULL      ? fill_missing(results, column, error)
           : is_count(column) ? read_elements(results, column, entry, results->runs, error)
                              : read_reals(results, column, entry, error);
}

rs_status rs_columns_read_outcomes(rs_results *results, rs_error *error)
{
    rs_status status = read_outcome(results, RS_DATA_RUNGS_REACHED, error);
    if (status == RS_OK)
        status = read_stop_reasons(results, error);
    for (size_t column = RS_DATA_INITIAL_LOSS;
         status == RS_OK && !results->rows_only && column <= RS_DATA_WALL_TIME; column++)
        if (column != RS_DATA_RUNGS_REACHED)
            status = read_outcome(results, column, error);
    if (status != RS_OK)
        return status;
    if (!results->rows_only)
        clean_times(results);
    check_rungs(results);
    return hide_replaced(results, error);
}

/* ---- The status and the numbers of the runs -------------------------------------------------- */

rs_status rs_columns_read_status(rs_results *results, rs_error *error)
{
    rs_status status;
    if ((status = read_elements(results, RS_DATA_STATUS, results->entries[RS_DATA_STATUS],
                                results->runs, error)) != RS_OK ||
        (status = read_words(results, RS_DATA_STATUS, error)) != RS_OK)
        return status;
    for (int i = 0; i <= RS_RUN_STOPPED; i++)
        results->codes.status[i] = rs_words_code(&results->words[RS_DATA_STATUS], i);
    int8_t *outcomes = results->columns[RS_DATA_STATUS];
    bool foreign = false;
    for (size_t row = 0; row < results->runs; row++) {
        const int ours = rs_words_find(&results->words[RS_DATA_STATUS], outcomes[row]);
        outcomes[row] = (int8_t)(ours >= 0 ? ours : RS_RUN_STOPPED);
        if (ours < 0)
            mark(results, row, false, ours == RS_NO_WORD ? RS_ROW_DAMAGED : RS_ROW_FOREIGN);
        foreign |= ours == RS_WORD_UNKNOWN;
    }
    return foreign ? name_foreign(results, "status", error) : RS_OK;
}

rs_status rs_columns_read_runs(rs_results *results, rs_error *error)
{
    rs_status status =
        read_elements(results, RS_DATA_RUN, results->entries[RS_DATA_RUN], results->runs, error);
    const int32_t *numbers = results->columns[RS_DATA_RUN];
    results->in_order = status == RS_OK && numbers[0] >= 0;
    for (size_t row = 1; results->in_order && row < results->runs; row++)
        results->in_order = numbers[row - 1] < numbers[row];
    return status;
}

/* ---- What is not known or not whole ---------------------------------------------------------- */

rs_status rs_columns_mark_places(rs_results *results, rs_error *error)
{
    const rs_layout *layout = results->layout;
    const int32_t *runs = results->columns[RS_DATA_RUN];
    bool foreign = false;
    for (size_t row = 0; row < results->runs; row++) {
        const uint32_t group = layout->places[row].group;
        if (runs[row] < 0 || group == RS_NO_GROUP)
            mark(results, row, false, RS_ROW_DAMAGED);
        else if (layout->groups[group].network.states == 0) {
            mark(results, row, false, RS_ROW_FOREIGN);
            foreign = true;
        }
    }
    return foreign && strcmp(results->foreign, "") == 0
               ? name_foreign(results, "kinds of networks", error)
               : RS_OK;
}

void rs_columns_hide_damaged(rs_results *results)
{
    int8_t *outcomes = results->columns[RS_DATA_STATUS];
    for (size_t row = 0; row < results->runs; row++)
        if (results->marks[row] & RS_ROW_DAMAGED) {
            results->marks[row] |= outcomes[row] != RS_RUN_PENDING ? RS_ROW_FINISHED : 0;
            outcomes[row] = RS_RUN_PENDING;
        }
}

rs_status rs_columns_look_for_unknown(rs_results *results, bool *unknown, rs_error *error)
{
    const rs_layout *layout = results->layout;
    rs_status status = RS_OK;
    *unknown = layout->root_total > RS_DATA_ROOT_TOTAL;
    for (size_t i = 0; i < layout->group_total; i++)
        *unknown |= layout->groups[i].dataset_total > RS_GROUP_TOTAL ||
                    layout->groups[i].network.states == 0;
    for (size_t column = 0; status == RS_OK && column < RS_DATA_WORDS_END; column++)
        if (has_words(column) && results->entries[column] != NULL &&
            (status = read_words(results, column, error)) == RS_OK)
            for (size_t i = 0; i < results->words[column].total; i++)
                *unknown |= results->words[column].ours[i] == RS_WORD_UNKNOWN;
    return status;
}

void rs_results_drop_columns(rs_results *results)
{
    for (size_t column = 0; column < RS_DATA_LOSS; column++) {
        free(results->columns[column]);
        results->columns[column] = NULL;
    }
    rs_rows_free(results->rows);
    results->rows = NULL;
    free(results->marks);
    results->marks = NULL;
}
