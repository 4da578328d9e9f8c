/* libFuzzer target: the commands that read results files, on a file with some bytes changed. The
 * input's first byte chooses the command and whether the file is compressed; then each change takes
 * a byte for the number of bytes, 1 to 16, three for the place, and those bytes; length 0 cuts the
 * file off at the place. Whatever the file holds, the command must come back, with its input as it
 * was and nothing else written than the named output.
 *
 * What HDF5 makes of a damaged file happens in another process (isolate.h), whose death is an error
 * like others: searching there would find HDF5's faults, slowly. So that process is not started for
 * most inputs, and the changes are made to what it would send as well: places count from the start
 * of its letter, then through the file. */
#include <dirent.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "commands.h"
#include "fuzz_files.h"
#include "import.h"
#include "isolate.h"
#include "listing.h"
#include "memory.h"
#include "options.h"
#include "sweep_runs.h"

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char sweep[] = "name: fuzz\nmethod: grid\nparameters:\n"
                            "  states: [1, 2]\n  train_samples: 20\n  test_samples: 4\n"
                            "  batch_size: 10\n  sequence_length: 3\n  epochs: 2\n"
                            "  precision: [float32, float64]\nseeds: 40\n";
enum { LOSSES = 5, WEIGHTS_MAX = 64 };
static char folder[] = "/dev/shm/rnnsweep-fuzz-XXXXXX"; /* syncing costs nothing there */
static char plain_path[64], packed_path[64], bad_path[64], out_path[64], out_option[80];

/* A file, and the letter about it. */
struct subject {
    char *letter, *bytes;
    size_t letter_size, size;
};
static struct subject plain, packed, bad;
static bool reader_dies;

rs_status rs_isolate(rs_isolated_work *work, const void *context, const rs_isolated_limits *limits,
                     char **bytes, size_t *size, rs_isolated_end *end, rs_error *error)
{
    const char *path = ((const rs_listed_file *)context)->path;
    const struct subject *subject = strcmp(path, bad_path) == 0      ? &bad
                                    : strcmp(path, plain_path) == 0  ? &plain
                                    : strcmp(path, packed_path) == 0 ? &packed
                                                                     : NULL;
    if (subject == NULL || subject->letter == NULL)
        return isolate_really(work, context, limits, bytes, size, end, error);
    *bytes = copy_of(subject->letter, subject->letter_size);
    *size = subject->letter_size;
    *end = subject != &bad || !reader_dies ? RS_ISOLATED_WELL : RS_ISOLATED_CRASHED;
    return RS_OK;
}

/* Numbers without meaning for the first rows; the last stays pending. */
static void fill(const char *path, const rs_store_runs *runs)
{
    rs_store *store;
    double loss[LOSSES] = {1, 0.5, 0.25, 0.125, 0.0625}, weights[WEIGHTS_MAX] = {0.5, -0.5, 1};
    must(rs_store_open(&store, path, runs, NULL) == RS_OK);
    for (size_t row = 0; row + 1 < runs->count; row++) {
        uint32_t run;
        rs_run_config config;
        const rs_run_outcome outcome = RS_RUN_DONE + row % 3;
        runs->row(runs->context, row, &run, &config);
        const rs_network network = rs_run_config_network(&config);
        const rs_run_result result = {.outcome = outcome,
                                      .final_loss = 0.5,
                                      .diverged_at = -1,
                                      .loss_count = LOSSES,
                                      .loss = loss,
                                      .weight_count = network.count,
                                      .weights = weights};
        must(rs_store_put(store, row, &config, &result, 1, NULL) == RS_OK &&
             rs_store_commit(store, 1, &row, &outcome, NULL) == RS_OK);
    }
    must(rs_store_close(store, NULL) == RS_OK);
}

static void read_good(struct subject *good, const char *path)
{
    struct stat file;
    rs_isolated_end end;
    const rs_isolated_limits limits = {.seconds = 60, .bytes = 1 << 30};
    int from = open(path, O_RDONLY);
    must(from >= 0 && fstat(from, &file) == 0);
    good->size = (size_t)file.st_size;
    good->bytes = malloc(good->size);
    must(good->bytes != NULL && read(from, good->bytes, good->size) == file.st_size);
    const rs_listed_file listed = {.file = from, .path = path};
    char *letter;
    must(isolate_really(rs_listing_send, &listed, &limits, &letter, &good->letter_size, &end,
                        NULL) == RS_OK &&
         end == RS_ISOLATED_WELL);
    close(from);
    good->letter = letter;
}

