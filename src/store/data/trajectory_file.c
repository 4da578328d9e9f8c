#include "trajectory_file.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "memory.h"
#include "netcdf.h"

enum { RANK_MOST = 4 };

enum scale { RUN, SEQUENCE, STEP, STATE, INPUT, OUTPUT, SCALES };

enum part {
    STATES,
    MEMORIES,
    FIRST_STATES,
    FIRST_MEMORIES,
    OUTPUTS,
    INPUTS,
    TARGETS,
    WEIGHTS,
    LENGTH,
    PARTS
};

struct rs_trajectory_file {
    char *path;
    hid_t file, part[PARTS]; /* negative: the file has no such part */
    bool shared;
    rs_h5_trouble trouble;
};

/* ---- Creating -------------------------------------------------------------------------------- */

static hid_t element_type(rs_element element, bool stored)
{
    switch (element) {
    case RS_ELEMENT_U8:
        return stored ? H5T_STD_U8LE : H5T_NATIVE_UINT8;
    case RS_ELEMENT_U16:
        return stored ? H5T_STD_U16LE : H5T_NATIVE_UINT16;
    case RS_ELEMENT_U32:
        return stored ? H5T_STD_U32LE : H5T_NATIVE_UINT32;
    case RS_ELEMENT_F32:
        return stored ? H5T_IEEE_F32LE : H5T_NATIVE_FLOAT;
    case RS_ELEMENT_F64:
        break;
    }
    return stored ? H5T_IEEE_F64LE : H5T_NATIVE_DOUBLE;
}

/* What a part is: its axes from `first` on, the first being the run's. */
typedef struct part_form {
    const char *name, *meaning;
    hid_t type;
    int rank;
    enum scale axis[RANK_MOST];
    bool of_sequences; /* has no axis of runs where they share their sequences */
} part_form;

static part_form array_form(const char *name, const char *meaning, const rs_array *array, int rank,
                            enum scale last)
{
    return (part_form){.name = name,
                       .meaning = meaning,
                       .type = element_type(array->element, true),
                       .rank = rank,
                       .axis = {RUN, SEQUENCE, STEP, last},
                       .of_sequences = true};
}

static const char *output_meaning(rs_target_kind kind)
{
    return kind == RS_TARGET_BITS    ? "probability that the bit is 1"
           : kind == RS_TARGET_REALS ? "output of the network"
                                     : "probability of the class";
}

static int target_rank(rs_target_kind kind)
{
    return kind == RS_TARGET_LAST_CLASSES ? 2 : kind == RS_TARGET_CLASSES ? 3 : 4;
}

/* Rank 0: the file has no such part. */
static part_form form_of(const rs_trajectory_shape *shape, enum part part)
{
    const rs_data *data = shape->data;
    const hid_t real = shape->real64 ? H5T_IEEE_F64LE : H5T_IEEE_F32LE;
    const part_form none = {.rank = 0};
    switch (part) {
    case STATES:
        return (part_form){"states", "hidden state after the step", real,
                           4,        {RUN, SEQUENCE, STEP, STATE},  false};
    case MEMORIES:
        return shape->memories ? (part_form){"memories", "memory c of lstm after the step", real,
                                             4,          {RUN, SEQUENCE, STEP, STATE},      false}
                               : none;
    case FIRST_STATES:
        return (part_form){
            "first_states", "hidden state before the first step", real, 2, {RUN, STATE}, false};
    case FIRST_MEMORIES:
        return shape->memories ? (part_form){"first_memories",
                                             "memory c before the first step",
                                             real,
                                             2,
                                             {RUN, STATE},
                                             false}
                               : none;
    case OUTPUTS:
        return (part_form){"outputs", output_meaning(data->target_kind), real,
                           4,         {RUN, SEQUENCE, STEP, OUTPUT},     false};
    case INPUTS:
        return array_form("inputs", "what the networks read", &shape->set->inputs,
                          data->input_kind == RS_INPUT_SYMBOLS ? 3 : 4, INPUT);
    case TARGETS:
        return !shape->targets ? none
                               : array_form("targets", "what is right", &shape->set->targets,
                                            target_rank(data->target_kind), OUTPUT);
    case WEIGHTS:
        return shape->set->weights.values != NULL
                   ? array_form("weights", "how much the step counts", &shape->set->weights, 3,
                                STEP)
                   : none;
    default:
        return (part_form){"length", "steps of the sequence", H5T_STD_I32LE,
                           2,        {RUN, SEQUENCE},         true};
    }
}

