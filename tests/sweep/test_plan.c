/* Sweep files against lists of runs worked out by hand. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "plan.h"

/* The plan of a sweep file that has to be right. */
static rs_plan *parse(const char *text, size_t count, const char *const overrides[])
{
    rs_plan *plan = NULL;
    rs_diagnostics *diagnostics = NULL;
    rs_error error = {.text = ""};
    assert_int_equal(rs_diagnostics_create(&diagnostics, &error), RS_OK);
    rs_status status = rs_plan_parse(&plan, "folder/test.yaml", text, strlen(text), count,
                                     overrides, NULL, diagnostics, &error);
    if (status != RS_OK) {
        rs_diagnostics_print(diagnostics, stderr, false);
        fail_msg("%s", error.text);
    }
    rs_diagnostics_free(diagnostics);
    return plan;
}

static rs_run_config run_at(const rs_plan *plan, size_t run)
{
    rs_run_config config;
    rs_plan_run(plan, run, &config);
    return config;
}

static rs_hash hash_of(const char *text)
{
    rs_plan *plan = parse(text, 0, NULL);
    rs_hash hash = rs_plan_hash(plan);
    rs_plan_free(plan);
    return hash;
}

/* ---- Parameters that belong to settings of others ----------------------------------------------
 */

static void test_parameters_that_do_not_apply_have_their_defaults(void **state)
{
    (void)state;
    rs_plan *plan = parse("method: grid\n"
                          "parameters:\n"
                          "  optimizer: [rmsprop, sgd, adam]\n"
                          "  beta1: [0.5, 0.7]\n"
                          "  momentum: 0\n"
                          "  nesterov: false\n"
                          "  clip_norm: [none, 2]\n",
                          0, NULL);
    static const uint32_t optimizer[] = {0, 0, 1, 1, 2, 2, 2, 2};
    static const double beta1[] = {0.9, 0.9, 0.9, 0.9, 0.5, 0.5, 0.7, 0.7};
    assert_int_equal(rs_plan_runs(plan), 8);
    assert_int_equal(rs_plan_duplicates(plan), 0); /* idle, not repeated */
    for (size_t run = 0; run < 8; run++) {
        rs_run_config config = run_at(plan, run);
        assert_int_equal(config.optimizer, optimizer[run]);
        assert_true(config.beta1 == beta1[run]);
        assert_true(config.momentum == (config.optimizer == RS_OPTIMIZER_ADAM ? 0.8 : 0));
        assert_int_equal(config.nesterov, 1);
        assert_true(config.clip_norm == (run % 2 == 0 ? -1 : 2));
    }
    rs_plan_free(plan);
}

static void test_runs_of_a_list_that_differ_in_vain_are_one(void **state)
{
    (void)state;
    rs_plan *plan = parse("method: list\n"
                          "configurations:\n"
                          "  - {optimizer: sgd, lambda: 0.1}\n"
                          "  - {optimizer: sgd, lambda: 0.2}\n"
                          "  - {lambda: 0.1}\n"
                          "  - {lambda: 0.2}\n",
                          0, NULL);
    assert_int_equal(rs_plan_runs(plan), 3);
    assert_int_equal(rs_plan_duplicates(plan), 1);
    rs_plan_free(plan);
}

/* Notes of a sweep file that has to be right. */
static size_t notes_of(const char *text)
{
    rs_plan *plan = NULL;
    rs_diagnostics *diagnostics = NULL;
    char buffer[4096] = "";
    assert_int_equal(rs_diagnostics_create(&diagnostics, NULL), RS_OK);
    assert_int_equal(
        rs_plan_parse(&plan, "test.yaml", text, strlen(text), 0, NULL, NULL, diagnostics, NULL),
        RS_OK);
    FILE *stream = fmemopen(buffer, sizeof buffer, "w");
    rs_diagnostics_print(diagnostics, stream, false);
    fclose(stream);
    size_t notes = 0;
    for (const char *at = buffer; (at = strstr(at, "decides nothing here")) != NULL; at++)
        notes++;
    rs_diagnostics_free(diagnostics);
    rs_plan_free(plan);
    return notes;
}

