#include "translate.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "memory.h"
#include "number.h"
#include "results_file.h"
#include "rungs.h"
#include "store_file.h"

typedef enum operation_kind {
    COPY,    /* bytes as they stand */
    CONVERT, /* numbers to another type */
    WORDS,   /* numbers of one file's words to those of the other's */
    STEPS,   /* a curve to other steps */
    FILL     /* what the source does not have */
} operation_kind;

typedef struct operation {
    operation_kind kind;
    size_t from, to, size, count;
    rs_type from_type, to_type;
    size_t from_stride, to_stride; /* STEPS: between the elements that both have */
    double value;                  /* FILL */
    const rs_words *words;         /* WORDS, with maps[] */
    double *maps;
} operation;

/* How rows of a group of the source become rows of a group of the store. */
typedef struct route {
    bool known;
    bool converts_known; /* of what is known before a run ends, more than its number */
    uint32_t target;
    size_t total, room;
    operation *operations;
} route;

struct rs_translator {
    const rs_results *from;
    const rs_store *to;
    rs_reader *reader;
    size_t row;        /* the one read last */
    const void *bytes; /* as they stand in its file */
    void *made;        /* in the form of the store */
    size_t made_room;
    route *routes; /* by group of the source */
};

rs_status rs_translator_create(rs_translator **translator, const rs_results *from,
                               const rs_store *to, size_t sharing, rs_error *error)
{
    rs_translator *fresh = NULL;
    rs_status status = rs_allocate((void **)&fresh, 1, sizeof *fresh, error);
    if (status != RS_OK)
        return status;
    fresh->from = from;
    fresh->to = to;
    if ((status = rs_reader_create(&fresh->reader, from, sharing, error)) != RS_OK ||
        (status = rs_allocate((void **)&fresh->routes, from->layout->group_total,
                              sizeof *fresh->routes, error)) != RS_OK) {
        rs_translator_free(fresh);
        return status;
    }
    *translator = fresh;
    return RS_OK;
}

static void free_route(route *way)
{
    for (size_t i = 0; i < way->total; i++)
        free(way->operations[i].maps);
    free(way->operations);
    *way = (route){0};
}

void rs_translator_free(rs_translator *translator)
{
    if (translator == NULL)
        return;
    for (size_t i = 0; translator->routes != NULL && i < translator->from->layout->group_total; i++)
        free_route(&translator->routes[i]);
    free(translator->routes);
    rs_reader_free(translator->reader);
    free(translator->made);
    free(translator);
}

rs_status rs_translator_read(rs_translator *translator, size_t row, bool *intact, rs_error *error)
{
    translator->row = row;
    return rs_reader_read_bytes(translator->reader, row, &translator->bytes, intact, error);
}

/* ---- Making a route -------------------------------------------------------------------------- */

static const rs_piece *find_piece(const rs_row_format *format, const rs_dataset *like)
{
    for (size_t i = 0; i < format->piece_total; i++) {
        const rs_dataset *dataset = format->pieces[i].dataset;
        if (dataset->of_group == like->of_group &&
            strcmp(rs_dataset_name(dataset), rs_dataset_name(like)) == 0)
            return &format->pieces[i];
    }
    return NULL;
}

/* Adds an operation, or lengthens the last one when both copy neighbouring bytes. */
static rs_status add(route *way, operation next, rs_error *error)
{
    operation *last = way->total > 0 ? &way->operations[way->total - 1] : NULL;
    if (last != NULL && last->kind == COPY && next.kind == COPY &&
        last->from + last->size == next.from && last->to + last->size == next.to) {
        last->size += next.size;
        return RS_OK;
    }
    rs_status status = rs_grow((void **)&way->operations, &way->room, way->total + 1,
                               sizeof *way->operations, error);
    if (status == RS_OK)
        way->operations[way->total++] = next;
    return status;
}

static rs_status refuse(const rs_translator *translator, const rs_dataset *dataset,
                        const char *what, rs_error *error)
{
    return rs_fail(
        error, RS_BAD_DATA,
        "%s: %s has %s than in the other files, and this version of rnnsweep cannot join "
        "them",
        translator->from->path, dataset->path, what);
}

