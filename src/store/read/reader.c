#include "reader.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "memory.h"
#include "number.h"
#include "results_file.h"
#include "rungs.h"

/* Rows of several groups take turns, so each dataset has a window of its own; those of many groups
 * are smaller, for the sake of memory. */
enum { WINDOW_BYTES = 1 << 18, WINDOW_BYTES_MIN = 1 << 10, GROUPS_WINDOW_BYTES = 1 << 22 };

/* Some consecutive rows of one dataset. */
typedef struct row_window {
    size_t first, count;
    bool damaged; /* nothing is known of them */
    void *bytes;
    size_t room;
} row_window;

/* Numbers of which a run has one stand first in a row, and in each row at the same place: those of
 * some consecutive rows are put together at once, dataset by dataset. */
typedef struct number_rows {
    size_t first, count, most; /* rows */
    size_t pieces, size;       /* of each row */
    size_t *varying;           /* the pieces that are not the same in all rows */
    size_t varying_total;
    char *bytes;
} number_rows;

struct rs_reader {
    const rs_results *results;
    number_rows numbers;
    size_t room, group_room; /* bytes of a window */
    row_window *windows;     /* by dataset */
    void *row;
    size_t row_room;
    double *loss, *checks, *weights;
    size_t loss_room, checks_room, weights_room;
};

static size_t window_room(size_t bytes)
{
    return bytes < WINDOW_BYTES_MIN ? WINDOW_BYTES_MIN
           : bytes < WINDOW_BYTES   ? bytes
                                    : WINDOW_BYTES;
}

/* At least one row, and no more than stay in the processor's cache. */
enum { NUMBER_ROWS = 128 };

static void find_numbers(number_rows *numbers, const rs_results *results, size_t room)
{
    const rs_row_format *format = results->layout->group_total > 0 ? &results->formats[0] : NULL;
    while (format != NULL && numbers->pieces < format->root_total &&
           format->pieces[numbers->pieces].dataset->rank == 1)
        numbers->size += format->pieces[numbers->pieces++].size;
    const size_t rows = room / (numbers->size + 1);
    numbers->most = rows < 1 ? 1 : rows < NUMBER_ROWS ? rows : NUMBER_ROWS;
}

rs_status rs_reader_create(rs_reader **reader, const rs_results *results, size_t sharing,
                           rs_error *error)
{
    rs_reader *fresh = NULL;
    const size_t groups = results->layout->group_total > 0 ? results->layout->group_total : 1;
    rs_status status = rs_allocate((void **)&fresh, 1, sizeof *fresh, error);
    if (status != RS_OK)
        return status;
    status = rs_allocate((void **)&fresh->windows, results->layout->dataset_total,
                         sizeof *fresh->windows, error);
    if (status != RS_OK) {
        free(fresh);
        return status;
    }
    fresh->results = results;
    fresh->room = window_room(WINDOW_BYTES / sharing);
    fresh->group_room = window_room(GROUPS_WINDOW_BYTES / groups / sharing);
    find_numbers(&fresh->numbers, results, fresh->room);
    *reader = fresh;
    return RS_OK;
}

void rs_reader_free(rs_reader *reader)
{
    if (reader == NULL)
        return;
    for (size_t i = 0; i < reader->results->layout->dataset_total; i++)
        free(reader->windows[i].bytes);
    free(reader->windows);
    free(reader->numbers.bytes);
    free(reader->numbers.varying);
    free(reader->row);
    free(reader->loss);
    free(reader->checks);
    free(reader->weights);
    free(reader);
}