static void test_what_is_given_in_vain_is_noted(void **state)
{
    (void)state;
    assert_int_equal(notes_of("method: grid\nparameters: {beta1: 0.5}\n"), 1);
    assert_int_equal(notes_of("method: grid\nparameters: {optimizer: adam, beta1: 0.5}\n"), 0);
    assert_int_equal(notes_of("method: grid\nparameters: {optimizer: [sgd, adam], beta1: 0.5}\n"),
                     0);
    assert_int_equal(
        notes_of("method: grid\nparameters: {optimizer: [sgd, adam], lambda: [0.5, 0.6]}\n"), 1);
    assert_int_equal(notes_of("method: grid\nparameters: {momentum: 0, nesterov: false}\n"), 1);
    assert_int_equal(notes_of("method: random\nrun_cap: 3\nparameters:\n"
                              "  momentum: {min: 0, max: 0.9}\n  nesterov: [false, true]\n"),
                     0);
    assert_int_equal(notes_of("method: list\nconfigurations: [{beta2: 0.5}, {optimizer: sgd}]\n"),
                     1);
    assert_int_equal(notes_of("method: grid\nparameters: {lambda: 0.4}\n"), 0);
}

/* ---- Order ----------------------------------------------------------------------------------- */

static void test_first_parameter_is_slowest(void **state)
{
    static const double states[] = {2, 2, 2, 2, 2, 2, 2, 2, 5, 5, 5, 5, 5, 5, 5, 5};
    static const double momentum[] = {0.5, 0.5, 0, 0, 0.5, 0.5, 0, 0};
    static const double rate[] = {0.1, 0.1, 0.1, 0.1, 0.2, 0.2, 0.2, 0.2};
    rs_plan *plan = parse("method: grid\n"
                          "parameters:\n"
                          "  states: [2, 5]\n"
                          "  learning_rate: {values: [0.1, 2e-1]}\n"
                          "  momentum: [0.5, 0.0]\n"
                          "  epochs: 7\n"
                          "seeds: {first: 10, count: 2}\n",
                          0, NULL);
    (void)state;
    assert_int_equal(rs_plan_runs(plan), 16);
    assert_int_equal(rs_plan_configurations(plan), 8);
    assert_int_equal(rs_plan_duplicates(plan), 0);
    for (size_t run = 0; run < 16; run++) {
        rs_run_config config = run_at(plan, run);
        assert_true(config.states == states[run]);
        assert_true(config.learning_rate == rate[run % 8]);
        assert_true(config.momentum == momentum[run % 8]);
        assert_int_equal(config.seed, 10 + run % 2);
        assert_int_equal(config.epochs, 7);
        assert_true(config.lambda == 0.5);
    }
    assert_true(rs_plan_varies(plan, RS_PARAMETER_states));
    assert_true(rs_plan_varies(plan, RS_PARAMETER_learning_rate));
    assert_false(rs_plan_varies(plan, RS_PARAMETER_epochs));
    rs_plan_free(plan);
}

static void test_defaults(void **state)
{
    rs_plan *plan = parse("method: grid\n", 0, NULL);
    rs_run_config expected = rs_run_config_default(), config = run_at(plan, 0);
    (void)state;
    assert_int_equal(rs_plan_runs(plan), 1);
    for (size_t i = 0; i < RS_PARAMETER_TOTAL; i++)
        assert_true(rs_parameter_get(&rs_parameters[i], &config) ==
                    rs_parameter_get(&rs_parameters[i], &expected));
    assert_int_equal(config.seed, 1);
    assert_string_equal(rs_plan_name(plan), "test");
    assert_string_equal(rs_plan_description(plan), "");
    assert_string_equal(rs_plan_overrides(plan), "");
    assert_string_equal(rs_plan_text(plan), "method: grid\n");
    assert_string_equal(rs_plan_metric(plan), "test_accuracy");
    assert_true(rs_plan_maximizes(plan));
    rs_plan_free(plan);
}

