#include "spec.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "data_files.h"
#include "file_name.h"
#include "foreign_names.h"
#include "metric.h"
#include "numbers_list.h"
#include "parameters.h"
#include "scopes.h"
#include "suggest.h"
#include "value.h"

const char *const rs_method_names[] = {"grid", "list", "random", "sobol", NULL};

/* X(key, meaning) */
#define RS_SWEEP_KEY_LIST(X)                                                                       \
    X(name, "name of the sweep, and of its results file")                                          \
    X(description, "what the sweep is for")                                                        \
    X(method, "how configurations are made: grid, list, random or sobol")                          \
    X(parameters, "values of the parameters, fixed or swept")                                      \
    X(configurations, "of method: list, one after the other")                                      \
    X(seeds, "replicates of every configuration: N for 1 to N, a list, or {first, count}")         \
    X(run_cap, "configurations that are drawn; at most so many of a grid or list, the first ones") \
    X(sampler_seed, "of methods random and sobol: which sample")                                   \
    X(zip, "groups of parameters that vary together")                                              \
    X(exclude, "configurations to leave out")                                                      \
    X(metric, "result by which configurations are ranked: {name, goal}")                           \
    X(base, "another sweep file, whose keys hold where this one has none")                         \
    X(data, "files of your own sequences: one, or {name: FILE}")                                   \
    X(test_lengths, "steps of further tests")                                                      \
    X(checkpoints, "updates after which weights are kept: log2, {every: N}, or a list")            \
    X(early_terminate, "rungs at which the worse configurations stop")

#define RS_SWEEP_KEY(key, meaning)         #key,
#define RS_SWEEP_KEY_MEANING(key, meaning) meaning,
const char *const rs_sweep_keys[] = {RS_SWEEP_KEY_LIST(RS_SWEEP_KEY) NULL};
const char *const rs_sweep_key_meanings[] = {RS_SWEEP_KEY_LIST(RS_SWEEP_KEY_MEANING) NULL};

#define RS_METRIC_NAME(name, accuracy)     #name,
#define RS_METRIC_ACCURACY(name, accuracy) accuracy,
const char *const rs_metric_names[] = {RS_METRIC_LIST(RS_METRIC_NAME) NULL};
static const bool is_accuracy[] = {RS_METRIC_LIST(RS_METRIC_ACCURACY)};
#define RS_METRIC_INDEX(name, accuracy) METRIC_##name,
enum { RS_METRIC_LIST(RS_METRIC_INDEX) };
#undef RS_METRIC_INDEX
#undef RS_METRIC_NAME
#undef RS_METRIC_ACCURACY

/* Keys of W&B that tell how to start a program, and who owns the runs. */
static const char *const ignored_keys[] = {"program",    "command", "project",   "entity",
                                           "controller", "job",     "image_uri", "scheduler",
                                           "apiVersion", "kind",    NULL};

/* Keys of W&B's metric for searches that react to results. */
static const char *const ignored_metric_keys[] = {"target", "impute", "impute_while_running", NULL};

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

static void note_ignored(const spec_reader *reader, const rs_node *key)
{
    rs_diagnose(reader->diagnostics, RS_SEVERITY_NOTE, key->place,
                "'%s' is a key of W&B without meaning here; it is ignored", key->text);
}

/* ---- Name, description, metric --------------------------------------------------------------- */

/* A name becomes a file name (file_name.h), whereas W&B's may be any text. */
static void read_name(spec_reader *reader, const rs_node *node)
{
    const char *text;
    char *name;
    if (!rs_value_read_text(reader->diagnostics, "name", node, &text))
        return;
    if (text[0] == '\0') {
        refuse(reader, node, "name must not be empty: it becomes a file name");
        return;
    }
    bool changed = rs_file_name_make(reader->arena, text, &name);
    reader->sweep->name = name;
    if (changed && name != NULL)
        rs_diagnose(reader->diagnostics, RS_SEVERITY_NOTE, node->place,
                    "the name becomes a file name: it is taken as '%s'", name);
}

static void read_description(spec_reader *reader, const rs_node *node)
{
    const char *text;
    if (rs_value_read_text(reader->diagnostics, "description", node, &text))
        reader->sweep->description = rs_arena_copy(reader->arena, text, strlen(text));
}

