/* Which kernels to train with. */
#ifndef RS_INSTRUCTION_SET_H
#define RS_INSTRUCTION_SET_H

#include "rnnsweep/rnnsweep.h"

/* rs_isa_select for a command. When `name` is NULL and a faster instruction set of this CPU was
 * passed over because its self-check disagrees, says so on stderr: results are right, but slow, and
 * somebody should hear of it. */
rs_status rs_instruction_set_choose(const rs_isa **isa, const char *name, rs_error *error);

#endif
