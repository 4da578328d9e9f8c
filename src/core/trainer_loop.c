/* The updates of a run. */
#include <math.h>

#include "trainer.h"

/* Minibatch of an update of an epoch. */
static rs_minibatch minibatch(const rs_trainer *t, const rs_run_config *config, uint32_t index)
{
    uint32_t first = config->batching == RS_BATCHING_SLIDING ? index : index * config->batch_size;
    return rs_sequences_minibatch(&t->train, first, config->batch_size);
}

/* Kernels sum a loss in double; that of a float32 run is a float32 number, so that it is the same
 * in a file of float32 as in one of float64. */
static double minibatch_loss(rs_trainer *t, const rs_run_config *config, const rs_minibatch *batch)
{
    double loss = rs_isa_kernel(t->isa, config->precision)
                      ->loss(t->scratch, &t->network, t->block[RS_BLOCK_THETA], batch);
    return config->precision == RS_FLOAT32 ? (float)loss : loss;
}

/* The curve from the first point that the run did not reach. */
static void end_curve(rs_trainer *t, const rs_run_config *config, int64_t diverged_at)
{
    size_t reached = (size_t)((diverged_at + config->loss_interval - 1) / config->loss_interval);
    for (size_t i = reached; i < rs_trainer_loss_count(config); i++)
        t->loss[i] = NAN;
}

void rs_trainer_train(rs_trainer *t, const rs_run_config *config, rs_run_result *result)
{
    const rs_kernel *kernel = rs_isa_kernel(t->isa, config->precision);
    const size_t count = t->network.count;
    const uint64_t updates = rs_run_config_updates(config);
    const uint32_t per_epoch = config->train_samples / config->batch_size;
    rs_minibatch batch = minibatch(t, config, 0);
    double loss = minibatch_loss(t, config, &batch);
    t->loss[0] = result->initial_loss = loss;
    result->diverged_at = isfinite(loss) ? -1 : 0;
    for (uint64_t update = 1; update <= updates && result->diverged_at < 0; update++) {
        batch = minibatch(t, config, (uint32_t)((update - 1) % per_epoch));
        kernel->look_ahead(count, config, t->block[RS_BLOCK_THETA], t->block[RS_BLOCK_VELOCITY]);
        kernel->gradient(t->scratch, &t->network, t->block[RS_BLOCK_THETA], &batch,
                         t->block[RS_BLOCK_GRADIENT]);
        bool finite =
            kernel->descend(count, config, t->block[RS_BLOCK_THETA], t->block[RS_BLOCK_VELOCITY],
                            t->block[RS_BLOCK_SQUARES], t->block[RS_BLOCK_GRADIENT]);
        bool recorded = update % config->loss_interval == 0;
        if (finite && (recorded || update == updates)) {
            loss = minibatch_loss(t, config, &batch);
            finite = isfinite(loss);
        }
        if (finite && recorded)
            t->loss[update / config->loss_interval] = loss;
        if (!finite)
            result->diverged_at = (int64_t)update;
    }
    result->final_loss = result->diverged_at < 0 ? loss : NAN;
    if (result->diverged_at >= 0)
        end_curve(t, config, result->diverged_at);
}