/* Whether `word` is among the words of the text, whatever separates them. */
static bool has_word(const char *text, const char *word)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
    while (*text != '\0') {
        size_t length = strspn(text, letters);
        if (length == strlen(word) && strncasecmp(text, word, length) == 0)
            return true;
        text += length > 0 ? length : 1;
    }
    return false;
}

/* The index of the metric of that name. Scripts for W&B have names of their own: a loss or an
 * accuracy is mapped to the one here, with a note. */
static void read_metric_name(const spec_reader *reader, const rs_node *node, size_t *metric)
{
    const char *text = node->kind == RS_NODE_SCALAR ? node->text : "";
    const bool accuracy = has_word(text, "accuracy") || has_word(text, "acc");
    if ((!accuracy && !has_word(text, "loss")) || rs_value_is_among(text, rs_metric_names)) {
        rs_value_read_word(reader->diagnostics, "metric: name", node, rs_metric_names, metric);
        return;
    }
    *metric = accuracy ? METRIC_test_accuracy : METRIC_final_loss;
    rs_diagnose(reader->diagnostics, RS_SEVERITY_NOTE, node->place,
                "metric: '%s' is no result here; it is read as %s", text, rs_metric_names[*metric]);
}

static void read_metric(spec_reader *reader, const rs_node *node)
{
    static const char *const keys[] = {"name", "goal", "target", "impute", "impute_while_running",
                                       NULL};
    static const char *const goals[] = {"maximize", "minimize", NULL};
    size_t metric = 0, goal = 0;
    if (node->kind != RS_NODE_MAPPING) {
        refuse(reader, node, "metric must be a mapping {name: ..., goal: maximize | minimize}");
        return;
    }
    rs_value_check_keys(reader->diagnostics, node, "metric", keys);
    for (size_t i = 0; i < node->count; i++)
        if (rs_value_is_among(node->items[2 * i]->text, ignored_metric_keys))
            note_ignored(reader, node->items[2 * i]);
    const rs_node *name_node = rs_node_get(node, "name"), *goal_node = rs_node_get(node, "goal");
    if (name_node != NULL)
        read_metric_name(reader, name_node, &metric);
    goal = is_accuracy[metric] ? 0 : 1; /* accuracies are maximised, losses minimised */
    if (goal_node != NULL)
        rs_value_read_word(reader->diagnostics, "metric: goal", goal_node, goals, &goal);
    reader->sweep->metric = rs_metric_names[metric];
    reader->sweep->maximize = goal == 0;
}

/* ---- Sampling and exclusion ------------------------------------------------------------------ */

static void read_sampler(spec_reader *reader)
{
    rs_sweep *sweep = reader->sweep;
    bool sampled = sweep->method == RS_METHOD_RANDOM || sweep->method == RS_METHOD_SOBOL;
    const rs_node *cap = rs_node_get(reader->root, "run_cap");
    const rs_node *seed = rs_node_get(reader->root, "sampler_seed");
    double value;
    if (sampled && cap == NULL) {
        rs_diagnose(reader->diagnostics, RS_SEVERITY_ERROR,
                    rs_node_get(reader->root, "method")->place,
                    "method: %s needs run_cap, the number of configurations",
                    rs_method_names[sweep->method]);
        rs_diagnose_hint(reader->diagnostics, "add a line run_cap: 1024");
    }
    if (!sampled && seed != NULL)
        refuse(reader, seed, "sampler_seed belongs to method: random and sobol");
    if (cap != NULL &&
        rs_value_read_whole(reader->diagnostics, "run_cap", cap, 1, RS_SPEC_SAMPLES, &value))
        sweep->run_cap = (size_t)value;
    if (sampled)
        sweep->configurations = sweep->run_cap;
    sweep->select |= cap != NULL; /* not all pairs of values of two axes need to occur */
    if (sampled && seed != NULL &&
        rs_value_read_whole(reader->diagnostics, "sampler_seed", seed, 0, 0x1p53, &value))
        sweep->sampler_seed = (uint64_t)value;
    sweep->may_repeat |= sampled;
}

_Static_assert((int)RS_PARAMETER_TOTAL <= RS_SOBOL_DIMENSIONS, "each parameter can be drawn");
_Static_assert((int)RS_PARAMETER_TOTAL <= RS_YAML_KEYS, "each parameter can be given");