/* Makes the window show row `index` of the dataset, and those after it. */
static rs_status move_window(const rs_results *results, row_window *window, const rs_piece *piece,
                             size_t room, size_t index, rs_error *error)
{
    const rs_dataset *dataset = piece->dataset;
    size_t count = piece->size > 0 ? room / piece->size : 1;
    size_t left = (size_t)dataset->extents[0] - index;
    count = count == 0 ? 1 : count < left ? count : left;
    rs_status status = rs_grow(&window->bytes, &window->room, count * piece->size, 1, error);
    window->count = 0;
    if (status != RS_OK)
        return status;
    status = rs_rows_read(results->rows, results->entries[piece->index], index, count,
                          window->bytes, error);
    /* Rows before a damaged chunk are read one at a time. */
    if (status == RS_BAD_DATA && count > 1)
        return move_window(results, window, piece, piece->size, index, error);
    window->damaged = status == RS_BAD_DATA;
    if (status != RS_OK && !window->damaged)
        return status;
    window->first = index;
    window->count = count;
    return RS_OK;
}

/* Makes the window of a piece show row `index` of its dataset. */
static rs_status show(rs_reader *reader, const rs_piece *piece, size_t index, row_window **shown,
                      rs_error *error)
{
    row_window *window = *shown = &reader->windows[piece->index];
    if (index >= window->first && index - window->first < window->count)
        return RS_OK;
    return move_window(reader->results, window, piece,
                       piece->dataset->of_group ? reader->group_room : reader->room, index, error);
}

static const char *shown_row(const row_window *window, size_t index, size_t size)
{
    return (const char *)window->bytes + (index - window->first) * size;
}

/* Those that are constant are put into all rows, once. */
static rs_status begin_numbers(rs_reader *reader, rs_error *error)
{
    number_rows *numbers = &reader->numbers;
    const rs_piece *pieces = reader->results->formats[0].pieces;
    rs_status status;
    if ((numbers->bytes == NULL && (status = rs_allocate((void **)&numbers->bytes, numbers->most,
                                                         numbers->size, error)) != RS_OK) ||
        (status = rs_allocate((void **)&numbers->varying, numbers->pieces, sizeof *numbers->varying,
                              error)) != RS_OK)
        return status;
    numbers->varying_total = 0;
    for (size_t i = 0; i < numbers->pieces; i++)
        if (!rs_results_is_constant(reader->results, pieces[i].index))
            numbers->varying[numbers->varying_total++] = i;
        else
            for (size_t row = 0; row < numbers->most; row++)
                memcpy(numbers->bytes + row * numbers->size + pieces[i].start,
                       reader->results->columns[pieces[i].index], pieces[i].size);
    return RS_OK;
}

/* Puts the numbers of row `row` together, and of as many after it as all windows show. *damaged:
 * some of them cannot be read; then there are none. */
static rs_status gather_numbers(rs_reader *reader, size_t row, bool *damaged, rs_error *error)
{
    number_rows *numbers = &reader->numbers;
    const rs_piece *pieces = reader->results->formats[0].pieces;
    rs_status status = RS_OK;
    size_t count = numbers->most;
    row_window *window;
    numbers->count = 0;
    if (numbers->varying == NULL && (status = begin_numbers(reader, error)) != RS_OK)
        return status;
    for (size_t i = 0; i < numbers->varying_total && !*damaged; i++) {
        if ((status = show(reader, &pieces[numbers->varying[i]], row, &window, error)) != RS_OK)
            return status;
        const size_t left = window->first + window->count - row;
        *damaged = window->damaged;
        count = count < left ? count : left;
    }
    for (size_t i = 0; i < numbers->varying_total && !*damaged; i++) {
        const rs_piece *piece = &pieces[numbers->varying[i]];
        rs_row_spread(numbers->bytes + piece->start, numbers->size,
                      shown_row(&reader->windows[piece->index], row, piece->size), piece->size,
                      count);
    }
    numbers->first = row;
    numbers->count = *damaged ? 0 : count;
    return RS_OK;
}

static rs_status read_numbers(rs_reader *reader, size_t row, bool *damaged, rs_error *error)
{
    const number_rows *numbers = &reader->numbers;
    rs_status status = RS_OK;
    if (row < numbers->first || row - numbers->first >= numbers->count)
        status = gather_numbers(reader, row, damaged, error);
    if (status == RS_OK && !*damaged)
        memcpy(reader->row, numbers->bytes + (row - numbers->first) * numbers->size, numbers->size);
    return status;
}

