#include "plan.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "memory.h"
#include "overrides.h"
#include "select.h"

struct rs_plan {
    rs_arena *arena;
    size_t count; /* of sweeps: one for each document */
    rs_sweep *sweeps;
    rs_selection *selections;
    size_t *first_run; /* [count + 1] */
    bool varies[RS_PARAMETER_TOTAL];
    char *name, *text, *overrides;
};

/* ---- Reading --------------------------------------------------------------------------------- */

/* The path without folders and ending; what cannot stand in a name becomes '-'. */
static char *name_from_path(rs_arena *arena, const char *path)
{
    const char *base = strrchr(path, '/') != NULL ? strrchr(path, '/') + 1 : path;
    const char *dot = strrchr(base, '.');
    size_t length = dot != NULL && dot > base ? (size_t)(dot - base) : strlen(base);
    if (length > RS_NAME_LENGTH)
        length = RS_NAME_LENGTH;
    char *name = length > 0 ? rs_arena_copy(arena, base, length) : rs_arena_copy(arena, "sweep", 5);
    for (char *each = name; name != NULL && *each != '\0'; each++) {
        bool letter = (*each >= 'a' && *each <= 'z') || (*each >= 'A' && *each <= 'Z');
        bool other = (*each >= '0' && *each <= '9') || *each == '_' ||
                     (each > name && (*each == '.' || *each == '-'));
        if (!letter && !other)
            *each = each > name ? '-' : '_';
    }
    return name;
}

static char *join_overrides(rs_arena *arena, size_t count, const char *const overrides[])
{
    size_t length = 0;
    for (size_t i = 0; i < count; i++)
        length += strlen(overrides[i]) + 1;
    char *text = rs_arena_take(arena, length + 1, 1), *end = text;
    for (size_t i = 0; text != NULL && i < count; i++) {
        end = stpcpy(end, overrides[i]);
        if (i + 1 < count)
            *end++ = '\n';
    }
    return text;
}

/* name, description and metric are those of the whole file. */
static void refuse_keys_of_later(const rs_node *root, rs_diagnostics *diagnostics)
{
    static const char *const keys[] = {"name", "description", "metric"};
    for (size_t k = 0; k < sizeof keys / sizeof keys[0]; k++)
        for (size_t i = 0; root->kind == RS_NODE_MAPPING && i < root->count; i++)
            if (strcmp(root->items[2 * i]->text, keys[k]) == 0)
                rs_diagnose(diagnostics, RS_SEVERITY_ERROR, root->items[2 * i]->place,
                            "%s belongs to the first sweep of a file", keys[k]);
}

static rs_status read_overrides(rs_override *list, size_t *right, rs_arena *nodes, size_t count,
                                const char *const overrides[], rs_diagnostics *diagnostics,
                                rs_error *error)
{
    rs_status worst = RS_OK;
    *right = 0;
    for (size_t i = 0; i < count; i++) {
        rs_status status =
            rs_override_read(&list[*right], nodes, i + 1, overrides[i], diagnostics, error);
        *right += status == RS_OK;
        if (status == RS_NO_MEMORY)
            return status;
        worst = status != RS_OK ? status : worst;
    }
    return worst;
}

static rs_status read_sweeps(rs_plan *plan, const rs_yaml_doc *doc, rs_arena *nodes,
                             size_t override_count, const rs_override overrides[],
                             rs_diagnostics *diagnostics, rs_error *error)
{
    rs_status worst = RS_OK;
    plan->sweeps = rs_arena_take(plan->arena, doc->count, sizeof *plan->sweeps);
    plan->selections = rs_arena_take(plan->arena, doc->count, sizeof *plan->selections);
    plan->first_run = rs_arena_take(plan->arena, doc->count + 1, sizeof *plan->first_run);
    if (rs_arena_failed(plan->arena))
        return rs_fail(error, RS_NO_MEMORY, "out of memory for the sweeps");
    plan->count = doc->count;
    for (size_t i = 0; i < doc->count; i++) {
        const rs_node *root = doc->roots[i];
        if (i > 0)
            refuse_keys_of_later(root, diagnostics);
        rs_status status = rs_overrides_apply(&root, nodes, override_count, overrides, error);
        if (status == RS_OK)
            status = rs_spec_read(&plan->sweeps[i], plan->arena, root, diagnostics, error);
        if (status == RS_NO_MEMORY)
            return status;
        worst = status != RS_OK ? status : worst;
    }
    return worst;
}

