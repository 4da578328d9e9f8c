#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "identity.h"
#include "task.h"

/* The expected hashes were computed apart from this program, with Python's xxhash package, from the
 * canonical texts that stand beside them. They must never change: results files are found by them.
 */
static void expect_identity(const rs_run_config *config, const char *expected)
{
    char text[RS_HASH_TEXT];
    rs_hash_format(rs_run_identity(config), text);
    assert_string_equal(text, expected);
}

static void the_default_run_is_its_seed_alone(void **state)
{
    (void)state;
    rs_run_config config = rs_run_config_default();
    /* rnnsweep run 1\nseed=1\n */
    expect_identity(&config, "49ba1f0812ecbf9157e3315850bf205c");
}

static void values_are_named_in_alphabetical_order(void **state)
{
    (void)state;
    rs_run_config config = rs_run_config_default();
    config.states = 8;
    config.precision = RS_FLOAT64;
    config.momentum = 0;
    config.learning_rate = 0.1;
    config.seed = UINT32_MAX;
    /* rnnsweep run 1\nlearning_rate=0.1\nmomentum=0\nprecision=float64\nstates=8\nseed=4294967295\n
     */
    expect_identity(&config, "85147623f1106fbb8a774ff86c0a1f42");
}

static void choices_flags_and_seeds_are_spelt_out(void **state)
{
    (void)state;
    rs_run_config config = rs_run_config_default();
    config.batching = RS_BATCHING_SLIDING;
    config.epsilon_placement = RS_EPSILON_STEP;
    config.precision = RS_FLOAT64;
    config.gradient_check = 1;
    config.data_seed = 7;
    /* rnnsweep run 1\nbatching=sliding\ndata_seed=7\nepsilon_placement=step\ngradient_check=true\n
     * precision=float64\nseed=1\n */
    expect_identity(&config, "7cdb60f9424d046e6e45e994d21f8fab");
}

static void a_hash_is_read_as_it_was_written(void **state)
{
    (void)state;
    char text[RS_HASH_TEXT];
    rs_hash hash = {.high = 1, .low = 2};
    assert_true(rs_hash_parse("85147623f1106fbb8a774ff86c0a1f42", &hash));
    assert_true(hash.high == 0x85147623f1106fbb && hash.low == 0x8a774ff86c0a1f42);
    rs_hash_format(hash, text);
    assert_string_equal(text, "85147623f1106fbb8a774ff86c0a1f42");
    const char *const wrong[] = {NULL,
                                 "",
                                 "85147623f1106fbb8a774ff86c0a1f4",
                                 "85147623f1106fbb8a774ff86c0a1f421",
                                 "85147623f1106fbb8a774ff86c0a1f4g",
                                 " 5147623f1106fbb8a774ff86c0a1f42",
                                 "0x147623f1106fbb8a774ff86c0a1f42"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        assert_false(rs_hash_parse(wrong[i], &hash));
    assert_true(hash.high == 0x85147623f1106fbb);
}

/* A value that keeps to the range of its parameter and is not the default. */
static double other_value(const rs_parameter *parameter)
{
    const rs_task_facts facts = {.name = "other", .hash = {1, 2}, .inputs = 1, .outputs = 1};
    uint32_t task;
    if (parameter == &rs_parameters[RS_PARAMETER_task]) {
        assert_int_equal(rs_task_add(&facts, NULL, NULL, &task, NULL), RS_OK);
        return task;
    }
    double candidates[] = {parameter->fallback + 1, parameter->fallback - 1, 0.25, 0.125, 2};
    for (size_t i = 0; i < sizeof candidates / sizeof candidates[0]; i++)
        if (candidates[i] != parameter->fallback && rs_parameter_allows(parameter, candidates[i]))
            return candidates[i];
    fail_msg("no other value for %s", parameter->name);
    return 0;
}

static void every_parameter_changes_the_identity(void **state)
{
    (void)state;
    rs_hash seen[RS_PARAMETER_TOTAL + 2];
    size_t count = 0;
    rs_run_config config = rs_run_config_default();
    seen[count++] = rs_run_identity(&config);
    config.seed = 2;
    seen[count++] = rs_run_identity(&config);
    for (size_t i = 0; i < RS_PARAMETER_TOTAL; i++) {
        config = rs_run_config_default();
        rs_parameter_set(&rs_parameters[i], &config, other_value(&rs_parameters[i]));
        seen[count++] = rs_run_identity(&config);
    }
    for (size_t i = 0; i < count; i++)
        for (size_t j = 0; j < i; j++)
            assert_false(rs_hash_equal(seen[i], seen[j]));
}

static void only_the_seed_is_no_setting(void **state)
{
    (void)state;
    rs_run_config one = rs_run_config_default(), other = one;
    other.seed++;
    assert_true(rs_identity_same_setting(&one, &other));
    for (size_t i = 0; i < RS_PARAMETER_TOTAL; i++) {
        other = one;
        rs_parameter_set(&rs_parameters[i], &other, other_value(&rs_parameters[i]));
        assert_false(rs_identity_same_setting(&one, &other));
    }
}

/* Which generation of kernels changed the bits of a run last. */
static void a_run_is_of_the_generation_that_changed_it(void **state)
{
    static const struct {
        uint32_t task, states, batch_size;
        long generation;
    } cases[] = {
        {RS_TASK_ADDITION, 3, 100, 1}, {RS_TASK_ADDITION, 64, 100, 1}, {RS_TASK_ADDITION, 3, 4, 2},
        {RS_TASK_ADDITION, 32, 4, 2},  {RS_TASK_ADDITION, 3, 5, 3},    {RS_TASK_ADDITION, 16, 6, 3},
        {RS_TASK_ADDITION, 17, 5, 1},  {RS_TASK_ADDITION, 3, 7, 1},    {RS_TASK_PARITY, 3, 100, 1},
        {RS_TASK_PARITY, 64, 100, 3},  {RS_TASK_PARITY, 3, 1, 2},      {RS_TASK_PARITY, 8, 5, 3}};
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        rs_run_config config = rs_run_config_default();
        config.task = cases[i].task;
        config.states = cases[i].states;
        config.batch_size = cases[i].batch_size;
        assert_int_equal(rs_run_generation(&config), cases[i].generation);
    }
}

