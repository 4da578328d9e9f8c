#include "filter.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "condition.h"
#include "memory.h"
#include "overrides.h"
#include "value.h"

struct rs_filter {
    rs_arena *arena;
    rs_conditions conditions;
    rs_condition *list; /* of the conditions */
    bool *generated;    /* which of them are ranges, whose values nobody wrote one by one */
};

/* The seed of a run as if it were one more parameter. */
static const rs_parameter seed_parameter = {.name = "seed",
                                            .kind = RS_KIND_COUNT,
                                            .max = UINT32_MAX,
                                            .meaning = "seed of the run's random stream",
                                            .offset = offsetof(rs_run_config, seed)};

/* interval(low, high) comes as {distribution: uniform, min: low, max: high}. */
static const rs_node *without_distribution(const rs_node *value, rs_arena *arena)
{
    if (value->kind != RS_NODE_MAPPING || value->count != 3 ||
        strcmp(value->items[0]->text, "distribution") != 0)
        return value;
    rs_node *bounds = rs_arena_take(arena, 1, sizeof *bounds);
    if (bounds == NULL)
        return NULL;
    *bounds = *value;
    bounds->items += 2;
    bounds->count--;
    return bounds;
}

static bool read_condition(rs_condition *condition, rs_arena *arena, rs_diagnostics *diagnostics,
                           const rs_override *written)
{
    const rs_node *value = without_distribution(written->value, arena);
    const rs_parameter *parameter =
        strcmp(written->key->text, seed_parameter.name) == 0
            ? &seed_parameter
            : rs_value_read_parameter(diagnostics, written->key, "a condition");
    return parameter != NULL && value != NULL &&
           rs_condition_read(condition, arena, diagnostics, parameter, value);
}

static rs_status read_all(rs_filter *filter, size_t count, const char *const texts[],
                          rs_diagnostics *diagnostics, rs_error *error)
{
    rs_condition *list = rs_arena_take(filter->arena, count, sizeof *list);
    bool *generated = rs_arena_take(filter->arena, count, sizeof *generated);
    bool right = list != NULL && generated != NULL;
    for (size_t i = 0; i < count && list != NULL && generated != NULL; i++) {
        generated[i] = strstr(texts[i], "=range(") != NULL;
        rs_override written;
        rs_status status = rs_override_read(&written, filter->arena, "condition", i + 1, texts[i],
                                            diagnostics, error);
        if (status == RS_NO_MEMORY)
            return status;
        right &= status == RS_OK && read_condition(&list[i], filter->arena, diagnostics, &written);
    }
    if (rs_arena_failed(filter->arena) || rs_diagnostics_failed(diagnostics))
        return rs_fail(error, RS_NO_MEMORY, "out of memory for the conditions");
    if (!right)
        return rs_fail(error, RS_BAD_DATA, "a condition is wrong");
    filter->conditions = (rs_conditions){.count = count, .list = list};
    filter->list = list;
    filter->generated = generated;
    return RS_OK;
}

rs_status rs_filter_read(rs_filter **filter, size_t count, const char *const texts[],
                         rs_diagnostics *diagnostics, rs_error *error)
{
    rs_filter *fresh = NULL;
    rs_status status;
    if ((status = rs_allocate((void **)&fresh, 1, sizeof *fresh, error)) == RS_OK &&
        (status = rs_arena_create(&fresh->arena, error)) == RS_OK &&
        (status = read_all(fresh, count, texts, diagnostics, error)) == RS_OK) {
        *filter = fresh;
        return RS_OK;
    }
    rs_filter_free(fresh);
    return status;
}

/* The distinct values of a parameter, rising; of very many the first ones that are met. */
enum { KNOWN_MAX = 64, SHOWN_MAX = 20 };
struct known {
    size_t count;
    bool more;
    double values[KNOWN_MAX];
};

static void add_known(struct known *known, double value)
{
    size_t place = 0;
    while (place < known->count && known->values[place] < value)
        place++;
    if (place < known->count && known->values[place] == value)
        return;
    if (known->count == KNOWN_MAX) {
        known->more = true;
        return;
    }
    memmove(known->values + place + 1, known->values + place,
            (known->count - place) * sizeof *known->values);
    known->values[place] = value;
    known->count++;
}

/* "0.5, 0.99" */
static void write_values(const rs_parameter *parameter, const struct known *known,
                         const char *separator, size_t size, char *text)
{
    size_t length = 0;
    for (size_t i = 0; i < known->count && i < SHOWN_MAX; i++) {
        char value[RS_PARAMETER_TEXT];
        rs_parameter_format(parameter, known->values[i], value);
        length +=
            (size_t)snprintf(text + length, size - length, "%s%s", i > 0 ? separator : "", value);
    }
    if (known->more || known->count > SHOWN_MAX)
        snprintf(text + length, size - length, ", ...");
}

static rs_status refuse_value(const rs_parameter *parameter, double value, const struct known *near,
                              const struct known *known, rs_error *error)
{
    char wanted[RS_PARAMETER_TEXT], texts[(SHOWN_MAX + 1) * (RS_PARAMETER_TEXT + 4)] = "";
    rs_parameter_format(parameter, value, wanted);
    if (near->count > 1) {
        write_values(parameter, near, " or ", sizeof texts, texts);
        return rs_fail(error, RS_USAGE, "no run has exactly %s %s: it could be %s", parameter->name,
                       wanted, texts);
    }
    write_values(parameter, known, ", ", sizeof texts, texts);
    return rs_fail(error, RS_USAGE, "no run has %s %s; there are %s", parameter->name, wanted,
                   texts);
}

static rs_status settle_value(const rs_parameter *parameter, const rs_filter_source *source,
                              double *value, rs_error *error)
{
    static const double same = 1e-4;
    struct known near = {0}, known = {0};
    for (size_t i = 0; i < source->count; i++) {
        rs_run_config config;
        source->get(source->context, i, &config);
        double has = rs_parameter_get(parameter, &config);
        if (has == *value)
            return RS_OK;
        if (parameter->kind == RS_KIND_REAL && fabs(has - *value) <= same * fabs(*value))
            add_known(&near, has);
        add_known(&known, has);
    }
    if (near.count != 1)
        return refuse_value(parameter, *value, &near, &known, error);
    *value = near.values[0];
    return RS_OK;
}

rs_status rs_filter_settle(rs_filter *filter, const rs_filter_source *source, rs_error *error)
{
    for (size_t i = 0; i < filter->conditions.count; i++) {
        rs_condition *condition = &filter->list[i];
        if (condition->count == 0 || filter->generated[i])
            continue;
        double *values = rs_arena_take(filter->arena, condition->count, sizeof *values);
        if (values == NULL)
            return rs_fail(error, RS_NO_MEMORY, "out of memory for the conditions");
        for (size_t k = 0; k < condition->count; k++) {
            values[k] = condition->values[k];
            rs_status status = settle_value(condition->parameter, source, &values[k], error);
            if (status != RS_OK)
                return status;
        }
        condition->values = values;
    }
    return RS_OK;
}

void rs_filter_free(rs_filter *filter)
{
    if (filter == NULL)
        return;
    rs_arena_free(filter->arena);
    free(filter);
}

bool rs_filter_holds(const rs_filter *filter, const rs_run_config *config)
{
    return rs_conditions_hold(&filter->conditions, config);
}
