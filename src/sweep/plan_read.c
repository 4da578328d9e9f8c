#include <stdlib.h>
#include <string.h>

#include "base_file.h"
#include "file_name.h"
#include "memory.h"
#include "nested.h"
#include "overrides.h"
#include "plan_fields.h"
#include "spec.h"
#include "text_file.h"

/* The path without folders and ending, made a valid name. */
static char *name_from_path(rs_arena *arena, const char *path)
{
    const char *base = strrchr(path, '/') != NULL ? strrchr(path, '/') + 1 : path;
    const char *dot = strrchr(base, '.');
    size_t length = dot != NULL && dot > base ? (size_t)(dot - base) : strlen(base);
    char *stem = length > 0 ? rs_arena_copy(arena, base, length) : rs_arena_copy(arena, "sweep", 5);
    char *name = NULL;
    if (stem != NULL)
        rs_file_name_make(arena, stem, &name);
    return name;
}

rs_status rs_plan_rename(rs_plan *plan, const char *name, rs_error *error)
{
    char *copy = NULL;
    rs_file_name_make(plan->arena, name, &copy);
    if (copy == NULL)
        return rs_fail(error, RS_NO_MEMORY, "out of memory for a name");
    if (name[0] == '\0' || strcmp(copy, name) != 0)
        return rs_fail(
            error, RS_USAGE,
            "'%s': a name becomes a file name: 1 to %d letters, digits, '_', '-' and '.', "
            "the first no '-' or '.'",
            name, RS_NAME_LENGTH);
    plan->name = copy;
    return RS_OK;
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
    static const char *const keys[] = {"name",         "description", "metric",
                                       "test_lengths", "checkpoints", "early_terminate"};
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
        rs_status status = rs_override_read(&list[*right], nodes, "override", i + 1, overrides[i],
                                            diagnostics, error);
        *right += status == RS_OK;
        if (status == RS_NO_MEMORY)
            return status;
        worst = status != RS_OK ? status : worst;
    }
    return worst;
}

static rs_status keep_base(rs_plan *plan, const char *name, const char *base, rs_error *error)
{
    char *text = rs_base_file_keep(plan->arena, plan->text, name, base);
    if (text == NULL)
        return rs_fail(error, RS_NO_MEMORY, "out of memory for the text of %s", name);
    plan->text = text;
    return RS_OK;
}

static rs_status read_sweeps(rs_plan *plan, const rs_yaml_doc *doc, rs_arena *nodes,
                             const char *path, size_t override_count, const rs_override overrides[],
                             const rs_data_source *source, rs_diagnostics *diagnostics,
                             rs_error *error)
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
        const char *base;
        rs_status status = rs_nested_flatten(&root, nodes, diagnostics, error);
        if (status == RS_OK)
            status = rs_base_file_apply(&root, &base, nodes, plan->text, path, diagnostics, error);
        if (status == RS_OK && base != NULL)
            status = keep_base(plan, rs_node_get(doc->roots[i], "base")->text, base, error);
        if (status == RS_OK)
            status = rs_overrides_apply(&root, nodes, override_count, overrides, error);
        if (status == RS_OK)
            status = rs_spec_read(&plan->sweeps[i], plan->arena, root, &plan->text, source,
                                  diagnostics, error);
        if (status == RS_NO_MEMORY)
            return status;
        worst = status != RS_OK ? status : worst;
    }
    return worst;
}

/* The parameters in which runs may differ: the axes, draws and fixed values of all sweeps, whether
 * or not the selection leaves a run of each value. */
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
        rs_sweep_configuration(&plan->sweeps[0], 0, &first);
        rs_sweep_configuration(sweep, 0, &here);
        for (size_t i = 0; i < RS_PARAMETER_TOTAL; i++)
            plan->varies[i] |= rs_parameter_get(&rs_parameters[i], &first) !=
                               rs_parameter_get(&rs_parameters[i], &here);
    }
}

