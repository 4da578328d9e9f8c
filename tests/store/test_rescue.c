/* Single bits of a results file, flipped: what is whole comes out, and what is not is noticed.
 *
 * test_rescue DATA META VERIFY [compressed]: every DATAth bit of the runs, scales and the
 * directory, and every METAth of HDF5's metadata with the texts among them, which take the most
 * time; of a compressed file, every DATAth bit of the used part of the lists of chunks, which have
 * no checksum, and every METAth of the rest. Opened as `merge` does; of HDF5's metadata every
 * VERIFYth of these flips, and all the others, also as `verify` does. Primes, so that all bits of a
 * byte have their turn.
 *
 * What HDF5 makes of a damaged file may end its process. Here it works in the processes that flip,
 * one for each CPU, so that a million files can be looked at; such a process is started anew when
 * it dies, and told then that HDF5 died on this bit, as isolate.c would tell the program. */
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"
#include "import.h"
#include "isolate.h"
#include "reader.h"
#include "results_file.h"
#include "rung_sample.h"

enum {
    PLAIN_RUNS = 3,
    /* Some columns are compressed, which are so from 1024 bytes on. */
    COMPRESSED_RUNS = 130,
    RUNS_MOST = COMPRESSED_RUNS,
    PROCESSES_MOST = 8,
    FLIPS_PER_PROCESS = 500,            /* HDF5 leaks up to a megabyte on a damaged file */
    CPU_MICROSECONDS_PER_FLIP = 300000, /* those that do not hang take 10000 to 30000 */
    PATH_SIZE = 64
};

/* What a byte of the file is. */
typedef enum region {
    METADATA,
    TEXT,
    INDEX,
    SCALE,
    TIME,
    ROW,
    CHUNK,
    DIRECTORY,
    REGION_TOTAL
} region;
static const char *const region_names[REGION_TOTAL] = {
    "HDF5's metadata", "texts", "lists of chunks", "scales and steps",
    "wall_time",       "rows",  "chunks",          "directory"};

/* Whether HDF5 reads these bytes when it opens a file. */
static bool of_structure(region what)
{
    return what == METADATA || what == TEXT || what == INDEX;
}

/* One of the processes that flip, each with a file of its own; shared with the first process. */
typedef struct progress {
    size_t bit;                                /* the next one */
    size_t fatal_bit;                          /* HDF5 has died on this one */
    size_t saved[REGION_TOTAL][RUNS_MOST + 1]; /* flips by intact rows that came out */
    size_t flips[REGION_TOTAL];
    size_t verified, deaths;
    char failure[512];
} progress;

/* Every so many bits. */
typedef struct sampling {
    size_t data, structure, verified;
    bool compressed;
    int processes, share; /* which of them this one is, from 0 */
} sampling;

static char path[PATH_SIZE]; /* of the good file; then, of each process */
static int runs;
static progress *shared; /* of this process */
static char *good_block;
static size_t good_block_size;
static region *regions; /* by byte */
static short *row_of;   /* by byte of a row: its row */
static rs_hash truth[RUNS_MOST];
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
        row_of[at] = (short)row;
    }
}

/* False when there are none. */
static bool mark_chunks(const rs_results *results, const rs_dataset *dataset)
{
    const rs_entry *entry = rs_catalogue_find(results->catalogue, dataset->path);
    if (entry->chunk_rows == 0)
        return false;
    const rs_chunk *chunks = rs_catalogue_chunks(results->catalogue, entry);
    for (uint64_t i = 0; i < rs_chunk_count(entry->extents[0], entry->chunk_rows); i++)
        mark(chunks[i].offset, chunks[i].size, CHUNK, -1);
    return true;
}

static void mark_entry(const rs_results *results, const rs_dataset *dataset, bool is_time)
{
    const rs_entry *entry = rs_catalogue_find(results->catalogue, dataset->path);
    const uint64_t size = rs_dataset_row_bytes(dataset);
    if (mark_chunks(results, dataset))
        return;
    if (!dataset->per_run)
        mark(entry->offset, rs_dataset_bytes(dataset), SCALE, -1);
    for (int row = 0; dataset->per_run && row < runs; row++)
        mark(entry->offset + (uint64_t)row * size, size, is_time ? TIME : ROW, row);
}

