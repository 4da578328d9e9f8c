#include "row.h"

#include <isa-l/crc.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "memory.h"
#include "number.h"
#include "rungs.h"
#include "task.h"
#include "task_shape.h"

enum { TIME_CHECK_BITS = 16 };

/* ---- The parts of a row ---------------------------------------------------------------------- */

static void note_piece(rs_row_format *format, const rs_group *group, size_t index, size_t piece)
{
    const size_t in_group = index - group->first_dataset;
    if (index < RS_DATA_ROOT_TOTAL)
        format->root[index] = piece;
    else if (index >= group->first_dataset && in_group < RS_GROUP_TOTAL)
        format->group[in_group] = piece;
}

static void add_piece(rs_row_format *format, const rs_layout *layout, const rs_group *group,
                      size_t index)
{
    const rs_dataset *dataset = &layout->datasets[index];
    const bool is_known = dataset->of_group ? index - group->first_dataset < RS_GROUP_TOTAL
                                            : index < RS_DATA_ROOT_TOTAL;
    rs_piece *piece = &format->pieces[format->piece_total];
    *piece = (rs_piece){
        .dataset = dataset,
        .index = index,
        .start = format->size,
        .size = (size_t)rs_dataset_row_bytes(dataset),
        .put = (dataset->result && index != RS_DATA_STATUS) || !is_known,
        .kept = !is_known && !dataset->result && !dataset->has_default,
    };
    format->has_kept |= piece->kept;
    format->size += piece->size;
    note_piece(format, group, index, format->piece_total++);
}

static bool is_in_order(const rs_order *order, size_t index)
{
    for (size_t i = 0; i < order->count; i++)
        if (order->datasets[i] == index)
            return true;
    return false;
}

/* Pieces of the order that are numbers, or arrays. */
static void add_ordered(rs_row_format *format, const rs_layout *layout, const rs_group *group,
                        const rs_order *order, bool numbers, bool arrays)
{
    for (size_t i = 0; i < order->count; i++) {
        const bool is_number = layout->datasets[order->datasets[i]].rank == 1;
        if (is_number ? numbers : arrays)
            add_piece(format, layout, group, order->datasets[i]);
    }
}

static void add_others(rs_row_format *format, const rs_layout *layout, const rs_group *group,
                       const rs_order *order, size_t first, size_t total)
{
    for (size_t i = first; i < first + total; i++)
        if (layout->datasets[i].rank > 0 && layout->datasets[i].per_run && !is_in_order(order, i))
            add_piece(format, layout, group, i);
}

static rs_status make_format(rs_row_format *format, const rs_layout *layout, const rs_group *group,
                             rs_error *error)
{
    const rs_order *order = &layout->order;
    rs_status status =
        rs_allocate((void **)&format->pieces, layout->root_total + group->dataset_total,
                    sizeof *format->pieces, error);
    if (status != RS_OK)
        return status;
    format->version = layout->version;
    memset(format->root, 0xff, sizeof format->root);
    memset(format->group, 0xff, sizeof format->group);
    add_others(format, layout, group, order, 0, layout->root_total);
    format->covered = format->size;
    if (layout->version == RS_LAYOUT_FIRST) {
        add_ordered(format, layout, group, order, true, true);
    } else {
        add_ordered(format, layout, group, order, true, false);
        format->head_size = format->size - format->covered;
        add_ordered(format, layout, group, order, false, true);
    }
    format->root_total = format->piece_total;
    add_ordered(format, layout, group, &group->order, true, true);
    format->covered_size = format->size - format->covered;
    add_others(format, layout, group, &group->order, group->first_dataset, group->dataset_total);
    return RS_OK;
}

rs_status rs_row_formats(rs_row_format **formats, const rs_layout *layout, rs_error *error)
{
    rs_row_format *fresh = NULL;
    rs_status status = rs_allocate((void **)&fresh, layout->group_total, sizeof *fresh, error);
    for (size_t i = 0; status == RS_OK && i < layout->group_total; i++)
        status = make_format(&fresh[i], layout, &layout->groups[i], error);
    if (status != RS_OK) {
        rs_row_formats_free(fresh, layout->group_total);
        return status;
    }
    *formats = fresh;
    return RS_OK;
}

