/* Single bits of a results file, flipped: what is whole comes out, and what is not is noticed.
 * test_rescue DATA META: every DATAth bit, but of HDF5's metadata and the texts among them,
 * which take the most time, every METAth. Primes, so that all bits of a byte have their turn.
 *
 * What HDF5 makes of a damaged file may end its process. Here it works in the process that flips,
 * so that a million files can be looked at; that one is started anew when it dies, and told then
 * that HDF5 died on this bit, as isolate.c would tell the program. */
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "check.h"
#include "isolate.h"
#include "reader.h"
#include "results_file.h"
#include "sample.h"

enum { RUNS = 3, FLIPS_PER_PROCESS = 4000, SECONDS_PER_FLIP = 5 };

/* What a byte of the file is. */
typedef enum region { METADATA, TEXT, SCALE, TIME, ROW, DIRECTORY, REGION_TOTAL } region;
static const char *const region_names[REGION_TOTAL] = {
    "HDF5's metadata", "texts", "scales and steps", "wall_time", "rows", "directory"};

/* Shared with the process that flips. */
typedef struct progress {
    size_t bit;                           /* the next one */
    size_t fatal_bit;                     /* HDF5 has died on this one */
    size_t saved[REGION_TOTAL][RUNS + 1]; /* flips by intact rows that came out */
    size_t flips[REGION_TOTAL];
    size_t deaths;
    char failure[512];
} progress;

static char path[] = "/dev/shm/rnnsweep-rescue-XXXXXX";
static progress *shared;
static char *good_block;
static size_t good_block_size;
static region *regions;     /* by byte */
static signed char *row_of; /* by byte of a row: its row */
static rs_hash truth[RUNS];
static bool listing_is_good, fatal;

static void must(bool good)
{
    if (!good) {
        fprintf(stderr, "the test itself cannot go on\n");
        exit(1);
    }
}

_Noreturn static void fail(const char *what)
{
    snprintf(shared->failure, sizeof shared->failure, "bit %zu (%s): %s", shared->bit,
             region_names[regions[shared->bit / 8]], what);
    _exit(3);
}

/* In place of isolate.c: datasets' bytes are not read by HDF5, so that the listing of a file whose
 * metadata are whole is known. */
rs_status rs_isolate(rs_isolated_work *work, const void *context, const rs_isolated_limits *limits,
                     char **bytes, size_t *size, rs_isolated_end *end, rs_error *error)
{
    (void)limits;
    (void)error;
    *end = fatal ? RS_ISOLATED_CRASHED : RS_ISOLATED_WELL;
    if (listing_is_good || fatal) {
        *bytes = malloc(good_block_size);
        *size = good_block_size;
        memcpy(*bytes, good_block, good_block_size);
        return RS_OK;
    }
    int out = memfd_create("listing", 0);
    const int copy = dup(out);
    if (!work(context, out))
        *end = RS_ISOLATED_CRASHED;
    struct stat written;
    if (fstat(copy, &written) != 0)
        fail("no listing");
    *size = (size_t)written.st_size;
    *bytes = malloc(*size + 1);
    if (pread(copy, *bytes, *size, 0) != (ssize_t)*size)
        fail("no listing");
    close(copy);
    close(out);
    return RS_OK;
}

/* ---- The good file --------------------------------------------------------------------------- */

static void mark(uint64_t start, uint64_t size, region what, int row)
{
    for (uint64_t at = start; at < start + size; at++) {
        regions[at] = what;
        row_of[at] = (signed char)row;
    }
}

static void mark_datasets(const rs_results *results)
{
    const rs_layout *layout = results->layout;
    for (size_t i = 0; i < layout->dataset_total; i++) {
        const rs_dataset *dataset = &layout->datasets[i];
        const uint64_t size = rs_dataset_row_bytes(dataset);
        if (dataset->rank == 0)
            continue;
        if (!dataset->per_run)
            mark(dataset->offset, rs_dataset_bytes(dataset), SCALE, -1);
        for (int row = 0; dataset->per_run && row < RUNS; row++)
            mark(dataset->offset + (uint64_t)row * size, size, i == RS_DATA_WALL_TIME ? TIME : ROW,
                 row);
    }
    const rs_entry *directory = rs_catalogue_find(results->catalogue, RS_DIRECTORY_PATH);
    mark(directory->offset, directory->extents[0], DIRECTORY, -1);
}

