#include "early_terminate.h"

#include <stdio.h>

#include "numbers_list.h"
#include "scalar.h"
#include "value.h"

enum { TYPE_HALVING, TYPE_HYPERBAND };
const char *const rs_early_terminate_types[] = {"successive_halving", "hyperband", NULL};

enum { EPOCHS_MOST = 1000000 }; /* of a run, as in parameters.def */

typedef struct early_reader {
    rs_early_terminate *early;
    rs_arena *arena;
    rs_diagnostics *diagnostics;
    const rs_node *node;
} early_reader;

static void refuse(const early_reader *reader, const rs_node *node, const char *text,
                   const char *hint)
{
    rs_diagnose(reader->diagnostics, RS_SEVERITY_ERROR, node->place, "early_terminate: %s", text);
    rs_diagnose_hint(reader->diagnostics, "%s", hint);
}

/* The same share at every rung. */
static void keep_everywhere(const early_reader *reader, double share)
{
    rs_halving *halving = &reader->early->halving;
    double *keep = rs_arena_take(reader->arena, halving->rungs.count, sizeof *keep);
    for (size_t i = 0; keep != NULL && i < halving->rungs.count; i++)
        keep[i] = share;
    halving->keep = keep;
}

/* ---- Successive halving ---------------------------------------------------------------------- */

static const char example[] =
    "write early_terminate: {type: successive_halving, epochs: [10, 30], keep: 0.333}";

static bool read_rungs(const early_reader *reader)
{
    const rs_node *epochs = rs_node_get(reader->node, "epochs");
    const rs_node *updates = rs_node_get(reader->node, "updates");
    rs_rungs *rungs = &reader->early->halving.rungs;
    uint32_t *at = NULL;
    if ((epochs == NULL) == (updates == NULL)) {
        refuse(reader, reader->node,
               epochs == NULL ? "the rungs are missing: after how many epochs or updates the "
                                "configurations are compared"
                              : "rungs are in epochs or in updates, not in both",
               example);
        return false;
    }
    rungs->in_epochs = epochs != NULL;
    rs_numbers_list_read(&at, &rungs->count, reader->arena, reader->diagnostics,
                         rungs->in_epochs ? "early_terminate: epochs" : "early_terminate: updates",
                         rungs->in_epochs ? epochs : updates, 1,
                         rungs->in_epochs ? EPOCHS_MOST : INT32_MAX);
    rungs->at = at;
    const rs_node *given = epochs != NULL ? epochs : updates;
    if (given->kind == RS_NODE_SEQUENCE && given->count == 0)
        refuse(reader, given, "there is no rung", example);
    return rungs->count > 0;
}

static bool read_share(const early_reader *reader, const rs_node *node, double *share)
{
    static const char key[] = "early_terminate: keep";
    if (!rs_value_read_number(reader->diagnostics, key, node, share))
        return false;
    if (*share > 0 && *share < 1)
        return true;
    rs_diagnose(reader->diagnostics, RS_SEVERITY_ERROR, node->place,
                "%s is the share of the configurations that go on, between 0 and 1, not %s", key,
                node->text);
    return false;
}

/* Whether the rungs stand in the file in the order that they have here. */
static bool rungs_rise(const early_reader *reader)
{
    const rs_rungs *rungs = &reader->early->halving.rungs;
    const rs_node *node = rs_node_get(reader->node, rungs->in_epochs ? "epochs" : "updates");
    bool rise = node->kind != RS_NODE_SEQUENCE || node->count == rungs->count;
    for (size_t i = 0; rise && node->kind == RS_NODE_SEQUENCE && i < rungs->count; i++)
        rise =
            rs_scalar_resolve(node->items[i]->text, node->items[i]->quoted).number == rungs->at[i];
    return rise;
}

static bool read_keep(const early_reader *reader)
{
    const rs_node *node = rs_node_get(reader->node, "keep");
    const size_t count = reader->early->halving.rungs.count;
    double share = 0.5;
    if (node == NULL || node->kind != RS_NODE_SEQUENCE) {
        if (node != NULL && !read_share(reader, node, &share))
            return false;
        keep_everywhere(reader, share);
        return true;
    }
    if (node->count != count) {
        rs_diagnose(reader->diagnostics, RS_SEVERITY_ERROR, node->place,
                    "early_terminate: keep has %zu share%s for %zu rung%s", node->count,
                    node->count == 1 ? "" : "s", count, count == 1 ? "" : "s");
        return false;
    }
    if (!rungs_rise(reader)) {
        refuse(reader, node, "a list of shares belongs to a list of rungs that rise", example);
        return false;
    }
    double *keep = rs_arena_take(reader->arena, count, sizeof *keep);
    for (size_t i = 0; keep != NULL && i < count; i++)
        if (!read_share(reader, node->items[i], &keep[i]))
            return false;
    reader->early->halving.keep = keep;
    return true;
}

static bool read_halving(const early_reader *reader)
{
    static const char *const keys[] = {"type", "epochs", "updates", "keep", "statistic", NULL};
    const rs_node *node = rs_node_get(reader->node, "statistic");
    size_t statistic = RS_HALVING_score;
    if (!rs_value_check_keys(reader->diagnostics, reader->node, "early_terminate", keys) ||
        !read_rungs(reader) || !read_keep(reader) ||
        (node != NULL && !rs_value_read_word(reader->diagnostics, "early_terminate: statistic",
                                             node, rs_halving_statistic_names, &statistic)))
        return false;
    reader->early->halving.statistic = (rs_halving_statistic)statistic;
    return true;
}

