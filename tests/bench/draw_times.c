/* What drawing takes of a run of each built-in task at the defaults, which `rnnsweep bench` cannot
 * tell: it times whole runs. Usage: draw_times [ISA [TASK ...]]
 *
 * Drawn are training and test set, inputs and targets, but not the network. Shown are CPU times of
 * one run, the least of ROUNDS rounds in which drawing and training take turns, and their ratio:
 * where other programs slow the machine, medians say more of them than of this one. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "addition.h"
#include "drawn.h"
#include "rnnsweep/rnnsweep.h"

enum { ROUNDS = 25 };

static const double round_seconds = 10e-3;

typedef struct bench {
    rs_run_config config;
    rs_trainer *trainer;
    rs_sequences pairs;
    rs_drawn drawn;
} bench;

static double cpu_clock(void)
{
    struct timespec time;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
    return (double)time.tv_sec + 1e-9 * (double)time.tv_nsec;
}

static void require(rs_status status, const rs_error *error)
{
    if (status == RS_OK)
        return;
    fprintf(stderr, "%s\n", error->text);
    exit(rs_status_exit_code(status));
}

static bench prepare(const rs_isa *isa, uint32_t task)
{
    rs_error error;
    bench b = {.config = rs_run_config_default()};
    b.config.task = task;
    require(rs_trainer_create(&b.trainer, isa, &error), &error);
    if (task == RS_TASK_ADDITION)
        require(rs_sequences_reserve(&b.pairs, b.config.train_samples, b.config.sequence_length,
                                     &error),
                &error);
    else
        require(rs_drawn_reserve(&b.drawn, &b.config, &error), &error);
    return b;
}

static void release(bench *b)
{
    rs_trainer_free(b->trainer);
    rs_sequences_free(&b->pairs);
    rs_drawn_free(&b->drawn);
}

/* ---- What is timed --------------------------------------------------------------------------- */

static void draw_set(bench *b, rs_drawn_set set, uint32_t samples, rs_random *random)
{
    if (b->config.task == RS_TASK_ADDITION) {
        rs_sequences_draw(&b->pairs, samples, b->config.sequence_length, random);
        return;
    }
    rs_drawn_begin(&b->drawn, &b->config, set, samples);
    rs_drawn_fill(&b->drawn, &b->config, set, 0, samples, 1, random);
}

static void draw(bench *b)
{
    rs_random random;
    rs_random_seed(&random, b->config.seed);
    draw_set(b, RS_DRAWN_TRAIN, b->config.train_samples, &random);
    draw_set(b, RS_DRAWN_TEST, b->config.test_samples, &random);
}

static void train(bench *b)
{
    rs_run_result result;
    rs_error error;
    require(rs_trainer_run(b->trainer, &b->config, &result, &error), &error);
}

/* CPU seconds of a call, over calls for about round_seconds, with a seed each. */
static double seconds(bench *b, void (*call)(bench *), uint32_t first_seed)
{
    const double start = cpu_clock();
    double now;
    uint32_t calls = 0;
    do {
        b->config.seed = first_seed + calls++;
        call(b);
    } while ((now = cpu_clock()) < start + round_seconds);
    return (now - start) / calls;
}

/* ---- The table ------------------------------------------------------------------------------- */

static void measure(const rs_isa *isa, uint32_t task, const char *name)
{
    double drawing = INFINITY, run = INFINITY;
    bench b = prepare(isa, task);
    for (uint32_t round = 0; round < ROUNDS; round++) {
        const uint32_t first_seed = 1 + round * 100000;
        drawing = fmin(drawing, seconds(&b, draw, first_seed));
        run = fmin(run, seconds(&b, train, first_seed));
    }
    printf("| `%s` | %.2f | %.0f | %.1f %% |\n", name, 1e3 * run, 1e6 * drawing,
           100 * drawing / run);
    release(&b);
}

static bool is_wanted(const char *name, int count, char **names)
{
    for (int i = 0; i < count; i++)
        if (strcmp(names[i], name) == 0)
            return true;
    return count <= 0;
}

int main(int argc, char **argv)
{
#define WORD(enumerator, word) [enumerator] = #word,
    static const char *const names[] = {RS_TASK_LIST(WORD)};
    const rs_isa *isa;
    rs_error error;
    require(rs_isa_select(&isa, argc > 1 ? argv[1] : NULL, &error), &error);
    printf("%s\n\n| task | a run, ms | drawing, µs | share |\n|---|---|---|---|\n",
           rs_isa_name(isa));
    for (uint32_t task = 0; task < RS_TASK_TOTAL; task++)
        if (is_wanted(names[task], argc - 2, argv + 2))
            measure(isa, task, names[task]);
    return EXIT_SUCCESS;
}
