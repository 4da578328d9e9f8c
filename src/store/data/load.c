#include "load.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "h5.h"
#include "h5_descriptor.h"
#include "send.h"

enum { SLAB_NUMBERS = 1 << 17, CHUNKS_CACHED_MOST = 1 << 30 };

/* One dataset while it is read. */
typedef struct loading {
    const rs_loaded_file *wish;
    const rs_data_set *set;
    const rs_surveyed *survey;
    rs_part part;
    hid_t dataset;
    rs_load_outcome *outcome;
} loading;

/* ---- What is wrong --------------------------------------------------------------------------- */

/* Notes the first one. */
static void refuse(const loading *l, size_t index, const char *format, double value)
{
    char place[96] = "", longer[sizeof place], what[256];
    size_t rest = index;
    for (int axis = l->survey->rank - 1; axis >= 0; axis--) {
        snprintf(longer, sizeof longer, "%zu%s%s", rest % l->survey->extents[axis],
                 place[0] != '\0' ? ", " : "", place);
        memcpy(place, longer, sizeof place);
        rest /= l->survey->extents[axis];
    }
    if (l->outcome->status != RS_OK)
        return;
    snprintf(what, sizeof what, format, value);
    l->outcome->status = RS_BAD_DATA;
    snprintf(l->outcome->error, sizeof l->outcome->error, "%s: /%s/%s[%s] %s", l->wish->file.path,
             l->set->name, rs_part_name(l->part), place, what);
}

static bool is_good(const loading *l)
{
    return l->outcome->status == RS_OK;
}

/* ---- Reading --------------------------------------------------------------------------------- */

/* `count` rows from the first; all that a row holds. */
static bool read_rows(const loading *l, size_t first, size_t count, hid_t type, void *numbers)
{
    hsize_t start[RS_SURVEY_RANK_MOST] = {first}, extents[RS_SURVEY_RANK_MOST] = {count};
    for (int axis = 1; axis < l->survey->rank; axis++)
        extents[axis] = l->survey->extents[axis];
    hid_t file = H5Dget_space(l->dataset);
    hid_t memory = H5Screate_simple(l->survey->rank, extents, NULL);
    const bool good = file >= 0 && memory >= 0 &&
                      H5Sget_simple_extent_ndims(file) == l->survey->rank &&
                      H5Sselect_hyperslab(file, H5S_SELECT_SET, start, NULL, extents, NULL) >= 0 &&
                      H5Dread(l->dataset, type, memory, file, H5P_DEFAULT, numbers) >= 0;
    H5Sclose(file);
    H5Sclose(memory);
    return good;
}

static size_t row_count(const loading *l)
{
    size_t count = 1;
    for (int axis = 1; axis < l->survey->rank; axis++)
        count *= l->survey->extents[axis];
    return count;
}

/* Opened so that a chunk that is read in parts is unpacked once. */
static hid_t open_dataset(hid_t file, const loading *l)
{
    char path[RS_DATA_NAME + 16];
    hid_t access = H5Pcreate(H5P_DATASET_ACCESS);
    const double bytes =
        (double)l->survey->chunk_rows * (double)row_count(l) * (double)l->survey->size;
    if (bytes > 0)
        H5Pset_chunk_cache(access, H5D_CHUNK_CACHE_NSLOTS_DEFAULT,
                           bytes < CHUNKS_CACHED_MOST ? (size_t)bytes : CHUNKS_CACHED_MOST, 1.0);
    snprintf(path, sizeof path, "%s/%s", l->set->name, rs_part_name(l->part));
    hid_t dataset = H5Dopen2(file, path, access);
    H5Pclose(access);
    return dataset;
}

/* ---- What counts ----------------------------------------------------------------------------- */

static bool is_inside(const loading *l, size_t sequence, size_t step)
{
    return step < rs_data_length(l->set, sequence);
}

static bool counts(const loading *l, size_t sequence, size_t step)
{
    return is_inside(l, sequence, step) &&
           (l->set->weights.values == NULL ||
            rs_array_get(&l->set->weights, sequence * l->set->steps + step) > 0);
}

/* Whether number `index` of this dataset matters. */
static bool matters(const loading *l, size_t index)
{
    const size_t steps = l->set->steps, row = row_count(l), sequence = index / row;
    switch (l->part) {
    case RS_PART_INPUTS:
        return is_inside(l, sequence, index % row / (row / steps));
    case RS_PART_TARGETS:
        return l->survey->rank == 1 ? counts(l, sequence, rs_data_length(l->set, sequence) - 1)
                                    : counts(l, sequence, index % row / (row / steps));
    case RS_PART_WEIGHTS:
        return is_inside(l, sequence, index % row);
    case RS_PART_LENGTHS:
    case RS_PART_TOTAL:
        break;
    }
    return true;
}

