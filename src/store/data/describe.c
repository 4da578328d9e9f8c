#include "describe.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static const double default_tolerance = 0.5;

/* What is being looked at. */
typedef struct place {
    const char *path;
    const rs_surveyed_set *set;
    rs_part part;
} place;

static rs_status refuse(const place *p, rs_error *error, const char *what)
{
    return rs_fail(error, RS_BAD_DATA, "%s: /%s/%s %s", p->path, p->set->name,
                   rs_part_name(p->part), what);
}

size_t rs_surveyed_count(const rs_surveyed *found)
{
    size_t count = 1;
    for (int axis = 0; axis < found->rank; axis++)
        count *= found->extents[axis];
    return count;
}

/* ---- Types ----------------------------------------------------------------------------------- */

static rs_element integer_element(const rs_surveyed *found)
{
    return found->size == 1 ? RS_ELEMENT_U8 : found->size == 2 ? RS_ELEMENT_U16 : RS_ELEMENT_U32;
}

/* One that holds every number of the file. */
static rs_element real_element(const rs_surveyed *found)
{
    if (found->class == RS_SURVEYED_REAL)
        return found->size <= sizeof(float) ? RS_ELEMENT_F32 : RS_ELEMENT_F64;
    if (found->size == 1 && !found->is_signed)
        return RS_ELEMENT_U8;
    return found->size <= 2 ? RS_ELEMENT_F32 : RS_ELEMENT_F64;
}

static bool is_integer(const rs_surveyed *found)
{
    return found->class == RS_SURVEYED_INTEGER;
}

/* ---- Kinds ----------------------------------------------------------------------------------- */

static rs_status find_inputs(const place *p, const rs_surveyed *found, rs_data *data,
                             rs_data_set *set, rs_error *error)
{
    if (is_integer(found) && found->rank == 2)
        data->input_kind = RS_INPUT_SYMBOLS;
    else if (found->rank == 3)
        data->input_kind = RS_INPUT_REALS;
    else
        return refuse(p, error,
                      found->rank == 2
                          ? "holds reals of two axes: one real input at each step is an array "
                            "[sequence, step, 1], and symbols are integers"
                          : "is neither integers [sequence, step] nor numbers [sequence, step, "
                            "input]");
    const bool symbols = data->input_kind == RS_INPUT_SYMBOLS;
    set->inputs.element = symbols ? integer_element(found) : real_element(found);
    data->inputs = symbols                                  ? 0
                   : found->extents[2] < RS_DATA_WIDTH_MOST ? (uint32_t)found->extents[2]
                                                            : RS_DATA_WIDTH_MOST + 1;
    return RS_OK;
}

static rs_status find_targets(const place *p, const rs_surveyed *found, rs_data *data,
                              rs_data_set *set, rs_error *error)
{
    if (is_integer(found) && found->rank <= 2)
        data->target_kind = found->rank == 1 ? RS_TARGET_LAST_CLASSES : RS_TARGET_CLASSES;
    else if (found->rank == 3)
        data->target_kind = is_integer(found) ? RS_TARGET_BITS : RS_TARGET_REALS;
    else
        return refuse(p, error,
                      found->rank == 2
                          ? "holds reals of two axes: one real target at each step is an array "
                            "[sequence, step, 1], and classes are integers"
                          : "is neither classes, integers [sequence, step] or [sequence], nor "
                            "numbers [sequence, step, output]");
    set->targets.element = data->target_kind == RS_TARGET_REALS  ? real_element(found)
                           : data->target_kind == RS_TARGET_BITS ? RS_ELEMENT_U8
                                                                 : integer_element(found);
    data->outputs = found->rank < 3                          ? 0
                    : found->extents[2] < RS_DATA_WIDTH_MOST ? (uint32_t)found->extents[2]
                                                             : RS_DATA_WIDTH_MOST + 1;
    return RS_OK;
}

static rs_status check_width(const place *p, uint32_t width, const char *what, rs_error *error)
{
    char text[96];
    if (width >= 1 && width <= RS_DATA_WIDTH_MOST)
        return RS_OK;
    snprintf(text, sizeof text, "has %s %s; there may be 1 to %d", width == 0 ? "no" : "too many",
             what, RS_DATA_WIDTH_MOST);
    return refuse(p, error, text);
}

/* ---- Shapes ---------------------------------------------------------------------------------- */