static void clean_up(void)
{
    unlink(plain_path);
    unlink(packed_path);
    rmdir(folder);
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    (void)argc;
    (void)argv;
    rs_diagnostics *diagnostics;
    rs_plan *plan;
    const rs_store_attribute attributes[] = {{"title", "fuzz"},
                                             {"rnnsweep_threads", "2"},
                                             {"rnnsweep_isa", "avx2; generic"},
                                             {"rnnsweep_overrides", ""},
                                             {"rnnsweep_config", sweep}};
    must(mkdtemp(folder) != NULL);
    snprintf(plain_path, sizeof plain_path, "%s/plain.h5", folder);
    snprintf(packed_path, sizeof packed_path, "%s/packed.h5", folder);
    snprintf(bad_path, sizeof bad_path, "%s/bad.h5", folder);
    snprintf(out_path, sizeof out_path, "%s/out.h5", folder);
    snprintf(out_option, sizeof out_option, "--output=%s", out_path);
    must(rs_diagnostics_create(&diagnostics, NULL) == RS_OK &&
         rs_plan_parse(&plan, "fuzz", sweep, strlen(sweep), 0, NULL, NULL, diagnostics, NULL) ==
             RS_OK);
    rs_store_runs runs = rs_sweep_runs(plan, rs_plan_hash(plan));
    const size_t attribute_count = sizeof attributes / sizeof attributes[0];
    const char *const parts[] = {plain_path};
    rs_imported imported;
    must(rs_store_create(plain_path, &runs, attributes, attribute_count, NULL) == RS_OK);
    fill(plain_path, &runs);
    must(rs_import_as_new(packed_path, RS_IMPORT_COMPRESSED, &runs, attributes, attribute_count, 1,
                          parts, &imported, NULL) == RS_OK);
    read_good(&plain, plain_path);
    read_good(&packed, packed_path);
    rs_plan_free(plan);
    rs_diagnostics_free(diagnostics);
    atexit(clean_up);
    return 0;
}

/* The part of a change that lies in one of the two. */
static void change_part(char *bytes, size_t size, size_t place, const uint8_t *data, size_t length)
{
    if (place < size)
        memcpy(bytes + place, data, length < size - place ? length : size - place);
}

/* bad = good with the changes that the input asks for. */
static void change(const struct subject *good, const uint8_t *data, size_t size)
{
    enum { HEAD = 4, LONGEST = 16 };
    bad = (struct subject){copy_of(good->letter, good->letter_size),
                           copy_of(good->bytes, good->size), good->letter_size, good->size};
    while (size > HEAD) {
        size_t place = (data[1] | (size_t)data[2] << 8 | (size_t)data[3] << 16) %
                       (good->letter_size + good->size);
        size_t length = data[0] % (LONGEST + 1);
        data += HEAD;
        size -= HEAD;
        if (length == 0 && place < good->letter_size)
            bad.letter_size = place;
        else if (length == 0)
            bad.size = place - good->letter_size;
        length = length < size ? length : size;
        if (place < good->letter_size)
            change_part(bad.letter, good->letter_size, place, data, length);
        else
            change_part(bad.bytes, good->size, place - good->letter_size, data, length);
        data += length;
        size -= length;
    }
}

static void check_unchanged(const char *path, const char *bytes, size_t size)
{
    struct stat file;
    char *now = malloc(size + 1);
    int from = open(path, O_RDONLY);
    must(now != NULL && from >= 0 && fstat(from, &file) == 0 && (size_t)file.st_size == size);
    must(read(from, now, size) == (ssize_t)size && memcmp(now, bytes, size) == 0);
    close(from);
    free(now);
}

/* Nothing is left but the good files. */
static void check_folder(void)
{
    const struct dirent *entry;
    DIR *listing = opendir(folder);
    must(listing != NULL);
    while ((entry = readdir(listing)) != NULL)
        must(entry->d_name[0] == '.' ? strlen(entry->d_name) <= 2
                                     : strcmp(entry->d_name, "plain.h5") == 0 ||
                                           strcmp(entry->d_name, "packed.h5") == 0);
    closedir(listing);
}

static rs_status call(const rs_command *command, const char *first, const char *second,
                      const char *third)
{
    const char *words[] = {command->name, first, second, third, NULL};
    int count = 1;
    rs_error error;
    while (words[count] != NULL)
        count++;
    return rs_command_call(command, count, (char **)words, &error);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0)
        return 0;
    const bool is_packed = data[0] / 16 % 2 == 1;
    const struct subject *good = is_packed ? &packed : &plain;
    const char *good_path = is_packed ? packed_path : plain_path;
    change(good, data + 1, size - 1);
    reader_dies = data[0] >= 252;
    write_bytes(bad_path, bad.bytes, bad.size);
    /* Merges take long: the others have more numbers. */
    switch (data[0] % 16) {
    case 0:
    case 8:
        call(&rs_command_status, good_path, bad_path, NULL);
        break;
    case 1:
    case 9:
        call(&rs_command_show, bad_path, "0", NULL);
        break;
    case 2:
    case 10:
        call(&rs_command_verify, bad_path, NULL, NULL);
        break;
    case 3:
        call(&rs_command_merge, out_path, good_path, bad_path);
        break;
    case 4:
        call(&rs_command_merge, out_path, bad_path, data[0] / 32 % 2 == 1 ? "--compress" : NULL);
        break;
    case 5:
    case 11:
        call(&rs_command_summary, bad_path, NULL, NULL);
        break;
    case 6:
        call(&rs_command_show, bad_path, "3", NULL);
        break;
    case 12:
        call(&rs_command_trajectories, bad_path, "0", out_option);
        break;
    case 7:
    case 13:
        call(&rs_command_missing, bad_path, NULL, NULL);
        break;
    case 14:
        call(&rs_command_summary, bad_path, "--loss-level", "0.3");
        break;
    default:
        call(&rs_command_verify, bad_path, "--against", good_path);
    }
    check_unchanged(bad_path, bad.bytes, bad.size);
    check_unchanged(good_path, good->bytes, good->size);
    must(unlink(bad_path) == 0);
    unlink(out_path);
    check_folder();
    free(bad.letter);
    free(bad.bytes);
    return 0;
}
