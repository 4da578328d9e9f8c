/* The rules of an update, of an instruction set and precision: see instance.c. */
#include "cell_kernel.h"
#include "update.h"

const rs_update_kernel RS_CELL_KERNEL(update, any) = {
    .look_ahead = update_look_ahead,
    .descend = update_descend,
};