/* ---- W&B's hyperband ------------------------------------------------------------------------- */

/* W&B's bands (github.com/wandb/sweeps, src/sweeps/hyperband_stopping.py): numbers rounded down,
 * here each once. Theirs end after so many. */
enum { BANDS_MOST = 100 };

struct bands {
    size_t count;
    uint32_t *at; /* [BANDS_MOST], rising */
};

static void add_band(struct bands *bands, double band)
{
    if (bands->count == 0 || bands->at[bands->count - 1] < (uint32_t)band)
        bands->at[bands->count++] = (uint32_t)band;
}

/* min_iter, min_iter eta, min_iter eta^2, ... */
static void rise_from(struct bands *bands, double band, double eta)
{
    for (int i = 0; i < BANDS_MOST && band <= EPOCHS_MOST; i++) {
        add_band(bands, band);
        band *= eta;
    }
}

/* max_iter / eta^s, ..., max_iter / eta */
static void fall_from(struct bands *bands, double band, double eta, double s)
{
    double falling[BANDS_MOST];
    size_t count = 0;
    while (count < (size_t)s && band / eta >= 1)
        falling[count++] = band /= eta;
    while (count > 0)
        add_band(bands, falling[--count]);
}

static bool read_whole(const early_reader *reader, const char *key, double most, double *value)
{
    char name[64];
    const rs_node *node = rs_node_get(reader->node, key);
    snprintf(name, sizeof name, "early_terminate: %s", key);
    return node == NULL || rs_value_read_whole(reader->diagnostics, name, node, 1, most, value);
}

static bool read_eta(const early_reader *reader, double *eta)
{
    const rs_node *node = rs_node_get(reader->node, "eta");
    *eta = 3;
    if (node == NULL)
        return true;
    if (!rs_value_read_number(reader->diagnostics, "early_terminate: eta", node, eta))
        return false;
    if (*eta > 1)
        return true;
    refuse(reader, node, "eta must be above 1: the best 1/eta go on from each rung",
           "write eta: 3");
    return false;
}

static bool read_strict(const early_reader *reader)
{
    static const char *const words[] = {"false", "true", NULL};
    const rs_node *node = rs_node_get(reader->node, "strict");
    size_t strict = 1;
    if (node != NULL &&
        !rs_value_read_word(reader->diagnostics, "early_terminate: strict", node, words, &strict))
        return false;
    if (strict == 0)
        rs_diagnose(reader->diagnostics, RS_SEVERITY_NOTE, node->place,
                    "early_terminate: W&B takes the best value so far with strict: false; here it "
                    "is always the value at the rung");
    return true;
}

static bool read_hyperband(const early_reader *reader)
{
    static const char *const keys[] = {"type", "min_iter", "max_iter", "s", "eta", "strict", NULL};
    static const char hint[] = "write min_iter: 3, or max_iter: 27 and s: 2";
    double first = 0, last = 0, s = 0, eta;
    struct bands bands = {.at = rs_arena_take(reader->arena, BANDS_MOST, sizeof *bands.at)};
    if (bands.at == NULL ||
        !rs_value_check_keys(reader->diagnostics, reader->node, "early_terminate", keys) ||
        !read_whole(reader, "min_iter", EPOCHS_MOST, &first) ||
        !read_whole(reader, "max_iter", EPOCHS_MOST, &last) ||
        !read_whole(reader, "s", BANDS_MOST, &s) || !read_eta(reader, &eta) || !read_strict(reader))
        return false;
    if (last > 0 ? s < 1 : first < 1) {
        refuse(reader, reader->node, "hyperband needs min_iter, or max_iter and s", hint);
        return false;
    }
    if (last > 0)
        fall_from(&bands, last, eta, s);
    else
        rise_from(&bands, first, eta);
    reader->early->open_ended = last < 1;
    if (bands.count == 0) {
        refuse(reader, reader->node, "no rung is left: max_iter / eta is below 1", hint);
        return false;
    }
    reader->early->halving.rungs =
        (rs_rungs){.in_epochs = true, .count = bands.count, .at = bands.at};
    keep_everywhere(reader, 1 / eta);
    rs_diagnose(reader->diagnostics, RS_SEVERITY_NOTE, reader->early->place,
                "early_terminate: hyperband is read as successive halving of configurations with "
                "all their seeds: an iteration is an epoch, and the best 1/%g go on from a rung%s",
                eta, last > 0 && first > 0 ? "; min_iter is ignored beside max_iter" : "");
    return true;
}

/* ---- Either ---------------------------------------------------------------------------------- */

void rs_early_terminate_read(rs_early_terminate *early, rs_arena *arena,
                             rs_diagnostics *diagnostics, const rs_node *node)
{
    const early_reader reader = {early, arena, diagnostics, node};
    const rs_node *type = node->kind == RS_NODE_MAPPING ? rs_node_get(node, "type") : NULL;
    size_t word;
    bool right = false;
    *early = (rs_early_terminate){.place = node->place};
    if (type == NULL)
        refuse(&reader, node, "it must be a mapping with a type", example);
    else if (rs_value_read_word(diagnostics, "early_terminate: type", type,
                                rs_early_terminate_types, &word))
        right = word == TYPE_HALVING ? read_halving(&reader) : read_hyperband(&reader);
    if (!right)
        early->halving.rungs.count = 0;
}
