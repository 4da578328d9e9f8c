#include "data_file.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "describe.h"
#include "isolated_file.h"
#include "load.h"
#include "memory.h"

enum { PLACE_MULTIPLE = 64 };

/* ---- What the other processes say ------------------------------------------------------------ */

static rs_status open_file(const char *path, rs_surveyed_file *file, rs_error *error)
{
    struct stat state;
    const int opened = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (opened < 0 || fstat(opened, &state) != 0) {
        const int failure = errno;
        if (opened >= 0)
            close(opened);
        return rs_fail(error, RS_IO, "%s: cannot open this data file: %s", path, strerror(failure));
    }
    if (!S_ISREG(state.st_mode)) {
        close(opened);
        return rs_fail(error, RS_BAD_DATA, "%s: is no data file but a folder or device", path);
    }
    *file = (rs_surveyed_file){.path = path, .file = opened, .size = (uint64_t)state.st_size};
    return RS_OK;
}

/* What the other process says is wrong. */
static rs_status pass_on(rs_status said, const char *reason, const rs_surveyed_file *file,
                         uint64_t bytes, rs_error *error)
{
    if (said != RS_IO && said != RS_NO_MEMORY) {
        if (rs_isolated_memory_is_short(bytes))
            return rs_isolated_no_memory(file->path, error);
        said = RS_BAD_DATA;
    }
    return reason[0] != '\0'
               ? rs_fail(error, said, "%s", reason)
               : rs_fail(error, said, "%s: is damaged: HDF5 goes wrong on it", file->path);
}

/* Does work in another process that sends `size` bytes, which begin with a status, and an error's
 * text at `text`. */
static rs_status ask(rs_isolated_work *work, const void *wish, const rs_surveyed_file *file,
                     uint64_t bytes, size_t size, size_t text, void *outcome, rs_error *error)
{
    char *sent = NULL;
    size_t sent_size;
    rs_status status = rs_isolate_file(work, wish, file->path, bytes, &sent, &sent_size, error);
    if (status == RS_OK && sent_size != size)
        status = rs_fail(error, RS_BAD_DATA, "%s: is damaged: HDF5 cannot read it", file->path);
    if (status == RS_OK) {
        int32_t said;
        memcpy(outcome, sent, size);
        memcpy(&said, outcome, sizeof said);
        ((char *)outcome)[text + RS_ERROR_TEXT - 1] = '\0';
        if (said != RS_OK)
            status = pass_on((rs_status)said, (const char *)outcome + text, file, bytes, error);
    }
    free(sent);
    return status;
}

static bool good_survey(const rs_survey *survey)
{
    if (survey->set_count > RS_DATA_SETS_MOST)
        return false;
    for (uint32_t i = 0; i < survey->set_count; i++)
        if (memchr(survey->sets[i].name, '\0', RS_DATA_NAME) == NULL)
            return false;
    return true;
}

/* ---- Memory ---------------------------------------------------------------------------------- */

static rs_array *array_of(rs_data_set *set, rs_part part)
{
    rs_array *const arrays[RS_PART_TOTAL] = {[RS_PART_INPUTS] = &set->inputs,
                                             [RS_PART_TARGETS] = &set->targets,
                                             [RS_PART_WEIGHTS] = &set->weights,
                                             [RS_PART_LENGTHS] = &set->lengths};
    return arrays[part];
}

/* Gives every array its place in the mapping; without one, only measures. */
static size_t place_arrays(rs_data *data, const rs_survey *survey)
{
    size_t bytes = 0;
    for (size_t i = 0; i < data->set_count; i++)
        for (int part = 0; part < RS_PART_TOTAL; part++) {
            const rs_surveyed *found = &survey->sets[i].part[part];
            rs_array *array = array_of(&data->sets[i], (rs_part)part);
            if (found->class == RS_SURVEYED_NONE)
                continue;
            if (data->mapping != NULL)
                array->values = (char *)data->mapping + bytes;
            const size_t size = rs_surveyed_count(found) * rs_element_size(array->element);
            if (size > SIZE_MAX / 2 - bytes)
                return SIZE_MAX; /* more than there can be */
            bytes += (size + PLACE_MULTIPLE - 1) / PLACE_MULTIPLE * PLACE_MULTIPLE;
        }
    return bytes;
}

/* Deflate packs 1032 bytes into one at best, and a number may take four times the bytes that it has
 * in the file. A file that says to hold more does not. */
static bool may_hold(uint64_t file_size, size_t bytes)
{
    enum { RATIO = 4 * 1032 };
    return bytes / RATIO <= file_size;
}

