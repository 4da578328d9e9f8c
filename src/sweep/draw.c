#include "draw.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "identity.h"
#include "normal.h"
#include "scalar.h"
#include "value.h"

#define RS_DISTRIBUTION_NAME(name) #name,
const char *const rs_distribution_names[] = {RS_DISTRIBUTION_LIST(RS_DISTRIBUTION_NAME) NULL};
#undef RS_DISTRIBUTION_NAME

/* ---- Values ---------------------------------------------------------------------------------- */

/* If 12 digits and a power of ten are exact in a double, one division rounds as conversion from
 * decimal does. */
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

/* The same from an approximation with an error of at most `error`, unless it is too near the middle
 * of two neighbours to decide. Scaling it rounds once more. */
static bool round_approximation(double value, double error, double *rounded)
{
    int places = places_of(value);
    if (places < 0 || places > 22)
        return false;
    double scaled = value * powers[places], nearest = rint(scaled);
    *rounded = nearest / powers[places];
    return fabs(scaled - nearest) < 0.499 - error * powers[places];
}

static bool is_logarithmic(rs_distribution distribution)
{
    return distribution == RS_DISTRIBUTION_log_uniform_values ||
           distribution == RS_DISTRIBUTION_q_log_uniform_values ||
           distribution == RS_DISTRIBUTION_log_normal ||
           distribution == RS_DISTRIBUTION_q_log_normal;
}

/* The probability below which the value lies, of distributions with mu and sigma. */
static double probability(const rs_draw *draw, double uniform)
{
    return (double)(draw->low + (draw->high - draw->low) * uniform);
}

/* The exact value, before it is rounded to one that the parameter may take. */
static long double raw_value(const rs_draw *draw, double uniform)
{
    long double argument = draw->low + (draw->high - draw->low) * uniform;
    switch (draw->distribution) {
    case RS_DISTRIBUTION_int_uniform:
        return draw->min + floorl((draw->max - draw->min + 1) * uniform);
    case RS_DISTRIBUTION_log_uniform_values:
    case RS_DISTRIBUTION_q_log_uniform_values:
        return expl(argument);
    case RS_DISTRIBUTION_normal:
    case RS_DISTRIBUTION_q_normal:
        return draw->mu + draw->sigma * (long double)rs_normal_quantile(probability(draw, uniform));
    case RS_DISTRIBUTION_log_normal:
    case RS_DISTRIBUTION_q_log_normal:
        return expl(draw->mu +
                    draw->sigma * (long double)rs_normal_quantile(probability(draw, uniform)));
    default:
        return argument;
    }
}

static double category(const rs_draw *draw, double uniform)
{
    size_t i = 0;
    while (i + 1 < draw->count && uniform >= draw->cumulative[i])
        i++;
    return draw->values[i];
}

/* The value itself by double precision, which is several times as fast, and a bound on its error. A
 * sum has the error of its terms, each of which some roundings have touched: 1e-15 of them, and of
 * mu + sigma z 2e-15, in which the approximate z is counted. The error of an exponential is that of
 * its argument, of the order of 1, times the value. */
static bool approximate(const rs_draw *draw, double uniform, double *value, double *error)
{
    const double low = (double)draw->low, width = (double)(draw->high - draw->low);
    double z;
    switch (draw->distribution) {
    case RS_DISTRIBUTION_uniform:
    case RS_DISTRIBUTION_q_uniform:
    case RS_DISTRIBUTION_log_uniform_values:
    case RS_DISTRIBUTION_q_log_uniform_values:
        *value = low + width * uniform;
        *error = 1e-15 * (fabs(low) + width);
        break;
    case RS_DISTRIBUTION_normal:
    case RS_DISTRIBUTION_q_normal:
    case RS_DISTRIBUTION_log_normal:
    case RS_DISTRIBUTION_q_log_normal:
        if (!rs_normal_quantile_quickly(probability(draw, uniform), &z))
            return false;
        *value = draw->mu + draw->sigma * z;
        *error = 2e-15 * (fabs(draw->mu) + fabs(draw->sigma * z));
        break;
    default:
        return false;
    }
    if (is_logarithmic(draw->distribution)) {
        *value = exp(*value);
        *error = *value * (*error + 1e-15);
    }
    return true;
}

/* The value that the parameter takes, from the approximation if that decides the rounding. */
static bool find_quickly(const rs_draw *draw, double uniform, double *value)
{
    double near, whole, error;
    if (draw->distribution == RS_DISTRIBUTION_int_uniform) {
        near = (draw->max - draw->min + 1) * uniform;
        whole = floor(near);
        *value = draw->min + whole;
        return fabs(near - whole - 0.5) < 0.4999;
    }
    if (!approximate(draw, uniform, &near, &error))
        return false;
    if (draw->q > 0) {
        double multiple = near / draw->q;
        whole = rint(multiple);
        if (!(fabs(multiple) < 1e6) || fabs(multiple - whole) > 0.499 - error / draw->q)
            return false;
        near = whole * draw->q;
        error = 1e-15 * fabs(near);
    }
    if (draw->parameter->kind == RS_KIND_REAL)
        return round_approximation(near, error, value);
    *value = rint(near);
    return fabs(near) < 1e9 && fabs(near - *value) < 0.499 - error;
}

