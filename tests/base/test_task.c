/* The table of tasks, and what a data file decides of a run. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "rules.h"
#include "task.h"

static rs_task_facts facts_of(const char *name, uint64_t hash)
{
    rs_task_facts facts = {.hash = {hash, 1},
                           .input_kind = RS_INPUT_SYMBOLS,
                           .target_kind = RS_TARGET_REALS,
                           .inputs = 5,
                           .outputs = 3,
                           .lengths = 1,
                           .train = {200, 12},
                           .test = {100, 13}};
    strcpy(facts.name, name);
    return facts;
}

static uint32_t add(const rs_task_facts *facts, const char *path)
{
    uint32_t task = 0;
    assert_int_equal(rs_task_add(facts, path, NULL, &task, NULL), RS_OK);
    return task;
}

static void files_are_told_apart_by_name_and_contents(void **state)
{
    const rs_task_facts one = facts_of("one", 1), changed = facts_of("one", 2);
    rs_task_facts wider = one;
    wider.inputs = 6;
    (void)state;
    const uint32_t first = add(&one, "/a"), second = add(&changed, "/b"), third = add(&wider, "/c");
    assert_true(first >= RS_TASK_TOTAL && second == first + 1 && third == first + 2);
    assert_int_equal(rs_task_find("one", 3), third);
    assert_int_equal(add(&one, "/elsewhere"), first);
    assert_int_equal(rs_task_find("one", 3), first); /* the last one that was added */
    assert_int_equal(rs_task_find("on", 2), -1);
    assert_string_equal(rs_task_path(first), "/a");
    assert_null(rs_task_facts_at(RS_TASK_ADDITION));
    assert_null(rs_task_facts_at(third + 1));
    assert_null(rs_task_data(first));
}

static void a_line_says_all_facts(void **state)
{
    char line[RS_TASK_LINE];
    rs_task_facts read;
    const char *path;
    const rs_task_facts facts = facts_of("a-line_1.5", 0xABCDEF);
    (void)state;
    rs_task_describe(add(&facts, "/a folder/x.h5"), line);
    assert_true(rs_task_parse(line, strlen(line), &read, &path));
    assert_string_equal(path, "/a folder/x.h5");
    const uint32_t task = add(&read, path);
    assert_int_equal(task, add(&facts, NULL)); /* all are equal */
    /* A line that was cut or changed is none. */
    for (size_t length = 0; length < strlen(line) - strlen(path); length++)
        assert_false(rs_task_parse(line, length, &read, &path));
    static const char *const words[] = {
        " inputs=", " outputs=", " train=", " test=", " hash=", " validation="};
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        char other[RS_TASK_LINE];
        strcpy(other, line);
        strstr(other, words[i])[strlen(words[i])] = 'x';
        assert_false(rs_task_parse(other, strlen(other), &read, &path));
    }
}

#define HASH  "0123456789abcdef00000000000000ff"
#define NAMED "name=trials hash=" HASH
#define SHAPE " inputs=5 symbols outputs=3 last_classes last_counts=1 lengths=2"
#define SETS  " train=200x12 test=100x13"

static bool parses(const char *line, rs_task_facts *facts)
{
    const char *path = NULL;
    return rs_task_parse(line, strlen(line), facts, &path) && strcmp(path, "/x y.h5") == 0;
}

static void lines_are_read_as_written(void **state)
{
    rs_task_facts facts;
    (void)state;
    assert_true(parses(NAMED SHAPE SETS " validation=7x4 path=/x y.h5", &facts));
    assert_string_equal(facts.name, "trials");
    assert_true(facts.hash.high == 0x0123456789ABCDEF && facts.hash.low == 0xFF);
    assert_true(facts.input_kind == RS_INPUT_SYMBOLS && facts.inputs == 5);
    assert_true(facts.target_kind == RS_TARGET_LAST_CLASSES && facts.outputs == 3);
    assert_true(facts.last_counts && facts.lengths == 2);
    assert_true(facts.train.sequences == 200 && facts.train.steps == 12);
    assert_true(facts.test.sequences == 100 && facts.test.steps == 13);
    assert_true(facts.validation.sequences == 7 && facts.validation.steps == 4);
    assert_true(facts.knows_validation);
    /* Before there were validation sets. */
    assert_true(parses(NAMED SHAPE SETS " path=/x y.h5", &facts));
    assert_true(!facts.knows_validation && facts.validation.sequences == 0);
    assert_true(parses(NAMED SHAPE SETS " validation=0x0 path=/x y.h5", &facts));
    assert_true(facts.knows_validation && facts.validation.sequences == 0);
}

