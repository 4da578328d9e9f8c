/* A look at all runs of a new results file. */
#ifndef RS_LAYOUT_SURVEY_H
#define RS_LAYOUT_SURVEY_H

#include "layout.h"

/* Rising values. */
typedef struct rs_values_of {
    size_t count, room;
    int32_t *values;
} rs_values_of;

/* What one look at every run says about the whole file. Places are made on the way, with a number
 * of cell and states for the group, or, of networks that only the models know, one after those. */
typedef struct rs_run_survey {
    const rs_store_runs *runs;
    uint64_t updates;     /* the most of any run */
    rs_values_of checks;  /* updates of the checks on validation sets */
    rs_values_of lengths; /* steps of further tests */
    rs_values_of checkpoints;
    rs_values_of rungs;
    bool rungs_in_epochs;
    size_t set_total; /* further sets of data files, and their names as words */
    char *set_words;
    uint32_t interval;
    bool real64;
    bool real64_seed, real64_data_seed;
    size_t states_max;
    size_t key_total, key_room;
    size_t *rows_by_key; /* [key_total], at least known_keys */
    struct rs_other_group {
        rs_network network; /* of 0 states where only the models know it */
        char path[RS_DATASET_PATH];
    } * others; /* [key_total - known_keys] */
    size_t other_room;
    size_t task_total;
    uint32_t tasks[RS_TASKS_IN_FILE];
    rs_place *places; /* [runs], or NULL */
    rs_run_config last;
    size_t last_key; /* its key; SIZE_MAX before the first run */
} rs_run_survey;

/* Looks at all->runs; with_places: also where each belongs. RS_BAD_DATA when they do not fit a
 * results file, RS_NO_MEMORY. */
rs_status rs_survey_runs(rs_run_survey *all, bool with_places, rs_error *error);
void rs_survey_free(rs_run_survey *all);

/* Keys of networks with the inputs and outputs of addition: cell by cell, 0 to states_max states;
 * and the network of such a key. */
size_t rs_survey_known_keys(const rs_run_survey *all);
rs_network rs_survey_network(const rs_run_survey *all, size_t key);

#endif