/* Rows of a group of weights are those of runs that lie elsewhere among all. */
static void mark_group(const rs_results *results, uint32_t group)
{
    const rs_layout *layout = results->layout;
    for (int row = 0; row < runs; row++) {
        if (layout->places[row].group != group)
            continue;
        for (size_t i = 0; i < RS_GROUP_TOTAL; i++) {
            const rs_dataset *dataset = &layout->datasets[layout->groups[group].first_dataset + i];
            if (dataset->rank == 0 || !dataset->per_run)
                continue;
            const rs_entry *entry = rs_catalogue_find(results->catalogue, dataset->path);
            const uint64_t size = rs_dataset_row_bytes(dataset);
            if (entry->chunk_rows == 0)
                mark(entry->offset + layout->places[row].row * size, size, ROW, row);
        }
    }
}

static void mark_datasets(const rs_results *results)
{
    const rs_layout *layout = results->layout;
    for (size_t i = 0; i < layout->dataset_total; i++)
        if (layout->datasets[i].rank > 0 &&
            !(layout->datasets[i].of_group && layout->datasets[i].per_run))
            mark_entry(results, &layout->datasets[i], i == RS_DATA_WALL_TIME);
    for (size_t i = 0; i < layout->dataset_total; i++)
        if (layout->datasets[i].rank > 0 && layout->datasets[i].of_group &&
            layout->datasets[i].per_run)
            mark_chunks(results, &layout->datasets[i]);
    for (uint32_t group = 0; group < layout->group_total; group++)
        mark_group(results, group);
    const rs_entry *directory = rs_catalogue_find(results->catalogue, RS_DIRECTORY_PATH);
    mark(directory->offset, directory->extents[0], DIRECTORY, -1);
}

/* A node of a list of chunks: 24 bytes, then for each chunk a key (its size, filter mask and place
 * in the dataset) and its address, then one more key; what follows is not used. */
static void mark_lists_of_chunks(const unsigned char *bytes, size_t size)
{
    enum { HEAD = 24, ADDRESS = 8, KEY_MOST = 8 + 8 * (3 + 1) };
    for (const unsigned char *at = bytes;
         (at = memmem(at, (size_t)(bytes + size - at), "TREE\x01", 5)) != NULL; at++) {
        const size_t used = (size_t)(at[6] | at[7] << 8);
        for (size_t i = 0; i < HEAD + used * (KEY_MOST + ADDRESS) + KEY_MOST; i++)
            if (regions[at - bytes + (ptrdiff_t)i] == METADATA)
                regions[at - bytes + (ptrdiff_t)i] = INDEX;
    }
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
    for (size_t row = 0; row < (size_t)runs; row++) {
        rs_stored_run run;
        must(rs_reader_read(reader, row, &run, NULL) == RS_OK && run.intact);
        truth[row] = rs_stored_run_hash(&run);
    }
    rs_reader_free(reader);
}

static void new_path(char name[PATH_SIZE])
{
    strcpy(name, "/dev/shm/rnnsweep-rescue-XXXXXX");
    const int reserved = mkstemp(name);
    must(reserved >= 0);
    close(reserved);
    unlink(name);
}

/* Runs of all kinds: stopped at a rung, at another one, or whole. */
static rs_status fill(const sample_sweep *sample, const char *name, rs_error *error)
{
    rs_store *store = NULL;
    rs_status status = rs_store_open(&store, name, &sample->runs, error);
    for (size_t row = 0; status == RS_OK && row < sample->runs.count; row++) {
        rs_run_outcome outcome;
        status = rung_sample_put(sample, store, row, 1 + row % 3, &outcome, error);
        if (status == RS_OK)
            status = rs_store_commit(store, 1, &row, &outcome, error);
    }
    rs_status closed = rs_store_close(store, status == RS_OK ? error : NULL);
    return status == RS_OK ? closed : status;
}

