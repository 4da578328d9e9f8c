/* The layout of a results file as pure data: which datasets it has, with type, extents, names of
 * dimensions, units and descriptions. rs_layout_build says what a new file of some runs has; an
 * open file says itself what it has (results.h), so that files of other versions are read by the
 * names of their datasets.
 *
 *     /run /step /check ...              dimension scales
 *     one dataset per parameter, seed    int32 counts, float64 reals, int8 choices and flags
 *     status ... crc32c_head crc32c      one value per run
 *     loss[run, step]
 *     validation_loss[run, check] ...    where runs have a validation set
 *     test_accuracy_by_rung[run, rung] ...  where runs have rungs to stop at, and rungs_reached
 *     /weights/states_H/                 one group per kind of network that occurs; those of other
 *     /weights/CELL_Ii_Hh_Oo/            cells than tanh, or other inputs and outputs than 2 and 1
 *         run_id state state_from input output gate scales; run_id holds run numbers
 *         S0 C0 W_in b_in W_rec b_rec W_out b_out   [run_id, ...] in network.h's order
 *         S0_at ...                                 [run_id, checkpoint, ...]
 *     /rescue/directory                  the list of all that once more, see directory.h
 *
 * Rows stand in the order of the runs; a group's rows are those of its runs in the same order.
 * /step holds the multiples of the greatest common divisor of all loss intervals, up to the largest
 * number of updates: a run fills the columns it recorded and leaves NaN in the others. Seeds are
 * int32 when every one fits, else float64: R's rhdf5 reads no larger integer. Losses and weights
 * are float64 when any run is, else float32, which holds those of a float32 run exactly; shares of
 * a test set are always float64, so that a run's numbers are the same in whichever file. All
 * numbers are little-endian.
 *
 * A file may have datasets that this program does not know: parameters and results of later
 * versions, further arrays with a row for each run, scales, whole groups of weights. They are kept
 * and copied. docs/layouts.md says what files of each layout are. */
#ifndef RS_LAYOUT_H
#define RS_LAYOUT_H

#include "store.h"
#include "task.h"

typedef enum rs_type {
    RS_INT8,
    RS_INT16,
    RS_INT32,
    RS_INT64,
    RS_UINT8,
    RS_UINT16,
    RS_UINT32,
    RS_UINT64,
    RS_REAL32,
    RS_REAL64,
    RS_TYPE_TOTAL
} rs_type;

enum { RS_RANK_MAX = 8, RS_DATASET_PATH = 256 };

/* An attribute of a dataset: a text, or numbers. */
typedef struct rs_attribute {
    const char *name;
    bool is_text; /* value is a string; else value holds `count` numbers of the type */
    rs_type type;
    size_t count;
    const void *value;
} rs_attribute;

typedef struct rs_dataset {
    char path[RS_DATASET_PATH]; /* "/weights/states_3/W_rec" */
    rs_type type;
    int rank; /* 0: the file does not have this dataset */
    uint64_t extents[RS_RANK_MAX];
    const char *dimensions[RS_RANK_MAX]; /* names of its scales; a scale names itself; NULL: none */
    bool of_group;                       /* of weights, not of the root */
    bool per_run;                        /* its first dimension counts runs */
    bool result;      /* holds `initial` until runs are put; else known at creation */
    bool described;   /* by the parameters: takes them as `coordinates` */
    double initial;   /* NaN, which is then also its _FillValue, or an integer */
    bool has_default; /* a parameter, which has this value where it changes nothing */
    double fallback;
    uint64_t offset; /* of its first byte in the file, once known */
    /* What a new dataset is described with: texts of this program, or attributes of another file.
     */
    const char *unit, *meaning;
    const char *choices; /* names of the values 0, 1, ..., separated by blanks, or NULL */
    size_t kept_total;
    const rs_attribute *kept; /* of a dataset that this program does not know */
} rs_dataset;

/* Where the datasets of the root that this program knows stand in rs_layout.datasets; others follow
 * them. */
