/* Two numbers, least significant bit first: their sum. The trainer draws and packs them in a way of
 * its own; what is said here are their extents. */
#include "built_in.h"

static void describe(const rs_run_config *config, rs_task_shape *shape)
{
    (void)config;
    *shape = (rs_task_shape){.input_kind = RS_INPUT_REALS,
                             .target_kind = RS_TARGET_BITS,
                             .inputs = RS_ADDITION_INPUTS,
                             .outputs = RS_ADDITION_OUTPUTS,
                             .least_steps = 2,
                             .most_steps = 62};
}

const rs_built_in rs_task_addition = {.describe = describe};