static void write_good(bool compressed)
{
    sample_sweep sample;
    rs_error error = {0};
    rs_imported imported;
    char plain[PATH_SIZE];
    const char *const files[] = {plain};
    rung_sample_init(&sample, (size_t)runs, true);
    new_path(path);
    new_path(plain);
    rs_status status = sample_create(&sample, compressed ? plain : path, &error);
    if (status == RS_OK)
        status = fill(&sample, compressed ? plain : path, &error);
    if (status == RS_OK && compressed)
        status = rs_import_as_new(path, RS_IMPORT_COMPRESSED, &sample.runs, NULL, 0, 1, files,
                                  &imported, &error);
    unlink(plain);
    if (status != RS_OK) {
        fprintf(stderr, "%s\n", error.text);
        exit(1);
    }
}

static char *read_good(size_t *size)
{
    struct stat file;
    rs_list list;
    int opened = open(path, O_RDONLY);
    must(opened >= 0 && fstat(opened, &file) == 0);
    *size = (size_t)file.st_size;
    char *bytes = malloc(*size);
    must(bytes != NULL && pread(opened, bytes, *size, 0) == (ssize_t)*size);
    must(rs_listing_collect(&list, opened, path, true, NULL) == RS_OK &&
         rs_list_pack(&list, &good_block, &good_block_size, NULL) == RS_OK);
    rs_list_free(&list);
    close(opened);
    return bytes;
}