/* ---- Integers -------------------------------------------------------------------------------- */

/* The range of a number, and why. */
typedef struct integer_range {
    int64_t least, most;
    const char *meaning; /* of a number outside, with a place for it */
} integer_range;

static integer_range range_of(const loading *l)
{
    const rs_data *data = l->wish->data;
    if (l->part == RS_PART_LENGTHS)
        return (integer_range){1, l->set->steps, "is %.0f: a length is 1 to the number of steps"};
    if (l->part == RS_PART_INPUTS)
        return data->inputs > 0
                   ? (integer_range){0, (int64_t)data->inputs - 1,
                                     "is %.0f, but attribute symbols counts fewer: they are "
                                     "numbered from 0"}
                   : (integer_range){0, RS_DATA_WIDTH_MOST - 1, "is %.0f: symbols are 0 to 65535"};
    if (data->target_kind == RS_TARGET_BITS)
        return (integer_range){0, 1,
                               "is %.0f: integer targets of three axes are bits, 0 or 1; for "
                               "squared error on other values store reals"};
    return data->outputs > 0
               ? (integer_range){0, (int64_t)data->outputs - 1,
                                 "is %.0f, but attribute classes counts fewer: they are numbered "
                                 "from 0; a step without a class has weight 0"}
               : (integer_range){0, RS_DATA_WIDTH_MOST - 1,
                                 "is %.0f: classes are 0 to 65535; a step without a class has "
                                 "weight 0"};
}

static void store_integer(const rs_array *array, size_t index, int64_t value)
{
    switch (array->element) {
    case RS_ELEMENT_U8:
        ((uint8_t *)array->values)[index] = (uint8_t)value;
        return;
    case RS_ELEMENT_U16:
        ((uint16_t *)array->values)[index] = (uint16_t)value;
        return;
    case RS_ELEMENT_U32:
    case RS_ELEMENT_F32:
    case RS_ELEMENT_F64:
        break;
    }
    ((uint32_t *)array->values)[index] = (uint32_t)value;
}

static uint32_t take_integers(const loading *l, const rs_array *array, size_t first,
                              const int64_t *values, size_t count)
{
    const integer_range range = range_of(l);
    int64_t largest = 0;
    for (size_t i = 0; i < count && is_good(l); i++) {
        const bool kept = matters(l, first + i);
        if (kept && (values[i] < range.least || values[i] > range.most)) {
            refuse(l, first + i, range.meaning, (double)values[i]);
        } else {
            store_integer(array, first + i, kept ? values[i] : 0);
            largest = kept && values[i] > largest ? values[i] : largest;
        }
    }
    return (uint32_t)largest;
}

static bool load_integers(const loading *l, const rs_array *array)
{
    const size_t row = row_count(l), rows = l->survey->extents[0];
    const size_t most = row < SLAB_NUMBERS ? SLAB_NUMBERS / row : 1;
    int64_t *slab = malloc(most * row * sizeof *slab);
    uint32_t largest = 0;
    bool good = slab != NULL;
    for (size_t first = 0; good && is_good(l) && first < rows; first += most) {
        const size_t here = rows - first < most ? rows - first : most;
        good = read_rows(l, first, here, H5T_NATIVE_INT64, slab);
        if (good) {
            const uint32_t seen = take_integers(l, array, first * row, slab, here * row);
            largest = seen > largest ? seen : largest;
        }
    }
    free(slab);
    uint32_t *count = l->part == RS_PART_INPUTS    ? &l->outcome->inputs
                      : l->part == RS_PART_TARGETS ? &l->outcome->outputs
                                                   : NULL;
    if (count != NULL && *count < largest + 1)
        *count = largest + 1;
    return good;
}

/* ---- Reals ----------------------------------------------------------------------------------- */

static hid_t type_of(rs_element element)
{
    switch (element) {
    case RS_ELEMENT_U8:
        return H5T_NATIVE_UINT8;
    case RS_ELEMENT_U16:
        return H5T_NATIVE_UINT16;
    case RS_ELEMENT_U32:
        return H5T_NATIVE_UINT32;
    case RS_ELEMENT_F32:
        return H5T_NATIVE_FLOAT;
    case RS_ELEMENT_F64:
        break;
    }
    return H5T_NATIVE_DOUBLE;
}

