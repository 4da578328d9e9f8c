/* Stops early on SIGINT, SIGTERM, SIGUSR1, SIGUSR2 or SIGHUP, which users, batch systems (at the
 * time limit or on a requeue) and closed terminals send. A SIGHUP that is already ignored, as by
 * nohup(1), stays ignored. */
#ifndef RS_STOP_H
#define RS_STOP_H

#include "rnnsweep/status.h"

/* From now on the first of these signals only sets a flag and writes `notice` (which must stay
 * valid) to standard error; a second one ends the process as by default. A signal within half a
 * second of the first counts as a duplicate: timeout(1), srun and a terminal's process group may
 * deliver one request twice. */
rs_status rs_stop_install(const char *notice, rs_error *error);

/* The signal that requested the stop, or 0. Any thread. */
int rs_stop_signal(void);

#endif
