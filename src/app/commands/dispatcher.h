/* Selects the command that the command line names. */
#ifndef RS_DISPATCHER_H
#define RS_DISPATCHER_H

#include "rnnsweep/status.h"

/* Runs the command of argv, with output on the standard streams. Returns RS_USAGE for an invalid
 * command line, else the command's status; the caller prints *error. */
rs_status rs_dispatch(int argc, char **argv, rs_error *error);

#endif
