#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "rnnsweep/run_config.h"
#include "rules.h"

static const rs_parameter *find(const char *name)
{
    const rs_parameter *parameter = rs_parameter_find(name, strlen(name));
    assert_non_null(parameter);
    return parameter;
}

static void defaults_are_the_documented_ones(void **state)
{
    (void)state;
    rs_run_config config = rs_run_config_default();
    assert_int_equal(config.states, 3);
    assert_true(config.learning_rate == 0.05);
    assert_true(config.lambda == 0.5);
    assert_true(config.momentum == 0.8);
    assert_true(config.epsilon == 1e-6);
    assert_int_equal(config.epsilon_placement, RS_EPSILON_DENOMINATOR);
    assert_int_equal(config.precision, RS_FLOAT32);
    assert_int_equal(config.gradient_check, 0);
    assert_int_equal(config.sequence_length, 16);
    assert_int_equal(config.train_samples, 2000);
    assert_int_equal(config.test_samples, 1000);
    assert_int_equal(config.batch_size, 100);
    assert_int_equal(config.epochs, 5);
    assert_int_equal(config.batching, RS_BATCHING_DISJOINT);
    assert_int_equal(config.loss_interval, 1);
    assert_int_equal(config.data_seed, -1);
    assert_int_equal(config.optimizer, RS_OPTIMIZER_RMSPROP);
    assert_int_equal(config.nesterov, 1);
    assert_true(config.beta1 == 0.9 && config.beta2 == 0.999);
    assert_true(config.weight_decay == 0 && config.clip_norm == -1);
    assert_int_equal(config.schedule, RS_SCHEDULE_CONSTANT);
    assert_int_equal(config.warmup, 0);
    assert_int_equal(config.shuffle, 0);
    assert_int_equal(config.recorded_loss, RS_LOSS_AFTER);
    assert_int_equal(config.initial_state, RS_INITIAL_STATE_TRAINED);
    assert_int_equal(config.biases, RS_BIASES_BOTH);
    assert_int_equal(config.init, RS_INIT_GLOROT_UNIFORM);
    assert_int_equal(config.recurrent_init, RS_RECURRENT_INIT_SAME);
    assert_true(config.gain == 1 && config.recurrent_gain == 1);
    assert_true(config.cell == RS_CELL_TANH && config.leak == 1 && config.forget_bias == 0);
    assert_true(config.task == RS_TASK_ADDITION && config.loss_function == RS_LOSS_FUNCTION_TASK &&
                config.readout == RS_READOUT_TASK);
    assert_true(config.validation_samples == 0 && config.patience == -1);
    assert_true(config.stop_loss == -1 && config.stop_accuracy == -1);
    assert_int_equal(config.check_interval, -1);
    assert_int_equal(config.seed, 1);
    assert_int_equal(rs_run_config_check(&config, NULL), RS_OK);
}

static void names_are_found_whole(void **state)
{
    (void)state;
    for (size_t i = 0; i < RS_PARAMETER_TOTAL; i++)
        assert_ptr_equal(find(rs_parameters[i].name), &rs_parameters[i]);
    assert_null(rs_parameter_find("state", 5));
    assert_null(rs_parameter_find("states_", 7));
    assert_null(rs_parameter_find("", 0));
    assert_ptr_equal(rs_parameter_find("states: 3", 6), &rs_parameters[RS_PARAMETER_states]);
}

static void setting_one_parameter_changes_it_alone(void **state)
{
    (void)state;
    const rs_run_config defaults = rs_run_config_default();
    for (size_t i = 0; i < RS_PARAMETER_TOTAL; i++) {
        rs_run_config config = defaults;
        double value = rs_parameters[i].kind == RS_KIND_REAL ? 0.375 : 1;
        rs_parameter_set(&rs_parameters[i], &config, value);
        for (size_t j = 0; j < RS_PARAMETER_TOTAL; j++)
            assert_true(rs_parameter_get(&rs_parameters[j], &config) ==
                        (i == j ? value : rs_parameter_get(&rs_parameters[j], &defaults)));
        assert_int_equal(config.seed, defaults.seed);
    }
}