static void prepare_sobol(const spec_reader *reader)
{
    rs_sweep *sweep = reader->sweep;
    sweep->dimensions = rs_arena_take(reader->arena, sweep->draw_count, sizeof *sweep->dimensions);
    for (size_t i = 0; sweep->dimensions != NULL && i < sweep->draw_count; i++)
        sweep->dimensions[i] = rs_sobol_make(sweep->sampler_seed, i);
}

static void read_exclusions(spec_reader *reader, const rs_node *node)
{
    rs_sweep *sweep = reader->sweep;
    if (node->kind != RS_NODE_SEQUENCE) {
        refuse(reader, node,
               "exclude must be a list: [{parameter: value, list or {min, max}}, "
               "...]");
        return;
    }
    sweep->exclusions = rs_arena_take(reader->arena, node->count, sizeof *sweep->exclusions);
    for (size_t i = 0; sweep->exclusions != NULL && i < node->count; i++)
        if (rs_conditions_read(&sweep->exclusions[sweep->exclusion_count], reader->arena,
                               reader->diagnostics, node->items[i], "an entry of exclude"))
            sweep->exclusion_count++;
    sweep->select |= sweep->exclusion_count > 0;
}

/* ---- The whole document ---------------------------------------------------------------------- */

static void refuse_document_key(const spec_reader *reader, const rs_node *key)
{
    enum { KEYS = sizeof rs_sweep_keys / sizeof rs_sweep_keys[0] - 1 };
    static const char prefix[] = "parameters."; /* as Hydra would have it in an override */
    const char *hint = rs_foreign_name_hint(key->text, strlen(key->text));
    const char *words[KEYS + RS_PARAMETER_TOTAL + 1] = {NULL};
    memcpy(words, rs_sweep_keys, sizeof rs_sweep_keys);
    for (size_t i = 0; i < RS_PARAMETER_TOTAL; i++)
        words[KEYS + i] = rs_parameters[i].name;
    rs_diagnose(reader->diagnostics, RS_SEVERITY_ERROR, key->place, "unknown key '%s'", key->text);
    if (rs_parameter_find(key->text, strlen(key->text)) != NULL)
        rs_diagnose_hint(reader->diagnostics,
                         "'%s' is a parameter: put it under parameters:", key->text);
    else if (strcmp(key->text, "when") == 0)
        rs_diagnose_hint(reader->diagnostics,
                         "put it to a parameter: epsilon: {value: 1e-4, when: {states: 3}}");
    else if (strncmp(key->text, prefix, sizeof prefix - 1) == 0)
        rs_diagnose_hint(reader->diagnostics, "write %s, without '%s'",
                         key->text + sizeof prefix - 1, prefix);
    else if (hint != NULL && rs_suggest(key->text, strlen(key->text), rs_sweep_keys, KEYS) == NULL)
        rs_diagnose_hint(reader->diagnostics, "%s", hint);
    else
        rs_diagnose_nearest(reader->diagnostics, key->text, words);
}

static void check_document_key(const spec_reader *reader, const rs_node *key)
{
    if (strcmp(key->text, "base") == 0) /* a base in a file has already been resolved */
        rs_diagnose(reader->diagnostics, RS_SEVERITY_ERROR, key->place,
                    "'base' can stand in a sweep file only");
    else if (strcmp(key->text, "metrics") == 0) {
        rs_diagnose(reader->diagnostics, RS_SEVERITY_ERROR, key->place,
                    "'metrics' is not supported: one metric decides which configuration is best");
        rs_diagnose_hint(reader->diagnostics, "write metric: {name: ..., goal: ...}");
    } else if (rs_value_is_among(key->text, ignored_keys))
        note_ignored(reader, key);
    else if (strncmp(key->text, "x-", 2) != 0 && /* for the user's anchors */
             !rs_value_is_among(key->text, rs_sweep_keys))
        refuse_document_key(reader, key);
}

