#include "importance_report.h"

#include <math.h>

#include "json_print.h"
#include "table.h"

/* Per cent as it is printed: a share a little below 0 is no "-0.0". */
static double shown_share(double share)
{
    return fabs(100 * share) < 0.05 ? 0 : 100 * share;
}

rs_status rs_importance_print_table(const rs_importance *importance, const rs_summary *summary,
                                    FILE *stream, rs_error *error)
{
    static const char *const heading[] = {"effect", "share", "95 % interval"};
    const char *unit = summary->units.name;
    rs_table *table;
    rs_status status =
        rs_table_create_headed(&table, sizeof heading / sizeof heading[0], heading, error);
    if (status != RS_OK)
        return status;
    for (size_t i = 0; i < importance->count; i++) {
        const rs_effect *effect = &importance->effects[i];
        char name[RS_EFFECT_TEXT];
        rs_effect_name(effect, name);
        rs_table_cell(table, "%s", name);
        rs_table_cell(table, "%.1f %%", shown_share(effect->share));
        rs_table_cell(table, "%.1f..%.1f %%", 100 * effect->interval.low,
                      100 * effect->interval.high);
    }
    status = rs_table_print(table, 0, stream, error);
    rs_table_free(table);
    fprintf(stream, "Shares of the variance of %s%s between configurations, over %zu %ss.\n",
            summary->metric.accuracy ? "" : "the ranks of ", summary->metric.name,
            importance->units, unit);
    const uint32_t level = rs_importance_level(summary);
    if (level < summary->levels.rungs.count) {
        char text[RS_LEVEL_TEXT];
        rs_levels_name(&summary->levels, level, text);
        fprintf(stream, "All runs as they were after %s: some were stopped then.\n", text);
    }
    if (summary->units.held != NULL)
        fprintf(stream,
                "Replicates are %ss; %s is held: this says nothing about other values of it.\n",
                unit, summary->units.held);
    return status;
}

void rs_importance_print_csv(const rs_importance *importance, FILE *stream)
{
    fputs("effect,share,share_95_low,share_95_high\n", stream);
    for (size_t i = 0; i < importance->count; i++) {
        const rs_effect *effect = &importance->effects[i];
        const double numbers[] = {effect->share, effect->interval.low, effect->interval.high};
        char name[RS_EFFECT_TEXT], text[RS_JSON_REAL_TEXT];
        rs_effect_name(effect, name);
        fputs(name, stream);
        for (size_t k = 0; k < sizeof numbers / sizeof numbers[0]; k++) {
            rs_json_format_real(numbers[k], text);
            fprintf(stream, ",%s", text);
        }
        fputc('\n', stream);
    }
}

rs_status rs_importance_print_json(const rs_importance *importance, const rs_summary *summary,
                                   FILE *stream, rs_error *error)
{
    rs_json_list list;
    const uint32_t level = rs_importance_level(summary);
    char until[RS_LEVEL_TEXT];
    rs_levels_name(&summary->levels, level, until);
    json_t *head = json_pack("{s:s, s:s, s:s, s:s?, s:I, s:s*}", "metric", summary->metric.name,
                             "method", "grid", "unit", summary->units.name, "held",
                             summary->units.held, "seeds", (json_int_t)importance->units, "until",
                             level < summary->levels.rungs.count ? until : NULL);
    rs_status status = rs_json_list_begin(&list, head, "effects", stream, error);
    for (size_t i = 0; status == RS_OK && i < importance->count; i++) {
        const rs_effect *effect = &importance->effects[i];
        char name[RS_EFFECT_TEXT];
        rs_effect_name(effect, name);
        status = rs_json_list_add(&list,
                                  json_pack("{s:s, s:o, s:[o, o]}", "effect", name, "share",
                                            rs_json_real(effect->share), "share_95",
                                            rs_json_real(effect->interval.low),
                                            rs_json_real(effect->interval.high)),
                                  error);
    }
    if (status == RS_OK)
        rs_json_list_end(&list);
    return status;
}