/* What any run can differ in from the first one: the axes, draws and fixed values of all sweeps,
 * whether or not the selection has left a run of each value. */
static void find_varying(rs_plan *plan)
{
    for (size_t s = 0; s < plan->count; s++) {
        const rs_sweep *sweep = &plan->sweeps[s];
        for (size_t i = 0; i < sweep->axis_count; i++)
            for (size_t p = 0; p < sweep->axes[i].count; p++)
                for (size_t k = 0; k < sweep->axes[i].width; k++) {
                    const double *value = &sweep->axes[i].values[p * sweep->axes[i].width + k];
                    plan->varies[sweep->axes[i].parameters[k] - rs_parameters] |=
                        *value != sweep->axes[i].values[k];
                }
        for (size_t i = 0; i < sweep->draw_count; i++)
            plan->varies[sweep->draws[i].parameter - rs_parameters] = true;
        for (size_t i = 0; i < sweep->guard_count; i++)
            plan->varies[sweep->guards[i].parameter - rs_parameters] = true;
        rs_run_config first, here;
        rs_spec_configuration(&plan->sweeps[0], 0, &first);
        rs_spec_configuration(sweep, 0, &here);
        for (size_t i = 0; i < RS_PARAMETER_TOTAL; i++)
            plan->varies[i] |= rs_parameter_get(&rs_parameters[i], &first) !=
                               rs_parameter_get(&rs_parameters[i], &here);
    }
}

static rs_status read_text(rs_plan *plan, rs_arena *nodes, const char *name, size_t size,
                           size_t override_count, const char *const overrides[],
                           rs_diagnostics *diagnostics, rs_error *error)
{
    rs_status status;
    rs_yaml_doc doc;
    rs_place whole = {0};
    size_t right, errors = rs_diagnostics_errors(diagnostics);
    rs_override *list = rs_arena_take(nodes, override_count, sizeof *list);
    if (list == NULL)
        return rs_fail(error, RS_NO_MEMORY, "out of memory for the overrides");
    if ((status = rs_diagnostics_add_source(diagnostics, RS_SOURCE_FILE, name, plan->text, size,
                                            &whole.source, error)) != RS_OK)
        return status;
    status = read_overrides(list, &right, nodes, override_count, overrides, diagnostics, error);
    if (status == RS_NO_MEMORY ||
        (status = rs_yaml_load(&doc, nodes, plan->text, size, whole.source, 0, diagnostics,
                               error)) != RS_OK)
        return status;
    if (doc.count == 0) {
        rs_diagnose(diagnostics, RS_SEVERITY_ERROR, whole, "the sweep file is empty");
        rs_diagnose_hint(diagnostics, "begin with method: grid and parameters:");
        return rs_fail(error, RS_BAD_DATA, "empty");
    }
    if ((status = read_sweeps(plan, &doc, nodes, right, list, diagnostics, error)) != RS_OK)
        return status;
    if (rs_diagnostics_errors(diagnostics) > errors)
        return RS_BAD_DATA;
    if ((status = rs_select(plan->selections, plan->sweeps, plan->count, diagnostics, error)) !=
        RS_OK)
        return status;
    for (size_t i = 0; i < plan->count; i++)
        plan->first_run[i + 1] = plan->first_run[i] + plan->selections[i].runs;
    find_varying(plan);
    return RS_OK;
}

rs_status rs_plan_parse(rs_plan **plan, const char *name, const char *text, size_t size,
                        size_t override_count, const char *const overrides[],
                        rs_diagnostics *diagnostics, rs_error *error)
{
    rs_status status;
    rs_arena *nodes = NULL;
    void *block = NULL;
    rs_plan *fresh = NULL;
    if ((status = rs_allocate(&block, 1, sizeof *fresh, error)) != RS_OK)
        return status;
    fresh = block;
    if ((status = rs_arena_create(&fresh->arena, error)) != RS_OK ||
        (status = rs_arena_create(&nodes, error)) != RS_OK)
        goto done;
    fresh->text = rs_arena_copy(fresh->arena, text, size);
    fresh->name = name_from_path(fresh->arena, name);
    fresh->overrides = join_overrides(fresh->arena, override_count, overrides);
    if (rs_arena_failed(fresh->arena)) {
        status = rs_fail(error, RS_NO_MEMORY, "out of memory for the sweep file %s", name);
        goto done;
    }
    status = read_text(fresh, nodes, name, size, override_count, overrides, diagnostics, error);
    if (status == RS_BAD_DATA && rs_diagnostics_errors(diagnostics) > 0)
        rs_fail(error, status, "%s: %zu error%s in the sweep", name,
                rs_diagnostics_errors(diagnostics),
                rs_diagnostics_errors(diagnostics) == 1 ? "" : "s");
    if (rs_diagnostics_failed(diagnostics))
        status = rs_fail(error, RS_NO_MEMORY, "out of memory for messages about %s", name);
    if (status == RS_OK) {
        *plan = fresh;
        fresh = NULL;
    }
done:
    rs_arena_free(nodes);
    rs_plan_free(fresh);
    return status;
}

