/* What one thread holds to train runs, shared by the files that train them. */
#ifndef RS_TRAINER_H
#define RS_TRAINER_H

#include "addition.h"
#include "drawn.h"
#include "epoch.h"
#include "kept.h"
#include "kernel/dispatch.h"
#include "random.h"
#include "rnnsweep/rnnsweep.h"
#include "stopping.h"

/* Parameter blocks, of either precision. */
enum {
    RS_BLOCK_THETA,
    RS_BLOCK_VELOCITY,
    RS_BLOCK_SQUARES,
    RS_BLOCK_GRADIENT,
    RS_BLOCK_TRAINED, /* rs_blocks.trained, for networks that are not trained as a whole */
    RS_BLOCK_TOTAL
};

/* Test sequences of data that are tested together. */
enum { RS_TESTED_AT_ONCE = 256 };

/* Parameter blocks of a group: all but the last of the above. */
enum { RS_GROUP_BLOCKS = RS_BLOCK_TRAINED };

typedef struct rs_run_group rs_run_group; /* see trainer_group.c */

struct rs_trainer {
    const rs_isa *isa;
    const rs_data *data; /* of the task of the run at hand; NULL: the addition task */
    rs_drawn drawn;      /* sets of a built-in task, to which data then points */
    bool drawn_valid;    /* its training set is that of drawn_for */
    rs_run_config drawn_for;
    uint64_t drawings;     /* of training sets so far */
    rs_random after_drawn; /* the stream after that set */
    rs_random fresh;       /* with config.fresh_data: that of the minibatches */
    rs_assembly assembly;  /* with data: the minibatch at hand, where it is not kept */
    rs_kept kept;          /* with data: minibatches */
    rs_network network;    /* of the run at hand */
    rs_sequences train, test, validation;
    /* What the training set was drawn from, and the stream's position after it: runs that share it
     * share the set. */
    bool train_valid;
    uint32_t train_seed;
    rs_random after_train;
    rs_epoch epoch;
    rs_sequences ordered; /* addition, with an order of its own: the training set in that of the
                             epoch */
    void *block[RS_BLOCK_TOTAL];
    size_t block_room[RS_BLOCK_TOTAL]; /* in bytes */
    void *scratch;
    size_t scratch_room;
    const rs_checkpoints *checkpoints;   /* NULL: none */
    double *kept_updates, *kept_weights; /* [checkpoints of the run], [the same][weights] */
    size_t kept_updates_room, kept_weights_room;
    const rs_rungs *rungs; /* NULL: none */
    double *rung;          /* [RS_RUNG_TOTAL][rungs] */
    size_t rung_room;
    /* Tests beside the test set. */
    size_t length_count;
    const uint32_t *lengths;
    rs_drawn longer; /* some sequences at a time */
    rs_sequences longer_pairs;
    double *further; /* [RS_FURTHER_TOTAL][tests]: at lengths, then on sets */
    size_t further_room;
    double *loss, *weights, *logit;
    double *checked; /* [RS_CHECKED_TOTAL][checks] of the validation set */
    size_t loss_room, weights_room, logit_room, checked_room;
    rs_run_group *group; /* for runs side by side; NULL: none was trained yet */
};

/* What is kept of a check. */
enum { RS_CHECKED_LOSS, RS_CHECKED_ACCURACY, RS_CHECKED_TOTAL };

/* What is kept of a rung. */
enum { RS_RUNG_LOSS, RS_RUNG_TEST_LOSS, RS_RUNG_ACCURACY, RS_RUNG_BIT_ACCURACY, RS_RUNG_TOTAL };

/* What is kept of a further test. */
enum { RS_FURTHER_ACCURACY, RS_FURTHER_LOSS, RS_FURTHER_TOTAL };

/* Sequences of further tests that are tested together: few, since they may be long, and they stand
 * in memory as the kernels want them. */
enum { RS_TESTED_LONG_AT_ONCE = 16 };

/* Of a run's network on a set. */
typedef struct rs_held_out {
    double accuracy, bit_accuracy; /* shares of right sequences, and of right counted outputs */
    double loss;                   /* rounded to float32 in runs of it */
} rs_held_out;

/* ---- Memory (trainer.c) ---------------------------------------------------------------------- */

