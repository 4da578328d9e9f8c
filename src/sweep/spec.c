#include "spec.h"

#include <stdlib.h>
#include <string.h>

#include "value.h"

static const char *const document_keys[] = {
    "name",   "description", "method",  "parameters", "configurations", "seeds",
    "metric", "program",     "command", "project",    "entity",         "run_cap",
    "zip",    "exclude",     "base",    "when",       "sampler_seed",   "early_terminate",
    NULL};

typedef struct spec_reader {
    rs_sweep *sweep;
    rs_arena *arena;
    rs_diagnostics *diagnostics;
    const rs_node *root;
} spec_reader;

static void refuse(const spec_reader *reader, const rs_node *node, const char *text)
{
    rs_diagnose(reader->diagnostics, RS_SEVERITY_ERROR, node->place, "%s", text);
}

/* ---- Name, description, metric --------------------------------------------------------------- */

/* A name becomes a file name: letters, digits, '.', '_' and '-', beginning with none of ".-". */
static void read_name(spec_reader *reader, const rs_node *node)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_";
    const char *name;
    if (!rs_value_read_text(reader->diagnostics, "name", node, &name))
        return;
    size_t first = strspn(name, letters), length = strlen(name);
    size_t right = first + strspn(name + first, "abcdefghijklmnopqrstuvwxyz"
                                                "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-");
    if (first > 0 && right == length && length <= RS_NAME_LENGTH) {
        reader->sweep->name = rs_arena_copy(reader->arena, name, length);
        return;
    }
    rs_diagnose(reader->diagnostics, RS_SEVERITY_ERROR, node->place,
                "name becomes a file name: 1 to %d letters, digits, '_', '-' and '.', the first "
                "one a letter, a digit or '_'",
                RS_NAME_LENGTH);
    rs_diagnose_hint(reader->diagnostics, "put longer text into description:");
}

static void read_description(spec_reader *reader, const rs_node *node)
{
    const char *text;
    if (rs_value_read_text(reader->diagnostics, "description", node, &text))
        reader->sweep->description = rs_arena_copy(reader->arena, text, strlen(text));
}

static void read_metric(spec_reader *reader, const rs_node *node)
{
    static const char *const keys[] = {"name", "goal", NULL};
    static const char *const goals[] = {"maximize", "minimize", NULL};
    static const char *const metrics[] = {"test_accuracy", "test_bit_accuracy", "final_loss",
                                          "initial_loss", NULL};
    size_t metric = 0, goal = 0;
    if (node->kind != RS_NODE_MAPPING) {
        refuse(reader, node, "metric must be a mapping {name: ..., goal: maximize | minimize}");
        return;
    }
    rs_value_check_keys(reader->diagnostics, node, "metric", keys);
    const rs_node *name_node = rs_node_get(node, "name"), *goal_node = rs_node_get(node, "goal");
    if (name_node != NULL)
        rs_value_read_word(reader->diagnostics, "metric: name", name_node, metrics, &metric);
    goal = metric < 2 ? 0 : 1; /* accuracies are to be high, losses low */
    if (goal_node != NULL)
        rs_value_read_word(reader->diagnostics, "metric: goal", goal_node, goals, &goal);
    reader->sweep->metric = metrics[metric];
    reader->sweep->maximize = goal == 0;
}

/* ---- Parameters ------------------------------------------------------------------------------ */

static void refuse_parameter(const spec_reader *reader, const rs_node *key, const char *where)
{
    const char *names[RS_PARAMETER_TOTAL + 1] = {NULL};
    for (size_t i = 0; i < RS_PARAMETER_TOTAL; i++)
        names[i] = rs_parameters[i].name;
    rs_diagnose(reader->diagnostics, RS_SEVERITY_ERROR, key->place, "unknown parameter '%s' in %s",
                key->text, where);
    if (strcmp(key->text, "seed") == 0 || strcmp(key->text, "seeds") == 0)
        rs_diagnose_hint(reader->diagnostics,
                         "replicates are a key of their own beside parameters: seeds: 10");
    else
        rs_diagnose_nearest(reader->diagnostics, key->text, names);
}