/* Reads the file up to one byte more than a sweep file may have. */
static rs_status read_file(char **text, size_t *size, const char *path, rs_error *error)
{
    rs_status status;
    void *block = NULL;
    FILE *file = fopen(path, "rb");
    if (file == NULL)
        return rs_fail(error, RS_IO, "cannot open the sweep file %s: %s", path, strerror(errno));
    if ((status = rs_allocate(&block, RS_YAML_BYTES + 1, 1, error)) != RS_OK)
        goto done;
    size_t length = fread(block, 1, RS_YAML_BYTES + 1, file);
    if (ferror(file))
        status = rs_fail(error, RS_IO, "cannot read the sweep file %s: %s", path, strerror(errno));
    else if (length > RS_YAML_BYTES)
        status = rs_fail(error, RS_BAD_DATA,
                         "the sweep file %s is larger than %d bytes; use ranges in place of lists",
                         path, RS_YAML_BYTES);
    if (status == RS_OK) {
        *text = block;
        *size = length;
        block = NULL;
    }
done:
    free(block);
    fclose(file);
    return status;
}

rs_status rs_plan_read(rs_plan **plan, const char *path, size_t override_count,
                       const char *const overrides[], rs_diagnostics *diagnostics, rs_error *error)
{
    char *text = NULL;
    size_t size = 0;
    rs_status status = read_file(&text, &size, path, error);
    if (status == RS_OK)
        status =
            rs_plan_parse(plan, path, text, size, override_count, overrides, diagnostics, error);
    free(text);
    return status;
}

void rs_plan_free(rs_plan *plan)
{
    if (plan == NULL)
        return;
    for (size_t i = 0; i < plan->count; i++)
        rs_selection_free(&plan->selections[i]);
    rs_arena_free(plan->arena);
    free(plan);
}

/* ---- Asking ---------------------------------------------------------------------------------- */

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

/* The sweep that holds the run: the last one that starts at it or before. */
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
    rs_spec_configuration(&plan->sweeps[i], inner / seeds->count, config);
    config->seed = rs_seeds_at(seeds, inner % seeds->count);
}

const char *rs_plan_name(const rs_plan *plan)
{
    return plan->sweeps[0].name != NULL ? plan->sweeps[0].name : plan->name;
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

/* The record of a run is the binary twin of its canonical text (identity.h): name and value, as the
 * bits of a double, of each parameter that differs from its default, then "seed". Formatting the
 * values as text would take a hundred times as long. */
rs_hash rs_plan_hash(const rs_plan *plan)
{
    static const char head[] = "rnnsweep plan 1";
    unsigned char record[(RS_PARAMETER_TOTAL + 1) * 64];
    size_t order[RS_PARAMETER_TOTAL], runs = rs_plan_runs(plan);
    rs_hash_stream *stream;
    if (rs_hash_stream_create(&stream, NULL) != RS_OK)
        return (rs_hash){0, 0};
    rs_parameter_order(order);
    rs_hash_stream_add(stream, head, sizeof head);
    for (size_t run = 0; run < runs; run++) {
        rs_run_config config;
        size_t length = 0;
        rs_plan_run(plan, run, &config);
        for (size_t i = 0; i < RS_PARAMETER_TOTAL; i++) {
            const rs_parameter *parameter = &rs_parameters[order[i]];
            double value = rs_parameter_get(parameter, &config);
            uint64_t bits;
            if (value == parameter->fallback)
                continue;
            memcpy(&bits, &value, sizeof bits);
            length += put_field(record + length, parameter->name, bits);
        }
        length += put_field(record + length, "seed", config.seed);
        rs_hash_stream_add(stream, record, length);
    }
    return rs_hash_stream_finish(stream);
}
