/* The public interface: what a run depends on, how it ends. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "rnnsweep/rnnsweep.h"

/* ---- Allocations, counted and made to fail (the linker wraps aligned_alloc) ------------------ */

static long allocations;
static long allowed = -1; /* allocations that succeed before all fail; -1: all succeed */

void *__real_aligned_alloc(size_t alignment, size_t size);
void *__wrap_aligned_alloc(size_t alignment, size_t size);

void *__wrap_aligned_alloc(size_t alignment, size_t size)
{
    if (allowed >= 0 && allocations >= allowed)
        return NULL;
    allocations++;
    return __real_aligned_alloc(alignment, size);
}

/* ---- Runs and their results ------------------------------------------------------------------ */

/* A result that outlives the trainer's next call. */
typedef struct kept {
    rs_run_result result;
    double *loss, *weights;
} kept;

static rs_trainer *new_trainer(void)
{
    const rs_isa *isa = NULL;
    rs_trainer *trainer = NULL;
    assert_int_equal(rs_isa_select(&isa, NULL, NULL), RS_OK);
    assert_int_equal(rs_trainer_create(&trainer, isa, NULL), RS_OK);
    return trainer;
}

static double *copy_of(const double *values, size_t count)
{
    double *copy = malloc(count * sizeof *copy);
    assert_non_null(copy);
    memcpy(copy, values, count * sizeof *copy);
    return copy;
}

static kept run(rs_trainer *trainer, const rs_run_config *config)
{
    kept k;
    rs_error error;
    if (rs_trainer_run(trainer, config, &k.result, &error) != RS_OK)
        fail_msg("%s", error.text);
    k.loss = copy_of(k.result.loss, k.result.loss_count);
    k.weights = copy_of(k.result.weights, k.result.weight_count);
    return k;
}

static kept run_fresh(const rs_run_config *config)
{
    rs_trainer *trainer = new_trainer();
    kept k = run(trainer, config);
    rs_trainer_free(trainer);
    return k;
}

static void kept_free(kept *k)
{
    free(k->loss);
    free(k->weights);
}

static void assert_same_number(double a, double b)
{
    if (memcmp(&a, &b, sizeof a) != 0)
        fail_msg("%a is not %a", a, b);
}

static void assert_same(const kept *a, const kept *b)
{
    const rs_run_result *x = &a->result, *y = &b->result;
    assert_int_equal(x->outcome, y->outcome);
    assert_int_equal(x->diverged_at, y->diverged_at);
    assert_same_number(x->initial_loss, y->initial_loss);
    assert_same_number(x->final_loss, y->final_loss);
    assert_same_number(x->test_bit_accuracy, y->test_bit_accuracy);
    assert_same_number(x->test_accuracy, y->test_accuracy);
    assert_int_equal(x->loss_count, y->loss_count);
    assert_int_equal(x->weight_count, y->weight_count);
    assert_memory_equal(a->loss, b->loss, x->loss_count * sizeof *a->loss);
    assert_memory_equal(a->weights, b->weights, x->weight_count * sizeof *a->weights);
}

enum { STEPS = 8, TRAIN = 200, TEST = 70, BATCH = 30, PER_EPOCH = TRAIN / BATCH, EPOCHS = 3 };
enum { UPDATES = EPOCHS * PER_EPOCH };

/* A run of a few milliseconds. */
static rs_run_config small_config(void)
{
    rs_run_config config = rs_run_config_default();
    config.sequence_length = STEPS;
    config.train_samples = TRAIN;
    config.test_samples = TEST;
    config.batch_size = BATCH;
    config.epochs = EPOCHS;
    return config;
}

/* ---- Errors ---------------------------------------------------------------------------------- */