/* Whether a dataset is one at all, and of numbers that can be read. */
static rs_status check_present(const place *p, const rs_surveyed *found, rs_error *error)
{
    if (found->class == RS_SURVEYED_NONE)
        return refuse(p, error, "is missing: every set has inputs and targets");
    if (found->class == RS_SURVEYED_OTHER)
        return refuse(p, error, "holds neither integers nor reals");
    if (found->is_packed)
        return refuse(p, error,
                      "has scale_factor or add_offset, so its numbers are not the values: store "
                      "them as they are");
    if (found->is_foreign)
        return refuse(p, error,
                      "does not lie in this file: it is stored in another one, virtual, or "
                      "damaged");
    return RS_OK;
}

static rs_status check_extents(const place *p, const rs_surveyed *found, rs_data_set *set,
                               rs_error *error)
{
    char text[192];
    const uint64_t steps = found->rank >= 2 ? found->extents[1] : set->steps;
    if (found->rank < 1 || found->rank > RS_SURVEY_RANK_MOST)
        return refuse(p, error, "has a wrong number of axes");
    if (found->extents[0] == set->sequences && steps == set->steps)
        return RS_OK;
    snprintf(text, sizeof text,
             "has %llu sequences of %llu steps, but the inputs have %u of %u: all arrays of a set "
             "have the same first axes",
             (unsigned long long)found->extents[0], (unsigned long long)steps, set->sequences,
             set->steps);
    return refuse(p, error, text);
}

static rs_status find_shape(const place *p, const rs_surveyed *inputs, rs_data_set *set,
                            rs_error *error)
{
    char text[128];
    const uint64_t sequences = inputs->extents[0], steps = inputs->extents[1];
    if (sequences < 1 || sequences > RS_DATA_SEQUENCES_MOST || steps < 1 ||
        steps > RS_DATA_STEPS_MOST) {
        snprintf(text, sizeof text,
                 "has %llu sequences of %llu steps; there may be 1 to %d of 1 to %d",
                 (unsigned long long)sequences, (unsigned long long)steps, RS_DATA_SEQUENCES_MOST,
                 RS_DATA_STEPS_MOST);
        return refuse(p, error, text);
    }
    set->sequences = (uint32_t)sequences;
    set->steps = (uint32_t)steps;
    return RS_OK;
}

/* Weights and lengths, if the set has them. */
static rs_status find_optional(place *p, const rs_surveyed_set *surveyed, rs_data_set *set,
                               rs_error *error)
{
    const rs_surveyed *weights = &surveyed->part[RS_PART_WEIGHTS];
    const rs_surveyed *lengths = &surveyed->part[RS_PART_LENGTHS];
    rs_status status = RS_OK;
    p->part = RS_PART_WEIGHTS;
    if (weights->class != RS_SURVEYED_NONE) {
        if ((status = check_present(p, weights, error)) != RS_OK)
            return status;
        if (weights->rank != 2)
            return refuse(p, error, "is not [sequence, step]: a weight for each step");
        set->weights.element = real_element(weights);
        if ((status = check_extents(p, weights, set, error)) != RS_OK)
            return status;
    }
    p->part = RS_PART_LENGTHS;
    if (lengths->class == RS_SURVEYED_NONE)
        return RS_OK;
    if ((status = check_present(p, lengths, error)) != RS_OK)
        return status;
    if (lengths->rank != 1 || !is_integer(lengths))
        return refuse(p, error, "is not integers [sequence]");
    set->lengths.element = RS_ELEMENT_U32;
    return check_extents(p, lengths, set, error);
}

static rs_status describe_set(const rs_surveyed_set *surveyed, const char *path, rs_data *data,
                              rs_data_set *set, rs_error *error)
{
    const rs_surveyed *inputs = &surveyed->part[RS_PART_INPUTS];
    const rs_surveyed *targets = &surveyed->part[RS_PART_TARGETS];
    place p = {.path = path, .set = surveyed, .part = RS_PART_INPUTS};
    rs_status status;
    stpcpy(set->name, surveyed->name);
    if ((status = check_present(&p, inputs, error)) != RS_OK ||
        (status = find_inputs(&p, inputs, data, set, error)) != RS_OK ||
        (status = find_shape(&p, inputs, set, error)) != RS_OK ||
        (data->input_kind == RS_INPUT_REALS &&
         (status = check_width(&p, data->inputs, "inputs", error)) != RS_OK))
        return status;
    p.part = RS_PART_TARGETS;
    if ((status = check_present(&p, targets, error)) != RS_OK ||
        (status = find_targets(&p, targets, data, set, error)) != RS_OK ||
        (targets->rank == 3 &&
         (status = check_width(&p, data->outputs, "outputs", error)) != RS_OK) ||
        (status = check_extents(&p, targets, set, error)) != RS_OK)
        return status;
    return find_optional(&p, surveyed, set, error);
}

