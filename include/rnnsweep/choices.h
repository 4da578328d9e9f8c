/* The values of the parameters that are a choice of words, in the order of their numbers. From a
 * list follow the enum, the words of sweep files and results files, the schema and what dispatches
 * on the choice. X(enumerator, word, ...). */
#ifndef RNNSWEEP_CHOICES_H
#define RNNSWEEP_CHOICES_H

#include "rnnsweep/cells.h" /* RS_CELL_LIST */

/* Built-in tasks; data files come after them, see task.h. The build reads this list too: each line
 * is one file of src/base/tasks. */
#define RS_TASK_LIST(X)                                 \
    X(RS_TASK_ADDITION, addition)                       \
    X(RS_TASK_PARITY, parity)                           \
    X(RS_TASK_EVEN_PAIRS, even_pairs)                   \
    X(RS_TASK_CYCLE_NAVIGATION, cycle_navigation)       \
    X(RS_TASK_MODULAR_SUM, modular_sum)                 \
    X(RS_TASK_REVERSE, reverse)                         \
    X(RS_TASK_COPY_MEMORY, copy_memory)                 \
    X(RS_TASK_ADDING, adding)                           \
    X(RS_TASK_FLIP_FLOP, flip_flop)                     \
    X(RS_TASK_TOMITA, tomita)                           \
    X(RS_TASK_COUNTING, counting)                       \
    X(RS_TASK_DYCK, dyck)                               \
    X(RS_TASK_CONTEXT_INTEGRATION, context_integration) \
    X(RS_TASK_DUPLICATE, duplicate)

#define RS_LOSS_FUNCTION_LIST(X)                     \
    X(RS_LOSS_FUNCTION_TASK, task)                   \
    X(RS_LOSS_FUNCTION_CROSS_ENTROPY, cross_entropy) \
    X(RS_LOSS_FUNCTION_SQUARED_ERROR, squared_error)

#define RS_READOUT_LIST(X)   \
    X(RS_READOUT_TASK, task) \
    X(RS_READOUT_ALL, all)   \
    X(RS_READOUT_LAST, last)

#define RS_EPSILON_PLACEMENT_LIST(X)       \
    X(RS_EPSILON_DENOMINATOR, denominator) \
    X(RS_EPSILON_STEP, step)

#define RS_PRECISION_LIST(X) \
    X(RS_FLOAT32, float32)   \
    X(RS_FLOAT64, float64)

#define RS_BATCHING_LIST(X)           \
    X(RS_BATCHING_DISJOINT, disjoint) \
    X(RS_BATCHING_SLIDING, sliding)   \
    X(RS_BATCHING_BY_LENGTH, by_length)

#define RS_OPTIMIZER_LIST(X)         \
    X(RS_OPTIMIZER_RMSPROP, rmsprop) \
    X(RS_OPTIMIZER_SGD, sgd)         \
    X(RS_OPTIMIZER_ADAM, adam)

#define RS_SCHEDULE_LIST(X)           \
    X(RS_SCHEDULE_CONSTANT, constant) \
    X(RS_SCHEDULE_LINEAR, linear)     \
    X(RS_SCHEDULE_COSINE, cosine)

#define RS_RECORDED_LOSS_LIST(X) \
    X(RS_LOSS_AFTER, after)      \
    X(RS_LOSS_BEFORE, before)

#define RS_INITIAL_STATE_LIST(X)         \
    X(RS_INITIAL_STATE_TRAINED, trained) \
    X(RS_INITIAL_STATE_ZERO, zero)       \
    X(RS_INITIAL_STATE_ONE, one)

#define RS_BIASES_LIST(X)   \
    X(RS_BIASES_BOTH, both) \
    X(RS_BIASES_ONE, one)   \
    X(RS_BIASES_NONE, none)

#define RS_INIT_LIST(X)                       \
    X(RS_INIT_GLOROT_UNIFORM, glorot_uniform) \
    X(RS_INIT_GLOROT_NORMAL, glorot_normal)   \
    X(RS_INIT_TORCH, torch)

#define RS_RECURRENT_INIT_LIST(X)               \
    X(RS_RECURRENT_INIT_SAME, same)             \
    X(RS_RECURRENT_INIT_ORTHOGONAL, orthogonal) \
    X(RS_RECURRENT_INIT_IDENTITY, identity)     \
    X(RS_RECURRENT_INIT_NORMAL, normal)

/* Why a run made no more updates: the words of the column /stop_reason. */
#define RS_STOP_REASON_LIST(X)         \
    X(RS_STOP_END, end)                \
    X(RS_STOP_LOSS, stop_loss)         \
    X(RS_STOP_ACCURACY, stop_accuracy) \
    X(RS_STOP_PATIENCE, patience)      \
    X(RS_STOP_DIVERGED, diverged)      \
    X(RS_STOP_RUNG, rung)

#define RS_CHOICE_ENUMERATOR(enumerator, ...) enumerator,
enum { RS_TASK_LIST(RS_CHOICE_ENUMERATOR) RS_TASK_TOTAL };
enum { RS_LOSS_FUNCTION_LIST(RS_CHOICE_ENUMERATOR) RS_LOSS_FUNCTION_TOTAL };
enum { RS_READOUT_LIST(RS_CHOICE_ENUMERATOR) RS_READOUT_TOTAL };
enum { RS_EPSILON_PLACEMENT_LIST(RS_CHOICE_ENUMERATOR) RS_EPSILON_PLACEMENT_TOTAL };
enum { RS_PRECISION_LIST(RS_CHOICE_ENUMERATOR) RS_PRECISION_TOTAL };
enum { RS_BATCHING_LIST(RS_CHOICE_ENUMERATOR) RS_BATCHING_TOTAL };
enum { RS_OPTIMIZER_LIST(RS_CHOICE_ENUMERATOR) RS_OPTIMIZER_TOTAL };
enum { RS_SCHEDULE_LIST(RS_CHOICE_ENUMERATOR) RS_SCHEDULE_TOTAL };
enum { RS_RECORDED_LOSS_LIST(RS_CHOICE_ENUMERATOR) RS_RECORDED_LOSS_TOTAL };
enum { RS_INITIAL_STATE_LIST(RS_CHOICE_ENUMERATOR) RS_INITIAL_STATE_TOTAL };
enum { RS_BIASES_LIST(RS_CHOICE_ENUMERATOR) RS_BIASES_TOTAL };
enum { RS_INIT_LIST(RS_CHOICE_ENUMERATOR) RS_INIT_TOTAL };
enum { RS_RECURRENT_INIT_LIST(RS_CHOICE_ENUMERATOR) RS_RECURRENT_INIT_TOTAL };
typedef enum rs_stop_reason {
    RS_STOP_REASON_LIST(RS_CHOICE_ENUMERATOR) RS_STOP_REASON_TOTAL
} rs_stop_reason;
#undef RS_CHOICE_ENUMERATOR

/* The words of a list, each with a blank before it. */
#define RS_CHOICE_FIRST(word, ...)      " " #word
#define RS_CHOICE_WORD(enumerator, ...) RS_CHOICE_FIRST(__VA_ARGS__, )
#define RS_CHOICE_WORDS(LIST)           LIST(RS_CHOICE_WORD)

#endif
