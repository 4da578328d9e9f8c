/* The survey of a data file, made by HDF5. */
#include "survey.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "h5.h"
#include "h5_descriptor.h"
#include "send.h"

const char *rs_part_name(rs_part part)
{
    static const char *const names[RS_PART_TOTAL] = {[RS_PART_INPUTS] = "inputs",
                                                     [RS_PART_TARGETS] = "targets",
                                                     [RS_PART_WEIGHTS] = "weights",
                                                     [RS_PART_LENGTHS] = "lengths"};
    return names[part];
}

/* ---- A dataset ------------------------------------------------------------------------------- */

/* A number that is an attribute, NaN without one. */
static herr_t read_number(hid_t dataset, const char *name, double *value)
{
    *value = NAN;
    const htri_t exists = H5Aexists(dataset, name);
    if (exists <= 0)
        return exists;
    herr_t result = -1;
    hid_t attribute = H5Aopen(dataset, name, H5P_DEFAULT);
    hid_t type = H5Aget_type(attribute), space = H5Aget_space(attribute);
    const H5T_class_t class = H5Tget_class(type);
    if (H5Sget_simple_extent_npoints(space) == 1 && (class == H5T_INTEGER || class == H5T_FLOAT))
        result = H5Aread(attribute, H5T_NATIVE_DOUBLE, value);
    H5Sclose(space);
    H5Tclose(type);
    H5Aclose(attribute);
    return result;
}

static void find_type(hid_t dataset, rs_surveyed *found)
{
    hid_t type = H5Dget_type(dataset);
    H5T_class_t class = H5Tget_class(type);
    if (class == H5T_ENUM) { /* h5py's bool */
        hid_t base = H5Tget_super(type);
        H5Tclose(type);
        type = base;
        class = H5Tget_class(type);
    }
    found->class = class == H5T_INTEGER ? RS_SURVEYED_INTEGER
                   : class == H5T_FLOAT ? RS_SURVEYED_REAL
                                        : RS_SURVEYED_OTHER;
    found->size = (uint32_t)H5Tget_size(type);
    found->is_signed = class == H5T_INTEGER && H5Tget_sign(type) == H5T_SGN_2;
    H5Tclose(type);
}

static herr_t find_extents(hid_t dataset, rs_surveyed *found)
{
    hsize_t extents[H5S_MAX_RANK] = {0};
    hid_t space = H5Dget_space(dataset);
    found->rank = space >= 0 ? H5Sget_simple_extent_dims(space, extents, NULL) : -1;
    if (space >= 0)
        H5Sclose(space);
    for (int axis = 0; axis < found->rank && axis < RS_SURVEY_RANK_MOST; axis++)
        found->extents[axis] = extents[axis];
    return found->rank < 0 ? -1 : 0;
}

static uint64_t bytes_of(const rs_surveyed *found)
{
    uint64_t bytes = found->size;
    for (int axis = 0; axis < found->rank && axis < RS_SURVEY_RANK_MOST; axis++)
        if (__builtin_mul_overflow(bytes, found->extents[axis], &bytes))
            return UINT64_MAX;
    return bytes;
}

static bool lies_within(hid_t dataset, uint64_t file_size, uint64_t bytes)
{
    const haddr_t offset = H5Dget_offset(dataset);
    return bytes == 0 ||
           (offset != HADDR_UNDEF && offset <= file_size && bytes <= file_size - offset);
}

static herr_t find_storage(hid_t dataset, uint64_t file_size, rs_surveyed *found)
{
    hsize_t extents[H5S_MAX_RANK];
    hid_t properties = H5Dget_create_plist(dataset);
    if (properties < 0)
        return -1;
    const uint64_t bytes = bytes_of(found);
    switch (H5Pget_layout(properties)) {
    case H5D_COMPACT:
        break;
    case H5D_CONTIGUOUS:
        found->is_foreign =
            H5Pget_external_count(properties) != 0 || !lies_within(dataset, file_size, bytes);
        break;
    case H5D_CHUNKED:
        if (H5Pget_chunk(properties, H5S_MAX_RANK, extents) > 0)
            found->chunk_rows = extents[0];
        found->is_foreign = found->chunk_rows == 0;
        break;
    default:
        found->is_foreign = true;
        break;
    }
    H5Pclose(properties);
    return 0;
}