static void expect_range(const char *name, double inside_low, double inside_high,
                         double outside_low, double outside_high)
{
    const rs_parameter *parameter = find(name);
    assert_true(rs_parameter_allows(parameter, inside_low));
    assert_true(rs_parameter_allows(parameter, inside_high));
    assert_false(rs_parameter_allows(parameter, outside_low));
    assert_false(rs_parameter_allows(parameter, outside_high));
    assert_false(rs_parameter_allows(parameter, NAN));
    assert_false(rs_parameter_allows(parameter, INFINITY));
    assert_false(rs_parameter_allows(parameter, -INFINITY));
    if (parameter->kind != RS_KIND_REAL)
        assert_false(rs_parameter_allows(parameter, inside_low + 0.5));
}

static void ranges_are_the_documented_ones(void **state)
{
    (void)state;
    double below_one = nextafter(1, 0), above_zero = nextafter(0, 1), above_one = nextafter(1, 2);
    expect_range("states", 1, 4096, 0, 4097);
    expect_range("learning_rate", above_zero, 1e300, 0, -1);
    expect_range("lambda", 0, below_one, -above_zero, 1);
    expect_range("momentum", 0, below_one, -above_zero, 1);
    expect_range("epsilon", 0, 1e300, -above_zero, -1);
    expect_range("epsilon_placement", 0, 1, -1, 2);
    expect_range("precision", 0, 1, -1, 2);
    expect_range("sequence_length", 1, 100000, 0, 100001);
    expect_range("train_samples", 1, 1e8, 0, 1e8 + 1);
    expect_range("test_samples", 1, 1e8, 0, 1e8 + 1);
    expect_range("batch_size", 1, 1e8, 0, 1e8 + 1);
    expect_range("batching", 0, 2, -1, 3);
    expect_range("epochs", 1, 1e6, 0, 1e6 + 1);
    expect_range("loss_interval", 1, 1e9, 0, 1e9 + 1);
    expect_range("gradient_check", 0, 1, -1, 2);
    expect_range("optimizer", 0, 2, -1, 3);
    expect_range("nesterov", 0, 1, -1, 2);
    expect_range("beta1", 0, below_one, -above_zero, 1);
    expect_range("beta2", 0, below_one, -above_zero, 1);
    expect_range("weight_decay", 0, 1e300, -above_zero, -1);
    expect_range("clip_norm", above_zero, 1e300, 0, -0.5);
    expect_range("clip_norm", -1, 1, 0, -2);
    expect_range("schedule", 0, 2, -1, 3);
    expect_range("warmup", 0, 1e9, -1, 1e9 + 1);
    expect_range("shuffle", 0, 1, -1, 2);
    expect_range("recorded_loss", 0, 1, -1, 2);
    expect_range("initial_state", 0, 2, -1, 3);
    expect_range("biases", 0, 2, -1, 3);
    expect_range("init", 0, 2, -1, 3);
    expect_range("recurrent_init", 0, 3, -1, 4);
    expect_range("train_fraction", above_zero, 1, 0, above_one);
    expect_range("validation_samples", 0, 1e8, -1, 1e8 + 1);
    expect_range("stop_loss", 0, 1e300, -above_zero, -2);
    expect_range("stop_accuracy", above_zero, 1, 0, above_one);
    expect_range("patience", 1, 1e9, 0, 1e9 + 1);
    expect_range("check_interval", 1, 1e9, 0, 1e9 + 1);
    expect_range("check_interval", -1, 1, 0, -2);
    expect_range("shortest_length", 1, 100000, 0, 100001);
    expect_range("shortest_length", -1, 1, 0, -2);
    expect_range("all_sequences", 0, 1, -1, 2);
    expect_range("fresh_data", 0, 1, -1, 2);
    expect_range("modulus", 2, 64, 1, 65);
    expect_range("delay", 1, 10000, 0, 10001);
    expect_range("channels", 1, 16, 0, 17);
    expect_range("pulse_probability", above_zero, 1, 0, above_one);
    expect_range("grammar", 1, 7, 0, 8);
    expect_range("letters", 2, 4, 1, 5);
    expect_range("count_alpha", above_zero, 1e300, 0, -1);
    expect_range("count_beta", above_zero, 1e300, 0, -1);
    expect_range("pairs", 1, 8, 0, 9);
    expect_range("input_noise", 0, 1e300, -above_zero, -1);
    expect_range("gain", 0, 1e300, -above_zero, -1);
    expect_range("recurrent_gain", 0, 1e300, -above_zero, -1);
    expect_range("cell", 0, 4, -1, 5);
    expect_range("leak", above_zero, 1, 0, above_one);
    expect_range("forget_bias", -1e300, 1e300, -INFINITY, INFINITY);
    expect_range("data_seed", -1, 4294967295.0, -2, 4294967296.0);
}

