#include "draw.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "identity.h"
#include "scalar.h"
#include "value.h"

#define RS_DISTRIBUTION_NAME(name) #name,
const char *const rs_distribution_names[] = {RS_DISTRIBUTION_LIST(RS_DISTRIBUTION_NAME) NULL};
#undef RS_DISTRIBUTION_NAME

/* ---- Values ---------------------------------------------------------------------------------- */

static long double normal_distribution(long double x)
{
    return erfcl(-x * sqrtl(0.5L)) / 2;
}

/* Starts from the approximation 26.2.23 of Abramowitz and Stegun, whose error is below 4.5e-4, and
 * takes three steps of Halley's method, each of which triples the number of right digits. */
double rs_normal_quantile(double p)
{
    long double lower = p < 0.5 ? p : 1 - (long double)p, t = sqrtl(-2 * logl(lower));
    long double x = (2.515517L + t * (0.802853L + t * 0.010328L)) /
                        (1 + t * (1.432788L + t * (0.189269L + t * 0.001308L))) -
                    t;
    for (int i = 0; i < 3; i++) {
        const long double root_of_two_pi = 2.50662827463100050242L;
        long double step = (normal_distribution(x) - lower) * root_of_two_pi * expl(x * x / 2);
        x -= step / (1 + x * step / 2);
    }
    return (double)(p < 0.5 ? x : -x);
}

/* Where 12 digits and a power of ten are exact in a double, one division rounds as reading the
 * decimal would. */
static const double powers[] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                1e8,  1e9,  1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
                                1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};

/* How many decimal places 12 significant digits have: 11 - floor(log10 |value|). The power of two
 * tells the power of ten but for one; 2^e <= |value| < 2^(e+1), and 1233/4096 is log10(2) closely
 * enough for all doubles. Without a logarithm, as every number that is drawn comes by here. */
static int places_of(double value)
{
    int binary;
    if (value == 0)
        return 0;
    frexp(value, &binary);
    int decimal = (binary - 1) * 1233 >> 12;
    int next = decimal + 1;
    if (next >= -22 && next <= 22) {
        double power = next >= 0 ? powers[next] : 1 / powers[-next];
        return 11 - (fabs(value) >= power ? next : decimal);
    }
    return 11 - (int)floor(log10(fabs(value)));
}

/* Nearest number of 12 significant digits. */
static double round_to_12_digits(long double value)
{
    char text[64];
    int places = places_of((double)value);
    if (places >= 0 && places <= 22)
        return (double)rintl(value * powers[places]) / powers[places];
    snprintf(text, sizeof text, "%.11Le", value);
    return strtod(text, NULL);
}

/* The same from an approximation with a relative error below 2e-14, unless it lies so near the
 * middle between two neighbours that it does not decide. */
static bool round_approximation(double value, double *rounded)
{
    int places = places_of(value);
    if (places < 0 || places > 22)
        return false;
    double scaled = value * powers[places], nearest = rint(scaled);
    *rounded = nearest / powers[places];
    return fabs(scaled - nearest) < 0.48;
}

/* The value itself, then as the parameter can take it. */
static long double raw_value(const rs_draw *draw, double uniform)
{
    long double argument = draw->low + (draw->high - draw->low) * uniform;
    switch (draw->distribution) {
    case RS_DISTRIBUTION_int_uniform:
        return draw->min + floorl((draw->max - draw->min + 1) * uniform);
    case RS_DISTRIBUTION_q_uniform:
        return roundl(argument / draw->q) * draw->q;
    case RS_DISTRIBUTION_log_uniform_values:
        return expl(argument);
    case RS_DISTRIBUTION_q_log_uniform_values:
        return roundl(expl(argument) / draw->q) * draw->q;
    case RS_DISTRIBUTION_normal:
        return draw->mu + draw->sigma * (long double)rs_normal_quantile((double)argument);
    case RS_DISTRIBUTION_log_normal:
        return expl(draw->mu + draw->sigma * (long double)rs_normal_quantile((double)argument));
    case RS_DISTRIBUTION_uniform:
    case RS_DISTRIBUTION_constant:
    case RS_DISTRIBUTION_categorical:
        break;
    }
    return argument;
}

