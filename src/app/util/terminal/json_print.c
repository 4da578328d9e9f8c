#include "json_print.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

void rs_json_format_real(double value, char text[RS_JSON_REAL_TEXT])
{
    /* A decimal of up to DBL_DIG digits survives the conversion to a double and back, so %g with
     * DBL_DIG digits, which drops trailing zeros, recovers it. Subnormal numbers hold fewer
     * digits. */
    int digits = fabs(value) < DBL_MIN ? 1 : DBL_DIG, length;
    do
        length = snprintf(text, RS_JSON_REAL_TEXT, "%.*g", digits, value);
    while (strtod(text, NULL) != value && ++digits <= DBL_DECIMAL_DIG);
    if (strpbrk(text, ".e") == NULL)
        memcpy(text + length, ".0",
               sizeof ".0"); /* marks a real number for readers that distinguish integers */
}

json_t *rs_json_real(double value)
{
    return isfinite(value) ? json_real(value) : json_null();
}

json_t *rs_json_parameter(const rs_parameter *parameter, const rs_run_config *config)
{
    double value = rs_parameter_get(parameter, config);
    char text[RS_PARAMETER_TEXT];
    switch (parameter->kind) {
    case RS_KIND_REAL:
        return rs_parameter_is_none(parameter, value) ? json_null() : json_real(value);
    case RS_KIND_FLAG:
        return json_boolean(value != 0);
    case RS_KIND_CHOICE:
        rs_parameter_format(parameter, value, text);
        return json_string(text);
    case RS_KIND_WHOLE:
        return value < 0 ? json_null() : json_integer((json_int_t)value);
    case RS_KIND_COUNT:
        break;
    }
    return json_integer((json_int_t)value);
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

static void write_value(const json_t *json, int depth, FILE *stream);

static void write_array(const json_t *array, int depth, FILE *stream)
{
    size_t count = json_array_size(array);
    fputc('[', stream);
    for (size_t i = 0; i < count; i++) {
        start_line(depth + 1, stream);
        write_value(json_array_get(array, i), depth + 1, stream);
        if (i + 1 < count)
            fputc(',', stream);
    }
    if (count > 0)
        start_line(depth, stream);
    fputc(']', stream);
}

static void write_members(json_t *object, int depth, FILE *stream)
{
    const char *key, *separator = "";
    json_t *value;
    json_object_foreach(object, key, value)
    {
        fputs(separator, stream);
        separator = ",";
        start_line(depth + 1, stream);
        write_text(key, stream);
        fputs(": ", stream);
        write_value(value, depth + 1, stream);
    }
}

static void write_object(json_t *object, int depth, FILE *stream)
{
    fputc('{', stream);
    write_members(object, depth, stream);
    if (json_object_size(object) > 0)
        start_line(depth, stream);
    fputc('}', stream);
}

static void write_value(const json_t *json, int depth, FILE *stream)
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
    write_value(json, 0, stream);
    fputc('\n', stream);
    json_decref(json);
    return RS_OK;
}

rs_status rs_json_list_begin(rs_json_list *list, json_t *head, const char *name, FILE *stream,
                             rs_error *error)
{
    if (head == NULL)
        return rs_fail(error, RS_NO_MEMORY, "out of memory for JSON");
    *list = (rs_json_list){.stream = stream};
    fputc('{', stream);
    write_members(head, 0, stream);
    json_decref(head);
    fputc(',', stream);
    start_line(1, stream);
    write_text(name, stream);
    fputs(": [", stream);
    return RS_OK;
}

rs_status rs_json_list_add(rs_json_list *list, json_t *item, rs_error *error)
{
    if (item == NULL)
        return rs_fail(error, RS_NO_MEMORY, "out of memory for JSON");
    if (list->count++ > 0)
        fputc(',', list->stream);
    start_line(2, list->stream);
    write_value(item, 2, list->stream);
    json_decref(item);
    return RS_OK;
}

void rs_json_list_end(rs_json_list *list)
{
    if (list->count > 0)
        start_line(1, list->stream);
    fputc(']', list->stream);
    start_line(0, list->stream);
    fputs("}\n", list->stream);
}
