#include "scan.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

bool rs_scan_text(const char **at, const char *text)
{
    const size_t length = strlen(text);
    if (strncmp(*at, text, length) != 0)
        return false;
    *at += length;
    return true;
}

bool rs_scan_count(const char **at, const char *text, uint32_t *count)
{
    const char *digits = *at;
    char *end;
    if (!rs_scan_text(&digits, text) || !isdigit((unsigned char)*digits))
        return false; /* strtoull would take blanks and a minus sign */
    const unsigned long long number = strtoull(digits, &end, 10);
    if (number > UINT32_MAX) /* so is what it returns of more digits */
        return false;
    *at = end;
    *count = (uint32_t)number;
    return true;
}
