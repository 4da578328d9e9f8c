/* Against the tables of YAML 1.2.2, section 10.3.2. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "scalar.h"

static void expect_number(const char *text, double number, bool integer)
{
    rs_scalar scalar = rs_scalar_resolve(text, false);
    if (scalar.type != RS_SCALAR_NUMBER || scalar.integer != integer ||
        !(scalar.number == number || (isnan(number) && isnan(scalar.number))))
        fail_msg("'%s' read as type %d, %.17g", text, (int)scalar.type, scalar.number);
}

static void test_numbers(void **state)
{
    (void)state;
    expect_number("0", 0, true);
    expect_number("-19", -19, true);
    expect_number("+12", 12, true);
    expect_number("007", 7, true); /* decimal in YAML 1.2 */
    expect_number("0o14", 12, true);
    expect_number("0x3A", 58, true);
    expect_number("0xfF", 255, true);
    expect_number("1e-4", 1e-4, false);
    expect_number("1E+2", 100, false);
    expect_number("12e03", 12000, false);
    expect_number("-2E+05", -200000, false);
    expect_number(".5", 0.5, false);
    expect_number("0.", 0, false);
    expect_number("1.", 1, false);
    expect_number("4294967296", 4294967296.0, true);
    expect_number("1e999", INFINITY, false);
    expect_number("-1e999", -INFINITY, false);
    expect_number("1e-999", 0, false);
    expect_number(".inf", INFINITY, false);
    expect_number("-.INF", -INFINITY, false);
    expect_number("+.Inf", INFINITY, false);
    expect_number(".nan", NAN, false);
}

static void test_minus_zero_is_zero(void **state)
{
    (void)state;
    assert_false(signbit(rs_scalar_resolve("-0", false).number));
    assert_false(signbit(rs_scalar_resolve("-0.0", false).number));
}

static void test_texts(void **state)
{
    static const char *const texts[] = {
        "abc",  "1_000", "0x",   "0o",    "0o8",      "0xg", "1e",   "1e+", ".",
        "-",    "+",     ".e1",  "1.2.3", "1:30",     "yes", "no",   "on",  "off",
        "tRUE", "nan",   "inf",  "-.nan", ".iNF",     "0b1", "1 ",   " 1",  "--1",
        "+-1",  "-0x1",  "1e5x", "nULL",  "infinity", "1f",  "0x1p3"};
    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        if (rs_scalar_resolve(texts[i], false).type != RS_SCALAR_TEXT)
            fail_msg("'%s' is text", texts[i]);
    assert_int_equal(rs_scalar_resolve("1", true).type, RS_SCALAR_TEXT);
    assert_int_equal(rs_scalar_resolve("", true).type, RS_SCALAR_TEXT);
}

static void test_nulls_and_flags(void **state)
{
    static const char *const nulls[] = {"", "~", "null", "Null", "NULL"};
    (void)state;
    for (size_t i = 0; i < sizeof nulls / sizeof nulls[0]; i++)
        assert_int_equal(rs_scalar_resolve(nulls[i], false).type, RS_SCALAR_NULL);
    assert_int_equal(rs_scalar_resolve("TRUE", false).type, RS_SCALAR_FLAG);
    assert_true(rs_scalar_resolve("true", false).flag);
    assert_true(rs_scalar_resolve("True", false).flag);
    assert_int_equal(rs_scalar_resolve("False", false).type, RS_SCALAR_FLAG);
    assert_false(rs_scalar_resolve("false", false).flag);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_numbers),
        cmocka_unit_test(test_minus_zero_is_zero),
        cmocka_unit_test(test_texts),
        cmocka_unit_test(test_nulls_and_flags),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
