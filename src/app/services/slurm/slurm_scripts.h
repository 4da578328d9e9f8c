/* The folder of a submission: the frozen sweep, the scripts, and instructions. */
#ifndef RS_SLURM_SCRIPTS_H
#define RS_SLURM_SCRIPTS_H

#include "array_size.h"
#include "frozen_sweep.h"

/* The contents of a folder. Paths are absolute. */
typedef struct rs_submission {
    rs_frozen_sweep sweep;
    const char *folder;
    const char *program;
    const char *command;    /* the command line of this call */
    const char *directives; /* lines of #SBATCH, "" for none */
    size_t from_count;
    char **from; /* files whose finished runs are imported */
    rs_array_size size;
    rs_workload workload;
    unsigned cores;      /* of each task */
    unsigned concurrent; /* tasks at the same time, 0 = any number */
    unsigned array_size; /* the largest array: more shards take several arrays */
    unsigned queued;     /* tasks in the queue at the same time, 0 = any number */
    double merge_time;   /* time limit of the merge job, seconds */
    bool again;          /* submit again until all runs are finished */
} rs_submission;

/* The time limit of the merge job, in seconds. */
double rs_slurm_merge_time(const rs_plan *plan);

/* Writes the folder. Each file replaces an older one atomically, so that a script that is being
 * read stays whole. RS_CANNOT_CREATE, RS_IO, RS_NO_MEMORY. */
rs_status rs_slurm_scripts_write(const rs_submission *submission, rs_error *error);

#endif
