/* parameters:, zip: and configurations: of a sweep file. */
#ifndef RS_PARAMETERS_H
#define RS_PARAMETERS_H

#include "sweep.h"

/* Reads them into axes, draws, guards and fixed values of *sweep, whose method is known. Errors are
 * in the diagnostics and in rs_arena_failed. */
void rs_parameters_read(rs_sweep *sweep, rs_arena *arena, const rs_node *root,
                        rs_diagnostics *diagnostics);

#endif
