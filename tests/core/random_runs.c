#include "random_runs.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "rules.h"
#include "task.h"

/* ---- Results --------------------------------------------------------------------------------- */

static const double *copy(record *k, const double *from, size_t count)
{
    double *to = malloc((count > 0 ? count : 1) * sizeof *to);
    assert_non_null(to);
    if (count > 0)
        memcpy(to, from, count * sizeof *to);
    k->copies[k->count++] = to;
    return to;
}

record record_keep(const rs_run_result *result)
{
    record k = {.r = *result};
    rs_run_result *r = &k.r;
    r->loss = copy(&k, r->loss, r->loss_count);
    r->validation_loss = copy(&k, r->validation_loss, r->check_count);
    r->validation_accuracy = copy(&k, r->validation_accuracy, r->check_count);
    r->length_accuracy = copy(&k, r->length_accuracy, r->length_count);
    r->length_loss = copy(&k, r->length_loss, r->length_count);
    r->set_accuracy = copy(&k, r->set_accuracy, r->set_count);
    r->set_loss = copy(&k, r->set_loss, r->set_count);
    r->checkpoint_update = copy(&k, r->checkpoint_update, r->checkpoint_count);
    r->checkpoint_weights = copy(&k, r->checkpoint_weights, r->checkpoint_count * r->weight_count);
    r->rung_loss = copy(&k, r->rung_loss, r->rung_count);
    r->rung_test_loss = copy(&k, r->rung_test_loss, r->rung_count);
    r->rung_accuracy = copy(&k, r->rung_accuracy, r->rung_count);
    r->rung_bit_accuracy = copy(&k, r->rung_bit_accuracy, r->rung_count);
    r->weights = copy(&k, r->weights, r->weight_count);
    return k;
}

void record_forget(record *k)
{
    for (size_t i = 0; i < k->count; i++)
        free(k->copies[i]);
    k->count = 0;
}

void assert_same(double a, double b, const char *what)
{
    if (memcmp(&a, &b, sizeof a) != 0 && !(isnan(a) && isnan(b)))
        fail_msg("%s: %a, in one go %a", what, a, b);
}

void assert_all_same(const double *a, const double *b, size_t count, const char *what)
{
    for (size_t i = 0; i < count; i++)
        assert_same(a[i], b[i], what);
}

/* What both have of the course of a run, as far as `part` came. */
void assert_beginning(const rs_run_result *part, const rs_run_result *whole)
{
    const size_t weights = whole->weight_count;
    assert_int_equal(part->loss_count, whole->loss_count);
    assert_int_equal(part->weight_count, weights);
    assert_true(part->check_count <= whole->check_count);
    assert_true(part->checkpoint_count <= whole->checkpoint_count);
    assert_true(part->rung_count <= whole->rung_count);
    assert_same(part->initial_loss, whole->initial_loss, "initial loss");
    assert_all_same(part->validation_loss, whole->validation_loss, part->check_count,
                    "validation loss");
    assert_all_same(part->validation_accuracy, whole->validation_accuracy, part->check_count,
                    "validation accuracy");
    assert_all_same(part->checkpoint_update, whole->checkpoint_update, part->checkpoint_count,
                    "checkpoint");
    assert_all_same(part->checkpoint_weights, whole->checkpoint_weights,
                    part->checkpoint_count * weights, "weights at a checkpoint");
    assert_all_same(part->rung_loss, whole->rung_loss, part->rung_count, "loss at a rung");
    assert_all_same(part->rung_test_loss, whole->rung_test_loss, part->rung_count,
                    "test at a rung");
    assert_all_same(part->rung_accuracy, whole->rung_accuracy, part->rung_count,
                    "accuracy at a rung");
    assert_all_same(part->rung_bit_accuracy, whole->rung_bit_accuracy, part->rung_count,
                    "outputs at a rung");
    assert_int_equal(part->gradient_check.agrees, whole->gradient_check.agrees);
    assert_same(part->gradient_check.numerical, whole->gradient_check.numerical, "gradient check");
}