static void assert_refused(const rs_run_config *config)
{
    rs_trainer *trainer = new_trainer();
    rs_run_result result, before;
    rs_error error = {RS_OK, ""};
    uint64_t a, b;
    memset(&result, 0x5A, sizeof result);
    memset(&before, 0x5A, sizeof before);
    assert_int_equal(rs_trainer_run(trainer, config, &result, &error), RS_BAD_DATA);
    assert_true(error.status == RS_BAD_DATA && error.text[0] != '\0');
    assert_memory_equal(&result, &before, sizeof result);
    assert_int_equal(rs_addition_pairs(config, RS_TRAIN_SET, 1, &a, &b, NULL), RS_BAD_DATA);
    rs_trainer_free(trainer);
}

static void a_configuration_out_of_range_is_refused(void **state)
{
    (void)state;
    rs_run_config config = small_config();
    config.states = 0;
    assert_refused(&config);
    config = small_config();
    config.batch_size = config.train_samples + 1;
    assert_refused(&config);
    config = small_config();
    config.learning_rate = NAN;
    assert_refused(&config);
}

static void more_pairs_than_the_run_draws_are_refused(void **state)
{
    (void)state;
    rs_run_config config = small_config();
    uint64_t a[TRAIN + 1], b[TRAIN + 1];
    assert_int_equal(rs_addition_pairs(&config, RS_TRAIN_SET, TRAIN, a, b, NULL), RS_OK);
    assert_int_equal(rs_addition_pairs(&config, RS_TRAIN_SET, TRAIN + 1, a, b, NULL), RS_USAGE);
    assert_int_equal(rs_addition_pairs(&config, RS_TEST_SET, TEST, a, b, NULL), RS_OK);
    assert_int_equal(rs_addition_pairs(&config, RS_TEST_SET, TEST + 1, a, b, NULL), RS_USAGE);
}

static void numbers_that_do_not_fit_are_not_predicted(void **state)
{
    (void)state;
    rs_run_config config = small_config();
    rs_trainer *trainer = new_trainer();
    kept k = run(trainer, &config);
    const uint64_t fits = (1u << (STEPS - 1)) - 1, does_not = fits + 1;
    double probability[STEPS];
    assert_int_equal(rs_predict(trainer, &config, k.weights, 1, &fits, &fits, probability, NULL),
                     RS_OK);
    assert_int_equal(
        rs_predict(trainer, &config, k.weights, 1, &fits, &does_not, probability, NULL), RS_USAGE);
    assert_int_equal(rs_predict(trainer, &config, k.weights, 0, NULL, NULL, NULL, NULL), RS_OK);
    kept_free(&k);
    rs_trainer_free(trainer);
}

/* A network's answer to a pair does not depend on how many others are asked with it. */
static void many_pairs_are_answered_as_one_by_one(void **state)
{
    (void)state;
    enum { PAIRS = 700 };
    rs_run_config config = small_config();
    rs_trainer *trainer = new_trainer();
    kept k = run(trainer, &config);
    static uint64_t a[PAIRS], b[PAIRS];
    static double together[PAIRS][STEPS], alone[STEPS];
    for (uint64_t i = 0; i < PAIRS; i++) {
        a[i] = i * 40503 % 127; /* primes below 2^(STEPS - 1) */
        b[i] = i * 9973 % 113;
    }
    assert_int_equal(rs_predict(trainer, &config, k.weights, PAIRS, a, b, together[0], NULL),
                     RS_OK);
    for (size_t i = 0; i < PAIRS; i++) {
        assert_int_equal(rs_predict(trainer, &config, k.weights, 1, a + i, b + i, alone, NULL),
                         RS_OK);
        assert_memory_equal(together[i], alone, sizeof alone);
    }
    kept_free(&k);
    rs_trainer_free(trainer);
}

/* A network of zeros but for b_out, which is its logit at every step: any positive one is a 1, as
 * in tests, also where 1 / (1 + exp(-z)) rounds to one half. */
