#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "rnnsweep/network.h"

static const size_t inputs = 2, states = 5, outputs = 3;

static void tensors_have_the_notebooks_names_order_and_extents(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        int dimensions;
        size_t rows, columns;
    } expected[RS_TENSOR_TOTAL] = {{"S0", 1, 5, 1},    {"W_in", 2, 2, 5},  {"b_in", 1, 5, 1},
                                   {"W_rec", 2, 5, 5}, {"b_rec", 1, 5, 1}, {"W_out", 2, 5, 3},
                                   {"b_out", 1, 3, 1}};
    rs_network_shape shape = rs_network_shape_make(inputs, states, outputs);
    for (int i = 0; i < RS_TENSOR_TOTAL; i++) {
        size_t extents[2] = {0, 0};
        rs_tensor tensor = (rs_tensor)i;
        assert_string_equal(rs_tensor_name(tensor), expected[i].name);
        assert_int_equal(rs_tensor_extents(&shape, tensor, extents), expected[i].dimensions);
        assert_int_equal(extents[0], expected[i].rows);
        assert_int_equal(extents[1], expected[i].columns);
    }
}

static void tensors_follow_one_another_without_gaps(void **state)
{
    (void)state;
    rs_network_shape shape = rs_network_shape_make(inputs, states, outputs);
    static const size_t expected[] = {0, 5, 15, 20, 45, 50, 65, 68};
    for (int i = 0; i <= RS_TENSOR_TOTAL; i++)
        assert_int_equal(shape.offset[i], expected[i]);
}

static void the_notebooks_network_has_28_parameters(void **state)
{
    (void)state;
    rs_network_shape shape = rs_network_shape_make(RS_ADDITION_INPUTS, 3, RS_ADDITION_OUTPUTS);
    assert_int_equal(shape.offset[RS_TENSOR_TOTAL], 3 + 6 + 3 + 9 + 3 + 3 + 1);
}

static void the_largest_width_does_not_overflow(void **state)
{
    (void)state;
    rs_network_shape shape = rs_network_shape_make(2, 70000, 1);
    assert_int_equal(shape.offset[RS_W_REC + 1] - shape.offset[RS_W_REC], 4900000000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tensors_have_the_notebooks_names_order_and_extents),
        cmocka_unit_test(tensors_follow_one_another_without_gaps),
        cmocka_unit_test(the_notebooks_network_has_28_parameters),
        cmocka_unit_test(the_largest_width_does_not_overflow),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