static void other_lines_are_none(void **state)
{
    static const char path[] = " path=/x y.h5";
    static const char *const bad[] = {
        "name= hash=" HASH SHAPE SETS,
        "name=parity hash=" HASH SHAPE SETS,
        "name=a/b hash=" HASH SHAPE SETS,
        "name=123456789012345678901234567890123456789012345678 hash=" HASH SHAPE SETS,
        "name=trials hash=" HASH "0" SHAPE SETS,
        "name=trials hash=0123" SHAPE SETS,
        "name=trials hash=0123456789ABCDEF00000000000000ff" SHAPE SETS,
        " " NAMED SHAPE SETS,
        NAMED " " SHAPE SETS,
        NAMED " inputs=-5 symbols outputs=3 bits last_counts=1 lengths=2" SETS,
        NAMED " inputs=0 symbols outputs=3 bits last_counts=1 lengths=2" SETS,
        NAMED " inputs=4294967301 symbols outputs=3 bits last_counts=1 lengths=2" SETS,
        NAMED " inputs=5 words outputs=3 bits last_counts=1 lengths=2" SETS,
        NAMED " inputs=5 symbolssymbolssymbols outputs=3 bits last_counts=1 lengths=2" SETS,
        NAMED " inputs=5 symbols outputs=3 last last_counts=1 lengths=2" SETS,
        NAMED " inputs=5 symbols outputs=0 bits last_counts=1 lengths=2" SETS,
        NAMED " inputs=5 symbols outputs=3 bits last_counts=yes lengths=2" SETS,
        NAMED " inputs=5 symbols outputs=3 bits last_counts=1 lengths=0" SETS,
        NAMED SHAPE " train=200 test=100x13",
        NAMED SHAPE " train=200x0 test=100x13",
        NAMED SHAPE " train=200x12 test=0x13",
        NAMED SHAPE " train=200x12",
        NAMED SHAPE SETS " validation=0",
        NAMED SHAPE SETS " validation=7x0",
        NAMED SHAPE SETS " validation=7x4 more=1",
    };
    char line[RS_TASK_LINE];
    rs_task_facts facts;
    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        snprintf(line, sizeof line, "%s%s", bad[i], path);
        if (parses(line, &facts))
            fail_msg("%s", line);
    }
    memset(line, 'x', sizeof line);
    const char *found;
    assert_false(rs_task_parse(line, sizeof line, &facts, &found)); /* too long */
}

static void a_run_has_the_shape_of_its_data(void **state)
{
    const rs_task_facts facts = facts_of("shape", 3);
    rs_run_config config = rs_run_config_default();
    (void)state;
    config.batch_size = 10;
    config.task = add(&facts, NULL);
    rs_network network = rs_run_config_network(&config);
    assert_true(network.inputs == 5 && network.outputs == 3 && network.head == RS_HEAD_REALS);
    rs_run_config_take_samples(&config, (rs_samples_given){.train = false});
    assert_true(config.train_samples == 200 && config.test_samples == 100);
    config.train_samples = 50;
    rs_run_config_take_samples(&config, (rs_samples_given){.train = true});
    assert_int_equal(config.train_samples, 50);
    config.loss_function = RS_LOSS_FUNCTION_SQUARED_ERROR;
    config.readout = RS_READOUT_ALL;
    config.data_seed = 7;
    config.sequence_length = 30;
    rs_run_config_settle(&config);
    assert_int_equal(config.sequence_length, 12);
    assert_int_equal(config.data_seed, -1);
    assert_true(config.loss_function == RS_LOSS_FUNCTION_TASK && config.readout == RS_READOUT_TASK);
    assert_int_equal(rs_run_config_check(&config, NULL), RS_OK);
    config.task = RS_TASK_ADDITION;
    config.readout = RS_READOUT_LAST;
    rs_run_config_settle(&config);
    assert_int_equal(config.readout, RS_READOUT_TASK);
}

static void expect_breach(const rs_run_config *config, const char *text)
{
    rs_error error;
    assert_int_equal(rs_run_config_check(config, &error), RS_BAD_DATA);
    if (strstr(error.text, text) == NULL)
        fail_msg("%s", error.text);
}

static void what_does_not_fit_is_said(void **state)
{
    const rs_task_facts facts = facts_of("fit", 4);
    rs_run_config fine = rs_run_config_default();
    (void)state;
    fine.sequence_length = 63;
    expect_breach(&fine,
                  "sequence_length must be a whole number from 2 to 62 in task addition, not 63");
    fine.sequence_length = 1;
    expect_breach(&fine, "not 1");
    fine.task = add(&facts, NULL);
    rs_run_config_take_samples(&fine, (rs_samples_given){.train = false});
    rs_run_config_settle(&fine);
    rs_run_config config = fine;
    config.train_samples = 201;
    expect_breach(&config, "train_samples 201 is more than the 200 sequences of /train in fit");
    config = fine;
    config.test_samples = 101;
    expect_breach(&config, "test_samples 101 is more than the 100 sequences of /test in fit");
    config = fine;
    config.loss_function = RS_LOSS_FUNCTION_CROSS_ENTROPY;
    expect_breach(&config, "the targets of fit are reals");
    config = fine;
    config.readout = RS_READOUT_LAST;
    expect_breach(&config, "in fit the last step of some sequence has weight 0");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(files_are_told_apart_by_name_and_contents),
        cmocka_unit_test(a_line_says_all_facts),
        cmocka_unit_test(lines_are_read_as_written),
        cmocka_unit_test(other_lines_are_none),
        cmocka_unit_test(a_run_has_the_shape_of_its_data),
        cmocka_unit_test(what_does_not_fit_is_said),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