static void read_parameters(spec_reader *reader, const rs_node *node)
{
    rs_sweep *sweep = reader->sweep;
    if (node->kind != RS_NODE_MAPPING) {
        refuse(reader, node, "parameters must be a mapping of parameter names to values");
        return;
    }
    if ((sweep->axes = rs_arena_take(reader->arena, node->count, sizeof *sweep->axes)) == NULL)
        return;
    for (size_t i = 0; i < node->count; i++) {
        const rs_node *key = node->items[2 * i], *value = node->items[2 * i + 1];
        const rs_parameter *parameter = rs_parameter_find(key->text, strlen(key->text));
        rs_axis axis;
        if (parameter == NULL)
            refuse_parameter(reader, key, "parameters");
        else if (rs_axis_read(&axis, reader->arena, reader->diagnostics, parameter, key, value)) {
            if (axis.count == 1)
                rs_parameter_set(parameter, &sweep->fixed, axis.values[0]);
            else
                sweep->axes[sweep->axis_count++] = axis;
            sweep->may_repeat |= axis.repeats;
        }
    }
}

/* ---- method: list ---------------------------------------------------------------------------- */

/* Row of explicit values, over the sweep's fixed ones. */
static bool read_configuration(spec_reader *reader, const rs_node *node, rs_run_config *config)
{
    bool right = true;
    if (node->kind != RS_NODE_MAPPING) {
        refuse(reader, node, "a configuration must be a mapping {parameter: value, ...}");
        return false;
    }
    for (size_t i = 0; i < node->count; i++) {
        const rs_node *key = node->items[2 * i];
        const rs_parameter *parameter = rs_parameter_find(key->text, strlen(key->text));
        double value;
        if (parameter == NULL) {
            refuse_parameter(reader, key, "a configuration");
            right = false;
        } else if (rs_value_read(reader->diagnostics, parameter, node->items[2 * i + 1], &value))
            rs_parameter_set(parameter, config, value);
        else
            right = false;
    }
    if (right && config->batch_size > config->train_samples) {
        rs_diagnose(reader->diagnostics, RS_SEVERITY_ERROR, node->place,
                    "batch_size %u is more than train_samples %u", config->batch_size,
                    config->train_samples);
        right = false;
    }
    return right;
}

/* The list becomes one axis over all parameters. */
static void read_configurations(spec_reader *reader, const rs_node *node)
{
    rs_sweep *sweep = reader->sweep;
    if (node->kind != RS_NODE_SEQUENCE || node->count == 0) {
        refuse(reader, node, "configurations must be a list of at least one {parameter: value}");
        return;
    }
    rs_axis axis = {.width = RS_PARAMETER_TOTAL, .count = node->count, .place = node->place};
    axis.parameters = rs_arena_take(reader->arena, axis.width, sizeof *axis.parameters);
    axis.values = rs_arena_take(reader->arena, axis.count * axis.width, sizeof(double));
    sweep->axes = rs_arena_take(reader->arena, 1, sizeof *sweep->axes);
    if (axis.parameters == NULL || axis.values == NULL || sweep->axes == NULL)
        return;
    for (size_t k = 0; k < axis.width; k++)
        axis.parameters[k] = &rs_parameters[k];
    for (size_t i = 0; i < node->count; i++) {
        rs_run_config config = sweep->fixed;
        if (!read_configuration(reader, node->items[i], &config))
            continue;
        for (size_t k = 0; k < axis.width; k++)
            axis.values[i * axis.width + k] = rs_parameter_get(axis.parameters[k], &config);
    }
    sweep->axes[0] = axis;
    sweep->axis_count = 1;
    sweep->may_repeat = axis.count > 1;
}

static void read_list_method(spec_reader *reader)
{
    rs_sweep *sweep = reader->sweep;
    const rs_node *configurations = rs_node_get(reader->root, "configurations");
    for (size_t i = 0; i < sweep->axis_count; i++) {
        rs_diagnose(reader->diagnostics, RS_SEVERITY_ERROR, sweep->axes[i].place,
                    "%s: with method: list, parameters have one value each",
                    sweep->axes[i].parameters[0]->name);
        rs_diagnose_hint(reader->diagnostics, "put what varies into configurations:");
    }
    if (configurations != NULL)
        read_configurations(reader, configurations);
    else
        refuse(reader, rs_node_get(reader->root, "method"),
               "method: list needs configurations: [{parameter: value, ...}, ...]");
}

/* ---- The whole document ---------------------------------------------------------------------- */

