/* Share of the FMA peak that one call of a kernel reaches, gradient and loss apart, which
 * `rnnsweep bench` cannot tell: it times whole runs. Usage: kernel_shares [ISA] [STATES ...]
 *
 * Batches of 100 samples and 16 steps. Operations are counted as in rs_cost_flop: rs_flop_forward
 * for each row (rs_kernel.rows) of the forward pass, twice as many for each of the backward pass;
 * tanh, exp and log are not counted, but timed. Shown are medians of ROUNDS rounds in which
 * everything takes turns. */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "kernel_cost.h"
#include "problem.h"

enum { SAMPLES = 100, STEPS = 16, ROUNDS = 15 };
enum { GRADIENT, LOSS, CALLS };

static const double round_seconds = 4e-3;

typedef struct bench {
    const rs_kernel *kernel;
    problem problem;
    rs_network network;
    rs_minibatch batch;
    double *weights;
    void *scratch, *parameters, *gradient;
    uint8_t *code;
    double share[CALLS][ROUNDS];
} bench;

static double cpu_clock(void)
{
    struct timespec time;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
    return (double)time.tv_sec + 1e-9 * (double)time.tv_nsec;
}

static void *vectors(size_t bytes)
{
    void *memory = aligned_alloc(64, (bytes / 64 + 2) * 64);
    if (memory == NULL)
        exit(EXIT_FAILURE);
    return memory;
}

static bench prepare(const rs_isa *isa, uint32_t precision, uint32_t states)
{
    bench b = {.kernel = rs_isa_kernel(isa, precision),
               .problem = problem_make(precision, states, SAMPLES, STEPS)};
    const size_t count = problem_weight_count(&b.problem);
    b.problem.scale = 0.1;
    b.network = problem_network(&b.problem);
    b.weights = vectors(count * sizeof(double));
    b.parameters = vectors(count * sizeof(double));
    b.gradient = vectors(count * sizeof(double));
    b.scratch = vectors(b.kernel->scratch_bytes(&b.network, SAMPLES, STEPS, true));
    b.code = vectors(problem_code_bytes(&b.problem));
    problem_draw_weights(&b.problem, b.weights);
    problem_draw_codes(&b.problem, b.code);
    for (size_t i = 0; i < count; i++)
        if (precision == RS_FLOAT32)
            ((float *)b.parameters)[i] = (float)b.weights[i];
        else
            ((double *)b.parameters)[i] = b.weights[i];
    b.batch = problem_batch(&b.problem, b.code);
    return b;
}

static void release(bench *b)
{
    free(b->weights);
    free(b->parameters);
    free(b->gradient);
    free(b->scratch);
    free(b->code);
}

static void call(const bench *b, int which)
{
    if (which == GRADIENT)
        b->kernel->gradient(b->scratch, &b->network, b->parameters, &b->batch, b->gradient, NULL);
    else
        b->kernel->loss(b->scratch, &b->network, b->parameters, &b->batch);
}

/* Floating-point operations a second, over calls for about round_seconds. */
static double rate(const bench *b, int which)
{
    const rs_product_rows rows = b->kernel->rows(&b->network, SAMPLES, STEPS);
    const double flop =
        rs_flop_forward(&b->network) *
        ((double)rows.forward + (which == GRADIENT ? 2 * (double)rows.backward : 0));
    enum { CALLS_PER_LOOK = 8 }; /* at the clock, which takes as long as a tenth of a small call */
    double calls = 0, start = cpu_clock(), now;
    do {
        for (int i = 0; i < CALLS_PER_LOOK; i++)
            call(b, which);
        calls += CALLS_PER_LOOK;
    } while ((now = cpu_clock()) < start + round_seconds);
    return calls * flop / (now - start);
}

static double peak(const bench *b)
{
    enum { CHAINS = 500000 }; /* about a millisecond */
    double end, start = cpu_clock();
    double flop = b->kernel->fma_chains(CHAINS, &end);
    return flop / (cpu_clock() - start);
}

static int by_size(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double median(double *values)
{
    qsort(values, ROUNDS, sizeof *values, by_size);
    return values[ROUNDS / 2];
}

static void measure(bench *b)
{
    for (int round = 0; round < ROUNDS; round++)
        for (int which = 0; which < CALLS; which++) {
            double before = peak(b), reached = rate(b, which), after = peak(b);
            b->share[which][round] = reached / ((before + after) / 2);
        }
}

int main(int argc, char **argv)
{
    static char *defaults[] = {"", "3", "8", "16", "32", "64", "128"};
    const rs_isa *isa;
    rs_error error;
    const char *name = argc > 1 && isalpha((unsigned char)argv[1][0]) ? argv[1] : NULL;
    if (rs_isa_select(&isa, name, &error) != RS_OK) {
        fprintf(stderr, "%s\n", error.text);
        return EXIT_FAILURE;
    }
    if (name != NULL) {
        argv++;
        argc--;
    }
    if (argc < 2) {
        argc = sizeof defaults / sizeof defaults[0];
        argv = defaults;
    }
    printf("%s\nstates  precision  gradient   loss\n", rs_isa_name(isa));
    for (uint32_t precision = RS_FLOAT32; precision <= RS_FLOAT64; precision++)
        for (int i = 1; i < argc; i++) {
            bench b = prepare(isa, precision, (uint32_t)strtoul(argv[i], NULL, 10));
            measure(&b);
            printf("%6u  %9s     %3.0f %%  %3.0f %%\n", b.problem.states,
                   precision == RS_FLOAT32 ? "float32" : "float64", 100 * median(b.share[GRADIENT]),
                   100 * median(b.share[LOSS]));
            release(&b);
        }
    return EXIT_SUCCESS;
}