static void test_words(void **state)
{
    rs_plan *plan = parse("name: a.b-C_9\n"
                          "description: two words\n"
                          "method: grid\n"
                          "program: train.py\n"
                          "metric: {name: final_loss}\n"
                          "parameters:\n"
                          "  precision: {value: float64}\n"
                          "  batching: [sliding, disjoint]\n"
                          "  gradient_check: [true, false]\n"
                          "  data_seed: [none, 0, 4294967295]\n"
                          "  train_samples: 0x10\n"
                          "  batch_size: 1e1\n",
                          0, NULL);
    (void)state;
    assert_string_equal(rs_plan_name(plan), "a.b-C_9");
    assert_string_equal(rs_plan_description(plan), "two words");
    assert_string_equal(rs_plan_metric(plan), "final_loss");
    assert_false(rs_plan_maximizes(plan));
    assert_int_equal(rs_plan_runs(plan), 12);
    rs_run_config first = run_at(plan, 0), last = run_at(plan, 11);
    assert_int_equal(first.precision, RS_FLOAT64);
    assert_int_equal(first.batching, RS_BATCHING_SLIDING);
    assert_int_equal(first.gradient_check, 1);
    assert_int_equal(first.data_seed, -1);
    assert_int_equal(first.train_samples, 16);
    assert_int_equal(first.batch_size, 10);
    assert_int_equal(last.batching, RS_BATCHING_DISJOINT);
    assert_int_equal(last.gradient_check, 0);
    assert_true(last.data_seed == 4294967295);
    rs_plan_free(plan);
}

/* ---- Ranges ---------------------------------------------------------------------------------- */

/* The values of a parameter over the runs of a sweep file. */
static void expect_values(const char *text, rs_parameter_id parameter, size_t count,
                          const double expected[])
{
    rs_plan *plan = parse(text, 0, NULL);
    assert_int_equal(rs_plan_runs(plan), count);
    for (size_t run = 0; run < count; run++) {
        rs_run_config config = run_at(plan, run);
        double value = rs_parameter_get(&rs_parameters[parameter], &config);
        if (value != expected[run])
            fail_msg("run %zu of %s: %.17g, not %.17g", run, text, value, expected[run]);
    }
    rs_plan_free(plan);
}

static void test_ranges(void **state)
{
    (void)state;
    expect_values("{method: grid, parameters: {momentum: {min: 0, max: 0.9, num: 4}}}",
                  RS_PARAMETER_momentum, 4, (double[]){0, 0.3, 0.6, 0.9});
    expect_values("{method: grid, parameters: {learning_rate: "
                  "{min: 1e-3, max: 0.1, num: 5, spacing: log}}}",
                  RS_PARAMETER_learning_rate, 5,
                  (double[]){1e-3, 0.00316227766016838, 0.01, 0.0316227766016838, 0.1});
    expect_values("{method: grid, parameters: {states: {min: 2, max: 65, num: 6, spacing: log}}}",
                  RS_PARAMETER_states, 6, (double[]){2, 4, 8, 16, 32, 65});
    expect_values("{method: grid, parameters: {states: {min: 3, max: 10, num: 3}}}",
                  RS_PARAMETER_states, 3, (double[]){3, 7, 10});
    expect_values("{method: grid, parameters: {states: {min: 3, max: 6}}}", RS_PARAMETER_states, 4,
                  (double[]){3, 4, 5, 6});
    expect_values("{method: grid, parameters: {epsilon: {min: 0.1, max: 0.3, num: 2}}}",
                  RS_PARAMETER_epsilon, 2, (double[]){0.1, 0.3});
}

static void test_seeds(void **state)
{
    rs_plan *plan = parse("{method: grid, seeds: [7, 0, 4294967295]}", 0, NULL);
    (void)state;
    assert_int_equal(run_at(plan, 0).seed, 7);
    assert_int_equal(run_at(plan, 1).seed, 0);
    assert_int_equal(run_at(plan, 2).seed, 4294967295);
    rs_plan_free(plan);
    plan = parse("{method: grid, seeds: 3}", 0, NULL);
    assert_int_equal(rs_plan_runs(plan), 3);
    assert_int_equal(run_at(plan, 0).seed, 1);
    assert_int_equal(run_at(plan, 2).seed, 3);
    rs_plan_free(plan);
    plan = parse("{method: grid, seeds: 2147483647}", 0, NULL);
    assert_int_equal(rs_plan_runs(plan), INT32_MAX);
    assert_int_equal(run_at(plan, INT32_MAX - 1).seed, INT32_MAX);
    rs_plan_free(plan);
}

