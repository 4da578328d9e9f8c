#include "rnnsweep/run_config.h"

#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "task.h"

/* Bounds of the real parameters: min, max, min_open, max_open. */
#define RS_POSITIVE        0, INFINITY, true, true
#define RS_NOT_NEGATIVE    0, INFINITY, false, true
#define RS_UNIT_OPEN_ABOVE 0, 1, false, true
#define RS_UNIT_OPEN_BELOW 0, 1, true, false
#define RS_ANY             -INFINITY, INFINITY, true, true

#define RS_OFFSET(name) offsetof(rs_run_config, name)
#define RS_REAL_ROW(name, fallback, min, max, min_open, max_open, unit, meaning) \
    {#name,    RS_KIND_REAL, fallback, min,     max,  min_open,                  \
     max_open, false,        unit,     meaning, NULL, RS_OFFSET(name)},
#define RS_REAL(...)                        RS_REAL_EXPAND(__VA_ARGS__)
#define RS_REAL_EXPAND(name, fallback, ...) RS_REAL_ROW(name, fallback, __VA_ARGS__)
#define RS_OPTIONAL_ROW(name, min, max, min_open, max_open, unit, meaning) \
    {#name,    RS_KIND_REAL, -1,   min,     max,  min_open,                \
     max_open, true,         unit, meaning, NULL, RS_OFFSET(name)},
#define RS_OPTIONAL(...)              RS_OPTIONAL_EXPAND(__VA_ARGS__)
#define RS_OPTIONAL_EXPAND(name, ...) RS_OPTIONAL_ROW(name, __VA_ARGS__)
#define RS_COUNT(name, fallback, min, max, unit, meaning)  \
    {#name, RS_KIND_COUNT, fallback, min,     max,  false, \
     false, false,         unit,     meaning, NULL, RS_OFFSET(name)},
/* The largest index of a choice is found from its list of names. */
#define RS_CHOICE(name, fallback, list, meaning) \
    {#name,                                      \
     RS_KIND_CHOICE,                             \
     fallback,                                   \
     0,                                          \
     INFINITY,                                   \
     false,                                      \
     false,                                      \
     false,                                      \
     "1",                                        \
     meaning,                                    \
     &RS_CHOICE_WORDS(list)[1],                  \
     RS_OFFSET(name)},