static void a_bit_is_one_exactly_when_its_logit_is_positive(void **state)
{
    (void)state;
    static const double logits[] = {1, 1e-16, 1e-17, 1e-30, 0, -1e-30, -1e-17, -1, NAN};
    for (uint32_t precision = RS_FLOAT32; precision <= RS_FLOAT64; precision++)
        for (size_t i = 0; i < sizeof logits / sizeof logits[0]; i++) {
            rs_run_config config = small_config();
            config.precision = precision;
            config.states = 1;
            const rs_network network = rs_network_make(RS_CELL_TANH, 2, 1, 1);
            double weights[16] = {0}, probability[STEPS];
            const uint64_t a = 1, b = 2;
            rs_trainer *trainer = new_trainer();
            assert_true(network.count <= 16);
            weights[network.tensor[RS_B_OUT].offset] = logits[i];
            assert_int_equal(rs_predict(trainer, &config, weights, 1, &a, &b, probability, NULL),
                             RS_OK);
            for (size_t k = 0; k < STEPS; k++) {
                assert_int_equal(probability[k] > 0.5, logits[i] > 0);
                assert_true(isnan(logits[i]) ||
                            fabs(probability[k] - 1 / (1 + exp(-logits[i]))) < 1e-7);
            }
            rs_trainer_free(trainer);
        }
}

static void an_answer_needs_no_room_for_the_runs_sets(void **state)
{
    (void)state;
    rs_run_config config = small_config();
    config.train_samples = config.test_samples = 20000000;
    config.batch_size = 1000000;
    const double weights[256] = {0};
    double probability[STEPS];
    const uint64_t a = 1, b = 2;
    rs_trainer *trainer = new_trainer();
    assert_true(rs_run_config_network(&config).count <= 256);
    assert_int_equal(rs_predict(trainer, &config, weights, 1, &a, &b, probability, NULL), RS_OK);
    assert_true(rs_trainer_bytes(trainer) < 1 << 20);
    rs_trainer_free(trainer);
}

/* ---- What a run depends on ------------------------------------------------------------------- */

enum { HISTORY = 10 };

/* Runs that share a training set, that nearly do, and that need more or less memory. */
static void make_history(rs_run_config configs[HISTORY])
{
    for (int i = 0; i < HISTORY; i++)
        configs[i] = small_config();
    configs[1].states = 30;
    configs[2].learning_rate = 0.01;
    configs[3].train_samples = 900;
    configs[4].sequence_length = 40;
    configs[5].seed = 2;
    configs[6].precision = RS_FLOAT64;
    configs[6].gradient_check = 1;
    configs[7].data_seed = 1;
    configs[8].learning_rate = 1e300;
    configs[9].test_samples = 1000;
}

static void a_result_does_not_depend_on_the_trainers_history(void **state)
{
    (void)state;
    rs_run_config configs[HISTORY];
    kept expected[HISTORY];
    make_history(configs);
    for (int i = 0; i < HISTORY; i++)
        expected[i] = run_fresh(&configs[i]);
    rs_trainer *trainer = new_trainer();
    for (int before = 0; before < HISTORY; before++)
        for (int after = 0; after < HISTORY; after++) {
            kept first = run(trainer, &configs[before]), second = run(trainer, &configs[after]);
            assert_same(&first, &expected[before]);
            assert_same(&second, &expected[after]);
            kept_free(&first);
            kept_free(&second);
        }
    rs_trainer_free(trainer);
    for (int i = 0; i < HISTORY; i++)
        kept_free(&expected[i]);
}

/* Memory for another shape may move the training set that the trainer still holds, and predictions
 * use the test set's. */
static void other_calls_between_runs_change_nothing(void **state)
{
    (void)state;
    rs_run_config config = small_config(), larger = small_config();
    larger.train_samples = 5000;
    rs_trainer *trainer = new_trainer();
    kept first = run(trainer, &config);
    const uint64_t a = 1, b = 2;
    double probability[STEPS];
    assert_int_equal(rs_trainer_reserve(trainer, &larger, NULL), RS_OK);
    assert_int_equal(rs_predict(trainer, &config, first.weights, 1, &a, &b, probability, NULL),
                     RS_OK);
    kept second = run(trainer, &config);
    assert_same(&first, &second);
    kept_free(&first);
    kept_free(&second);
    rs_trainer_free(trainer);
}

