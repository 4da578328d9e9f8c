#include "json_print.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

void rs_json_format_real(double value, char text[RS_JSON_REAL_TEXT])
{
    /* A decimal of up to DBL_DIG digits survives the way through a double, so that %g with DBL_DIG
     * digits, which drops zeros at the end, finds it. Subnormal numbers hold fewer digits. */
    int digits = fabs(value) < DBL_MIN ? 1 : DBL_DIG;
    do
        snprintf(text, RS_JSON_REAL_TEXT, "%.*g", digits, value);
    while (strtod(text, NULL) != value && ++digits <= DBL_DECIMAL_DIG);
    if (strpbrk(text, ".e") == NULL)
        strcat(text, ".0"); /* stays a real number for readers that tell them from integers */
}

json_t *rs_json_real(double value)
{
    return isfinite(value) ? json_real(value) : json_null();
}

static void start_line(int depth, FILE *stream)
{
    fprintf(stream, "\n%*s", 2 * depth, "");
}

static void write_text(const char *text, FILE *stream)
{
    json_t *json = json_string(text);
    json_dumpf(json, stream, JSON_ENCODE_ANY);
    json_decref(json);
}

/* One after the other on a line of its own. */
static void write_array(const json_t *array, int depth, FILE *stream)
{
    size_t count = json_array_size(array);
    fputc('[', stream);
    for (size_t i = 0; i < count; i++) {
        start_line(depth + 1, stream);
        rs_json_write(json_array_get(array, i), depth + 1, stream);
        if (i + 1 < count)
            fputc(',', stream);
    }
    if (count > 0)
        start_line(depth, stream);
    fputc(']', stream);
}

static void write_object(json_t *object, int depth, FILE *stream)
{
    const char *key, *separator = "";
    json_t *value;
    fputc('{', stream);
    json_object_foreach(object, key, value)
    {
        fputs(separator, stream);
        separator = ",";
        start_line(depth + 1, stream);
        write_text(key, stream);
        fputs(": ", stream);
        rs_json_write(value, depth + 1, stream);
    }
    if (json_object_size(object) > 0)
        start_line(depth, stream);
    fputc('}', stream);
}

void rs_json_write(const json_t *json, int depth, FILE *stream)
{
    char text[RS_JSON_REAL_TEXT];
    if (json_is_array(json))
        write_array(json, depth, stream);
    else if (json_is_object(json))
        write_object((json_t *)json, depth, stream); /* jansson's iterators are not const */
    else if (json_is_real(json)) {
        rs_json_format_real(json_real_value(json), text);
        fputs(text, stream);
    } else
        json_dumpf(json, stream, JSON_ENCODE_ANY);
}

rs_status rs_json_print(json_t *json, const char *what, FILE *stream, rs_error *error)
{
    if (json == NULL)
        return rs_fail(error, RS_NO_MEMORY, "out of memory for %s as JSON", what);
    rs_json_write(json, 0, stream);
    fputc('\n', stream);
    json_decref(json);
    return RS_OK;
}
