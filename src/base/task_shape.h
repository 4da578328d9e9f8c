/* What a run's task decides of its sequences and its network. */
#ifndef RS_TASK_SHAPE_H
#define RS_TASK_SHAPE_H

#include "rnnsweep/run_config.h"
#include "task.h"

/* What the configuration of a run decides of its sequences, whatever its task. */
typedef struct rs_task_shape {
    rs_input_kind input_kind;
    rs_target_kind target_kind;
    uint32_t inputs, outputs;
    rs_element input_element, target_element; /* of built-in tasks */
    uint32_t train_steps, test_steps;         /* at most */
    bool last;                                /* readout: task is the last step */
    bool weighted, ragged;                    /* steps have weights, sequences lengths */
    bool by_sign; /* a sequence is right when the last counted output has the sign of its target */
    double tolerance;
    /* Of built-in tasks: what sequence_length may be, a multiple of `step`; or the steps of every
     * sequence, where sequence_length has no say. */
    uint32_t least_steps, most_steps, step, fixed_steps;
    size_t scratch_bytes; /* of built-in tasks, for their own use while they draw */
} rs_task_shape;

rs_task_shape rs_task_shape_of(const rs_run_config *config);

/* Whether the sequences of each epoch are grouped by length into minibatches: batching by_length,
 * but for built-in tasks whose minibatches were drawn so. */
bool rs_run_config_groups_lengths(const rs_run_config *config);

/* Updates from one check of a run to the next, 0 without checks. Where an epoch's updates depend on
 * the lengths of its sequences (see rs_run_config_updates), the most that it can make. */
uint64_t rs_run_config_check_interval(const rs_run_config *config);

/* *at: the run's task with sequences of exactly `steps` steps, as tests of another length draw
 * them; test_samples: how many of them are tested. False where the task has none of that length. */
bool rs_run_config_at_length(const rs_run_config *config, uint32_t steps, rs_run_config *at);

/* Whether only the last step of each sequence counts. */
bool rs_task_reads_last(const rs_run_config *config);

#endif
