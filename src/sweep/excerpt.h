/* Showing text of unknown origin on a terminal: nothing in it can move the cursor, change colours
 * or turn the direction of writing, and a caret stands under what is meant. */
#ifndef RS_EXCERPT_H
#define RS_EXCERPT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "source_place.h"

/* Decodes one character of UTF-8 at text (size > 0 bytes left); returns its length in bytes and
 * sets *point to -1 where it is not valid UTF-8 (length 1 then). */
size_t rs_utf8_decode(const char *text, size_t size, int32_t *point);

/* Whether it shows, and neither moves the cursor nor turns the direction of writing. */
bool rs_utf8_is_printable(int32_t point);

/* The text with unprintable characters replaced by '?'. */
void rs_excerpt_text(FILE *stream, const char *text);

/* The line of `place` in text, cut around the place to about 100 columns, and a line with a caret
 * under it. */
void rs_excerpt_line(FILE *stream, const char *text, size_t size, const rs_source_place *place,
                     const char *caret_colour, const char *reset);

#endif
