/* Reading lines that the program wrote. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "scan.h"

static void what_is_found_is_passed(void **state)
{
    const char *line = "lstm_I2_H4294967295", *at = line;
    uint32_t inputs, states;
    (void)state;
    assert_true(rs_scan_text(&at, "lstm"));
    assert_true(rs_scan_count(&at, "_I", &inputs) && rs_scan_count(&at, "_H", &states));
    assert_true(inputs == 2 && states == UINT32_MAX);
    assert_string_equal(at, "");
    at = "007 8";
    assert_true(rs_scan_count(&at, "", &inputs));
    assert_int_equal(inputs, 7);
    assert_string_equal(at, " 8");
}

static void what_is_not_found_changes_nothing(void **state)
{
    static const char *const bad[] = {"",     "_H",           "_I3",   "_H 3",
                                      "_H-3", "_H+3",         "_Hx3",  " _H3",
                                      "_h3",  "_H4294967296", "_H\t3", "_H99999999999999999999999"};
    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        const char *at = bad[i];
        uint32_t count = 5;
        assert_false(rs_scan_count(&at, "_H", &count));
        assert_true(at == bad[i] && count == 5);
        assert_false(rs_scan_text(&at, "_H3 "));
        assert_ptr_equal(at, bad[i]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_found_is_passed),
        cmocka_unit_test(what_is_not_found_changes_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
