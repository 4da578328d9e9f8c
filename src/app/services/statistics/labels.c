#include "labels.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const double whole_max = 1e15; /* below it, whole numbers are written in full */

static bool is_whole(double value)
{
    return rint(value) == value && fabs(value) < whole_max;
}

static void format_real(double value, int digits, char text[RS_PARAMETER_TEXT])
{
    if (is_whole(value))
        snprintf(text, RS_PARAMETER_TEXT, "%.0f", value);
    else
        snprintf(text, RS_PARAMETER_TEXT, "%.*g", digits, value);
}

static bool tells_apart(size_t count, const double values[], int digits)
{
    char before[RS_PARAMETER_TEXT] = "", text[RS_PARAMETER_TEXT];
    for (size_t i = 0; i < count; i++) {
        format_real(values[i], digits, text);
        if (is_whole(strtod(text, NULL)) != is_whole(values[i]))
            return false;
        if (i > 0 && values[i] > values[i - 1] && strcmp(text, before) == 0)
            return false;
        memcpy(before, text, sizeof before);
    }
    return true;
}

int rs_label_digits(size_t count, const double values[])
{
    enum { FEWEST = 6, ALL = 17 };
    int digits = FEWEST;
    while (digits < ALL && !tells_apart(count, values, digits))
        digits++;
    return digits;
}

void rs_label_format(const rs_parameter *parameter, double value, int digits,
                     char text[RS_PARAMETER_TEXT])
{
    if (parameter->kind == RS_KIND_REAL && !rs_parameter_is_none(parameter, value))
        format_real(value, digits, text);
    else
        rs_parameter_format(parameter, value, text);
}
