/* Stopping early on SIGINT, SIGTERM, SIGUSR1, SIGUSR2 or SIGHUP: what a user, a batch system at its
 * time limit, a requeue, or a terminal that is closed sends. A SIGHUP that is ignored already, as
 * nohup(1) has it, stays so. */
#ifndef RS_STOP_H
#define RS_STOP_H

#include "rnnsweep/status.h"

/* From now on the first of these signals only sets a flag and writes `notice` (which must live on)
 * to standard error; a second one ends the process at once, as it would have without us. A signal
 * that comes within half a second of the first is taken for its echo: timeout(1), srun and a
 * terminal's process group deliver one wish twice. */
rs_status rs_stop_install(const char *notice, rs_error *error);

/* The signal that asked to stop, or 0. Any thread. */
int rs_stop_signal(void);

#endif