static double category(const rs_draw *draw, double uniform)
{
    size_t i = 0;
    while (i + 1 < draw->count && uniform >= draw->cumulative[i])
        i++;
    return draw->values[i];
}

/* The value by double precision, which is several times as fast, when that decides it. */
static bool find_quickly(const rs_draw *draw, double uniform, double *value)
{
    double low = (double)draw->low, width = (double)(draw->high - draw->low);
    double argument = low + width * uniform, whole;
    bool real = draw->parameter->kind == RS_KIND_REAL;
    switch (draw->distribution) {
    case RS_DISTRIBUTION_int_uniform:
        whole = floor((draw->max - draw->min + 1) * uniform);
        *value = draw->min + whole;
        return fabs((draw->max - draw->min + 1) * uniform - whole - 0.5) < 0.4999;
    case RS_DISTRIBUTION_uniform:
        return real && low >= 0 && round_approximation(argument, value);
    case RS_DISTRIBUTION_log_uniform_values:
        /* the argument's error, three roundings, is the relative one of the value */
        return real && fabs(low) < 20 && fabs(low + width) < 20 &&
               round_approximation(exp(argument), value);
    default:
        return false;
    }
}

double rs_draw_value(const rs_draw *draw, double uniform)
{
    double value;
    if (draw->count > 0)
        return category(draw, uniform);
    if (!find_quickly(draw, uniform, &value)) {
        long double raw = raw_value(draw, uniform);
        value =
            draw->parameter->kind == RS_KIND_REAL ? round_to_12_digits(raw) : (double)roundl(raw);
    }
    if (value < draw->min)
        value = draw->min;
    return value > draw->max ? draw->max : value + 0.0;
}

/* ---- Reading --------------------------------------------------------------------------------- */

typedef struct draw_reader {
    rs_draw *draw;
    rs_arena *arena;
    rs_diagnostics *diagnostics;
    const rs_node *node;
} draw_reader;

static bool report(const draw_reader *reader, const rs_node *node, const char *text)
{
    rs_diagnose(reader->diagnostics, RS_SEVERITY_ERROR, node->place, "%s: %s",
                reader->draw->parameter->name, text);
    return false;
}

/* Fills cumulative from the list of probabilities, or evenly without one. */
static bool read_probabilities(const draw_reader *reader, double *cumulative, size_t count,
                               const rs_node *node)
{
    double sum = 0;
    bool right = true;
    if (node != NULL && (node->kind != RS_NODE_SEQUENCE || node->count != count))
        return report(reader, node, "probabilities must be a list with one number for each value");
    for (size_t i = 0; i < count; i++) {
        double share = 1.0 / (double)count;
        if (node != NULL)
            right &=
                rs_value_read_number(reader->diagnostics, "a probability", node->items[i], &share);
        if (share < 0)
            right = report(reader, node->items[i], "a probability must not be negative");
        sum += share;
        cumulative[i] = sum;
    }
    if (!right)
        return false;
    if (fabs(sum - 1) > 1e-6) {
        rs_diagnose(reader->diagnostics, RS_SEVERITY_ERROR, node->place,
                    "%s: the probabilities sum to %.9g, not to 1", reader->draw->parameter->name,
                    sum);
        return false;
    }
    for (size_t i = 0; i < count; i++)
        cumulative[i] /= sum;
    return true;
}

static bool read_values(const draw_reader *reader, const rs_node *values,
                        const rs_node *probabilities)
{
    rs_draw *draw = reader->draw;
    bool right = true;
    if (values->kind != RS_NODE_SEQUENCE || values->count == 0)
        return report(reader, values, "'values' must be a list of at least one value");
    double *list = rs_arena_take(reader->arena, values->count, sizeof *list);
    double *cumulative = rs_arena_take(reader->arena, values->count, sizeof *cumulative);
    if (list == NULL || cumulative == NULL)
        return false;
    for (size_t i = 0; i < values->count && !rs_diagnostics_full(reader->diagnostics); i++)
        right &= rs_value_read(reader->diagnostics, draw->parameter, values->items[i], &list[i]);
    right &= read_probabilities(reader, cumulative, values->count, probabilities);
    draw->count = values->count;
    draw->values = list;
    draw->cumulative = cumulative;
    return right;
}

