#include "console.h"

#include <errno.h>
#include <langinfo.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

bool rs_console_interactive(FILE *stream)
{
    const char *terminal = getenv("TERM");
    return isatty(fileno(stream)) && terminal != NULL && strcmp(terminal, "dumb") != 0;
}

bool rs_console_colour(FILE *stream)
{
    const char *refused = getenv("NO_COLOR");
    return rs_console_interactive(stream) && (refused == NULL || refused[0] == '\0');
}

bool rs_console_unicode(void)
{
    return strcmp(nl_langinfo(CODESET), "UTF-8") == 0;
}

/* Bytes of the control character at `at`, or 0 if there is none. Control characters are C0, DEL,
 * and C1 (C2 80 to C2 9F in UTF-8). */
static size_t control_length(const unsigned char *at)
{
    if (*at == '\n' || *at == '\t')
        return 0;
    if (*at < 0x20 || *at == 0x7F)
        return 1;
    return *at == 0xC2 && at[1] >= 0x80 && at[1] <= 0x9F ? 2 : 0;
}

void rs_console_put(FILE *stream, const char *text)
{
    rs_console_put_start(stream, text, strlen(text));
}

void rs_console_put_start(FILE *stream, const char *text, size_t size)
{
    const unsigned char *at = (const unsigned char *)text, *end = at + size;
    while (at < end) {
        const size_t control = control_length(at);
        fputc(control > 0 ? '?' : *at, stream);
        at += control > 0 ? control : 1;
    }
}

unsigned rs_console_width(FILE *stream)
{
    struct winsize size;
    if (ioctl(fileno(stream), TIOCGWINSZ, &size) == 0 && size.ws_col > 0)
        return size.ws_col;
    return 80;
}

unsigned rs_console_room(FILE *stream)
{
    return isatty(fileno(stream)) ? rs_console_width(stream) : 0;
}

unsigned rs_console_height(FILE *stream)
{
    struct winsize size;
    if (ioctl(fileno(stream), TIOCGWINSZ, &size) == 0 && size.ws_row > 0)
        return size.ws_row;
    return 24;
}

const char *rs_console_flush(FILE *stream)
{
    errno = 0;
    if (fflush(stream) == 0 && !ferror(stream))
        return NULL;
    /* An earlier write failed and its data is lost. A new write fails for the same reason, which
     * errno then names. */
    if (errno == 0 && write(fileno(stream), "\n", 1) == 1)
        return "a write failed";
    return strerror(errno);
}