/* Points of a run's loss curve, and checks on its validation set at most. */
size_t rs_trainer_loss_count(const rs_run_config *config);
size_t rs_trainer_check_count(const rs_run_config *config);

/* Samples of the gradient check: the first hundred, or all. */
uint32_t rs_trainer_checked_samples(const rs_run_config *config);

/* Room for `count` predictions: no training set, no gradients. RS_NO_MEMORY. */
rs_status rs_trainer_reserve_predictions(rs_trainer *trainer, const rs_run_config *config,
                                         uint32_t count, size_t logit_stride, rs_error *error);

/* Room for the answers of a run's network to `sequences` sequences of at most `steps` steps, at
 * most `at_once` of them at a time. RS_NO_MEMORY. */
rs_status rs_trainer_reserve_answers(rs_trainer *trainer, const rs_run_config *config,
                                     uint32_t sequences, uint32_t at_once, uint32_t steps,
                                     rs_error *error);

/* As rs_trainer_reserve and rs_trainer_need, of what a run needs of its own as a lane of a group.
 */
rs_status rs_trainer_reserve_lane(rs_trainer *trainer, const rs_run_config *config,
                                  rs_error *error);
size_t rs_trainer_lane_need(const rs_run_config *config);

/* What a trainer needs for one run whose lanes are samples or states. */
rs_status rs_trainer_reserve_alone(rs_trainer *trainer, const rs_run_config *config,
                                   rs_error *error);

/* Room for what is measured at rungs. RS_NO_MEMORY. */
rs_status rs_trainer_reserve_rungs(rs_trainer *trainer, rs_error *error);

/* Bytes of what batches are read with, one after the other: those of a run, and of `samples`
 * sequences or fewer of at most so many steps. */
typedef struct rs_batch_need {
    size_t scratch, assembly;
} rs_batch_need;
rs_batch_need rs_trainer_run_need(const rs_isa *isa, const rs_run_config *config);
rs_batch_need rs_trainer_test_need(const rs_isa *isa, const rs_run_config *config, uint32_t samples,
                                   uint32_t steps);

/* ---- Groups (trainer_group.c) ---------------------------------------------------------------- */

/* What a group of so many runs needs besides the first of them. */
size_t rs_trainer_group_need(const rs_isa *isa, const rs_run_config *config, size_t count);
size_t rs_trainer_group_bytes(const rs_trainer *trainer);
void rs_trainer_free_group(rs_trainer *trainer);

/* Checkpoints of a run at most, and room for their weights. RS_NO_MEMORY. */
size_t rs_trainer_checkpoint_count(const rs_trainer *trainer, const rs_run_config *config);
rs_status rs_trainer_reserve_checkpoints(rs_trainer *trainer, const rs_run_config *config,
                                         rs_error *error);

/* ---- Data (trainer_data.c) ------------------------------------------------------------------- */

/* Draws the training set unless the trainer holds it; *random = the stream that the run's networks
 * come from. */
void rs_trainer_draw_training_set(rs_trainer *trainer, const rs_run_config *config,
                                  rs_random *random);

/* With config.fresh_data, draws the minibatch of the next update. */
void rs_trainer_freshen(rs_trainer *trainer, const rs_run_config *config);

/* Before the first epoch of a run, and before each further one. */
void rs_trainer_begin_epochs(rs_trainer *trainer, const rs_run_config *config);
void rs_trainer_next_epoch(rs_trainer *trainer, const rs_run_config *config);

/* The epoch that the stream epoch.before makes. */
void rs_trainer_restore_epoch(rs_trainer *trainer, const rs_run_config *config);

/* Where the sequences of minibatch k of the epoch are; only with data. */
typedef struct rs_taken {
    const rs_data_set *set;
    const uint32_t *order; /* [samples] */
    uint32_t samples;
} rs_taken;
rs_taken rs_trainer_taken(const rs_trainer *trainer, const rs_run_config *config, uint32_t k);

/* Minibatch k of the epoch, until the next call. */
rs_minibatch rs_trainer_minibatch(rs_trainer *trainer, const rs_run_config *config, uint32_t k);

/* `count` sequences of a set from number `first` on, at most RS_TESTED_AT_ONCE, in
 * trainer->assembly until the next call; trainer->network must be that of the run. */
rs_minibatch rs_trainer_assemble(rs_trainer *trainer, const rs_run_config *config,
                                 const rs_data *data, const rs_data_set *set, uint32_t first,
                                 uint32_t count);