void assert_same_end(const rs_run_result *a, const rs_run_result *b)
{
    assert_int_equal(a->outcome, b->outcome);
    assert_int_equal(a->diverged_at, b->diverged_at);
    assert_int_equal(a->updates, b->updates);
    assert_int_equal(a->stop_reason, b->stop_reason);
    assert_int_equal(a->check_count, b->check_count);
    assert_same(a->solved_at, b->solved_at, "solved at");
    assert_same(a->initial_loss, b->initial_loss, "initial loss");
    assert_same(a->final_loss, b->final_loss, "final loss");
    assert_same(a->test_accuracy, b->test_accuracy, "test accuracy");
    assert_same(a->test_bit_accuracy, b->test_bit_accuracy, "test bit accuracy");
    assert_same(a->test_loss, b->test_loss, "test loss");
    assert_all_same(a->loss, b->loss, a->loss_count, "loss curve");
    assert_all_same(a->length_accuracy, b->length_accuracy, a->length_count,
                    "accuracy at a length");
    assert_all_same(a->length_loss, b->length_loss, a->length_count, "loss at a length");
    assert_all_same(a->set_accuracy, b->set_accuracy, a->set_count, "accuracy of a set");
    assert_all_same(a->set_loss, b->set_loss, a->set_count, "loss of a set");
    assert_all_same(a->weights, b->weights, a->weight_count, "weights");
}

/* ---- A data file, with lengths, weights, and sets of all kinds ---------------------------------
 */

static uint32_t file_task;

static void fill_set(rs_data *data, rs_data_set *set, rs_random *random)
{
    const size_t numbers = (size_t)set->sequences * set->steps;
    set->inputs = (rs_array){calloc(numbers, 1), RS_ELEMENT_U8};
    set->targets = (rs_array){calloc(numbers, 1), RS_ELEMENT_U8};
    set->weights = (rs_array){calloc(numbers, sizeof(double)), RS_ELEMENT_F64};
    set->lengths = (rs_array){calloc(set->sequences, sizeof(uint32_t)), RS_ELEMENT_U32};
    for (size_t n = 0; n < set->sequences; n++) {
        const size_t length = 1 + rs_random_below(random, set->steps), first = n * set->steps;
        ((uint32_t *)set->lengths.values)[n] = (uint32_t)length;
        for (size_t i = first; i < first + length; i++) {
            ((uint8_t *)set->inputs.values)[i] = (uint8_t)rs_random_below(random, data->inputs);
            ((uint8_t *)set->targets.values)[i] = (uint8_t)rs_random_below(random, data->outputs);
            ((double *)set->weights.values)[i] = rs_random_uniform(random, 0.5, 2);
        }
    }
}

void random_runs_begin(void)
{
    static const rs_data_set extents[] = {{"train", 70, 6, .inputs = {0}},
                                          {"test", 30, 7, .inputs = {0}},
                                          {"validation", 20, 5, .inputs = {0}},
                                          {"further", 25, 9, .inputs = {0}}};
    rs_data *data = calloc(1, sizeof *data);
    rs_random random;
    rs_random_seed(&random, 3);
    *data = (rs_data){.input_kind = RS_INPUT_SYMBOLS,
                      .target_kind = RS_TARGET_CLASSES,
                      .inputs = 3,
                      .outputs = 2,
                      .set_count = sizeof extents / sizeof extents[0],
                      .sets = calloc(1, sizeof extents)};
    memcpy(data->sets, extents, sizeof extents);
    for (size_t i = 0; i < data->set_count; i++)
        fill_set(data, &data->sets[i], &random);
    assert_int_equal(rs_data_hash(data, &data->hash, NULL), RS_OK);
    const rs_task_facts facts = rs_task_facts_of(data, "ragged");
    assert_int_equal(rs_task_add(&facts, NULL, data, &file_task, NULL), RS_OK);
}

/* ---- Runs that fit each other, at random -------------------------------------------------------
 */

bool chance(rs_random *random, uint32_t of)
{
    return rs_random_below(random, of) == 0;
}

uint32_t below(rs_random *random, uint32_t bound)
{
    return (uint32_t)rs_random_below(random, bound);
}