static void short_sequences_of_one_channel_are_of_the_fourth(void **state)
{
    rs_run_config config = rs_run_config_default();
    (void)state;
    config.task = RS_TASK_FLIP_FLOP;
    config.channels = 1;
    config.sequence_length = 2;
    assert_int_equal(rs_run_generation(&config), 4);
    config.sequence_length = 3;
    assert_int_equal(rs_run_generation(&config), 1);
    config.sequence_length = 2;
    config.channels = 2;
    assert_int_equal(rs_run_generation(&config), 1);
}

static void a_stream_hashes_like_the_whole(void **state)
{
    (void)state;
    static const char text[] = "rnnsweep";
    rs_hash_stream *stream = NULL;
    char hash[RS_HASH_TEXT];
    rs_hash_format(rs_hash_bytes(text, strlen(text)), hash);
    assert_string_equal(hash, "0fb5bf553a1fe52d1fd63baeb56c352b");
    assert_int_equal(rs_hash_stream_create(&stream, NULL), RS_OK);
    for (size_t i = 0; i < strlen(text); i++)
        rs_hash_stream_add(stream, &text[i], 1);
    assert_true(rs_hash_equal(rs_hash_stream_finish(stream), rs_hash_bytes(text, strlen(text))));
}

static void an_empty_stream_is_the_empty_text(void **state)
{
    (void)state;
    rs_hash_stream *stream = NULL;
    char hash[RS_HASH_TEXT];
    assert_int_equal(rs_hash_stream_create(&stream, NULL), RS_OK);
    rs_hash_format(rs_hash_stream_finish(stream), hash);
    assert_string_equal(hash, "99aa06d3014798d86001c324468d497f");
    rs_hash_stream_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_default_run_is_its_seed_alone),
        cmocka_unit_test(values_are_named_in_alphabetical_order),
        cmocka_unit_test(choices_flags_and_seeds_are_spelt_out),
        cmocka_unit_test(a_hash_is_read_as_it_was_written),
        cmocka_unit_test(every_parameter_changes_the_identity),
        cmocka_unit_test(only_the_seed_is_no_setting),
        cmocka_unit_test(a_run_is_of_the_generation_that_changed_it),
        cmocka_unit_test(short_sequences_of_one_channel_are_of_the_fourth),
        cmocka_unit_test(a_stream_hashes_like_the_whole),
        cmocka_unit_test(an_empty_stream_is_the_empty_text),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