void rs_row_formats_free(rs_row_format *formats, size_t count)
{
    for (size_t i = 0; formats != NULL && i < count; i++)
        free(formats[i].pieces);
    free(formats);
}

uint64_t rs_row_offset(const rs_layout *layout, const rs_row_format *format, size_t row,
                       size_t piece)
{
    const rs_piece *part = &format->pieces[piece];
    const size_t index = part->dataset->of_group ? layout->places[row].row : row;
    return part->dataset->offset + index * part->size;
}

/* ---- Checksums ------------------------------------------------------------------------------- */

/* ISA-L keeps the sum inverted, takes the length as an int, and a pointer to bytes that it does not
 * change. */
uint32_t rs_checksum(uint32_t sum, const void *bytes, size_t size)
{
    const size_t most = 1 << 30;
    unsigned char *from = (unsigned char *)bytes;
    sum = ~sum;
    for (; size > most; size -= most, from += most)
        sum = crc32_iscsi(from, (int)most, sum);
    return ~crc32_iscsi(from, (int)size, sum);
}

typedef struct checksums {
    uint32_t head, all;
} checksums;

static checksums sum_up(const rs_row_format *format, size_t row, const void *bytes)
{
    const uint64_t place = row;
    const char *from = (const char *)bytes + format->covered;
    const uint32_t head = rs_checksum(0, from, format->head_size);
    const uint32_t all =
        rs_checksum(head, from + format->head_size, format->covered_size - format->head_size);
    if (format->version == RS_LAYOUT_FIRST)
        return (checksums){.all = all};
    return (checksums){.head = rs_checksum(head, &place, sizeof place),
                       .all = rs_checksum(all, &place, sizeof place)};
}

static uint32_t stored_sum(const rs_row_format *format, size_t column, const void *bytes)
{
    int32_t stored;
    memcpy(&stored, (const char *)bytes + format->pieces[format->root[column]].start,
           sizeof stored);
    return (uint32_t)stored;
}

bool rs_row_is_intact(const rs_row_format *format, size_t row, const void *bytes)
{
    const checksums sums = sum_up(format, row, bytes);
    return stored_sum(format, RS_DATA_CRC32C, bytes) == sums.all &&
           (format->version == RS_LAYOUT_FIRST ||
            stored_sum(format, RS_DATA_CRC32C_HEAD, bytes) == sums.head);
}

/* The check of a time is of its other bits. */
static uint64_t sealed_time(uint64_t bits)
{
    const uint64_t rest = bits >> TIME_CHECK_BITS << TIME_CHECK_BITS;
    const uint32_t sum = rs_checksum(0, &rest, sizeof rest);
    return rest | ((sum ^ sum >> TIME_CHECK_BITS) & ((1 << TIME_CHECK_BITS) - 1));
}

bool rs_row_time_is_intact(int32_t version, double stored)
{
    uint64_t bits;
    memcpy(&bits, &stored, sizeof bits);
    return version == RS_LAYOUT_FIRST || isnan(stored) || bits == sealed_time(bits);
}

double rs_row_time(int32_t version, double stored)
{
    uint64_t bits;
    memcpy(&bits, &stored, sizeof bits);
    if (version == RS_LAYOUT_FIRST || isnan(stored))
        return stored;
    if (bits != sealed_time(bits))
        return (double)NAN;
    bits = bits >> TIME_CHECK_BITS << TIME_CHECK_BITS;
    memcpy(&stored, &bits, sizeof stored);
    return stored;
}

static void seal_time(const rs_row_format *format, char *bytes)
{
    const size_t piece = format->root[RS_DATA_WALL_TIME];
    uint64_t bits;
    double time;
    if (piece == RS_NO_PIECE || format->pieces[piece].dataset->type != RS_REAL64)
        return;
    char *at = bytes + format->pieces[piece].start;
    memcpy(&time, at, sizeof time);
    memcpy(&bits, at, sizeof bits);
    if (isnan(time))
        return;
    bits = sealed_time(bits);
    memcpy(at, &bits, sizeof bits);
}

void rs_row_seal(const rs_row_format *format, size_t row, void *bytes)
{
    char *to = bytes;
    const checksums sums = sum_up(format, row, bytes);
    memcpy(to + format->pieces[format->root[RS_DATA_CRC32C]].start, &sums.all, sizeof sums.all);
    if (format->version == RS_LAYOUT_FIRST)
        return;
    memcpy(to + format->pieces[format->root[RS_DATA_CRC32C_HEAD]].start, &sums.head,
           sizeof sums.head);
    seal_time(format, to);
}

