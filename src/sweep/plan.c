#include "plan.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "distinct.h"
#include "memory.h"
#include "overrides.h"

struct rs_plan {
    rs_arena *arena;
    rs_sweep sweep;
    uint32_t *kept; /* configurations that equal no earlier one; NULL: all */
    size_t configurations, runs;
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

/* The single document of the stream, with the overrides in place. */
static rs_status find_root(const rs_node **root, const rs_yaml_doc *doc, rs_place whole,
                           rs_diagnostics *diagnostics, rs_error *error)
{
    if (doc->count > 1) {
        rs_diagnose(diagnostics, RS_SEVERITY_ERROR, doc->roots[1]->place,
                    "several sweeps in one file are not supported yet");
        rs_diagnose_hint(diagnostics, "write one file for each sweep");
        return rs_fail(error, RS_BAD_DATA, "several documents");
    }
    if (doc->count == 0) {
        rs_diagnose(diagnostics, RS_SEVERITY_ERROR, whole, "the sweep file is empty");
        rs_diagnose_hint(diagnostics, "begin with method: grid and parameters:");
        return rs_fail(error, RS_BAD_DATA, "empty");
    }
    *root = doc->roots[0];
    return RS_OK;
}

static rs_status read_sweep(rs_plan *plan, rs_arena *nodes, const char *name, size_t size,
                            size_t override_count, const char *const overrides[],
                            rs_diagnostics *diagnostics, rs_error *error)
{
    rs_status status, worst = RS_OK;
    rs_yaml_doc doc;
    const rs_node *root;
    rs_place whole = {0};
    rs_override *read = rs_arena_take(nodes, override_count, sizeof *read);
    if (read == NULL)
        return rs_fail(error, RS_NO_MEMORY, "out of memory for the overrides");
    if ((status = rs_diagnostics_add_source(diagnostics, RS_SOURCE_FILE, name, plan->text, size,
                                            &whole.source, error)) != RS_OK)
        return status;
    size_t right = 0;
    for (size_t i = 0; i < override_count; i++) {
        status = rs_override_read(&read[right], nodes, i + 1, overrides[i], diagnostics, error);
        right += status == RS_OK;
        if (status == RS_NO_MEMORY)
            return status;
        worst = status != RS_OK ? status : worst;
    }
    if ((status = rs_yaml_load(&doc, nodes, plan->text, size, whole.source, 0, diagnostics,
                               error)) != RS_OK ||
        (status = find_root(&root, &doc, whole, diagnostics, error)) != RS_OK ||
        (status = rs_overrides_apply(&root, nodes, right, read, error)) != RS_OK ||
        (status = rs_spec_read(&plan->sweep, plan->arena, root, diagnostics, error)) != RS_OK)
        return status;
    return worst;
}

static rs_status count_runs(rs_plan *plan, rs_error *error)
{
    const rs_sweep *sweep = &plan->sweep;
    rs_status status = RS_OK;
    plan->configurations = sweep->configurations;
    if (sweep->may_repeat)
        status = rs_distinct_find(&plan->kept, &plan->configurations, sweep, error);
    plan->runs = plan->configurations * sweep->seeds.count;
    return status;
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
    status = read_sweep(fresh, nodes, name, size, override_count, overrides, diagnostics, error);
    if (status == RS_OK)
        status = count_runs(fresh, error);
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
    rs_arena_free(plan->arena);
    free(plan->kept);
    free(plan);
}

/* ---- Asking ---------------------------------------------------------------------------------- */

size_t rs_plan_runs(const rs_plan *plan)
{
    return plan->runs;
}

size_t rs_plan_configurations(const rs_plan *plan)
{
    return plan->configurations;
}

size_t rs_plan_duplicates(const rs_plan *plan)
{
    return (plan->sweep.configurations - plan->configurations) * plan->sweep.seeds.count;
}

void rs_plan_run(const rs_plan *plan, size_t run, rs_run_config *config)
{
    const rs_seeds *seeds = &plan->sweep.seeds;
    size_t configuration = run / seeds->count;
    if (plan->kept != NULL)
        configuration = plan->kept[configuration];
    rs_spec_configuration(&plan->sweep, configuration, config);
    config->seed = rs_seeds_at(seeds, run % seeds->count);
}

const char *rs_plan_name(const rs_plan *plan)
{
    return plan->sweep.name != NULL ? plan->sweep.name : plan->name;
}

const char *rs_plan_description(const rs_plan *plan)
{
    return plan->sweep.description != NULL ? plan->sweep.description : "";
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
    return plan->sweep.metric;
}

bool rs_plan_maximizes(const rs_plan *plan)
{
    return plan->sweep.maximize;
}

bool rs_plan_varies(const rs_plan *plan, rs_parameter_id parameter)
{
    for (size_t i = 0; i < plan->sweep.axis_count; i++) {
        const rs_axis *axis = &plan->sweep.axes[i];
        for (size_t k = 0; k < axis->width; k++) {
            if (axis->parameters[k] != &rs_parameters[parameter])
                continue;
            for (size_t p = 1; p < axis->count; p++)
                if (axis->values[p * axis->width + k] != axis->values[k])
                    return true;
        }
    }
    return false;
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
    size_t order[RS_PARAMETER_TOTAL];
    rs_hash_stream *stream;
    if (rs_hash_stream_create(&stream, NULL) != RS_OK)
        return (rs_hash){0, 0};
    rs_parameter_order(order);
    rs_hash_stream_add(stream, head, sizeof head);
    for (size_t run = 0; run < plan->runs; run++) {
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