/* Keys of W&B that say how to start a program, and keys whose time has not come. */
static void read_foreign_key(const spec_reader *reader, const rs_node *key)
{
    static const char *const ignored[] = {"program", "command", "project", "entity", NULL};
    static const char *const refused[] = {"zip",  "exclude",      "run_cap",         "base",
                                          "when", "sampler_seed", "early_terminate", NULL};
    for (size_t i = 0; ignored[i] != NULL; i++)
        if (strcmp(key->text, ignored[i]) == 0)
            rs_diagnose(reader->diagnostics, RS_SEVERITY_NOTE, key->place,
                        "'%s' is a key of W&B without meaning here; it is ignored", key->text);
    for (size_t i = 0; refused[i] != NULL; i++)
        if (strcmp(key->text, refused[i]) == 0)
            rs_diagnose(reader->diagnostics, RS_SEVERITY_ERROR, key->place,
                        "'%s' is not supported yet", key->text);
}

static void refuse_document_key(const spec_reader *reader, const rs_node *key)
{
    enum { KEYS = sizeof document_keys / sizeof document_keys[0] - 1 };
    const char *words[KEYS + RS_PARAMETER_TOTAL + 1] = {NULL};
    memcpy(words, document_keys, sizeof document_keys);
    for (size_t i = 0; i < RS_PARAMETER_TOTAL; i++)
        words[KEYS + i] = rs_parameters[i].name;
    rs_diagnose(reader->diagnostics, RS_SEVERITY_ERROR, key->place, "unknown key '%s'", key->text);
    if (rs_parameter_find(key->text, strlen(key->text)) != NULL)
        rs_diagnose_hint(reader->diagnostics,
                         "'%s' is a parameter: put it under parameters:", key->text);
    else
        rs_diagnose_nearest(reader->diagnostics, key->text, words);
}

static void check_document_keys(const spec_reader *reader)
{
    for (size_t i = 0; i < reader->root->count; i++) {
        const rs_node *key = reader->root->items[2 * i];
        size_t k = 0;
        while (document_keys[k] != NULL && strcmp(document_keys[k], key->text) != 0)
            k++;
        if (document_keys[k] != NULL)
            read_foreign_key(reader, key);
        else
            refuse_document_key(reader, key);
    }
}

static void read_method(spec_reader *reader)
{
    static const char *const methods[] = {"grid", "list", "random", "sobol", NULL};
    const rs_node *node = rs_node_get(reader->root, "method");
    const rs_node *configurations = rs_node_get(reader->root, "configurations");
    size_t method = RS_METHOD_GRID;
    if (node == NULL) {
        refuse(reader, reader->root, "'method' is missing");
        rs_diagnose_hint(reader->diagnostics, "add a line method: grid");
    } else if (rs_value_read_word(reader->diagnostics, "method", node, methods, &method) &&
               method > RS_METHOD_LIST)
        rs_diagnose(reader->diagnostics, RS_SEVERITY_ERROR, node->place,
                    "method: %s is not supported yet", methods[method]);
    reader->sweep->method = (rs_method)method;
    if (method == RS_METHOD_LIST && node != NULL)
        read_list_method(reader);
    else if (configurations != NULL)
        refuse(reader, configurations, "configurations belong to method: list");
}

/* Rule between fields, over the configurations that the axes make: train_samples >= batch_size. */
static void check_batches(spec_reader *reader)
{
    const rs_sweep *sweep = reader->sweep;
    const rs_node *parameters = rs_node_get(reader->root, "parameters");
    uint32_t batch = sweep->fixed.batch_size, train = sweep->fixed.train_samples;
    const rs_parameter *const batch_size = &rs_parameters[RS_PARAMETER_batch_size];
    const rs_parameter *const train_samples = &rs_parameters[RS_PARAMETER_train_samples];
    for (size_t i = 0; i < sweep->axis_count; i++)
        for (size_t p = 0; p < sweep->axes[i].count; p++) {
            double value = sweep->axes[i].values[p];
            if (sweep->axes[i].parameters[0] == batch_size && (p == 0 || value > batch))
                batch = (uint32_t)value;
            if (sweep->axes[i].parameters[0] == train_samples && (p == 0 || value < train))
                train = (uint32_t)value;
        }
    if (batch <= train)
        return;
    rs_place place = reader->root->place;
    for (size_t i = 0; parameters != NULL && i < parameters->count; i++) {
        const rs_node *key = parameters->items[2 * i];
        if (strcmp(key->text, batch_size->name) == 0 || strcmp(key->text, train_samples->name) == 0)
            place = key->place;
    }
    rs_diagnose(reader->diagnostics, RS_SEVERITY_ERROR, place,
                "batch_size %u is more than train_samples %u", batch, train);
    rs_diagnose_hint(reader->diagnostics, "a minibatch is taken from the training samples");
}