#define RS_FLAG(name, fallback, meaning) \
    {#name, RS_KIND_FLAG, fallback, 0, 1, false, false, false, "1", meaning, NULL, RS_OFFSET(name)},
#define RS_WHOLE(name, min, max, unit, meaning) \
    {#name, RS_KIND_WHOLE, -1, min, max, false, false, true, unit, meaning, NULL, RS_OFFSET(name)},
#define RS_SEED(name, meaning) RS_WHOLE(name, 0, UINT32_MAX, "1", meaning)

const rs_parameter rs_parameters[RS_PARAMETER_TOTAL] = {
#include "rnnsweep/parameters.def"
};

const rs_parameter *rs_parameter_find(const char *name, size_t length)
{
    for (size_t i = 0; i < RS_PARAMETER_TOTAL; i++)
        if (strlen(rs_parameters[i].name) == length &&
            memcmp(rs_parameters[i].name, name, length) == 0)
            return &rs_parameters[i];
    return NULL;
}

double rs_parameter_get(const rs_parameter *parameter, const rs_run_config *config)
{
    const void *field = (const char *)config + parameter->offset;
    switch (parameter->kind) {
    case RS_KIND_REAL:
        return *(const double *)field;
    case RS_KIND_WHOLE:
        return (double)*(const int64_t *)field;
    case RS_KIND_COUNT:
    case RS_KIND_CHOICE:
    case RS_KIND_FLAG:
        break;
    }
    return (double)*(const uint32_t *)field;
}

void rs_parameter_set(const rs_parameter *parameter, rs_run_config *config, double value)
{
    void *field = (char *)config + parameter->offset;
    switch (parameter->kind) {
    case RS_KIND_REAL:
        *(double *)field = value;
        break;
    case RS_KIND_WHOLE:
        *(int64_t *)field = (int64_t)value;
        break;
    case RS_KIND_COUNT:
    case RS_KIND_CHOICE:
    case RS_KIND_FLAG:
        *(uint32_t *)field = (uint32_t)value;
        break;
    }
}

bool rs_parameter_is_none(const rs_parameter *parameter, double value)
{
    return parameter->optional && value == -1;
}

bool rs_parameter_allows(const rs_parameter *parameter, double value)
{
    if (rs_parameter_is_none(parameter, value))
        return true;
    bool above = parameter->min_open ? value > parameter->min : value >= parameter->min;
    bool below = parameter->max_open ? value < parameter->max : value <= parameter->max;
    if (!above || !below)
        return false;
    if (parameter->kind != RS_KIND_REAL && value != floor(value))
        return false;
    if (parameter->kind == RS_KIND_CHOICE) {
        char name[RS_PARAMETER_TEXT];
        if (value > UINT32_MAX)
            return false;
        rs_parameter_choice_name(parameter, (uint32_t)value, name, sizeof name);
        return name[0] != '\0';
    }
    return true;
}

void rs_parameter_choice_name(const rs_parameter *parameter, uint32_t index, char *text,
                              size_t size)
{
    const char *word = parameter->choices;
    if (parameter == &rs_parameters[RS_PARAMETER_task] && index >= RS_TASK_TOTAL) {
        const rs_task_facts *facts = rs_task_facts_at(index);
        word = facts != NULL ? facts->name : NULL;
        index = 0;
    }
    for (; index > 0 && word != NULL; index--) {
        word = strchr(word, ' ');
        word = word != NULL ? word + 1 : NULL;
    }
    size_t length = word != NULL ? strcspn(word, " ") : 0;
    if (length >= size)
        length = size - 1;
    if (length > 0)
        memcpy(text, word, length);
    text[length] = '\0';
}

int rs_parameter_choice_find(const rs_parameter *parameter, const char *name, size_t length)
{
    int index = 0;
    for (const char *word = parameter->choices; word != NULL; index++) {
        size_t here = strcspn(word, " ");
        if (here == length && memcmp(word, name, length) == 0)
            return index;
        word = word[here] == ' ' ? word + here + 1 : NULL;
    }
    return parameter == &rs_parameters[RS_PARAMETER_task] ? rs_task_find(name, length) : -1;
}

/* The first DBL_DIG digits as an integer, when they and a power of ten that a double holds exactly
 * give the value: then one division rounds as reading the decimal would. Else 0. Nearly all values
 * of sweep files are such, and printing takes ten times as long. */
static uint64_t leading_digits(double value)
{
    static const double powers[] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                    1e8,  1e9,  1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
                                    1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};
    if (!(value >= 1e-7 && value < 1e14))
        return 0;
    int places = DBL_DIG - 1 - (int)floor(log10(value));
    double digits = rint(value * powers[places]);
    return digits < 1e15 && digits / powers[places] == value ? (uint64_t)digits : 0;
}

/* Fewest digits that read back equal. A decimal of up to DBL_DIG digits survives the way through a
 * double, so when DBL_DIG digits read back equal, they are the fewest but for the zeros at their
 * end. Subnormal numbers hold fewer digits. */
static int count_digits(double value)
{
    char text[RS_PARAMETER_TEXT];
    int digits = 0;
    uint64_t leading = leading_digits(value);
    while (leading > 0 && leading % 10 == 0)
        leading /= 10;
    for (; leading > 0; leading /= 10)
        digits++;
    if (digits > 0)
        return digits;
    digits = fabs(value) < DBL_MIN ? 1 : DBL_DIG;
    do
        snprintf(text, sizeof text, "%.*e", digits - 1, value);
    while (strtod(text, NULL) != value && digits++ < DBL_DECIMAL_DIG);
    for (const char *end = strchr(text, 'e'); end != NULL && digits > 1 && end[-1] == '0'; end--)
        digits--;
    return digits;
}

void rs_parameter_format(const rs_parameter *parameter, double value, char text[RS_PARAMETER_TEXT])
{
    switch (parameter->kind) {
    case RS_KIND_CHOICE:
        rs_parameter_choice_name(parameter, (uint32_t)value, text, RS_PARAMETER_TEXT);
        return;
    case RS_KIND_FLAG:
        snprintf(text, RS_PARAMETER_TEXT, "%s", value != 0 ? "true" : "false");
        return;
    case RS_KIND_WHOLE:
        if (rs_parameter_is_none(parameter, value))
            snprintf(text, RS_PARAMETER_TEXT, "none");
        else
            snprintf(text, RS_PARAMETER_TEXT, "%.0f", value);
        return;
    case RS_KIND_COUNT:
        snprintf(text, RS_PARAMETER_TEXT, "%.0f", value);
        return;
    case RS_KIND_REAL:
        if (rs_parameter_is_none(parameter, value))
            snprintf(text, RS_PARAMETER_TEXT, "none");
        else
            snprintf(text, RS_PARAMETER_TEXT, "%.*g", count_digits(value), value);
        return;
    }
}

rs_run_config rs_run_config_default(void)
{
    rs_run_config config = {.seed = 1};
    for (size_t i = 0; i < RS_PARAMETER_TOTAL; i++)
        rs_parameter_set(&rs_parameters[i], &config, rs_parameters[i].fallback);
    return config;
}

/* A product such as 0.07 * 100, which lies above 7 by its rounding alone, is not rounded up. */
uint32_t rs_run_config_fraction(const rs_run_config *config, uint32_t count)
{
    const double part = ceil(config->train_fraction * count * (1 - 1e-12));
    return part < count ? (uint32_t)part : count;
}

static uint64_t next_of_list(const rs_checkpoints *checkpoints, int64_t after)
{
    for (size_t i = 0; i < checkpoints->count; i++)
        if ((int64_t)checkpoints->list[i] > after)
            return checkpoints->list[i];
    return UINT64_MAX;
}

static uint64_t next_power(int64_t after, uint64_t last)
{
    uint64_t power = 1;
    if (after < 0)
        return 0;
    while (power <= (uint64_t)after)
        power *= 2;
    return power <= last || (uint64_t)after >= last ? power : last;
}

uint64_t rs_checkpoints_next(const rs_checkpoints *checkpoints, int64_t after, uint64_t last)
{
    uint64_t next = UINT64_MAX;
    switch (checkpoints->kind) {
    case RS_CHECKPOINTS_NONE:
        break;
    case RS_CHECKPOINTS_LOG2:
        next = next_power(after, last);
        break;
    case RS_CHECKPOINTS_EVERY:
        next = after < 0 ? 0 : ((uint64_t)after / checkpoints->every + 1) * checkpoints->every;
        break;
    case RS_CHECKPOINTS_LIST:
        next = next_of_list(checkpoints, after);
        break;
    }
    return next <= last ? next : UINT64_MAX;
}

size_t rs_checkpoints_total(const rs_checkpoints *checkpoints, uint64_t last)
{
    size_t total = 0;
    if (checkpoints == NULL)
        return 0;
    for (uint64_t at = rs_checkpoints_next(checkpoints, -1, last); at != UINT64_MAX;
         at = rs_checkpoints_next(checkpoints, (int64_t)at, last))
        total++;
    return total;
}

uint64_t rs_rungs_update(const rs_rungs *rungs, size_t rung, uint64_t updates_per_epoch)
{
    return rungs->in_epochs ? rungs->at[rung] * updates_per_epoch : rungs->at[rung];
}

void rs_rung_name(bool in_epochs, uint32_t at, char text[RS_RUNG_TEXT])
{
    snprintf(text, RS_RUNG_TEXT, "%u %s%s", at, in_epochs ? "epoch" : "update", at == 1 ? "" : "s");
}

double rs_rungs_share(const rs_rungs *rungs, size_t rung, const rs_run_config *config)
{
    const uint64_t updates = rs_run_config_updates(config);
    if (rung >= rungs->count)
        return 1;
    return fmin((double)rs_rungs_update(rungs, rung, updates / config->epochs) / (double)updates,
                1);
}
