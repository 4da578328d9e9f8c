#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "suggest.h"

static const char *const names[] = {"states", "seeds", "momentum", "learning_rate", "epochs"};

static const char *suggest(const char *word)
{
    return rs_suggest(word, strlen(word), names, sizeof names / sizeof names[0]);
}

static void one_slip_finds_the_name(void **state)
{
    (void)state;
    assert_string_equal(suggest("state"), "states");       /* deletion */
    assert_string_equal(suggest("momentumm"), "momentum"); /* insertion */
    assert_string_equal(suggest("momentun"), "momentum");  /* substitution */
    assert_string_equal(suggest("epcohs"), "epochs");      /* swap of neighbours */
    assert_string_equal(suggest("learningrate"), "learning_rate");
    assert_string_equal(suggest("seed"), "seeds");
}

static void a_right_name_is_its_own_suggestion(void **state)
{
    (void)state;
    assert_string_equal(suggest("epochs"), "epochs");
}

static void far_words_get_no_suggestion(void **state)
{
    (void)state;
    assert_null(suggest("banana"));
    assert_null(suggest("dropout"));
    assert_null(suggest(""));
    assert_null(rs_suggest("states", 6, NULL, 0));
}

static void the_first_of_equals_is_taken(void **state)
{
    (void)state;
    static const char *const equals[] = {"abcx", "abcy"};
    assert_string_equal(rs_suggest("abcz", 4, equals, 2), "abcx");
}

static void a_word_may_be_part_of_a_longer_text(void **state)
{
    (void)state;
    assert_string_equal(rs_suggest("statez: 3", 6, names, 1), "states");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_slip_finds_the_name),
        cmocka_unit_test(a_right_name_is_its_own_suggestion),
        cmocka_unit_test(far_words_get_no_suggestion),
        cmocka_unit_test(the_first_of_equals_is_taken),
        cmocka_unit_test(a_word_may_be_part_of_a_longer_text),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