/* Values of attributes, wherever they stand among HDF5's metadata. */
static void mark_texts(const rs_results *results, const char *bytes, size_t size)
{
    for (size_t i = 0; i <= rs_catalogue_count(results->catalogue); i++) {
        size_t count;
        const rs_attribute *attributes =
            i == 0 ? rs_catalogue_root_attributes(results->catalogue, &count)
                   : rs_catalogue_attributes(results->catalogue,
                                             rs_catalogue_entry(results->catalogue, i - 1), &count);
        for (size_t k = 0; k < count; k++) {
            const size_t length = attributes[k].is_text ? strlen(attributes[k].value) : 0;
            const char *at = bytes;
            while (length > 4 && (at = memmem(at, (size_t)(bytes + size - at), attributes[k].value,
                                              length)) != NULL) {
                for (size_t j = 0; j < length; j++)
                    if (regions[at - bytes + (ptrdiff_t)j] == METADATA)
                        regions[at - bytes + (ptrdiff_t)j] = TEXT;
                at++;
            }
        }
    }
}

static void note_truth(const rs_results *results)
{
    rs_reader *reader = NULL;
    must(rs_reader_create(&reader, results, 1, NULL) == RS_OK);
    for (size_t row = 0; row < RUNS; row++) {
        rs_stored_run run;
        must(rs_reader_read(reader, row, &run, NULL) == RS_OK && run.intact);
        truth[row] = rs_stored_run_hash(&run);
    }
    rs_reader_free(reader);
}

static size_t make_good(void)
{
    sample_sweep sample;
    rs_error error = {0};
    rs_results *results = NULL;
    struct stat file;
    sample_init(&sample, RUNS, false);
    int reserved = mkstemp(path);
    close(reserved);
    unlink(path);
    if (sample_create(&sample, path, &error) != RS_OK ||
        sample_fill(&sample, path, &error) != RS_OK) {
        fprintf(stderr, "%s\n", error.text);
        exit(1);
    }
    int opened = open(path, O_RDONLY);
    must(opened >= 0 && fstat(opened, &file) == 0);
    const size_t size = (size_t)file.st_size;
    char *bytes = malloc(size);
    must(bytes != NULL && pread(opened, bytes, size, 0) == (ssize_t)size);
    rs_list list;
    must(rs_listing_collect(&list, opened, path, true, NULL) == RS_OK &&
         rs_list_pack(&list, &good_block, &good_block_size, NULL) == RS_OK);
    rs_list_free(&list);
    close(opened);
    regions = calloc(size, sizeof *regions);
    row_of = malloc(size);
    must(regions != NULL && row_of != NULL);
    memset(row_of, -1, size);
    listing_is_good = true;
    must(rs_results_open(&results, path, NULL) == RS_OK);
    mark_datasets(results);
    mark_texts(results, bytes, size);
    note_truth(results);
    rs_results_close(results);
    listing_is_good = false;
    free(bytes);
    return size;
}

/* ---- One flip -------------------------------------------------------------------------------- */

static void flip(size_t bit)
{
    char byte;
    int file = open(path, O_RDWR);
    if (file < 0 || pread(file, &byte, 1, (off_t)(bit / 8)) != 1)
        fail("cannot read");
    byte = (char)(byte ^ 1 << bit % 8);
    if (pwrite(file, &byte, 1, (off_t)(bit / 8)) != 1)
        fail("cannot write");
    close(file);
}