/* Both sets come from one stream, test after training, whatever else the run draws. */
static void data_seed_draws_both_sets_from_a_stream_of_their_own(void **state)
{
    (void)state;
    rs_run_config shared[2] = {small_config(), small_config()}, joined = small_config();
    uint64_t a[TRAIN + TEST], b[TRAIN + TEST], c[TRAIN + TEST], d[TRAIN + TEST];
    shared[0].data_seed = shared[1].data_seed = 7;
    shared[1].seed = 99;
    shared[1].states = 11;
    shared[1].gradient_check = 1;
    joined.seed = 7;
    joined.train_samples = TRAIN + TEST;
    assert_int_equal(rs_addition_pairs(&joined, RS_TRAIN_SET, TRAIN + TEST, c, d, NULL), RS_OK);
    for (int i = 0; i < 2; i++) {
        assert_int_equal(rs_addition_pairs(&shared[i], RS_TRAIN_SET, TRAIN, a, b, NULL), RS_OK);
        assert_int_equal(
            rs_addition_pairs(&shared[i], RS_TEST_SET, TEST, a + TRAIN, b + TRAIN, NULL), RS_OK);
        assert_memory_equal(a, c, sizeof a);
        assert_memory_equal(b, d, sizeof b);
    }
    kept first = run_fresh(&shared[0]);
    shared[0].seed = 2;
    kept second = run_fresh(&shared[0]);
    assert_true(first.result.initial_loss != second.result.initial_loss);
    kept_free(&first);
    kept_free(&second);
}

/* The table of docs/sweep-file.md: which parameters decide each draw besides the seed. */
typedef struct draws {
    uint64_t train[2][20], test[2][20];
    double weights[2]; /* of W_in, whose range depends on the number of states */
} draws;

static draws draws_of(const rs_run_config *config)
{
    draws d;
    rs_run_config still = *config;
    still.learning_rate = 1e-300; /* too small a step to change a weight */
    still.precision = RS_FLOAT64;
    still.batch_size = 50;
    assert_int_equal(rs_addition_pairs(config, RS_TRAIN_SET, 20, d.train[0], d.train[1], NULL),
                     RS_OK);
    assert_int_equal(rs_addition_pairs(config, RS_TEST_SET, 20, d.test[0], d.test[1], NULL), RS_OK);
    kept k = run_fresh(&still);
    const rs_network network = rs_network_make(RS_CELL_TANH, 2, config->states, 1);
    memcpy(d.weights, k.weights + network.tensor[RS_W_IN].offset, sizeof d.weights);
    kept_free(&k);
    return d;
}

enum { SHARE_TRAIN = 1, SHARE_WEIGHTS = 2, SHARE_TEST = 4, SHARE_ALL = 7 };

static int shared_draws(const rs_run_config *one, const rs_run_config *other)
{
    const draws a = draws_of(one), b = draws_of(other);
    return (memcmp(a.train, b.train, sizeof a.train) == 0 ? SHARE_TRAIN : 0) |
           (memcmp(a.weights, b.weights, sizeof a.weights) == 0 ? SHARE_WEIGHTS : 0) |
           (memcmp(a.test, b.test, sizeof a.test) == 0 ? SHARE_TEST : 0);
}