static rs_status add_missing(route *way, const rs_piece *to, rs_error *error)
{
    const rs_dataset *dataset = to->dataset;
    const double value = dataset->result        ? dataset->initial
                         : dataset->has_default ? dataset->fallback
                                                : 0;
    return add(way,
               (operation){.kind = FILL,
                           .to = to->start,
                           .to_type = dataset->type,
                           .count = to->size / rs_type_size(dataset->type),
                           .value = value},
               error);
}

/* Curves: every step of the source is one of the store's. */
static rs_status add_steps(const rs_translator *translator, route *way, const rs_piece *from,
                           const rs_piece *to, rs_error *error)
{
    const rs_layout *source = translator->from->layout, *target = translator->to->layout;
    const size_t stride = target->interval > 0 ? source->interval / target->interval : 0;
    rs_status status = add_missing(way, to, error);
    if (status != RS_OK)
        return status;
    if (stride == 0 || source->interval % target->interval != 0 ||
        (source->steps - 1) * stride >= target->steps)
        return refuse(translator, to->dataset, "other steps", error);
    return add(way,
               (operation){.kind = STEPS,
                           .from = from->start,
                           .to = to->start,
                           .count = source->steps,
                           .from_type = from->dataset->type,
                           .to_type = to->dataset->type,
                           .to_stride = stride},
               error);
}

static bool same_steps(const rs_translator *translator)
{
    const rs_layout *source = translator->from->layout, *target = translator->to->layout;
    return source->steps == target->steps &&
           (source->interval == target->interval || source->steps == 1);
}

/* Whether both files have the same places of a scale. */
static bool same_places(const rs_translator *translator, size_t scale)
{
    const rs_layout *source = translator->from->layout, *target = translator->to->layout;
    const size_t count = rs_layout_places_of(source, scale);
    bool same = count == rs_layout_places_of(target, scale);
    for (size_t i = 0; same && i < count; i++)
        same = rs_layout_same_place(source, target, scale, i) == i;
    return same;
}

/* Whether a dataset of a group is [run_id, checkpoint, ...]. */
static bool is_at_checkpoints(const rs_dataset *dataset)
{
    const char *name = rs_dataset_name(dataset);
    for (size_t i = RS_GROUP_TENSORS_AT; dataset->of_group && i < RS_GROUP_TOTAL; i++)
        if (strcmp(name, rs_layout_group_name(i)) == 0)
            return true;
    return false;
}

/* The numbers of each place of a scale go where the store has the same place: one, or those of a
 * tensor. */
static rs_status add_places(const rs_translator *translator, route *way, const rs_piece *from,
                            const rs_piece *to, size_t scale, rs_error *error)
{
    const rs_layout *source = translator->from->layout, *target = translator->to->layout;
    const rs_type from_type = from->dataset->type, to_type = to->dataset->type;
    const size_t places = rs_layout_places_of(source, scale);
    const size_t count = places > 0 ? rs_piece_numbers(from) / places : 0;
    rs_status status = add_missing(way, to, error);
    for (size_t i = 0; status == RS_OK && i < places; i++) {
        const size_t place = rs_layout_same_place(source, target, scale, i);
        if (place != SIZE_MAX)
            status = add(way,
                         (operation){.kind = CONVERT,
                                     .from = from->start + i * count * rs_type_size(from_type),
                                     .to = to->start + place * count * rs_type_size(to_type),
                                     .count = count,
                                     .from_type = from_type,
                                     .to_type = to_type},
                         error);
    }
    return status;
}

static bool same_shape(const rs_dataset *one, const rs_dataset *other)
{
    bool same = one->rank == other->rank;
    for (int axis = 1; same && axis < one->rank; axis++)
        same = one->extents[axis] == other->extents[axis];
    return same;
}

/* Words that a file has for a column of which this program does not know the choices. */
static const rs_attribute *find_words(const rs_dataset *dataset)
{
    for (size_t i = 0; i < dataset->kept_total; i++)
        if (dataset->kept[i].is_text && strcmp(dataset->kept[i].name, "flag_meanings") == 0)
            return &dataset->kept[i];
    return NULL;
}

static bool same_words(const rs_dataset *one, const rs_dataset *other)
{
    const rs_attribute *first = find_words(one), *second = find_words(other);
    return first == NULL || second == NULL || strcmp(first->value, second->value) == 0;
}

