#include "slurm_time.h"

#include <ctype.h>
#include <math.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

enum { MINUTE = 60, HOUR = 3600, DAY = 86400 };

/* Whole numbers separated by colons. Returns their number, 0 for any other text. */
static size_t read_numbers(const char *text, double numbers[3])
{
    for (size_t count = 0; count < 3;) {
        char *end;
        if (!isdigit((unsigned char)*text))
            return 0;
        numbers[count++] = (double)strtoul(text, &end, 10);
        if (*end == '\0')
            return count;
        if (*end != ':')
            return 0;
        text = end + 1;
    }
    return 0;
}

bool rs_slurm_time_parse(const char *text, double *seconds)
{
    /* The unit of each number, by how many there are; after days the first one counts hours. */
    static const double units[][3] = {{MINUTE}, {MINUTE, 1}, {HOUR, MINUTE, 1}};
    static const double units_after_days[] = {HOUR, MINUTE, 1};
    const double limit = 3650.0 * DAY;
    const double *unit = units_after_days;
    double numbers[3], sum = 0;
    char *end;
    unsigned long days = strtoul(text, &end, 10);
    bool has_days = isdigit((unsigned char)text[0]) && *end == '-';
    size_t count = read_numbers(has_days ? end + 1 : text, numbers);
    if (count == 0)
        return false;
    if (has_days)
        sum = (double)days * DAY;
    else
        unit = units[count - 1];
    for (size_t i = 0; i < count; i++)
        sum += numbers[i] * unit[i];
    if (!(sum > 0 && sum <= limit))
        return false;
    *seconds = sum;
    return true;
}

void rs_slurm_time_format(double seconds, char text[RS_SLURM_TIME_TEXT])
{
    long minutes = (long)ceil(seconds / MINUTE);
    long days = minutes / (DAY / MINUTE);
    int length = days > 0 ? snprintf(text, RS_SLURM_TIME_TEXT, "%ld-", days) : 0;
    snprintf(text + length, RS_SLURM_TIME_TEXT - (size_t)length, "%02ld:%02ld:00",
             minutes / 60 % 24, minutes % 60);
}
