#include "instruction_set.h"

#include <stdio.h>

rs_status rs_instruction_set_choose(const rs_isa **isa, const char *name, rs_error *error)
{
    rs_status status = rs_isa_select(isa, name, error);
    if (status != RS_OK || name != NULL)
        return status;
    const rs_isa *faster;
    for (size_t i = 0; (faster = rs_isa_at(i)) != *isa; i++)
        if (rs_isa_check(faster) == RS_ISA_DISAGREES)
            fprintf(stderr,
                    "rnnsweep: warning: %s is not used, its self-check gives other bits than the "
                    "generic kernels: training with %s; please report this with the CPU's name\n",
                    rs_isa_name(faster), rs_isa_name(*isa));
    return RS_OK;
}
