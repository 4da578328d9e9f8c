/* Runs at random, of everything that a configuration can say, and all that they leave behind. */
#ifndef RANDOM_RUNS_H
#define RANDOM_RUNS_H

#include "random.h"
#include "rnnsweep/rnnsweep.h"

/* A result that outlives the trainer's next call. */
enum { RECORD_COPIES = 16 };
typedef struct record {
    rs_run_result r;
    double *copies[RECORD_COPIES];
    size_t count;
} record;

record record_keep(const rs_run_result *result);
void record_forget(record *k);

/* Equal to the bit; all NaNs are one. b: of a run that was trained in one go. */
void assert_same(double a, double b, const char *what);
void assert_all_same(const double *a, const double *b, size_t count, const char *what);

/* What both have of the course of a run, as far as `part` came. */
void assert_beginning(const rs_run_result *part, const rs_run_result *whole);

/* All but what depends on checkpoints and rungs. */
void assert_same_end(const rs_run_result *a, const rs_run_result *b);

/* To be called first: makes the data file that some runs are of, with lengths, weights, and sets of
 * all kinds. */
void random_runs_begin(void);

/* True once in `of` times; a number below `bound`. */
bool chance(rs_random *random, uint32_t of);
uint32_t below(rs_random *random, uint32_t bound);

/* What decides the form of a run, settled; and what run i may have for itself. They may break a
 * rule. */
rs_run_config random_form(rs_random *random);
void random_own(rs_run_config *config, uint32_t i, rs_random *random);

/* Of the fastest instruction set, or of the slowest. */
rs_trainer *new_trainer(bool is_slow);
rs_run_result run_alone(rs_trainer *trainer, const rs_run_config *config);

#endif
