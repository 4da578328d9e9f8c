/* The rules of an update, of an instruction set and precision: see instance.c. */
#include "cell_kernel.h"
#include "grouped_update.h"

const rs_update_kernel RS_CELL_KERNEL(update, any) = {
    .look_ahead = update_look_ahead,
    .descend = update_descend,
};

const rs_group_update RS_CELL_KERNEL(update, grouped) = {
    .look_ahead = group_look_ahead,
    .descend = group_descend,
    .begin = begin_descent,
    .finite = finite_after,
    .clips = group_clips,
};
