/* What the terminal at the other end can show. */
#ifndef RS_CONSOLE_H
#define RS_CONSOLE_H

#include <stdbool.h>
#include <stdio.h>

/* Whether `stream` is a terminal that can move its cursor. */
bool rs_console_interactive(FILE *stream);

/* Whether to colour: interactive, and NO_COLOR (no-color.org) not set. */
bool rs_console_colour(FILE *stream);

/* Whether the locale's characters are UTF-8; main() has called setlocale. */
bool rs_console_unicode(void);

/* Prints text of unknown origin: '?' in place of every character that could control a terminal, but
 * for line breaks and tabs. */
void rs_console_put(FILE *stream, const char *text);

/* Columns of the terminal, 80 when unknown. */
unsigned rs_console_width(FILE *stream);

/* Writes out what `stream` still holds. NULL when all that was printed has arrived; else why not,
 * also when an earlier write failed, whose reason the stream has not kept. */
const char *rs_console_flush(FILE *stream);

#endif
