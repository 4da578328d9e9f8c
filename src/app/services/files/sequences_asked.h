/* The sequences that trained networks are asked about: a set of a run's own, one of a data file, or
 * a sequence in words. */
#ifndef RS_SEQUENCES_ASKED_H
#define RS_SEQUENCES_ASKED_H

#include "data.h"
#include "results.h"
#include "worked.h"

/* What is asked of every run. */
typedef struct rs_asked {
    const char *set;  /* name of the set */
    const char *data; /* data file to take it from; NULL: the run's own */
    size_t word_count;
    const char *const *words; /* one sequence instead, in the words of the run's task */
} rs_asked;

/* The sequences of one run, until those of the next are asked for. Begins as zeros. */
typedef struct rs_asked_sequences {
    rs_run_config config; /* of the run */
    const rs_data *data;
    const rs_data_set *set;
    bool has_targets; /* the set's targets are of the run's kind */
    bool shared;      /* they are those of a data file, the same for every run */
    /* What it holds */
    rs_data *file;
    uint32_t file_task; /* that of the run for which it was read */
    rs_data file_data;  /* its sets, with the widths and kinds of the run */
    rs_worked worked;   /* drawn, or from words */
    rs_data pairs;      /* of the addition task */
    rs_data_set pair_set;
} rs_asked_sequences;

/* Finds the sequences of a finished row. RS_USAGE when the run has no such set, naming those it
 * has, or the words are wrong; RS_BAD_DATA when a file does not suit the network; RS_IO,
 * RS_NO_MEMORY. */
rs_status rs_asked_sequences_find(rs_asked_sequences *sequences, const rs_results *results,
                                  size_t row, const rs_asked *asked, rs_error *error);
void rs_asked_sequences_free(rs_asked_sequences *sequences);

/* Whether a data file's inputs, and its targets, can be those of a network for such a task: it may
 * have fewer symbols or classes than the network knows. */
bool rs_inputs_suit(const rs_data *data, const rs_task_shape *shape);
bool rs_targets_suit(const rs_data *data, const rs_task_shape *shape);

/* RS_USAGE: the file at `path` has no such set. */
rs_status rs_data_lacks_set(const rs_data *data, const char *path, const char *set,
                            rs_error *error);

#endif
