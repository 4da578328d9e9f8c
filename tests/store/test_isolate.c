/* Work in a process of its own: how it may end, and what the caller is told. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "isolate.h"

static const rs_isolated_limits limits = {.seconds = 1, .bytes = 64 << 20};

static bool answer(const void *context, int out)
{
    const size_t length = strlen(context);
    return write(out, context, length) == (ssize_t)length;
}

static bool say_false(const void *context, int out)
{
    (void)context;
    (void)out;
    return false;
}

static bool raise_signal(const void *context, int out)
{
    (void)out;
    raise(*(const int *)context);
    return true;
}

static bool never_end(const void *context, int out)
{
    (void)context;
    for (volatile unsigned i = 0;; i++)
        if (i == 1)
            continue;
    return answer("", out);
}

static bool take_memory(const void *context, int out)
{
    char *block = malloc(*(const size_t *)context);
    (void)out;
    if (block == NULL)
        return false;
    memset(block, 1, *(const size_t *)context);
    free(block);
    return true;
}

static rs_isolated_end end_of(rs_isolated_work *work, const void *context)
{
    char *bytes = NULL;
    size_t size;
    rs_isolated_end end;
    assert_int_equal(rs_isolate(work, context, &limits, &bytes, &size, &end, NULL), RS_OK);
    free(bytes);
    return end;
}

static void test_answer(void **state)
{
    char *bytes;
    size_t size;
    rs_isolated_end end;
    (void)state;
    assert_int_equal(rs_isolate(answer, "word", &limits, &bytes, &size, &end, NULL), RS_OK);
    assert_int_equal(end, RS_ISOLATED_WELL);
    assert_int_equal(size, 4);
    assert_memory_equal(bytes, "word", 4);
    free(bytes);
}

static void test_faults(void **state)
{
    static const int faults[] = {SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT};
    (void)state;
    assert_int_equal(end_of(say_false, NULL), RS_ISOLATED_CRASHED);
    for (size_t i = 0; i < sizeof faults / sizeof faults[0]; i++)
        assert_int_equal(end_of(raise_signal, &faults[i]), RS_ISOLATED_CRASHED);
}

/* Not the fault of what was read: an out-of-memory killer, an impatient user. */
static void test_killed(void **state)
{
    static const int signals[] = {SIGKILL, SIGTERM, SIGINT};
    (void)state;
    for (size_t i = 0; i < sizeof signals / sizeof signals[0]; i++)
        assert_int_equal(end_of(raise_signal, &signals[i]), RS_ISOLATED_KILLED);
}

static void test_time(void **state)
{
    (void)state;
    assert_int_equal(end_of(never_end, NULL), RS_ISOLATED_SLOW);
}

/* When the surroundings allow less than the caller, they are to blame. */
static void test_time_of_surroundings(void **state)
{
    const rs_isolated_limits patient = {.seconds = 3600, .bytes = 64 << 20};
    struct rlimit before, little;
    char *bytes = NULL;
    size_t size;
    rs_isolated_end end;
    (void)state;
    assert_int_equal(getrlimit(RLIMIT_CPU, &before), 0);
    little = before;
    little.rlim_cur = 2;
    assert_int_equal(setrlimit(RLIMIT_CPU, &little), 0);
    rs_status status = rs_isolate(never_end, NULL, &patient, &bytes, &size, &end, NULL);
    assert_int_equal(setrlimit(RLIMIT_CPU, &before), 0);
    assert_int_equal(status, RS_OK);
    free(bytes);
    assert_int_equal(end, RS_ISOLATED_KILLED);
}

static void test_memory(void **state)
{
    static const size_t little = 16 << 20, much = 128 << 20;
    (void)state;
    assert_int_equal(end_of(take_memory, &little), RS_ISOLATED_WELL);
#ifndef RS_SANITIZED
    assert_int_equal(end_of(take_memory, &much), RS_ISOLATED_CRASHED);
#else
    (void)much;
#endif
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_answer),
        cmocka_unit_test(test_faults),
        cmocka_unit_test(test_killed),
        cmocka_unit_test(test_time),
        cmocka_unit_test(test_time_of_surroundings),
        cmocka_unit_test(test_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
