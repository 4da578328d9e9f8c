/* The sets of a run that it is not trained on. */
#include <math.h>

#include "task_shape.h"
#include "trainer.h"

double rs_rounded_loss(const rs_run_config *config, double loss)
{
    return config->precision == RS_FLOAT32 ? (float)loss : loss;
}

/* ---- Drawing --------------------------------------------------------------------------------- */

static void draw_set(rs_trainer *t, const rs_run_config *config, rs_drawn_set set, uint32_t samples,
                     rs_random *random)
{
    if (rs_trainer_is_drawn(t)) {
        rs_drawn_begin(&t->drawn, config, set, samples);
        rs_drawn_fill(&t->drawn, config, set, 0, samples, 1, random);
    } else
        rs_sequences_draw(set == RS_DRAWN_TEST ? &t->test : &t->validation, samples,
                          config->sequence_length, random);
}

void rs_trainer_draw_held_out(rs_trainer *t, const rs_run_config *config, rs_random *random)
{
    rs_random data = rs_trainer_is_drawn(t) ? t->after_drawn : t->after_train;
    if (t->data != NULL && !rs_trainer_is_drawn(t))
        return;
    if (config->data_seed >= 0)
        random = &data;
    draw_set(t, config, RS_DRAWN_TEST, config->test_samples, random);
    if (config->validation_samples > 0)
        draw_set(t, config, RS_DRAWN_VALIDATION, config->validation_samples, random);
}

/* ---- Evaluation ------------------------------------------------------------------------------ */

void rs_trainer_score(rs_trainer *t, const rs_run_config *config, const rs_minibatch *batch,
                      rs_score *score)
{
    rs_isa_kernel(t->isa, config->precision)
        ->evaluate(t->scratch, &t->network, t->block[RS_BLOCK_THETA], batch, score);
}

void rs_trainer_score_set(rs_trainer *t, const rs_run_config *config, const rs_data *data,
                          const rs_data_set *set, uint32_t samples, uint32_t at_once,
                          rs_score *score)
{
    for (uint32_t first = 0, count; first < samples; first += count) {
        count = samples - first < at_once ? samples - first : at_once;
        const rs_minibatch batch = rs_trainer_assemble(t, config, data, set, first, count);
        rs_trainer_score(t, config, &batch, score);
    }
}

/* The first `samples` sequences of a set of t->data. */
static rs_held_out evaluate_data(rs_trainer *t, const rs_run_config *config, const char *set,
                                 uint32_t samples)
{
    rs_score score = {.bits = 0};
    rs_trainer_score_set(t, config, t->data, rs_data_find(t->data, set), samples, RS_TESTED_AT_ONCE,
                         &score);
    return (rs_held_out){.accuracy = (double)score.sums / samples,
                         .bit_accuracy = (double)score.bits / (double)score.counted,
                         .loss = rs_rounded_loss(config, score.loss / score.weight)};
}

static rs_held_out evaluate_pairs(rs_trainer *t, const rs_run_config *config,
                                  const rs_sequences *set, bool with_loss)
{
    rs_score score = {.bits = 0};
    const rs_kernel *kernel = rs_isa_kernel(t->isa, config->precision);
    const rs_minibatch batch = rs_sequences_minibatch(set, 0, set->samples);
    rs_trainer_score(t, config, &batch, &score);
    const double loss =
        with_loss ? kernel->loss(t->scratch, &t->network, t->block[RS_BLOCK_THETA], &batch)
                  : (double)NAN;
    return (rs_held_out){.accuracy = (double)score.sums / set->samples,
                         .bit_accuracy =
                             (double)score.bits / ((double)set->samples * config->sequence_length),
                         .loss = rs_rounded_loss(config, loss)};
}

rs_held_out rs_trainer_test(rs_trainer *t, const rs_run_config *config)
{
    return t->data != NULL ? evaluate_data(t, config, "test", config->test_samples)
                           : evaluate_pairs(t, config, &t->test, false);
}

rs_held_out rs_trainer_validate(rs_trainer *t, const rs_run_config *config)
{
    return t->data != NULL ? evaluate_data(t, config, "validation", config->validation_samples)
                           : evaluate_pairs(t, config, &t->validation, true);
}
