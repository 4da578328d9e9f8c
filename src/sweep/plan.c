#include <stdlib.h>
#include <string.h>

#include "plan_fields.h"
#include "task.h"

void rs_plan_free(rs_plan *plan)
{
    if (plan == NULL)
        return;
    for (size_t i = 0; i < plan->count; i++)
        rs_selection_free(&plan->selections[i]);
    rs_arena_free(plan->arena);
    free(plan);
}

size_t rs_plan_runs(const rs_plan *plan)
{
    return plan->first_run[plan->count];
}

size_t rs_plan_configurations(const rs_plan *plan)
{
    size_t total = 0;
    for (size_t i = 0; i < plan->count; i++)
        total += plan->selections[i].configurations;
    return total;
}

size_t rs_plan_duplicates(const rs_plan *plan)
{
    size_t total = 0;
    for (size_t i = 0; i < plan->count; i++)
        total += plan->selections[i].repeated;
    return total;
}

size_t rs_plan_excluded(const rs_plan *plan)
{
    size_t total = 0;
    for (size_t i = 0; i < plan->count; i++)
        total += plan->selections[i].excluded;
    return total;
}

size_t rs_plan_sweeps(const rs_plan *plan)
{
    return plan->count;
}

/* The sweep of the run: the last one that starts at or before it. */
static size_t find_sweep(const rs_plan *plan, size_t run)
{
    size_t low = 0, high = plan->count;
    while (high - low > 1) {
        size_t middle = low + (high - low) / 2;
        *(plan->first_run[middle] <= run ? &low : &high) = middle;
    }
    return low;
}

void rs_plan_run(const rs_plan *plan, size_t run, rs_run_config *config)
{
    size_t i = find_sweep(plan, run);
    const rs_seeds *seeds = &plan->sweeps[i].seeds;
    size_t inner = rs_selection_run(&plan->selections[i], run - plan->first_run[i]);
    rs_sweep_configuration(&plan->sweeps[i], inner / seeds->count, config);
    config->seed = rs_seeds_at(seeds, inner % seeds->count);
}

const char *rs_plan_name(const rs_plan *plan)
{
    return plan->sweeps[0].name != NULL ? plan->sweeps[0].name : plan->name;
}

bool rs_plan_is_named(const rs_plan *plan)
{
    return plan->sweeps[0].name != NULL;
}

const char *rs_plan_description(const rs_plan *plan)
{
    return plan->sweeps[0].description != NULL ? plan->sweeps[0].description : "";
}

const char *rs_plan_text(const rs_plan *plan)
{
    return plan->text;
}

const char *rs_plan_overrides(const rs_plan *plan)
{
    return plan->overrides;
}

const char *rs_plan_metric(const rs_plan *plan)
{
    return plan->sweeps[0].metric;
}

bool rs_plan_maximizes(const rs_plan *plan)
{
    return plan->sweeps[0].maximize;
}

const uint32_t *rs_plan_test_lengths(const rs_plan *plan, size_t *count)
{
    *count = plan->sweeps[0].length_count;
    return plan->sweeps[0].lengths;
}

const rs_checkpoints *rs_plan_checkpoints(const rs_plan *plan)
{
    const rs_checkpoints *checkpoints = &plan->sweeps[0].checkpoints;
    return checkpoints->kind != RS_CHECKPOINTS_NONE ? checkpoints : NULL;
}

const rs_halving *rs_plan_halving(const rs_plan *plan)
{
    const rs_halving *halving = &plan->sweeps[0].early.halving;
    return halving->rungs.count > 0 ? halving : NULL;
}

const rs_rungs *rs_plan_rungs(const rs_plan *plan)
{
    const rs_halving *halving = rs_plan_halving(plan);
    return halving != NULL ? &halving->rungs : NULL;
}

bool rs_plan_varies(const rs_plan *plan, rs_parameter_id parameter)
{
    return plan->varies[parameter];
}

/* ---- Hash ------------------------------------------------------------------------------------ */

/* Appends a name with its NUL and a 64-bit number, least significant byte first. */
static size_t put_field(unsigned char *record, const char *name, uint64_t number)
{
    size_t length = strlen(name) + 1;
    memcpy(record, name, length);
    for (int i = 0; i < 8; i++)
        record[length++] = (unsigned char)(number >> 8 * i);
    return length;
}

void rs_plan_hash_begin(rs_hash_stream *stream)
{
    static const char head[] = "rnnsweep plan 1";
    rs_hash_stream_add(stream, head, sizeof head);
}

/* The longest name of parameters.def with its NUL, and room for "seed". */
#define RS_COUNT(name, ...)    char name[sizeof #name];
#define RS_REAL(name, ...)     char name[sizeof #name];
#define RS_OPTIONAL(name, ...) char name[sizeof #name];
#define RS_CHOICE(name, ...)   char name[sizeof #name];
#define RS_FLAG(name, ...)     char name[sizeof #name];
#define RS_SEED(name, ...)     char name[sizeof #name];
#define RS_WHOLE(name, ...)    char name[sizeof #name];
union names {
    char seed[sizeof "seed"], hash[sizeof "task hash"];
#include "rnnsweep/parameters.def"
};
#undef RS_COUNT
#undef RS_REAL
#undef RS_OPTIONAL
#undef RS_CHOICE
#undef RS_FLAG
#undef RS_SEED
#undef RS_WHOLE
enum { RECORD_BYTES = (RS_PARAMETER_TOTAL + 2) * (sizeof(union names) + sizeof(uint64_t)) };

/* The record of a run is the binary twin of its canonical text (identity.h): name and value, as the
 * bits of a double, of each parameter that differs from its default, then "seed"; of a data file
 * the two halves of its hash. Formatting the values as text would take a hundred times as long. */
void rs_plan_hash_add(rs_hash_stream *stream, rs_identity_order *order, const rs_run_config *run)
{
    unsigned char record[RECORD_BYTES];
    size_t length = 0;
    rs_identity_find_order(order, run);
    for (size_t i = 0; i < order->count; i++) {
        const rs_parameter *parameter = &rs_parameters[order->order[i]];
        double value = rs_parameter_get(parameter, run);
        uint64_t bits;
        memcpy(&bits, &value, sizeof bits);
        const rs_task_facts *facts = rs_task_facts_at(run->task);
        if (facts != NULL && parameter == &rs_parameters[RS_PARAMETER_task]) {
            length += put_field(record + length, "task hash", facts->hash.high);
            bits = facts->hash.low;
        }
        length += put_field(record + length, parameter->name, bits);
    }
    length += put_field(record + length, "seed", run->seed);
    rs_hash_stream_add(stream, record, length);
}

rs_hash rs_plan_hash(const rs_plan *plan)
{
    size_t runs = rs_plan_runs(plan);
    rs_hash_stream *stream;
    rs_identity_order order = {.count = 0};
    if (rs_hash_stream_create(&stream, NULL) != RS_OK)
        return (rs_hash){0, 0};
    rs_plan_hash_begin(stream);
    for (size_t run = 0; run < runs; run++) {
        rs_run_config config;
        rs_plan_run(plan, run, &config);
        rs_plan_hash_add(stream, &order, &config);
    }
    return rs_hash_stream_finish(stream);
}
