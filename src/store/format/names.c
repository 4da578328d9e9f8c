/* The names of datasets, and how a parameter's column holds its values. */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>

#include "layout.h"

rs_type rs_layout_parameter_type(const rs_parameter *parameter, bool real64_seeds)
{
    switch (parameter->kind) {
    case RS_KIND_COUNT:
        return RS_INT32;
    case RS_KIND_CHOICE:
    case RS_KIND_FLAG:
        return RS_INT8;
    case RS_KIND_WHOLE:
        return real64_seeds && parameter->max > INT32_MAX ? RS_REAL64 : RS_INT32;
    case RS_KIND_REAL:
        break;
    }
    return RS_REAL64;
}

const char *rs_layout_root_name(size_t dataset)
{
    static const char *const names[RS_DATA_ROOT_TOTAL] = {
        [RS_DATA_RUN] = "run",
        [RS_DATA_STEP] = "step",
        [RS_DATA_CHECK] = "check",
        [RS_DATA_TEST_LENGTH] = "test_length",
        [RS_DATA_TEST_SET] = "test_set",
        [RS_DATA_CHECKPOINT] = "checkpoint",
        [RS_DATA_RUNG] = "rung",
        [RS_DATA_SEED] = "seed",
        [RS_DATA_STATUS] = "status",
        [RS_DATA_STOP_REASON] = "stop_reason",
        [RS_DATA_INITIAL_LOSS] = "initial_loss",
        [RS_DATA_FINAL_LOSS] = "final_loss",
        [RS_DATA_TEST_BIT_ACCURACY] = "test_bit_accuracy",
        [RS_DATA_TEST_ACCURACY] = "test_accuracy",
        [RS_DATA_TEST_LOSS] = "test_loss",
        [RS_DATA_DIVERGED_AT] = "diverged_at",
        [RS_DATA_UPDATES] = "updates",
        [RS_DATA_SOLVED_AT] = "solved_at",
        [RS_DATA_RUNGS_REACHED] = "rungs_reached",
        [RS_DATA_WALL_TIME] = "wall_time",
        [RS_DATA_CRC32C_HEAD] = "crc32c_head",
        [RS_DATA_CRC32C] = "crc32c",
        [RS_DATA_LOSS] = "loss",
        [RS_DATA_VALIDATION_LOSS] = "validation_loss",
        [RS_DATA_VALIDATION_ACCURACY] = "validation_accuracy",
        [RS_DATA_TEST_ACCURACY_BY_LENGTH] = "test_accuracy_by_length",
        [RS_DATA_TEST_LOSS_BY_LENGTH] = "test_loss_by_length",
        [RS_DATA_TEST_ACCURACY_BY_SET] = "test_accuracy_by_set",
        [RS_DATA_TEST_LOSS_BY_SET] = "test_loss_by_set",
        [RS_DATA_FINAL_LOSS_BY_RUNG] = "final_loss_by_rung",
        [RS_DATA_TEST_LOSS_BY_RUNG] = "test_loss_by_rung",
        [RS_DATA_TEST_ACCURACY_BY_RUNG] = "test_accuracy_by_rung",
        [RS_DATA_TEST_BIT_ACCURACY_BY_RUNG] = "test_bit_accuracy_by_rung",
    };
    return names[dataset] != NULL ? names[dataset]
                                  : rs_parameters[dataset - RS_DATA_PARAMETERS].name;
}

const char *rs_layout_group_name(size_t dataset)
{
    static const char *const scales[RS_GROUP_TENSORS] = {"run_id", "state",  "state_from",
                                                         "input",  "output", "gate"};
    static const char *const at_checkpoints[RS_TENSOR_TOTAL] = {
        [RS_S0] = "S0_at",       [RS_C0] = "C0_at",       [RS_W_IN] = "W_in_at",
        [RS_B_IN] = "b_in_at",   [RS_W_REC] = "W_rec_at", [RS_B_REC] = "b_rec_at",
        [RS_W_OUT] = "W_out_at", [RS_B_OUT] = "b_out_at"};
    return dataset < RS_GROUP_TENSORS      ? scales[dataset]
           : dataset < RS_GROUP_TENSORS_AT ? rs_tensor_name((rs_tensor)(dataset - RS_GROUP_TENSORS))
                                           : at_checkpoints[dataset - RS_GROUP_TENSORS_AT];
}

void rs_layout_group_path(const rs_network *network, char path[RS_DATASET_PATH])
{
    if (network->cell == RS_CELL_TANH && network->inputs == RS_ADDITION_INPUTS &&
        network->outputs == RS_ADDITION_OUTPUTS)
        snprintf(path, RS_DATASET_PATH, "/weights/states_%" PRIu32, network->states);
    else
        snprintf(path, RS_DATASET_PATH, "/weights/%s_I%" PRIu32 "_H%" PRIu32 "_O%" PRIu32,
                 rs_cell_name(network->cell), network->inputs, network->states, network->outputs);
}

double rs_layout_value(size_t column, const rs_run_config *config)
{
    return column == RS_DATA_SEED
               ? (double)config->seed
               : rs_parameter_get(&rs_parameters[column - RS_DATA_PARAMETERS], config);
}

void rs_layout_set_value(size_t column, rs_run_config *config, double value)
{
    if (column == RS_DATA_SEED)
        config->seed = (uint32_t)value;
    else
        rs_parameter_set(&rs_parameters[column - RS_DATA_PARAMETERS], config, value);
}

/* Whether none is NaN in the column. */
static bool is_optional(size_t column)
{
    const rs_parameter *parameter =
        column != RS_DATA_SEED ? &rs_parameters[column - RS_DATA_PARAMETERS] : NULL;
    return parameter != NULL && parameter->kind == RS_KIND_REAL && parameter->optional;
}

double rs_layout_to_file(size_t column, double value)
{
    return is_optional(column) && value == -1 ? (double)NAN : value;
}

double rs_layout_from_file(size_t column, double value)
{
    return is_optional(column) && isnan(value) ? -1 : value;
}