rs_hash rs_row_hash(const rs_row_format *format, const void *bytes)
{
    return rs_hash_bytes((const char *)bytes + format->covered, format->covered_size);
}

/* ---- Numbers to bytes, and back -------------------------------------------------------------- */

static void store_root(const rs_row_format *format, size_t column, double value, char *bytes)
{
    const size_t piece = format->root[column];
    if (piece != RS_NO_PIECE)
        rs_number_store(format->pieces[piece].dataset->type, bytes + format->pieces[piece].start, 0,
                        value);
}

static void fill_piece(const rs_piece *piece, double value, char *bytes)
{
    rs_numbers_fill(piece->dataset->type, bytes + piece->start, value, rs_piece_numbers(piece));
}

void rs_row_encode_number(const rs_row_format *format, uint32_t run, void *bytes)
{
    store_root(format, RS_DATA_RUN, run, bytes);
    if (format->group[RS_GROUP_RUN_ID] != RS_NO_PIECE)
        fill_piece(&format->pieces[format->group[RS_GROUP_RUN_ID]], run, bytes);
}

void rs_row_encode_known(const rs_row_format *format, const rs_codes *codes, uint32_t run,
                         const rs_run_config *config, void *bytes)
{
    rs_row_encode_number(format, run, bytes);
    for (size_t column = RS_DATA_PARAMETERS; column <= RS_DATA_SEED; column++) {
        double value = rs_layout_value(column, config);
        if (codes != NULL && codes->of[column] != NULL)
            value = codes->of[column][(size_t)value];
        store_root(format, column, rs_layout_to_file(column, value), bytes);
    }
}

static void encode_unknown(const rs_row_format *format, void *bytes)
{
    for (size_t i = 0; i < format->piece_total; i++) {
        const rs_piece *piece = &format->pieces[i];
        if (piece->put && piece->dataset->has_default)
            fill_piece(piece, piece->dataset->fallback, bytes);
    }
}

void rs_row_clear_results(const rs_row_format *format, void *bytes)
{
    for (size_t i = 0; i < format->piece_total; i++)
        if (format->pieces[i].dataset->result)
            fill_piece(&format->pieces[i], format->pieces[i].dataset->initial, bytes);
}

void rs_row_encode_pending(const rs_row_format *format, void *bytes)
{
    rs_row_clear_results(format, bytes);
    encode_unknown(format, bytes);
    for (size_t i = 0; i < format->piece_total; i++)
        if (format->pieces[i].kept)
            fill_piece(&format->pieces[i], 0, bytes);
}

static void encode_loss(const rs_layout *layout, const rs_row_format *format,
                        const rs_run_config *config, const rs_run_result *result, char *bytes)
{
    const rs_curve curve = rs_layout_curve(layout, config);
    const size_t at = format->root[RS_DATA_LOSS];
    if (at != RS_NO_PIECE)
        rs_numbers_store(format->pieces[at].dataset->type, bytes + format->pieces[at].start, 0,
                         curve.stride, result->loss, curve.points);
}

static const rs_piece *array_piece(const rs_row_format *format, size_t column)
{
    const size_t at = format->root[column];
    return at != RS_NO_PIECE ? &format->pieces[at] : NULL;
}

/* A number for each check that a run made; others stay missing. */
static void encode_checks(const rs_layout *layout, const rs_row_format *format, size_t column,
                          const rs_run_config *config, size_t count, const double *numbers,
                          char *bytes)
{
    const rs_piece *piece = array_piece(format, column);
    for (size_t i = 0; piece != NULL && i < count; i++) {
        const size_t place = rs_layout_find_check(layout, config, i);
        if (place < layout->checks)
            rs_number_store(piece->dataset->type, bytes + piece->start, place, numbers[i]);
    }
}

static void encode_place(const rs_row_format *format, size_t column, size_t place, double number,
                         char *bytes)
{
    const rs_piece *piece = array_piece(format, column);
    if (piece != NULL && place < rs_piece_numbers(piece))
        rs_number_store(piece->dataset->type, bytes + piece->start, place, number);
}