/* The longest run, in the unit of the rungs; and whether every run has the metric. */
static uint64_t find_longest(const rs_plan *plan, const rs_rungs *rungs, bool *measured)
{
    uint64_t longest = 0;
    const bool needs_loss = strcmp(plan->sweeps[0].metric, "test_loss") == 0;
    *measured = true;
    for (size_t s = 0; s < plan->count; s++) {
        size_t before = SIZE_MAX;
        for (size_t i = 0; i < plan->selections[s].runs; i++) {
            rs_run_config config;
            const size_t index =
                rs_selection_run(&plan->selections[s], i) / plan->sweeps[s].seeds.count;
            if (index == before)
                continue;
            before = index;
            rs_sweep_configuration(&plan->sweeps[s], index, &config);
            const uint64_t length =
                rungs->in_epochs ? config.epochs : rs_run_config_updates(&config);
            longest = length > longest ? length : longest;
            *measured = *measured && !(needs_loss && config.task == RS_TASK_ADDITION);
        }
    }
    return longest;
}

/* Rungs that no run comes to before its end are none. */
static void review_rungs(rs_plan *plan, rs_diagnostics *diagnostics)
{
    rs_early_terminate *early = &plan->sweeps[0].early;
    rs_rungs *rungs = &early->halving.rungs;
    bool measured;
    if (rungs->count == 0)
        return;
    const uint64_t longest = find_longest(plan, rungs, &measured);
    const size_t given = rungs->count;
    while (rungs->count > 0 && rungs->at[rungs->count - 1] >= longest)
        rungs->count--;
    if (rungs->count == 0 || (rungs->count < given && !early->open_ended))
        rs_diagnose(diagnostics, rungs->count == 0 ? RS_SEVERITY_ERROR : RS_SEVERITY_WARNING,
                    early->place,
                    "early_terminate: no run comes to the rung at %u: the longest ends after %llu "
                    "%s",
                    rungs->at[rungs->count], (unsigned long long)longest,
                    rungs->in_epochs ? "epochs" : "updates");
    if (!measured)
        rs_diagnose(diagnostics, RS_SEVERITY_ERROR, early->place,
                    "early_terminate: the metric test_loss is not measured in the task addition");
}

/* path: of the file that the text comes from, or NULL. */
static rs_status read_text(rs_plan *plan, rs_arena *nodes, const char *name, const char *path,
                           size_t size, size_t override_count, const char *const overrides[],
                           const rs_data_source *source, rs_diagnostics *diagnostics,
                           rs_error *error)
{
    rs_status status;
    rs_yaml_doc doc;
    rs_source_place whole = {0};
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
    if (doc.count > RS_SELECT_SWEEPS) {
        rs_diagnose(diagnostics, RS_SEVERITY_ERROR, doc.roots[RS_SELECT_SWEEPS]->place,
                    "more than %d sweeps in one file", RS_SELECT_SWEEPS);
        return rs_fail(error, RS_BAD_DATA, "too many sweeps");
    }
    if ((status = read_sweeps(plan, &doc, nodes, path, right, list, source, diagnostics, error)) !=
        RS_OK)
        return status;
    if (rs_diagnostics_errors(diagnostics) > errors)
        return RS_BAD_DATA;
    if ((status = rs_select(plan->selections, plan->sweeps, plan->count, diagnostics, error)) !=
        RS_OK)
        return status;
    for (size_t i = 0; i < plan->count; i++)
        plan->first_run[i + 1] = plan->first_run[i] + plan->selections[i].runs;
    find_varying(plan);
    review_rungs(plan, diagnostics);
    return rs_diagnostics_errors(diagnostics) > errors ? RS_BAD_DATA : RS_OK;
}

static rs_status parse(rs_plan **plan, const char *name, const char *path, const char *text,
                       size_t size, size_t override_count, const char *const overrides[],
                       const rs_data_source *source, rs_diagnostics *diagnostics, rs_error *error)
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
    status = read_text(fresh, nodes, name, path, size, override_count, overrides, source,
                       diagnostics, error);
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

rs_status rs_plan_parse(rs_plan **plan, const char *name, const char *text, size_t size,
                        size_t override_count, const char *const overrides[],
                        const rs_data_source *source, rs_diagnostics *diagnostics, rs_error *error)
{
    return parse(plan, name, NULL, text, size, override_count, overrides, source, diagnostics,
                 error);
}

rs_status rs_plan_read(rs_plan **plan, const char *path, size_t override_count,
                       const char *const overrides[], const rs_data_source *source,
                       rs_diagnostics *diagnostics, rs_error *error)
{
    char *text = NULL;
    size_t size = 0;
    rs_status status = rs_text_file_read(&text, &size, path, RS_YAML_BYTES, error);
    if (status == RS_OK)
        status = parse(plan, path, path, text, size, override_count, overrides, source, diagnostics,
                       error);
    free(text);
    return status;
}