static void runs_of_one_seed_share_what_the_documents_say(void **state)
{
    (void)state;
    enum { CHANGES = 11 };
    for (int own_stream = 0; own_stream <= 1; own_stream++) {
        const int others = own_stream ? SHARE_WEIGHTS : 0; /* draws of the other stream */
        const int sets = own_stream ? SHARE_TRAIN | SHARE_TEST : 0;
        rs_run_config base = small_config(), changed[CHANGES];
        base.data_seed = own_stream ? 77 : -1;
        for (int i = 0; i < CHANGES; i++)
            changed[i] = base;
        const int shared[CHANGES] = {SHARE_ALL,
                                     SHARE_ALL,
                                     SHARE_ALL,
                                     sets,
                                     SHARE_WEIGHTS,
                                     SHARE_TRAIN | others,
                                     SHARE_TRAIN | sets,
                                     SHARE_TRAIN | sets,
                                     SHARE_ALL,
                                     SHARE_ALL,
                                     others};
        changed[0].momentum = 0.1;
        changed[1].epochs = 2;
        changed[2].batching = RS_BATCHING_SLIDING;
        changed[3].seed = 2;
        changed[4].sequence_length++;
        changed[5].train_samples += 50;
        changed[6].gradient_check = 1;
        changed[7].states++;
        changed[8].test_samples += 50;
        changed[9].loss_interval = 3;
        changed[10].sequence_length = 34; /* two words of the stream for each number */
        for (int i = 0; i < CHANGES; i++)
            assert_int_equal(shared_draws(&base, &changed[i]), shared[i]);
    }
}

static void loss_interval_thins_the_curve_and_nothing_else(void **state)
{
    (void)state;
    rs_run_config config = small_config();
    kept full = run_fresh(&config);
    assert_int_equal(full.result.loss_count, 1 + UPDATES);
    for (uint32_t interval = 2; interval < 30; interval += 3) {
        config.loss_interval = interval;
        kept thin = run_fresh(&config);
        assert_int_equal(thin.result.loss_count, 1 + UPDATES / interval);
        for (size_t i = 0; i < thin.result.loss_count; i++)
            assert_same_number(thin.loss[i], full.loss[i * interval]);
        assert_same_number(thin.result.final_loss, full.result.final_loss);
        assert_memory_equal(thin.weights, full.weights,
                            full.result.weight_count * sizeof *full.weights);
        kept_free(&thin);
    }
    kept_free(&full);
}

/* Mean cross entropy of the minibatch that starts at pair `first`, by the network's probabilities.
 */
static double loss_of(rs_trainer *trainer, const rs_run_config *config, const double *weights,
                      size_t first)
{
    uint64_t a[TRAIN], b[TRAIN];
    double probability[BATCH][STEPS], loss = 0;
    assert_int_equal(rs_addition_pairs(config, RS_TRAIN_SET, TRAIN, a, b, NULL), RS_OK);
    assert_int_equal(
        rs_predict(trainer, config, weights, BATCH, a + first, b + first, probability[0], NULL),
        RS_OK);
    for (size_t i = 0; i < BATCH; i++)
        for (size_t k = 0; k < STEPS; k++) {
            double y = probability[i][k];
            loss -= log(((a[first + i] + b[first + i]) >> k & 1) != 0 ? y : 1 - y);
        }
    return loss / (BATCH * STEPS);
}

/* Steps too small to change a weight leave a network whose curve shows the minibatches. */
static void minibatches_are_blocks_or_windows(void **state)
{
    (void)state;
    for (uint32_t batching = RS_BATCHING_DISJOINT; batching <= RS_BATCHING_SLIDING; batching++) {
        rs_run_config config = small_config();
        config.precision = RS_FLOAT64;
        config.learning_rate = 1e-300;
        config.batching = batching;
        rs_trainer *trainer = new_trainer();
        kept k = run(trainer, &config);
        assert_same_number(k.result.initial_loss, k.loss[0]);
        for (size_t update = 0; update < k.result.loss_count; update++) {
            size_t index = update == 0 ? 0 : (update - 1) % PER_EPOCH;
            size_t first = batching == RS_BATCHING_SLIDING ? index : index * BATCH;
            assert_true(fabs(k.loss[update] - loss_of(trainer, &config, k.weights, first)) < 1e-13);
        }
        kept_free(&k);
        rs_trainer_free(trainer);
    }
}

