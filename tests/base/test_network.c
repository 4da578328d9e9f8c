#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "rnnsweep/run_config.h"

static const size_t inputs = 2, states = 5, outputs = 3;

static void tensors_have_the_notebooks_names_order_and_extents(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        int rank;
        const char *axis[2];
        size_t extent[2], offset;
    } expected[RS_TENSOR_TOTAL] = {
        {"S0", 1, {"state"}, {5}, 0},
        {"C0", 0, {NULL}, {0}, 5}, /* only cells with a memory have it */
        {"W_in", 2, {"input", "state"}, {2, 5}, 5},
        {"b_in", 1, {"state"}, {5}, 15},
        {"W_rec", 2, {"state_from", "state"}, {5, 5}, 20},
        {"b_rec", 1, {"state"}, {5}, 45},
        {"W_out", 2, {"state", "output"}, {5, 3}, 50},
        {"b_out", 1, {"output"}, {3}, 65},
    };
    rs_network network = rs_network_make(RS_CELL_TANH, inputs, states, outputs);
    for (int i = 0; i < RS_TENSOR_TOTAL; i++) {
        const rs_tensor_layout *tensor = &network.tensor[i];
        assert_string_equal(rs_tensor_name((rs_tensor)i), expected[i].name);
        assert_int_equal(tensor->rank, expected[i].rank);
        size_t count = tensor->rank > 0;
        for (int axis = 0; axis < tensor->rank; axis++) {
            assert_string_equal(rs_tensor_axis_name(tensor->axis[axis]), expected[i].axis[axis]);
            assert_int_equal(tensor->extent[axis], expected[i].extent[axis]);
            count *= tensor->extent[axis];
        }
        assert_int_equal(tensor->count, count);
        assert_int_equal(tensor->offset, expected[i].offset);
        assert_true(tensor->trained);
    }
    assert_int_equal(network.count, 68);
}

static void a_run_trains_the_network_of_its_configuration(void **state)
{
    (void)state;
    rs_run_config config = rs_run_config_default();
    rs_network network = rs_run_config_network(&config);
    assert_string_equal(rs_cell_name(network.cell), "tanh");
    assert_int_equal(network.count, 3 + 6 + 3 + 9 + 3 + 3 + 1);
    config.biases = RS_BIASES_ONE;
    config.initial_state = RS_INITIAL_STATE_ZERO;
    network = rs_run_config_network(&config);
    assert_false(network.tensor[RS_S0].trained || network.tensor[RS_B_REC].trained);
    assert_true(network.tensor[RS_B_IN].trained && network.tensor[RS_W_REC].trained);
    config.states = 20;
    assert_int_equal(rs_run_config_network(&config).states, 20);
}

static void the_largest_width_does_not_overflow(void **state)
{
    (void)state;
    rs_network network = rs_network_make(RS_CELL_TANH, 2, 70000, 1);
    assert_int_equal(network.tensor[RS_W_REC].count, 4900000000);
    assert_int_equal(network.count, 4900000000 + 6 * 70000 + 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tensors_have_the_notebooks_names_order_and_extents),
        cmocka_unit_test(a_run_trains_the_network_of_its_configuration),
        cmocka_unit_test(the_largest_width_does_not_overflow),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