static char *make_good(bool compressed, size_t *size)
{
    rs_results *results = NULL;
    runs = compressed ? COMPRESSED_RUNS : PLAIN_RUNS;
    write_good(compressed);
    char *bytes = read_good(size);
    regions = calloc(*size, sizeof *regions);
    row_of = malloc(*size * sizeof *row_of);
    must(regions != NULL && row_of != NULL);
    memset(row_of, -1, *size * sizeof *row_of);
    listing_is_good = true;
    must(rs_results_open(&results, path, NULL) == RS_OK);
    must(rs_results_compressed(results) == compressed);
    mark_datasets(results);
    if (compressed)
        mark_lists_of_chunks((const unsigned char *)bytes, *size);
    mark_texts(results, bytes, *size);
    note_truth(results);
    rs_results_close(results);
    listing_is_good = false;
    unlink(path);
    return bytes;
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
static size_t save(const rs_results *results, rs_reader *reader, size_t bit, size_t *found)
{
    size_t saved = 0;
    const region what = regions[bit / 8];
    for (size_t row = 0; row < (size_t)runs; row++) {
        rs_stored_run run;
        rs_error error;
        if (rs_reader_read(reader, row, &run, &error) != RS_OK)
            fail(error.text);
        const bool whole = run.intact && !rs_results_is_damaged(results, row) &&
                           !rs_results_is_foreign(results, row) &&
                           rs_results_read_columns(results).status[row] != RS_RUN_PENDING;
        if (whole && !rs_hash_equal(rs_stored_run_hash(&run), truth[row]))
            fail("a row is taken for whole and is not");
        if (!whole && what != CHUNK && (what != ROW || row_of[bit / 8] != (int)row))
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

/* What `merge` does with the file, or `verify`; returns how many rows came out. */
static size_t look(size_t bit, bool verifies)
{
    rs_results *results = NULL;
    rs_reader *reader = NULL;
    rs_error error;
    size_t found = 0;
    if ((verifies ? rs_results_open_to_verify(&results, path, &error)
                  : rs_results_rescue_rows(&results, path, &error)) != RS_OK ||
        (verifies && rs_check_file(results, count, &found, &error) != RS_OK) ||
        rs_reader_create(&reader, results, 1, &error) != RS_OK)
        fail(error.text);
    if (rs_results_count(results) != (size_t)runs)
        fail("another number of rows");
    const size_t saved = save(results, reader, bit, &found);
    /* The last byte of a compressed stream has bits that stand for nothing. */
    if (verifies && found == 0 && regions[bit / 8] != CHUNK)
        fail("is not noticed");
    rs_reader_free(reader);
    rs_results_close(results);
    return saved;
}

/* ---- All of them ----------------------------------------------------------------------------- */

static bool is_wanted(const sampling *every, size_t bit)
{
    const region what = regions[bit / 8];
    const bool rare = every->compressed ? what != INDEX : what == METADATA || what == TEXT;
    return bit / 8 % (size_t)every->processes == (size_t)every->share &&
           bit % (rare ? every->structure : every->data) == 0;
}

/* The process that flips: continues at shared->bit. */
_Noreturn static void work(size_t size, const sampling *every)
{
    size_t flips = 0;
    for (; shared->bit < 8 * size && flips < FLIPS_PER_PROCESS; shared->bit++) {
        const size_t bit = shared->bit;
        const region what = regions[bit / 8];
        const struct itimerval limit = {.it_value.tv_usec = CPU_MICROSECONDS_PER_FLIP};
        if (!is_wanted(every, bit))
            continue;
        setitimer(ITIMER_VIRTUAL, &limit, NULL);
        fatal = bit == shared->fatal_bit;
        listing_is_good = !of_structure(what);
        flip(bit);
        const size_t saved = look(bit, false);
        const bool verifies = !of_structure(what) || flips % every->verified == 0;
        if (verifies && look(bit, true) != saved)
            fail("`verify` finds other rows than `merge`");
        flip(bit);
        flips++;
        shared->flips[what]++;
        shared->verified += verifies;
        shared->saved[what][saved]++;
    }
    _exit(0);
}

/* One share of the file's bits, in one process after the other. Returns 0, or 1 after a failure. */
static int flip_share(const char *bytes, size_t size, const sampling *every)
{
    int status = 0;
    new_path(path);
    int file = open(path, O_WRONLY | O_CREAT | O_EXCL, 0600);
    must(file >= 0 && write(file, bytes, size) == (ssize_t)size && close(file) == 0);
    while (status == 0 && shared->bit < 8 * size) {
        pid_t child = fork();
        if (child == 0)
            work(size, every);
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
    return status != 0;
}

static size_t report_region(const progress *all, int processes, int what)
{
    size_t flips = 0, saved[RUNS_MOST + 1] = {0};
    for (int i = 0; i < processes; i++) {
        flips += all[i].flips[what];
        for (int rows = 0; rows <= runs; rows++)
            saved[rows] += all[i].saved[what][rows];
    }
    if (flips == 0)
        return 0;
    printf("%-18s %7zu flips:", region_names[what], flips);
    const char *comma = "";
    for (int rows = 0; rows <= runs; rows++)
        if (saved[rows] > 0) {
            printf("%s %d of %d rows came out %zu times", comma, rows, runs, saved[rows]);
            comma = ",";
        }
    putchar('\n');
    return flips;
}

static void report(const progress *all, int processes)
{
    size_t flips = 0, verified = 0, deaths = 0;
    for (int what = 0; what < REGION_TOTAL; what++)
        flips += report_region(all, processes, what);
    for (int i = 0; i < processes; i++) {
        verified += all[i].verified;
        deaths += all[i].deaths;
    }
    printf("%zu flips in all, %zu of them verified; HDF5 died or hung on %zu\n", flips, verified,
           deaths);
}

static int count_processes(void)
{
    cpu_set_t cpus;
    must(sched_getaffinity(0, sizeof cpus, &cpus) == 0);
    return CPU_COUNT(&cpus) < PROCESSES_MOST ? CPU_COUNT(&cpus) : PROCESSES_MOST;
}

int main(int argc, char **argv)
{
    must(argc == 4 || (argc == 5 && strcmp(argv[4], "compressed") == 0));
    size_t size;
    sampling every = {.data = strtoul(argv[1], NULL, 10),
                      .structure = strtoul(argv[2], NULL, 10),
                      .verified = strtoul(argv[3], NULL, 10),
                      .compressed = argc == 5,
                      .processes = count_processes()};
    must(every.data > 0 && every.structure > 0 && every.verified > 0);
    progress *all = mmap(NULL, PROCESSES_MOST * sizeof *all, PROT_READ | PROT_WRITE,
                         MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    must(all != MAP_FAILED);
    char *bytes = make_good(every.compressed, &size);
    int failures = 0, status;
    for (every.share = 0; every.share < every.processes; every.share++) {
        const pid_t child = fork();
        must(child >= 0);
        if (child == 0) {
            shared = &all[every.share];
            shared->fatal_bit = SIZE_MAX;
            _exit(flip_share(bytes, size, &every));
        }
    }
    for (int i = 0; i < every.processes; i++)
        failures += wait(&status) < 0 || status != 0;
    report(all, every.processes);
    free(bytes);
    return failures > 0;
}