static bool read_single(const draw_reader *reader, const rs_node *node)
{
    rs_draw *draw = reader->draw;
    double *value = rs_arena_take(reader->arena, 2, sizeof *value);
    if (value == NULL)
        return false;
    value[1] = 1; /* its probability */
    draw->distribution = RS_DISTRIBUTION_constant;
    draw->count = 1;
    draw->values = value;
    draw->cumulative = value + 1;
    return rs_value_read(reader->diagnostics, draw->parameter, node, value);
}

static bool read_bounds(const draw_reader *reader)
{
    rs_draw *draw = reader->draw;
    const rs_node *min = rs_node_get(reader->node, "min"), *max = rs_node_get(reader->node, "max");
    const rs_node *q = rs_node_get(reader->node, "q");
    bool logarithmic = draw->distribution == RS_DISTRIBUTION_log_uniform_values ||
                       draw->distribution == RS_DISTRIBUTION_q_log_uniform_values;
    if (min == NULL || max == NULL)
        return report(reader, reader->node, "a distribution over a range needs min and max");
    bool right = rs_value_read(reader->diagnostics, draw->parameter, min, &draw->min);
    right &= rs_value_read(reader->diagnostics, draw->parameter, max, &draw->max);
    draw->q = 1;
    if (q != NULL)
        right &= rs_value_read_number(reader->diagnostics, "q", q, &draw->q);
    if (!right)
        return false;
    if (draw->q <= 0)
        return report(reader, q, "q must be above 0");
    if (draw->min >= draw->max)
        return report(reader, max, "max must be above min");
    if (logarithmic && draw->min <= 0)
        return report(reader, min, "a logarithmic distribution needs a min above 0");
    if (draw->distribution == RS_DISTRIBUTION_int_uniform &&
        (draw->min != floor(draw->min) || draw->max != floor(draw->max)))
        return report(reader, reader->node, "int_uniform needs whole numbers as min and max");
    draw->low = logarithmic ? logl(draw->min) : draw->min;
    draw->high = logarithmic ? logl(draw->max) : draw->max;
    return true;
}

/* mu and sigma; the values are cut to what the parameter allows. */
static bool read_moments(const draw_reader *reader)
{
    rs_draw *draw = reader->draw;
    const rs_parameter *parameter = draw->parameter;
    const rs_node *mu = rs_node_get(reader->node, "mu"),
                  *sigma = rs_node_get(reader->node, "sigma");
    bool right = true, logarithmic = draw->distribution == RS_DISTRIBUTION_log_normal;
    draw->sigma = 1;
    if (mu != NULL)
        right &= rs_value_read_number(reader->diagnostics, "mu", mu, &draw->mu);
    if (sigma != NULL)
        right &= rs_value_read_number(reader->diagnostics, "sigma", sigma, &draw->sigma);
    if (right && draw->sigma <= 0)
        right = report(reader, sigma, "sigma must be above 0");
    if (!right)
        return false;
    draw->min = parameter->min_open ? nextafter(parameter->min, INFINITY) : parameter->min;
    draw->max = parameter->max_open && isfinite(parameter->max) ? nextafter(parameter->max, -1)
                                                                : fmin(parameter->max, 1e300);
    long double first = logarithmic ? logl(fmax(draw->min, 0)) : draw->min;
    long double last = logarithmic ? logl(draw->max) : draw->max;
    draw->low = normal_distribution((first - draw->mu) / draw->sigma);
    draw->high = normal_distribution((last - draw->mu) / draw->sigma);
    if (draw->high - draw->low < 1e-6L)
        return report(reader, reader->node, "hardly any value of this distribution is allowed");
    return true;
}

static bool is_whole(const rs_node *node)
{
    return node != NULL && node->kind == RS_NODE_SCALAR &&
           rs_scalar_resolve(node->text, node->quoted).integer;
}

