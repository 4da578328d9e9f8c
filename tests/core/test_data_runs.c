/* Runs on data of a known optimum: a linear teacher, a copy of the last symbol, the class of a
 * whole sequence. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "memory.h"
#include "random.h"
#include "task.h"
#include "trainer.h"

enum { STEPS = 5, TRAINED = 200, TESTED = 300 };

/* Sets train and test of data that one function fills. */
typedef struct known_data {
    rs_data data;
    rs_data_set sets[2];
    uint32_t task;
} known_data;

typedef void fill_function(rs_data *data, rs_data_set *set, rs_random *random);

static rs_array zeros(rs_element element, size_t count)
{
    rs_array array = {calloc(count, rs_element_size(element)), element};
    assert_non_null(array.values);
    return array;
}

/* Makes a task of data, which then belongs to the process: no two tests share a name. */
static void add_task(known_data *known, const char *name)
{
    rs_data *data = malloc(sizeof *data);
    assert_non_null(data);
    assert_int_equal(rs_data_hash(&known->data, &known->data.hash, NULL), RS_OK);
    *data = known->data;
    data->sets = malloc(sizeof known->sets);
    assert_non_null(data->sets);
    memcpy(data->sets, known->sets, sizeof known->sets);
    const rs_task_facts facts = rs_task_facts_of(data, name);
    assert_int_equal(rs_task_add(&facts, NULL, data, &known->task, NULL), RS_OK);
}

static void make_data(known_data *known, const char *name, const rs_data *kind, fill_function *fill)
{
    rs_random random;
    rs_random_seed(&random, 7);
    known->data = *kind;
    known->data.sets = known->sets;
    known->data.set_count = 2;
    for (int i = 0; i < 2; i++) {
        rs_data_set *set = &known->sets[i];
        *set = (rs_data_set){.sequences = i == 0 ? TRAINED : TESTED, .steps = STEPS};
        strcpy(set->name, i == 0 ? "train" : "test");
        const rs_element inputs =
            kind->input_kind == RS_INPUT_REALS ? RS_ELEMENT_F64 : RS_ELEMENT_U8;
        const rs_element targets =
            kind->target_kind == RS_TARGET_REALS ? RS_ELEMENT_F64 : RS_ELEMENT_U8;
        set->inputs = zeros(inputs, rs_data_input_count(&known->data, set));
        set->targets = zeros(targets, rs_data_target_count(&known->data, set));
        fill(&known->data, set, &random);
    }
    add_task(known, name);
}

static void free_data(known_data *known)
{
    for (int i = 0; i < 2; i++) {
        free(known->sets[i].inputs.values);
        free(known->sets[i].targets.values);
        free(known->sets[i].weights.values);
        free(known->sets[i].lengths.values);
    }
}

static rs_run_config config_of(uint32_t states, uint32_t epochs)
{
    rs_run_config config = rs_run_config_default();
    config.states = states;
    config.epochs = epochs;
    config.train_samples = TRAINED;
    config.test_samples = TESTED;
    config.batch_size = 20;
    config.optimizer = RS_OPTIMIZER_ADAM;
    config.learning_rate = 0.02;
    config.precision = RS_FLOAT64;
    config.gradient_check = 1;
    return config;
}

static rs_run_result run(rs_trainer *trainer, const known_data *known,
                         const rs_run_config *settings)
{
    rs_run_result result;
    rs_error error;
    rs_run_config task = *settings, *config = &task;
    if (known != NULL)
        config->task = known->task;
    if (rs_trainer_run(trainer, config, &result, &error) != RS_OK)
        fail_msg("%s", error.text);
    assert_int_equal(result.outcome, RS_RUN_DONE);
    assert_true(!config->gradient_check || result.gradient_check.agrees);
    return result;
}

static rs_trainer *new_trainer(void)
{
    const rs_isa *isa;
    rs_trainer *trainer;
    assert_int_equal(rs_isa_select(&isa, NULL, NULL), RS_OK);
    assert_int_equal(rs_trainer_create(&trainer, isa, NULL), RS_OK);
    return trainer;
}

