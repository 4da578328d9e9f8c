/* The choice of the kernels. */
#ifndef RS_INSTRUCTION_SET_H
#define RS_INSTRUCTION_SET_H

#include "rnnsweep/rnnsweep.h"

/* rs_isa_select for a command. If `name` is NULL and a faster instruction set of this CPU was
 * rejected by its self-check, warns on stderr: the results are right, but slow. */
rs_status rs_instruction_set_choose(const rs_isa **isa, const char *name, rs_error *error);

#endif
