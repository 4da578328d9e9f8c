/* Capabilities of the terminal, and safe output to it. */
#ifndef RS_CONSOLE_H
#define RS_CONSOLE_H

#include <stdbool.h>
#include <stdio.h>

/* Whether `stream` is a terminal with cursor movement. */
bool rs_console_interactive(FILE *stream);

/* Whether to use colours: interactive, and NO_COLOR (no-color.org) not set. */
bool rs_console_colour(FILE *stream);

/* Whether the locale's characters are UTF-8; main() has called setlocale. */
bool rs_console_unicode(void);

/* Prints text of unknown origin, with '?' in place of control characters other than line breaks and
 * tabs. */
void rs_console_put(FILE *stream, const char *text);

/* The same of the first `size` bytes of a text. */
void rs_console_put_start(FILE *stream, const char *text, size_t size);

/* Columns of the terminal, 80 when unknown. */
unsigned rs_console_width(FILE *stream);

/* The same of a terminal; 0, for any number, of what is none. */
unsigned rs_console_room(FILE *stream);

/* Lines of the terminal, 24 when unknown. */
unsigned rs_console_height(FILE *stream);

/* Flushes `stream`. Returns NULL if everything printed was written, else the reason, also for an
 * earlier write that failed. */
const char *rs_console_flush(FILE *stream);

#endif