void rs_row_encode_tests(const rs_layout *layout, const rs_row_format *format,
                         const rs_run_config *config, const uint32_t *lengths,
                         const rs_run_result *result, void *bytes)
{
    const rs_data *data = config->task >= RS_TASK_TOTAL ? rs_task_data(config->task) : NULL;
    for (size_t i = 0; i < result->length_count; i++) {
        const size_t place = rs_layout_find_value(layout->length_at, layout->lengths, lengths[i]);
        encode_place(format, RS_DATA_TEST_ACCURACY_BY_LENGTH, place, result->length_accuracy[i],
                     bytes);
        encode_place(format, RS_DATA_TEST_LOSS_BY_LENGTH, place, result->length_loss[i], bytes);
    }
    for (size_t i = 0; data != NULL && i < result->set_count; i++) {
        const char *name = data->sets[data->set_count - result->set_count + i].name;
        const size_t place = rs_layout_find_set(layout, name);
        encode_place(format, RS_DATA_TEST_ACCURACY_BY_SET, place, result->set_accuracy[i], bytes);
        encode_place(format, RS_DATA_TEST_LOSS_BY_SET, place, result->set_loss[i], bytes);
    }
}

double rs_row_number(const rs_row_format *format, size_t column, const void *bytes, double missing)
{
    const size_t piece = format->root[column];
    return piece == RS_NO_PIECE
               ? missing
               : rs_number_load(format->pieces[piece].dataset->type,
                                (const char *)bytes + format->pieces[piece].start, 0);
}

/* Numbers of a tensor's piece at one checkpoint. */
static size_t count_at(const rs_row_format *format, size_t tensor)
{
    const rs_piece *piece = &format->pieces[format->group[RS_GROUP_TENSORS + tensor]];
    return rs_piece_numbers(piece);
}

void rs_row_encode_checkpoints(const rs_layout *layout, const rs_row_format *format,
                               const rs_run_result *result, void *bytes)
{
    char *row = bytes;
    for (size_t i = 0; i < result->checkpoint_count; i++) {
        const size_t place = rs_layout_find_value(layout->checkpoint_at, layout->checkpoints,
                                                  (uint64_t)result->checkpoint_update[i]);
        const double *weights = result->checkpoint_weights + i * result->weight_count;
        for (size_t tensor = 0; place != SIZE_MAX && tensor < RS_TENSOR_TOTAL; tensor++) {
            const size_t at = format->group[RS_GROUP_TENSORS_AT + tensor];
            if (format->group[RS_GROUP_TENSORS + tensor] == RS_NO_PIECE)
                continue;
            const size_t count = count_at(format, tensor);
            if (at != RS_NO_PIECE)
                rs_numbers_store(format->pieces[at].dataset->type, row + format->pieces[at].start,
                                 place * count, 1, weights, count);
            weights += count;
        }
    }
}

/* Whether the numbers of a checkpoint are missing; those of b_out stand for all. */
static bool lacks_checkpoint(const rs_row_format *format, size_t place, const char *bytes)
{
    const size_t at = format->group[RS_GROUP_TENSORS_AT + RS_B_OUT];
    if (at == RS_NO_PIECE || place == SIZE_MAX)
        return false;
    const rs_piece *piece = &format->pieces[at];
    return isnan(rs_number_load(piece->dataset->type, bytes + piece->start,
                                place * count_at(format, RS_B_OUT)));
}

bool rs_row_lacks_checkpoints(const rs_layout *layout, const rs_row_format *format,
                              const rs_run_config *config, const rs_checkpoints *wanted,
                              const void *bytes)
{
    const uint64_t last = rs_run_config_updates(config);
    const double stored = rs_row_number(format, RS_DATA_UPDATES, bytes, -1);
    const bool diverged = rs_row_number(format, RS_DATA_DIVERGED_AT, bytes, -1) >= 0;
    const uint64_t made = stored >= 0 ? (uint64_t)stored : last;
    bool lacks = false;
    for (uint64_t at = rs_checkpoints_next(wanted, -1, last);
         !lacks && at != UINT64_MAX && at + diverged <= made;
         at = rs_checkpoints_next(wanted, (int64_t)at, last))
        lacks = lacks_checkpoint(
            format, rs_layout_find_value(layout->checkpoint_at, layout->checkpoints, at), bytes);
    return lacks;
}

