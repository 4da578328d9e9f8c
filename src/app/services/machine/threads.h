/* The choice of the number of threads. */
#ifndef RS_THREADS_H
#define RS_THREADS_H

#include "rnnsweep/status.h"

enum { RS_THREADS_MAX = 4096 };

typedef struct rs_thread_choice {
    unsigned count;
    const char *source; /* what decided: "-j", "OMP_NUM_THREADS", ... */
} rs_thread_choice;

/* The first that is given of `option` (0 = not given), OMP_NUM_THREADS, and the smallest of the
 * CPUs that this process may use, the quota of its control group and the CPUs that Slurm gave the
 * task. Slurm's share counts even without its affinity plugin, so that tasks of one node do not
 * compete. RS_USAGE if the deciding variable holds no number, or OMP_STACKSIZE is too small for a
 * thread. */
rs_status rs_threads_choose(unsigned option, rs_thread_choice *choice, rs_error *error);

#endif