static void choices_go_by_name(void **state)
{
    (void)state;
    const rs_parameter *batching = find("batching");
    char text[RS_PARAMETER_TEXT];
    rs_parameter_choice_name(batching, RS_BATCHING_SLIDING, text, sizeof text);
    assert_string_equal(text, "sliding");
    rs_parameter_choice_name(batching, 3, text, sizeof text);
    assert_string_equal(text, "");
    rs_parameter_choice_name(batching, RS_BATCHING_DISJOINT, text, 4);
    assert_string_equal(text, "dis");
    assert_int_equal(rs_parameter_choice_find(batching, "sliding", 7), RS_BATCHING_SLIDING);
    assert_int_equal(rs_parameter_choice_find(batching, "disjoint", 8), RS_BATCHING_DISJOINT);
    assert_int_equal(rs_parameter_choice_find(batching, "slidin", 6), -1);
    assert_int_equal(rs_parameter_choice_find(batching, "", 0), -1);
}

static void expect_text(const char *name, double value, const char *expected)
{
    char text[RS_PARAMETER_TEXT];
    rs_parameter_format(find(name), value, text);
    assert_string_equal(text, expected);
}

static void values_are_spelt_as_in_a_sweep_file(void **state)
{
    (void)state;
    expect_text("states", 3, "3");
    expect_text("train_samples", 100000000, "100000000");
    expect_text("learning_rate", 0.1, "0.1");
    expect_text("learning_rate", 1e-4, "0.0001");
    expect_text("learning_rate", 1.0 / 3, "0.3333333333333333");
    expect_text("momentum", 0, "0");
    expect_text("batching", RS_BATCHING_SLIDING, "sliding");
    expect_text("gradient_check", 1, "true");
    expect_text("gradient_check", 0, "false");
    expect_text("clip_norm", -1, "none");
    expect_text("clip_norm", 0.5, "0.5");
    expect_text("data_seed", -1, "none");
    expect_text("data_seed", 4294967295.0, "4294967295");
}

/* The definition: the first of 1, 2, ... digits that reads back equal. */
static void expect_fewest_digits(double value)
{
    char text[RS_PARAMETER_TEXT], wanted[64];
    int digits = 0;
    do
        snprintf(wanted, sizeof wanted, "%.*g", ++digits, value);
    while (strtod(wanted, NULL) != value);
    rs_parameter_format(find("epsilon"), value, text);
    assert_string_equal(text, wanted);
}

static void real_values_have_the_fewest_digits_that_read_back_equal(void **state)
{
    (void)state;
    const double special[] = {0,    0.1,   100,    123456, 1e15, 1e16,      1e22,
                              1e23, 9e300, 5e-324, 3e-310, 0.3,  0x1p-1022, 0.1 * 3};
    double value = 1.7976931348623157e308;
    for (size_t i = 0; i < sizeof special / sizeof special[0]; i++)
        expect_fewest_digits(special[i]);
    for (int i = 0; i < 2000; i++) {
        expect_fewest_digits(value);
        value = value / 2.0437 + 0x1p-1074;
    }
    for (int i = 1; i < 2000; i++) {
        expect_fewest_digits(i / 128.0);
        expect_fewest_digits(i / 1000.0);
        expect_fewest_digits(i * 1e19);
    }
}

