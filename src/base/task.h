/* The tasks of this process: those that are built in, and the data files that it knows. A run names
 * its task by a number, rs_run_config.task: the index in RS_TASK_LIST, or, from RS_TASK_TOTAL on,
 * that of a data file here. The numbers of data files are those of this process alone; in results
 * files and identities stand their names and the hashes of their contents.
 *
 * Data files are only ever added, so a number keeps its meaning to the end of the process. Any
 * thread may call these functions. */
#ifndef RS_TASK_H
#define RS_TASK_H

#include "data.h"
#include "rnnsweep/choices.h"

enum {
    RS_TASK_NAME = 48,      /* bytes of a name with its NUL */
    RS_TASKS_MOST = 1024,   /* tasks in a process */
    RS_TASKS_IN_FILE = 100, /* data files that one sweep or results file can name */
    RS_TASK_LINE = 512      /* bytes of rs_task_describe with its NUL */
};

/* What is known of a set without its numbers. */
typedef struct rs_set_facts {
    uint32_t sequences, steps;
} rs_set_facts;

/* What decides, of a data file, the shape and the number of a run's numbers. */
typedef struct rs_task_facts {
    char name[RS_TASK_NAME]; /* letters, digits, '_', '-', '.' */
    rs_hash hash;            /* of rs_data */
    rs_input_kind input_kind;
    rs_target_kind target_kind;
    uint32_t inputs, outputs;
    bool last_counts; /* the last step of every sequence has a weight above 0 */
    uint32_t lengths; /* how many the training sequences have */
    rs_set_facts train, test;
    rs_set_facts validation; /* no sequences where there is none */
    bool knows_validation;   /* false of lines of older programs, which say nothing of it */
} rs_task_facts;

/* The facts of data under a name, which must have less than RS_TASK_NAME bytes. */
rs_task_facts rs_task_facts_of(const rs_data *data, const char *name);

/* Adds a data file, or finds the one with equal facts; *task is its number. path: where it was
 * read, or NULL. data: its sequences, which the table owns from then on, also on failure; NULL
 * where only the facts are known. RS_BAD_DATA when there are too many, RS_NO_MEMORY. */
rs_status rs_task_add(const rs_task_facts *facts, const char *path, rs_data *data, uint32_t *task,
                      rs_error *error);

/* NULL for built-in tasks and for numbers without a task. */
const rs_task_facts *rs_task_facts_at(uint32_t task);
const char *rs_task_path(uint32_t task);    /* "" where it is not known */
const rs_data *rs_task_data(uint32_t task); /* NULL where it was not read */

/* The number of the data file of that name that was added last, or -1. */
int rs_task_find(const char *name, size_t length);

/* Whether the name is that of a built-in task. */
bool rs_task_is_built_in(const char *name);

/* A line "name=... hash=... ... path=..." without line break, and the reverse, which also gives the
 * place of the path within the line; false for a line that says something else. */
void rs_task_describe(uint32_t task, char line[RS_TASK_LINE]);
bool rs_task_parse(const char *line, size_t length, rs_task_facts *facts, const char **path);

/* "5 reals -> 3 reals; train 200 x 12, test 100 x 12" */
void rs_task_summarize(uint32_t task, char text[RS_TASK_LINE]);

#endif