static bool create_part(rs_trajectory_file *f, const rs_trajectory_shape *shape, enum part part,
                        const hid_t scales[SCALES])
{
    const part_form form = form_of(shape, part);
    const int skipped = form.of_sequences && shape->shared ? 1 : 0;
    hid_t axes[RANK_MOST];
    for (int axis = skipped; axis < form.rank; axis++)
        axes[axis - skipped] = scales[form.axis[axis]];
    if (form.rank == 0)
        return true;
    f->part[part] =
        rs_netcdf_dataset(f->file, form.name, form.type, form.rank - skipped, axes, form.meaning);
    return f->part[part] >= 0;
}

static bool create_parts(rs_trajectory_file *f, const rs_trajectory_shape *shape)
{
    const rs_data_set *set = shape->set;
    const bool reals = shape->data->input_kind == RS_INPUT_REALS;
    hid_t scales[SCALES] = {
        rs_netcdf_scale(f->file, "run", shape->runs, shape->run, "number of the run"),
        rs_netcdf_scale(f->file, "sequence", set->sequences, NULL,
                        "number of the sequence in its set"),
        rs_netcdf_scale(f->file, "step", set->steps, NULL, "step of the sequence"),
        rs_netcdf_scale(f->file, "state", shape->states, NULL, "state of the network"),
        reals ? rs_netcdf_scale(f->file, "input", shape->data->inputs, NULL, "input") : -1,
        rs_netcdf_scale(f->file, "output", shape->data->outputs, NULL, "output, or class")};
    bool good = true;
    for (int i = 0; i < SCALES; i++)
        good &= scales[i] >= 0 || (i == INPUT && !reals);
    for (int part = 0; part < PARTS && good; part++)
        good = create_part(f, shape, (enum part)part, scales);
    for (int i = 0; i < SCALES; i++)
        good = (scales[i] < 0 || H5Dclose(scales[i]) >= 0) && good;
    return good && rs_h5_write_text(f->file, "Conventions", "CF-1.9, ACDD-1.3") >= 0 &&
           rs_h5_write_text(f->file, "title", shape->title) >= 0 &&
           rs_h5_write_text(f->file, "source", shape->source) >= 0;
}

static rs_status make(rs_trajectory_file **file, const char *path, rs_error *error)
{
    void *fresh;
    rs_status status = rs_allocate(&fresh, 1, sizeof(rs_trajectory_file), error);
    if (status != RS_OK)
        return status;
    rs_trajectory_file *f = fresh;
    f->file = H5I_INVALID_HID;
    for (int part = 0; part < PARTS; part++)
        f->part[part] = H5I_INVALID_HID;
    if ((f->path = strdup(path)) == NULL) {
        free(f);
        return rs_fail(error, RS_NO_MEMORY, "out of memory for the name of a file");
    }
    *file = f;
    return RS_OK;
}

rs_status rs_trajectory_file_create(rs_trajectory_file **file, const char *path,
                                    const rs_trajectory_shape *shape, rs_error *error)
{
    rs_trajectory_file *f = NULL;
    if (access(path, F_OK) == 0)
        return rs_fail(error, RS_CANNOT_CREATE,
                       "%s: exists, and is not written over: give another name, or remove it",
                       path);
    rs_status status = make(&f, path, error);
    if (status != RS_OK)
        return status;
    rs_h5_begin(&f->trouble);
    f->shared = shape->shared;
    f->file = rs_netcdf_create(path);
    if (f->file < 0 || !create_parts(f, shape))
        status = rs_h5_fail(error, RS_CANNOT_CREATE, path, "cannot create", &f->trouble);
    rs_h5_end();
    if (status != RS_OK)
        rs_trajectory_file_end(f, &status, error);
    else
        *file = f;
    return status;
}

/* ---- Writing --------------------------------------------------------------------------------- */

/* Of the numbers in memory, those of the last axis from `first` to first + count - 1 are taken. */
typedef struct excerpt {
    hsize_t width, first, count;
} excerpt;

/* The numbers of run `index`: the extents of the file's part but for the axis of runs, but in
 * memory `width` numbers in the last axis. With a width of 0 they stand one after the other. */