enum {
    RS_DATA_RUN,
    RS_DATA_STEP, /* scales, up to the parameters */
    RS_DATA_CHECK,
    RS_DATA_TEST_LENGTH,
    RS_DATA_TEST_SET,
    RS_DATA_CHECKPOINT,
    RS_DATA_RUNG,
    RS_DATA_PARAMETERS, /* the first of RS_PARAMETER_TOTAL */
    RS_DATA_SEED = RS_DATA_PARAMETERS + RS_PARAMETER_TOTAL,
    RS_DATA_STATUS,
    RS_DATA_STOP_REASON,
    RS_DATA_WORDS_END, /* columns of words stand before it */
    RS_DATA_INITIAL_LOSS = RS_DATA_WORDS_END,
    RS_DATA_FINAL_LOSS,
    RS_DATA_TEST_BIT_ACCURACY,
    RS_DATA_TEST_ACCURACY,
    RS_DATA_TEST_LOSS,
    RS_DATA_DIVERGED_AT,
    RS_DATA_UPDATES,
    RS_DATA_SOLVED_AT,
    RS_DATA_RUNGS_REACHED,
    RS_DATA_WALL_TIME,
    RS_DATA_CRC32C_HEAD,
    RS_DATA_CRC32C,
    RS_DATA_LOSS, /* from here on several numbers of each run */
    RS_DATA_VALIDATION_LOSS,
    RS_DATA_VALIDATION_ACCURACY,
    RS_DATA_TEST_ACCURACY_BY_LENGTH,
    RS_DATA_TEST_LOSS_BY_LENGTH,
    RS_DATA_TEST_ACCURACY_BY_SET,
    RS_DATA_TEST_LOSS_BY_SET,
    RS_DATA_FINAL_LOSS_BY_RUNG,
    RS_DATA_TEST_LOSS_BY_RUNG,
    RS_DATA_TEST_ACCURACY_BY_RUNG,
    RS_DATA_TEST_BIT_ACCURACY_BY_RUNG,
    RS_DATA_ROOT_TOTAL
};

/* Whether a known dataset of the root is a scale other than /run, or an array [run, ...]. */
static inline bool rs_data_is_scale(size_t index)
{
    return index > RS_DATA_RUN && index < RS_DATA_PARAMETERS;
}

static inline bool rs_data_is_array(size_t index)
{
    return index >= RS_DATA_LOSS && index < RS_DATA_ROOT_TOTAL;
}

/* And those of a group, from its first. */
enum {
    RS_GROUP_RUN_ID,
    RS_GROUP_STATE,
    RS_GROUP_STATE_FROM,
    RS_GROUP_INPUT,
    RS_GROUP_OUTPUT,
    RS_GROUP_GATE,
    RS_GROUP_TENSORS,                                         /* the first of RS_TENSOR_TOTAL */
    RS_GROUP_TENSORS_AT = RS_GROUP_TENSORS + RS_TENSOR_TOTAL, /* the same at checkpoints */
    RS_GROUP_TOTAL = RS_GROUP_TENSORS_AT + RS_TENSOR_TOTAL
};

/* Datasets in the order in which the checksum of a row takes them; their indices. */
typedef struct rs_order {
    size_t count;
    uint32_t *datasets;
} rs_order;

/* The runs with one kind of network. */
typedef struct rs_group {
    char path[RS_DATASET_PATH];
    rs_network network; /* states is 0 when this program does not know such networks */
    size_t rows;
    size_t first_dataset, dataset_total;
    rs_order order;
} rs_group;

/* Where a run's numbers are. */
typedef struct rs_place {
    uint32_t group, row; /* its group, and its row there */
} rs_place;

#define RS_NO_GROUP UINT32_MAX /* the group of a damaged row, which nobody knows */

typedef struct rs_layout {
    int32_t version; /* of the layout */
    size_t runs, steps;
    size_t checks;     /* extent of /check; 0: there is none */
    int32_t *check_at; /* [checks] its updates, rising */
    size_t lengths;    /* likewise /test_length */
    int32_t *length_at;
    size_t checkpoints; /* and /checkpoint */
    int32_t *checkpoint_at;
    size_t rungs; /* and /rung, in epochs or updates */
    int32_t *rung_at;
    bool rungs_in_epochs;
    size_t sets;       /* and /test_set */
    char *set_words;   /* names of the sets, separated by blanks; NULL: none */
    uint32_t interval; /* updates from one column of /step to the next; 0: they differ */
    bool real64;       /* float64 curves and weights */
    size_t root_total; /* datasets of the root */
    rs_order order;    /* of the root */
    size_t group_total;
    rs_group *groups;
    rs_place *places; /* [runs], or NULL of an outline */
    /* Numbers (task.h) of the data files that runs name. In the column /task of a new file, data
     * file i has the code RS_TASK_TOTAL + i. */
    size_t task_total;
    uint32_t tasks[RS_TASKS_IN_FILE];
    size_t dataset_total;
    rs_dataset *datasets;
    char *joined[RS_DATA_WORDS_END]; /* choices with words of the models, where they have more */
} rs_layout;

/* What a new file of these runs has. RS_BAD_DATA when the runs do not fit the types above (more
 * than 2^31 - 1 updates), RS_NO_MEMORY. Each run is asked for once. */
rs_status rs_layout_build(rs_layout **layout, const rs_store_runs *runs, rs_error *error);

/* The same without places, which is NULL: what it takes does not grow with the number of runs. */
rs_status rs_layout_outline(rs_layout **layout, const rs_store_runs *runs, rs_error *error);
void rs_layout_free(rs_layout *layout); /* accepts NULL */

