#include "template.h"

#include <string.h>

/* Length of the name between two @ at the start of `text`, or 0 if there is none. */
static size_t name_length(const char *text)
{
    size_t length = strspn(text + 1, "abcdefghijklmnopqrstuvwxyz_");
    return text[1 + length] == '@' ? length : 0;
}

static const char *find(size_t count, const rs_template_value values[], const char *name,
                        size_t length)
{
    for (size_t i = 0; i < count; i++)
        if (strlen(values[i].name) == length && memcmp(values[i].name, name, length) == 0)
            return values[i].text;
    return NULL;
}

rs_status rs_template_write(FILE *stream, const char *text, size_t count,
                            const rs_template_value values[], rs_error *error)
{
    while (*text != '\0') {
        size_t plain = strcspn(text, "@");
        fwrite(text, 1, plain, stream);
        text += plain;
        if (*text == '\0')
            break;
        size_t length = name_length(text);
        if (length == 0) {
            fputc(*text++, stream);
            continue;
        }
        const char *value = find(count, values, text + 1, length);
        if (value == NULL)
            return rs_fail(error, RS_INTERNAL, "a template asks for @%.*s@, which has no value",
                           (int)length, text + 1);
        fputs(value, stream);
        text += length + 2;
    }
    return RS_OK;
}
