/* rnnsweep as a library: train and evaluate one small recurrent network. No YAML, no HDF5, no
 * threads of its own, no printing, no environment variables.
 *
 * Thread rule: one rs_trainer per thread. Different trainers may run at the same time; an rs_isa is
 * constant data that all may share. A run's outcome depends on its rs_run_config alone: never on
 * the trainer's history, the thread or the instruction set.
 *
 *     const rs_isa *isa;
 *     rs_trainer *trainer = NULL;
 *     rs_run_config config = rs_run_config_default();
 *     rs_run_result result;
 *     if (rs_isa_select(&isa, NULL, &error) == RS_OK &&
 *         rs_trainer_create(&trainer, isa, &error) == RS_OK &&
 *         rs_trainer_run(trainer, &config, &result, &error) == RS_OK)
 *         printf("%g\n", result.test_accuracy);
 *     rs_trainer_free(trainer);
 */
#ifndef RNNSWEEP_RNNSWEEP_H
#define RNNSWEEP_RNNSWEEP_H

#include "rnnsweep/network.h"
#include "rnnsweep/run_config.h"
#include "rnnsweep/status.h"

#ifdef __cplusplus
extern "C" {
#endif

/* "1.2.3", and the git commit it was built from ("unknown" outside a checkout). */
const char *rs_version(void);
const char *rs_commit(void);

/* ---- Instruction sets ------------------------------------------------------------------------ */

/* The kernels of one instruction set: generic, avx2, avx512 or neon, all with the same bits. */
typedef struct rs_isa rs_isa;

/* Chooses by name, or the fastest usable one for NULL. RS_USAGE, listing the usable ones, when the
 * name is unknown, this CPU lacks it, or its self-check against generic fails. */
rs_status rs_isa_select(const rs_isa **isa, const char *name, rs_error *error);
const char *rs_isa_name(const rs_isa *isa);

/* The instruction sets compiled into this build, fastest first; NULL from the first index past the
 * end. */
const rs_isa *rs_isa_at(size_t index);

/* Whether an instruction set can be used here. */
typedef enum rs_isa_state {
    RS_ISA_USABLE,
    RS_ISA_MISSING,  /* this CPU or its operating system does not have it */
    RS_ISA_DISAGREES /* its self-check gives other bits than generic, or found no memory */
} rs_isa_state;
rs_isa_state rs_isa_check(const rs_isa *isa);

/* ---- Training -------------------------------------------------------------------------------- */

/* How a run ended; the numbers are those of the column /status. */
typedef enum rs_run_outcome {
    RS_RUN_PENDING = 0,
    RS_RUN_DONE = 1,
    RS_RUN_DIVERGED = 2, /* NaN or infinity in a loss, gradient or weight */
    RS_RUN_FAILED = 3,   /* its gradient check found a difference */
    RS_RUN_STOPPED = 4   /* ended early at a rung: no whole run, and in no average */
} rs_run_outcome;

/* Result of a gradient check; only with config.gradient_check. */
typedef struct rs_gradient_check {
    bool agrees;
    rs_tensor tensor; /* of the parameter with the largest excess over numpy.isclose's bound */
    size_t index;     /* of it within its tensor, row-major */
    double numerical, backpropagated;
} rs_gradient_check;

/* One finished run. The pointers lead into the trainer and hold until its next call. float32 runs
 * are widened, which is exact. */
typedef struct rs_run_result {
    rs_run_outcome outcome;
    int64_t diverged_at; /* update at which the run diverged, 1-based; 0 = before training; -1 =
                            never */
    int64_t updates;     /* made; of a diverged run, until it diverged */
    rs_stop_reason stop_reason;
    double solved_at;    /* update of the first check at which stop_loss or stop_accuracy held; -1
                            never; NaN where neither was checked */
    double initial_loss; /* of the first minibatch before training */
    double final_loss;   /* of the last update, on its minibatch after it; NaN when diverged */
    double test_bit_accuracy; /* share of right bits, 0..1; NaN when diverged */
    double test_accuracy;     /* share of wholly right sums, 0..1; NaN when diverged */
    double test_loss;         /* of the test set; NaN when diverged, and for the addition task */
    size_t loss_count;        /* 1 + rs_run_config_updates / loss_interval */
    const double *loss;       /* [loss_count]: loss[i] is that of update i * loss_interval, loss[0]
                                 the initial one; NaN past the updates made, or from where
                                 the run diverged */
    /* The checks on the validation set; none without one. */
    size_t check_count;                /* that were made */
    const double *validation_loss;     /* [check_count] */
    const double *validation_accuracy; /* [check_count], share of right sequences */
    /* The tests at other lengths (rs_trainer_set_test_lengths) and on further sets of a data file,
     * in its order; NaN where the run has none, and of runs that diverged. */
    size_t length_count, set_count;
    const double *length_accuracy, *length_loss; /* [length_count] */
    const double *set_accuracy, *set_loss;       /* [set_count] */
    /* Weights during the training (rs_trainer_set_checkpoints), as far as the run came. */
    size_t checkpoint_count;
    const double *checkpoint_update;  /* [checkpoint_count] */
    const double *checkpoint_weights; /* [checkpoint_count][weight_count] */
    /* The run as it was at the rungs that it came to (rs_trainer_set_rungs): its loss and the test
     * of its network, as final_loss and test_* would be had its training ended there. Of a run that
     * stopped at a rung, the last are those above. NaN where its loss was not finite. */
    size_t rung_count;
    const double *rung_loss, *rung_test_loss;        /* [rung_count] */
    const double *rung_accuracy, *rung_bit_accuracy; /* [rung_count], of the test set */
    size_t weight_count;
    const double *weights; /* [weight_count]: the trained block (network.h); as they stood when
                              the run diverged */
    rs_gradient_check gradient_check;
} rs_run_result;

/* All memory one thread needs to train runs, reused from run to run. */
typedef struct rs_trainer rs_trainer;

rs_status rs_trainer_create(rs_trainer **trainer, const rs_isa *isa, rs_error *error);
void rs_trainer_free(rs_trainer *trainer); /* accepts NULL */

/* Grows the trainer's memory to what this configuration needs. Called for every shape of a sweep
 * beforehand, no run allocates. RS_NO_MEMORY. */
rs_status rs_trainer_reserve(rs_trainer *trainer, const rs_run_config *config, rs_error *error);

/* Bytes that a new trainer would hold after rs_trainer_reserve_group; takes none. */
size_t rs_trainer_need(const rs_isa *isa, const rs_run_config *config, size_t count);

/* What runs are tested on, keep and are measured at besides their configurations: what the three
 * functions below set. Zeros: nothing. */
typedef struct rs_trainer_extras {
    size_t length_count;
    const uint32_t *lengths;           /* [length_count] */
    const rs_checkpoints *checkpoints; /* NULL: none */
    const rs_rungs *rungs;             /* NULL: none */
} rs_trainer_extras;

/* Bytes that it would hold for these beyond rs_trainer_need, if it took no more than it needs:
 * where memory grows, it grows at least to the double. */
size_t rs_trainer_need_extras(const rs_isa *isa, const rs_run_config *config, size_t count,
                              const rs_trainer_extras *extras);

/* Bytes that the trainer holds at present. */
size_t rs_trainer_bytes(const rs_trainer *trainer);

/* The steps of sequences on which runs are tested besides their test sets, from the next
 * rs_trainer_reserve or rs_trainer_run on. lengths: [count], which must outlive that. They change
 * nothing else of a run. */
void rs_trainer_set_test_lengths(rs_trainer *trainer, size_t count, const uint32_t *lengths);

/* The updates after which the weights of runs are kept, likewise; NULL: of none. */
void rs_trainer_set_checkpoints(rs_trainer *trainer, const rs_checkpoints *checkpoints);

/* The rungs at which runs are measured, and may stop; likewise; NULL: none. A rung counts for runs
 * that make more updates than it has. */
void rs_trainer_set_rungs(rs_trainer *trainer, const rs_rungs *rungs);

/* Trains and tests one run. RS_BAD_DATA when the configuration breaks a range, RS_NO_MEMORY; a run
 * that diverges or fails its gradient check is RS_OK with that outcome. */
rs_status rs_trainer_run(rs_trainer *trainer, const rs_run_config *config, rs_run_result *result,
                         rs_error *error);

/* Those tests alone, with the weights that a run was left with: sets length_count to set_loss of
 * *result. RS_BAD_DATA, RS_NO_MEMORY as of rs_trainer_run. */
rs_status rs_trainer_test_further(rs_trainer *trainer, const rs_run_config *config,
                                  const double *weights, rs_run_result *result, rs_error *error);

/* ---- Groups of runs --------------------------------------------------------------------------
 * Of small batches, whose samples fill no vector, the lanes of the vectors are runs: a group of
 * them takes about as long as one. Each has the outcome that it has by itself. */

/* Runs that are trained side by side, at most: in float32. */
enum { RS_GROUP_RUNS_MOST = 16 };

/* The runs of a full group like this one; 1: runs of this configuration are trained by themselves.
 */
uint32_t rs_trainer_group_most(const rs_run_config *config);

/* Whether both runs can be in one group: they differ in no more than seeds, rates, first weights
 * and the like. */
bool rs_trainer_group_fits(const rs_run_config *a, const rs_run_config *b);

/* A number that runs which fit each other have in common, and others hardly ever; 0: alone. */
uint32_t rs_trainer_group_kind(const rs_run_config *config);

/* As rs_trainer_reserve, for groups of `count` runs. */
rs_status rs_trainer_reserve_group(rs_trainer *trainer, const rs_run_config *config, size_t count,
                                   rs_error *error);

/* Trains and tests `count` runs that fit each other, at most a full group. results: [count]. */
rs_status rs_trainer_run_group(rs_trainer *trainer, size_t count, const rs_run_config *configs,
                               rs_run_result *results, rs_error *error);

/* ---- Runs that stop at a rung and go on later -------------------------------------------------
 */

/* All that a run which stopped at a rung needs to go on, of any thread and trainer. */
typedef struct rs_paused rs_paused;

void rs_paused_free(rs_paused *paused); /* accepts NULL */

/* Bytes that it holds. */
size_t rs_paused_bytes(const rs_paused *paused);

/* As rs_trainer_run_group, or rs_trainer_run with `count` 1, but each run stops after the update of
 * a rung, and may go on in a later call. Whether it stops, where and how often changes no number of
 * the run: what it has at a rung is the beginning of what it has at its end.
 *
 * rungs: [count], the index of each run's rung. From its number of rungs on: the run is trained to
 * its end. NULL: so are all.
 *
 * paused: [count]. On entry the state from which a run goes on, or NULL: it begins. On return the
 * state in which it stopped, which is the caller's to pass on or to free; or NULL, because the run
 * came to its end, or because there was no memory for a state, which is no error: the result is
 * whole, and the run can be trained anew. States on entry are freed, unless the call fails. They
 * must come from the same configuration, checkpoints and rungs, else RS_USAGE; of one that is past
 * its rung, the result is that of the state. NULL: all runs begin, and no state is kept.
 *
 * A run that stops has the outcome RS_RUN_STOPPED, or RS_RUN_FAILED where its gradient check found
 * a difference, and the stop_reason RS_STOP_RUNG; one that ends by a rule of its own after the same
 * update is done. */
rs_status rs_trainer_run_to(rs_trainer *trainer, size_t count, const rs_run_config *configs,
                            const size_t *rungs, rs_paused **paused, rs_run_result *results,
                            rs_error *error);

/* ---- The addition task ----------------------------------------------------------------------- */

typedef enum rs_split { RS_TRAIN_SET, RS_TEST_SET } rs_split;

/* The first `count` pairs of numbers that the run draws for training or test, in its own stream's
 * order. a, b: [count], each below 2^(sequence_length-1). RS_USAGE when count exceeds the set. */
rs_status rs_addition_pairs(const rs_run_config *config, rs_split split, size_t count, uint64_t *a,
                            uint64_t *b, rs_error *error);

/* What a trained network says. weights: the block of network.h for config->states, in
 * config->precision; a, b: [count]; probability: [count][sequence_length], of bit 1, least
 * significant first. A bit is taken as 1 when its probability is above one half; it is exactly when
 * the logit is above 0, which is the rule of the test accuracies. The trainer takes memory for the
 * pairs, not for the run's sets. */
rs_status rs_predict(rs_trainer *trainer, const rs_run_config *config, const double *weights,
                     size_t count, const uint64_t *a, const uint64_t *b, double *probability,
                     rs_error *error);

#ifdef __cplusplus
}
#endif

#endif