static rs_status map_arrays(rs_data *data, const rs_survey *survey, const rs_surveyed_file *file,
                            rs_error *error)
{
    const char *path = file->path;
    const size_t bytes = place_arrays(data, survey);
    if (!may_hold(file->size, bytes))
        return rs_fail(
            error, RS_BAD_DATA,
            "%s: says that it holds %zu bytes of numbers, but has %llu: it is damaged, or "
            "was never filled",
            path, bytes, (unsigned long long)file->size);
    void *mapping = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (mapping == MAP_FAILED)
        return rs_fail(error, RS_NO_MEMORY, "%s: its numbers take %zu bytes of memory: %s", path,
                       bytes, strerror(errno));
    data->mapping = mapping;
    data->mapping_bytes = bytes;
    place_arrays(data, survey);
    return RS_OK;
}

/* ---- Values: from a process that read an unknown file, so that they are looked at once more ---
 */

static bool all_within(const rs_array *array, size_t count, double least, double most)
{
    bool good = true;
    for (size_t i = 0; array->values != NULL && i < count; i++) {
        const double value = rs_array_get(array, i);
        good &= value >= least && value <= most;
    }
    return good;
}

static bool is_sound(const rs_data *data, const rs_data_set *set)
{
    const double most = RS_DATA_NUMBER_MOST;
    const size_t sequences = set->sequences;
    const bool symbols = data->input_kind == RS_INPUT_SYMBOLS;
    const bool reals = data->target_kind == RS_TARGET_REALS;
    const double target_most = reals                                 ? most
                               : data->target_kind == RS_TARGET_BITS ? 1
                                                                     : data->outputs - 1.0;
    return all_within(&set->lengths, sequences, 1, set->steps) &&
           all_within(&set->weights, sequences * set->steps, 0, most) &&
           all_within(&set->inputs, rs_data_input_count(data, set), symbols ? 0 : -most,
                      symbols ? data->inputs - 1.0 : most) &&
           all_within(&set->targets, rs_data_target_count(data, set), reals ? -most : 0,
                      target_most);
}

static rs_status load_values(rs_data *data, const rs_survey *survey, const rs_surveyed_file *file,
                             rs_error *error)
{
    const rs_loaded_file wish = {.file = *file, .survey = survey, .data = data};
    const uint64_t bytes = data->mapping_bytes > file->size ? data->mapping_bytes : file->size;
    rs_load_outcome outcome;
    rs_status status = ask(rs_load_send, &wish, file, bytes, sizeof outcome,
                           offsetof(rs_load_outcome, error), &outcome, error);
    if (status != RS_OK)
        return status;
    if (data->inputs == 0)
        data->inputs = outcome.inputs;
    if (data->outputs == 0)
        data->outputs = outcome.outputs;
    bool good = data->inputs >= 1 && data->inputs <= RS_DATA_WIDTH_MOST && data->outputs >= 1 &&
                data->outputs <= RS_DATA_WIDTH_MOST;
    for (size_t i = 0; good && i < data->set_count; i++)
        good = is_sound(data, &data->sets[i]);
    return good ? RS_OK
                : rs_fail(error, RS_BAD_DATA, "%s: is damaged: HDF5 goes wrong on it", file->path);
}

/* ---- The whole ------------------------------------------------------------------------------- */

static rs_status read_file(rs_data *data, rs_survey *survey, const rs_surveyed_file *file,
                           rs_error *error)
{
    rs_status status = ask(rs_survey_send, file, file, file->size, sizeof *survey,
                           offsetof(rs_survey, error), survey, error);
    if (status != RS_OK)
        return status;
    if (!good_survey(survey))
        return rs_fail(error, RS_BAD_DATA, "%s: is damaged: HDF5 goes wrong on it", file->path);
    if ((status = rs_allocate((void **)&data->sets, survey->set_count, sizeof *data->sets,
                              error)) != RS_OK ||
        (status = rs_data_describe(survey, file->path, data, error)) != RS_OK ||
        (status = map_arrays(data, survey, file, error)) != RS_OK ||
        (status = load_values(data, survey, file, error)) != RS_OK)
        return status;
    /* Child processes share it no more, and nobody changes it. */
    mprotect(data->mapping, data->mapping_bytes, PROT_READ);
    return rs_data_hash(data, &data->hash, error);
}

rs_status rs_data_read(rs_data **data, const char *path, rs_error *error)
{
    rs_status status;
    rs_surveyed_file file = {.file = -1};
    rs_survey *survey = NULL;
    rs_data *fresh = NULL;
    if ((status = open_file(path, &file, error)) != RS_OK)
        return status;
    if ((status = rs_allocate((void **)&survey, 1, sizeof *survey, error)) != RS_OK ||
        (status = rs_allocate((void **)&fresh, 1, sizeof *fresh, error)) != RS_OK ||
        (status = read_file(fresh, survey, &file, error)) != RS_OK)
        goto done;
    *data = fresh;
    fresh = NULL;
done:
    close(file.file);
    free(survey);
    rs_data_free(fresh);
    return status;
}
