/* What a plan consists of: for plan.c and plan_read.c alone. */
#ifndef RS_PLAN_FIELDS_H
#define RS_PLAN_FIELDS_H

#include "plan.h"
#include "select.h"

struct rs_plan {
    rs_arena *arena;
    size_t count; /* of sweeps: one for each document */
    rs_sweep *sweeps;
    rs_selection *selections;
    size_t *first_run; /* [count + 1] */
    bool varies[RS_PARAMETER_TOTAL];
    char *name, *text, *overrides;
};

#endif