/* ---- Lists and duplicates -------------------------------------------------------------------- */

static void test_list(void **state)
{
    rs_plan *plan = parse("method: list\n"
                          "parameters: {epochs: 9, momentum: 0.25}\n"
                          "configurations:\n"
                          "  - {states: 3, momentum: 0.5}\n"
                          "  - {states: 4, momentum: 0.250}\n"
                          "  - {momentum: 5e-1}\n"
                          "  - {states: 4}\n"
                          "  - {epochs: 1}\n"
                          "seeds: 2\n",
                          0, NULL);
    (void)state;
    assert_int_equal(rs_plan_configurations(plan), 3);
    assert_int_equal(rs_plan_runs(plan), 6);
    assert_int_equal(rs_plan_duplicates(plan), 4);
    rs_run_config first = run_at(plan, 1), second = run_at(plan, 2), last = run_at(plan, 5);
    assert_int_equal(first.states, 3);
    assert_true(first.momentum == 0.5);
    assert_int_equal(first.epochs, 9);
    assert_int_equal(first.seed, 2);
    assert_int_equal(second.states, 4);
    assert_true(second.momentum == 0.25);
    assert_int_equal(last.states, 3);
    assert_int_equal(last.epochs, 1);
    assert_true(last.momentum == 0.25);
    rs_plan_free(plan);
}

static void test_repeated_values_are_trained_once(void **state)
{
    rs_plan *plan =
        parse("{method: grid, parameters: {states: [2, 3, 2], lambda: [0.1, 1e-1]}}", 0, NULL);
    (void)state;
    assert_int_equal(rs_plan_runs(plan), 2);
    assert_int_equal(rs_plan_duplicates(plan), 4);
    assert_int_equal(run_at(plan, 0).states, 2);
    assert_int_equal(run_at(plan, 1).states, 3);
    rs_plan_free(plan);
}

/* ---- zip, exclude, when, several sweeps ------------------------------------------------------ */

static void test_zip(void **state)
{
    static const double states[] = {2, 2, 3, 3, 4, 4}, lambda[] = {0.5, 0.6};
    static const double momentum[] = {0.1, 0.1, 0.3, 0.3, 0.2, 0.2};
    rs_plan *plan = parse("method: grid\n"
                          "parameters:\n"
                          "  momentum: [0.1, 0.3, 0.2]\n"
                          "  lambda: [0.5, 0.6]\n"
                          "  states: {min: 2, max: 4}\n"
                          "zip: [[states, momentum]]\n",
                          0, NULL);
    (void)state;
    assert_int_equal(rs_plan_runs(plan), 6);
    for (size_t run = 0; run < 6; run++) {
        rs_run_config config = run_at(plan, run);
        assert_true(config.states == states[run]);
        assert_true(config.momentum == momentum[run]);
        assert_true(config.lambda == lambda[run % 2]);
    }
    rs_plan_free(plan);
}

static void test_exclude(void **state)
{
    static const double states[] = {2, 2, 2, 3, 3, 8}, momentum[] = {0, 0.4, 0.8, 0, 0.8, 0};
    rs_plan *plan = parse("method: grid\n"
                          "parameters: {states: [2, 3, 8], momentum: [0, 0.4, 0.8]}\n"
                          "seeds: 2\n"
                          "exclude:\n"
                          "  - {states: 8, momentum: {min: 0.4}}\n"
                          "  - {states: {min: 3, max: 3}, momentum: [0.1, 0.4]}\n",
                          0, NULL);
    (void)state;
    assert_int_equal(rs_plan_runs(plan), 12);
    assert_int_equal(rs_plan_configurations(plan), 6);
    assert_int_equal(rs_plan_excluded(plan), 6);
    assert_int_equal(rs_plan_duplicates(plan), 0);
    for (size_t run = 0; run < 12; run++) {
        rs_run_config config = run_at(plan, run);
        assert_true(config.states == states[run / 2] && config.momentum == momentum[run / 2]);
        assert_int_equal(config.seed, 1 + run % 2);
    }
    rs_plan_free(plan);
}

