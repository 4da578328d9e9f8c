#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "rnnsweep/rnnsweep.h"

static void exit_codes_are_the_documented_ones(void **state)
{
    (void)state;
    assert_int_equal(rs_status_exit_code(RS_OK), 0);
    assert_int_equal(rs_status_exit_code(RS_INTERNAL), 1);
    assert_int_equal(rs_status_exit_code(RS_NO_MEMORY), 1);
    assert_int_equal(rs_status_exit_code(RS_USAGE), 64);
    assert_int_equal(rs_status_exit_code(RS_BAD_DATA), 65);
    assert_int_equal(rs_status_exit_code(RS_CANNOT_CREATE), 73);
    assert_int_equal(rs_status_exit_code(RS_IO), 74);
    assert_int_equal(rs_status_exit_code(RS_STOPPED), 75);
}

static void every_status_has_a_meaning(void **state)
{
    (void)state;
    for (int status = 0; status < RS_STATUS_TOTAL; status++)
        assert_true(strlen(rs_status_meaning((rs_status)status)) > 0);
}

static void a_failure_is_told_and_returned(void **state)
{
    (void)state;
    rs_error error;
    assert_int_equal(rs_fail(&error, RS_IO, "%s: %d", "file", 5), RS_IO);
    assert_int_equal(error.status, RS_IO);
    assert_string_equal(error.text, "file: 5");
    assert_int_equal(rs_fail(NULL, RS_USAGE, "nobody listens"), RS_USAGE);
}

static void a_long_text_is_cut(void **state)
{
    (void)state;
    rs_error error;
    rs_fail(&error, RS_INTERNAL, "%*d", 2 * RS_ERROR_TEXT, 1);
    assert_int_equal(strlen(error.text), RS_ERROR_TEXT - 1);
}

static void version_and_commit_are_known(void **state)
{
    (void)state;
    unsigned digits = 0, dots = 0;
    for (const char *c = rs_version(); *c != '\0'; c++) {
        digits += *c >= '0' && *c <= '9';
        dots += *c == '.';
    }
    assert_int_equal(dots, 2);
    assert_int_equal(digits + dots, strlen(rs_version()));
    assert_true(strlen(rs_commit()) >= 7);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(exit_codes_are_the_documented_ones),
        cmocka_unit_test(every_status_has_a_meaning),
        cmocka_unit_test(a_failure_is_told_and_returned),
        cmocka_unit_test(a_long_text_is_cut),
        cmocka_unit_test(version_and_commit_are_known),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