static rs_status add_words(const rs_translator *translator, route *way, const rs_piece *from,
                           const rs_piece *to, rs_error *error)
{
    const rs_words *source = &translator->from->words[from->index];
    operation next = {.kind = WORDS,
                      .from = from->start,
                      .to = to->start,
                      .from_type = from->dataset->type,
                      .to_type = to->dataset->type,
                      .words = source};
    rs_status status = to->dataset->result ? add_missing(way, to, error) : RS_OK;
    if (status == RS_OK)
        status =
            rs_words_map(source, &translator->to->results->words[to->index], &next.maps, error);
    if (status == RS_OK && (status = add(way, next, error)) != RS_OK)
        free(next.maps);
    return status;
}

static bool has_words(const rs_translator *translator, const rs_piece *from, const rs_piece *to)
{
    return from->index == to->index && from->index < RS_DATA_WORDS_END &&
           !from->dataset->of_group && translator->from->words[from->index].total > 0 &&
           !(translator->from->words[from->index].same &&
             translator->to->results->words[to->index].same);
}

static rs_status add_piece(const rs_translator *translator, route *way, const rs_piece *from,
                           const rs_piece *to, rs_error *error)
{
    const rs_dataset *source = from->dataset, *target = to->dataset;
    if (to->index == RS_DATA_LOSS && !same_steps(translator))
        return add_steps(translator, way, from, to, error);
    if (rs_data_is_array(to->index) && to->index > RS_DATA_LOSS && !target->of_group &&
        !same_places(translator, rs_layout_scale_of(to->index)))
        return add_places(translator, way, from, to, rs_layout_scale_of(to->index), error);
    if (is_at_checkpoints(target) && !same_places(translator, RS_DATA_CHECKPOINT))
        return add_places(translator, way, from, to, RS_DATA_CHECKPOINT, error);
    if (has_words(translator, from, to))
        return add_words(translator, way, from, to, error);
    if (!same_shape(source, target))
        return refuse(translator, target, "another shape", error);
    if (to->index >= RS_DATA_ROOT_TOTAL && !same_words(source, target))
        return refuse(translator, target, "other words", error);
    if (source->type == target->type)
        return add(
            way, (operation){.kind = COPY, .from = from->start, .to = to->start, .size = to->size},
            error);
    return add(way,
               (operation){.kind = CONVERT,
                           .from = from->start,
                           .to = to->start,
                           .count = to->size / rs_type_size(target->type),
                           .from_type = source->type,
                           .to_type = target->type},
               error);
}

/* Whether a piece is known before the run ends, its number aside. */
static bool is_known(const rs_piece *piece)
{
    return !piece->dataset->of_group && piece->index >= RS_DATA_PARAMETERS &&
           piece->index <= RS_DATA_SEED;
}

static bool is_copied(const rs_translator *translator, const rs_piece *from, const rs_piece *to)
{
    return from != NULL && !has_words(translator, from, to) &&
           from->dataset->type == to->dataset->type;
}

static rs_status make_route(const rs_translator *translator, route *way, uint32_t source,
                            uint32_t target, rs_error *error)
{
    const rs_row_format *from = &translator->from->formats[source];
    const rs_row_format *to = &translator->to->formats[target];
    rs_status status = RS_OK;
    free_route(way);
    for (size_t i = 0; status == RS_OK && i < to->piece_total; i++) {
        const rs_piece *wanted = &to->pieces[i], *found = find_piece(from, wanted->dataset);
        way->converts_known |= is_known(wanted) && !is_copied(translator, found, wanted);
        status = found == NULL ? add_missing(way, wanted, error)
                               : add_piece(translator, way, found, wanted, error);
    }
    way->known = status == RS_OK;
    way->target = target;
    return status;
}

/* ---- Following it ---------------------------------------------------------------------------- */

static void convert(const operation *step, const char *from, char *to, size_t count, size_t stride)
{
    for (size_t i = 0; i < count; i++)
        rs_number_store(step->to_type, to, i * stride, rs_number_load(step->from_type, from, i));
}

static void convert_word(const operation *step, const char *from, char *to)
{
    const double code = rs_number_load(step->from_type, from, 0);
    for (size_t i = 0; i < step->words->total; i++)
        if (step->words->codes[i] == code && !isnan(step->maps[i]))
            rs_number_store(step->to_type, to, 0, step->maps[i]);
}