static bool write_run(hid_t part, bool of_runs, hsize_t index, hid_t type, const void *numbers,
                      excerpt last)
{
    hsize_t extents[RANK_MOST], start[RANK_MOST] = {of_runs ? index : 0}, from[RANK_MOST] = {0};
    hid_t place = H5Dget_space(part);
    const int rank = H5Sget_simple_extent_dims(place, extents, NULL);
    if (rank < 1)
        return false;
    if (of_runs)
        extents[0] = 1;
    if (last.width > 0)
        extents[rank - 1] = last.count;
    bool good = H5Sselect_hyperslab(place, H5S_SELECT_SET, start, NULL, extents, NULL) >= 0;
    if (last.width > 0)
        extents[rank - 1] = last.width;
    hid_t memory = H5Screate_simple(rank, extents, NULL);
    if (last.width > 0) {
        from[rank - 1] = last.first;
        extents[rank - 1] = last.count;
        good = good && H5Sselect_hyperslab(memory, H5S_SELECT_SET, from, NULL, extents, NULL) >= 0;
    }
    good = good && H5Dwrite(part, type, memory, place, H5P_DEFAULT, numbers) >= 0;
    H5Sclose(memory);
    H5Sclose(place);
    return good;
}

static bool write_states(const rs_trajectory_file *f, uint32_t index, const rs_trajectory *t)
{
    const enum part parts[2][2] = {{STATES, FIRST_STATES}, {MEMORIES, FIRST_MEMORIES}};
    bool good = true;
    for (hsize_t half = 0; half < 2 && half * t->states < t->carried; half++) {
        const excerpt taken = {t->carried, half * t->states, t->states};
        good =
            good &&
            write_run(f->part[parts[half][0]], true, index, H5T_NATIVE_DOUBLE, t->carry, taken) &&
            write_run(f->part[parts[half][1]], true, index, H5T_NATIVE_DOUBLE, t->first, taken);
    }
    return good;
}

static bool write_array(const rs_trajectory_file *f, enum part part, uint32_t index,
                        const rs_array *array)
{
    return f->part[part] < 0 ||
           write_run(f->part[part], !f->shared, index, element_type(array->element, false),
                     array->values, (excerpt){0});
}

static bool write_lengths(const rs_trajectory_file *f, uint32_t index, const rs_data_set *set)
{
    int32_t *lengths = malloc(set->sequences * sizeof *lengths);
    for (size_t n = 0; lengths != NULL && n < set->sequences; n++)
        lengths[n] = (int32_t)rs_data_length(set, n);
    const bool good = lengths != NULL && write_run(f->part[LENGTH], !f->shared, index,
                                                   H5T_NATIVE_INT32, lengths, (excerpt){0});
    free(lengths);
    return good;
}

rs_status rs_trajectory_file_add(rs_trajectory_file *f, uint32_t index, const rs_trajectory *t,
                                 rs_error *error)
{
    rs_status status = RS_OK;
    rs_h5_begin(&f->trouble);
    bool good = write_states(f, index, t) && write_run(f->part[OUTPUTS], true, index,
                                                       H5T_NATIVE_DOUBLE, t->outputs, (excerpt){0});
    if (index == 0 || !f->shared)
        good = good && write_array(f, INPUTS, index, &t->set->inputs) &&
               write_array(f, TARGETS, index, &t->set->targets) &&
               write_array(f, WEIGHTS, index, &t->set->weights) && write_lengths(f, index, t->set);
    if (!good)
        status = rs_h5_fail(error, RS_CANNOT_CREATE, f->path, "cannot write", &f->trouble);
    rs_h5_end();
    return status;
}

void rs_trajectory_file_end(rs_trajectory_file *f, rs_status *status, rs_error *error)
{
    bool closed = true;
    if (f == NULL)
        return;
    rs_h5_begin(&f->trouble);
    for (int part = 0; part < PARTS; part++)
        closed &= f->part[part] < 0 || H5Dclose(f->part[part]) >= 0;
    const bool created = f->file >= 0;
    closed &= !created || H5Fclose(f->file) >= 0;
    if (!closed && *status == RS_OK)
        *status = rs_h5_fail(error, RS_CANNOT_CREATE, f->path, "cannot write", &f->trouble);
    rs_h5_end();
    if (created && *status != RS_OK)
        unlink(f->path);
    free(f->path);
    free(f);
}