/* ---- How a run ends -------------------------------------------------------------------------- */

static void a_gradient_check_agrees_and_takes_a_network_from_the_stream(void **state)
{
    (void)state;
    for (uint32_t precision = RS_FLOAT32; precision <= RS_FLOAT64; precision++) {
        rs_run_config config = small_config();
        config.precision = precision;
        kept without = run_fresh(&config);
        config.gradient_check = 1;
        kept with = run_fresh(&config);
        const rs_gradient_check *check = &with.result.gradient_check;
        assert_int_equal(with.result.outcome, RS_RUN_DONE);
        assert_true(check->agrees);
        assert_true(check->backpropagated != 0);
        assert_true(fabs(check->numerical - check->backpropagated) < 1e-6);
        assert_true(with.result.initial_loss != without.result.initial_loss);
        kept_free(&without);
        kept_free(&with);
    }
}

/* The curve holds numbers up to the last point before diverged_at and NaN from there on. */
static void a_run_that_diverges_says_when(void **state)
{
    (void)state;
    for (uint32_t interval = 1; interval <= 4; interval++)
        for (uint32_t precision = RS_FLOAT32; precision <= RS_FLOAT64; precision++) {
            rs_run_config config = small_config();
            config.learning_rate = precision == RS_FLOAT32 ? 1e38 : 1e308;
            config.precision = precision;
            config.loss_interval = interval;
            kept k = run_fresh(&config);
            const rs_run_result *r = &k.result;
            assert_int_equal(r->outcome, RS_RUN_DIVERGED);
            assert_in_range(r->diverged_at, 1, UPDATES);
            assert_true(isnan(r->final_loss));
            assert_true(isnan(r->test_accuracy) && isnan(r->test_bit_accuracy));
            assert_int_equal(r->loss_count, 1 + UPDATES / interval);
            for (size_t i = 0; i < r->loss_count; i++)
                if (i * interval < (size_t)r->diverged_at)
                    assert_true(isfinite(k.loss[i]));
                else
                    assert_true(isnan(k.loss[i]));
            kept_free(&k);
        }
}

/* ---- Prediction ------------------------------------------------------------------------------ */

static void accuracies_are_those_of_the_predictions(void **state)
{
    (void)state;
    for (uint32_t precision = RS_FLOAT32; precision <= RS_FLOAT64; precision++) {
        rs_run_config config = small_config();
        config.precision = precision;
        config.epochs = 60;
        rs_trainer *trainer = new_trainer();
        kept k = run(trainer, &config);
        uint64_t a[TEST], b[TEST];
        double probability[TEST][STEPS];
        int bits = 0, sums = 0;
        assert_int_equal(rs_addition_pairs(&config, RS_TEST_SET, TEST, a, b, NULL), RS_OK);
        assert_int_equal(rs_predict(trainer, &config, k.weights, TEST, a, b, probability[0], NULL),
                         RS_OK);
        for (int i = 0; i < TEST; i++) {
            int right = 0;
            for (int j = 0; j < STEPS; j++)
                right += (probability[i][j] > 0.5) == (((a[i] + b[i]) >> j & 1) != 0);
            bits += right;
            sums += right == STEPS;
        }
        assert_same_number(k.result.test_bit_accuracy, bits / (double)(TEST * STEPS));
        assert_same_number(k.result.test_accuracy, sums / (double)TEST);
        assert_true(bits > TEST * STEPS * 3 / 5); /* it has learnt something */
        kept_free(&k);
        rs_trainer_free(trainer);
    }
}

static void float32_weights_are_widened_exactly(void **state)
{
    (void)state;
    rs_run_config config = small_config();
    kept single = run_fresh(&config);
    config.precision = RS_FLOAT64;
    kept wide = run_fresh(&config);
    size_t in_both = 0;
    for (size_t i = 0; i < single.result.weight_count; i++) {
        assert_same_number(single.weights[i], (double)(float)single.weights[i]);
        in_both += wide.weights[i] == (double)(float)wide.weights[i];
    }
    assert_int_equal(single.result.weight_count, wide.result.weight_count);
    assert_true(in_both < wide.result.weight_count);
    kept_free(&single);
    kept_free(&wide);
}

