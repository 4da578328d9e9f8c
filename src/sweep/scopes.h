/* Parameters that belong to some settings of others (rules.h), seen over a whole sweep. */
#ifndef RS_SCOPES_H
#define RS_SCOPES_H

#include "diagnostics.h"
#include "sweep.h"

/* Notes every parameter that is given but applies in no run, and prepares the sweep for those that
 * do not apply in some. */
void rs_scopes_review(rs_sweep *sweep, rs_diagnostics *diagnostics);

#endif