static void a_breach_names_the_parameter_and_the_value(void **state)
{
    (void)state;
    for (size_t i = 0; i < RS_PARAMETER_TOTAL; i++) {
        rs_run_config config = rs_run_config_default();
        rs_error error;
        /* An unsigned field cannot hold -2; there, its largest value is out of range. */
        double value = isinf(rs_parameters[i].min)              ? INFINITY
                       : rs_parameters[i].kind == RS_KIND_REAL  ? -2
                       : rs_parameters[i].kind == RS_KIND_WHOLE ? -2
                                                                : 4294967295.0;
        rs_parameter_set(&rs_parameters[i], &config, value);
        assert_int_equal(rs_run_config_check(&config, &error), RS_BAD_DATA);
        assert_non_null(strstr(error.text, rs_parameters[i].name));
        assert_non_null(strstr(error.text, value == -2    ? "-2"
                                           : isinf(value) ? "inf"
                                                          : "4294967295"));
    }
}

static void a_batch_is_no_larger_than_the_training_set(void **state)
{
    (void)state;
    rs_run_config config = rs_run_config_default();
    config.batch_size = config.train_samples;
    assert_int_equal(rs_run_config_check(&config, NULL), RS_OK);
    config.batch_size++;
    rs_error error;
    assert_int_equal(rs_run_config_check(&config, &error), RS_BAD_DATA);
    assert_non_null(strstr(error.text, "batch_size 2001 is more than train_samples 2000"));
}

static void updates_leave_out_the_last_part_of_a_batch(void **state)
{
    (void)state;
    rs_run_config config = rs_run_config_default();
    assert_int_equal(rs_run_config_updates(&config), 100);
    config.batch_size = 101;
    assert_int_equal(rs_run_config_updates(&config), 95);
    config = (rs_run_config){
        .epochs = 1000000, .train_samples = 100000000, .batch_size = 1, .train_fraction = 1};
    assert_true(rs_run_config_updates(&config) == 100000000000000);
}

static void checks_are_of_epochs_or_of_updates(void **state)
{
    (void)state;
    rs_run_config config = rs_run_config_default();
    assert_false(rs_run_config_is_checked(&config));
    assert_int_equal(rs_run_config_checks(&config), 0);
    config.check_interval = 7;
    assert_int_equal(rs_run_config_checks(&config), 0);
    rs_run_config_settle(&config); /* nothing is checked */
    assert_int_equal(config.check_interval, -1);
    config.patience = 3;
    assert_int_equal(rs_run_config_checks(&config), 5);
    config.check_interval = 7;
    rs_run_config_settle(&config);
    assert_int_equal(config.check_interval, 7);
    assert_int_equal(rs_run_config_checks(&config), 14);
    config.check_interval = 101;
    assert_int_equal(rs_run_config_checks(&config), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(defaults_are_the_documented_ones),
        cmocka_unit_test(names_are_found_whole),
        cmocka_unit_test(setting_one_parameter_changes_it_alone),
        cmocka_unit_test(ranges_are_the_documented_ones),
        cmocka_unit_test(choices_go_by_name),
        cmocka_unit_test(values_are_spelt_as_in_a_sweep_file),
        cmocka_unit_test(real_values_have_the_fewest_digits_that_read_back_equal),
        cmocka_unit_test(a_breach_names_the_parameter_and_the_value),
        cmocka_unit_test(a_batch_is_no_larger_than_the_training_set),
        cmocka_unit_test(updates_leave_out_the_last_part_of_a_batch),
        cmocka_unit_test(checks_are_of_epochs_or_of_updates),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