/* ---- Memory ---------------------------------------------------------------------------------- */

static void runs_of_reserved_shapes_allocate_nothing(void **state)
{
    (void)state;
    rs_run_config configs[HISTORY];
    rs_trainer *trainer = new_trainer();
    make_history(configs);
    allocations = 0;
    for (int i = 0; i < HISTORY; i++)
        assert_int_equal(rs_trainer_reserve(trainer, &configs[i], NULL), RS_OK);
    const long reserved = allocations;
    assert_true(reserved > 0);
    for (int i = 0; i < HISTORY; i++) {
        rs_run_result result;
        assert_int_equal(rs_trainer_run(trainer, &configs[i], &result, NULL), RS_OK);
    }
    assert_int_equal(allocations, reserved);
    rs_trainer_free(trainer);
}

/* Memory ends after no allocation, after one, two, and so on, until it is enough; each time the
 * trainer is left as it was and in the end gives the right result. */
static void memory_that_runs_out_is_an_error_and_no_harm(void **state)
{
    (void)state;
    rs_run_config config = small_config(), larger = small_config();
    rs_run_result result;
    rs_error error = {RS_OK, ""};
    larger.states = 30;
    larger.train_samples = larger.test_samples = 3000;
    kept expected = run_fresh(&config), expected_larger = run_fresh(&larger);
    rs_status status = RS_NO_MEMORY;
    for (long enough = 0; status != RS_OK; enough++) {
        rs_trainer *trainer = new_trainer();
        kept before = run(trainer, &config);
        allocations = 0;
        allowed = enough;
        status = rs_trainer_run(trainer, &larger, &result, &error);
        allowed = -1;
        assert_true(status == RS_OK || (status == RS_NO_MEMORY && error.status == RS_NO_MEMORY));
        assert_true(enough > 3 || status == RS_NO_MEMORY);
        kept after = run(trainer, &config), after_larger = run(trainer, &larger);
        assert_same(&after, &expected);
        assert_same(&after_larger, &expected_larger);
        kept_free(&before);
        kept_free(&after);
        kept_free(&after_larger);
        rs_trainer_free(trainer);
    }
    kept_free(&expected);
    kept_free(&expected_larger);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_configuration_out_of_range_is_refused),
        cmocka_unit_test(more_pairs_than_the_run_draws_are_refused),
        cmocka_unit_test(numbers_that_do_not_fit_are_not_predicted),
        cmocka_unit_test(a_result_does_not_depend_on_the_trainers_history),
        cmocka_unit_test(other_calls_between_runs_change_nothing),
        cmocka_unit_test(many_pairs_are_answered_as_one_by_one),
        cmocka_unit_test(a_bit_is_one_exactly_when_its_logit_is_positive),
        cmocka_unit_test(an_answer_needs_no_room_for_the_runs_sets),
        cmocka_unit_test(data_seed_draws_both_sets_from_a_stream_of_their_own),
        cmocka_unit_test(runs_of_one_seed_share_what_the_documents_say),
        cmocka_unit_test(loss_interval_thins_the_curve_and_nothing_else),
        cmocka_unit_test(minibatches_are_blocks_or_windows),
        cmocka_unit_test(a_gradient_check_agrees_and_takes_a_network_from_the_stream),
        cmocka_unit_test(a_run_that_diverges_says_when),
        cmocka_unit_test(accuracies_are_those_of_the_predictions),
        cmocka_unit_test(float32_weights_are_widened_exactly),
        cmocka_unit_test(runs_of_reserved_shapes_allocate_nothing),
        cmocka_unit_test(memory_that_runs_out_is_an_error_and_no_harm),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