static void read_method(spec_reader *reader)
{
    const rs_node *node = rs_node_get(reader->root, "method");
    size_t method = RS_METHOD_GRID;
    bool right = true;
    if (node == NULL) {
        refuse(reader, reader->root, "'method' is missing");
        rs_diagnose_hint(reader->diagnostics, "add a line method: grid");
    } else
        right = rs_value_read_word(reader->diagnostics, "method", node, rs_method_names, &method);
    if (!right && node->kind == RS_NODE_SCALAR &&
        (strcmp(node->text, "bayes") == 0 || strcmp(node->text, "custom") == 0))
        rs_diagnose_hint(reader->diagnostics,
                         "nothing here reacts to results; method: sobol with a "
                         "run_cap searches evenly");
    reader->sweep->method = (rs_method)method;
}

/* The values of an axis that a rule is held against: both ends, since rules compare numbers. */
static size_t find_ends(const rs_axis *axis, double values[2])
{
    double least = axis->values[0], most = axis->values[0];
    for (size_t p = 1; p < axis->count; p++) {
        least = fmin(least, axis->values[p * axis->width]);
        most = fmax(most, axis->values[p * axis->width]);
    }
    values[0] = least;
    values[1] = most;
    return 2;
}

/* In a grid of independent axes each value of one parameter is combined with each of another. */
static void check_rules(spec_reader *reader)
{
    const rs_sweep *sweep = reader->sweep;
    for (size_t i = 0; i < RS_RULE_TOTAL; i++) {
        const rs_axis *axes[2];
        double values[2][2];
        size_t count = 0, counts[2] = {1, 1};
        for (size_t k = 0; k < sweep->axis_count && count < 2; k++)
            if (rs_rule_concerns(&rs_rules[i], sweep->axes[k].parameters[0])) {
                axes[count] = &sweep->axes[k];
                counts[count] = find_ends(&sweep->axes[k], values[count]);
                count++;
            }
        bool right = true;
        for (size_t p = 0; right && p < counts[0]; p++)
            for (size_t q = 0; right && q < counts[1]; q++) {
                rs_run_config config = sweep->fixed;
                if (count > 0)
                    rs_parameter_set(axes[0]->parameters[0], &config, values[0][p]);
                if (count > 1)
                    rs_parameter_set(axes[1]->parameters[0], &config, values[1][q]);
                right = rs_sweep_check_rule(sweep, i, &config, NULL, reader->diagnostics);
            }
    }
}

