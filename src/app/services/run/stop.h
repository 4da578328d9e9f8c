/* Stopping early on SIGINT, SIGTERM, SIGUSR1 or SIGUSR2: what a user, a batch system at its time
 * limit, or a requeue sends. */
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
