/* How many threads to train with. */
#ifndef RS_THREADS_H
#define RS_THREADS_H

#include "rnnsweep/status.h"

enum { RS_THREADS_MAX = 4096 };

typedef struct rs_thread_choice {
    unsigned count;
    const char *source; /* what decided: "-j", "OMP_NUM_THREADS", ... */
} rs_thread_choice;

/* `option` (0 = not given) > OMP_NUM_THREADS > the smallest of the CPUs this process may use, the
 * quota of its control group and the CPUs that Slurm gave to the task. Slurm's share counts even
 * where its affinity plugin is off, so that tasks on one node do not crowd each other. RS_USAGE
 * when a variable that decides holds no number, or OMP_STACKSIZE is less than a thread needs. */
rs_status rs_threads_choose(unsigned option, rs_thread_choice *choice, rs_error *error);

#endif