/* The first `samples` training samples, in float64, until the next call. */
rs_minibatch rs_trainer_first_samples(rs_trainer *trainer, const rs_run_config *config,
                                      uint32_t samples);

/* Finds the sequences of a run: of a data file, it trains and is tested on the first train_samples
 * and test_samples of its sets; those of a built-in task but addition are to be drawn. RS_BAD_DATA
 * when this process has not read the file. */
rs_status rs_trainer_find_data(rs_trainer *trainer, const rs_run_config *config, rs_error *error);

/* Whether the run at hand is of a built-in task other than addition. */
bool rs_trainer_is_drawn(const rs_trainer *trainer);

/* ---- Sets that are not trained on (held_out.c) ----------------------------------------------- */

/* Draws test and validation set. random: the run's stream after its networks. */
void rs_trainer_draw_held_out(rs_trainer *trainer, const rs_run_config *config, rs_random *random);

/* The network as it is now. A loss is NaN of the addition task's test set. */
rs_held_out rs_trainer_test(rs_trainer *trainer, const rs_run_config *config);
rs_held_out rs_trainer_validate(rs_trainer *trainer, const rs_run_config *config);

/* Adds what is right in a batch; other heads than RS_HEAD_BIT add the loss. */
void rs_trainer_score(rs_trainer *trainer, const rs_run_config *config, const rs_minibatch *batch,
                      rs_score *score);

/* Kernels sum a loss in double; that of a float32 run is a float32 number, so that it is the same
 * in a file of float32 as in one of float64. */
double rs_rounded_loss(const rs_run_config *config, double loss);

/* ---- Further tests (further_tests.c) --------------------------------------------------------- */

/* The making of room. RS_NO_MEMORY. */
rs_status rs_trainer_reserve_further(rs_trainer *trainer, const rs_run_config *config,
                                     rs_error *error);

/* The same for results alone, of a run that is tested in another trainer's room. */
rs_status rs_trainer_reserve_further_results(rs_trainer *trainer, rs_error *error);

/* The network as it is now. Sets length_count to set_loss of *result. */
void rs_trainer_run_further(rs_trainer *trainer, const rs_run_config *config,
                            rs_run_result *result);

/* The same without a test: all are NaN. */
void rs_trainer_leave_further(rs_trainer *trainer, rs_run_result *result);

/* Adds the outcome on the first `samples` sequences of a set of some data, so many at a time. */
void rs_trainer_score_set(rs_trainer *trainer, const rs_run_config *config, const rs_data *data,
                          const rs_data_set *set, uint32_t samples, uint32_t at_once,
                          rs_score *score);

/* Room for other data than the run's own: batches of at most `samples` sequences of `steps` steps.
 * RS_NO_MEMORY. */
rs_status rs_trainer_reserve_batches(rs_trainer *trainer, const rs_run_config *config,
                                     uint32_t samples, uint32_t steps, rs_error *error);

/* ---- Updates (trainer_loop.c) ---------------------------------------------------------------- */

/* What goes from one update of a run to the next besides the parameter blocks, whether kernels are
 * called for one run or for a group. */
typedef struct rs_course {
    uint64_t updates, update; /* of the run, and those begun */
    double power1, power2;    /* beta1^t, beta2^t as running products */
    rs_stopping stopping;
    uint64_t next_checkpoint; /* UINT64_MAX: none */
    size_t rungs;             /* that the run came to */
    uint64_t next_rung;       /* its update; UINT64_MAX: none */
    uint64_t stop_at;         /* the update of the rung at which the run stops, likewise */
    bool finite, stops;
    double loss;  /* of the last update that had one */
    double taken; /* as the gradient was taken */
    /* Of the update at hand: */
    uint32_t index; /* of its minibatch in the epoch */
    bool recorded, wanted,
        due;       /* its loss is kept, or part of the run; there is a check after it */
    bool measured; /* there is a rung after it, which wants its loss too */
    bool takes_loss, takes_score; /* what is asked for with its gradient */
    bool wants_loss;              /* the minibatch's loss is to be noted next */
} rs_course;

/* What came with a gradient. */
typedef struct rs_taken_part {
    double loss, weight; /* of the minibatch */
    uint64_t right, sequences;
} rs_taken_part;