/* y_t = A x_t + B x_{t-1}, of inputs so small that tanh is nearly linear: two inputs, two outputs.
 */
static void fill_teacher(rs_data *data, rs_data_set *set, rs_random *random)
{
    static const double now[2][2] = {{0.5, -1}, {1, 0.25}}, before[2][2] = {{1, 0.5}, {-0.5, 1}};
    double *x = set->inputs.values, *y = set->targets.values;
    (void)data;
    for (size_t n = 0; n < set->sequences; n++)
        for (size_t k = 0; k < STEPS; k++, x += 2, y += 2)
            for (int i = 0; i < 2; i++)
                x[i] = rs_random_uniform(random, -0.2, 0.2);
    x = set->inputs.values;
    y = set->targets.values;
    for (size_t row = 0; row < (size_t)set->sequences * STEPS; row++)
        for (int o = 0; o < 2; o++)
            for (int i = 0; i < 2; i++)
                y[2 * row + o] += now[o][i] * x[2 * row + i] +
                                  (row % STEPS > 0 ? before[o][i] * x[2 * (row - 1) + i] : 0);
}

static void a_linear_teacher_is_learnt(void **state)
{
    const rs_data kind = {.input_kind = RS_INPUT_REALS,
                          .target_kind = RS_TARGET_REALS,
                          .inputs = 2,
                          .outputs = 2,
                          .tolerance = 0.05};
    known_data known;
    rs_trainer *trainer = new_trainer();
    const rs_run_config config = config_of(8, 150);
    (void)state;
    make_data(&known, "teacher", &kind, fill_teacher);
    const rs_run_result result = run(trainer, &known, &config);
    assert_true(result.initial_loss > 0.02); /* the variance of the targets is about 0.03 */
    assert_true(result.final_loss < 2e-4);
    assert_true(result.test_bit_accuracy > 0.95);
    free_data(&known);
    rs_trainer_free(trainer);
}

/* The class is the symbol of the step before. */
static void fill_copy(rs_data *data, rs_data_set *set, rs_random *random)
{
    uint8_t *symbol = set->inputs.values, *class = set->targets.values;
    float *weight = (set->weights = zeros(RS_ELEMENT_F32, (size_t)set->sequences * STEPS)).values;
    uint32_t *length = (set->lengths = zeros(RS_ELEMENT_U32, set->sequences)).values;
    for (size_t n = 0; n < set->sequences; n++) {
        length[n] = 2 + (uint32_t)rs_random_below(random, STEPS - 1);
        for (size_t k = 0; k < length[n]; k++) {
            symbol[n * STEPS + k] = (uint8_t)rs_random_below(random, data->inputs);
            class[n * STEPS + k] = k > 0 ? symbol[n * STEPS + k - 1] : 0;
            weight[n * STEPS + k] = k > 0; /* there is none before the first */
        }
    }
}

static void a_copy_is_learnt(void **state)
{
    const rs_data kind = {.input_kind = RS_INPUT_SYMBOLS,
                          .target_kind = RS_TARGET_CLASSES,
                          .inputs = 3,
                          .outputs = 3,
                          .tolerance = 0.5};
    known_data known;
    rs_trainer *trainer = new_trainer();
    rs_run_config config = config_of(6, 60);
    (void)state;
    make_data(&known, "copy", &kind, fill_copy);
    rs_run_result result = run(trainer, &known, &config);
    assert_true(fabs(result.initial_loss - log(3)) < 0.6);
    assert_true(result.test_accuracy == 1 && result.test_bit_accuracy == 1);
    /* The same in another order of samples, which the run's loss shows; and whatever ran before. */
    const double without = result.final_loss;
    config.shuffle = 1;
    result = run(trainer, &known, &config);
    assert_true(result.test_accuracy == 1 && result.final_loss != without);
    const rs_run_config other = rs_run_config_default();
    run(trainer, NULL, &other);
    config.shuffle = 0;
    assert_true(run(trainer, &known, &config).final_loss == without);
    free_data(&known);
    rs_trainer_free(trainer);
}

