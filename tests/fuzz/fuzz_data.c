/* libFuzzer target: reading a data file with some bytes changed. The first byte of the input
 * chooses the file, and whether its bytes are changed or what the processes that read it would
 * send; then each change takes a byte for the number of bytes, 1 to 16, three for the place, and
 * those bytes. Whatever they say, the reader must come back, with an error or with data whose every
 * number is in its range. */
#include <fcntl.h>
#include <hdf5.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "data_file.h"
#include "fuzz_files.h"
#include "isolate.h"
#include "load.h"

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { KINDS = 2, SEQUENCES = 5, STEPS = 4, WIDTH = 2, MAPPING_MOST = 1 << 20 };

/* A file, and what is sent about it. */
struct subject {
    char path[64];
    char *bytes, *survey, *outcome, *values;
    size_t size, survey_size, outcome_size, values_size;
};
static char folder[] = "/dev/shm/rnnsweep-fuzz-XXXXXX";
static char bad_path[64];
static struct subject subjects[KINDS];
static struct subject *recording; /* its letters are kept as they come by */
static const struct subject *playing;
static const uint8_t *changes;
static size_t change_bytes;

/* The changes that lie at `from` and after, of blocks that stand behind each other. */
static void change(char *bytes, size_t size, size_t from)
{
    const uint8_t *at = changes, *end = changes + change_bytes;
    while (end - at >= 4) {
        const size_t count = at[0] % 16 + 1u;
        const size_t place = at[1] | (size_t)at[2] << 8 | (size_t)at[3] << 16;
        at += 4;
        for (size_t i = 0; i < count && at < end; i++, at++)
            if (place + i >= from && place + i - from < size)
                bytes[place + i - from] = (char)*at;
    }
}

static void record(rs_isolated_work *work, const void *context, const char *bytes, size_t size)
{
    if (work == rs_survey_send) {
        recording->survey = copy_of(bytes, size);
        recording->survey_size = size;
        return;
    }
    const rs_data *data = ((const rs_loaded_file *)context)->data;
    recording->outcome = copy_of(bytes, size);
    recording->outcome_size = size;
    recording->values = copy_of(data->mapping, data->mapping_bytes);
    recording->values_size = data->mapping_bytes;
}

static bool play_values(const rs_data *data)
{
    if (data->mapping_bytes > MAPPING_MOST)
        return false;
    const size_t size =
        data->mapping_bytes < playing->values_size ? data->mapping_bytes : playing->values_size;
    memcpy(data->mapping, playing->values, size);
    change(data->mapping, data->mapping_bytes, playing->survey_size + playing->outcome_size);
    return true;
}

rs_status rs_isolate(rs_isolated_work *work, const void *context, const rs_isolated_limits *limits,
                     char **bytes, size_t *size, rs_isolated_end *end, rs_error *error)
{
    if (playing == NULL) {
        rs_status status = isolate_really(work, context, limits, bytes, size, end, error);
        if (recording != NULL && status == RS_OK)
            record(work, context, *bytes, *size);
        return status;
    }
    const bool is_survey = work == rs_survey_send;
    *size = is_survey ? playing->survey_size : playing->outcome_size;
    *bytes = copy_of(is_survey ? playing->survey : playing->outcome, *size);
    change(*bytes, *size, is_survey ? 0 : playing->survey_size);
    *end = RS_ISOLATED_WELL;
    if (!is_survey && !play_values(((const rs_loaded_file *)context)->data))
        *end = RS_ISOLATED_CRASHED;
    return RS_OK;
}

