/* Prints JSON with the shortest digits that read back equal: 0.06, where jansson prints
 * 0.059999999999999998. */
#ifndef RS_JSON_PRINT_H
#define RS_JSON_PRINT_H

#include <jansson.h>
#include <stdio.h>

#include "rnnsweep/run_config.h"

/* Prints a document, indented by two blanks a level, and a newline, and releases it. RS_NO_MEMORY
 * for NULL, by which jansson reports it; the message names `what`. Write errors are left to the
 * caller who closes the stream. */
rs_status rs_json_print(json_t *json, const char *what, FILE *stream, rs_error *error);

/* A document whose last member is a long list. Items are printed one by one, so the list need not
 * fit into memory. */
typedef struct rs_json_list {
    FILE *stream;
    size_t count;
} rs_json_list;

/* Prints the members of `head`, at least one, and opens the list of that name. Releases head;
 * RS_NO_MEMORY for NULL. */
rs_status rs_json_list_begin(rs_json_list *list, json_t *head, const char *name, FILE *stream,
                             rs_error *error);
/* Prints one item and releases it; RS_NO_MEMORY for NULL. */
rs_status rs_json_list_add(rs_json_list *list, json_t *item, rs_error *error);
void rs_json_list_end(rs_json_list *list);

/* A number, or null if it is not finite. */
json_t *rs_json_real(double value);

/* A parameter's value: number, text, true, false or null. */
json_t *rs_json_parameter(const rs_parameter *parameter, const rs_run_config *config);

/* The shortest decimal that reads back equal, with a point or an exponent. */
enum { RS_JSON_REAL_TEXT = 32 };
void rs_json_format_real(double value, char text[RS_JSON_REAL_TEXT]);

#endif
