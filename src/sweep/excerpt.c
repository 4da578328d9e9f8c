#include "excerpt.h"

#include <string.h>

enum {
    WINDOW = 100,
    BEFORE = 60
}; /* columns shown of a long line, and of those before the caret */

size_t rs_utf8_decode(const char *text, size_t size, int32_t *point)
{
    static const int32_t smallest[] = {0, 0, 0x80, 0x800, 0x10000};
    unsigned char lead = (unsigned char)text[0];
    size_t length = lead < 0x80 ? 1 : lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : lead >= 0xC2 ? 2 : 0;
    *point = -1;
    if (length == 0 || lead > 0xF4 || length > size)
        return 1;
    int32_t value = length == 1 ? lead : lead & (0x7F >> length);
    for (size_t i = 1; i < length; i++) {
        if (((unsigned char)text[i] & 0xC0) != 0x80)
            return 1;
        value = value << 6 | ((unsigned char)text[i] & 0x3F);
    }
    if (value < smallest[length] || value > 0x10FFFF || (value >= 0xD800 && value <= 0xDFFF))
        return 1;
    *point = value;
    return length;
}

bool rs_utf8_is_printable(int32_t point)
{
    bool control = point < 0x20 || (point >= 0x7F && point < 0xA0);
    bool direction = (point >= 0x200B && point <= 0x200F) || (point >= 0x2028 && point <= 0x202E) ||
                     (point >= 0x2060 && point <= 0x206F) || point == 0xFEFF;
    return !control && !direction;
}

/* Columns a character takes on a terminal: none for combining marks, two for East Asian wide ones
 * and pictographs. */
static int display_width(int32_t point)
{
    static const int32_t wide[][2] = {{0x1100, 0x115F},   {0x2E80, 0xA4CF},   {0xAC00, 0xD7A3},
                                      {0xF900, 0xFAFF},   {0xFE30, 0xFE6F},   {0xFF00, 0xFF60},
                                      {0xFFE0, 0xFFE6},   {0x1F300, 0x1F64F}, {0x1F680, 0x1F6FF},
                                      {0x1F900, 0x1F9FF}, {0x20000, 0x3FFFD}};
    if ((point >= 0x0300 && point <= 0x036F) || (point >= 0xFE00 && point <= 0xFE0F))
        return 0;
    for (size_t i = 0; i < sizeof wide / sizeof wide[0]; i++)
        if (point >= wide[i][0] && point <= wide[i][1])
            return 2;
    return 1;
}

/* Writes one character and returns its bytes; *width is what it takes on the screen. stream NULL
 * only measures. A tab takes one column, so that carets need no tab stops. */
static size_t write_character(FILE *stream, const char *text, size_t size, int *width)
{
    int32_t point;
    size_t length = rs_utf8_decode(text, size, &point);
    bool shown = point >= 0 && rs_utf8_is_printable(point);
    *width = shown ? display_width(point) : 1;
    if (stream == NULL)
        return length;
    if (shown)
        fwrite(text, 1, length, stream);
    else
        fputc(point == '\t' ? ' ' : '?', stream);
    return length;
}

void rs_excerpt_text(FILE *stream, const char *text)
{
    size_t left = strlen(text);
    while (left > 0) {
        int width;
        size_t length = write_character(stream, text, left, &width);
        text += length;
        left -= length;
    }
}

/* Start of line `number` (from 1); *length excludes its end. A byte order mark is no character of
 * the first line. */
static const char *find_line(const char *text, size_t size, uint32_t number, size_t *length)
{
    const char *end = text + size;
    if (size >= 3 && memcmp(text, "\xEF\xBB\xBF", 3) == 0)
        text += 3;
    for (; number > 1 && text < end; number--) {
        while (text < end && *text != '\n' && *text != '\r')
            text++;
        if (text < end)
            text += 1 + (*text == '\r' && text + 1 < end && text[1] == '\n');
    }
    const char *stop = text;
    while (stop < end && *stop != '\n' && *stop != '\r')
        stop++;
    *length = (size_t)(stop - text);
    return text;
}

/* Where the place stands within its line, in columns of the screen. */
static void measure(const char *line, size_t length, const rs_source_place *place, int *start,
                    int *width)
{
    uint32_t character = 1, last = place->column + place->length;
    *start = *width = 0;
    for (size_t i = 0; i < length && character < last; character++) {
        int columns;
        i += write_character(NULL, line + i, length - i, &columns);
        *(character < place->column ? start : width) += columns;
    }
    if (*width < 1)
        *width = 1;
}

void rs_excerpt_line(FILE *stream, const char *text, size_t size, const rs_source_place *place,
                     const char *caret_colour, const char *reset)
{
    size_t length, i = 0;
    const char *line = find_line(text, size, place->line, &length);
    int start, marked, column = 0, columns;
    measure(line, length, place, &start, &marked);
    int first = start > BEFORE + WINDOW / 10 ? start - BEFORE : 0;

    while (i < length && column < first) {
        i += write_character(NULL, line + i, length - i, &columns);
        column += columns;
    }
    int shift = column;
    fprintf(stream, "%5u | %s", place->line, shift > 0 ? "..." : "");
    while (i < length && column < shift + WINDOW) {
        i += write_character(stream, line + i, length - i, &columns);
        column += columns;
    }
    fprintf(stream, "%s\n      | %*s%s^", i < length ? "..." : "",
            start - shift + (shift > 0 ? 3 : 0), "", caret_colour);
    for (int k = 1; k < marked && start + k < shift + WINDOW; k++)
        fputc('~', stream);
    fprintf(stream, "%s\n", reset);
}