static herr_t survey_part(hid_t group, rs_part part, uint64_t file_size, rs_surveyed *found)
{
    static const char *const count_name[RS_PART_TOTAL] = {
        [RS_PART_INPUTS] = "symbols", [RS_PART_TARGETS] = "classes"};
    const char *name = rs_part_name(part);
    *found = (rs_surveyed){.class = RS_SURVEYED_NONE, .count = NAN, .tolerance = NAN};
    const htri_t exists = H5Lexists(group, name, H5P_DEFAULT);
    if (exists <= 0)
        return exists;
    hid_t dataset = H5Dopen2(group, name, H5P_DEFAULT);
    if (dataset < 0)
        return -1;
    find_type(dataset, found);
    found->is_packed =
        H5Aexists(dataset, "scale_factor") > 0 || H5Aexists(dataset, "add_offset") > 0;
    herr_t result = find_extents(dataset, found);
    if (result >= 0)
        result = find_storage(dataset, file_size, found);
    if (result >= 0 && count_name[part] != NULL)
        result = read_number(dataset, count_name[part], &found->count);
    if (result >= 0 && part == RS_PART_TARGETS)
        result = read_number(dataset, "tolerance", &found->tolerance);
    H5Dclose(dataset);
    return result;
}

/* ---- The file -------------------------------------------------------------------------------- */

typedef struct survey_walk {
    rs_survey *survey;
    const rs_surveyed_file *wish;
} survey_walk;

/* A group that has inputs or targets is a set; other groups and datasets are the user's own. */
static bool is_set(const rs_surveyed_set *set)
{
    return set->part[RS_PART_INPUTS].class != RS_SURVEYED_NONE ||
           set->part[RS_PART_TARGETS].class != RS_SURVEYED_NONE ||
           strcmp(set->name, "train") == 0 || strcmp(set->name, "test") == 0;
}

static herr_t add_set(const survey_walk *walk, hid_t group, const char *name)
{
    rs_survey *survey = walk->survey;
    rs_surveyed_set set = {.name = ""};
    if (strlen(name) >= sizeof set.name)
        return 0;
    stpcpy(set.name, name);
    for (int part = 0; part < RS_PART_TOTAL; part++)
        if (survey_part(group, (rs_part)part, walk->wish->size, &set.part[part]) < 0)
            return -1;
    if (!is_set(&set))
        return 0;
    if (survey->set_count == RS_DATA_SETS_MOST) {
        survey->status = RS_BAD_DATA;
        snprintf(survey->error, sizeof survey->error, "%s: has more than %d sets", walk->wish->path,
                 RS_DATA_SETS_MOST);
        return -1;
    }
    survey->sets[survey->set_count++] = set;
    return 0;
}

/* Links that lead into other files are not followed. */
static herr_t look_at_link(hid_t root, const char *name, const H5L_info_t *info, void *context)
{
    if (info->type != H5L_TYPE_HARD)
        return 0;
    hid_t object = H5Oopen(root, name, H5P_DEFAULT);
    if (object < 0)
        return -1;
    herr_t result = H5Iget_type(object) == H5I_GROUP ? add_set(context, object, name) : 0;
    H5Oclose(object);
    return result;
}

static int place_of(const rs_surveyed_set *set)
{
    static const char *const first[] = {"train", "test", "validation"};
    enum { FIRST = sizeof first / sizeof first[0] };
    for (int i = 0; i < FIRST; i++)
        if (strcmp(set->name, first[i]) == 0)
            return i;
    return FIRST;
}

static int compare_sets(const void *a, const void *b)
{
    const int difference = place_of(a) - place_of(b);
    return difference != 0
               ? difference
               : strcmp(((const rs_surveyed_set *)a)->name, ((const rs_surveyed_set *)b)->name);
}

static void survey_file(rs_survey *survey, const rs_surveyed_file *wish)
{
    rs_h5_trouble trouble;
    rs_error error = {.status = RS_OK};
    survey_walk walk = {.survey = survey, .wish = wish};
    rs_h5_begin(&trouble);
    int failure;
    hid_t file = rs_h5_open_descriptor(wish->file, &failure);
    if (file < 0)
        rs_h5_fail(&error, RS_BAD_DATA, wish->path,
                   "is no data file: data are read from HDF5 and netCDF-4 files", &trouble);
    else if (H5Literate(file, H5_INDEX_NAME, H5_ITER_INC, NULL, look_at_link, &walk) < 0 &&
             survey->status == RS_OK)
        rs_h5_fail(&error, RS_BAD_DATA, wish->path, "is damaged, or has parts of unknown kinds",
                   &trouble);
    rs_explain_failure(failure, wish->path, &error);
    if (error.status != RS_OK) {
        survey->status = (int32_t)error.status;
        memcpy(survey->error, error.text, sizeof survey->error);
    }
    qsort(survey->sets, survey->set_count, sizeof survey->sets[0], compare_sets);
}

bool rs_survey_send(const void *context, int out)
{
    rs_survey *survey = calloc(1, sizeof *survey);
    if (survey == NULL)
        return false;
    survey_file(survey, context);
    return rs_send(out, survey, sizeof *survey);
}
