#include "stopping.h"

#include <math.h>

static bool has_criterion(const rs_stopping *s)
{
    return s->stop_loss >= 0 || s->stop_accuracy >= 0;
}

void rs_stopping_begin(rs_stopping *s, const rs_run_config *config, uint32_t per_epoch)
{
    const uint64_t updates = (uint64_t)config->epochs * per_epoch;
    *s = (rs_stopping){.stop_loss = config->stop_loss,
                       .stop_accuracy = config->stop_accuracy,
                       .patience = config->patience,
                       .best = INFINITY,
                       .reason = RS_STOP_END};
    if (rs_run_config_is_checked(config))
        s->interval = config->check_interval > 0 ? (uint64_t)config->check_interval : per_epoch;
    s->solved_at = has_criterion(s) && s->interval <= updates ? -1 : (double)NAN;
}

bool rs_stopping_is_due(const rs_stopping *s, uint64_t update)
{
    return s->interval > 0 && update % s->interval == 0;
}

bool rs_stopping_watches_loss(const rs_run_config *config)
{
    return config->validation_samples == 0 && rs_run_config_is_checked(config);
}

bool rs_stopping_watches_accuracy(const rs_run_config *config)
{
    return config->validation_samples == 0 && config->stop_accuracy >= 0;
}

void rs_stopping_watch(rs_stopping *s, double loss, double weight, uint64_t right,
                       uint64_t sequences)
{
    rs_watched *watched = &s->watched;
    if (weight > 0)
        watched->loss += weight * loss;
    watched->weight += weight;
    watched->right += right;
    watched->sequences += sequences;
}

void rs_stopping_sum_up(rs_stopping *s, double *loss, double *accuracy)
{
    const rs_watched *watched = &s->watched;
    *loss = watched->weight > 0 ? watched->loss / watched->weight : 0;
    *accuracy = (double)watched->right / (double)watched->sequences;
    s->watched = (rs_watched){.loss = 0};
}

static void note_best(rs_stopping *s, double loss)
{
    if (loss < s->best) {
        s->best = loss;
        s->worse = 0;
    } else
        s->worse++;
}

bool rs_stopping_check(rs_stopping *s, uint64_t update, double loss, double accuracy)
{
    s->checks++;
    note_best(s, loss);
    if (s->stop_accuracy >= 0 && accuracy >= s->stop_accuracy)
        s->reason = RS_STOP_ACCURACY;
    else if (s->stop_loss >= 0 && loss <= s->stop_loss)
        s->reason = RS_STOP_LOSS;
    else if (s->patience >= 0 && s->worse >= s->patience)
        s->reason = RS_STOP_PATIENCE;
    if (s->reason == RS_STOP_ACCURACY || s->reason == RS_STOP_LOSS)
        s->solved_at = (double)update;
    return s->reason != RS_STOP_END;
}
