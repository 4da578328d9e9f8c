#include "plan_survey.h"

#include <math.h>
#include <stdlib.h>

#include "calibrate.h"
#include "memory.h"

static void add_value(rs_values *values, double value)
{
    if (values->count == 0)
        values->min = values->max = value;
    else if (value == values->last)
        return;
    values->last = value;
    values->min = fmin(values->min, value);
    values->max = fmax(values->max, value);
    if (values->more)
        return;
    for (size_t i = 0; i < values->count; i++)
        if (values->list[i] == value)
            return;
    if (values->count < RS_VALUES_MAX)
        values->list[values->count++] = value;
    else
        values->more = true;
}

static void add_cost(rs_plan_survey *survey, size_t run, double seconds, uint32_t group)
{
    survey->seconds += seconds;
    survey->longest_seconds = fmax(survey->longest_seconds, seconds * group);
    if (group > 1) {
        survey->grouped++;
        survey->group_sizes += group;
        survey->grouped_seconds += seconds;
    }
    if (run == 0 || seconds < survey->cheapest_seconds) {
        survey->cheapest = run;
        survey->cheapest_seconds = seconds;
    }
    if (run == 0 || seconds > survey->costliest_seconds) {
        survey->costliest = run;
        survey->costliest_seconds = seconds;
    }
}

static void add_setting(rs_plan_survey *survey, const rs_plan *plan, const rs_run_config *config,
                        bool first)
{
    for (size_t i = 0; i < RS_PARAMETER_TOTAL; i++)
        if (first || rs_plan_varies(plan, (rs_parameter_id)i))
            add_value(&survey->parameters[i], rs_parameter_get(&rs_parameters[i], config));
}

static rs_status measure_runs(rs_plan_survey *survey, const rs_plan *plan,
                              rs_calibration *calibration, rs_hash_stream *identity,
                              rs_error *error)
{
    rs_identity_order order = {.count = 0};
    size_t length_count;
    const uint32_t *lengths = rs_plan_test_lengths(plan, &length_count);
    rs_run_config last;
    double seconds = 0;
    uint32_t group = 1;
    for (size_t run = 0; run < rs_plan_runs(plan); run++) {
        rs_run_config config;
        rs_plan_run(plan, run, &config);
        if (run == 0 || !rs_identity_same_setting(&config, &last)) {
            rs_status status = rs_calibration_predict(calibration, &config, length_count, lengths,
                                                      &seconds, error);
            if (status != RS_OK)
                return status;
            group = rs_trainer_group_most(&config);
            add_setting(survey, plan, &config, run == 0);
            survey->may_stop |=
                config.stop_loss >= 0 || config.stop_accuracy >= 0 || config.patience >= 0;
            last = config;
        }
        rs_plan_hash_add(identity, &order, &config);
        add_cost(survey, run, seconds, group);
        add_value(&survey->seeds, config.seed);
    }
    return RS_OK;
}

rs_status rs_plan_survey_make(rs_plan_survey **survey, const rs_plan *plan, const rs_isa *isa,
                              rs_error *error)
{
    const double budget = 2;
    void *made = NULL;
    rs_calibration *calibration = NULL;
    rs_hash_stream *identity = NULL;
    rs_status status;
    if ((status = rs_allocate(&made, 1, sizeof **survey, error)) != RS_OK ||
        (status = rs_calibration_create(&calibration, isa, budget, error)) != RS_OK ||
        (status = rs_hash_stream_create(&identity, error)) != RS_OK)
        goto done;
    rs_plan_hash_begin(identity);
    if ((status = measure_runs(made, plan, calibration, identity, error)) != RS_OK)
        goto done;
    *survey = made;
    (*survey)->identity = rs_hash_stream_finish(identity);
    identity = NULL;
    made = NULL;
done:
    rs_hash_stream_free(identity);
    rs_calibration_free(calibration);
    free(made);
    return status;
}

double rs_plan_survey_core_seconds(const rs_plan_survey *survey, unsigned threads)
{
    if (survey->grouped == 0)
        return survey->seconds;
    /* As the queue hands them out: in rounds, of which each gives every thread a group. */
    const double count = (double)survey->grouped;
    const double full = threads * (double)survey->group_sizes / count;
    const double rounds = ceil(count / full);
    return survey->seconds + survey->grouped_seconds * (rounds * full / count - 1);
}

double rs_plan_survey_wall_seconds(const rs_plan_survey *survey, unsigned threads)
{
    return fmax(rs_plan_survey_core_seconds(survey, threads) / threads, survey->longest_seconds);
}
