/* Aligned tables of short ASCII cells. */
#ifndef RS_TABLE_H
#define RS_TABLE_H

#include <stdio.h>

#include "rnnsweep/run_config.h"

typedef struct rs_table rs_table;

/* `columns` cells to a row; the first row is the heading. RS_NO_MEMORY. */
rs_status rs_table_create(rs_table **table, size_t columns, rs_error *error);
/* The same with the cells of the heading: heading[columns]. */
rs_status rs_table_create_headed(rs_table **table, size_t columns, const char *const heading[],
                                 rs_error *error);
void rs_table_free(rs_table *table); /* accepts NULL */

/* Adds the next cell, row by row. rs_table_print reports a lack of memory. */
void rs_table_cell(rs_table *table, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* A parameter's value with six digits, for people; rs_parameter_format gives all digits. */
void rs_format_brief(const rs_parameter *parameter, double value, char text[RS_PARAMETER_TEXT]);

/* Drops the columns order[0], order[1], ... in turn until no line is wider than `width`; returns
 * the number dropped. */
size_t rs_table_fit(rs_table *table, size_t width, size_t count, const size_t order[]);

/* Prints right-aligned columns as wide as their widest cell, two blanks apart, each line indented
 * by `indent` blanks. RS_NO_MEMORY if a cell was lost. */
rs_status rs_table_print(const rs_table *table, int indent, FILE *stream, rs_error *error);

#endif