static void write_array(hid_t group, const char *name, hid_t type, int rank, const void *values)
{
    const hsize_t extents[] = {SEQUENCES, STEPS, WIDTH};
    hid_t space = H5Screate_simple(rank, extents, NULL);
    hid_t dataset = H5Dcreate2(group, name, type, space, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
    must(H5Dwrite(dataset, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, values) >= 0);
    H5Dclose(dataset);
    H5Sclose(space);
}

static void write_file(const char *path, bool reals)
{
    static const char *const names[] = {"train", "test", "later"};
    double real[SEQUENCES * STEPS * WIDTH];
    int whole[SEQUENCES * STEPS * WIDTH];
    for (int i = 0; i < SEQUENCES * STEPS * WIDTH; i++) {
        real[i] = 0.5 + i;
        whole[i] = 1 + i % 2;
    }
    hid_t file = H5Fcreate(path, H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
    for (int i = 0; i < 3; i++) {
        hid_t group = H5Gcreate2(file, names[i], H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
        if (reals) {
            write_array(group, "inputs", H5T_NATIVE_DOUBLE, 3, real);
            write_array(group, "targets", H5T_NATIVE_DOUBLE, 3, real);
            write_array(group, "weights", H5T_NATIVE_DOUBLE, 2, real);
        } else {
            write_array(group, "inputs", H5T_NATIVE_INT, 2, whole);
            write_array(group, "targets", H5T_NATIVE_INT, 1, whole);
            write_array(group, "lengths", H5T_NATIVE_INT, 1, whole);
        }
        H5Gclose(group);
    }
    H5Fclose(file);
}

static void record_file(struct subject *subject)
{
    rs_data *data;
    struct stat file;
    int from = open(subject->path, O_RDONLY);
    must(from >= 0 && fstat(from, &file) == 0);
    subject->size = (size_t)file.st_size;
    subject->bytes = malloc(subject->size);
    must(subject->bytes != NULL && read(from, subject->bytes, subject->size) == file.st_size);
    close(from);
    recording = subject;
    must(rs_data_read(&data, subject->path, NULL) == RS_OK);
    recording = NULL;
    rs_data_free(data);
}

static void clean_up(void)
{
    for (int i = 0; i < KINDS; i++)
        unlink(subjects[i].path);
    unlink(bad_path);
    rmdir(folder);
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    (void)argc;
    (void)argv;
    must(mkdtemp(folder) != NULL);
    snprintf(bad_path, sizeof bad_path, "%s/bad.h5", folder);
    atexit(clean_up);
    for (int i = 0; i < KINDS; i++) {
        snprintf(subjects[i].path, sizeof subjects[i].path, "%s/%d.h5", folder, i);
        write_file(subjects[i].path, i == 0);
        record_file(&subjects[i]);
    }
    return 0;
}

static void write_bad(const struct subject *subject)
{
    char *bytes = copy_of(subject->bytes, subject->size);
    change(bytes, subject->size, 0);
    write_bytes(bad_path, bytes, subject->size);
    free(bytes);
}

static void look_at(const rs_data *data)
{
    must(data->set_count >= 2 && data->inputs >= 1 && data->outputs >= 1);
    for (size_t i = 0; i < data->set_count; i++) {
        const rs_data_set *set = &data->sets[i];
        must(rs_data_find(data, set->name) != NULL);
        for (size_t n = 0; n < set->sequences; n++)
            must(rs_data_length(set, n) >= 1 && rs_data_length(set, n) <= set->steps);
        for (size_t n = 0; n < rs_data_input_count(data, set); n++) {
            const double x = rs_array_get(&set->inputs, n);
            must(data->input_kind == RS_INPUT_REALS ? isfinite(x) : x < data->inputs);
        }
        for (size_t n = 0; n < rs_data_target_count(data, set); n++) {
            const double y = rs_array_get(&set->targets, n);
            must(data->target_kind == RS_TARGET_REALS  ? isfinite(y)
                 : data->target_kind == RS_TARGET_BITS ? y <= 1
                                                       : y < data->outputs);
        }
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *input, size_t size)
{
    rs_data *data;
    rs_error error;
    if (size < 1)
        return 0;
    const struct subject *subject = &subjects[input[0] % KINDS];
    const bool in_file = input[0] / KINDS % 16 == 0; /* a process is slow to make */
    changes = input + 1;
    change_bytes = size - 1;
    if (in_file)
        write_bad(subject);
    playing = in_file ? NULL : subject;
    if (rs_data_read(&data, in_file ? bad_path : subject->path, &error) == RS_OK) {
        look_at(data);
        rs_data_free(data);
    } else {
        must(error.text[0] != '\0');
    }
    playing = NULL;
    return 0;
}