static void test_exclusion_allows_batches(void **state)
{
    rs_plan *plan = parse("method: grid\n"
                          "parameters: {train_samples: [50, 500], batch_size: [10, 100]}\n"
                          "exclude: [{train_samples: 50, batch_size: 100}]\n",
                          0, NULL);
    (void)state;
    assert_int_equal(rs_plan_runs(plan), 3);
    rs_plan_free(plan);
}

static void test_when(void **state)
{
    rs_plan *plan = parse("method: grid\n"
                          "parameters:\n"
                          "  epsilon: {values: [1e-8, 1e-4], when: {epsilon_placement: step}}\n"
                          "  epsilon_placement: [denominator, step]\n",
                          0, NULL);
    (void)state;
    assert_int_equal(rs_plan_runs(plan), 3);
    assert_int_equal(rs_plan_duplicates(plan), 0);
    rs_run_config first = run_at(plan, 0), second = run_at(plan, 1), third = run_at(plan, 2);
    assert_true(first.epsilon_placement == RS_EPSILON_DENOMINATOR && first.epsilon == 1e-6);
    assert_true(second.epsilon_placement == RS_EPSILON_STEP && second.epsilon == 1e-8);
    assert_true(third.epsilon_placement == RS_EPSILON_STEP && third.epsilon == 1e-4);
    rs_plan_free(plan);
}

static void test_several_sweeps(void **state)
{
    static const double states[] = {2, 2, 3, 3, 2, 9, 9, 9, 3, 4};
    static const uint32_t seeds[] = {1, 2, 1, 2, 3, 1, 2, 3, 9, 9};
    rs_plan *plan =
        parse("{method: grid, parameters: {states: [2, 3]}, seeds: 2}\n"
              "---\n"
              "{method: grid, parameters: {states: [2, 9]}, seeds: [1, 2, 3]}\n"
              "---\n"
              "{method: grid, parameters: {states: [3, 4]}, seeds: [9]}\n"
              "---\n"
              "{method: list, configurations: [{states: 9}, {states: 3}], seeds: [2]}\n",
              0, NULL);
    (void)state;
    assert_int_equal(rs_plan_sweeps(plan), 4);
    assert_int_equal(rs_plan_runs(plan), 10);
    assert_int_equal(rs_plan_configurations(plan), 4);
    assert_int_equal(rs_plan_duplicates(plan), 4);
    for (size_t run = 0; run < 10; run++) {
        rs_run_config config = run_at(plan, run);
        assert_true(config.states == states[run]);
        assert_int_equal(config.seed, seeds[run]);
    }
    rs_plan_free(plan);
}

/* Ranges and lists of seeds that overlap in every way: the later sweep is trained with those that
 * the earlier one does not have, in its own order. */
static void test_seeds_of_several_sweeps(void **state)
{
    static const struct {
        const char *earlier, *later;
        size_t earlier_count, count;
        uint32_t seeds[4]; /* the later ones that are new */
    } cases[] = {
        {"seeds: {first: 3, count: 4}", "seeds: 8", 4, 4, {1, 2, 7, 8}},
        {"seeds: {first: 3, count: 4}", "seeds: {first: 5, count: 4}", 4, 2, {7, 8}},
        {"seeds: {first: 3, count: 4}", "seeds: {first: 7, count: 2}", 4, 2, {7, 8}},
        {"seeds: {first: 3, count: 4}", "seeds: {first: 1, count: 2}", 4, 2, {1, 2}},
        {"seeds: {first: 3, count: 4}", "seeds: {first: 4, count: 2}", 4, 0, {0}},
        {"seeds: {first: 3, count: 4}", "seeds: [9, 6, 2, 3, 7]", 4, 3, {9, 2, 7}},
        {"seeds: [4, 2, 9]", "seeds: 5", 3, 3, {1, 3, 5}},
        {"seeds: [4, 2, 9]", "seeds: [9, 10, 4]", 3, 1, {10}},
        {"seeds: [4294967295, 0]",
         "seeds: {first: 4294967293, count: 3}",
         2,
         2,
         {4294967293, 4294967294}},
        {"seeds: {first: 4294967294, count: 2}", "seeds: [0, 4294967295]", 2, 1, {0}},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char text[256];
        snprintf(text, sizeof text, "{method: grid, %s}\n---\n{method: grid, %s}\n",
                 cases[i].earlier, cases[i].later);
        rs_plan *plan = parse(text, 0, NULL);
        assert_int_equal(rs_plan_runs(plan), cases[i].earlier_count + cases[i].count);
        for (size_t k = 0; k < cases[i].count; k++)
            assert_int_equal(run_at(plan, cases[i].earlier_count + k).seed, cases[i].seeds[k]);
        rs_plan_free(plan);
    }
}