/* Every row but the one that was hit comes out, with the numbers that went in; returns how many. */
static size_t save(const rs_results *results, rs_reader *reader, int hit, size_t *found)
{
    size_t saved = 0;
    for (size_t row = 0; row < RUNS; row++) {
        rs_stored_run run;
        rs_error error;
        if (rs_reader_read(reader, row, &run, &error) != RS_OK)
            fail(error.text);
        const bool whole = run.intact && !rs_results_is_damaged(results, row) &&
                           !rs_results_is_foreign(results, row) &&
                           rs_results_read_columns(results).status[row] != RS_RUN_PENDING;
        if (whole && !rs_hash_equal(rs_stored_run_hash(&run), truth[row]))
            fail("a row is taken for whole and is not");
        if (!whole && (int)row != hit)
            fail("a row is lost whose bytes are intact");
        saved += whole;
        /* `verify` says of which rows the checksum is wrong, and how many are finished. */
        *found += !whole || !rs_reader_time_is_intact(reader, row);
    }
    return saved;
}

static void count(void *found, const char *what)
{
    (void)what;
    ++*(size_t *)found;
}

/* What `merge` does with the file, which opens it in nearly the same way, and what `verify` does.
 */
static void look(size_t bit)
{
    const region what = regions[bit / 8];
    rs_results *results = NULL;
    rs_reader *reader = NULL;
    rs_error error;
    size_t found = 0;
    if (rs_results_open_to_verify(&results, path, &error) != RS_OK ||
        rs_check_file(results, count, &found, &error) != RS_OK ||
        rs_reader_create(&reader, results, 1, &error) != RS_OK)
        fail(error.text);
    if (rs_results_count(results) != RUNS)
        fail("another number of rows");
    const size_t saved = save(results, reader, what == ROW ? row_of[bit / 8] : -1, &found);
    if (found == 0)
        fail("is not noticed");
    shared->saved[what][saved]++;
    rs_reader_free(reader);
    rs_results_close(results);
}

/* ---- All of them ----------------------------------------------------------------------------- */

static void work(size_t bits, const size_t steps[2])
{
    size_t flips = 0;
    for (; shared->bit < bits && flips < FLIPS_PER_PROCESS; shared->bit++) {
        const size_t bit = shared->bit;
        const region what = regions[bit / 8];
        if (bit % steps[what == METADATA || what == TEXT] != 0)
            continue;
        flips++;
        alarm(SECONDS_PER_FLIP);
        fatal = bit == shared->fatal_bit;
        listing_is_good = what != METADATA && what != TEXT;
        flip(bit);
        look(bit);
        flip(bit);
        shared->flips[what]++;
    }
    _exit(0);
}

static int report(void)
{
    size_t flips = 0;
    for (int i = 0; i < REGION_TOTAL; i++) {
        flips += shared->flips[i];
        printf("%-18s %7zu flips:", region_names[i], shared->flips[i]);
        for (int saved = 0; saved <= RUNS; saved++)
            if (shared->saved[i][saved] > 0)
                printf(" %zu of %d rows came out %zu times,", (size_t)saved, RUNS,
                       shared->saved[i][saved]);
        printf(" all noticed\n");
    }
    printf("%zu flips in all; HDF5 died or hung on %zu\n", flips, shared->deaths);
    for (int i = 0; i < REGION_TOTAL; i++)
        if (shared->flips[i] == 0)
            return 1;
    return 0;
}

int main(int argc, char **argv)
{
    must(argc == 3);
    const size_t steps[2] = {strtoul(argv[1], NULL, 10), strtoul(argv[2], NULL, 10)};
    must(steps[0] > 0 && steps[1] > 0);
    shared = mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    must(shared != MAP_FAILED);
    shared->fatal_bit = SIZE_MAX;
    const size_t bits = 8 * make_good();
    int status = 0;
    while (status == 0 && shared->bit < bits) {
        pid_t child = fork();
        if (child == 0)
            work(bits, steps);
        must(child > 0 && waitpid(child, &status, 0) == child);
        if (WIFSIGNALED(status) && shared->fatal_bit != shared->bit) {
            flip(shared->bit); /* back */
            shared->fatal_bit = shared->bit;
            shared->deaths++;
            status = 0;
        }
    }
    unlink(path);
    if (status != 0)
        fprintf(stderr, "%s\n", shared->failure[0] != '\0' ? shared->failure : "died twice");
    const int incomplete = report();
    return status != 0 || incomplete;
}