/* *damaged: some of it cannot be read, and is left as it was. */
static rs_status read_row(rs_reader *reader, const rs_row_format *format, size_t row, bool *damaged,
                          rs_error *error)
{
    const rs_place *place = &reader->results->layout->places[row];
    rs_status status = rs_grow(&reader->row, &reader->row_room, format->size, 1, error);
    *damaged = false;
    if (status == RS_OK)
        status = read_numbers(reader, row, damaged, error);
    for (size_t i = reader->numbers.pieces; status == RS_OK && i < format->piece_total; i++) {
        const rs_piece *piece = &format->pieces[i];
        const size_t index = piece->dataset->of_group ? place->row : row;
        row_window *window;
        status = show(reader, piece, index, &window, error);
        if (status == RS_OK && window->damaged)
            *damaged = true;
        else if (status == RS_OK)
            memcpy((char *)reader->row + piece->start, shown_row(window, index, piece->size),
                   piece->size);
    }
    return status;
}

/* A row of a run that was stopped may have been replaced since, and be intact. */
static bool is_as_opened(const rs_results *results, const rs_row_format *format, size_t row,
                         const char *bytes)
{
    const rs_piece *status = &format->pieces[format->root[RS_DATA_STATUS]];
    if (((const int8_t *)results->columns[RS_DATA_STATUS])[row] != RS_RUN_STOPPED ||
        rs_results_is_foreign(results, row) || format->root[RS_DATA_RUNGS_REACHED] == RS_NO_PIECE)
        return true;
    return !rs_results_was_moved(results, row, bytes[status->start],
                                 rs_row_rungs_reached(format, bytes));
}

rs_status rs_reader_read_bytes(rs_reader *reader, size_t row, const void **bytes, bool *intact,
                               rs_error *error)
{
    const rs_row_format *format = rs_results_format(reader->results, row);
    bool damaged;
    *bytes = NULL;
    *intact = false;
    if (format == NULL)
        return RS_OK;
    rs_status status = read_row(reader, format, row, &damaged, error);
    if (status != RS_OK)
        return status;
    *bytes = reader->row;
    *intact = !damaged && rs_row_is_intact(format, row, reader->row) &&
              is_as_opened(reader->results, format, row, reader->row);
    return RS_OK;
}

bool rs_reader_time_is_intact(const rs_reader *reader, size_t row)
{
    const rs_row_format *format = rs_results_format(reader->results, row);
    const size_t piece = format->root[RS_DATA_WALL_TIME];
    return piece == RS_NO_PIECE ||
           rs_row_time_is_intact(
               format->version,
               rs_number_load(RS_REAL64, (const char *)reader->row + format->pieces[piece].start,
                              0));
}

rs_status rs_reader_read(rs_reader *reader, size_t row, rs_stored_run *run, rs_error *error)
{
    const rs_results *results = reader->results;
    const rs_layout *layout = results->layout;
    const rs_row_format *format = rs_results_format(results, row);
    const void *bytes;
    rs_status status;
    run->run = (uint32_t)((const int32_t *)results->columns[RS_DATA_RUN])[row];
    run->result = (rs_run_result){.diverged_at = -1, .updates = -1};
    run->wall_time = (double)NAN;
    rs_results_config(results, row, &run->config);
    if ((status = rs_reader_read_bytes(reader, row, &bytes, &run->intact, error)) != RS_OK ||
        !run->intact)
        return status;
    const rs_network *network = &layout->groups[layout->places[row].group].network;
    const rs_curve curve = rs_layout_curve(layout, &run->config);
    if ((status = rs_grow((void **)&reader->loss, &reader->loss_room, curve.points,
                          sizeof *reader->loss, error)) != RS_OK ||
        (status = rs_grow((void **)&reader->checks, &reader->checks_room,
                          2 * layout->checks + 4 * layout->rungs, sizeof *reader->checks, error)) !=
            RS_OK ||
        (status = rs_grow((void **)&reader->weights, &reader->weights_room, network->count,
                          sizeof *reader->weights, error)) != RS_OK)
        return status;
    rs_row_decode(layout, format, network, &run->config,
                  (rs_run_outcome)((const int8_t *)results->columns[RS_DATA_STATUS])[row],
                  ((const int8_t *)results->columns[RS_DATA_STOP_REASON])[row], bytes, &run->result,
                  &run->wall_time, reader->loss, reader->checks, reader->weights);
    run->wall_time = rs_row_time(layout->version, run->wall_time);
    return RS_OK;
}