/* The text of a base is kept, as a comment, so that the sweep can be read again from it. */
static void test_text_of_base(void **state)
{
    rs_plan *plan = NULL;
    rs_diagnostics *diagnostics = NULL;
    (void)state;
    assert_int_equal(rs_diagnostics_create(&diagnostics, NULL), RS_OK);
    assert_int_equal(
        rs_plan_read(&plan, SWEEP_TESTS "/good/derived.yaml", 0, NULL, NULL, diagnostics, NULL),
        RS_OK);
    assert_string_equal(rs_plan_text(plan), "base: base.yaml\n"
                                            "parameters:\n"
                                            "  momentum: 0.3\n"
                                            "  epochs: 7\n"
                                            "seeds: [4, 5]\n"
                                            "\n"
                                            "# base: base.yaml\n"
                                            "#| name: base\n"
                                            "#| description: not inherited\n"
                                            "#| method: grid\n"
                                            "#| parameters:\n"
                                            "#|   states: [2, 3]\n"
                                            "#|   momentum: [0.1, 0.2]\n"
                                            "#| seeds: 9\n");
    rs_plan *again = NULL;
    const char *text = rs_plan_text(plan);
    assert_int_equal(
        rs_plan_parse(&again, "again", text, strlen(text), 0, NULL, NULL, diagnostics, NULL),
        RS_OK);
    assert_true(rs_hash_equal(rs_plan_hash(again), rs_plan_hash(plan)));
    assert_string_equal(rs_plan_text(again), text);
    rs_plan_free(again);
    rs_plan_free(plan);
    rs_diagnostics_free(diagnostics);
}

/* W&B enumerates these in a grid. */
static void test_distributions_in_a_grid(void **state)
{
    (void)state;
    expect_values("{method: grid, parameters: {momentum: "
                  "{distribution: q_uniform, min: 0, max: 0.3, q: 0.1}}}",
                  RS_PARAMETER_momentum, 4, (double[]){0, 0.1, 0.2, 0.3});
    expect_values(
        "{method: grid, parameters: {states: {distribution: int_uniform, min: 2, max: 4}}}",
        RS_PARAMETER_states, 3, (double[]){2, 3, 4});
    expect_values(
        "{method: grid, parameters: {states: {distribution: categorical, values: [5, 4]}}}",
        RS_PARAMETER_states, 2, (double[]){5, 4});
}

/* ---- Overrides ------------------------------------------------------------------------------- */

static void test_overrides(void **state)
{
    static const char *const overrides[] = {
        "learning_rate=0.1,1e-2", "states=range(4,65,30)",
        "seeds=range(2)",         "name='x-1'",
        "epochs = choice(1, 2)",  "momentum={min: 0, max: 0.5, num: 2}"};
    rs_plan *plan = parse("method: grid\n"
                          "parameters: {momentum: 0.7, learning_rate: 1}\n"
                          "seeds: 100\n",
                          6, overrides);
    (void)state;
    assert_int_equal(rs_plan_runs(plan), 2 * 2 * 3 * 2 * 2);
    assert_string_equal(rs_plan_name(plan), "x-1");
    rs_run_config first = run_at(plan, 0), last = run_at(plan, 47), second = run_at(plan, 1);
    assert_true(first.momentum == 0 && last.momentum == 0.5);
    assert_true(first.learning_rate == 0.1 && last.learning_rate == 0.01);
    assert_true(first.states == 4 && last.states == 64);
    assert_true(first.epochs == 1 && last.epochs == 2);
    assert_true(first.seed == 0 && second.seed == 1);
    assert_string_equal(rs_plan_overrides(plan), "learning_rate=0.1,1e-2\nstates=range(4,65,30)\n"
                                                 "seeds=range(2)\nname='x-1'\n"
                                                 "epochs = choice(1, 2)\n"
                                                 "momentum={min: 0, max: 0.5, num: 2}");
    rs_plan_free(plan);
}