static void check_real(const loading *l, const rs_array *array, size_t index)
{
    const double value = rs_array_get(array, index);
    if (!matters(l, index))
        memset((char *)array->values + index * rs_element_size(array->element), 0,
               rs_element_size(array->element));
    else if (!isfinite(value))
        refuse(l, index,
               l->part == RS_PART_INPUTS
                   ? "is %g: inputs are finite numbers; shorter sequences have a dataset lengths"
               : l->part == RS_PART_TARGETS
                   ? "is %g: targets are finite numbers; a step without a target has weight 0"
                   : "is %g: weights are finite numbers, 0 or more",
               value);
    else if (fabs(value) > RS_DATA_NUMBER_MOST)
        refuse(l, index,
               "is %g: numbers are at most 3.4028235e38, the largest of float32; scale them",
               value);
    else if (l->part == RS_PART_WEIGHTS && value < 0)
        refuse(l, index, "is %g: weights are 0 or more", value);
}

static bool load_reals(const loading *l, const rs_array *array)
{
    const size_t rows = l->survey->extents[0], count = rows * row_count(l);
    if (!read_rows(l, 0, rows, type_of(array->element), array->values))
        return false;
    for (size_t i = 0; i < count && is_good(l); i++)
        check_real(l, array, i);
    return true;
}

/* ---- The file -------------------------------------------------------------------------------- */

static bool holds_integers(const loading *l)
{
    return l->part == RS_PART_LENGTHS ||
           (l->part == RS_PART_INPUTS && l->wish->data->input_kind == RS_INPUT_SYMBOLS) ||
           (l->part == RS_PART_TARGETS && l->wish->data->target_kind != RS_TARGET_REALS);
}

static const rs_array *array_of(const rs_data_set *set, rs_part part)
{
    const rs_array *const arrays[RS_PART_TOTAL] = {[RS_PART_INPUTS] = &set->inputs,
                                                   [RS_PART_TARGETS] = &set->targets,
                                                   [RS_PART_WEIGHTS] = &set->weights,
                                                   [RS_PART_LENGTHS] = &set->lengths};
    return arrays[part];
}

static bool load_part(hid_t file, const rs_loaded_file *wish, size_t index, rs_part part,
                      rs_load_outcome *outcome)
{
    loading l = {.wish = wish,
                 .set = &wish->data->sets[index],
                 .survey = &wish->survey->sets[index].part[part],
                 .part = part,
                 .outcome = outcome};
    const rs_array *array = array_of(l.set, part);
    if (array->values == NULL)
        return true;
    l.dataset = open_dataset(file, &l);
    if (l.dataset < 0)
        return false;
    const bool good = holds_integers(&l) ? load_integers(&l, array) : load_reals(&l, array);
    H5Dclose(l.dataset);
    return good;
}

static void check_counted(const rs_loaded_file *wish, size_t index, rs_load_outcome *outcome)
{
    const rs_data_set *set = &wish->data->sets[index];
    const bool last = wish->data->target_kind == RS_TARGET_LAST_CLASSES;
    size_t sequence;
    if (outcome->status != RS_OK || !rs_data_find_uncounted(set, last, &sequence))
        return;
    outcome->status = RS_BAD_DATA;
    snprintf(
        outcome->error, sizeof outcome->error,
        "%s: /%s/weights[%zu]: sequence %zu counts nowhere: %s; take it out, or give it a weight",
        wish->file.path, set->name, sequence, sequence,
        last ? "its last step has weight 0" : "all its steps have weight 0");
}

/* Lengths and weights first: they say which of the other numbers matter. */
static bool load_sets(hid_t file, const rs_loaded_file *wish, rs_load_outcome *outcome)
{
    static const rs_part order[RS_PART_TOTAL] = {RS_PART_LENGTHS, RS_PART_WEIGHTS, RS_PART_INPUTS,
                                                 RS_PART_TARGETS};
    bool good = true;
    for (size_t set = 0; set < wish->data->set_count; set++) {
        for (int i = 0; i < RS_PART_TOTAL && good && outcome->status == RS_OK; i++)
            good = load_part(file, wish, set, order[i], outcome);
        if (good)
            check_counted(wish, set, outcome);
    }
    return good;
}

bool rs_load_send(const void *context, int out)
{
    const rs_loaded_file *wish = context;
    rs_load_outcome outcome = {.status = RS_OK};
    rs_h5_trouble trouble;
    rs_error error = {.status = RS_OK};
    rs_h5_begin(&trouble);
    int failure;
    hid_t file = rs_h5_open_descriptor(wish->file.file, &failure);
    if (file < 0 || !load_sets(file, wish, &outcome))
        rs_h5_fail(&error, RS_BAD_DATA, wish->file.path,
                   "cannot be read: it is damaged, changes, or needs a filter of HDF5 that is not "
                   "installed",
                   &trouble);
    rs_explain_failure(failure, wish->file.path, &error);
    if (error.status != RS_OK) {
        outcome.status = (int32_t)error.status;
        memcpy(outcome.error, error.text, sizeof outcome.error);
    }
    return rs_send(out, &outcome, sizeof outcome);
}
