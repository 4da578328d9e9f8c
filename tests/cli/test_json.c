/* JSON text: digits that are right and no more than needed, and documents that read back equal. */
#include <float.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "json_print.h"
#include "random.h"

static void known_numbers(void **state)
{
    static const struct {
        double value;
        const char *text;
    } cases[] = {{0.06, "0.06"},
                 {1, "1.0"},
                 {-0.0, "-0.0"},
                 {20, "20.0"},
                 {1e300, "1e+300"},
                 {1e15, "1e+15"},
                 {0.1 + 0.2, "0.30000000000000004"},
                 {5e-324, "5e-324"},
                 {2.5e-320, "2.5e-320"},
                 {DBL_MAX, "1.7976931348623157e+308"},
                 {123456.789, "123456.789"}};
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char text[RS_JSON_REAL_TEXT];
        rs_json_format_real(cases[i].value, text);
        assert_string_equal(text, cases[i].text);
    }
}

static size_t digits_in(const char *text)
{
    size_t digits = 0, zeros = 0;
    for (; *text != '\0' && *text != 'e'; text++)
        if (*text >= '1' && *text <= '9') {
            digits += zeros + 1;
            zeros = 0;
        } else if (*text == '0' && digits > 0)
            zeros++;
    return digits;
}

/* Numbers of all sizes, and decimals of few digits. */
static double draw_number(rs_random *random)
{
    double unit = rs_random_unit(random);
    if (rs_random_below(random, 2) == 0)
        return ldexp(unit, (int)rs_random_below(random, 2000) - 1050);
    return floor(unit * 1e6) / pow(10, (double)rs_random_below(random, 12));
}

static void numbers_read_back_and_have_no_digit_too_many(void **state)
{
    rs_random random;
    (void)state;
    rs_random_seed(&random, 1);
    for (int i = 0; i < 100000; i++) {
        char text[RS_JSON_REAL_TEXT], shorter[400];
        double value = draw_number(&random);
        rs_json_format_real(value, text);
        assert_true(strtod(text, NULL) == value);
        size_t digits = digits_in(text);
        if (digits < 2)
            continue;
        snprintf(shorter, sizeof shorter, "%.*g", (int)digits - 1, value);
        assert_true(strtod(shorter, NULL) != value);
    }
}

static void a_document_reads_back(void **state)
{
    static const char document[] =
        "{\n  \"name\": \"a \\\"b\\\"\\n\",\n  \"none\": null,\n  \"empty\": [],\n  \"nothing\": "
        "{},\n  \"list\": [\n    1,\n    0.06,\n    {\n      \"deep\": true\n    }\n  ]\n}\n";
    char *printed = NULL;
    size_t size;
    (void)state;
    FILE *stream = open_memstream(&printed, &size);
    json_t *json = json_loads(document, 0, NULL);
    assert_non_null(stream);
    assert_int_equal(rs_json_print(json, "a test", stream, NULL), RS_OK);
    fclose(stream);
    assert_string_equal(printed, document);
    free(printed);
}

static void numbers_that_json_lacks_are_null(void **state)
{
    json_t *list =
        json_pack("[o, o, o]", rs_json_real(NAN), rs_json_real(-INFINITY), rs_json_real(0.5));
    (void)state;
    assert_true(json_is_null(json_array_get(list, 0)) && json_is_null(json_array_get(list, 1)));
    assert_true(json_real_value(json_array_get(list, 2)) == 0.5);
    json_decref(list);
}

static void no_memory_is_said(void **state)
{
    rs_error error;
    (void)state;
    assert_int_equal(rs_json_print(NULL, "the plan", stdout, &error), RS_NO_MEMORY);
    assert_string_equal(error.text, "out of memory for the plan as JSON");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(known_numbers),
        cmocka_unit_test(numbers_read_back_and_have_no_digit_too_many),
        cmocka_unit_test(a_document_reads_back),
        cmocka_unit_test(numbers_that_json_lacks_are_null),
        cmocka_unit_test(no_memory_is_said),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