/* ---- Attributes ------------------------------------------------------------------------------ */

/* The number that an attribute of some sets has, in all that have it; NaN when none has. */
static rs_status find_attribute(const rs_survey *survey, const char *path, rs_part part,
                                bool tolerance, double *value, rs_error *error)
{
    *value = NAN;
    for (uint32_t i = 0; i < survey->set_count; i++) {
        const rs_surveyed *found = &survey->sets[i].part[part];
        const place p = {.path = path, .set = &survey->sets[i], .part = part};
        const double own = tolerance ? found->tolerance : found->count;
        if (isnan(own))
            continue;
        if (!isnan(*value) && *value != own)
            return refuse(&p, error,
                          tolerance ? "has another tolerance than an earlier set"
                                    : "counts other symbols or classes than an earlier set");
        if (tolerance ? !(own > 0 && isfinite(own))
                      : !(own >= 1 && own <= RS_DATA_WIDTH_MOST && own == floor(own)))
            return refuse(&p, error,
                          tolerance ? "has an attribute tolerance that is not above 0"
                                    : "has an attribute symbols or classes that is no whole "
                                      "number from 1 to 65536");
        *value = own;
    }
    return RS_OK;
}

static rs_status find_attributes(const rs_survey *survey, const char *path, rs_data *data,
                                 rs_error *error)
{
    double symbols, classes, tolerance;
    rs_status status;
    if ((status = find_attribute(survey, path, RS_PART_INPUTS, false, &symbols, error)) != RS_OK ||
        (status = find_attribute(survey, path, RS_PART_TARGETS, false, &classes, error)) != RS_OK ||
        (status = find_attribute(survey, path, RS_PART_TARGETS, true, &tolerance, error)) != RS_OK)
        return status;
    if (data->input_kind == RS_INPUT_SYMBOLS && !isnan(symbols))
        data->inputs = (uint32_t)symbols;
    if (data->outputs == 0 && !isnan(classes))
        data->outputs = (uint32_t)classes;
    data->tolerance = isnan(tolerance) ? default_tolerance : tolerance;
    return RS_OK;
}

/* ---- The whole ------------------------------------------------------------------------------- */

static rs_status check_required(const rs_survey *survey, const char *path, rs_error *error)
{
    static const char *const required[] = {"train", "test"};
    for (uint32_t i = 0; i < 2; i++)
        if (survey->set_count <= i || strcmp(survey->sets[i].name, required[i]) != 0)
            return rs_fail(error, RS_BAD_DATA,
                           "%s: has no group /%s with inputs and targets; a data file has /train "
                           "and /test",
                           path, required[i]);
    return RS_OK;
}

/* A set must be like the first. */
static rs_status check_alike(const rs_survey *survey, uint32_t index, const char *path,
                             const rs_data *first, const rs_data *own, rs_error *error)
{
    place p = {.path = path, .set = &survey->sets[index], .part = RS_PART_INPUTS};
    if (first->input_kind != own->input_kind || first->inputs != own->inputs)
        return refuse(&p, error, "differs from /train/inputs in kind or number of inputs");
    p.part = RS_PART_TARGETS;
    if (first->target_kind != own->target_kind || first->outputs != own->outputs)
        return refuse(&p, error, "differs from /train/targets in kind or number of outputs");
    return RS_OK;
}

rs_status rs_data_describe(const rs_survey *survey, const char *path, rs_data *data,
                           rs_error *error)
{
    rs_status status = check_required(survey, path, error);
    rs_data own = *data;
    for (uint32_t i = 0; status == RS_OK && i < survey->set_count; i++) {
        status = describe_set(&survey->sets[i], path, &own, &data->sets[i], error);
        if (status == RS_OK && i > 0)
            status = check_alike(survey, i, path, data, &own, error);
        if (i == 0) {
            own.sets = data->sets;
            *data = own;
        }
    }
    data->set_count = survey->set_count;
    return status == RS_OK ? find_attributes(survey, path, data, error) : status;
}