double rs_draw_value(const rs_draw *draw, double uniform)
{
    double value;
    if (draw->count > 0)
        return category(draw, uniform);
    if (!find_quickly(draw, uniform, &value)) {
        long double raw = raw_value(draw, uniform);
        if (draw->q > 0)
            raw = roundl(raw / draw->q) * draw->q;
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

/* Fills `cumulative` from the list of probabilities, or evenly without one. */
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
    if (rs_value_read(reader->diagnostics, draw->parameter, node, value))
        return true;
    if (node->kind == RS_NODE_SEQUENCE)
        rs_diagnose_hint(reader->diagnostics, "a list stands behind values:");
    return false;
}

static bool is_quantised(rs_distribution distribution)
{
    return distribution == RS_DISTRIBUTION_q_uniform ||
           distribution == RS_DISTRIBUTION_q_log_uniform_values ||
           distribution == RS_DISTRIBUTION_q_normal || distribution == RS_DISTRIBUTION_q_log_normal;
}

static bool read_q(const draw_reader *reader)
{
    rs_draw *draw = reader->draw;
    const rs_node *q = rs_node_get(reader->node, "q");
    if (!is_quantised(draw->distribution))
        return true;
    draw->q = 1;
    if (q != NULL && !rs_value_read_number(reader->diagnostics, "q", q, &draw->q))
        return false;
    return draw->q > 0 || report(reader, q, "q must be above 0");
}

/* A bound of a range. One at an open end of the parameter's range, such as min: 0 for a number
 * above 0, becomes the nearest value of 12 digits inside: the end itself has the probability 0.
 * With a note, as q turns values near the end into it. */
static bool read_bound(const draw_reader *reader, const rs_node *node, double *bound, bool *moved)
{
    const rs_parameter *parameter = reader->draw->parameter;
    rs_scalar scalar = {.type = RS_SCALAR_TEXT};
    if (node->kind == RS_NODE_SCALAR)
        scalar = rs_scalar_resolve(node->text, node->quoted);
    const bool number = parameter->kind == RS_KIND_REAL && scalar.type == RS_SCALAR_NUMBER;
    const bool lowest = number && parameter->min_open && scalar.number == parameter->min &&
                        !is_logarithmic(reader->draw->distribution);
    const bool highest = number && parameter->max_open && scalar.number == parameter->max &&
                         isfinite(parameter->max);
    if (!lowest && !highest)
        return rs_value_read(reader->diagnostics, parameter, node, bound);
    *moved = true;
    const double step = scalar.number != 0 ? 1e-12 * fabs(scalar.number) : DBL_MIN;
    *bound = lowest ? scalar.number + step : scalar.number - step;
    rs_diagnose(reader->diagnostics, RS_SEVERITY_NOTE, node->place,
                "%s: %s itself is not allowed, and is not drawn", parameter->name, node->text);
    return true;
}

/* Narrows [min, max] to the multiples of q within it, so that rounding never needs clamping. */
static bool narrow_to_multiples(const draw_reader *reader)
{
    rs_draw *draw = reader->draw;
    const rs_node *q = rs_node_get(reader->node, "q");
    draw->min = ceil(draw->min / draw->q) * draw->q;
    draw->max = fmin(floor(draw->max / draw->q) * draw->q, draw->max);
    return (draw->min <= draw->max && rs_parameter_allows(draw->parameter, draw->min) &&
            rs_parameter_allows(draw->parameter, draw->max)) ||
           report(reader, q != NULL ? q : reader->node, "no multiple of q is allowed");
}

static bool read_bounds(const draw_reader *reader)
{
    rs_draw *draw = reader->draw;
    const rs_node *min = rs_node_get(reader->node, "min"), *max = rs_node_get(reader->node, "max");
    const bool logarithmic = is_logarithmic(draw->distribution);
    if (min == NULL || max == NULL)
        return report(reader, reader->node, "a distribution over a range needs min and max");
    bool moved = false;
    bool right = read_bound(reader, min, &draw->min, &moved);
    right &= read_bound(reader, max, &draw->max, &moved);
    right &= read_q(reader);
    if (!right)
        return false;
    if (draw->min >= draw->max) {
        report(reader, max, "max must be above min");
        if (draw->min > draw->max)
            rs_diagnose_hint(reader->diagnostics, "exchange them");
        return false;
    }
    if (logarithmic && draw->min <= 0)
        return report(reader, min, "a logarithmic distribution needs a min above 0");
    if (draw->distribution == RS_DISTRIBUTION_int_uniform &&
        (draw->min != floor(draw->min) || draw->max != floor(draw->max)))
        return report(reader, reader->node, "int_uniform needs whole numbers as min and max");
    draw->low = logarithmic ? logl(draw->min) : draw->min;
    draw->high = logarithmic ? logl(draw->max) : draw->max;
    return draw->q <= 0 || !moved || narrow_to_multiples(reader);
}

/* Reads mu and sigma; the distribution is truncated to what the parameter allows. */
static bool read_moments(const draw_reader *reader)
{
    rs_draw *draw = reader->draw;
    const rs_parameter *parameter = draw->parameter;
    const rs_node *mu = rs_node_get(reader->node, "mu"),
                  *sigma = rs_node_get(reader->node, "sigma");
    const bool logarithmic = is_logarithmic(draw->distribution);
    bool right = read_q(reader);
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
    draw->low = rs_normal_distribution((first - draw->mu) / draw->sigma);
    draw->high = rs_normal_distribution((last - draw->mu) / draw->sigma);
    if (draw->high - draw->low < 1e-6L) {
        char range[RS_RANGE_TEXT];
        rs_value_describe_range(parameter, range);
        report(reader, reader->node, "hardly any value of this distribution is allowed");
        rs_diagnose_hint(reader->diagnostics, "%s is %s", parameter->name, range);
        return false;
    }
    return draw->q <= 0 || narrow_to_multiples(reader);
}

static bool is_whole(const rs_node *node)
{
    return node != NULL && node->kind == RS_NODE_SCALAR &&
           rs_scalar_resolve(node->text, node->quoted).integer;
}

bool rs_distribution_read(rs_diagnostics *diagnostics, const rs_parameter *parameter,
                          const rs_node *node, rs_distribution *distribution)
{
    static const char *const legacy[] = {"log_uniform", "inv_log_uniform", "q_log_uniform", NULL};
    size_t index;
    if (node->kind == RS_NODE_SCALAR && rs_value_is_among(node->text, legacy)) {
        rs_diagnose(diagnostics, RS_SEVERITY_ERROR, node->place,
                    "%s: %s, whose min and max are exponents, is a legacy of W&B", parameter->name,
                    node->text);
        rs_diagnose_hint(diagnostics, "use %s_values, whose min and max are values", node->text);
        return false;
    }
    if (!rs_value_read_word(diagnostics, "distribution", node, rs_distribution_names, &index))
        return false;
    *distribution = (rs_distribution)index;
    return true;
}

/* Synonyms: the logarithm of 1/x is uniform if that of x is. */
static rs_distribution plainest(rs_distribution distribution, rs_parameter_kind kind)
{
    if (distribution == RS_DISTRIBUTION_categorical_w_probabilities)
        return RS_DISTRIBUTION_categorical;
    if (distribution == RS_DISTRIBUTION_inv_log_uniform_values)
        return RS_DISTRIBUTION_log_uniform_values;
    if (distribution == RS_DISTRIBUTION_uniform && kind != RS_KIND_REAL)
        return RS_DISTRIBUTION_int_uniform;
    return distribution;
}

/* Without `distribution`, {min, max} is uniform, over whole numbers if the parameter is one. */
static bool find_distribution(const draw_reader *reader)
{
    rs_draw *draw = reader->draw;
    const rs_node *name = rs_node_get(reader->node, "distribution");
    const rs_node *min = rs_node_get(reader->node, "min"), *max = rs_node_get(reader->node, "max");
    if (name != NULL) {
        bool right =
            rs_distribution_read(reader->diagnostics, draw->parameter, name, &draw->distribution);
        draw->distribution = plainest(draw->distribution, draw->parameter->kind);
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
    static const char *const one[] = {"value", NULL};
    static const char *const some[] = {"values", "probabilities", NULL};
    static const char *const range[] = {"min", "max", NULL};
    static const char *const steps[] = {"min", "max", "q", NULL};
    static const char *const moments[] = {"mu", "sigma", NULL};
    static const char *const step_moments[] = {"mu", "sigma", "q", NULL};
    static const char *const *const keys[] = {
        [RS_DISTRIBUTION_constant] = one,
        [RS_DISTRIBUTION_categorical] = some,
        [RS_DISTRIBUTION_uniform] = range,
        [RS_DISTRIBUTION_int_uniform] = range,
        [RS_DISTRIBUTION_q_uniform] = steps,
        [RS_DISTRIBUTION_log_uniform_values] = range,
        [RS_DISTRIBUTION_q_log_uniform_values] = steps,
        [RS_DISTRIBUTION_normal] = moments,
        [RS_DISTRIBUTION_q_normal] = step_moments,
        [RS_DISTRIBUTION_log_normal] = moments,
        [RS_DISTRIBUTION_q_log_normal] = step_moments,
    };
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
    case RS_DISTRIBUTION_q_normal:
    case RS_DISTRIBUTION_log_normal:
    case RS_DISTRIBUTION_q_log_normal:
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