static void count_configurations(spec_reader *reader)
{
    rs_sweep *sweep = reader->sweep;
    size_t product = 1, runs;
    bool overflow = false;
    sweep->strides = rs_arena_take(reader->arena, sweep->axis_count, sizeof(size_t));
    if (sweep->strides == NULL)
        return;
    for (size_t i = sweep->axis_count; i > 0; i--) {
        sweep->strides[i - 1] = product;
        overflow |= __builtin_mul_overflow(product, sweep->axes[i - 1].count, &product);
    }
    overflow |= __builtin_mul_overflow(product, sweep->seeds.count, &runs);
    sweep->configurations = product;
    if (!overflow && runs <= RS_SPEC_RUNS)
        return;
    if (overflow)
        rs_diagnose(reader->diagnostics, RS_SEVERITY_ERROR, reader->root->place,
                    "the sweep has more than 2^64 runs; the limit is %zu", RS_SPEC_RUNS);
    else
        rs_diagnose(reader->diagnostics, RS_SEVERITY_ERROR, reader->root->place,
                    "the sweep has %zu configurations with %zu seeds each, %zu runs; the limit is "
                    "%zu",
                    product, sweep->seeds.count, runs, RS_SPEC_RUNS);
    rs_diagnose_hint(reader->diagnostics, "use fewer values or seeds");
}

static void read_document(spec_reader *reader)
{
    const rs_node *node;
    check_document_keys(reader);
    if ((node = rs_node_get(reader->root, "name")) != NULL)
        read_name(reader, node);
    if ((node = rs_node_get(reader->root, "description")) != NULL)
        read_description(reader, node);
    if ((node = rs_node_get(reader->root, "metric")) != NULL)
        read_metric(reader, node);
    if ((node = rs_node_get(reader->root, "seeds")) != NULL)
        rs_seeds_read(&reader->sweep->seeds, reader->arena, reader->diagnostics, node);
    if ((node = rs_node_get(reader->root, "parameters")) != NULL)
        read_parameters(reader, node);
    read_method(reader);
}

rs_status rs_spec_read(rs_sweep *sweep, rs_arena *arena, const rs_node *root,
                       rs_diagnostics *diagnostics, rs_error *error)
{
    spec_reader reader = {sweep, arena, diagnostics, root};
    size_t errors = rs_diagnostics_errors(diagnostics);
    *sweep = (rs_sweep){.fixed = rs_run_config_default(),
                        .metric = "test_accuracy",
                        .maximize = true,
                        .configurations = 1,
                        .seeds = {.count = 1, .first = 1}};
    if (root->kind != RS_NODE_MAPPING) {
        char found[RS_NODE_TEXT];
        rs_value_describe_node(root, found);
        rs_diagnose(diagnostics, RS_SEVERITY_ERROR, root->place,
                    "a sweep must be a mapping with the keys method and parameters, not %s", found);
        if (root->kind == RS_NODE_SCALAR && strchr(root->text, ':') != NULL)
            rs_diagnose_hint(diagnostics, "put a blank after the colon of each key");
        return rs_fail(error, RS_BAD_DATA, "not a sweep");
    }
    read_document(&reader);
    if (rs_diagnostics_errors(diagnostics) == errors && !rs_arena_failed(arena)) {
        if (sweep->method == RS_METHOD_GRID)
            check_batches(&reader);
        count_configurations(&reader);
    }
    if (rs_arena_failed(arena))
        return rs_fail(error, RS_NO_MEMORY, "out of memory for the sweep");
    if (rs_diagnostics_errors(diagnostics) > errors)
        return rs_fail(error, RS_BAD_DATA, "the sweep has errors");
    return RS_OK;
}

void rs_spec_configuration(const rs_sweep *sweep, size_t index, rs_run_config *config)
{
    *config = sweep->fixed;
    for (size_t i = 0; i < sweep->axis_count; i++) {
        const rs_axis *axis = &sweep->axes[i];
        const double *values = axis->values + index / sweep->strides[i] % axis->count * axis->width;
        for (size_t k = 0; k < axis->width; k++)
            rs_parameter_set(axis->parameters[k], config, values[k]);
    }
}
