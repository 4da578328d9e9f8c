#include "file_name.h"

#include <string.h>

#include "excerpt.h"

/* Characters that need no quotes in a shell; beyond ASCII what has a form of its own. */
static bool is_kept(int32_t point)
{
    if (point < 0x80)
        return (point >= 'a' && point <= 'z') || (point >= 'A' && point <= 'Z') ||
               (point >= '0' && point <= '9') || point == '_' || point == '-' || point == '.';
    return rs_utf8_is_printable(point) && point >= 0xC0 && (point < 0x2000 || point >= 0x2C00) &&
           point != 0x3000;
}

bool rs_file_name_make(rs_arena *arena, const char *text, char **name)
{
    const size_t size = strlen(text);
    char *copy = *name = rs_arena_take(arena, RS_NAME_LENGTH + 1, 1);
    size_t length = 0;
    bool changed = false;
    if (copy == NULL)
        return false;
    for (size_t i = 0; i < size;) {
        int32_t point;
        const size_t bytes = rs_utf8_decode(text + i, size - i, &point);
        bool kept = is_kept(point);
        if (length == 0 && (point == '.' || point == '-'))
            kept = false;
        const size_t room = kept ? bytes : 1;
        if (length + room > RS_NAME_LENGTH) {
            changed = true;
            break;
        }
        if (kept)
            memcpy(copy + length, text + i, bytes);
        else
            copy[length] = length == 0 ? '_' : '-';
        changed |= !kept && (point != ' ' || length == 0);
        length += room;
        i += bytes;
    }
    return changed;
}
