/* The layout of a results file as pure data: which datasets it has, with type, extents, names of
 * dimensions, units and descriptions. It follows from the file's runs alone, so that the same list
 * serves to create a file, to find the rows of an open one and to judge an unknown one: a file
 * whose datasets are not exactly these is damaged or foreign.
 *
 *     /run /step                         dimension scales
 *     one dataset per parameter, seed    int32 counts, float64 reals, int8 choices and flags
 *     status ... crc32c                  one value per run
 *     loss[run, step]
 *     /weights/states_H/                 one group per number of states H that occurs
 *         run_id state state_from input output      scales; run_id holds run numbers
 *         S0 W_in b_in W_rec b_rec W_out b_out      [run_id, ...] in network.h's order
 *
 * Rows stand in the order of the runs; a group's rows are those of its runs in the same order.
 * /step holds the multiples of the greatest common divisor of all loss intervals, up to the largest
 * number of updates: a run fills the columns it recorded and leaves NaN in the others. Seeds are
 * int32 when every one fits, else float64: R's rhdf5 reads no larger integer. Losses and weights
 * are float64 when any run is, else float32, which holds those of a float32 run exactly; shares of
 * a test set are always float64, so that a run's numbers are the same in whichever file. All
 * numbers are little-endian. */
#ifndef RS_LAYOUT_H
#define RS_LAYOUT_H

#include "store.h"

typedef enum rs_type { RS_INT8, RS_INT32, RS_REAL32, RS_REAL64 } rs_type;

enum { RS_RANK_MAX = 3, RS_DATASET_PATH = 64 };

typedef struct rs_dataset {
    char path[RS_DATASET_PATH]; /* "/weights/states_3/W_rec" */
    rs_type type;
    int rank;
    uint64_t extents[RS_RANK_MAX];
    const char *dimensions[RS_RANK_MAX]; /* names of its scales; a scale names itself */
    const char *unit, *meaning;
    const char *choices; /* names of the values 0, 1, ..., separated by blanks, or NULL */
    bool described;      /* by the parameters: takes them as `coordinates` */
    bool result;         /* holds `initial` until runs are put; else known at creation */
    double initial;      /* NaN, which is then also its _FillValue, or an integer */
    uint64_t offset;     /* of its first byte in the file, once known */
} rs_dataset;

/* Where the datasets of the root stand in rs_layout.datasets. */
enum {
    RS_DATA_RUN,
    RS_DATA_STEP,
    RS_DATA_PARAMETERS, /* the first of RS_PARAMETER_TOTAL */
    RS_DATA_SEED = RS_DATA_PARAMETERS + RS_PARAMETER_TOTAL,
    RS_DATA_STATUS,
    RS_DATA_INITIAL_LOSS,
    RS_DATA_FINAL_LOSS,
    RS_DATA_TEST_BIT_ACCURACY,
    RS_DATA_TEST_ACCURACY,
    RS_DATA_DIVERGED_AT,
    RS_DATA_WALL_TIME,
    RS_DATA_CRC32C,
    RS_DATA_LOSS,
    RS_DATA_ROOT_TOTAL
};

/* And those of a group, from its first. */
enum {
    RS_GROUP_RUN_ID,
    RS_GROUP_STATE,
    RS_GROUP_STATE_FROM,
    RS_GROUP_INPUT,
    RS_GROUP_OUTPUT,
    RS_GROUP_TENSORS, /* the first of RS_TENSOR_TOTAL */
    RS_GROUP_TOTAL = RS_GROUP_TENSORS + RS_TENSOR_TOTAL
};

/* The runs with one number of states. */
typedef struct rs_group {
    rs_network network;
    size_t rows;
    size_t first_dataset;
} rs_group;

/* Where a run's numbers go within its row. */
typedef struct rs_place {
    uint32_t group, row; /* its group, and its row there */
    uint32_t points;     /* losses it records */
    uint32_t stride;     /* columns of /step from one to the next */
} rs_place;

typedef struct rs_layout {
    size_t runs, steps;
    uint32_t interval; /* updates from one column of /step to the next */
    bool wide;         /* float64 curves and weights */
    size_t group_total;
    rs_group *groups; /* by rising number of states */
    rs_place *places; /* [runs] */
    size_t dataset_total;
    rs_dataset *datasets;
} rs_layout;

/* RS_BAD_DATA when the runs do not fit the types above (more than 2^31 - 1 updates), RS_NO_MEMORY.
 * Each run is asked for once. */
rs_status rs_layout_build(rs_layout **layout, const rs_store_runs *runs, rs_error *error);
void rs_layout_free(rs_layout *layout); /* accepts NULL */

size_t rs_type_size(rs_type type);
rs_type rs_layout_parameter_type(const rs_parameter *parameter, bool wide_seeds);

/* A dimension scale has the name of its own dimension. */
bool rs_dataset_is_scale(const rs_dataset *dataset);

/* Bytes of one row, and of the whole dataset. */
uint64_t rs_dataset_row_bytes(const rs_dataset *dataset);
uint64_t rs_dataset_bytes(const rs_dataset *dataset);

/* The value of a configuration in a parameter's column or /seed (RS_DATA_PARAMETERS ...
 * RS_DATA_SEED), and the reverse. */
double rs_layout_value(size_t column, const rs_run_config *config);
void rs_layout_set_value(size_t column, rs_run_config *config, double value);

/* Names of the root's text attributes that the store itself writes. */
#define RS_ATTRIBUTE_CONVENTIONS "Conventions"
#define RS_ATTRIBUTE_LAYOUT      "rnnsweep_layout"
#define RS_ATTRIBUTE_SWEEP       "rnnsweep_sweep_hash"
#define RS_CONVENTIONS           "CF-1.9, ACDD-1.3"
enum { RS_LAYOUT_VERSION = 1 };

#endif
