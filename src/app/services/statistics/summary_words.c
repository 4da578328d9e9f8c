#include "summary_words.h"

#include <math.h>

static const char *plural(size_t count)
{
    return count == 1 ? "" : "s";
}

void rs_summary_note(rs_summary_seen *seen, const rs_group_statistics *statistics)
{
    seen->tied |= statistics->standing == RS_STANDING_TIED;
    seen->undecided |= statistics->standing == RS_STANDING_UNDECIDED;
    seen->unpaired |= statistics->standing == RS_STANDING_UNPAIRED;
    seen->decided |=
        statistics->standing == RS_STANDING_TIED || statistics->standing == RS_STANDING_WORSE;
    if (statistics->standing == RS_STANDING_UNDECIDED &&
        statistics->pairs.units > seen->paired_units)
        seen->paired_units = statistics->pairs.units;
}

/* "until: 3 of 6 settings stopped after 2 epochs, 1 after 8 epochs. ..." */
static void explain_levels(const rs_summary *summary, FILE *stream)
{
    const char *separator = "until: ";
    for (uint32_t level = 0; level < summary->levels.rungs.count; level++) {
        char text[RS_LEVEL_TEXT];
        size_t stopped = 0;
        for (size_t rank = 0; rank < summary->finished; rank++)
            stopped += summary->ranking[rank].level == level;
        if (stopped == 0)
            continue;
        rs_levels_name(&summary->levels, level, text);
        fprintf(stream, "%s%zu", separator, stopped);
        if (*separator == 'u')
            fprintf(stream, " of %zu setting%s stopped", summary->finished,
                    plural(summary->finished));
        fprintf(stream, " after %s", text);
        separator = ", ";
    }
    if (*separator != 'u')
        fputs(summary->comparisons > 0
                  ? ".\nTheir scores are of then, and so is the best that they are compared with.\n"
                  : ".\nTheir scores are of then.\n",
              stream);
}

static void explain_time(const rs_summary *summary, FILE *stream)
{
    if (summary->timed && isnan(summary->question.loss_level))
        fprintf(stream,
                "reached: of the runs with stop_loss or stop_accuracy, those that got there "
                "at a check; updates\nuntil then, others as infinite.\n");
}

static void explain_score(const rs_summary *summary, FILE *stream)
{
    const rs_metric *metric = &summary->metric;
    fprintf(stream, "score: %s %s over the %ss, diverged runs as %s; the %s first.\n",
            metric->accuracy ? "mean" : "median", metric->name,
            metric->accuracy ? summary->units.name : "run",
            metric->accuracy ? (metric->maximizes ? "0" : "1") : "infinite",
            metric->maximizes ? "largest" : "smallest");
}

/* Names of parameters with commas between them; returns how many. */
static size_t print_names(const rs_key_set *names, FILE *stream)
{
    size_t count = 0;
    for (size_t i = 0; i < RS_PARAMETER_TOTAL; i++)
        if (names->parameter[i])
            fprintf(stream, "%s%s", count++ > 0 ? ", " : "", rs_parameters[i].name);
    if (names->parameter[RS_KEY_SEED])
        fprintf(stream, "%s%s", count++ > 0 ? ", " : "", "seed");
    return count;
}

static void explain_unpaired(const rs_summary *summary, FILE *stream)
{
    if (!summary->pairs_by.parameter[summary->units.place]) {
        fprintf(stream, "?: shares no %ss with the best.\n", summary->units.name);
        return;
    }
    rs_key_set agree = rs_key_set_varying(summary->results, summary->question.where);
    for (size_t i = 0; i < RS_PARAMETER_TOTAL; i++)
        agree.parameter[i] &= summary->pairs_by.parameter[i];
    agree.parameter[summary->units.place] = true;
    fputs("?: has no run that agrees with one of the best in ", stream);
    print_names(&agree, stream);
    fputs(".\n", stream);
}

static void explain_undecided(const rs_summary *summary, const rs_summary_seen *seen, FILE *stream)
{
    const size_t needed = rs_units_needed(summary->comparisons), units = seen->paired_units;
    const char *unit = summary->units.name;
    if (seen->decided)
        fprintf(stream, "?: shares at most %zu %s%s with the best, too few to tell; ", units, unit,
                plural(units));
    else
        fprintf(stream, "?: %zu %s%s cannot tell these %zu settings apart; ", units, unit,
                plural(units), summary->finished);
    fprintf(stream, "%zu would, if the best won with each.\n", needed);
}

static void explain_standing(const rs_summary *summary, const rs_summary_seen *seen, FILE *stream)
{
    const char *unit = summary->units.name;
    const size_t comparisons = summary->comparisons;
    if (comparisons == 0)
        return;
    if (seen->tied)
        fprintf(stream,
                "tied: not shown to be worse than the best on the %ss they share (paired "
                "permutation\ntest, 5 %% over all %zu comparison%s).\n",
                unit, comparisons, plural(comparisons));
    if (seen->undecided)
        explain_undecided(summary, seen, stream);
    if (seen->unpaired)
        explain_unpaired(summary, stream);
}

/* Whether a parameter varies along with the groups, and not because their task says so. */
static bool goes_along(const rs_summary *summary, size_t parameter)
{
    return summary->along.parameter[parameter] &&
           !(summary->question.by.parameter[RS_PARAMETER_task] &&
             rs_follows_task(&rs_parameters[parameter]));
}

/* What the numbers say nothing about. */
static void explain_units(const rs_summary *summary, FILE *stream)
{
    rs_key_set unlike = {0};
    bool other_data = false;
    if (summary->units.held != NULL)
        fprintf(stream,
                "Replicates are %ss; %s is held: this says nothing about other values of it.\n",
                summary->units.name, summary->units.held);
    for (size_t i = 0; i < RS_PARAMETER_TOTAL; i++) {
        unlike.parameter[i] = rs_decides_draws(&rs_parameters[i]) &&
                              (summary->question.by.parameter[i] || goes_along(summary, i));
        other_data |= unlike.parameter[i];
    }
    if (!other_data)
        return;
    fputs("Runs that differ in ", stream);
    print_names(&unlike, stream);
    fprintf(stream, " have other data: they are matched by the number of their %s only.\n",
            summary->units.name);
}

/* What else may be behind the differences of the groups. */
static void explain_along(const rs_summary *summary, FILE *stream)
{
    rs_key_set along = {0};
    size_t count = 0;
    for (size_t i = 0; i < RS_PARAMETER_TOTAL; i++)
        count += along.parameter[i] = goes_along(summary, i);
    if (count == 0)
        return;
    print_names(&along, stream);
    fprintf(stream, " %s along with ", count == 1 ? "varies" : "vary");
    print_names(&summary->question.by, stream);
    fputs(": their effects cannot be told apart.\n", stream);
}

void rs_summary_explain(const rs_summary *summary, const rs_summary_seen *seen, FILE *stream)
{
    explain_score(summary, stream);
    explain_levels(summary, stream);
    explain_time(summary, stream);
    explain_standing(summary, seen, stream);
    explain_units(summary, stream);
    explain_along(summary, stream);
}