/* Whether more than half of the inputs are above 0: one class for a sequence. */
static void fill_majority(rs_data *data, rs_data_set *set, rs_random *random)
{
    double *x = set->inputs.values;
    uint8_t *class = set->targets.values;
    (void)data;
    for (size_t n = 0; n < set->sequences; n++) {
        int above = 0;
        for (size_t k = 0; k < STEPS; k++) {
            const bool bit = rs_random_below(random, 2) == 1;
            x[n * STEPS + k] = bit ? 1 : -1;
            above += bit;
        }
        class[n] = above > STEPS / 2;
    }
}

static void a_class_of_the_sequence_is_learnt(void **state)
{
    const rs_data kind = {.input_kind = RS_INPUT_REALS,
                          .target_kind = RS_TARGET_LAST_CLASSES,
                          .inputs = 1,
                          .outputs = 2,
                          .tolerance = 0.5};
    known_data known;
    rs_trainer *trainer = new_trainer();
    rs_run_config config = config_of(6, 40);
    (void)state;
    make_data(&known, "majority", &kind, fill_majority);
    config.precision = RS_FLOAT32;
    const rs_run_result result = run(trainer, &known, &config);
    assert_true(result.test_accuracy == 1 && result.test_bit_accuracy == 1);
    free_data(&known);
    rs_trainer_free(trainer);
}

/* ---- Which sequences, when --------------------------------------------------------------------
 */

/* Loss of the result's network on given training sequences, and how many of the test set it gets
 * right, one by one. */
static double loss_on(const known_data *known, const rs_run_config *config,
                      const rs_run_result *result, const uint32_t *order, uint32_t *right)
{
    const rs_isa *isa;
    rs_assembly assembly = {0};
    rs_score score = {.bits = 0};
    assert_int_equal(rs_isa_select(&isa, NULL, NULL), RS_OK);
    const rs_kernel *kernel = rs_isa_kernel(isa, RS_FLOAT64);
    rs_network network =
        rs_network_make(RS_CELL_TANH, known->data.inputs, config->states, known->data.outputs);
    network.head = RS_HEAD_CLASSES;
    void *scratch = NULL, *theta = NULL;
    assert_int_equal(rs_allocate(&scratch,
                                 kernel->scratch_bytes(&network, config->batch_size, STEPS, true),
                                 1, NULL),
                     RS_OK);
    assert_int_equal(rs_allocate(&theta, network.count + RS_BLOCK_MULTIPLE, sizeof(double), NULL),
                     RS_OK);
    memcpy(theta, result->weights, network.count * sizeof(double));
    assert_int_equal(rs_assembly_reserve(&assembly, &network, config->batch_size, STEPS, NULL),
                     RS_OK);
    const rs_batch_form form = {.precision = RS_FLOAT64};
    rs_minibatch batch =
        rs_assemble(&assembly, &known->data, &known->sets[0], order, config->batch_size, form);
    const double loss = kernel->loss(scratch, &network, theta, &batch);
    for (uint32_t n = 0; right != NULL && n < config->test_samples; n++) {
        batch = rs_assemble(&assembly, &known->data, &known->sets[1], &n, 1, form);
        kernel->evaluate(scratch, &network, theta, &batch, &score);
    }
    if (right != NULL)
        *right = (uint32_t)score.sums;
    rs_assembly_free(&assembly);
    free(scratch);
    free(theta);
    return loss;
}

/* With a rate that changes nothing, loss i is that of the first network on minibatch i - 1. */
static void check_order(const known_data *known, bool shuffle, uint32_t batching)
{
    rs_trainer *trainer = new_trainer();
    rs_run_config config = config_of(4, 3);
    rs_random shuffles;
    const uint32_t key[] = {config.seed, 1};
    uint32_t order[TRAINED], right;
    config.optimizer = RS_OPTIMIZER_SGD;
    config.learning_rate = 1e-300;
    config.recorded_loss = RS_LOSS_BEFORE;
    config.shuffle = shuffle;
    config.batching = batching;
    const rs_run_result result = run(trainer, known, &config);
    const uint32_t per_epoch = config.train_samples / config.batch_size;
    rs_random_seed_words(&shuffles, key, 2);
    for (uint32_t epoch = 0; epoch < config.epochs; epoch++) {
        for (uint32_t i = 0; i < TRAINED; i++)
            order[i] = i;
        if (shuffle)
            rs_random_permutation(&shuffles, TRAINED, order);
        for (uint32_t k = 0; k < per_epoch; k++) {
            const uint32_t first = batching == RS_BATCHING_SLIDING ? k : k * config.batch_size;
            const double expected = loss_on(known, &config, &result, order + first, NULL);
            assert_true(result.loss[1 + epoch * per_epoch + k] == expected);
        }
    }
    loss_on(known, &config, &result, order, &right);
    assert_true(right > 0 && right < TESTED && result.test_accuracy == (double)right / TESTED);
    rs_trainer_free(trainer);
}