static void encode_weights(const rs_row_format *format, const rs_run_result *result, char *bytes)
{
    const double *weights = result->weights;
    for (size_t tensor = RS_GROUP_TENSORS; tensor < RS_GROUP_TENSORS_AT; tensor++) {
        if (format->group[tensor] == RS_NO_PIECE)
            continue;
        const rs_piece *piece = &format->pieces[format->group[tensor]];
        const size_t count = rs_piece_numbers(piece);
        rs_numbers_store(piece->dataset->type, bytes + piece->start, 0, 1, weights, count);
        weights += count;
    }
}

static double reason_code(const rs_codes *codes, rs_stop_reason reason)
{
    if (reason >= RS_STOP_REASON_TOTAL)
        return -1;
    return codes != NULL ? codes->stop_reason[reason] : (double)reason;
}

void rs_row_encode(const rs_layout *layout, const rs_row_format *format, const rs_codes *codes,
                   size_t row, uint32_t run, const rs_run_config *config, const uint32_t *lengths,
                   const rs_run_result *result, double wall_time, void *bytes)
{
    const double numbers[] = {codes != NULL ? codes->status[result->outcome]
                                            : (double)result->outcome,
                              reason_code(codes, result->stop_reason),
                              result->initial_loss,
                              result->final_loss,
                              result->test_bit_accuracy,
                              result->test_accuracy,
                              result->test_loss,
                              (double)result->diverged_at,
                              (double)result->updates,
                              result->solved_at,
                              (double)result->rung_count,
                              wall_time};
    rs_row_clear_results(format, bytes);
    encode_unknown(format, bytes);
    rs_row_encode_known(format, codes, run, config, bytes);
    for (size_t column = RS_DATA_STATUS; column <= RS_DATA_WALL_TIME; column++)
        store_root(format, column, numbers[column - RS_DATA_STATUS], bytes);
    encode_loss(layout, format, config, result, bytes);
    encode_checks(layout, format, RS_DATA_VALIDATION_LOSS, config, result->check_count,
                  result->validation_loss, bytes);
    encode_checks(layout, format, RS_DATA_VALIDATION_ACCURACY, config, result->check_count,
                  result->validation_accuracy, bytes);
    rs_row_encode_tests(layout, format, config, lengths, result, bytes);
    rs_row_encode_rungs(format, result, bytes);
    encode_weights(format, result, bytes);
    rs_row_encode_checkpoints(layout, format, result, bytes);
    rs_row_seal(format, row, bytes);
}

static bool is_missing(const rs_row_format *format, size_t column, size_t place, const char *bytes)
{
    const rs_piece *piece = array_piece(format, column);
    return piece != NULL && place < rs_piece_numbers(piece) &&
           isnan(rs_number_load(piece->dataset->type, bytes + piece->start, place));
}

bool rs_row_lacks_tests(const rs_layout *layout, const rs_row_format *format,
                        const rs_run_config *config, size_t length_total, const uint32_t *lengths,
                        const void *bytes)
{
    const rs_data *data = config->task >= RS_TASK_TOTAL ? rs_task_data(config->task) : NULL;
    rs_run_config at;
    bool lacks = false;
    size_t first;
    const size_t set_total = rs_data_further_sets(data, &first);
    for (size_t i = 0; i < length_total && !lacks; i++)
        lacks = is_missing(format, RS_DATA_TEST_ACCURACY_BY_LENGTH,
                           rs_layout_find_value(layout->length_at, layout->lengths, lengths[i]),
                           bytes) &&
                rs_run_config_at_length(config, lengths[i], &at);
    for (size_t k = 0; k < set_total && !lacks; k++)
        lacks = is_missing(format, RS_DATA_TEST_ACCURACY_BY_SET,
                           rs_layout_find_set(layout, data->sets[first + k].name), bytes);
    return lacks;
}

void rs_row_weights(const rs_row_format *format, const void *bytes, double *weights)
{
    const char *row = bytes;
    for (size_t tensor = RS_GROUP_TENSORS; tensor < RS_GROUP_TENSORS_AT; tensor++) {
        if (format->group[tensor] == RS_NO_PIECE)
            continue;
        const rs_piece *piece = &format->pieces[format->group[tensor]];
        const size_t count = rs_piece_numbers(piece);
        rs_numbers_load(piece->dataset->type, row + piece->start, 0, weights, count);
        weights += count;
    }
}