static void count_configurations(spec_reader *reader)
{
    rs_sweep *sweep = reader->sweep;
    size_t product = sweep->configurations, runs;
    bool overflow = false;
    sweep->strides = rs_arena_take(reader->arena, sweep->axis_count, sizeof(size_t));
    if (sweep->strides == NULL)
        return;
    for (size_t i = sweep->axis_count; i > 0; i--) {
        sweep->strides[i - 1] = product;
        overflow |= __builtin_mul_overflow(product, sweep->axes[i - 1].count, &product);
    }
    if (sweep->run_cap > 0 && product > sweep->run_cap)
        product = sweep->run_cap;
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

/* log2, {every: n}, or a list of updates. */
static void read_checkpoints(const spec_reader *reader, const rs_node *node)
{
    static const char *const words[] = {"log2", NULL}, *const keys[] = {"every", NULL};
    rs_checkpoints *checkpoints = &reader->sweep->checkpoints;
    const rs_node *every = node->kind == RS_NODE_MAPPING ? rs_node_get(node, "every") : NULL;
    uint32_t *list = NULL;
    double value;
    size_t word;
    if (node->kind == RS_NODE_SEQUENCE) {
        rs_numbers_list_read(&list, &checkpoints->count, reader->arena, reader->diagnostics,
                             "checkpoints", node, 0, INT32_MAX);
        checkpoints->list = list;
        checkpoints->kind = checkpoints->count > 0 ? RS_CHECKPOINTS_LIST : RS_CHECKPOINTS_NONE;
    } else if (node->kind == RS_NODE_MAPPING) {
        if (!rs_value_check_keys(reader->diagnostics, node, "checkpoints", keys))
            return;
        if (every == NULL)
            refuse(reader, node, "checkpoints: write {every: 100}, log2, or a list of updates");
        else if (rs_value_read_whole(reader->diagnostics, "checkpoints: every", every, 1, INT32_MAX,
                                     &value))
            *checkpoints = (rs_checkpoints){.kind = RS_CHECKPOINTS_EVERY, .every = (uint32_t)value};
    } else if (rs_value_read_word(reader->diagnostics, "checkpoints", node, words, &word))
        checkpoints->kind = RS_CHECKPOINTS_LOG2;
}

static void read_early_terminate(const spec_reader *reader, const rs_node *node)
{
    rs_sweep *sweep = reader->sweep;
    rs_early_terminate_read(&sweep->early, reader->arena, reader->diagnostics, node);
    if (strcmp(sweep->metric, rs_metric_names[METRIC_initial_loss]) == 0)
        refuse(reader, node, "early_terminate: training does not change the metric initial_loss");
}

static void read_document(spec_reader *reader)
{
    const rs_node *node;
    for (size_t i = 0; i < reader->root->count; i++)
        check_document_key(reader, reader->root->items[2 * i]);
    if ((node = rs_node_get(reader->root, "name")) != NULL)
        read_name(reader, node);
    if ((node = rs_node_get(reader->root, "description")) != NULL)
        read_description(reader, node);
    if ((node = rs_node_get(reader->root, "metric")) != NULL)
        read_metric(reader, node);
    if ((node = rs_node_get(reader->root, "checkpoints")) != NULL)
        read_checkpoints(reader, node);
    if ((node = rs_node_get(reader->root, "early_terminate")) != NULL)
        read_early_terminate(reader, node);
    if ((node = rs_node_get(reader->root, "test_lengths")) != NULL)
        rs_numbers_list_read(&reader->sweep->lengths, &reader->sweep->length_count, reader->arena,
                             reader->diagnostics, "test_lengths", node, 1, RS_DATA_STEPS_MOST);
    if ((node = rs_node_get(reader->root, "seeds")) != NULL)
        rs_seeds_read(&reader->sweep->seeds, reader->arena, reader->diagnostics, node);
    read_method(reader);
    rs_parameters_read(reader->sweep, reader->arena, reader->root, reader->diagnostics);
    read_sampler(reader);
    if (reader->sweep->method == RS_METHOD_SOBOL)
        prepare_sobol(reader);
    if ((node = rs_node_get(reader->root, "exclude")) != NULL)
        read_exclusions(reader, node);
}

rs_status rs_spec_read(rs_sweep *sweep, rs_arena *arena, const rs_node *root, char **text,
                       const rs_data_source *source, rs_diagnostics *diagnostics, rs_error *error)
{
    spec_reader reader = {sweep, arena, diagnostics, root};
    size_t errors = rs_diagnostics_errors(diagnostics);
    *sweep = (rs_sweep){.fixed = rs_run_config_default(),
                        .metric = rs_metric_names[0],
                        .maximize = true,
                        .configurations = 1,
                        .place = root->place,
                        .seeds = {.count = 1, .first = 1}};
    for (size_t i = 0; i < RS_RULE_TOTAL; i++)
        sweep->rule_places[i] = root->place;
    if (root->kind != RS_NODE_MAPPING) {
        char found[RS_NODE_TEXT];
        rs_value_describe_node(root, found);
        rs_diagnose(diagnostics, RS_SEVERITY_ERROR, root->place,
                    "a sweep must be a mapping with the keys method and parameters, not %s", found);
        if (root->kind == RS_NODE_SCALAR && strchr(root->text, ':') != NULL)
            rs_diagnose_hint(diagnostics, "put a blank after the colon of each key");
        else if (root->kind == RS_NODE_SCALAR && root->text[0] == '\0')
            rs_diagnose_hint(diagnostics, "each --- begins a sweep; remove the one before nothing");
        return rs_fail(error, RS_BAD_DATA, "not a sweep");
    }
    if (rs_data_files_read(&reader.root, arena, text, source, diagnostics))
        read_document(&reader);
    if (rs_diagnostics_errors(diagnostics) == errors && !rs_arena_failed(arena)) {
        rs_scopes_review(sweep, diagnostics);
        /* Rules compare numbers with what a task says, and settings may say what it says. */
        sweep->may_repeat |= sweep->given[RS_PARAMETER_task].line > 0;
        sweep->select |= sweep->may_repeat;
        if (!sweep->select)
            check_rules(&reader);
        count_configurations(&reader);
    }
    if (rs_arena_failed(arena))
        return rs_fail(error, RS_NO_MEMORY, "out of memory for the sweep");
    if (rs_diagnostics_errors(diagnostics) > errors)
        return rs_fail(error, RS_BAD_DATA, "the sweep has errors");
    return RS_OK;
}