static void sequences_come_in_their_order(void **state)
{
    const rs_data kind = {.input_kind = RS_INPUT_REALS,
                          .target_kind = RS_TARGET_LAST_CLASSES,
                          .inputs = 1,
                          .outputs = 2};
    known_data known;
    (void)state;
    make_data(&known, "in_order", &kind, fill_majority);
    for (int variant = 0; variant < 4; variant++)
        check_order(&known, variant % 2, variant / 2 ? RS_BATCHING_SLIDING : RS_BATCHING_DISJOINT);
    free_data(&known);
}

/* ---- Minibatches that are kept ---------------------------------------------------------------
 */

/* Numbers of the training set decide their targets, so that no two minibatches are alike. */
static void fill_wide(rs_data *data, rs_data_set *set, rs_random *random)
{
    double *x = set->inputs.values, *y = set->targets.values;
    for (size_t i = 0; i < rs_data_input_count(data, set); i++)
        x[i] = rs_random_uniform(random, -0.1, 0.1);
    for (size_t i = 0; i < rs_data_target_count(data, set); i++)
        y[i] = rs_random_uniform(random, -1, 1);
}

/* A run has the same bits whatever its trainer did before, and whether or not its minibatches fit
 * into what a trainer keeps. */
static void history_does_not_show(void **state)
{
    const rs_data few = {
        .input_kind = RS_INPUT_REALS, .target_kind = RS_TARGET_REALS, .inputs = 3, .outputs = 2};
    const rs_data many = {
        .input_kind = RS_INPUT_REALS, .target_kind = RS_TARGET_REALS, .inputs = 6000, .outputs = 1};
    known_data known[3];
    rs_run_config configs[7];
    rs_trainer *used = new_trainer();
    (void)state;
    make_data(&known[0], "few", &few, fill_wide);
    make_data(&known[1], "few_others", &few, fill_wide);
    ((double *)known[1].sets[0].inputs.values)[0] += 1;
    make_data(&known[2], "many", &many, fill_wide);
    assert_true((size_t)TRAINED * STEPS * 6000 * sizeof(float) < RS_KEPT_BYTES &&
                (size_t)TRAINED * STEPS * 6000 * sizeof(double) * 32 / 20 > RS_KEPT_BYTES);
    for (int i = 0; i < 7; i++) {
        configs[i] = config_of(2, 2);
        configs[i].gradient_check = 0;
        configs[i].precision = i == 1 ? RS_FLOAT32 : RS_FLOAT64;
        configs[i].batch_size = i == 2 ? 10 : 20;
        configs[i].train_samples = i == 3 ? TRAINED - 20 : TRAINED;
        configs[i].train_fraction = i == 4 ? 0.5 : 1;
        configs[i].shuffle = i == 5;
        configs[i].batching = i == 6 ? RS_BATCHING_SLIDING : RS_BATCHING_DISJOINT;
    }
    for (int round = 0; round < 2; round++)
        for (int i = 0; i < 7; i++)
            for (int data = 0; data < 3; data++) {
                rs_trainer *fresh = new_trainer();
                const double expected = run(fresh, &known[data], &configs[i]).final_loss;
                assert_true(run(used, &known[data], &configs[i]).final_loss == expected);
                configs[i].seed += data == 2; /* of train_fraction: another part */
                rs_trainer_free(fresh);
            }
    for (int data = 0; data < 3; data++)
        free_data(&known[data]);
    rs_trainer_free(used);
}

