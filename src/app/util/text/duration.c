#include "duration.h"

#include <math.h>
#include <stdio.h>

void rs_format_duration(double seconds, char text[RS_DURATION_TEXT])
{
    const double day = 86400;
    if (!(seconds < 1000 * 365 * day)) {
        snprintf(text, RS_DURATION_TEXT, "unknown");
        return;
    }
    long whole = lround(seconds);
    if (seconds < 10)
        snprintf(text, RS_DURATION_TEXT, "%.2g s", seconds);
    else if (seconds >= 2 * day)
        snprintf(text, RS_DURATION_TEXT, "%ld d %ld h", whole / 86400, whole % 86400 / 3600);
    else if (whole >= 3600)
        snprintf(text, RS_DURATION_TEXT, "%ld:%02ld:%02ld", whole / 3600, whole % 3600 / 60,
                 whole % 60);
    else
        snprintf(text, RS_DURATION_TEXT, "%ld:%02ld", whole / 60, whole % 60);
}