static void follow(const route *way, const char *from, char *to)
{
    for (size_t i = 0; i < way->total; i++) {
        const operation *step = &way->operations[i];
        switch (step->kind) {
        case COPY:
            memcpy(to + step->to, from + step->from, step->size);
            break;
        case CONVERT:
            convert(step, from + step->from, to + step->to, step->count, 1);
            break;
        case WORDS:
            convert_word(step, from + step->from, to + step->to);
            break;
        case STEPS:
            convert(step, from + step->from, to + step->to, step->count, step->to_stride);
            break;
        case FILL:
            rs_numbers_fill(step->to_type, to + step->to, step->value, step->count);
            break;
        }
    }
}

/* The time in the store's form: a damaged one is missing. */
static double set_time(const rs_translator *translator, const rs_row_format *format, char *bytes)
{
    const size_t piece = format->root[RS_DATA_WALL_TIME];
    if (piece == RS_NO_PIECE)
        return (double)NAN;
    char *at = bytes + format->pieces[piece].start;
    const double time =
        rs_row_time(translator->from->layout->version, rs_number_load(RS_REAL64, at, 0));
    rs_number_store(RS_REAL64, at, 0, time);
    return time;
}

/* Of a run that came to `reached` rungs of the source, how many it came to of the store's, without
 * a gap. */
static int32_t count_rungs(const rs_layout *source, const rs_layout *target, int32_t reached)
{
    int32_t count = 0;
    while ((size_t)count < target->rungs) {
        const size_t place = rs_layout_same_place(target, source, RS_DATA_RUNG, (size_t)count);
        if (place == SIZE_MAX || (int64_t)place >= reached)
            break;
        count++;
    }
    return count;
}

/* Has the row of a finished run say what it has of the store's rungs. False when the run was
 * stopped at a rung that is none of them, or came to another one before. */
static bool place_rungs(const rs_translator *translator, const rs_row_format *format, char *bytes,
                        int32_t *reached)
{
    const rs_layout *source = translator->from->layout, *target = translator->to->layout;
    const rs_results_columns columns = rs_results_read_columns(translator->from);
    const int32_t before = columns.rungs_reached[translator->row];
    const bool was_stopped = columns.status[translator->row] == RS_RUN_STOPPED;
    *reached = before;
    if (was_stopped && before < 0) /* another program has not said at which */
        return true;
    if (target->rungs == 0)
        return !was_stopped;
    if (before < 0 || !rs_layout_same_rungs(source, target)) {
        *reached = count_rungs(source, target, before);
        rs_row_cut_rungs(format, *reached, bytes);
    }
    return !was_stopped ||
           (*reached > 0 && rs_layout_same_place(source, target, RS_DATA_RUNG,
                                                 (size_t)before - 1) == (size_t)*reached - 1);
}

rs_status rs_translator_convert(rs_translator *translator, size_t target, rs_translated *translated,
                                rs_error *error)
{
    const rs_results *from = translator->from;
    const uint32_t source_group = from->layout->places[translator->row].group;
    const uint32_t target_group = translator->to->layout->places[target].group;
    const rs_row_format *format = &translator->to->formats[target_group];
    route *way = &translator->routes[source_group];
    rs_status status = RS_OK;
    if (!way->known || way->target != target_group)
        status = make_route(translator, way, source_group, target_group, error);
    if (status == RS_OK)
        status = rs_grow(&translator->made, &translator->made_room, format->size, 1, error);
    if (status != RS_OK)
        return status;
    char *bytes = translator->made;
    follow(way, translator->bytes, bytes);
    const double time = set_time(translator, format, bytes);
    if (!rs_results_is_foreign(from, translator->row)) {
        uint32_t run;
        rs_run_config config;
        translator->to->runs.row(translator->to->runs.context, target, &run, &config);
        if (way->converts_known)
            rs_row_encode_known(format, &translator->to->results->codes, run, &config, bytes);
        else
            rs_row_encode_number(format, run, bytes);
    }
    bool placed = true;
    int32_t reached = -1;
    if (rs_results_read_columns(from).status[translator->row] == RS_RUN_PENDING) {
        rs_row_clear_results(format, bytes);
    } else {
        placed = place_rungs(translator, format, bytes, &reached);
        rs_row_seal(format, target, bytes);
    }
    *translated = (rs_translated){
        .bytes = bytes,
        .hash = rs_row_hash(format, bytes),
        .wall_time = time,
        .reached = reached,
        .placed = placed,
        .code = ((const int8_t *)bytes)[format->pieces[format->root[RS_DATA_STATUS]].start],
    };
    return RS_OK;
}
