#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>

#include "memory.h"

static void blocks_are_zeroed_and_aligned(void **state)
{
    (void)state;
    for (size_t count = 0; count < 200; count += 7) {
        void *block = NULL;
        assert_int_equal(rs_allocate(&block, count, 3, NULL), RS_OK);
        assert_int_equal((uintptr_t)block % RS_ALIGNMENT, 0);
        for (size_t i = 0; i < 3 * count; i++)
            assert_int_equal(((const char *)block)[i], 0);
        free(block);
    }
}

static void too_much_is_refused_and_leaves_the_output(void **state)
{
    (void)state;
    static const size_t sizes[][2] = {
        {SIZE_MAX, 2}, {SIZE_MAX / 8 + 1, 8}, {SIZE_MAX, 1}, {SIZE_MAX - 1, 1}};
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        rs_error error;
        void *block = &error;
        assert_int_equal(rs_allocate(&block, sizes[i][0], sizes[i][1], &error), RS_NO_MEMORY);
        assert_ptr_equal(block, &error);
        assert_int_equal(error.status, RS_NO_MEMORY);
    }
}

static void growing_keeps_contents_and_zeroes_the_rest(void **state)
{
    (void)state;
    void *block = NULL;
    size_t have = 0;
    for (size_t want = 1; want < 5000; want += 1 + want / 3) {
        size_t before = have;
        assert_int_equal(rs_grow(&block, &have, want, sizeof(int), NULL), RS_OK);
        assert_true(have >= want && have >= before);
        int *numbers = block;
        for (size_t i = 0; i < before; i++)
            assert_int_equal(numbers[i], i + 1);
        for (size_t i = before; i < have; i++) {
            assert_int_equal(numbers[i], 0);
            numbers[i] = (int)(i + 1);
        }
    }
    free(block);
}

static void a_block_that_is_large_enough_stays(void **state)
{
    (void)state;
    void *block = NULL;
    size_t have = 0;
    assert_int_equal(rs_grow(&block, &have, 10, 8, NULL), RS_OK);
    void *first = block;
    size_t room = have;
    assert_int_equal(rs_grow(&block, &have, 3, 8, NULL), RS_OK);
    assert_ptr_equal(block, first);
    assert_int_equal(have, room);
    free(block);
}

static void a_failed_growth_changes_nothing(void **state)
{
    (void)state;
    void *block = NULL;
    size_t have = 0;
    assert_int_equal(rs_grow(&block, &have, 4, 8, NULL), RS_OK);
    ((uint64_t *)block)[3] = 42;
    void *first = block;
    size_t room = have;
    assert_int_equal(rs_grow(&block, &have, SIZE_MAX / 4, 8, NULL), RS_NO_MEMORY);
    assert_ptr_equal(block, first);
    assert_int_equal(have, room);
    assert_int_equal(((uint64_t *)block)[3], 42);
    free(block);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(blocks_are_zeroed_and_aligned),
        cmocka_unit_test(too_much_is_refused_and_leaves_the_output),
        cmocka_unit_test(growing_keeps_contents_and_zeroes_the_rest),
        cmocka_unit_test(a_block_that_is_large_enough_stays),
        cmocka_unit_test(a_failed_growth_changes_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
