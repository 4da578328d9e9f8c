/* From the program's command line to one of its commands. */
#ifndef RS_DISPATCHER_H
#define RS_DISPATCHER_H

#include "rnnsweep/status.h"

/* Does what argv asks for, with output on the standard streams. RS_USAGE for a command line that
 * cannot be read, else the status of the command; the caller prints *error. */
rs_status rs_dispatch(int argc, char **argv, rs_error *error);

#endif
