/* JSON on a stream, with the shortest digits that read back equal: 0.06, not 0.059999999999999998
 * as jansson's own printer has it. */
#ifndef RS_JSON_PRINT_H
#define RS_JSON_PRINT_H

#include <jansson.h>
#include <stdio.h>

#include "rnnsweep/status.h"

/* Prints a document, two blanks to a level, and a newline; releases it. RS_NO_MEMORY for NULL, the
 * jansson way of saying so; `what` is named in the message. A stream that fails is found by
 * whoever closes it. */
rs_status rs_json_print(json_t *json, const char *what, FILE *stream, rs_error *error);

/* Prints a value that stands `depth` levels deep in a document printed piece by piece; no newline.
 */
void rs_json_write(const json_t *json, int depth, FILE *stream);

/* A number, or null for one that JSON cannot hold. */
json_t *rs_json_real(double value);

/* The shortest decimal that reads back equal, with a point or an exponent. */
enum { RS_JSON_REAL_TEXT = 32 };
void rs_json_format_real(double value, char text[RS_JSON_REAL_TEXT]);

#endif