static void test_overrides_of_groups_and_merges(void **state)
{
    static const char *const overrides[] = {"learning_rate=0.1,1e-2", "lambda=0.25",
                                            "momentum={<<: {min: 0, max: 0.5}, num: 3}"};
    rs_plan *plan = parse("method: grid\n"
                          "x-fixed: &fixed {lambda: 0.5, momentum: 0.7, epochs: 2}\n"
                          "parameters:\n"
                          "  <<: *fixed\n"
                          "  optimizer: {parameters: {learning_rate: {values: [1, 2, 3]}}}\n",
                          3, overrides);
    (void)state;
    assert_int_equal(rs_plan_runs(plan), 2 * 3);
    rs_run_config first = run_at(plan, 0), last = run_at(plan, 5);
    assert_true(first.learning_rate == 0.1 && last.learning_rate == 0.01);
    assert_true(first.momentum == 0 && last.momentum == 0.5);
    assert_true(first.lambda == 0.25 && first.epochs == 2);
    rs_plan_free(plan);
}

/* ---- Identity -------------------------------------------------------------------------------- */

static void test_hash_ignores_spelling(void **state)
{
    rs_hash hash = hash_of("{method: grid, parameters: {states: [2, 3], momentum: 0.5}, seeds: 3}");
    (void)state;
    assert_true(rs_hash_equal(hash, hash_of("seeds: [1, 2, 3]\n"
                                            "parameters:\n"
                                            "  momentum: {value: 5e-1}\n"
                                            "  lambda: 0.50\n"
                                            "  states: {min: 2, max: 3}\n"
                                            "name: other\n"
                                            "method: grid\n")));
    assert_true(rs_hash_equal(hash, hash_of("{method: list, parameters: {momentum: 0.5}, seeds: 3, "
                                            "configurations: [{states: 2}, {}, {states: 2}]}")));
    assert_false(rs_hash_equal(
        hash, hash_of("{method: grid, parameters: {states: [3, 2], momentum: 0.5}, seeds: 3}")));
    assert_false(rs_hash_equal(
        hash, hash_of("{method: grid, parameters: {states: [2, 3], momentum: 0.5}, seeds: 4}")));
    assert_false(rs_hash_equal(
        hash, hash_of("{method: grid, parameters: {states: [2, 3], momentum: 0.4}, seeds: 3}")));
}

/* These change only when results of old sweeps can no longer be continued. */
static void test_pinned_hashes(void **state)
{
    char text[RS_HASH_TEXT];
    rs_run_config config = rs_run_config_default();
    (void)state;
    rs_hash_format(hash_of("{method: grid, parameters: {states: [2, 3], momentum: 0.5}, seeds: 3}"),
                   text);
    assert_string_equal(text, "081efdd8fe405cb8e70e14d6305614a9");
    rs_hash_format(rs_run_identity(&config), text);
    assert_string_equal(text, "49ba1f0812ecbf9157e3315850bf205c");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_first_parameter_is_slowest),
        cmocka_unit_test(test_defaults),
        cmocka_unit_test(test_words),
        cmocka_unit_test(test_ranges),
        cmocka_unit_test(test_seeds),
        cmocka_unit_test(test_list),
        cmocka_unit_test(test_repeated_values_are_trained_once),
        cmocka_unit_test(test_zip),
        cmocka_unit_test(test_exclude),
        cmocka_unit_test(test_exclusion_allows_batches),
        cmocka_unit_test(test_when),
        cmocka_unit_test(test_several_sweeps),
        cmocka_unit_test(test_seeds_of_several_sweeps),
        cmocka_unit_test(test_text_of_base),
        cmocka_unit_test(test_distributions_in_a_grid),
        cmocka_unit_test(test_overrides),
        cmocka_unit_test(test_overrides_of_groups_and_merges),
        cmocka_unit_test(test_hash_ignores_spelling),
        cmocka_unit_test(test_pinned_hashes),
        cmocka_unit_test(test_parameters_that_do_not_apply_have_their_defaults),
        cmocka_unit_test(test_runs_of_a_list_that_differ_in_vain_are_one),
        cmocka_unit_test(test_what_is_given_in_vain_is_noted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