static void decode_checks(const rs_layout *layout, const rs_row_format *format,
                          const rs_run_config *config, const char *bytes, double *checks,
                          rs_run_result *result)
{
    const rs_piece *losses = array_piece(format, RS_DATA_VALIDATION_LOSS);
    const rs_piece *accuracies = array_piece(format, RS_DATA_VALIDATION_ACCURACY);
    if (layout->checks == 0) /* there is no room for any */
        return;
    double *loss = checks, *accuracy = checks + layout->checks;
    size_t count = 0, place;
    result->validation_loss = loss;
    result->validation_accuracy = accuracy;
    while (losses != NULL && count < layout->checks &&
           (place = rs_layout_find_check(layout, config, count)) != SIZE_MAX) {
        loss[count] = rs_number_load(losses->dataset->type, bytes + losses->start, place);
        if (isnan(loss[count]))
            break;
        accuracy[count] = accuracies != NULL ? rs_number_load(accuracies->dataset->type,
                                                              bytes + accuracies->start, place)
                                             : (double)NAN;
        count++;
    }
    result->check_count = count;
}

void rs_row_decode(const rs_layout *layout, const rs_row_format *format, const rs_network *network,
                   const rs_run_config *config, rs_run_outcome outcome, int reason,
                   const void *bytes, rs_run_result *result, double *wall_time, double *loss,
                   double *checks, double *weights)
{
    const rs_curve curve = rs_layout_curve(layout, config);
    const size_t piece = format->root[RS_DATA_LOSS];
    const double missing = (double)NAN;
    *result = (rs_run_result){
        .outcome = outcome,
        .initial_loss = rs_row_number(format, RS_DATA_INITIAL_LOSS, bytes, missing),
        .final_loss = rs_row_number(format, RS_DATA_FINAL_LOSS, bytes, missing),
        .test_bit_accuracy = rs_row_number(format, RS_DATA_TEST_BIT_ACCURACY, bytes, missing),
        .test_accuracy = rs_row_number(format, RS_DATA_TEST_ACCURACY, bytes, missing),
        .test_loss = rs_row_number(format, RS_DATA_TEST_LOSS, bytes, missing),
        .diverged_at = (int64_t)rs_row_number(format, RS_DATA_DIVERGED_AT, bytes, -1),
        .updates = (int64_t)rs_row_number(format, RS_DATA_UPDATES, bytes, -1),
        .stop_reason = reason >= 0 ? (rs_stop_reason)reason : RS_STOP_REASON_TOTAL,
        .solved_at = rs_row_number(format, RS_DATA_SOLVED_AT, bytes, missing),
        .loss_count = curve.points,
        .loss = loss,
        .weight_count = network->states > 0 ? network->count : 0,
        .weights = weights,
    };
    *wall_time = rs_row_number(format, RS_DATA_WALL_TIME, bytes, missing);
    for (size_t i = 0; i < curve.points; i++)
        loss[i] = piece == RS_NO_PIECE
                      ? missing
                      : rs_number_load(format->pieces[piece].dataset->type,
                                       (const char *)bytes + format->pieces[piece].start,
                                       i * curve.stride);
    decode_checks(layout, format, config, bytes, checks, result);
    if (layout->rungs > 0)
        rs_row_decode_rungs(layout, format, bytes, checks + 2 * layout->checks, result);
    if (result->weight_count > 0)
        rs_row_weights(format, bytes, weights);
}

/* A size that is known is one instruction for each. */
void rs_row_spread(char *rows, size_t stride, const char *elements, size_t size, size_t count)
{
    if (size == 8)
        for (size_t i = 0; i < count; i++)
            memcpy(rows + i * stride, elements + i * 8, 8);
    else if (size == 4)
        for (size_t i = 0; i < count; i++)
            memcpy(rows + i * stride, elements + i * 4, 4);
    else if (size == 1)
        for (size_t i = 0; i < count; i++)
            rows[i * stride] = elements[i];
    else
        for (size_t i = 0; i < count; i++)
            memcpy(rows + i * stride, elements + i * size, size);
}
