#include "table.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "memory.h"

enum { GAP = 2 };

#define LEFT_OUT SIZE_MAX

struct rs_table {
    size_t columns, cells;
    size_t *width; /* [columns], of the widest cell; LEFT_OUT */
    char *text;    /* the cells in order, each ending in NUL */
    size_t length, room;
    bool lost;
};

rs_status rs_table_create(rs_table **table, size_t columns, rs_error *error)
{
    void *fresh = NULL, *width = NULL;
    rs_status status;
    if ((status = rs_allocate(&width, columns, sizeof(size_t), error)) != RS_OK ||
        (status = rs_allocate(&fresh, 1, sizeof **table, error)) != RS_OK) {
        free(width);
        return status;
    }
    *table = fresh;
    **table = (rs_table){.columns = columns, .width = width};
    return RS_OK;
}

rs_status rs_table_create_headed(rs_table **table, size_t columns, const char *const heading[],
                                 rs_error *error)
{
    rs_status status = rs_table_create(table, columns, error);
    for (size_t i = 0; status == RS_OK && i < columns; i++)
        rs_table_cell(*table, "%s", heading[i]);
    return status;
}

void rs_table_free(rs_table *table)
{
    if (table == NULL)
        return;
    free(table->width);
    free(table->text);
    free(table);
}

void rs_table_cell(rs_table *table, const char *format, ...)
{
    char *cell;
    void *text = table->text;
    va_list arguments;
    va_start(arguments, format);
    int printed = vasprintf(&cell, format, arguments);
    va_end(arguments);
    if (printed < 0) {
        table->lost = true;
        return;
    }
    size_t length = (size_t)printed, column = table->cells % table->columns;
    if (rs_grow(&text, &table->room, table->length + length + 1, 1, NULL) != RS_OK) {
        table->lost = true;
        free(cell);
        return;
    }
    table->text = text;
    memcpy(table->text + table->length, cell, length + 1);
    free(cell);
    table->length += length + 1;
    table->cells++;
    if (length > table->width[column])
        table->width[column] = length;
}

void rs_format_brief(const rs_parameter *parameter, double value, char text[RS_PARAMETER_TEXT])
{
    if (parameter->kind == RS_KIND_REAL && !rs_parameter_is_none(parameter, value))
        snprintf(text, RS_PARAMETER_TEXT, "%.6g", value);
    else
        rs_parameter_format(parameter, value, text);
}

size_t rs_table_fit(rs_table *table, size_t width, size_t count, const size_t order[])
{
    size_t total = 0, left_out = 0;
    for (size_t column = 0; column < table->columns; column++)
        if (table->width[column] != LEFT_OUT)
            total += table->width[column] + GAP;
    for (; total > width + GAP && left_out < count; left_out++) {
        total -= table->width[order[left_out]] + GAP;
        table->width[order[left_out]] = LEFT_OUT;
    }
    return left_out;
}

rs_status rs_table_print(const rs_table *table, int indent, FILE *stream, rs_error *error)
{
    const char *cell = table->text;
    bool first = true; /* of its line */
    if (table->lost)
        return rs_fail(error, RS_NO_MEMORY, "out of memory for a table");
    for (size_t i = 0; i < table->cells; i++) {
        size_t column = i % table->columns;
        if (table->width[column] != LEFT_OUT) {
            fprintf(stream, "%*s%*s", first ? indent : GAP, "", (int)table->width[column], cell);
            first = false;
        }
        if (column + 1 == table->columns) {
            fputc('\n', stream);
            first = true;
        }
        cell += strlen(cell) + 1;
    }
    return RS_OK;
}