rs_status rs_results_check_row(const rs_results *results, size_t row, bool *intact, rs_error *error)
{
    rs_reader *reader = NULL;
    const void *bytes;
    rs_status status = rs_reader_create(&reader, results, SIZE_MAX, error);
    if (status == RS_OK)
        status = rs_reader_read_bytes(reader, row, &bytes, intact, error);
    rs_reader_free(reader);
    return status;
}

rs_status rs_reader_count_lacking(const rs_results *results, size_t length_total,
                                  const uint32_t *lengths, const rs_checkpoints *checkpoints,
                                  const rs_rungs *rungs, rs_lacking *lacking, rs_error *error)
{
    const int8_t *reasons = results->columns[RS_DATA_STOP_REASON];
    const int8_t *outcomes = results->columns[RS_DATA_STATUS];
    const rs_layout *layout = results->layout;
    rs_reader *reader = NULL;
    rs_status status = RS_OK;
    *lacking = (rs_lacking){0};
    if (layout->lengths + layout->sets > 0 || (layout->checkpoints > 0 && checkpoints != NULL) ||
        (layout->rungs > 0 && rungs != NULL))
        status = rs_reader_create(&reader, results, 1, error);
    for (size_t row = 0; reader != NULL && status == RS_OK && row < results->runs; row++) {
        const rs_row_format *format = rs_results_format(results, row);
        const void *bytes;
        rs_run_config config;
        bool intact;
        const bool stopped = outcomes[row] == RS_RUN_STOPPED;
        if ((outcomes[row] != RS_RUN_DONE && outcomes[row] != RS_RUN_DIVERGED && !stopped) ||
            rs_results_is_foreign(results, row))
            continue;
        rs_results_config(results, row, &config);
        status = rs_reader_read_bytes(reader, row, &bytes, &intact, error);
        if (status != RS_OK || !intact)
            continue;
        lacking->tests += (outcomes[row] == RS_RUN_DONE || stopped) &&
                          rs_row_lacks_tests(layout, format, &config, length_total, lengths, bytes);
        lacking->checkpoints +=
            checkpoints != NULL &&
            rs_row_lacks_checkpoints(layout, format, &config, checkpoints, bytes);
        lacking->rungs +=
            !stopped && rungs != NULL && layout->rungs > 0 &&
            rs_row_lacks_rungs(format, &config, rungs, reasons[row] == RS_STOP_END, bytes);
    }
    rs_reader_free(reader);
    return status;
}

rs_hash rs_stored_run_hash(const rs_stored_run *run)
{
    const rs_run_result *result = &run->result;
    double head[RS_PARAMETER_TOTAL + 8] = {result->outcome,       result->initial_loss,
                                           result->final_loss,    result->test_bit_accuracy,
                                           result->test_accuracy, (double)result->diverged_at,
                                           result->test_loss};
    for (size_t column = RS_DATA_PARAMETERS; column <= RS_DATA_SEED; column++)
        head[column - RS_DATA_PARAMETERS + 7] = rs_layout_value(column, &run->config);
    /* Every NaN of a file has the same bits. */
    const rs_hash parts[] = {
        rs_hash_bytes(head, sizeof head),
        rs_hash_bytes(result->loss, result->loss_count * sizeof *result->loss),
        rs_hash_bytes(result->weights, result->weight_count * sizeof *result->weights),
    };
    return rs_hash_bytes(parts, sizeof parts);
}
