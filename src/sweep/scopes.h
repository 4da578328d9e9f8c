/* Scopes of parameters (rules.h), checked over a whole sweep. */
#ifndef RS_SCOPES_H
#define RS_SCOPES_H

#include "diagnostics.h"
#include "sweep.h"

/* Adds a note for every parameter that is given but applies in no run, and prepares the sweep for
 * those that apply in some runs only. */
void rs_scopes_review(rs_sweep *sweep, rs_diagnostics *diagnostics);

#endif