/* Without a word for it, {min, max} is even, over whole numbers where the parameter is one. */
static bool find_distribution(const draw_reader *reader)
{
    rs_draw *draw = reader->draw;
    const rs_node *name = rs_node_get(reader->node, "distribution");
    const rs_node *min = rs_node_get(reader->node, "min"), *max = rs_node_get(reader->node, "max");
    size_t index = 0;
    if (name != NULL && name->kind == RS_NODE_SCALAR && strcmp(name->text, "log_uniform") == 0) {
        report(reader, name, "log_uniform, whose min and max are exponents, is a legacy of W&B");
        rs_diagnose_hint(reader->diagnostics,
                         "use log_uniform_values, whose min and max are values");
        return false;
    }
    if (name != NULL) {
        bool right = rs_value_read_word(reader->diagnostics, "distribution", name,
                                        rs_distribution_names, &index);
        draw->distribution = (rs_distribution)index;
        if (draw->distribution == RS_DISTRIBUTION_uniform && draw->parameter->kind != RS_KIND_REAL)
            draw->distribution = RS_DISTRIBUTION_int_uniform;
        return right;
    }
    if (rs_node_get(reader->node, "value") != NULL)
        draw->distribution = RS_DISTRIBUTION_constant;
    else if (rs_node_get(reader->node, "values") != NULL)
        draw->distribution = RS_DISTRIBUTION_categorical;
    else if (min == NULL && max == NULL && reader->node->count == 0)
        return report(reader, reader->node, "the mapping gives no value and no distribution");
    else if (draw->parameter->kind != RS_KIND_REAL)
        draw->distribution = RS_DISTRIBUTION_int_uniform;
    else {
        draw->distribution = RS_DISTRIBUTION_uniform;
        if (is_whole(min) && is_whole(max)) {
            rs_diagnose(reader->diagnostics, RS_SEVERITY_NOTE, reader->node->place,
                        "%s is drawn from all numbers between min and max", draw->parameter->name);
            rs_diagnose_hint(reader->diagnostics, "W&B would draw whole numbers here; add "
                                                  "distribution: int_uniform or uniform");
        }
    }
    return true;
}

static bool read_mapping(const draw_reader *reader)
{
    static const char *const one[] = {"value", NULL}, *const some[] = {"values", "probabilities",
                                                                       NULL};
    static const char *const range[] = {"min", "max", NULL}, *const steps[] = {"min", "max", "q",
                                                                               NULL};
    static const char *const moments[] = {"mu", "sigma", NULL};
    static const char *const *const keys[] = {one,   some,  range,   range,  range,
                                              steps, steps, moments, moments};
    const char *allowed[8] = {"distribution", "when"};
    rs_draw *draw = reader->draw;
    const rs_node *node = reader->node;
    if (!find_distribution(reader))
        return false;
    for (size_t i = 0; keys[draw->distribution][i] != NULL; i++)
        allowed[2 + i] = keys[draw->distribution][i];
    bool right = rs_value_check_keys(reader->diagnostics, node, draw->parameter->name, allowed);
    rs_parameter_kind kind = draw->parameter->kind;
    if ((kind == RS_KIND_CHOICE || kind == RS_KIND_FLAG) &&
        draw->distribution > RS_DISTRIBUTION_categorical)
        return report(reader, node, "has no range: give its values in [...]");
    switch (draw->distribution) {
    case RS_DISTRIBUTION_constant:
        if (rs_node_get(node, "value") == NULL)
            return report(reader, node, "distribution: constant needs value");
        return read_single(reader, rs_node_get(node, "value")) && right;
    case RS_DISTRIBUTION_categorical:
        if (rs_node_get(node, "values") == NULL)
            return report(reader, node, "distribution: categorical needs values");
        return read_values(reader, rs_node_get(node, "values"),
                           rs_node_get(node, "probabilities")) &&
               right;
    case RS_DISTRIBUTION_normal:
    case RS_DISTRIBUTION_log_normal:
        return read_moments(reader) && right;
    default:
        return read_bounds(reader) && right;
    }
}

bool rs_draw_read(rs_draw *draw, rs_arena *arena, rs_diagnostics *diagnostics,
                  const rs_parameter *parameter, const rs_node *node)
{
    draw_reader reader = {draw, arena, diagnostics, node};
    *draw = (rs_draw){.parameter = parameter, .distribution = RS_DISTRIBUTION_categorical};
    draw->stream = rs_hash_bytes(parameter->name, strlen(parameter->name)).low;
    switch (node->kind) {
    case RS_NODE_SCALAR:
        return read_single(&reader, node);
    case RS_NODE_SEQUENCE:
        return read_values(&reader, node, NULL);
    case RS_NODE_MAPPING:
        break;
    }
    return read_mapping(&reader);
}