/* The losses that a run of this configuration records, and the columns of /step from one to the
 * next. */
typedef struct rs_curve {
    size_t points, stride;
} rs_curve;
rs_curve rs_layout_curve(const rs_layout *layout, const rs_run_config *config);

/* Where a run's checks stand: the place in /check of check `check`, from 0, or SIZE_MAX. */
size_t rs_layout_find_check(const rs_layout *layout, const rs_run_config *config, size_t check);

/* The scale of the second dimension of an array of the root, but for /loss: RS_DATA_CHECK, ... */
size_t rs_layout_scale_of(size_t array);

/* Where another layout has place i of such a scale, or of RS_DATA_CHECKPOINT; SIZE_MAX: nowhere. */
size_t rs_layout_same_place(const rs_layout *from, const rs_layout *to, size_t scale, size_t i);

/* Whether two layouts have the same rungs. */
bool rs_layout_same_rungs(const rs_layout *one, const rs_layout *other);

/* Whether a layout has exactly these, NULL for none. */
bool rs_layout_has_rungs(const rs_layout *layout, const rs_rungs *rungs);

/* How long that scale is. */
size_t rs_layout_places_of(const rs_layout *layout, size_t scale);

/* The place of a data file's set, by its name. */
size_t rs_layout_find_set(const rs_layout *layout, const char *name);

/* Index of a word, the first `length` bytes, in a list separated by blanks, or SIZE_MAX; list may
 * be NULL. */
size_t rs_layout_word_index(const char *list, const char *word, size_t length);

/* The name of a set as a word: blanks are '_'. */
void rs_layout_set_word(const char *name, char word[RS_DATA_NAME]);

/* The place of a value among `count` rising ones, or SIZE_MAX. */
size_t rs_layout_find_value(const int32_t *values, size_t count, uint64_t value);

/* Name of a known dataset of the root, or of a group. */
const char *rs_layout_root_name(size_t dataset);
const char *rs_layout_group_name(size_t dataset);

/* Path of the group of a kind of network. */
void rs_layout_group_path(const rs_network *network, char path[RS_DATASET_PATH]);

/* The last part of a dataset's path. */
const char *rs_dataset_name(const rs_dataset *dataset);

size_t rs_type_size(rs_type type);
rs_type rs_layout_parameter_type(const rs_parameter *parameter, bool real64_seeds);

/* A dimension scale has the name of its own dimension. */
bool rs_dataset_is_scale(const rs_dataset *dataset);

/* Bytes of one row, and of the whole dataset. */
uint64_t rs_dataset_row_bytes(const rs_dataset *dataset);
uint64_t rs_dataset_bytes(const rs_dataset *dataset);

/* The value of a configuration in a parameter's column or /seed (RS_DATA_PARAMETERS ...
 * RS_DATA_SEED), and the reverse. */
double rs_layout_value(size_t column, const rs_run_config *config);
void rs_layout_set_value(size_t column, rs_run_config *config, double value);

/* A value as its column holds it, and back: none of a real parameter is NaN there. */
double rs_layout_to_file(size_t column, double value);
double rs_layout_from_file(size_t column, double value);

/* The code that a new file has for a value of a column: of data files another one than ours. */
double rs_layout_code(const rs_layout *layout, size_t column, double value);

/* Names of attributes that the store itself writes: of the root (RS_ATTRIBUTE_DATA has the lines of
 * rs_task_describe), of parameters' columns, and of the
 * scale of a group's rows, which lists the datasets of a row that its checksum covers. */
#define RS_ATTRIBUTE_CONVENTIONS "Conventions"
#define RS_ATTRIBUTE_LAYOUT      "rnnsweep_layout"
#define RS_ATTRIBUTE_SWEEP       "rnnsweep_sweep_hash"
#define RS_ATTRIBUTE_RUNS        "rnnsweep_runs"
#define RS_ATTRIBUTE_DATA        "rnnsweep_data"
#define RS_ATTRIBUTE_DEFAULT     "default"
#define RS_ATTRIBUTE_ROW         "rnnsweep_row"
#define RS_CONVENTIONS           "CF-1.9, ACDD-1.3"
#define RS_RESCUE_GROUP          "/rescue"
#define RS_DIRECTORY_PATH        "/rescue/directory"
enum { RS_LAYOUT_FIRST = 1, RS_LAYOUT_VERSION = 2 };

/* The units of /rung. */
#define RS_UNIT_EPOCHS  "epochs"
#define RS_UNIT_UPDATES "updates"

/* The words of /status, in the order of rs_run_outcome. */
#define RS_STATUS_WORDS "pending done diverged failed stopped"

/* The words of /stop_reason. */
#define RS_STOP_REASON_WORDS (&RS_CHOICE_WORDS(RS_STOP_REASON_LIST)[1])

#endif