/* The calls for a run, in this order. begin, then note_loss and first; while goes_on: next (which
 * prepares the minibatch `index`), updated, note_loss if it is wanted, check, note_loss if it is
 * wanted; at last conclude. check may test the network in the trainer's block. */
void rs_course_begin(rs_trainer *trainer, const rs_run_config *config, rs_course *course);
void rs_course_first(rs_trainer *trainer, const rs_course *course, rs_run_result *result);
bool rs_course_goes_on(const rs_course *course);
rs_step rs_course_next(rs_trainer *trainer, const rs_run_config *config, rs_course *course);
void rs_course_updated(const rs_run_config *config, rs_course *course, bool finite,
                       const rs_taken_part *part);
void rs_course_note_loss(const rs_run_config *config, rs_course *course, double loss);
void rs_course_check(rs_trainer *trainer, const rs_run_config *config, rs_course *course,
                     rs_run_result *result);
void rs_course_conclude(rs_trainer *trainer, const rs_run_config *config, const rs_course *course,
                        rs_run_result *result);

/* How many of the next updates are plain: minibatches follow each other, and of what may come after
 * an update there is only a loss to record, as point `at` of the curve. Of such an update whoever
 * trains counts update and index, and whether the parameters are finite. step: its rate and
 * corrections, which are those of all updates unless the run changes them. */
uint64_t rs_course_plain(const rs_trainer *trainer, const rs_run_config *config,
                         const rs_course *course);
bool rs_course_changes(const rs_run_config *config);
rs_step rs_course_step(rs_course *course, const rs_run_config *config);
void rs_course_record(rs_trainer *trainer, const rs_run_config *config, rs_course *course,
                      double loss, size_t at);

/* Whether the network as it is after the update at hand is to be kept, or measured at a rung; and
 * that, of the network in the trainer's block. */
bool rs_course_keeps(const rs_course *course);
void rs_course_keep(rs_trainer *trainer, const rs_run_config *config, rs_course *course,
                    rs_run_result *result);

/* From now on the run stops at that rung. */
void rs_course_stop_at(const rs_trainer *trainer, rs_course *course, size_t rung);

/* Whether the run, which does not go on, stopped at a rung. */
bool rs_course_is_paused(const rs_course *course);

/* The updates of a run alone that was begun, until it goes on no further. */
void rs_trainer_train(rs_trainer *trainer, const rs_run_config *config, rs_course *course,
                      rs_run_result *result);

/* ---- A run (trainer_run.c) ------------------------------------------------------------------- */

/* What a call trains of a run. */
typedef struct rs_portion {
    size_t rung;        /* at which it stops; SIZE_MAX: it does not */
    rs_paused **paused; /* as rs_trainer_run_to has them, of this run; NULL: no state is kept */
} rs_portion;

/* Data, gradient check and network, which is then in the trainer's block, and the course of the run
 * until then. There must be room. Takes the state. */
void rs_trainer_begin_run(rs_trainer *trainer, const rs_run_config *config,
                          const rs_portion *portion, rs_course *course, rs_run_result *result);

/* Result, test and state of the run whose parameters are in the trainer's blocks. */
void rs_trainer_end_run(rs_trainer *trainer, const rs_run_config *config, const rs_portion *portion,
                        const rs_course *course, rs_run_result *result);

/* A group of runs that were checked and for which there is room. RS_BAD_DATA where the data of one
 * has not been read. */
rs_status rs_trainer_train_group(rs_trainer *trainer, size_t count, const rs_run_config *configs,
                                 const rs_portion *portions, rs_run_result *results,
                                 rs_error *error);

/* ---- States of runs (paused.c) --------------------------------------------------------------- */

/* The state of a run that is paused, the parameters in the trainer's blocks. NULL: no memory. */
rs_paused *rs_paused_make(rs_trainer *trainer, const rs_run_config *config, const rs_course *course,
                          const rs_run_result *result);

/* The reverse, on a trainer on which the run was begun. */
void rs_paused_restore(const rs_paused *paused, rs_trainer *trainer, const rs_run_config *config,
                       rs_course *course, rs_run_result *result);

/* Whether it is of a run of this configuration, as the trainer is set. */
bool rs_paused_fits(const rs_paused *paused, const rs_trainer *trainer,
                    const rs_run_config *config);

#endif