/* What decides the form of a run. */
rs_run_config random_form(rs_random *random)
{
    static const uint32_t batches[] = {1, 2, 3, 4, 6, 16, 20};
    rs_run_config c = rs_run_config_default();
    c.task = below(random, RS_TASK_TOTAL + 4);
    c.task = c.task < RS_TASK_TOTAL ? c.task : c.task == RS_TASK_TOTAL ? file_task : 0;
    c.cell = below(random, RS_CELL_TOTAL);
    c.leak = chance(random, 3) ? 0.4 : 1;
    c.optimizer = below(random, RS_OPTIMIZER_TOTAL);
    c.nesterov = below(random, 2);
    c.precision = below(random, RS_PRECISION_TOTAL);
    c.states = 1 + below(random, chance(random, 4) ? 20 : 6);
    c.sequence_length = 2 * (2 + below(random, 4));
    c.shortest_length = chance(random, 2) ? (int64_t)(2 * (1 + below(random, 3))) : -1;
    c.batch_size = batches[below(random, 7)];
    c.batching = below(random, RS_BATCHING_TOTAL);
    c.train_samples = 30 + below(random, 30);
    c.test_samples = 30;
    c.train_fraction = chance(random, 3) ? 0.75 : 1;
    c.epochs = 2 + below(random, 4);
    c.loss_interval = 1 + below(random, 4);
    c.shuffle = below(random, 2);
    c.fresh_data = chance(random, 4);
    c.all_sequences = chance(random, 4);
    c.recorded_loss = below(random, RS_RECORDED_LOSS_TOTAL);
    c.initial_state = below(random, RS_INITIAL_STATE_TOTAL);
    c.biases = below(random, RS_BIASES_TOTAL);
    c.loss_function = below(random, RS_LOSS_FUNCTION_TOTAL);
    c.readout = below(random, RS_READOUT_TOTAL);
    c.delay = 2;
    c.gradient_check = c.states < 6 && chance(random, 4);
    c.validation_samples = chance(random, 3) ? 20 : 0;
    c.check_interval = chance(random, 2) ? (int64_t)(1 + below(random, 12)) : -1;
    rs_run_config_settle(&c);
    return c;
}

/* And what each run may have for itself. */
void random_own(rs_run_config *c, uint32_t i, rs_random *random)
{
    static const double rates[] = {0.003, 0.01, 0.05, 0.2};
    c->seed = 1 + i;
    c->data_seed = chance(random, 3) && c->task < RS_TASK_TOTAL ? 5 : -1;
    c->learning_rate = rates[below(random, 4)];
    if (chance(random, 6)) /* diverges, at once or later */
        c->learning_rate = c->precision == RS_FLOAT32 ? 1e37 : 1e307;
    c->schedule = below(random, RS_SCHEDULE_TOTAL);
    c->warmup = chance(random, 3) ? below(random, 20) : 0;
    if (c->optimizer != RS_OPTIMIZER_ADAM)
        c->momentum = chance(random, 3) ? 0 : 0.5;
    c->weight_decay = chance(random, 3) ? 0.05 : 0;
    c->clip_norm = chance(random, 3) ? 0.5 : -1;
    c->gain = chance(random, 8) ? 64 : 1;
    c->init = below(random, RS_INIT_TOTAL);
    c->recurrent_init = below(random, RS_RECURRENT_INIT_TOTAL);
    c->stop_loss = chance(random, 5) ? 0.4 : -1;
    c->stop_accuracy = chance(random, 5) ? 0.4 : -1;
    c->patience = chance(random, 4) ? (int64_t)(1 + below(random, 3)) : -1;
}

/* Of the fastest instruction set, or of the slowest. */
rs_trainer *new_trainer(bool is_slow)
{
    const rs_isa *isa;
    rs_trainer *trainer = NULL;
    assert_int_equal(rs_isa_select(&isa, is_slow ? "generic" : NULL, NULL), RS_OK);
    assert_int_equal(rs_trainer_create(&trainer, isa, NULL), RS_OK);
    return trainer;
}

rs_run_result run_alone(rs_trainer *trainer, const rs_run_config *config)
{
    rs_run_result result;
    rs_error error;
    if (rs_trainer_run(trainer, config, &result, &error) != RS_OK)
        fail_msg("%s", error.text);
    return result;
}