static void fill_symbols(rs_data *data, rs_data_set *set, rs_random *random)
{
    uint8_t *x = set->inputs.values;
    double *y = set->targets.values;
    for (size_t i = 0; i < rs_data_input_count(data, set); i++)
        x[i] = (uint8_t)rs_random_below(random, data->inputs);
    for (size_t i = 0; i < rs_data_target_count(data, set); i++)
        y[i] = rs_random_uniform(random, -1, 1);
}

/* Kernels of few and of many states want the same symbols in two forms. */
static void symbols_are_kept_in_the_form_of_the_run(void **state)
{
    const rs_data kind = {
        .input_kind = RS_INPUT_SYMBOLS, .target_kind = RS_TARGET_REALS, .inputs = 3, .outputs = 2};
    static const uint32_t states[] = {64, 2, 64, 2, 64};
    known_data known;
    rs_trainer *used = new_trainer();
    (void)state;
    make_data(&known, "symbols", &kind, fill_symbols);
    for (size_t i = 0; i < sizeof states / sizeof states[0]; i++) {
        rs_run_config config = config_of(states[i], 2);
        rs_trainer *fresh = new_trainer();
        config.gradient_check = i == 4;
        const double expected = run(fresh, &known, &config).final_loss;
        assert_true(run(used, &known, &config).final_loss == expected);
        rs_trainer_free(fresh);
    }
    free_data(&known);
    rs_trainer_free(used);
}

/* What a trainer holds is what plan says that it needs. */
static void memory_is_as_predicted(void **state)
{
    const rs_data kind = {
        .input_kind = RS_INPUT_REALS, .target_kind = RS_TARGET_REALS, .inputs = 300, .outputs = 2};
    known_data known;
    const rs_isa *isa;
    (void)state;
    make_data(&known, "memory", &kind, fill_wide);
    assert_int_equal(rs_isa_select(&isa, NULL, NULL), RS_OK);
    for (uint32_t precision = RS_FLOAT32; precision <= RS_FLOAT64; precision++) {
        rs_run_config config = config_of(5, 2);
        rs_trainer *trainer = new_trainer();
        config.precision = precision;
        config.task = known.task;
        run(trainer, &known, &config);
        const double predicted = (double)rs_trainer_need(isa, &config, 1);
        assert_true(fabs((double)rs_trainer_bytes(trainer) / predicted - 1) < 0.02);
        rs_trainer_free(trainer);
    }
    free_data(&known);
}

static void more_than_there_is_is_refused(void **state)
{
    const rs_data kind = {.input_kind = RS_INPUT_REALS,
                          .target_kind = RS_TARGET_LAST_CLASSES,
                          .inputs = 1,
                          .outputs = 2};
    known_data known;
    rs_trainer *trainer = new_trainer();
    rs_run_result result;
    rs_error error;
    (void)state;
    make_data(&known, "more", &kind, fill_majority);
    rs_run_config config = config_of(2, 1);
    config.task = known.task;
    config.train_samples = TRAINED + 1;
    assert_int_equal(rs_trainer_run(trainer, &config, &result, &error), RS_BAD_DATA);
    assert_non_null(
        strstr(error.text, "train_samples 201 is more than the 200 sequences of /train in more"));
    config.train_samples = TRAINED;
    config.test_samples = TESTED + 1;
    assert_int_equal(rs_trainer_run(trainer, &config, &result, &error), RS_BAD_DATA);
    assert_non_null(strstr(error.text, "test_samples"));
    free_data(&known);
    rs_trainer_free(trainer);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_linear_teacher_is_learnt),
        cmocka_unit_test(a_copy_is_learnt),
        cmocka_unit_test(a_class_of_the_sequence_is_learnt),
        cmocka_unit_test(sequences_come_in_their_order),
        cmocka_unit_test(history_does_not_show),
        cmocka_unit_test(symbols_are_kept_in_the_form_of_the_run),
        cmocka_unit_test(memory_is_as_predicted),
        cmocka_unit_test(more_than_there_is_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
